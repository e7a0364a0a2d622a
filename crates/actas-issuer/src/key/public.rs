use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

/// What makes a public key: the members of a JWK that its thumbprint is taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kty")]
pub(crate) enum PublicJwk {
    #[serde(rename = "EC")]
    Ec { crv: String, x: String, y: String },
    #[serde(rename = "OKP")]
    Okp { crv: String, x: String },
    #[serde(rename = "RSA")]
    Rsa { e: String, n: String },
}

impl PublicJwk {
    pub(super) fn p256(x: &[u8], y: &[u8]) -> Self {
        Self::Ec {
            crv: "P-256".to_owned(),
            x: URL_SAFE_NO_PAD.encode(x),
            y: URL_SAFE_NO_PAD.encode(y),
        }
    }

    pub(super) fn ed25519(x: &[u8]) -> Self {
        Self::Okp {
            crv: "Ed25519".to_owned(),
            x: URL_SAFE_NO_PAD.encode(x),
        }
    }

    pub(super) fn rsa(n: &[u8], e: &[u8]) -> Self {
        Self::Rsa {
            e: URL_SAFE_NO_PAD.encode(e),
            n: URL_SAFE_NO_PAD.encode(n),
        }
    }

    /// Its SHA-256 thumbprint in base64url (RFC 7638).
    pub(crate) fn thumbprint(&self) -> Option<String> {
        // The members in their order, without white space; base64url needs no escape in JSON.
        let text = match self {
            Self::Ec { crv, x, y } => {
                let [crv, x, y] = [plain(crv)?, plain(x)?, plain(y)?];
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Self::Okp { crv, x } => {
                let [crv, x] = [plain(crv)?, plain(x)?];
                format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#)
            }
            Self::Rsa { e, n } => {
                let [e, n] = [plain(e)?, plain(n)?];
                format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#)
            }
        };
        Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes())))
    }
}

/// The text, if it has the characters of base64url alone.
fn plain(text: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.bytes().all(is_plain).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprints_are_those_of_the_rfcs() {
        // RFC 7638 §3.1.
        let rsa = PublicJwk::Rsa {
            e: "AQAB".to_owned(),
            n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw".to_owned(),
        };
        assert_eq!(
            rsa.thumbprint().as_deref(),
            Some("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
        );
        // RFC 8037 §A.3.
        let okp = PublicJwk::Okp {
            crv: "Ed25519".to_owned(),
            x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo".to_owned(),
        };
        assert_eq!(
            okp.thumbprint().as_deref(),
            Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        );
    }

    #[test]
    fn nothing_is_smuggled_into_a_thumbprint() {
        let odd = PublicJwk::Okp {
            crv: "Ed25519".to_owned(),
            x: r#"a","y":"b"#.to_owned(),
        };
        assert_eq!(odd.thumbprint(), None);
    }
}
