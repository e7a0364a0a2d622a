//! Any text as a token: no panic, the same verdict by both ways in, and no session but the seeds' own.

#![no_main]

use std::sync::LazyLock;

use actas_core::Verifier;
use actas_core_fuzz::{Request, verifier};
use libfuzzer_sys::fuzz_target;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(verifier);

/// Without a valid token to start from, the fuzzer would see nothing behind the signature.
fn seeds_are_valid() {
    for seed in [
        include_str!("../seeds/token/rs256-direct"),
        include_str!("../seeds/token/es256-impersonated"),
        include_str!("../seeds/token/eddsa-agent"),
        include_str!("../seeds/token/eddsa-organization"),
    ] {
        VERIFIER.verify(seed).now().expect("the seed is valid");
    }
}

fuzz_target!(init: seeds_are_valid(), |token: &str| {
    // Around the credential, a field line may hold blanks (RFC 9110 §5.6.3, §11.4).
    let token = token.trim_matches([' ', '\t']);
    let verified = VERIFIER.verify(token).now();
    if let Ok(auth) = &verified {
        assert_eq!(auth.user_id.as_ref(), "user_1");
    }

    let credential = format!("Bearer {token}");
    let authenticated = VERIFIER
        .authenticate(&Request::of_bearer(credential.as_bytes()))
        .now();
    assert_eq!(
        verified.is_ok(),
        matches!(authenticated, Ok(Some(_))),
        "{verified:?} {authenticated:?}"
    );
});
