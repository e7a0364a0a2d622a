//! Session cookies, and the requests of other sites that carry them.

use serde_json::json;

use super::draft::{Draft, get, post};
use crate::clerk::{self, APP, COOKIE, SUFFIXED_COOKIE, v2};
use crate::scenario::Scenario;

pub(super) fn scenarios() -> Vec<Scenario> {
    let direct = v2().sign(&clerk::signer());
    let impersonated = v2()
        .with("act", json!({ "sub": "user_9ada" }))
        .sign(&clerk::signer());
    let mut all = names(&direct, &impersonated);
    all.extend(cross_site(&direct, &impersonated));
    all
}

fn names(direct: &str, impersonated: &str) -> Vec<Scenario> {
    let me = |name: &str| get("/me").named(name);
    let act = json!({ "sub": "user_9ada" });
    let mut all = vec![
        me("a cookie").cookie(COOKIE, direct).direct(),
        me("a cookie of an admin")
            .cookie(COOKIE, impersonated)
            .acted_by(&act),
        post("/password")
            .named("a cookie")
            .cookie(COOKIE, direct)
            .direct(),
        post("/password")
            .named("a cookie of an admin")
            .cookie(COOKIE, impersonated)
            .denied(),
        get("/public/me")
            .named("a cookie")
            .cookie(COOKIE, direct)
            .direct(),
        get("/public/me")
            .named("a bad cookie")
            .cookie(COOKIE, "a.b.c")
            .not_accepted(),
        me("a bad cookie").cookie(COOKIE, "a.b.c").not_accepted(),
        me("a suffixed cookie")
            .cookie(SUFFIXED_COOKIE, direct)
            .direct(),
        me("the suffixed cookie decides")
            .with(
                "cookie",
                line(&[(COOKIE, direct), (SUFFIXED_COOKIE, impersonated)]),
            )
            .acted_by(&act),
        me("a bad suffixed cookie decides")
            .with(
                "cookie",
                line(&[(COOKIE, direct), (SUFFIXED_COOKIE, "a.b.c")]),
            )
            .not_accepted(),
        me("an empty suffixed cookie")
            .with("cookie", line(&[(SUFFIXED_COOKIE, ""), (COOKIE, direct)]))
            .direct(),
        me("another application's suffix")
            .cookie("__session_AAAAAAAA", direct)
            .missing(),
        me("another name").cookie("session", direct).missing(),
        me("the name in upper case")
            .cookie("__SESSION", direct)
            .missing(),
        me("an empty cookie").cookie(COOKIE, "").missing(),
        get("/public/me")
            .named("an empty cookie")
            .cookie(COOKIE, "")
            .nobody(),
        me("among others")
            .with("cookie", line(&[("a", "1"), (COOKIE, direct), ("b", "2")]))
            .direct(),
        me("among others that are no ASCII")
            .with("cookie", format!("ä=ö; {COOKIE}={direct}; ü"))
            .direct(),
        me("in two lines")
            .cookie("a", "1")
            .cookie(COOKIE, direct)
            .direct(),
        me("in quotes")
            .cookie(COOKIE, &format!("\"{direct}\""))
            .not_accepted(),
        me("a cookie with a space")
            .cookie(COOKIE, "a b")
            .malformed(),
    ];
    all.extend(twice(direct, impersonated));
    all
}

fn twice(direct: &str, impersonated: &str) -> Vec<Scenario> {
    let mut all = Vec::new();
    for draft in [
        get("/me"),
        post("/password"),
        get("/public/me"),
        post("/public/password"),
    ] {
        for (name, first, second) in [
            ("twice, direct first", direct, impersonated),
            ("twice, direct last", impersonated, direct),
            ("twice, the second empty", direct, ""),
            ("twice, the first bad", "a.b.c", direct),
        ] {
            let pair = line(&[(COOKIE, first), (COOKIE, second)]);
            all.push(draft.clone().named(name).with("cookie", pair).malformed());
            let lines = draft.clone().named(name).named(", in two lines");
            all.push(
                lines
                    .cookie(COOKIE, first)
                    .cookie(COOKIE, second)
                    .malformed(),
            );
        }
        all.push(
            draft
                .clone()
                .named("twice, equal")
                .with("cookie", line(&[(COOKIE, direct), (COOKIE, direct)]))
                .direct(),
        );
        let line = format!("{COOKIE}=tökën");
        all.push(
            draft
                .named("a cookie beyond ASCII")
                .with("cookie", line)
                .malformed(),
        );
    }
    all
}

/// Cookies in one header line.
fn line(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("; ")
}

fn cross_site(direct: &str, impersonated: &str) -> Vec<Scenario> {
    let mut all = Vec::new();
    for (site, origin, passes) in [
        (Some("same-origin"), Some(APP), true),
        (Some("same-origin"), None, true),
        (Some("none"), None, true),
        (None, Some(APP), true),
        (None, None, true),
        (Some("cross-site"), Some(APP), true),
        (Some("same-site"), None, false),
        (Some("same-site"), Some("https://blog.example.com"), false),
        (Some("cross-site"), None, false),
        (Some("cross-site"), Some("https://evil.example"), false),
        (Some("elsewhere"), None, false),
        (None, Some("https://evil.example"), false),
        (None, Some("https://app.example.com.evil.example"), false),
        (None, Some("null"), false),
        (None, Some(""), false),
    ] {
        let words = format!("site {site:?}, origin {origin:?}");
        let from = |draft: Draft| {
            let headers = [("sec-fetch-site", site), ("origin", origin)];
            let headers = headers
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)));
            headers.fold(draft.named(&words), |draft, (name, value)| {
                draft.with(name, value)
            })
        };
        for path in ["/password", "/notes", "/public/password"] {
            let with_cookie = from(post(path)).named(", a cookie").cookie(COOKIE, direct);
            all.push(if passes {
                with_cookie.direct()
            } else {
                with_cookie.refused(403, "cross_site")
            });
            // No browser attaches this by itself.
            all.push(from(post(path)).named(", Bearer").bearer(direct).direct());
        }
        let of_admin = from(post("/password"))
            .named(", a cookie of an admin")
            .cookie(COOKIE, impersonated);
        all.push(if passes {
            of_admin.denied()
        } else {
            of_admin.refused(403, "cross_site")
        });
        let read = from(get("/me")).named(", a cookie").cookie(COOKIE, direct);
        all.push(if passes {
            read.direct()
        } else {
            read.grpc_refused("cross_site").direct()
        });
    }
    let twice = post("/password")
        .named("two origins")
        .cookie(COOKIE, direct);
    all.push(
        twice
            .with("origin", APP)
            .with("origin", "https://evil.example")
            .refused(403, "cross_site"),
    );
    all
}
