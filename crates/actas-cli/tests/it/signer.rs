//! Tokens, and the command that explains them.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::command::{Answer, actas};

pub(crate) const ISSUER: &str = "https://issuer.example";
/// 2026-01-01T00:00:00Z
pub(crate) const NOW: u64 = 1_767_225_600;

/// What the tests' application expects, beside keys.
pub(crate) const EXPECTED: [&str; 10] = [
    "--issuer",
    ISSUER,
    "--claim",
    "sid",
    "--audience",
    "api",
    "--authorized-party",
    "https://app.example",
    "--at",
    "2026-01-01T00:00:00Z",
];

pub(crate) enum Signer {
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl Signer {
    pub(crate) fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    pub(crate) fn rsa() -> Self {
        Self::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    /// The set that holds the key under the `kid` `k`, and one that cannot be used.
    pub(crate) fn jwks(&self) -> String {
        let Self::Ed25519(key) = self else {
            panic!("an RSA key is given as PEM");
        };
        let x = URL_SAFE_NO_PAD.encode(key.public_key());
        json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x},
            {"kty": "oct", "kid": "symmetric", "k": "AAAA"},
        ]})
        .to_string()
    }

    pub(crate) fn pem(&self) -> String {
        let der: PublicKeyX509Der<'_> = match self {
            Self::Ed25519(key) => key.public_key().as_der().unwrap(),
            Self::Rsa(key) => key.public_key().as_der().unwrap(),
        };
        let text = STANDARD.encode(der.as_ref());
        format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n")
    }

    /// Signs `claims`, whatever they are, under `header`.
    pub(crate) fn sign(&self, header: &str, claims: &str) -> String {
        let header = URL_SAFE_NO_PAD.encode(header);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = match self {
            Self::Ed25519(key) => key.sign(signed.as_bytes()).as_ref().to_vec(),
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    signed.as_bytes(),
                    &mut signature,
                )
                .unwrap();
                signature
            }
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token that is accepted, but for what `header` and `claims` change; `null` takes a member away.
    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        let mut all = json!({"alg": "EdDSA", "kid": "k", "typ": "JWT"});
        change(&mut all, header);
        let header = all;
        let mut all = json!({
            "iss": ISSUER,
            "sub": "user_1",
            "sid": "sess_1",
            "aud": "api",
            "azp": "https://app.example",
            "iat": NOW - 1,
            "exp": NOW + 60,
        });
        change(&mut all, claims);
        self.sign(&header.to_string(), &all.to_string())
    }
}

fn change(object: &mut Value, members: &Value) {
    let object = object.as_object_mut().unwrap();
    for (name, value) in members.as_object().unwrap() {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
}

/// `actas verify` with `input` on its standard input. Nothing of a token, and nothing that acts on a terminal, is in what it
/// says.
#[track_caller]
pub(crate) fn explain(folder: &Path, input: impl AsRef<[u8]>, args: &[&str]) -> Answer {
    let mut child = actas()
        .arg("verify")
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let input = input.as_ref();
    // It need not read to the end.
    child.stdin.take().unwrap().write_all(input).ok();
    let answer = Answer::of(&child.wait_with_output().unwrap());
    let said = format!("{}{}", answer.out, answer.err);
    let text = String::from_utf8_lossy(input);
    let parts = text.trim().split('.').filter(|part| part.len() >= 16);
    for part in parts {
        assert!(!said.contains(part), "{said}");
    }
    let acts = |character: char| character != '\n' && character.is_control();
    assert!(!said.contains(acts), "{said:?}");
    answer
}
