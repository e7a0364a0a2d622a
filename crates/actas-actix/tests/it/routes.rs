//! Routes that are recorded as they are declared.

use actas_actix::routes::{
    Routes, any, connect, delete, get, head, options, patch, post, put, trace,
};
use actas_actix::{
    AuthLayer, deny_when_impersonated, read_only_when_impersonated, require_auth, sensitive,
};
use actix_web::App;
use actix_web::test::init_service;

use crate::support::{Issuer, request, send, whoami};

#[track_caller]
fn check(routes: &Routes, expected: &[&str]) {
    let undecided: Vec<_> = routes.undecided().iter().map(ToString::to_string).collect();
    assert_eq!(undecided, expected);
}

#[test]
fn what_changes_something_needs_a_decision() {
    let routes = Routes::new()
        .route("/z", post(whoami))
        .route("/a", get(whoami))
        .route("/a", put(whoami))
        .route("/a", delete(whoami))
        .route("/a", head(whoami))
        .route("/a", options(whoami))
        .route("b", patch(whoami))
        .route("/c", any(whoami))
        .route("/c", connect(whoami))
        .route("/c", trace(whoami));

    check(
        &routes,
        &[
            "DELETE /a",
            "PUT /a",
            "PATCH /b",
            "ANY /c",
            "CONNECT /c",
            "TRACE /c",
            "POST /z",
        ],
    );
    let first = &routes.undecided()[0];
    assert_eq!((first.method(), first.template()), ("DELETE", "/a"));
}

#[test]
fn what_decides() {
    check(
        &Routes::new().route("/", post(whoami).guard(deny_when_impersonated())),
        &[],
    );
    check(
        &Routes::new().route("/", post(whoami).guard(sensitive())),
        &[],
    );
    check(
        &Routes::new().route("/", post(whoami).guard(read_only_when_impersonated())),
        &[],
    );
    check(
        &Routes::new().route("/", post(whoami).allow_when_impersonated()),
        &[],
    );
    check(
        &Routes::new()
            .route("/", post(whoami).decided_by_handler())
            .route("/", put(whoami)),
        &["PUT /"],
    );
    check(
        &Routes::new()
            .route("/", post(whoami))
            .allow_when_impersonated(),
        &[],
    );
    check(
        &Routes::new().route("/", post(whoami)).guard(sensitive()),
        &[],
    );

    check(
        &Routes::new().route("/", post(whoami).guard(require_auth())),
        &["POST /"],
    );
    check(
        &Routes::new().route("/", post(whoami).guard(sensitive().report_only())),
        &["POST /"],
    );
    check(
        &Routes::new().route("/", post(whoami)).guard(require_auth()),
        &["POST /"],
    );
    check(
        &Routes::new().guard(sensitive()).route("/", post(whoami)),
        &["POST /"],
    );
    check(
        &Routes::new().route("/", post(whoami).guard(sensitive()).guard(require_auth())),
        &[],
    );
}

fn routes() -> Routes {
    let cart = Routes::new()
        .route("", get(whoami))
        .route("/{item}", post(whoami))
        .guard(read_only_when_impersonated().except("POST", "/shop/cart/{item}"))
        .route("/{item}", delete(whoami).guard(deny_when_impersonated()));
    let shop = Routes::new()
        .nest("/cart", cart)
        .route("/order", put(whoami));
    let account = Routes::new().route("/password", post(whoami).guard(sensitive()));

    Routes::new()
        .nest("shop", shop)
        .merge(account)
        .route("/", get(whoami))
}

#[test]
fn a_template_has_its_prefixes() {
    check(&routes(), &["PUT /shop/order"]);
}

#[actix_web::test]
async fn what_is_recorded_is_what_is_served() {
    let issuer = Issuer::new();
    let app = App::new()
        .configure(|config| routes().configure(config))
        .wrap(AuthLayer::new(issuer.verifier()));
    let app = init_service(app).await;
    let (by_user, by_admin) = (issuer.direct(), issuer.impersonated());
    let table = [
        ("GET", "/", [200, 200]),
        ("GET", "/shop/cart", [200, 200]),
        ("POST", "/shop/cart/1", [200, 200]),
        ("DELETE", "/shop/cart/1", [200, 403]),
        ("PUT", "/shop/order", [200, 200]),
        ("POST", "/password", [200, 403]),
        ("POST", "/shop/password", [404, 404]),
        ("PUT", "/password", [404, 404]),
    ];
    for (method, path, statuses) in table {
        for (token, status) in [&by_user, &by_admin].into_iter().zip(statuses) {
            let seen = send(&app, request(method, path, Some(token)).to_request()).await;
            assert_eq!(seen.status, status, "{method} {path}");
        }
    }
}
