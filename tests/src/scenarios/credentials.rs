//! Where the token comes from: `Authorization`, and what is no credential.

use serde_json::json;

use super::draft::{Draft, get, post, request};
use crate::clerk::{self, COOKIE, v2};
use crate::scenario::Scenario;

pub(super) fn scenarios() -> Vec<Scenario> {
    let direct = v2().sign(&clerk::signer());
    let act = json!({ "sub": "user_9ada" });
    let impersonated = v2().with("act", act.clone()).sign(&clerk::signer());
    let mut all = missing();
    all.extend(spellings(&direct));
    all.extend(precedence(&direct, &impersonated));
    all.extend(not_identity(&direct));
    all.push(
        get("/me")
            .named("the name of the header in upper case")
            .with("AUTHORIZATION", format!("Bearer {impersonated}"))
            .acted_by(&act),
    );
    all
}

fn missing() -> Vec<Scenario> {
    let mut all = vec![
        get("/public/me").named("no credential").nobody(),
        post("/public/password").named("no credential").missing(),
        get("/public/account").named("no credential").missing(),
    ];
    for (method, path) in [
        ("GET", "/me"),
        ("POST", "/password"),
        ("POST", "/account"),
        ("POST", "/agents"),
        ("POST", "/keys"),
        ("GET", "/notes"),
        ("POST", "/notes"),
        ("POST", "/reported"),
    ] {
        all.push(request(method, path).named("no credential").missing());
    }
    all
}

fn spellings(direct: &str) -> Vec<Scenario> {
    let mut all = Vec::new();
    for scheme in ["bearer ", "BEARER ", "bEARER ", "Bearer   ", "Bearer      "] {
        let ask = |draft: Draft| {
            draft
                .named(&format!("{scheme:?}"))
                .with("authorization", format!("{scheme}{direct}"))
        };
        all.push(ask(get("/me")).direct());
        all.push(ask(post("/password")).direct());
        all.push(ask(get("/public/me")).direct());
    }
    for (name, value) in [
        ("nothing behind Bearer", b"Bearer".to_vec()),
        ("nothing at all", b"".to_vec()),
        (
            "two words",
            format!("Bearer {direct} {direct}").into_bytes(),
        ),
        ("a comma", format!("Bearer {direct} ,").into_bytes()),
        ("a tab", format!("Bearer\t{direct}").into_bytes()),
        ("a colon", format!("Bearer: {direct}").into_bytes()),
        ("bytes of no encoding", b"Bearer \xff\xfe".to_vec()),
        ("letters beyond ASCII", "Bearer tök.en.x".into()),
        ("a scheme beyond ASCII", "Bäsic x".into()),
        (
            "a space beyond ASCII",
            format!("Bearer\u{a0}{direct}").into_bytes(),
        ),
    ] {
        for draft in [
            get("/me"),
            post("/password"),
            get("/public/me"),
            post("/public/password"),
        ] {
            let draft = draft.named(name).with("authorization", &value);
            all.push(draft.clone().malformed());
            // What is malformed is not passed over for the cookie.
            all.push(
                draft
                    .named(", beside a cookie")
                    .cookie(COOKIE, direct)
                    .malformed(),
            );
        }
    }
    for (name, value) in [
        ("Basic", "Basic Z3JhY2U6cGFzc3dvcmQ="),
        ("Digest", "Digest username=\"grace\""),
        ("a scheme of its own", "BearerX abc"),
        ("a token without a scheme", direct),
    ] {
        let ask = |draft: Draft| draft.named(name).with("authorization", value);
        all.push(ask(get("/me")).missing());
        all.push(ask(post("/password")).missing());
        all.push(ask(get("/public/me")).nobody());
    }
    all
}

fn precedence(direct: &str, impersonated: &str) -> Vec<Scenario> {
    let twice =
        |draft: Draft, first: &str, second: &str| draft.bearer(first).bearer(second).malformed();
    let of_impersonated = |draft: Draft| draft.acted_by(&json!({ "sub": "user_9ada" }));
    let mut all = vec![
        get("/me")
            .named("Bearer beats a cookie")
            .bearer(direct)
            .cookie(COOKIE, impersonated)
            .direct(),
        of_impersonated(
            get("/me")
                .named("Bearer of an admin beats a cookie")
                .bearer(impersonated)
                .cookie(COOKIE, direct),
        ),
        post("/password")
            .named("Bearer of an admin beats a cookie")
            .bearer(impersonated)
            .cookie(COOKIE, direct)
            .denied(),
        get("/me")
            .named("a bad Bearer beats a cookie")
            .bearer("a.b.c")
            .cookie(COOKIE, direct)
            .not_accepted(),
        get("/public/me")
            .named("a bad Bearer beats a cookie")
            .bearer("a.b.c")
            .cookie(COOKIE, direct)
            .not_accepted(),
        get("/me")
            .named("Basic leaves it to the cookie")
            .with("authorization", "Basic Z3JhY2U6cGFzc3dvcmQ=")
            .cookie(COOKIE, direct)
            .direct(),
        post("/password")
            .named("Basic leaves it to the cookie of an admin")
            .with("authorization", "Basic Z3JhY2U6cGFzc3dvcmQ=")
            .cookie(COOKIE, impersonated)
            .denied(),
        get("/me")
            .named("Basic and Bearer")
            .with("authorization", "Basic Z3JhY2U6cGFzc3dvcmQ=")
            .bearer(direct)
            .malformed(),
        get("/me")
            .named("Authorization twice in two spellings")
            .bearer(direct)
            .with("AUTHORIZATION", format!("Bearer {impersonated}"))
            .malformed(),
    ];
    for draft in [
        get("/me"),
        post("/password"),
        get("/public/me"),
        post("/public/password"),
    ] {
        all.push(twice(
            draft.clone().named("Authorization twice, equal"),
            direct,
            direct,
        ));
        all.push(twice(
            draft.clone().named("Authorization twice, direct first"),
            direct,
            impersonated,
        ));
        all.push(twice(
            draft.named("Authorization twice, direct last"),
            impersonated,
            direct,
        ));
    }
    all
}

/// Identity comes from the token, never from anything beside it.
fn not_identity(direct: &str) -> Vec<Scenario> {
    let mut all = Vec::new();
    for name in ["token", "access_token", "__session", "jwt"] {
        let query = format!("?{name}={direct}");
        all.push(get("/me").named(name).query(&query).missing());
        all.push(get("/public/me").named(name).query(&query).nobody());
    }
    for (name, value) in [
        ("x-impersonate-user", "user_7"),
        ("x-actor", "{\"sub\":\"user_9ada\"}"),
        ("x-actas-actor", "user_9ada"),
        ("x-user-id", "user_7"),
        ("x-forwarded-user", "user_7"),
        ("x-clerk-auth-token", direct),
        ("x-clerk-auth-status", "signed-in"),
        ("x-access-token", direct),
        ("proxy-authorization", direct),
        ("act", "null"),
    ] {
        let words = format!("forged {name}");
        all.push(get("/me").named(&words).with(name, value).missing());
        all.push(get("/public/me").named(&words).with(name, value).nobody());
        all.push(
            get("/me")
                .named(&format!("{words} beside a token"))
                .with(name, value)
                .bearer(direct)
                .direct(),
        );
    }
    all
}
