use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{self, AlgorithmParameters, EllipticCurve, KeyOperations, PublicKeyUse};
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::material::{Curve, Material};
use crate::config_error::{KeyError, KeyProblem};
use crate::json;

/// The members that are strings. jsonwebtoken takes `null` and `{"RS256":null}` for some of them.
const STRINGS: [&str; 9] = ["kty", "use", "alg", "kid", "crv", "n", "e", "x", "y"];

/// The members of a private key, RFC 7518 §6.2.2 and §6.3.2, RFC 8037 §2.
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// A public JSON Web Key (RFC 7517), judged.
pub(super) struct Jwk {
    pub(super) kid: Option<String>,
    pub(super) material: Material,
    algorithm: Option<Algorithm>,
}

impl Jwk {
    pub(super) fn parse(text: &str) -> Result<Self, KeyError> {
        let Some(Value::Object(members)) = json::value_with_unique_names(text) else {
            return Err(KeyError::new(
                kid_at_a_guess(text).as_deref(),
                KeyProblem::Json,
            ));
        };
        let kid = kid(&members);
        match judge(members) {
            Ok((material, algorithm)) => Ok(Self {
                kid,
                material,
                algorithm,
            }),
            Err(problem) => Err(KeyError::new(kid.as_deref(), problem)),
        }
    }

    /// The algorithms that the key serves: the one it names, else each of its type and curve.
    pub(super) fn algorithms(&self) -> &[Algorithm] {
        self.algorithm
            .as_ref()
            .map_or_else(|| self.material.algorithms(), std::slice::from_ref)
    }
}

/// A `kid` to name in an error, of a key that has other flaws.
fn kid_at_a_guess(text: &str) -> Option<String> {
    let members: Map<String, Value> = serde_json::from_str(text).ok()?;
    kid(&members)
}

fn kid(members: &Map<String, Value>) -> Option<String> {
    let kid = members.get("kid")?.as_str()?;
    (!kid.is_empty()).then(|| kid.to_owned())
}

fn judge(members: Map<String, Value>) -> Result<(Material, Option<Algorithm>), KeyProblem> {
    check_types(&members)?;
    let kty = string(&members, "kty").unwrap_or_default().to_owned();
    if kty == "oct" || members.contains_key("k") {
        return Err(KeyProblem::Symmetric);
    }
    if PRIVATE.iter().any(|name| members.contains_key(*name)) {
        return Err(KeyProblem::Private);
    }
    if !matches!(kty.as_str(), "RSA" | "EC" | "OKP") {
        return Err(KeyProblem::KeyType);
    }
    let algorithm = match string(&members, "alg") {
        Some(name) => Some(Algorithm::from_name(name).ok_or(KeyProblem::Algorithm)?),
        None => None,
    };
    let has_fitting_curve = matches!(
        (kty.as_str(), string(&members, "crv")),
        ("RSA", _) | ("EC", Some("P-256" | "P-384")) | ("OKP", Some("Ed25519"))
    );

    let jwk: jwk::Jwk =
        serde_json::from_value(Value::Object(members)).map_err(|_| KeyProblem::Json)?;
    check_purpose(&jwk.common)?;
    if !has_fitting_curve {
        return Err(KeyProblem::Curve);
    }
    let material = material(&jwk.algorithm)?;
    if let Some(algorithm) = algorithm {
        material.check_fit(algorithm)?;
    }
    Ok((material, algorithm))
}

fn check_types(members: &Map<String, Value>) -> Result<(), KeyProblem> {
    let is_string_if_present = |name: &&str| members.get(*name).is_none_or(Value::is_string);
    let operations_are_strings = members.get("key_ops").is_none_or(|operations| {
        operations
            .as_array()
            .is_some_and(|operations| operations.iter().all(Value::is_string))
    });
    if STRINGS.iter().all(is_string_if_present) && operations_are_strings {
        Ok(())
    } else {
        Err(KeyProblem::Json)
    }
}

fn string<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name)?.as_str()
}

/// RFC 7517 §4.2 and §4.3.
fn check_purpose(common: &jwk::CommonParameters) -> Result<(), KeyProblem> {
    let is_for_signatures = match &common.public_key_use {
        None => false,
        Some(PublicKeyUse::Signature) => true,
        Some(_) => return Err(KeyProblem::Use),
    };
    let Some(operations) = &common.key_operations else {
        return Ok(());
    };
    let mut seen = HashSet::new();
    let contradicts_use = |operation: &KeyOperations| {
        is_for_signatures && !matches!(operation, KeyOperations::Sign | KeyOperations::Verify)
    };
    if !operations.contains(&KeyOperations::Verify)
        || !operations.iter().all(|operation| seen.insert(operation))
        || operations.iter().any(contradicts_use)
    {
        return Err(KeyProblem::Operations);
    }
    Ok(())
}

fn material(parameters: &AlgorithmParameters) -> Result<Material, KeyProblem> {
    match parameters {
        AlgorithmParameters::RSA(rsa) => Material::rsa(&decode(&rsa.n)?, &decode(&rsa.e)?),
        AlgorithmParameters::EllipticCurve(ec) => {
            let curve = match ec.curve {
                EllipticCurve::P256 => Curve::P256,
                EllipticCurve::P384 => Curve::P384,
                _ => return Err(KeyProblem::Curve),
            };
            Material::ec(curve, &decode(&ec.x)?, &decode(&ec.y)?)
        }
        AlgorithmParameters::OctetKeyPair(okp) => match okp.curve {
            EllipticCurve::Ed25519 => Material::ed25519(&decode(&okp.x)?),
            _ => Err(KeyProblem::Curve),
        },
        _ => Err(KeyProblem::Parameter),
    }
}

/// Base64url without padding and with zero trailing bits; not empty.
fn decode(parameter: &str) -> Result<Vec<u8>, KeyProblem> {
    match URL_SAFE_NO_PAD.decode(parameter) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes),
        _ => Err(KeyProblem::Parameter),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::keys::testdata::{jwk, jwk_with};

    fn problem(jwk: &Value) -> Option<KeyProblem> {
        Jwk::parse(&jwk.to_string())
            .err()
            .map(|error| error.problem())
    }

    #[test]
    fn serves_the_algorithm_it_names_or_each_of_its_type() {
        for (name, algorithm, expected) in [
            (
                "rsa",
                None,
                &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"][..],
            ),
            ("rsa", Some("PS384"), &["PS384"]),
            ("p256", None, &["ES256"]),
            ("p256", Some("ES256"), &["ES256"]),
            ("p384", None, &["ES384"]),
            ("ed25519", None, &["EdDSA"]),
        ] {
            let jwk = jwk_with(name, [("alg", json!(algorithm)), ("kid", json!("k"))]);
            let jwk = Jwk::parse(&jwk.to_string()).unwrap();
            let names: Vec<_> = jwk
                .algorithms()
                .iter()
                .map(|algorithm| algorithm.name())
                .collect();
            assert_eq!(names, expected);
            assert_eq!(jwk.kid.as_deref(), Some("k"));
        }
    }

    #[test]
    fn judges_type_algorithm_and_curve() {
        use KeyProblem::{Algorithm, Curve, Json, KeyType};

        for (name, members, expected) in [
            ("rsa", [("kty", json!(null)), ("x", json!(null))], KeyType),
            ("rsa", [("kty", json!("rsa")), ("x", json!(null))], KeyType),
            (
                "ed25519",
                [("kty", json!("AKP")), ("y", json!(null))],
                KeyType,
            ),
            ("rsa", [("kty", json!("EC")), ("crv", json!(null))], Curve),
            (
                "p256",
                [("crv", json!("P-384")), ("alg", json!(null))],
                KeyProblem::Parameter,
            ),
            (
                "p256",
                [("crv", json!("p-256")), ("alg", json!(null))],
                Curve,
            ),
            (
                "p256",
                [("crv", json!("Ed25519")), ("alg", json!(null))],
                Curve,
            ),
            ("p256", [("crv", json!(null)), ("alg", json!(null))], Curve),
            ("p521", [("alg", json!(null)), ("n", json!(null))], Curve),
            (
                "ed25519",
                [("crv", json!("ed25519")), ("alg", json!(null))],
                Curve,
            ),
            (
                "ed25519",
                [("crv", json!("X25519")), ("alg", json!(null))],
                Curve,
            ),
            (
                "ed25519",
                [("crv", json!("Ed448")), ("alg", json!(null))],
                Curve,
            ),
            (
                "ed25519",
                [("kty", json!("EC")), ("alg", json!(null))],
                Curve,
            ),
            ("p256", [("alg", json!("ES384")), ("n", json!(null))], Curve),
            (
                "p256",
                [("alg", json!("RS256")), ("n", json!(null))],
                Algorithm,
            ),
            (
                "rsa",
                [("alg", json!("HS256")), ("x", json!(null))],
                Algorithm,
            ),
            (
                "rsa",
                [("alg", json!("none")), ("x", json!(null))],
                Algorithm,
            ),
            (
                "rsa",
                [("alg", json!("RSA-OAEP")), ("x", json!(null))],
                Algorithm,
            ),
            (
                "rsa",
                [("alg", json!("rs256")), ("x", json!(null))],
                Algorithm,
            ),
            (
                "rsa",
                [("alg", json!("EdDSA")), ("x", json!(null))],
                Algorithm,
            ),
            ("rsa", [("alg", json!(5)), ("x", json!(null))], Json),
        ] {
            let jwk = jwk_with(name, members);
            assert_eq!(problem(&jwk), Some(expected), "{jwk}");
        }
    }

    #[test]
    fn judges_use_and_operations() {
        use KeyProblem::{Json, Operations, Use};

        for (members, expected) in [
            (r#"{"use":"sig"}"#, None),
            (r#"{"use":"enc"}"#, Some(Use)),
            (r#"{"use":"Sig"}"#, Some(Use)),
            (r#"{"use":""}"#, Some(Use)),
            (r#"{"use":null}"#, Some(Json)),
            (r#"{"use":["sig"]}"#, Some(Json)),
            (r#"{"key_ops":["verify"]}"#, None),
            (r#"{"key_ops":["sign","verify"],"use":"sig"}"#, None),
            (r#"{"key_ops":["verify","encrypt"]}"#, None),
            (
                r#"{"key_ops":["verify","wrapKey"],"use":"sig"}"#,
                Some(Operations),
            ),
            (
                r#"{"key_ops":["verify","other"],"use":"sig"}"#,
                Some(Operations),
            ),
            (r#"{"key_ops":["verify","verify"]}"#, Some(Operations)),
            (r#"{"key_ops":["Verify"]}"#, Some(Operations)),
            (r#"{"key_ops":["sign"]}"#, Some(Operations)),
            (r#"{"key_ops":[]}"#, Some(Operations)),
            (r#"{"key_ops":"verify"}"#, Some(Json)),
            (r#"{"key_ops":null}"#, Some(Json)),
            (r#"{"key_ops":["verify",5]}"#, Some(Json)),
        ] {
            let mut jwk = jwk("p256");
            let added: Map<String, Value> = serde_json::from_str(members).unwrap();
            jwk.as_object_mut().unwrap().extend(added);
            assert_eq!(problem(&jwk), expected, "{members}");
        }
    }

    #[test]
    fn private_and_symmetric_keys_are_named() {
        for member in PRIVATE {
            for key in ["rsa", "p256", "ed25519"] {
                let jwk = jwk_with(key, [(member, json!("AQAB")), ("kid", json!("leaked"))]);
                let error = Jwk::parse(&jwk.to_string()).err().unwrap();
                assert_eq!(error.problem(), KeyProblem::Private);
                assert_eq!(error.kid(), Some("leaked"));
                assert!(!error.to_string().contains("AQAB"));
            }
        }
        let symmetric = json!({"kty": "oct", "k": "c2VjcmV0", "kid": "shared", "alg": "HS256"});
        let error = Jwk::parse(&symmetric.to_string()).err().unwrap();
        assert_eq!(
            (error.kid(), error.problem()),
            (Some("shared"), KeyProblem::Symmetric)
        );
        assert_eq!(
            problem(&jwk_with("rsa", [("k", json!("c2VjcmV0"))])),
            Some(KeyProblem::Symmetric)
        );
    }

    #[test]
    fn parameters_are_strict_base64url() {
        let n = jwk("rsa")["n"].as_str().unwrap().to_owned();
        for (key, name, value) in [
            ("rsa", "n", format!("{n}==")),
            ("rsa", "n", format!("{n}\n")),
            ("rsa", "n", format!(" {n}")),
            ("rsa", "n", String::new()),
            ("rsa", "e", String::new()),
            ("rsa", "e", "AQAB=".to_owned()),
            ("rsa", "e", "AR".to_owned()),
            ("rsa", "e", "A+/B".to_owned()),
            ("p256", "x", String::new()),
            ("ed25519", "x", "AQ".to_owned()),
        ] {
            let jwk = jwk_with(key, [(name, json!(value))]);
            assert_eq!(problem(&jwk), Some(KeyProblem::Parameter), "{jwk}");
        }
        for (key, name) in [
            ("rsa", "n"),
            ("rsa", "e"),
            ("p256", "x"),
            ("p256", "y"),
            ("ed25519", "x"),
        ] {
            assert_eq!(
                problem(&jwk_with(key, [(name, json!(null))])),
                Some(KeyProblem::Parameter)
            );
            assert_eq!(
                problem(&jwk_with(key, [(name, json!(5))])),
                Some(KeyProblem::Json)
            );
        }
    }

    #[test]
    fn members_that_are_not_understood_are_ignored() {
        let jwk = jwk_with(
            "p256",
            [("x5c", json!(["garbage"])), ("ext", json!({"a": [null]}))],
        );
        assert_eq!(problem(&jwk), None);
    }

    #[test]
    fn a_name_stands_once() {
        let text = jwk("p256").to_string();
        let doubled = text.replacen('{', r#"{"kid":"twice","use":"enc","use":"sig","#, 1);
        assert!(serde_json::from_str::<Map<String, Value>>(&doubled).is_ok());
        let error = Jwk::parse(&doubled).err().unwrap();
        assert_eq!(
            (error.kid(), error.problem()),
            (Some("twice"), KeyProblem::Json)
        );
    }

    #[test]
    fn jsonwebtoken_alone_takes_objects_and_null_for_strings() {
        for members in [
            [("alg", json!({"ES256": null})), ("use", json!("sig"))],
            [("crv", json!({"P-256": null})), ("use", json!("sig"))],
            [("kty", json!({"EC": null})), ("use", json!("sig"))],
        ] {
            let jwk = jwk_with("p256", members);
            let alone: jwk::Jwk = serde_json::from_value(jwk.clone()).unwrap();
            assert!(matches!(
                alone.algorithm,
                AlgorithmParameters::EllipticCurve(_)
            ));
            assert_eq!(problem(&jwk), Some(KeyProblem::Json));
        }
    }
}
