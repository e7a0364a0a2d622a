//! The list of routes without a decision, and that a decision holds when the routes are served.

use std::convert::Infallible;

use actas_core::{RefusalBody, StaticKeys};
use actas_tower::axum::routes::{
    Route, Routes, any, any_service, connect, delete, get, head, options, patch, post, put, trace,
};
use actas_tower::axum::{Auth, Direct};
use actas_tower::{
    AuthLayer, deny_when_impersonated, read_only_when_impersonated, require_auth, sensitive,
};
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::map_request;
use http::{Response, StatusCode};
use tower::{ServiceExt, service_fn};

use crate::support::{self, Issuer};

async fn ok() {}

fn undecided<S>(routes: &Routes<S>) -> Vec<String> {
    routes.undecided().iter().map(ToString::to_string).collect()
}

async fn ask(issuer: &Issuer, routes: Routes, method: &str, path: &str) -> StatusCode {
    let app: Router = routes
        .into_router()
        .layer(AuthLayer::new(issuer.verifier()));
    let mut request = support::request(method, Some(&issuer.impersonated())).map(Body::from);
    *request.uri_mut() = path.parse().unwrap();
    app.oneshot(request).await.unwrap().status()
}

#[test]
fn every_method_that_changes_something_is_listed() {
    let handlers = get(ok)
        .head(ok)
        .options(ok)
        .connect(ok)
        .delete(ok)
        .patch(ok)
        .post(ok)
        .put(ok)
        .trace(ok)
        .fallback(ok);
    let routes: Routes = Routes::new()
        .route("/all", handlers)
        .route("/any", any(ok))
        .route("/connect", connect(ok))
        .route("/delete", delete(ok))
        .route("/head", head(ok))
        .route("/options", options(ok))
        .route("/patch", patch(ok))
        .route("/put", put(ok))
        .route("/trace", trace(ok));

    assert_eq!(
        undecided(&routes),
        [
            "ANY /all",
            "CONNECT /all",
            "DELETE /all",
            "PATCH /all",
            "POST /all",
            "PUT /all",
            "TRACE /all",
            "ANY /any",
            "CONNECT /connect",
            "DELETE /delete",
            "PATCH /patch",
            "PUT /put",
            "TRACE /trace",
        ]
    );
}

#[test]
fn what_cannot_be_seen_is_listed() {
    let service = service_fn(async |_: Request| Ok::<_, Infallible>(Response::new(Body::empty())));
    let routes: Routes = Routes::new()
        .route("/router", axum::routing::get(ok))
        .route(
            "/decided",
            Route::from(axum::routing::post(ok)).guard(sensitive()),
        )
        .route("/any-service", any_service(service))
        .route_service("/service", service)
        .nest_service("/files", service)
        .fallback(ok);

    assert_eq!(
        undecided(&routes),
        [
            "ANY /any-service",
            "ANY /files/{*rest}",
            "ANY /router",
            "ANY /service",
            "ANY /{*rest}",
        ]
    );
    assert_eq!(routes.guard(deny_when_impersonated()).undecided(), []);
}

#[test]
fn a_decision_covers_what_was_added_before_it() {
    let routes: Routes = Routes::new()
        .route("/a", post(ok).guard(deny_when_impersonated()).put(ok))
        .route("/b", post(ok).put(ok).allow_when_impersonated())
        .route("/c", post(ok))
        .guard(read_only_when_impersonated())
        .route("/d", post(ok))
        .route("/e", get(ok));
    assert_eq!(undecided(&routes), ["POST /d"]);

    let routes: Routes = Routes::new()
        .route("/a", post(ok).guard(deny_when_impersonated()).put(ok))
        .route("/b", post(ok))
        .allow_when_impersonated();
    assert_eq!(routes.undecided(), []);

    let routes: Routes =
        Routes::new().route("/a", post(ok).guard(deny_when_impersonated()).put(ok));
    let [route] = routes.undecided().try_into().unwrap();
    assert_eq!((route.method(), route.template()), ("PUT", "/a"));

    let routes: Routes = Routes::new().route("/a", post(ok).decided_by_handler().put(ok));
    assert_eq!(undecided(&routes), ["PUT /a"]);
}

#[test]
fn a_guard_that_lets_everybody_in_does_not_decide() {
    let routes: Routes = Routes::new()
        .route("/a", post(ok).guard(require_auth()))
        .route("/b", post(ok).guard(deny_when_impersonated().report_only()))
        .guard(require_auth())
        .guard(read_only_when_impersonated().report_only());
    assert_eq!(undecided(&routes), ["POST /a", "POST /b"]);
}

#[tokio::test]
async fn nested_and_merged_templates_are_axums() {
    let inner = || Routes::new().route("/", post(ok)).route("/{id}", post(ok));
    let routes: Routes = Routes::new()
        .nest("/plain", inner())
        .nest("/slash/", inner())
        .nest("/deep", Routes::new().nest("/er", inner()).fallback(ok))
        .nest("/guarded", inner().guard(deny_when_impersonated()))
        .merge(Routes::new().route("/merged", post(ok)));

    let listed = undecided(&routes);
    assert_eq!(
        listed,
        [
            "POST /deep/er",
            "POST /deep/er/{id}",
            "ANY /deep/{*rest}",
            "POST /merged",
            "POST /plain",
            "POST /plain/{id}",
            "POST /slash/",
            "POST /slash/{id}",
        ]
    );

    // Each is what axum itself says it matched, and so what an exception names.
    let issuer = Issuer::new();
    let templates: Vec<_> = listed
        .iter()
        .filter_map(|route| route.strip_prefix("POST "))
        .collect();
    for template in templates {
        let excepted = Routes::new()
            .nest("/plain", inner())
            .nest("/slash/", inner())
            .nest("/deep", Routes::new().nest("/er", inner()))
            .merge(Routes::new().route("/merged", post(ok)))
            .guard(read_only_when_impersonated().except("POST", template));
        let path = template.replace("{id}", "7");
        assert_eq!(
            ask(&issuer, excepted, "POST", &path).await,
            StatusCode::OK,
            "{template}"
        );
    }
}

#[tokio::test]
async fn an_exception_is_exact() {
    let issuer = Issuer::new();
    let routes = || {
        Routes::new()
            .route("/cart/{item}", post(ok).put(ok))
            .route("/cart/{item}/gift", post(ok))
            .guard(read_only_when_impersonated().except("POST", "/cart/{item}"))
    };
    for (method, path, status) in [
        ("POST", "/cart/7", StatusCode::OK),
        ("PUT", "/cart/7", StatusCode::FORBIDDEN),
        ("POST", "/cart/7/gift", StatusCode::FORBIDDEN),
        ("POST", "/cart/7/", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(
            ask(&issuer, routes(), method, path).await,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn what_is_decided_is_guarded() {
    let issuer = Issuer::new();
    let service = service_fn(async |_: Request| Ok::<_, Infallible>(Response::new(Body::empty())));
    let deny = deny_when_impersonated;
    let routes = || {
        Routes::new()
            .route("/any", any(ok).guard(deny()))
            .route("/service", any_service(service).guard(deny()))
            .route("/fallback", get(ok).fallback(ok).guard(deny()))
            .route("/partly", post(ok).guard(deny()).put(ok))
            .route("/open", post(ok).allow_when_impersonated())
            .nest(
                "/set",
                Routes::new()
                    .route_service("/service", service)
                    .fallback(ok)
                    .guard(deny()),
            )
    };
    for (method, path, status) in [
        ("POST", "/any", StatusCode::FORBIDDEN),
        ("GET", "/any", StatusCode::FORBIDDEN),
        ("POST", "/service", StatusCode::FORBIDDEN),
        ("DELETE", "/fallback", StatusCode::FORBIDDEN),
        ("POST", "/partly", StatusCode::FORBIDDEN),
        ("PUT", "/partly", StatusCode::OK),
        ("POST", "/open", StatusCode::OK),
        ("POST", "/set/service", StatusCode::FORBIDDEN),
        ("POST", "/set/what/else", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(
            ask(&issuer, routes(), method, path).await,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn routes_take_state_and_layers_like_a_router() {
    let greet = async |State(greeting): State<&'static str>, auth: Auth| {
        assert_eq!(greeting, "hello");
        assert!(auth.is_impersonated());
    };
    let routes = Routes::new()
        .route(
            "/greet",
            get(greet).layer(map_request(async |request: Request| request)),
        )
        .layer(map_request(async |request: Request| request))
        .with_state("hello");
    let issuer = Issuer::new();
    assert_eq!(ask(&issuer, routes, "GET", "/greet").await, StatusCode::OK);

    let served = Router::from(Routes::<()>::default().route("/", get(ok)));
    assert!(served.has_routes());
}

/// axum takes the prefix off the request's own URI.
#[tokio::test]
async fn a_refusal_below_a_prefix_knows_the_whole_target() {
    let issuer = Issuer::new();
    let verifier = support::builder(StaticKeys::from_jwks(&issuer.jwks()).unwrap())
        .with_refusals(|_, request| RefusalBody::Content {
            content_type: "text/plain".to_owned(),
            body: request.target().as_bytes().to_vec(),
        })
        .build()
        .unwrap();
    let shop = Routes::new()
        .route("/orders", get(ok))
        .guard(deny_when_impersonated())
        .route("/account", get(async |_: Direct| ()));
    let app: Router = Routes::new()
        .nest("/shop", Routes::new().nest("/eu", shop))
        .into_router()
        .layer(AuthLayer::new(verifier));
    for target in ["/shop/eu/orders?page=2", "/shop/eu/account?a=%2F"] {
        let mut request = support::request("GET", Some(&issuer.impersonated())).map(Body::from);
        *request.uri_mut() = target.parse().unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        assert_eq!(support::text(response).await, target);
    }
}
