//! The public keys of an issuer, as they are published.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::key::{KeyError, KeyFile, PUBLISHED_SECONDS, PublicJwk, SigningKey};

/// A JWK set (RFC 7517 §5) to publish, with the headers that it goes with.
///
/// ```
/// use actas_issuer::{Issuer, PublishedKeySet, SigningAlgorithm, SigningKey};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = Issuer::new(
///     "https://app.example.com",
///     SigningKey::generate(SigningAlgorithm::EdDsa)?,
/// )?;
///
/// // `GET /.well-known/jwks.json`
/// let set = issuer.key_set()?;
/// let headers = [
///     ("content-type", PublishedKeySet::CONTENT_TYPE),
///     ("cache-control", PublishedKeySet::CACHE_CONTROL),
///     ("etag", set.etag()),
/// ];
/// assert!(set.json().starts_with(r#"{"keys":["#));
/// // A request with `If-None-Match` and this value is answered with 304.
/// assert!(set.is_unchanged(set.etag()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PublishedKeySet {
    json: String,
    etag: String,
}

impl PublishedKeySet {
    /// The media type of a JWK set (RFC 7517 §8.5.2).
    pub const CONTENT_TYPE: &str = "application/jwk-set+json";
    /// How long the set may be kept: 5 minutes. A new key is published for as long before it signs.
    pub const CACHE_CONTROL: &str = "public, max-age=300";

    pub(crate) fn of<'k>(keys: impl Iterator<Item = &'k SigningKey>) -> Result<Self, KeyError> {
        #[derive(Serialize)]
        struct Set<K> {
            keys: Vec<K>,
        }
        let keys = keys.map(SigningKey::published).collect();
        let json = serde_json::to_string(&Set { keys }).map_err(|_| KeyError::Json)?;
        let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, json.as_bytes()));
        let etag = format!("\"{hash}\"");
        Ok(Self { json, etag })
    }

    /// The document.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Its entity tag, a strong one, quotes included (RFC 9110 §8.8.3).
    #[must_use]
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// Whether a request with this `If-None-Match` has the document already (RFC 9110 §13.1.2).
    #[must_use]
    pub fn is_unchanged(&self, if_none_match: &str) -> bool {
        let mut tags = if_none_match.split(',').map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.etag)
    }
}

impl KeyFile {
    /// The keys to publish at `now`, in seconds since the Unix epoch, the latest first: what a running
    /// [`Issuer`](crate::Issuer) of this file publishes.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn key_set(&self, now: u64) -> Result<PublishedKeySet, KeyError> {
        let (ring, _) = self.read()?;
        PublishedKeySet::of(ring.published(now))
    }
}

impl fmt::Debug for PublishedKeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishedKeySet")
            .field("etag", &self.etag)
            .finish_non_exhaustive()
    }
}

/// Whether the JWK set `json` holds the public half of `key`, for its algorithm and under its `kid`.
pub(crate) fn holds(json: &str, key: &SigningKey) -> bool {
    #[derive(Deserialize)]
    struct Set<'s> {
        #[serde(borrow)]
        keys: Vec<&'s RawValue>,
    }
    #[derive(Deserialize)]
    struct Named {
        kid: String,
        alg: Option<String>,
        #[serde(flatten)]
        key: PublicJwk,
    }
    let Ok(set) = serde_json::from_str::<Set<'_>>(json) else {
        return false;
    };
    let named = set.keys.iter();
    // A set may hold keys of other kinds.
    let mut named = named.filter_map(|key| serde_json::from_str::<Named>(key.get()).ok());
    named.any(|named| {
        let is_for_it = |alg: String| alg == key.algorithm().name();
        named.kid == key.kid()
            && named.alg.is_none_or(is_for_it)
            && named.key.thumbprint().as_deref() == Some(key.kid())
    })
}

const _: () = assert!(PUBLISHED_SECONDS == 300, "CACHE_CONTROL says so");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SigningAlgorithm;

    fn key(algorithm: SigningAlgorithm) -> SigningKey {
        SigningKey::generate(algorithm).unwrap()
    }

    #[test]
    fn a_set_holds_the_public_half_of_each_key_and_nothing_private() {
        let keys = SigningAlgorithm::ALL.map(key);
        let set = PublishedKeySet::of(keys.iter()).unwrap();
        for key in &keys {
            assert!(holds(set.json(), key));
        }
        for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert!(!set.json().contains(&format!("\"{name}\":")), "{name}");
        }
        let read = actas_core::KeySet::from_json(set.json()).unwrap();
        assert!(read.refused().is_empty());
    }

    #[test]
    fn a_set_without_the_key_does_not_hold_it() {
        for algorithm in SigningAlgorithm::ALL {
            let (own, other) = (key(algorithm), key(algorithm));
            let set = PublishedKeySet::of([&own].into_iter()).unwrap();
            assert!(!holds(set.json(), &other));
            // Another key under its kid.
            let forged = PublishedKeySet::of([&other].into_iter()).unwrap();
            let forged = forged.json().replace(other.kid(), own.kid());
            assert!(!holds(&forged, &own));
            // For another algorithm, or under another name.
            let name = format!("\"alg\":\"{algorithm}\"");
            assert!(!holds(
                &set.json().replace(&name, "\"alg\":\"PS256\""),
                &own
            ));
            assert!(holds(&set.json().replace(&name, "\"x-alg\":1"), &own));
            assert!(!holds(&set.json().replace(own.kid(), "k1"), &own));
            // Beside a key of another kind.
            let more = set.json().replace('[', r#"[{"kty":"AKP","kid":"p"},"#);
            assert!(holds(&more, &own));
        }
        for odd in ["", "{}", "[]", r#"{"keys":{}}"#, r#"{"keys":[1]}"#] {
            assert!(!holds(odd, &key(SigningAlgorithm::EdDsa)), "{odd}");
        }
    }

    #[test]
    fn a_tag_is_the_documents() {
        let (one, other) = (key(SigningAlgorithm::EdDsa), key(SigningAlgorithm::EdDsa));
        let set = PublishedKeySet::of([&one].into_iter()).unwrap();
        let another = PublishedKeySet::of([&one, &other].into_iter()).unwrap();
        assert_eq!(set, PublishedKeySet::of([&one].into_iter()).unwrap());
        assert_ne!(set.etag(), another.etag());
        let tag = set.etag();
        for same in [tag, "*", &format!("\"x\", W/{tag}")] {
            assert!(set.is_unchanged(same), "{same}");
        }
        for different in ["", "\"x\"", another.etag(), tag.trim_matches('"')] {
            assert!(!set.is_unchanged(different), "{different}");
        }
    }
}
