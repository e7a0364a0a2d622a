//! An application at Clerk, and tokens in Clerk's own format.

use actas::{
    Error, KeyFuture, KeySet, KeySource, NoKeys, StaticKeys, Verifier, VerifierBuilder, WantedKey,
};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::clock::FixedClock;
use crate::signer::Signer;
use crate::token::Token;

/// The origin of the application's front end.
pub const APP: &str = "https://app.example.com";
/// The issuer of the application's tokens.
pub const ISSUER: &str = "https://clerk.example.com";
/// The session cookie.
pub const COOKIE: &str = "__session";
/// The session cookie with the suffix that follows from the publishable key.
pub const SUFFIXED_COOKIE: &str = "__session_l2OS3d9k";
/// What the time is, in seconds since the Unix epoch.
pub const NOW: u64 = 1_767_225_600;

const PUBLISHABLE_KEY: &str = "pk_test_Y2xlcmsuZXhhbXBsZS5jb20k";
const KID: &str = "ins_2abcdefghijklmnopqrstuvwxyz";

/// The application's key at Clerk.
pub(crate) fn signer() -> Signer {
    Signer::rs256(KID)
}

/// The verifier of the application's sessions.
#[must_use]
pub fn verifier() -> Verifier {
    let keys = StaticKeys::from_jwks(&signer().jwks()).unwrap();
    builder().with_keys(keys).build().unwrap()
}

/// The same verifier during an outage of the issuer.
pub(crate) fn verifier_without_keys() -> Verifier {
    builder().with_keys(Outage).build().unwrap()
}

fn builder() -> VerifierBuilder<NoKeys> {
    Verifier::clerk(PUBLISHABLE_KEY)
        .unwrap()
        .with_authorized_parties([APP])
        .with_clock(FixedClock(NOW))
}

/// Keys that were never fetched, and cannot be.
#[derive(Debug)]
struct Outage;

impl KeySource for Outage {
    fn current(&self) -> Option<Arc<KeySet>> {
        None
    }

    fn refresh(&self, _: WantedKey<'_>) -> Option<KeyFuture> {
        Some(Box::pin(async {
            tokio::task::yield_now().await;
            Err(Error::keys_unavailable(Some(17)))
        }))
    }
}

/// A session token with claims of version 2, in which nobody acts.
pub(crate) fn v2() -> Token {
    token(json!({
        "azp": APP,
        "exp": NOW + 60,
        "fea": "o:dashboard,o:teams",
        "fva": [7, -1],
        "iat": NOW,
        "iss": ISSUER,
        "jti": "004f2aa5f5b8e0c7c1d9",
        "nbf": NOW - 10,
        "o": { "fpm": "3,2", "id": "org_2acme", "per": "manage,read", "rol": "admin", "slg": "acme" },
        "pla": "o:pro",
        "sid": "sess_2grace",
        "sts": "active",
        "sub": "user_2grace",
        "v": 2,
    }))
}

/// A session token with claims of version 1, in which nobody acts.
pub(crate) fn v1() -> Token {
    token(json!({
        "azp": APP,
        "exp": NOW + 60,
        "fva": [7, -1],
        "iat": NOW,
        "iss": ISSUER,
        "nbf": NOW - 10,
        "org_id": "org_2acme",
        "org_permissions": ["org:dashboard:manage"],
        "org_role": "org:admin",
        "org_slug": "acme",
        "sid": "sess_2grace",
        "sub": "user_2grace",
    }))
}

/// A token of a JWT template: signed by the same key, and without `sid` and `act`.
pub(crate) fn templated() -> Token {
    token(json!({
        "azp": APP,
        "exp": NOW + 60,
        "iat": NOW,
        "iss": ISSUER,
        "jti": "5fe3cc66d3d3cd6e2c2b",
        "nbf": NOW - 10,
        "sub": "user_2grace",
    }))
}

fn token(claims: Value) -> Token {
    Token::new(&signer(), claims).with_header("cat", "cl_B7d4PD111AAA")
}
