use std::collections::BTreeMap;

use actas::{Algorithm, Verifier};
use actas_jwks::RemoteKeys;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use crate::ticks::ManualTicks;

/// Keys that no token may be verified with: for encryption, symmetric, too short, of no known type, without a modulus or a
/// name.
const UNUSABLE: [&str; 6] = ["enc", "oct", "weak", "pq", "no_n", "no_kid"];

/// The keys and tokens that the scenarios name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fixtures {
    now: u64,
    iss: String,
    azp_allowed: Vec<String>,
    keys: BTreeMap<String, Value>,
    tokens: BTreeMap<String, String>,
    #[serde(rename = "note")]
    _note: IgnoredAny,
}

#[derive(Debug)]
struct Clock {
    started: u64,
    ticks: ManualTicks,
}

impl actas::Clock for Clock {
    fn now(&self) -> Option<u64> {
        let passed = actas_jwks::Ticks::now(&self.ticks);
        Some(self.started + passed.as_secs())
    }
}

impl Fixtures {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("../../vectors/key-server-fixtures.json")).unwrap()
    }

    /// The application at Clerk that the tokens are of, with these keys, by this time.
    pub(crate) fn verifier(&self, keys: RemoteKeys, ticks: &ManualTicks) -> Verifier {
        let host = self.iss.strip_prefix("https://").unwrap();
        let publishable_key = format!("pk_live_{}", STANDARD.encode(format!("{host}$")));
        Verifier::clerk(&publishable_key)
            .unwrap()
            .with_keys(keys)
            .with_algorithms([Algorithm::Rs256, Algorithm::Es256])
            .with_authorized_parties(&self.azp_allowed)
            .with_clock(Clock {
                started: self.now,
                ticks: ticks.clone(),
            })
            .build()
            .unwrap()
    }

    pub(crate) fn token(&self, name: &str) -> &str {
        &self.tokens[name]
    }

    /// The claims of a token as they are signed.
    pub(crate) fn claims(&self, name: &str) -> String {
        let claims = self.token(name).split('.').nth(1).unwrap();
        String::from_utf8(URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
    }

    pub(crate) fn key(&self, name: &str) -> String {
        self.keys[name].to_string()
    }

    pub(crate) fn key_set(&self, names: &[String]) -> String {
        let keys: Vec<_> = names.iter().map(|name| &self.keys[name]).collect();
        json!({ "keys": keys }).to_string()
    }

    /// The `kid`s in a set of these keys that a token may name.
    pub(crate) fn usable_kids(&self, names: &[String]) -> Vec<String> {
        let usable = names
            .iter()
            .filter(|name| !UNUSABLE.contains(&name.as_str()));
        usable
            .map(|name| self.keys[name]["kid"].as_str().unwrap().to_owned())
            .collect()
    }
}

/// The `kid` that a token names.
pub(crate) fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap());
    let header: Value = serde_json::from_slice(&header.unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}
