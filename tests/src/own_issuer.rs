//! An issuer of the application's own, which mints impersonated sessions.

use actas::{IMPERSONATION_COOKIE, Separator, StaticKeys, Verifier};
use serde_json::json;

use crate::clerk::{self, APP, NOW};
use crate::clock::FixedClock;
use crate::signer::Signer;
use crate::token::Token;

const ISSUER: &str = "https://app.example.com/impersonations";
/// The admin who acts, a user of the application at Clerk.
pub(crate) const ADMIN: &str = "user_9ada";

pub(crate) fn signer() -> Signer {
    Signer::rs256("own_1")
}

/// The verifier of every scenario: the application's sessions at Clerk, and impersonated ones by its own issuer.
pub(crate) fn verifier() -> Verifier {
    let own = Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&signer().jwks()).unwrap())
        .with_authorized_parties([APP])
        .with_impersonation_cookie(IMPERSONATION_COOKIE)
        .with_clock(FixedClock(NOW))
        .build()
        .unwrap();
    Verifier::any_of([clerk::verifier(), own]).unwrap()
}

/// A token of a session in which the admin acts as the user.
pub(crate) fn impersonated() -> Token {
    let claims = json!({
        "act": { "iss": clerk::ISSUER, "sub": ADMIN },
        "azp": APP,
        "exp": NOW + 1800,
        "iat": NOW,
        "iss": ISSUER,
        "sid": "imp_2grace",
        "sub": "user_2grace",
    });
    Token::new(&signer(), claims)
}
