use actas_core::{ConfigError, KeySet};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::failure::{Failure, FailureKind};

/// Keys of the largest set.
const MAX_KEYS: usize = 256;

/// Reads a key set; one without a usable key is a failure.
pub(crate) fn key_set(body: &[u8]) -> Result<KeySet, Failure> {
    let failure = |detail: String| Failure::new(FailureKind::KeySet, detail);
    let text = std::str::from_utf8(body).map_err(|_| failure("not UTF-8".to_owned()))?;
    let count = number_of_keys(text).ok_or_else(|| failure(ConfigError::NoKeySet.to_string()))?;
    if count > MAX_KEYS {
        let detail = format!("{count} keys");
        return Err(Failure::new(FailureKind::TooManyKeys, detail));
    }
    KeySet::from_json(text).map_err(|error| match error {
        // The names of the refused keys are the server's to choose.
        ConfigError::NoUsableKey(refused) => {
            let problems = refused.iter().map(|error| format!("{:?}", error.problem()));
            let problems = problems.collect::<Vec<_>>().join(", ");
            failure(format!("no usable key: [{problems}]"))
        }
        error => failure(error.to_string()),
    })
}

/// The key-set URL of an `OpenID` configuration, which must be of `issuer`.
pub(crate) fn key_set_url(body: &[u8], issuer: &str) -> Result<String, Failure> {
    /// Neither name may stand twice.
    #[derive(Deserialize)]
    struct Configuration {
        issuer: Option<String>,
        jwks_uri: Option<String>,
    }
    let failure = |detail| Failure::new(FailureKind::Discovery, detail);
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let configuration = serde_json::from_slice(body).ok().filter(|_| is_object);
    let configuration: Configuration =
        configuration.ok_or_else(|| failure("not an OpenID configuration"))?;
    if configuration.issuer.as_deref() != Some(issuer) {
        return Err(failure("the configuration is of another issuer"));
    }
    configuration.jwks_uri.ok_or_else(|| failure("no jwks_uri"))
}

/// Counts before any key is parsed, which is dear.
fn number_of_keys(text: &str) -> Option<usize> {
    #[derive(Deserialize)]
    struct Document {
        keys: Vec<IgnoredAny>,
    }
    let document: Document = serde_json::from_str(text).ok()?;
    Some(document.keys.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(usable: usize, odd: usize) -> String {
        let key = |number: usize| {
            json!({
                "kty": "EC", "crv": "P-256", "kid": number.to_string(),
                "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            })
        };
        let mut keys: Vec<_> = (0..usable).map(key).collect();
        keys.extend((0..odd).map(|_| json!({"kty": "odd"})));
        json!({ "keys": keys }).to_string()
    }

    #[test]
    fn a_set_of_up_to_256_keys_is_read() {
        for (usable, odd, expected) in [
            (1, 0, None),
            (256, 0, None),
            (1, 255, None),
            (257, 0, Some(FailureKind::TooManyKeys)),
            (1, 256, Some(FailureKind::TooManyKeys)),
            (0, 1, Some(FailureKind::KeySet)),
            (0, 0, Some(FailureKind::KeySet)),
        ] {
            let kind = key_set(set(usable, odd).as_bytes()).err().map(|f| f.kind);
            assert_eq!(kind, expected, "{usable} {odd}");
        }
    }

    #[test]
    fn what_is_no_key_set_is_a_failure() {
        let utf16: Vec<u8> = set(1, 0)
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let deep = "[".repeat(100_000);
        for body in [
            b"".as_slice(),
            b"null",
            b"[]",
            b"[[]]",
            b"{}",
            b"{\"keys\":null}",
            b"{\"keys\":{}}",
            b"{\"keys\":[],\"keys\":[]}",
            b"<html></html>",
            b"{\"keys\":[",
            b"{\"keys\":[]}x",
            b"{\"keys\":[],\"x\":\"\xe9\"}",
            &utf16,
            deep.as_bytes(),
        ] {
            assert_eq!(key_set(body).unwrap_err().kind, FailureKind::KeySet);
        }
    }

    #[test]
    fn a_failure_names_problems_and_no_key() {
        let body =
            br#"{"keys":[{"kty":"odd","kid":"name"},{"kty":"oct","k":"c2VjcmV0","kid":"name"}]}"#;
        let detail = key_set(body).unwrap_err().detail;
        assert_eq!(detail, "no usable key: [KeyType, Symmetric]");
        let long = key_set(set(0, 256).as_bytes()).unwrap_err().detail;
        assert!(long.chars().count() <= 300);
    }

    #[test]
    fn an_openid_configuration_must_be_of_the_issuer() {
        let issuer = "https://a.example";
        for (body, expected) in [
            (
                json!({"issuer": issuer, "jwks_uri": "https://b.example/k"}),
                Some("https://b.example/k"),
            ),
            (json!({"issuer": issuer}), None),
            (
                json!({"issuer": issuer, "jwks_uri": ["https://b.example/k"]}),
                None,
            ),
            (
                json!({"issuer": "https://a.example/", "jwks_uri": "https://b.example/k"}),
                None,
            ),
            (json!({"jwks_uri": "https://b.example/k"}), None),
            (json!([issuer, "https://b.example/k"]), None),
        ] {
            let url = key_set_url(body.to_string().as_bytes(), issuer);
            assert_eq!(url.ok().as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn an_openid_configuration_names_nothing_twice() {
        let (issuer, url) = (r#""issuer":"https://a.example""#, r#""jwks_uri":"u""#);
        let configuration = |members: &[&str]| {
            let text = format!("\n{{{}}}", members.join(","));
            key_set_url(text.as_bytes(), "https://a.example")
        };
        assert_eq!(configuration(&[issuer, url, r#""more":{}"#]).unwrap(), "u");
        let other = r#""issuer":"https://b.example""#;
        let escaped = r#""\u0069ssuer":"https://a.example""#;
        for members in [
            [other, issuer, url],
            [issuer, issuer, url],
            [issuer, escaped, url],
            [issuer, url, url],
        ] {
            assert!(configuration(&members).is_err(), "{members:?}");
        }
    }
}
