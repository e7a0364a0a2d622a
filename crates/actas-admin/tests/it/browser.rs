//! What a page asks, however the router is mounted.

use std::net::SocketAddr;

use actas_admin::Browser;
use axum::body::Body;
use http::header::IF_NONE_MATCH;
use serde_json::json;

use crate::support::{Around, Hands, Issuer, Mount, START, get, request, send};

const MODULES: [(&str, &str); 2] = [
    (
        "/admin/actas/actas.js",
        include_str!("../../browser/actas.js"),
    ),
    (
        "/admin/actas/react.js",
        include_str!("../../browser/react.js"),
    ),
];

fn issuer() -> Issuer {
    Issuer::new("https://issuer.example", &Hands::new())
}

/// Outside of the application's layer, as it is documented, and inside of one.
fn servers(issuer: &Issuer) -> Vec<SocketAddr> {
    let mut servers = Vec::new();
    for mount in Mount::ALL {
        for around in [Around::Nothing, Around::Required(issuer.verifier())] {
            let router = Browser::new(issuer.verifier()).into_router();
            servers.push(mount.serve(router, around));
        }
    }
    servers
}

#[tokio::test]
async fn a_page_is_told_who_acts_as_whom() {
    let issuer = issuer();
    let act = json!({ "sub": "admin_1", "reason": "Zoë\u{202e}", "act": { "sub": "agent_1", "type": "agent" } });
    for server in servers(&issuer) {
        for (claims, expected) in [
            (
                json!({ "sub": "user_1", "sid": "sess_1" }),
                json!({ "userId": "user_1", "actor": null, "sessionId": "sess_1" }),
            ),
            (
                json!({ "sub": "user_1", "sid": "sess_1", "act": null }),
                json!({ "userId": "user_1", "actor": null, "sessionId": "sess_1" }),
            ),
            (
                json!({ "sub": "user_1", "sid": "sess_2", "act": act }),
                json!({ "userId": "user_1", "actor": act, "sessionId": "sess_2" }),
            ),
        ] {
            let answer = get(server, "/admin/auth/me", Some(&issuer.token(&claims))).await;
            assert_eq!(answer.status, 200, "{claims}");
            let mut expected = expected;
            expected["expiresAt"] = ((START + 3600) * 1000).into();
            assert_eq!(answer.json(), expected);
            assert_eq!(answer.header("content-type"), "application/json");
            assert!(answer.header("cache-control").contains("no-store"));
            assert!(answer.text().is_ascii());
        }
    }
}

#[tokio::test]
async fn whoever_has_no_session_is_told_so_as_a_problem() {
    let issuer = issuer();
    for server in servers(&issuer) {
        for (token, code) in [
            (None, "missing_credential"),
            (Some("no.token.this"), "invalid_token"),
        ] {
            let answer = get(server, "/admin/auth/me", token).await;
            assert_eq!(answer.status, 401);
            assert_eq!(answer.json()["code"], code);
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(answer.header("cache-control"), "no-store");
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
        let post = request("POST", "/admin/auth/me").header(
            "authorization",
            format!("Bearer {}", issuer.direct("user_1")),
        );
        let answer = send(server, post.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 405);
    }
}

#[tokio::test]
async fn modules_need_no_session_and_are_sent_once() {
    let issuer = issuer();
    for mount in Mount::ALL {
        let server = mount.serve(
            Browser::new(issuer.verifier()).into_router(),
            Around::Nothing,
        );
        let mut tags = Vec::new();
        for (path, text) in MODULES {
            let answer = get(server, path, None).await;
            assert_eq!(answer.status, 200, "{mount:?} {path}");
            assert_eq!(answer.text(), text);
            assert_eq!(
                answer.header("content-type"),
                "text/javascript; charset=utf-8"
            );
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            assert_eq!(answer.header("cache-control"), "no-cache");
            let tag = answer.header("etag");

            for (known, status) in [
                (tag.clone(), 304),
                (format!("W/{tag}"), 304),
                (format!("\"other\", {tag}"), 304),
                ("*".to_owned(), 304),
                ("\"other\"".to_owned(), 200),
                (tag.trim_matches('"').to_owned(), 200),
                (String::new(), 200),
            ] {
                let asked = request("GET", path).header(IF_NONE_MATCH, &known);
                let answer = send(server, asked.body(Body::empty()).unwrap()).await;
                assert_eq!(answer.status, status, "{mount:?} {path} {known}");
                assert_eq!(answer.body.is_empty(), status == 304);
                assert_eq!(answer.header("etag"), tag);
                assert_eq!(answer.header("cache-control"), "no-cache");
            }

            let asked = request("HEAD", path).body(Body::empty()).unwrap();
            let answer = send(server, asked).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.header("content-length"), text.len().to_string());
            assert!(answer.body.is_empty());
            tags.push(tag);
        }
        assert_ne!(tags[0], tags[1]);
    }
}
