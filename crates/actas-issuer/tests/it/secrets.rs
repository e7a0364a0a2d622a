//! No byte of a key or a token stands where it can be read.

use std::fs;

use actas_issuer::{
    Issuer, KeyFile, KeyRing, PublishedKeySet, SessionClaims, SigningAlgorithm, SigningKey,
};
use serde_json::{Map, Value};

/// The texts that would give a key away: its private members, and what they decode to.
fn secrets(key: &SigningKey) -> Vec<String> {
    let jwk: Map<String, Value> = serde_json::from_str(&key.to_private_jwk().unwrap()).unwrap();
    let names = ["d", "p", "q", "dp", "dq", "qi"];
    names
        .iter()
        .filter_map(|name| jwk.get(*name))
        .map(|member| member.as_str().unwrap()[..16].to_owned())
        .collect()
}

#[test]
fn nothing_that_is_shown_gives_a_key_away() {
    for algorithm in SigningAlgorithm::ALL {
        let folder = tempfile::tempdir().unwrap();
        let file = KeyFile::open_or_create(folder.path().join("k"), algorithm).unwrap();
        let key = SigningKey::generate(algorithm).unwrap();
        let secrets = secrets(&key);
        assert!(!secrets.is_empty());
        let text = key.to_private_jwk().unwrap();
        let mut shown = vec![format!("{key:?}"), key.public_jwk().unwrap()];
        for cut in [text.len() - 1, text.len() / 2] {
            let error = SigningKey::from_jwk(&text[..cut]).unwrap_err();
            shown.push(format!("{error} {error:?}"));
        }
        let swapped = text.replace(r#""d":""#, r#""d":"A"#);
        let error = SigningKey::from_jwk(&swapped).unwrap_err();
        shown.push(format!("{error} {error:?}"));
        let error = SigningKey::from_pem(&text).unwrap_err();
        shown.push(format!("{error} {error:?}"));
        let twin = SigningKey::from_jwk(&text).unwrap();
        file.rotate_to(twin, 1).unwrap();
        fs::write(
            file.path(),
            fs::read_to_string(file.path())
                .unwrap()
                .replace("\"d\":", "\"D\":"),
        )
        .unwrap();
        let error = KeyFile::open(file.path()).unwrap_err();
        shown.push(format!("{file:?} {error} {error:?}"));
        let ring = KeyRing::new(key);
        shown.push(format!("{ring:?}"));
        let issuer = Issuer::new("https://app.example.com", ring).unwrap();
        let set: PublishedKeySet = issuer.key_set().unwrap();
        shown.push(format!(
            "{issuer:?} {:?} {set:?} {}",
            issuer.keys(),
            set.json()
        ));
        for secret in &secrets {
            for shown in &shown {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}

#[test]
fn a_token_is_not_shown() {
    let key = SigningKey::generate(SigningAlgorithm::EdDsa).unwrap();
    let issuer = Issuer::new("https://app.example.com", key).unwrap();
    let token = issuer
        .mint(&SessionClaims::new("user_1", "sess_1"))
        .unwrap();
    assert_eq!(format!("{token:?}"), "SessionToken(..)");
    let kit = Issuer::ephemeral().unwrap();
    let session = kit.session("user_1");
    let token = session.token();
    for part in token.split('.') {
        assert!(!format!("{kit:?} {session:?}").contains(part));
    }
}
