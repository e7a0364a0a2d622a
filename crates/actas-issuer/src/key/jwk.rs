use aws_lc_rs::encoding::AsBigEndian as _;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::algorithm::SigningAlgorithm;
use super::encoding::{self, decode, encode};
use super::error::KeyError;
use super::public::PublicJwk;
use super::signing::SigningKey;

/// A private JWK (RFC 7517, RFC 7518 §6, RFC 8037 §2). It borrows from the text it is read from, or from strings that are
/// wiped, so that no copy of a secret is left behind.
#[derive(Default, Deserialize, Serialize)]
pub(super) struct PrivateJwk<'t> {
    kty: &'t str,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    crv: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    alg: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    r#use: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    key_ops: Option<Vec<&'t str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    kid: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    x: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    y: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    n: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    e: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    d: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    p: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    q: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    dp: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    dq: Option<&'t str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    qi: Option<&'t str>,
}

impl SigningKey {
    /// Reads a private JWK (RFC 7517 §4): `EC` on P-256, `OKP` of Ed25519, or `RSA` of 2048 to 8192 bits with all of its
    /// factors' members (RFC 7518 §6.3.2). Its `kid` is not looked at.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the text is no such key, when `alg` or `use` says that it is for something else, or when its
    /// parts do not belong together.
    pub fn from_jwk(json: &str) -> Result<Self, KeyError> {
        let jwk = serde_json::from_str(json).map_err(|_| KeyError::Json)?;
        Self::from_private_jwk(&jwk)
    }

    pub(super) fn from_private_jwk(jwk: &PrivateJwk<'_>) -> Result<Self, KeyError> {
        let algorithm = match (jwk.kty, jwk.crv) {
            ("EC", Some("P-256")) => SigningAlgorithm::Es256,
            ("OKP", Some("Ed25519")) => SigningAlgorithm::EdDsa,
            ("RSA", None) => SigningAlgorithm::Rs256,
            _ => return Err(KeyError::Algorithm),
        };
        if jwk.alg.is_some_and(|alg| alg != algorithm.name()) {
            return Err(KeyError::Algorithm);
        }
        let is_to_sign = |operations: &Vec<&str>| operations.contains(&"sign");
        if jwk.r#use.is_some_and(|r#use| r#use != "sig")
            || jwk.key_ops.as_ref().is_some_and(|ops| !is_to_sign(ops))
        {
            return Err(KeyError::Use);
        }
        let d = decode(jwk.d.ok_or(KeyError::Public)?)?;
        match algorithm {
            SigningAlgorithm::Es256 => {
                let (x, y) = (part(jwk.x)?, part(jwk.y)?);
                let point = [&[4][..], &x, &y].concat();
                let pair = EcdsaKeyPair::from_private_key_and_public_key(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    &d,
                    &point,
                );
                Self::from_ec(&pair.map_err(|_| KeyError::Rejected)?)
            }
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_seed_and_public_key(&d, &part(jwk.x)?);
                Self::from_ed25519(&pair.map_err(|_| KeyError::Rejected)?)
            }
            SigningAlgorithm::Rs256 => {
                let components = aws_lc_rs::rsa::KeyPairComponents {
                    public_key: RsaPublicKeyComponents {
                        n: part(jwk.n)?,
                        e: part(jwk.e)?,
                    },
                    d,
                    p: part(jwk.p)?,
                    q: part(jwk.q)?,
                    dP: part(jwk.dp)?,
                    dQ: part(jwk.dq)?,
                    qInv: part(jwk.qi)?,
                };
                let pair = RsaKeyPair::from_components(&components);
                Self::from_rsa(&pair.map_err(|_| KeyError::Rejected)?)
            }
        }
    }

    /// The key, private parts and all, as a JWK (RFC 7517 §4). The text is wiped from memory when it is dropped.
    ///
    /// # Errors
    ///
    /// [`KeyError::Rejected`] when aws-lc cannot take the key apart.
    pub fn to_private_jwk(&self) -> Result<Zeroizing<String>, KeyError> {
        let parts = Parts::of(self)?;
        let mut text = Zeroizing::new(Vec::with_capacity(8 * 1024));
        serde_json::to_writer(&mut *text, &parts.jwk(self)).map_err(|_| KeyError::Json)?;
        let text = std::mem::take(&mut *text);
        String::from_utf8(text)
            .map(Zeroizing::new)
            .map_err(|_| KeyError::Json)
    }
}

fn part(text: Option<&str>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    decode(text.ok_or(KeyError::Rejected)?)
}

/// The secret parts of a key, as they stand in a JWK.
pub(super) enum Parts {
    One(Zeroizing<String>),
    Rsa([Zeroizing<String>; 6]),
}

impl Parts {
    pub(super) fn of(key: &SigningKey) -> Result<Self, KeyError> {
        let bytes = key.private_bytes();
        Ok(match key.algorithm() {
            SigningAlgorithm::Es256 => {
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes)
                    .map_err(|_| KeyError::Rejected)?;
                let d = pair.private_key().as_be_bytes();
                Self::One(encode(d.map_err(|_| KeyError::Rejected)?.as_ref()))
            }
            SigningAlgorithm::EdDsa => {
                let pair = Ed25519KeyPair::from_pkcs8(bytes).map_err(|_| KeyError::Rejected)?;
                let seed = pair.seed().map_err(|_| KeyError::Rejected)?;
                let d = seed.as_be_bytes().map_err(|_| KeyError::Rejected)?;
                Self::One(encode(d.as_ref()))
            }
            SigningAlgorithm::Rs256 => {
                let [_, _, secret @ ..] =
                    encoding::rsa_integers(bytes).ok_or(KeyError::Rejected)?;
                Self::Rsa(secret.map(encode))
            }
        })
    }

    pub(super) fn jwk<'t>(&'t self, key: &'t SigningKey) -> PrivateJwk<'t> {
        let mut jwk = PrivateJwk {
            alg: Some(key.algorithm().name()),
            r#use: Some("sig"),
            kid: Some(key.kid()),
            ..PrivateJwk::default()
        };
        match key.public() {
            PublicJwk::Ec { crv, x, y } => {
                jwk.kty = "EC";
                (jwk.crv, jwk.x, jwk.y) = (text(crv), text(x), text(y));
            }
            PublicJwk::Okp { crv, x } => {
                jwk.kty = "OKP";
                (jwk.crv, jwk.x) = (text(crv), text(x));
            }
            PublicJwk::Rsa { e, n } => {
                jwk.kty = "RSA";
                (jwk.e, jwk.n) = (text(e), text(n));
            }
        }
        match self {
            Self::One(d) => jwk.d = text(d),
            Self::Rsa([d, p, q, dp, dq, qi]) => {
                (jwk.d, jwk.p, jwk.q) = (text(d), text(p), text(q));
                (jwk.dp, jwk.dq, jwk.qi) = (text(dp), text(dq), text(qi));
            }
        }
        jwk
    }
}

#[expect(clippy::unnecessary_wraps, reason = "members of a JWK are optional")]
fn text(part: &str) -> Option<&str> {
    Some(part)
}
