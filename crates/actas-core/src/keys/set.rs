use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::algorithm::Algorithm;
use super::jwk::Jwk;
use super::material::Material;
use super::pem;
use super::public_key::PublicKey;
use crate::config_error::{ConfigError, KeyError, KeyProblem};

/// The keys of one issuer.
///
/// A key of a JWK set is found by its exact (`kid`, `alg`); a single key, given as JWK or PEM, by its algorithm,
/// whatever the `kid`. Every key was judged when it was loaded: RSA of 2048 to 8192 bits, P-256, P-384 and Ed25519,
/// public, and meant for verifying signatures.
#[derive(Debug)]
pub struct KeySet {
    keys: Keys,
    refused: Vec<KeyError>,
    generation: Generation,
}

/// Which key set this is: no two of a process have the same.
///
/// A verified token is remembered together with the generation of the set that verified it, and counts no longer when
/// [`KeySource::generation`](crate::KeySource::generation) is another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation(u64);

impl Generation {
    fn next() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        // Beyond uniqueness nothing depends on it, and 2^64 sets are not read in a lifetime.
        Self(LAST.fetch_add(1, Ordering::Relaxed))
    }
}

#[derive(Debug)]
enum Keys {
    ByKid(HashMap<String, Vec<Arc<PublicKey>>>),
    Single(Vec<Arc<PublicKey>>),
}

impl KeySet {
    /// Reads a JWK set (RFC 7517 §5).
    ///
    /// A key that cannot be used is skipped and listed by [`KeySet::refused`]. A key without `alg` serves each algorithm
    /// of its type and curve. The same key twice is one key; different keys under one (`kid`, `alg`) are refused, all
    /// of them.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoKeySet`] when the document is not a JSON object with unique names and an
    /// array `keys`; [`ConfigError::NoUsableKey`] when no key is left.
    pub fn from_json(json: &str) -> Result<Self, ConfigError> {
        let document: Document<'_> =
            serde_json::from_str(json).map_err(|_| ConfigError::NoKeySet)?;
        let mut named = NamedKeys::default();
        for jwk in document.keys {
            named.add(jwk.get());
        }
        let NamedKeys {
            mut by_kid,
            ambiguous,
            refused,
        } = named;
        for (kid, algorithm) in &ambiguous {
            if let Some(keys) = by_kid.get_mut(kid) {
                keys.retain(|key| key.algorithm() != *algorithm);
            }
        }
        by_kid.retain(|_, keys| !keys.is_empty());
        if by_kid.is_empty() {
            return Err(ConfigError::NoUsableKey(refused));
        }
        Ok(Self {
            keys: Keys::ByKid(by_kid),
            refused,
            generation: Generation::next(),
        })
    }

    /// Reads one JWK (RFC 7517 §4), whose `kid` will not be looked at. Without `alg` it serves each algorithm of its
    /// type and curve.
    ///
    /// # Errors
    ///
    /// When the key cannot be used; [`KeyError::problem`] says why. A JWK set is not a key.
    pub fn from_jwk(json: &str) -> Result<Self, KeyError> {
        let jwk = Jwk::parse(json)?;
        Self::single(&jwk.material, jwk.algorithms())
            .map_err(|problem| KeyError::new(jwk.kid.as_deref(), problem))
    }

    /// Reads one PEM public key, `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS#1), of at most 4096 bytes. Line ends
    /// may be written as `\n` (backslash, n), as environment files carry them.
    ///
    /// RSA serves RS256, P-256 ES256, P-384 ES384, Ed25519 `EdDSA`; [`KeySet::from_pem_for`] names another.
    ///
    /// # Errors
    ///
    /// When the key cannot be used; [`KeyError::problem`] says why. A private key or a certificate is refused.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let read = || {
            let material = pem::read(pem)?;
            let first = material.algorithms().get(..1).unwrap_or_default();
            Self::single(&material, first)
        };
        read().map_err(|problem| KeyError::new(None, problem))
    }

    /// Reads one PEM public key as [`KeySet::from_pem`] does, for the algorithm named.
    ///
    /// # Errors
    ///
    /// As [`KeySet::from_pem`], and when the key does not fit `algorithm`.
    pub fn from_pem_for(pem: &str, algorithm: Algorithm) -> Result<Self, KeyError> {
        let read = || Self::single(&pem::read(pem)?, &[algorithm]);
        read().map_err(|problem| KeyError::new(None, problem))
    }

    /// The keys of the JWK set that cannot be used, and why.
    #[must_use]
    pub fn refused(&self) -> &[KeyError] {
        &self.refused
    }

    /// Whether any key verifies `algorithm`.
    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        let serves =
            |keys: &Vec<Arc<PublicKey>>| keys.iter().any(|key| key.algorithm() == algorithm);
        match &self.keys {
            Keys::ByKid(by_kid) => by_kid.values().any(serves),
            Keys::Single(keys) => serves(keys),
        }
    }

    /// The key for a token with this `kid` and `alg`.
    ///
    /// In a key set `kid` is required and matched exactly. A single key is used whatever the `kid`.
    #[must_use]
    pub fn find(&self, kid: Option<&str>, algorithm: Algorithm) -> Option<&PublicKey> {
        self.find_shared(kid, algorithm).map(Arc::as_ref)
    }

    /// Which key set this is.
    #[must_use]
    pub fn generation(&self) -> Generation {
        self.generation
    }

    /// Whether the same keys stand under the same names in `other`.
    #[must_use]
    pub fn has_keys_of(&self, other: &Self) -> bool {
        let are_same = |these: &Vec<Arc<PublicKey>>, others: &Vec<Arc<PublicKey>>| {
            let has = |key: &Arc<PublicKey>| others.iter().any(|other| key.is_same_as(other));
            these.len() == others.len() && these.iter().all(has)
        };
        match (&self.keys, &other.keys) {
            (Keys::ByKid(these), Keys::ByKid(others)) => {
                let is_same =
                    |(kid, keys)| others.get(kid).is_some_and(|others| are_same(keys, others));
                these.len() == others.len() && these.iter().all(is_same)
            }
            (Keys::Single(these), Keys::Single(others)) => are_same(these, others),
            _ => false,
        }
    }

    pub(crate) fn find_shared(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
    ) -> Option<&Arc<PublicKey>> {
        let keys = match &self.keys {
            Keys::ByKid(by_kid) => by_kid.get(kid?)?,
            Keys::Single(keys) => keys,
        };
        keys.iter().find(|key| key.algorithm() == algorithm)
    }

    fn single(material: &Material, algorithms: &[Algorithm]) -> Result<Self, KeyProblem> {
        let bind = |algorithm: &Algorithm| PublicKey::new(material, *algorithm).map(Arc::new);
        Ok(Self {
            keys: Keys::Single(algorithms.iter().map(bind).collect::<Result<_, _>>()?),
            refused: Vec::new(),
            generation: Generation::next(),
        })
    }
}

#[derive(Default)]
struct NamedKeys {
    by_kid: HashMap<String, Vec<Arc<PublicKey>>>,
    /// Their first key stays in `by_kid` until all are read, so that a third one meets it.
    ambiguous: HashSet<(String, Algorithm)>,
    refused: Vec<KeyError>,
}

impl NamedKeys {
    fn add(&mut self, json: &str) {
        let jwk = match Jwk::parse(json) {
            Ok(jwk) => jwk,
            Err(error) => return self.refused.push(error),
        };
        let Some(kid) = &jwk.kid else {
            return self.refused.push(KeyError::new(None, KeyProblem::NoKid));
        };
        let keys = self.by_kid.entry(kid.clone()).or_default();
        for algorithm in jwk.algorithms() {
            let key = match PublicKey::new(&jwk.material, *algorithm) {
                Ok(key) => key,
                Err(problem) => return self.refused.push(KeyError::new(Some(kid), problem)),
            };
            match keys.iter().find(|known| known.algorithm() == *algorithm) {
                None => keys.push(Arc::new(key)),
                Some(known) if known.is_same_as(&key) => {}
                Some(_) => {
                    self.ambiguous.insert((kid.clone(), *algorithm));
                    let error = KeyError::new(Some(kid), KeyProblem::Ambiguous);
                    if !self.refused.contains(&error) {
                        self.refused.push(error);
                    }
                }
            }
        }
    }
}

/// A JWK set whose keys are read one by one, so that an odd one does not spoil it.
struct Document<'a> {
    keys: Vec<&'a RawValue>,
}

impl<'de> Deserialize<'de> for Document<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DocumentVisitor)
    }
}

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JWK set")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut names = HashSet::new();
        let mut keys = None;
        while let Some(name) = members.next_key::<String>()? {
            if name == "keys" {
                keys = Some(members.next_value()?);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
            if !names.insert(name) {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        let keys = keys.ok_or_else(|| A::Error::missing_field("keys"))?;
        Ok(Document { keys })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::keys::testdata::{
        ED25519, MESSAGE, P256, P384, RSA, RSA_PKCS1, jwk, jwk_with, signature,
    };

    fn set(keys: &[Value]) -> Result<KeySet, ConfigError> {
        KeySet::from_json(&json!({ "keys": keys }).to_string())
    }

    fn named(name: &str, kid: &str) -> Value {
        jwk_with(name, [("kid", json!(kid))])
    }

    fn refused(set: &KeySet) -> Vec<(Option<&str>, KeyProblem)> {
        set.refused()
            .iter()
            .map(|error| (error.kid(), error.problem()))
            .collect()
    }

    #[test]
    fn finds_by_exact_kid_and_algorithm() {
        let rsa = jwk_with("rsa", [("kid", json!("a")), ("alg", json!("RS256"))]);
        let set = set(&[rsa, named("p256", "b")]).unwrap();
        let key = set.find(Some("a"), Algorithm::Rs256).unwrap();
        assert!(key.verify(MESSAGE, &signature("rsa", "RS256")));
        assert!(set.find(Some("b"), Algorithm::Es256).is_some());
        for (kid, algorithm) in [
            (Some("a"), Algorithm::Rs384),
            (Some("a"), Algorithm::Es256),
            (Some("b"), Algorithm::Rs256),
            (Some("A"), Algorithm::Rs256),
            (Some("a "), Algorithm::Rs256),
            (Some(""), Algorithm::Rs256),
            (None, Algorithm::Rs256),
        ] {
            assert!(set.find(kid, algorithm).is_none());
        }
    }

    #[test]
    fn a_set_of_one_key_still_wants_its_kid() {
        let set = set(&[named("p256", "only")]).unwrap();
        assert!(set.find(None, Algorithm::Es256).is_none());
    }

    #[test]
    fn one_kid_may_name_a_key_of_each_type() {
        let set = set(&[named("rsa", "k"), named("p256", "k"), named("ed25519", "k")]).unwrap();
        for algorithm in [
            Algorithm::Rs256,
            Algorithm::Ps512,
            Algorithm::Es256,
            Algorithm::EdDsa,
        ] {
            assert_eq!(
                set.find(Some("k"), algorithm).unwrap().algorithm(),
                algorithm
            );
        }
        assert!(set.refused().is_empty());
    }

    #[test]
    fn sets_of_the_same_keys_are_told_from_others() {
        let first = set(&[named("p256", "a"), named("rsa", "b")]).unwrap();
        for (keys, is_same) in [
            (vec![named("rsa", "b"), named("p256", "a")], true),
            (vec![named("p256", "a")], false),
            (vec![named("p256", "a"), named("rsa", "c")], false),
            (vec![named("p256", "a"), named("rsa_other", "b")], false),
            (
                vec![named("p256", "a"), named("rsa", "b"), named("rsa", "c")],
                false,
            ),
            (
                vec![named("p256", "a"), named("ed25519", "a"), named("rsa", "b")],
                false,
            ),
        ] {
            let other = set(&keys).unwrap();
            assert_eq!(first.has_keys_of(&other), is_same, "{keys:?}");
            assert_eq!(other.has_keys_of(&first), is_same, "{keys:?}");
            assert_ne!(first.generation(), other.generation());
        }
        let single = |name: &str| KeySet::from_jwk(&jwk(name).to_string()).unwrap();
        assert!(single("p256").has_keys_of(&single("p256")));
        assert!(!single("p256").has_keys_of(&single("p256_other")));
        assert!(!single("p256").has_keys_of(&set(&[named("p256", "a")]).unwrap()));
    }

    #[test]
    fn the_same_key_twice_is_one() {
        let mut zero_padded = named("rsa", "r");
        zero_padded["e"] = json!("AAEAAQ");
        let set = set(&[
            named("p256", "k"),
            named("p256", "k"),
            named("rsa", "r"),
            zero_padded,
        ])
        .unwrap();
        assert!(set.find(Some("k"), Algorithm::Es256).is_some());
        assert!(set.find(Some("r"), Algorithm::Rs256).is_some());
        assert!(set.refused().is_empty());
    }

    #[test]
    fn different_keys_under_one_name_are_all_refused() {
        let good = || named("ed25519", "good");
        let (one, other) = (named("p256", "k"), named("p256_other", "k"));
        for keys in [
            [&one, &other, &one],
            [&one, &one, &other],
            [&other, &one, &other],
            [&other, &other, &one],
        ] {
            let [first, second, third] = keys.map(Clone::clone);
            let set = set(&[first, good(), second, third]).unwrap();
            assert!(set.find(Some("k"), Algorithm::Es256).is_none());
            assert!(set.find(Some("good"), Algorithm::EdDsa).is_some());
            assert_eq!(refused(&set), [(Some("k"), KeyProblem::Ambiguous)]);
        }
        let error = set(&[one, other]).unwrap_err();
        assert_eq!(
            error,
            ConfigError::NoUsableKey(vec![KeyError::new(Some("k"), KeyProblem::Ambiguous)])
        );
    }

    #[test]
    fn ambiguity_is_of_a_kid_and_algorithm() {
        let other = jwk_with("rsa_other", [("kid", json!("k")), ("alg", json!("RS256"))]);
        let set = set(&[named("rsa", "k"), other]).unwrap();
        assert!(set.find(Some("k"), Algorithm::Rs256).is_none());
        let key = set.find(Some("k"), Algorithm::Ps256).unwrap();
        assert!(key.verify(MESSAGE, &signature("rsa", "PS256")));
    }

    #[test]
    fn unusable_keys_are_skipped_and_named() {
        let with_d = jwk_with("p256", [("kid", json!("leaked")), ("d", json!("AQ"))]);
        let number = jwk_with("p256", [("kid", json!(5))]);
        let keys = [
            Value::Null,
            json!("x"),
            json!([]),
            json!({}),
            jwk("p256"),
            named("p256", ""),
            number,
            named("rsa_1024", "small"),
            named("p521", "p521"),
            json!({"kty": "oct", "kid": "secret", "k": "AQ"}),
            with_d,
            jwk_with("rsa", [("kid", json!("enc")), ("use", json!("enc"))]),
            jwk_with("rsa", [("kid", json!("x5c")), ("x5c", json!("no array"))]),
            named("ed25519", "good"),
        ];
        let set = set(&keys).unwrap();
        assert!(set.find(Some("good"), Algorithm::EdDsa).is_some());
        assert_eq!(
            refused(&set),
            [
                (None, KeyProblem::Json),
                (None, KeyProblem::Json),
                (None, KeyProblem::Json),
                (None, KeyProblem::KeyType),
                (None, KeyProblem::NoKid),
                (None, KeyProblem::NoKid),
                (None, KeyProblem::Json),
                (Some("small"), KeyProblem::ModulusSize),
                (Some("p521"), KeyProblem::Curve),
                (Some("secret"), KeyProblem::Symmetric),
                (Some("leaked"), KeyProblem::Private),
                (Some("enc"), KeyProblem::Use),
                (Some("x5c"), KeyProblem::Json),
            ]
        );
    }

    #[test]
    fn a_key_that_is_odd_as_json_spoils_nothing() {
        let good = named("ed25519", "good");
        let doubled =
            named("p256", "twice")
                .to_string()
                .replacen('{', r#"{"use":"sig","use":"sig","#, 1);
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let json =
            format!(r#"{{"keys":[{doubled},{deep},{{"kid":"\ud800"}},{good}],"more":{{}}}}"#);
        let set = KeySet::from_json(&json).unwrap();
        assert!(set.find(Some("good"), Algorithm::EdDsa).is_some());
        assert!(set.find(Some("twice"), Algorithm::Es256).is_none());
        let json = KeyProblem::Json;
        assert_eq!(
            refused(&set),
            [(Some("twice"), json), (None, json), (None, json)]
        );
    }

    #[test]
    fn a_document_that_is_no_set_is_refused() {
        let key = named("p256", "k");
        for json in [
            String::new(),
            "null".to_owned(),
            key.to_string(),
            json!([key]).to_string(),
            json!([[key]]).to_string(),
            json!({"keys": null}).to_string(),
            json!({"keys": "x"}).to_string(),
            json!({"keys": {"k": key}}).to_string(),
            json!({"Keys": [key]}).to_string(),
            format!(r#"{{"keys":[{key}],"keys":[{key}]}}"#),
            format!(r#"{{"keys":[{key}],"k\u0065ys":[]}}"#),
            format!(r#"{{"a":1,"keys":[{key}],"a":1}}"#),
            format!(r#"{{"keys":[{key}]}} {{}}"#),
            format!(r#"{{"keys":[{key},]}}"#),
        ] {
            let error = KeySet::from_json(&json).unwrap_err();
            assert_eq!(error, ConfigError::NoKeySet, "{json}");
        }
        assert_eq!(
            KeySet::from_json(r#"{"keys":[]}"#).unwrap_err(),
            ConfigError::NoUsableKey(vec![])
        );
    }

    #[test]
    fn a_single_key_is_used_whatever_the_kid() {
        let set = KeySet::from_jwk(&named("rsa", "k").to_string()).unwrap();
        for kid in [None, Some("k"), Some("another")] {
            assert!(set.find(kid, Algorithm::Ps256).is_some());
            assert!(set.find(kid, Algorithm::Es256).is_none());
        }
        let set = KeySet::from_jwk(&jwk("p256").to_string()).unwrap();
        assert!(set.find(None, Algorithm::Es256).is_some());
    }

    #[test]
    fn a_set_is_no_single_key() {
        let set = json!({"keys": [named("rsa", "k")]}).to_string();
        assert_eq!(
            KeySet::from_jwk(&set).unwrap_err(),
            KeyError::new(None, KeyProblem::KeyType)
        );
        let error = KeySet::from_jwk(&named("p521", "k").to_string()).unwrap_err();
        assert_eq!(error, KeyError::new(Some("k"), KeyProblem::Curve));
    }

    #[test]
    fn a_pem_key_serves_one_algorithm() {
        let all = [
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
        ];
        for (pem, default) in [
            (RSA, Algorithm::Rs256),
            (RSA_PKCS1, Algorithm::Rs256),
            (P256, Algorithm::Es256),
            (P384, Algorithm::Es384),
            (ED25519, Algorithm::EdDsa),
        ] {
            let set = KeySet::from_pem(pem).unwrap();
            for algorithm in all.iter().filter_map(|name| Algorithm::from_name(name)) {
                assert_eq!(
                    set.find(Some("any"), algorithm).is_some(),
                    algorithm == default
                );
            }
        }
        let set = KeySet::from_pem_for(RSA, Algorithm::Ps256).unwrap();
        assert!(set.find(None, Algorithm::Rs256).is_none());
        let key = set.find(None, Algorithm::Ps256).unwrap();
        assert!(key.verify(MESSAGE, &signature("rsa", "PS256")));
        for (pem, algorithm, problem) in [
            (RSA, Algorithm::Es256, KeyProblem::Algorithm),
            (P256, Algorithm::Es384, KeyProblem::Curve),
            (ED25519, Algorithm::Rs256, KeyProblem::Algorithm),
            ("", Algorithm::Rs256, KeyProblem::Pem),
        ] {
            let error = KeySet::from_pem_for(pem, algorithm).unwrap_err();
            assert_eq!(error, KeyError::new(None, problem));
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let set = set(&[named("ed25519", "k")]).unwrap();
        let shown = format!("{set:?}");
        assert!(shown.contains("EdDsa"), "{shown}");
        assert!(!shown.contains("bytes"), "{shown}");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            prop_oneof![
                Just("RSA"),
                Just("EC"),
                Just("OKP"),
                Just("oct"),
                Just("P-256"),
                Just("P-384"),
                Just("Ed25519"),
                Just("sig"),
                Just("RS256"),
                Just("ES256"),
                Just("AQAB"),
                Just("verify"),
            ]
            .prop_map(Value::from),
            "[A-Za-z0-9_-]{0,90}".prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        let name = prop_oneof![
            "keys|kty|kid|use|key_ops|alg|crv|n|e|x|y|d|k|x5c".prop_map(|name| name),
            any::<String>(),
        ];
        leaf.prop_recursive(4, 48, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(name.clone(), inner, 0..10)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = KeySet::from_json(&text);
            let _ = KeySet::from_jwk(&text);
            let _ = KeySet::from_pem(&text);
        }

        #[test]
        fn no_json_panics(json in any_json()) {
            let _ = KeySet::from_json(&json.to_string());
            let _ = KeySet::from_json(&json!({"keys": json}).to_string());
            let _ = KeySet::from_json(&json!({"keys": [json]}).to_string());
            let _ = KeySet::from_jwk(&json.to_string());
        }

        #[test]
        fn no_member_of_a_key_panics(
            name in prop::sample::select(vec!["rsa", "p256", "p384", "ed25519"]),
            member in "kty|kid|use|key_ops|alg|crv|n|e|x|y|x5c",
            value in any_json(),
        ) {
            let jwk = jwk_with(name, [(&*member, value)]);
            let _ = KeySet::from_jwk(&jwk.to_string());
        }

        #[test]
        fn no_der_panics(der in prop::collection::vec(any::<u8>(), 0..200), at in 0..91usize, with in any::<u8>()) {
            use base64::Engine as _;
            use base64::engine::general_purpose::STANDARD;

            let body = P256.lines().filter(|line| !line.starts_with('-')).collect::<String>();
            let mut changed = STANDARD.decode(body).unwrap();
            changed[at] = with;
            for der in [der, changed] {
                for label in ["PUBLIC KEY", "RSA PUBLIC KEY"] {
                    let _ = KeySet::from_pem(&format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", STANDARD.encode(&der)));
                }
            }
        }
    }
}
