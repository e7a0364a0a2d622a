//! Any header and claims, correctly signed: no present, non-null `act` yields a direct session.

#![no_main]

use std::sync::LazyLock;

use actas_core::{Auth, Error, Verifier};
use actas_core_fuzz::{ED25519_SEED, verifier};
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(verifier);
static KEY: LazyLock<Ed25519KeyPair> = LazyLock::new(|| {
    Ed25519KeyPair::from_seed_unchecked(&ED25519_SEED).expect("32 bytes are a seed")
});

/// The header up to the first line feed, and the claims after it.
fn split(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    Some((&input[..end], &input[end + 1..]))
}

fn verify(header: &[u8], claims: &[u8]) -> Result<Auth, Error> {
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = URL_SAFE_NO_PAD.encode(KEY.sign(message.as_bytes()));
    VERIFIER.verify(&format!("{message}.{signature}")).now()
}

/// Without claims that are taken to start from, the fuzzer would see refusals only.
fn seeds_are_valid() {
    for seed in [
        &include_bytes!("../seeds/claims/direct")[..],
        include_bytes!("../seeds/claims/impersonated"),
        include_bytes!("../seeds/claims/agent"),
        include_bytes!("../seeds/claims/organization"),
        include_bytes!("../seeds/claims/v1"),
    ] {
        let (header, claims) = split(seed).expect("the seed has two lines");
        verify(header, claims).expect("the seed is valid");
    }
}

fuzz_target!(init: seeds_are_valid(), |input: &[u8]| {
    let Some((header, claims)) = split(input) else {
        return;
    };
    let Ok(auth) = verify(header, claims) else {
        return;
    };
    let claims: Value = serde_json::from_slice(claims).expect("accepted claims are JSON");
    let act = claims.get("act").filter(|act| !act.is_null());
    assert_eq!(act.is_some(), auth.actor.is_some());
    assert_eq!(act.is_some(), auth.is_impersonated());
    assert_eq!(act.is_some(), auth.direct().is_none());
    assert_eq!(claims["sub"].as_str(), Some(auth.user_id.as_ref()));
    if let (Some(act), Some(actor)) = (act, &auth.actor) {
        assert_eq!(act["sub"].as_str(), Some(actor.subject.as_ref()));
    }
});
