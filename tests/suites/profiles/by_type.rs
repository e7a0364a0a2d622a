//! Issuers whose access tokens are of a type of their own, `at+jwt`.

use actas::{ErrorKind, Verifier};
use serde_json::json;

use crate::issuer::{Issuer, token};

const API: &str = "https://api.example.com";

#[test]
fn rfc_9068() {
    let issuer = "https://login.example.com";
    let session = token(
        issuer,
        "5ba552d67",
        json!({ "aud": API, "client_id": "s6BhdRkqt3", "jti": "dbe39bf3a3ba4238" }),
    );
    let session = session.with_header("typ", "at+jwt");
    Issuer {
        profile: Ok(Verifier::rfc9068(issuer, API)),
        act: json!({ "sub": "admin_1", "iss": "https://admin.example.com" }),
        others: vec![
            (
                "an ID token",
                session
                    .clone()
                    .with_header("typ", "JWT")
                    .with("aud", "s6BhdRkqt3"),
                ErrorKind::TokenType,
            ),
            (
                "without a type",
                session.clone().without_header("typ"),
                ErrorKind::TokenType,
            ),
            (
                "a logout token",
                session.clone().with_header("typ", "logout+jwt"),
                ErrorKind::TokenType,
            ),
            (
                "a client's own",
                session.clone().with("sub", "s6BhdRkqt3"),
                ErrorKind::NotASession,
            ),
            (
                "without a client",
                session.clone().without("client_id"),
                ErrorKind::NotASession,
            ),
            (
                "for another API",
                session.clone().with("aud", "https://other.example.com"),
                ErrorKind::Audience,
            ),
            (
                "for no API",
                session.clone().without("aud"),
                ErrorKind::Audience,
            ),
        ],
        session,
    }
    .holds();
}

#[test]
fn auth0() {
    let session = token(
        "https://tenant.eu.auth0.com/",
        "auth0|507f1f77bcf86cd7",
        json!({
            "aud": [API, "https://tenant.eu.auth0.com/userinfo"],
            "client_id": "wKqjXyzzy",
            "jti": "AbCdEf",
            "scope": "openid profile",
        }),
    );
    let session = session.with_header("typ", "at+jwt");
    Issuer {
        profile: Verifier::auth0("tenant.eu.auth0.com", API),
        act: json!({ "sub": "auth0|ada", "sub_profile": "user" }),
        others: vec![
            (
                "an ID token",
                session
                    .clone()
                    .with_header("typ", "JWT")
                    .with("aud", "wKqjXyzzy"),
                ErrorKind::TokenType,
            ),
            (
                "of Auth0's own profile",
                session
                    .clone()
                    .with_header("typ", "JWT")
                    .with("azp", "wKqjXyzzy"),
                ErrorKind::TokenType,
            ),
            (
                "a machine's",
                session.clone().with("sub", "wKqjXyzzy@clients"),
                ErrorKind::NotASession,
            ),
            (
                "an agent's own",
                session
                    .clone()
                    .with("sub", "agt_1")
                    .with("sub_profile", "ai_agent"),
                ErrorKind::NotASession,
            ),
            (
                "a machine's without suffix",
                session.clone().with("sub", "wKqjXyzzy"),
                ErrorKind::NotASession,
            ),
            (
                "without a client",
                session.clone().without("client_id"),
                ErrorKind::NotASession,
            ),
            (
                "for another API",
                session
                    .clone()
                    .with("aud", "https://tenant.eu.auth0.com/api/v2/"),
                ErrorKind::Audience,
            ),
            (
                "of the issuer without a slash",
                session.clone().with("iss", "https://tenant.eu.auth0.com"),
                ErrorKind::Issuer,
            ),
        ],
        session,
    }
    .holds();
}

#[test]
fn logto() {
    let session = token(
        "https://tenant.logto.app/oidc",
        "u1x2y3z4abcd",
        json!({ "aud": API, "client_id": "m2k9p0app", "jti": "x7Fq", "scope": "orders:read" }),
    );
    let session = session.with_header("typ", "at+jwt");
    Issuer {
        profile: Verifier::logto("https://tenant.logto.app", API),
        act: json!({ "sub": "adaadaadaada" }),
        others: vec![
            (
                "an ID token",
                session
                    .clone()
                    .without_header("typ")
                    .with("aud", "m2k9p0app"),
                ErrorKind::TokenType,
            ),
            (
                "a logout token",
                session.clone().with_header("typ", "logout+jwt"),
                ErrorKind::TokenType,
            ),
            (
                "an introspection",
                session
                    .clone()
                    .with_header("typ", "token-introspection+jwt"),
                ErrorKind::TokenType,
            ),
            (
                "a machine's",
                session.clone().with("sub", "m2k9p0app"),
                ErrorKind::NotASession,
            ),
            (
                "without a client",
                session.clone().without("client_id"),
                ErrorKind::NotASession,
            ),
            (
                "for another resource",
                session.clone().with("aud", "https://other.example.com"),
                ErrorKind::Audience,
            ),
            (
                "for an organisation",
                session.clone().with("aud", "urn:logto:organization:7"),
                ErrorKind::Audience,
            ),
        ],
        session,
    }
    .holds();
}
