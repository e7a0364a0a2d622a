use actas_core::KeyProblem;
use actas_issuer::{Issuer, KeyError, SigningAlgorithm, SigningKey};
use serde_json::{Value, json};

use crate::support::{mint, refused};

macro_rules! pem {
    ($name:literal) => {
        include_str!(concat!("keys/", $name, ".pem"))
    };
}

fn signs(key: SigningKey) {
    let issuer = Issuer::new("https://app.example.com", key).unwrap();
    let token = mint(&issuer);
    assert_eq!(refused(&issuer.verifier().unwrap(), &token), None);
}

#[test]
fn a_private_key_is_read_from_pem() {
    for (pem, algorithm) in [
        (pem!("test_only_p256"), SigningAlgorithm::Es256),
        (pem!("test_only_p256_sec1"), SigningAlgorithm::Es256),
        (pem!("test_only_ed25519"), SigningAlgorithm::EdDsa),
        (pem!("test_only_rsa"), SigningAlgorithm::Rs256),
        (pem!("test_only_rsa_pkcs1"), SigningAlgorithm::Rs256),
    ] {
        let key = SigningKey::from_pem(pem).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        // As environment files carry it.
        let same = SigningKey::from_pem(&pem.replace('\n', "\\n")).unwrap();
        assert_eq!(key.kid(), same.kid());
        signs(key);
    }
    let kid = |pem| SigningKey::from_pem(pem).unwrap().kid().to_owned();
    assert_eq!(
        kid(pem!("test_only_p256")),
        kid(pem!("test_only_p256_sec1"))
    );
    assert_eq!(kid(pem!("test_only_rsa")), kid(pem!("test_only_rsa_pkcs1")));
}

#[test]
fn no_other_pem_is_a_signing_key() {
    let good = pem!("test_only_p256");
    for (pem, expected) in [
        ("", KeyError::Pem),
        ("no key", KeyError::Pem),
        (pem!("test_only_encrypted"), KeyError::Pem),
        (pem!("p256_public"), KeyError::Public),
        (pem!("test_only_p384"), KeyError::Algorithm),
        (&good.replace("END PRIVATE", "END"), KeyError::Pem),
        (
            &good.replace("PRIVATE KEY", "RSA PRIVATE KEY"),
            KeyError::Rejected,
        ),
        (
            &good.replace("PRIVATE KEY", "OPENSSH PRIVATE KEY"),
            KeyError::Pem,
        ),
    ] {
        let error = SigningKey::from_pem(pem).unwrap_err();
        assert_eq!(format!("{error:?}"), format!("{expected:?}"));
    }
    // Whoever judges first, aws-lc or core.
    let small = SigningKey::from_pem(pem!("test_only_rsa_1024")).unwrap_err();
    assert!(
        matches!(
            small,
            KeyError::Unfit(KeyProblem::ModulusSize) | KeyError::Algorithm | KeyError::Rejected
        ),
        "{small:?}"
    );
}

#[test]
fn a_private_key_is_read_from_a_jwk_as_it_is_written() {
    for algorithm in SigningAlgorithm::ALL {
        let key = SigningKey::generate(algorithm).unwrap();
        let text = key.to_private_jwk().unwrap();
        let same = SigningKey::from_jwk(&text).unwrap();
        assert_eq!((same.kid(), same.algorithm()), (key.kid(), algorithm));
        assert_eq!(same.to_private_jwk().unwrap(), text);
        signs(same);
    }
    for pem in [
        pem!("test_only_p256"),
        pem!("test_only_ed25519"),
        pem!("test_only_rsa"),
    ] {
        let key = SigningKey::from_pem(pem).unwrap();
        let same = SigningKey::from_jwk(&key.to_private_jwk().unwrap()).unwrap();
        assert_eq!(same.kid(), key.kid());
    }
    // RFC 8037 §A.1 to §A.3.
    let key = SigningKey::from_jwk(
        r#"{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    );
    assert_eq!(
        key.unwrap().kid(),
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    );
    // RFC 7515 §A.3.1.
    let key = SigningKey::from_jwk(
        r#"{"kty":"EC","crv":"P-256","kid":"not looked at","key_ops":["sign"],
        "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#,
    );
    signs(key.unwrap());
}

#[test]
fn no_other_jwk_is_a_signing_key() {
    let jwk = |algorithm| -> Value {
        let key = SigningKey::generate(algorithm).unwrap();
        serde_json::from_str(&key.to_private_jwk().unwrap()).unwrap()
    };
    let refused = |jwk: &Value| SigningKey::from_jwk(&jwk.to_string()).unwrap_err();
    for algorithm in SigningAlgorithm::ALL {
        let good = jwk(algorithm);
        let other = jwk(algorithm);
        for (member, value, expected) in [
            ("d", Value::Null, "Public"),
            ("d", json!("AAAA"), "Rejected"),
            ("d", other["d"].clone(), "Rejected"),
            ("d", json!("="), "Rejected"),
            ("d", json!(1), "Json"),
            ("kty", json!("oct"), "Algorithm"),
            ("kty", Value::Null, "Json"),
            ("crv", json!("P-521"), "Algorithm"),
            ("alg", json!("HS256"), "Algorithm"),
            ("use", json!("enc"), "Use"),
            ("key_ops", json!(["verify"]), "Use"),
        ] {
            let mut jwk = good.clone();
            if value.is_null() {
                jwk.as_object_mut().unwrap().remove(member);
            } else {
                jwk[member] = value;
            }
            let error = refused(&jwk);
            assert_eq!(format!("{error:?}"), expected, "{algorithm} {member}");
        }
        let twice = good.to_string().replacen('{', r#"{"kty":"EC","#, 1);
        assert!(matches!(SigningKey::from_jwk(&twice), Err(KeyError::Json)));
    }
    let rsa = jwk(SigningAlgorithm::Rs256);
    for member in ["n", "e", "p", "q", "dp", "dq", "qi"] {
        let mut without = rsa.clone();
        without.as_object_mut().unwrap().remove(member);
        assert!(matches!(refused(&without), KeyError::Rejected), "{member}");
    }
    for text in ["", "[]", "{}", "null", r#"{"keys":[]}"#] {
        assert!(
            matches!(SigningKey::from_jwk(text), Err(KeyError::Json)),
            "{text}"
        );
    }
}
