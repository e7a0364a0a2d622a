//! Guards that cannot judge, and requests that are more than their method says.

use serde_json::json;

use super::draft::{get, post};
use crate::clerk::{self, COOKIE, v2};
use crate::scenario::Scenario;

pub(super) fn scenarios() -> Vec<Scenario> {
    let act = json!({ "sub": "user_9ada" });
    let direct = v2().sign(&clerk::signer());
    let impersonated = v2().with("act", act.clone()).sign(&clerk::signer());
    let bare = |name: &str| post("/bare/password").named(name);
    let mut all = vec![
        bare("no credential").refused(500, "missing_layer"),
        bare("direct").bearer(&direct).refused(500, "missing_layer"),
        bare("impersonated")
            .bearer(&impersonated)
            .refused(500, "missing_layer"),
        bare("a bad token")
            .bearer("a.b.c")
            .refused(500, "missing_layer"),
        bare("a cookie")
            .cookie(COOKIE, &direct)
            .refused(500, "missing_layer"),
    ];
    for draft in [get("/cold/me"), post("/cold/password")] {
        let unavailable = |name: &str, token: &str| {
            draft
                .clone()
                .named(name)
                .bearer(token)
                .refused(503, "keys_unavailable")
        };
        all.push(unavailable("direct", &direct));
        all.push(unavailable("impersonated", &impersonated));
        all.push(
            draft
                .clone()
                .named("a cookie")
                .cookie(COOKIE, &direct)
                .refused(503, "keys_unavailable"),
        );
        all.push(
            draft
                .clone()
                .named("no token at all")
                .bearer("not-a-token")
                .not_accepted(),
        );
        all.push(draft.clone().named("no credential").missing());
    }
    for protocol in ["websocket", "WebSocket", "h2c", "something"] {
        let upgrade = |token: &str| {
            let draft = get("/notes")
                .named(&format!("an upgrade to {protocol}"))
                .over_http1();
            let draft = draft
                .with("connection", "Upgrade")
                .with("upgrade", protocol);
            draft
                .with("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
                .with("sec-websocket-version", "13")
                .bearer(token)
        };
        all.push(upgrade(&impersonated).named(", impersonated").denied());
        all.push(upgrade(&direct).named(", direct").direct());
    }
    for header in [
        "x-http-method-override",
        "x-http-method",
        "x-method-override",
    ] {
        let hidden = |token: &str| {
            post("/notes")
                .named(header)
                .with(header, "GET")
                .bearer(token)
        };
        all.push(hidden(&impersonated).named(", impersonated").denied());
        all.push(hidden(&direct).named(", direct").direct());
        let turned = get("/notes")
            .named(header)
            .with(header, "DELETE")
            .bearer(&impersonated);
        all.push(turned.grpc_refused("impersonation_denied").acted_by(&act));
    }
    all
}
