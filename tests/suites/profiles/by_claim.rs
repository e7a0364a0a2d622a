//! Issuers whose tokens are all of one type, and told apart by their claims.

use actas::{ErrorKind, Verifier};
use actas_tests::NOW;
use serde_json::json;

use crate::issuer::{Issuer, token};

const API: &str = "https://api.example.com";

#[test]
fn workos() {
    let issuer = "https://api.workos.com/user_management/client_01HXY";
    let session = token(
        issuer,
        "user_01HXYZ",
        json!({ "sid": "session_01HQ", "jti": "01HQ", "org_id": "org_01HR", "role": "member", "permissions": ["posts:read"] }),
    );
    let session = session.without_header("typ");
    Issuer {
        profile: Verifier::workos("client_01HXY"),
        act: json!({ "sub": "ada@example.com" }),
        others: vec![
            (
                "a user's at a Connect application",
                session.clone().with("sid", "app_consent_01HS"),
                ErrorKind::NotASession,
            ),
            (
                "for a resource",
                session.clone().with("aud", API),
                ErrorKind::Audience,
            ),
            (
                "a machine's",
                session.clone().without("sid").with("sub", "client_01HXY"),
                ErrorKind::SessionId,
            ),
            (
                "a machine's with a sid",
                session.clone().with("sub", "client_01HXY"),
                ErrorKind::NotASession,
            ),
            (
                "an agent's",
                session
                    .clone()
                    .without("sid")
                    .with("sub", "agent_registration_01HT"),
                ErrorKind::SessionId,
            ),
            (
                "of the whole of WorkOS",
                session.clone().with("iss", "https://api.workos.com"),
                ErrorKind::Issuer,
            ),
        ],
        session,
    }
    .holds();
}

#[test]
fn keycloak() {
    let session = token(
        "https://id.example.com/realms/shop",
        "f3c1e2d4-0000-4000-8000-000000000001",
        json!({
            "typ": "Bearer",
            "aud": ["shop-api", "account"],
            "azp": "shop-web",
            "sid": "6e0b1c9a",
            "jti": "onrtac:7d1f4a52",
            "realm_access": { "roles": ["offline_access"] },
            "preferred_username": "grace",
        }),
    );
    Issuer {
        profile: Verifier::keycloak("https://id.example.com/realms/shop", "shop-api"),
        act: json!({ "sub": "00000000-0000-4000-8000-00000000ada0", "preferred_username": "ada" }),
        others: vec![
            (
                "an ID token",
                session.clone().with("typ", "ID"),
                ErrorKind::NotASession,
            ),
            (
                "a refresh token",
                session.clone().with("typ", "Refresh"),
                ErrorKind::NotASession,
            ),
            (
                "an offline token",
                session.clone().with("typ", "Offline"),
                ErrorKind::NotASession,
            ),
            (
                "a logout token",
                session.clone().with("typ", "Logout"),
                ErrorKind::NotASession,
            ),
            (
                "without a kind",
                session.clone().without("typ"),
                ErrorKind::NotASession,
            ),
            (
                "a service account's",
                session
                    .clone()
                    .without("sid")
                    .with("jti", "trrtcc:7d1f4a52"),
                ErrorKind::SessionId,
            ),
            (
                "a service account's with a session",
                session.clone().with("jti", "onrtcc:7d1f4a52"),
                ErrorKind::NotASession,
            ),
            (
                "a service account's after a refresh",
                session
                    .clone()
                    .with("jti", "onrtrt:7d1f4a52")
                    .with("preferred_username", "service-account-shop"),
                ErrorKind::NotASession,
            ),
            (
                "of an old version",
                session.clone().with("jti", "7d1f4a52"),
                ErrorKind::NotASession,
            ),
            (
                "for the account console",
                session.clone().with("aud", "account"),
                ErrorKind::Audience,
            ),
            (
                "of another realm",
                session
                    .clone()
                    .with("iss", "https://id.example.com/realms/master"),
                ErrorKind::Issuer,
            ),
        ],
        session,
    }
    .holds();
}

#[test]
fn zitadel() {
    let session = token(
        "https://id.example.com",
        "164849357189120257",
        json!({
            "aud": ["164850447003517185", "164849951253495041"],
            "client_id": "164850447003517185",
            "jti": "V2_391225437382803462-at_391225437382868998",
            "nbf": NOW,
        }),
    );
    Issuer {
        profile: Verifier::zitadel(
            "https://id.example.com",
            "164849951253495041",
            ["164850447003517185"],
        ),
        act: json!({ "iss": "https://id.example.com", "sub": "164849357189121111" }),
        others: vec![
            (
                "an ID token",
                session.clone().without("jti"),
                ErrorKind::NotASession,
            ),
            (
                "of an old version",
                session.clone().with("jti", "391225437382868998"),
                ErrorKind::NotASession,
            ),
            (
                "of an unknown form",
                session
                    .clone()
                    .with("jti", "V2_391225437382803462-rt_39122"),
                ErrorKind::NotASession,
            ),
            (
                "a service user's",
                session.clone().with("client_id", "backup-service"),
                ErrorKind::NotASession,
            ),
            (
                "of another application",
                session.clone().with("client_id", "164850447003517186"),
                ErrorKind::NotASession,
            ),
            (
                "without a client",
                session.clone().without("client_id"),
                ErrorKind::NotASession,
            ),
            (
                "for another project",
                session.clone().with("aud", json!(["164850447003517185"])),
                ErrorKind::Audience,
            ),
        ],
        session,
    }
    .holds();
}
