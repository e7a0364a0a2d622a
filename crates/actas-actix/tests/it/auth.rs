//! What the layer lets in, and what its responses carry.

use actas_actix::AuthLayer;
use actas_core::{Auth, RefusalBody, SignedOut};
use actix_web::dev::Service;
use actix_web::http::header::HeaderValue;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, HttpMessage, HttpResponse, error, web};

use crate::support::{Issuer, builder, request, send, whoami};

#[actix_web::test]
async fn a_valid_token_says_who_it_is() {
    let issuer = Issuer::new();
    let stranger = Issuer::new();
    let table = [
        (Some(issuer.direct()), [200, 200], "user_1"),
        (Some(issuer.impersonated()), [200, 200], "admin_1 as user_1"),
        (Some(issuer.agent()), [200, 200], "agent_1 as user_1"),
        (None, [401, 200], "signed out"),
        (Some(stranger.direct()), [401, 401], ""),
        (Some("no-token".to_owned()), [401, 401], ""),
    ];
    for (token, statuses, who) in table {
        let required = AuthLayer::new(issuer.verifier());
        let optional = required.clone().optional();
        for (layer, status) in [required, optional].into_iter().zip(statuses) {
            let app = App::new().route("/", web::get().to(whoami)).wrap(layer);
            let app = init_service(app).await;

            let seen = send(&app, request("GET", "/", token.as_deref()).to_request()).await;

            assert_eq!(seen.status, status, "{who}: {seen:?}");
            if status == 200 {
                assert_eq!(seen.body, who);
            }
        }
    }
}

#[actix_web::test]
async fn a_token_comes_in_the_session_cookie_too() {
    let issuer = Issuer::new();
    let app = App::new()
        .route("/", web::to(whoami))
        .wrap(AuthLayer::new(issuer.verifier()));
    let app = init_service(app).await;
    let cookie = (
        "cookie",
        format!("theme=dark; session={}", issuer.impersonated()),
    );

    let read = TestRequest::get().insert_header(cookie.clone());
    let write = TestRequest::post()
        .insert_header(cookie)
        .insert_header(("sec-fetch-site", "cross-site"))
        .insert_header(("origin", "https://evil.example"));
    let read = send(&app, read.to_request()).await;
    let write = send(&app, write.to_request()).await;

    assert_eq!(
        (read.status, read.body.as_str()),
        (200, "admin_1 as user_1")
    );
    assert_eq!((write.status, write.code().as_str()), (403, "cross_site"));
}

#[actix_web::test]
async fn a_malformed_credential_is_a_400_and_no_panic() {
    let issuer = Issuer::new();
    let app = App::new()
        .route("/", web::get().to(whoami))
        .wrap(AuthLayer::new(issuer.verifier()).optional());
    let app = init_service(app).await;
    let valid = format!("Bearer {}", issuer.direct()).into_bytes();
    let table: [&[&[u8]]; 7] = [
        &[b"Bearer \xff\xfe"],
        &[b"Bearer caf\xc3\xa9"],
        &[b"\xff"],
        &[b"Bearer"],
        &[b"Bearer two words"],
        &[&valid, &valid],
        &[&valid, b"Basic dTpw"],
    ];
    for lines in table {
        let mut request = TestRequest::get();
        for line in lines {
            let value = HeaderValue::from_bytes(line).unwrap();
            request = request.append_header(("authorization", value));
        }

        let seen = send(&app, request.to_request()).await;

        assert_eq!(seen.status, 400, "{lines:?}");
        assert_eq!(seen.code(), "invalid_request");
        assert!(seen.header("www-authenticate").contains("invalid_request"));
    }
}

#[actix_web::test]
async fn a_refusal_is_rendered_by_core() {
    let issuer = Issuer::new();
    let app = App::new()
        .route("/", web::get().to(whoami))
        .wrap(AuthLayer::new(issuer.verifier()));
    let app = init_service(app).await;

    let seen = send(&app, request("GET", "/", None).to_request()).await;

    assert_eq!(seen.status, 401);
    assert_eq!(seen.code(), "missing_credential");
    assert_eq!(seen.header("www-authenticate"), "Bearer");
    assert_eq!(seen.header("content-type"), "application/problem+json");
    assert_eq!(seen.header("cache-control"), "no-store");
    assert_eq!(seen.header("vary"), "Authorization, Cookie");

    let grpc = request("POST", "/", None).insert_header(("content-type", "application/grpc"));
    let seen = send(&app, grpc.to_request()).await;

    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("grpc-status"), "16");
    assert_eq!(seen.header("content-type"), "application/grpc");
    assert_eq!(seen.body, "");
}

#[actix_web::test]
async fn the_application_words_its_refusals() {
    let issuer = Issuer::new();
    let verifier = builder(issuer.keys())
        .with_refusals(|refusal, request| {
            if request.is_navigation() {
                let url = format!("/sign-in?next={}", request.target());
                return RefusalBody::SignIn { url };
            }
            RefusalBody::Content {
                content_type: "text/plain".to_owned(),
                body: refusal.code().as_bytes().to_vec(),
            }
        })
        .build()
        .unwrap();
    let app = App::new()
        .route("/", web::get().to(whoami))
        .wrap(AuthLayer::new(verifier));
    let app = init_service(app).await;

    let api = send(&app, request("GET", "/", None).to_request()).await;
    let page = request("GET", "/?lang=de", None).insert_header(("accept", "text/html"));
    let page = send(&app, page.to_request()).await;

    assert_eq!((api.status, api.body.as_str()), (401, "missing_credential"));
    assert_eq!(api.header("content-type"), "text/plain");
    assert_eq!(api.header("www-authenticate"), "Bearer");
    assert_eq!(
        (page.status, page.header("location").as_str()),
        (303, "/sign-in?next=/?lang=de")
    );
}

#[actix_web::test]
async fn what_others_left_in_the_extensions_is_removed() {
    let issuer = Issuer::new();
    let verifier = issuer.verifier();
    let forged = verifier.verify(&issuer.agent()).now().unwrap();
    let mark = verifier.signed_out();
    let layers = [
        AuthLayer::new(verifier.clone()),
        AuthLayer::new(verifier).optional(),
    ];
    let table = [
        (None, [(401, ""), (200, "signed out")]),
        (Some(issuer.direct()), [(200, "user_1"), (200, "user_1")]),
    ];
    for (token, expected) in table {
        for (layer, (status, who)) in layers.iter().zip(expected) {
            let (forged, mark) = (forged.clone(), mark.clone());
            let app = App::new()
                .route("/", web::get().to(whoami))
                .wrap(layer.clone())
                .wrap_fn(move |request, next| {
                    request.extensions_mut().insert(forged.clone());
                    request.extensions_mut().insert::<SignedOut>(mark.clone());
                    let response = next.call(request);
                    async {
                        let response = response.await?;
                        if response.status() == 401 {
                            let extensions = response.request().extensions();
                            assert!(!extensions.contains::<Auth>());
                            assert!(!extensions.contains::<SignedOut>());
                        }
                        Ok(response)
                    }
                });
            let app = init_service(app).await;

            let seen = send(&app, request("GET", "/", token.as_deref()).to_request()).await;

            assert_eq!(seen.status, status);
            if status == 200 {
                assert_eq!(seen.body, who);
            }
        }
    }
}

async fn cached() -> HttpResponse {
    HttpResponse::Ok()
        .append_header(("cache-control", "public"))
        .append_header(("cache-control", "max-age=600"))
        .append_header(("vary", "Accept, cookie"))
        .finish()
}

#[actix_web::test]
async fn responses_say_what_they_vary_by_and_impersonated_ones_are_not_stored() {
    let issuer = Issuer::new();
    let app = App::new()
        .route("/", web::get().to(whoami))
        .route("/cached", web::get().to(cached))
        .wrap(AuthLayer::new(issuer.verifier()).optional());
    let app = init_service(app).await;

    let (direct, impersonated) = (issuer.direct(), issuer.impersonated());
    let table = [
        ("/", None, "", "Authorization, Cookie"),
        ("/", Some(&direct), "", "Authorization, Cookie"),
        (
            "/",
            Some(&impersonated),
            "private, no-store",
            "Authorization, Cookie",
        ),
        (
            "/nowhere",
            Some(&impersonated),
            "private, no-store",
            "Authorization, Cookie",
        ),
        (
            "/cached",
            None,
            "public + max-age=600",
            "Accept, cookie, Authorization",
        ),
        (
            "/cached",
            Some(&direct),
            "public + max-age=600",
            "Accept, cookie, Authorization",
        ),
        (
            "/cached",
            Some(&impersonated),
            "private, no-store",
            "Accept, cookie, Authorization",
        ),
    ];
    for (path, token, cache_control, vary) in table {
        let seen = send(
            &app,
            request("GET", path, token.map(String::as_str)).to_request(),
        )
        .await;

        assert_eq!(seen.header("cache-control"), cache_control, "{path}");
        assert_eq!(seen.header("vary"), vary, "{path}");
    }
}

#[actix_web::test]
async fn the_response_of_an_inner_error_is_marked_too() {
    let issuer = Issuer::new();
    let app = App::new()
        .route("/", web::get().to(whoami))
        .wrap_fn(|_, _| {
            std::future::ready(Err::<actix_web::dev::ServiceResponse, _>(error::ErrorGone(
                "gone",
            )))
        })
        .wrap(AuthLayer::new(issuer.verifier()));
    let app = init_service(app).await;

    let token = issuer.impersonated();
    let seen = send(&app, request("GET", "/", Some(&token)).to_request()).await;

    assert_eq!((seen.status, seen.body.as_str()), (410, "gone"));
    assert_eq!(seen.header("vary"), "Authorization, Cookie");
    assert_eq!(seen.header("cache-control"), "private, no-store");
}
