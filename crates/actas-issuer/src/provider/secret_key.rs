use actas_core::ConfigError;
use reqwest::header::HeaderValue;
use zeroize::Zeroizing;

/// Characters of the longest secret key that is taken. Clerk's have some fifty.
const MAX_SECRET_KEY: usize = 256;

/// A secret key of Clerk's Backend API, wiped when it goes.
pub(super) struct SecretKey(Zeroizing<String>);

impl SecretKey {
    pub(super) fn judge(text: Zeroizing<String>) -> Result<Self, ConfigError> {
        let secret = text
            .strip_prefix("sk_test_")
            .or_else(|| text.strip_prefix("sk_live_"));
        let is_secret = secret.is_some_and(|secret| {
            !secret.is_empty()
                && text.len() <= MAX_SECRET_KEY
                && secret
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        });
        if is_secret {
            Ok(Self(text))
        } else {
            Err(refused())
        }
    }

    /// The value of `Authorization`, made for one request: the HTTP client's copy is not wiped.
    pub(super) fn authorization(&self) -> Result<HeaderValue, ConfigError> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text).map_err(|_| refused())?;
        value.set_sensitive(true);
        Ok(value)
    }
}

fn refused() -> ConfigError {
    ConfigError::Setting {
        name: "secret key of Clerk, which is sk_test_ or sk_live_ and letters and digits",
        value: "(not shown)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str) -> Result<SecretKey, ConfigError> {
        SecretKey::judge(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn only_what_looks_like_a_secret_key_is_taken() {
        for text in [
            "",
            "sk_",
            "sk_test_",
            "sk_prod_abc",
            "pk_test_abc",
            " sk_test_abc",
            "sk_test_abc\n",
            "sk_test_a b",
            "sk_test_ä",
            &format!("sk_test_{}", "a".repeat(249)),
        ] {
            let error = judge(text).err().unwrap();
            assert!(error.to_string().starts_with("\"(not shown)\""), "{error}");
        }
        for text in ["sk_test_abC1", "sk_live_abC1"] {
            let value = judge(text).ok().unwrap().authorization().unwrap();
            assert_eq!(value.as_bytes(), format!("Bearer {text}").as_bytes());
            assert_eq!(format!("{value:?}"), "Sensitive");
        }
    }
}
