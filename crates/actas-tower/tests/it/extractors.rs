//! The extractors for axum, with the layer and without.

use actas_core::{ErrorKind, Verifier};
use actas_tower::AuthLayer;
use actas_tower::axum::{Auth, Direct, Rejection, Verified};
use axum::Router;
use axum::body::Body;
use axum::extract::FromRef;
use axum::routing::get;
use futures_util::FutureExt;
use http::Response;
use serde_json::Value;
use tower::ServiceExt;

use crate::support::{self, Issuer, header, text};

#[derive(Clone)]
struct App {
    verifier: Verifier,
}

impl FromRef<App> for Verifier {
    fn from_ref(app: &App) -> Self {
        app.verifier.clone()
    }
}

/// A function of the domain that takes the proof.
fn delete_account(who: &actas_core::Direct) -> String {
    format!("deleted {}", who.user_id)
}

fn name(auth: &actas_core::Auth) -> String {
    match &auth.actor {
        Some(actor) => format!("{} as {}", actor.subject, auth.user_id),
        None => auth.user_id.to_string(),
    }
}

fn name_or_nobody(auth: Option<&actas_core::Auth>) -> String {
    auth.map_or_else(|| "nobody".to_owned(), name)
}

fn routes(verifier: Verifier) -> Router {
    Router::new()
        .route("/auth", get(async |auth: Auth| name(&auth)))
        .route(
            "/auth/optional",
            get(async |auth: Option<Auth>| name_or_nobody(auth.as_deref())),
        )
        .route(
            "/auth/rejection",
            get(async |auth: Result<Auth, Rejection>| match auth {
                Ok(auth) => name(&auth.into_inner()),
                Err(rejection) => format!("{:?}: {rejection}", rejection.error().kind()),
            }),
        )
        .route("/direct", get(async |who: Direct| delete_account(&who)))
        .route(
            "/direct/optional",
            get(async |who: Option<Direct>| name_or_nobody(who.as_deref().map(|who| &**who))),
        )
        .route("/verified", get(async |verified: Verified| name(&verified)))
        .route(
            "/verified/optional",
            get(async |verified: Option<Verified>| name_or_nobody(verified.as_deref())),
        )
        .with_state(App { verifier })
}

async fn ask(app: Router, path: &str, token: Option<&str>) -> Response<Body> {
    let mut request = support::request("GET", token).map(Body::from);
    *request.uri_mut() = path.parse().unwrap();
    app.oneshot(request).await.unwrap()
}

/// What each of four requests gets: none, direct, impersonated, invalid.
type Row = (&'static str, [(u16, &'static str); 4]);

async fn check(issuer: &Issuer, app: &Router, table: &[Row]) {
    let (direct, impersonated) = (issuer.direct(), issuer.impersonated());
    let foreign = Issuer::new().direct();
    let tokens = [None, Some(direct), Some(impersonated), Some(foreign)];
    for (path, expected) in table {
        for (token, (status, body)) in tokens.iter().zip(expected) {
            let response = ask(app.clone(), path, token.as_deref()).await;
            assert_eq!(response.status(), *status, "{path}");
            let text = text(response).await;
            if *status == 200 {
                assert_eq!(text, *body, "{path}");
            } else {
                let problem: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(problem.get("code").unwrap(), *body, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn inside_a_layer_that_requires_authentication() {
    let issuer = Issuer::new();
    let app = routes(issuer.verifier()).layer(AuthLayer::new(issuer.verifier()));
    let none = (401, "missing_credential");
    let invalid = (401, "invalid_token");
    let acting = (200, "admin_1 as user_1");
    let denied = (403, "impersonation_denied");

    check(
        &issuer,
        &app,
        &[
            ("/auth", [none, (200, "user_1"), acting, invalid]),
            ("/auth/optional", [none, (200, "user_1"), acting, invalid]),
            ("/direct", [none, (200, "deleted user_1"), denied, invalid]),
            ("/direct/optional", [none, (200, "user_1"), denied, invalid]),
            ("/verified", [none, (200, "user_1"), acting, invalid]),
        ],
    )
    .await;
}

#[tokio::test]
async fn inside_an_optional_layer() {
    let issuer = Issuer::new();
    let app = routes(issuer.verifier()).layer(AuthLayer::new(issuer.verifier()).optional());
    let none = (401, "missing_credential");
    let invalid = (401, "invalid_token");
    let acting = (200, "admin_1 as user_1");
    let denied = (403, "impersonation_denied");

    check(
        &issuer,
        &app,
        &[
            ("/auth", [none, (200, "user_1"), acting, invalid]),
            (
                "/auth/optional",
                [(200, "nobody"), (200, "user_1"), acting, invalid],
            ),
            ("/direct", [none, (200, "deleted user_1"), denied, invalid]),
            (
                "/direct/optional",
                [(200, "nobody"), (200, "user_1"), denied, invalid],
            ),
            (
                "/verified/optional",
                [(200, "nobody"), (200, "user_1"), acting, invalid],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn without_any_layer_only_verified_works() {
    let issuer = Issuer::new();
    let app = routes(issuer.verifier());
    let missing = [(500, "missing_layer"); 4];
    let none = (401, "missing_credential");
    let invalid = (401, "invalid_token");
    let acting = (200, "admin_1 as user_1");

    check(
        &issuer,
        &app,
        &[
            ("/auth", missing),
            ("/auth/optional", missing),
            ("/direct", missing),
            ("/direct/optional", missing),
            ("/verified", [none, (200, "user_1"), acting, invalid]),
            (
                "/verified/optional",
                [(200, "nobody"), (200, "user_1"), acting, invalid],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_rejection_says_why() {
    let issuer = Issuer::new();
    let app = routes(issuer.verifier());
    let response = ask(app, "/auth/rejection", None).await;

    let error = actas_core::Error::from(ErrorKind::MissingLayer);
    assert_eq!(text(response).await, format!("MissingLayer: {error}"));
}

#[tokio::test]
async fn a_rejection_is_challenged_like_a_refusal_by_the_layer() {
    let issuer = Issuer::new();
    let refused = ask(routes(issuer.verifier()), "/verified", Some("forged")).await;
    let layered = routes(issuer.verifier()).layer(AuthLayer::new(issuer.verifier()));
    let by_the_layer = ask(layered, "/verified", Some("forged")).await;

    for name in ["www-authenticate", "content-type", "cache-control"] {
        assert_ne!(header(&refused, name), "");
        assert_eq!(header(&refused, name), header(&by_the_layer, name));
    }
    assert_eq!(text(refused).await, text(by_the_layer).await);
}

#[tokio::test]
async fn the_end_of_the_session_can_be_awaited() {
    let issuer = Issuer::new();
    let handler = async |auth: Auth| match auth.ended().now_or_never() {
        Some(()) => "ended",
        None => "lasts",
    };
    let app = Router::new()
        .route("/", get(handler))
        .layer(AuthLayer::new(issuer.verifier()));

    let response = ask(app, "/", Some(&issuer.direct())).await;
    assert_eq!(text(response).await, "lasts");
}

#[test]
fn the_types_convert_to_those_of_core_and_back() {
    let issuer = Issuer::new();
    let verified = issuer.verifier().verify(&issuer.direct()).now().unwrap();

    let auth = actas_core::Auth::from(Auth::from(verified));
    let auth = actas_core::Auth::from(Verified::from(auth));
    let direct = actas_core::Direct::from(Direct::from(auth.direct().unwrap()));
    assert_eq!(direct.user_id, auth.user_id);
}
