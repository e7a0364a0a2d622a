//! What handlers take.

use actas_actix::{Auth, AuthLayer, Direct, OptionalAuth, Rejection, Verified};
use actas_core::ErrorKind;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::Data;
use actix_web::{App, FromRequest, ResponseError, web};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::json;

use crate::support::{Issuer, RuntimeClock, builder, request, send};

async fn auth(auth: Auth) -> String {
    name(&auth)
}

async fn optional(OptionalAuth(auth): OptionalAuth) -> String {
    auth.as_ref().map_or_else(|| "nobody".to_owned(), name)
}

async fn lenient(auth: Option<Auth>) -> String {
    auth.map_or_else(|| "nobody".to_owned(), |auth| name(&auth))
}

async fn result(auth: Result<Auth, Rejection>) -> String {
    match auth {
        Ok(auth) => name(&auth),
        Err(rejection) => format!("{:?}", rejection.error().kind()),
    }
}

async fn direct(who: Direct) -> String {
    in_person(&who)
}

async fn verified(session: Verified) -> String {
    name(&session)
}

fn name(auth: &actas_core::Auth) -> String {
    match &auth.actor {
        Some(actor) => format!("{} as {}", actor.subject, auth.user_id),
        None => auth.user_id.to_string(),
    }
}

fn in_person(who: &actas_core::Direct) -> String {
    format!("{} in person", who.user_id)
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/auth", web::get().to(auth))
        .route("/optional", web::get().to(optional))
        .route("/lenient", web::get().to(lenient))
        .route("/result", web::get().to(result))
        .route("/direct", web::get().to(direct));
}

#[actix_web::test]
async fn behind_the_layer() {
    let issuer = Issuer::new();
    let layer = AuthLayer::new(issuer.verifier()).optional();
    let app = init_service(App::new().configure(routes).wrap(layer)).await;
    let (by_user, by_admin) = (issuer.direct(), issuer.impersonated());
    let table = [
        ("/auth", Some(&by_user), 200, "user_1"),
        ("/auth", Some(&by_admin), 200, "admin_1 as user_1"),
        ("/auth", None, 401, "missing_credential"),
        ("/optional", Some(&by_admin), 200, "admin_1 as user_1"),
        ("/optional", None, 200, "nobody"),
        ("/lenient", Some(&by_admin), 200, "admin_1 as user_1"),
        ("/lenient", None, 200, "nobody"),
        ("/result", Some(&by_user), 200, "user_1"),
        ("/result", None, 200, "MissingCredential"),
        ("/direct", Some(&by_user), 200, "user_1 in person"),
        ("/direct", Some(&by_admin), 403, "impersonation_denied"),
        ("/direct", None, 401, "missing_credential"),
    ];
    for (path, token, status, said) in table {
        let seen = send(
            &app,
            request("GET", path, token.map(String::as_str)).to_request(),
        )
        .await;

        assert_eq!(seen.status, status, "{path}");
        let body = if status == 200 {
            seen.body.clone()
        } else {
            seen.code()
        };
        assert_eq!(body, said, "{path}");
        assert_eq!(seen.header("vary"), "Authorization, Cookie");
        if status == 401 {
            assert_eq!(seen.header("www-authenticate"), "Bearer");
        }
    }
    for path in ["/auth", "/optional", "/lenient", "/result", "/direct"] {
        let seen = send(&app, request("GET", path, Some("invalid")).to_request()).await;
        assert_eq!(
            (seen.status, seen.code().as_str()),
            (401, "invalid_token"),
            "{path}"
        );
    }
}

#[actix_web::test]
async fn without_the_layer() {
    let issuer = Issuer::new();
    let app = init_service(App::new().configure(routes)).await;
    let token = issuer.direct();
    for path in ["/auth", "/optional", "/direct"] {
        let seen = send(&app, request("GET", path, Some(&token)).to_request()).await;
        assert_eq!(
            (seen.status, seen.code().as_str()),
            (500, "missing_layer"),
            "{path}"
        );
    }

    let told = send(&app, request("GET", "/result", Some(&token)).to_request()).await;
    let swallowed = send(&app, request("GET", "/lenient", Some(&token)).to_request()).await;

    assert_eq!(told.body, "MissingLayer");
    // actix-web's own, as the documentation of `Auth` says.
    assert_eq!((swallowed.status, swallowed.body.as_str()), (200, "nobody"));
}

#[actix_web::test]
async fn verified_needs_no_layer() {
    let issuer = Issuer::new();
    let (by_user, by_admin) = (issuer.direct(), issuer.impersonated());
    let table = [
        (Some(by_user.as_str()), 200, "user_1"),
        (Some(&by_admin), 200, "admin_1 as user_1"),
        (None, 401, "missing_credential"),
        (Some("invalid"), 401, "invalid_token"),
        (Some(""), 400, "invalid_request"),
    ];
    for (token, status, said) in table {
        let plain = App::new()
            .app_data(issuer.verifier())
            .route("/", web::get().to(verified));
        let data = App::new()
            .app_data(Data::new(issuer.verifier()))
            .route("/", web::get().to(verified));
        let plain = init_service(plain).await;
        let data = init_service(data).await;
        for seen in [
            send(&plain, request("GET", "/", token).to_request()).await,
            send(&data, request("GET", "/", token).to_request()).await,
        ] {
            assert_eq!(seen.status, status, "{said}");
            let body = if status == 200 {
                seen.body.clone()
            } else {
                seen.code()
            };
            assert_eq!(body, said);
        }
    }

    let bare = init_service(App::new().route("/", web::get().to(verified))).await;
    let seen = send(&bare, request("GET", "/", Some(&by_user)).to_request()).await;
    assert_eq!((seen.status, seen.code().as_str()), (500, "missing_layer"));
}

#[actix_web::test]
async fn a_rejection_is_an_error_and_a_response() {
    let request = TestRequest::get()
        .insert_header(("authorization", "Bearer s3cret"))
        .to_http_request();

    let rejection = Auth::extract(&request).await.unwrap_err();

    assert_eq!(rejection.error().kind(), ErrorKind::MissingLayer);
    assert_eq!(rejection.status_code(), 500);
    assert_eq!(rejection.error_response().status(), 500);
    assert_eq!(
        rejection.to_string(),
        "no authentication layer surrounds the route"
    );
    assert!(!format!("{rejection:?}").contains("s3cret"));
}

#[actix_web::test]
async fn extractors_are_what_core_knows() {
    let issuer = Issuer::new();
    let core = issuer.verifier().verify(&issuer.direct()).now().unwrap();

    let auth: actas_core::Auth = Auth::from(core.clone()).into();
    let direct: actas_core::Direct = Direct::from(auth.require_direct().unwrap()).into();
    let session: actas_core::Auth = Verified::from(core.clone()).into();
    let optional = OptionalAuth::from(Some(core));

    assert_eq!(direct.user_id, "user_1");
    assert_eq!(session.user_id, "user_1");
    assert_eq!(
        optional
            .as_ref()
            .map(|auth| auth.user_id.to_string())
            .as_deref(),
        Some("user_1")
    );
    assert!(OptionalAuth(None).into_inner().is_none());
}

/// Time stands still until every task waits for it, and then leaps.
#[actix_web::test]
async fn a_stream_ends_with_its_session() {
    tokio::time::pause();
    let issuer = Issuer::new();
    let verifier = builder(issuer.keys())
        .with_clock(RuntimeClock::at(1_000_000))
        .with_leeway(0)
        .build()
        .unwrap();
    let token = issuer.sign(json!({ "exp": 1_000_060, "act": { "sub": "admin_1" } }));
    let auth = Auth(verifier.verify(&token).now().unwrap());

    let started = tokio::time::Instant::now();
    let ticks = stream::unfold((), |()| async {
        tokio::time::sleep(std::time::Duration::from_secs(7)).await;
        Some(((), ()))
    });
    let ticks = ticks.take_until(Box::pin(auth.ended())).count().await;

    assert_eq!(ticks, 8);
    assert_eq!(started.elapsed().as_secs(), 60);
    assert!(auth.ended().now_or_never().is_some());
}
