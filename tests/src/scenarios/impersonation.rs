//! The impersonation cookie of the application's own issuer.

use actas::IMPERSONATION_COOKIE;
use serde_json::{Value, json};

use super::draft::{Draft, get, post};
use crate::clerk::{self, COOKIE, ISSUER, NOW, SUFFIXED_COOKIE, v2};
use crate::own_issuer::{self, ADMIN, impersonated};
use crate::scenario::Scenario;

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = accepted();
    all.extend(refused());
    all.extend(beside());
    all
}

fn cookie(draft: Draft, token: &str) -> Draft {
    draft.cookie(IMPERSONATION_COOKIE, token)
}

/// Routes that need a session, that take visitors, and that an impersonated session is denied.
fn drafts(words: &str) -> [Draft; 4] {
    [
        get("/me"),
        get("/public/me"),
        post("/password"),
        post("/public/password"),
    ]
    .map(|draft| draft.named("an impersonation cookie, ").named(words))
}

fn act() -> Value {
    json!({ "iss": ISSUER, "sub": ADMIN })
}

/// On each of the routes, in that order.
fn runs(words: &str, headers: impl Fn(Draft) -> Draft) -> Vec<Scenario> {
    let [me, visitor, password, public_password] = drafts(words).map(headers);
    vec![
        me.acted_by(&act()),
        visitor.acted_by(&act()),
        password.denied(),
        public_password.denied(),
    ]
}

fn fails(
    words: &str,
    (status, code): (u16, &'static str),
    headers: impl Fn(Draft) -> Draft,
) -> Vec<Scenario> {
    let drafts = drafts(words).into_iter();
    drafts
        .map(|draft| headers(draft).refused(status, code))
        .collect()
}

/// The admin's own session.
fn admin() -> crate::token::Token {
    v2().with("sub", ADMIN)
}

fn accepted() -> Vec<Scenario> {
    let token = impersonated().sign(&own_issuer::signer());
    let of_admin = admin().sign(&clerk::signer());
    let expired = admin()
        .with("exp", NOW - 600)
        .with("iat", NOW - 660)
        .with("nbf", NOW - 670)
        .sign(&clerk::signer());
    let mut all = runs("alone", |draft| cookie(draft, &token));
    all.extend(runs("beside another scheme", |draft| {
        cookie(draft, &token).with("authorization", "Basic YTpi")
    }));
    for (words, name, own) in [
        ("beside the admin's session", COOKIE, &of_admin),
        (
            "beside the admin's suffixed session",
            SUFFIXED_COOKIE,
            &of_admin,
        ),
        ("beside the admin's expired session", COOKIE, &expired),
    ] {
        all.extend(runs(words, |draft| cookie(draft, &token).cookie(name, own)));
        let words = format!("{words}, which comes first");
        all.extend(runs(&words, |draft| {
            cookie(draft.cookie(name, own), &token)
        }));
    }
    all.extend([
        get("/me")
            .named("a Bearer token of the application's own issuer")
            .bearer(&token)
            .acted_by(&act()),
        get("/me")
            .named("an impersonated session in the session cookie")
            .cookie(COOKIE, &token)
            .not_accepted(),
    ]);
    all
}

fn refused() -> Vec<Scenario> {
    let (own, clerk) = (own_issuer::signer(), clerk::signer());
    let of_admin = admin().sign(&clerk);
    let token = impersonated().sign(&own);
    let ended = impersonated().with("exp", NOW - 5).sign(&own);
    let not_accepted = (401, "invalid_token");
    let mut all = Vec::new();
    for (words, token, answer) in [
        ("ended", ended, (401, "impersonation_ended")),
        (
            "without an actor",
            impersonated().without("act").sign(&own),
            not_accepted,
        ),
        (
            "with an empty actor",
            impersonated().with("act", json!({})).sign(&own),
            not_accepted,
        ),
        (
            "not valid yet",
            impersonated().with("nbf", NOW + 60).sign(&own),
            not_accepted,
        ),
        ("with a bad signature", format!("{token}AAAA"), not_accepted),
        (
            "of another issuer",
            v2().with("act", act()).sign(&clerk),
            not_accepted,
        ),
        ("no token", "a.b.c".to_owned(), not_accepted),
        ("empty", String::new(), (400, "invalid_request")),
        ("with a space", "a b".to_owned(), (400, "invalid_request")),
    ] {
        all.extend(fails(words, answer, |draft| cookie(draft, &token)));
        let words = format!("{words}, beside the admin's session");
        all.extend(fails(&words, answer, |draft| {
            cookie(draft, &token).cookie(COOKIE, &of_admin)
        }));
    }
    let cross_site = post("/password").named("an impersonation cookie from another site");
    let cross_site = cookie(cross_site, &token).with("sec-fetch-site", "cross-site");
    all.push(cross_site.refused(403, "cross_site"));
    all
}

fn beside() -> Vec<Scenario> {
    let (own, clerk) = (own_issuer::signer(), clerk::signer());
    let token = impersonated().sign(&own);
    let of_admin = admin().sign(&clerk);
    let mut all = Vec::new();
    for (words, bearer) in [
        ("beside a Bearer token", &of_admin),
        ("beside itself as Bearer token", &token),
        ("beside a bad Bearer token", &"a.b.c".to_owned()),
    ] {
        all.extend(fails(words, (400, "invalid_request"), |draft| {
            cookie(draft, &token).bearer(bearer)
        }));
    }
    all.extend(fails("twice", (400, "invalid_request"), |draft| {
        cookie(cookie(draft, &token), "a.b.c")
    }));
    for (words, session) in [
        ("beside another's session", v2().sign(&clerk)),
        (
            "beside a session in which somebody acts as the admin",
            admin().with("act", json!({ "sub": "user_7" })).sign(&clerk),
        ),
        (
            "beside a session with a bad signature",
            format!("{of_admin}AAAA"),
        ),
        (
            "beside a session of another party",
            admin().with("azp", "https://evil.example").sign(&clerk),
        ),
        ("beside no session", "a.b.c".to_owned()),
    ] {
        all.extend(fails(words, (401, "actor_mismatch"), |draft| {
            cookie(draft, &token).cookie(COOKIE, &session)
        }));
    }
    all
}
