//! The middleware of others, outside the layer.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use actas_actix::{AuthLayer, deny_when_impersonated};
use actix_cors::Cors;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::{ErrorHandlerResponse, ErrorHandlers, Logger};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, web};

use crate::support::{Issuer, request, send, whoami};

const ORIGIN: &str = "https://app.example.com";

fn cors() -> Cors {
    Cors::default()
        .allowed_origin(ORIGIN)
        .allowed_methods(["GET", "POST"])
        .allowed_header(header::AUTHORIZATION)
}

fn routes(config: &mut web::ServiceConfig) {
    config.route("/me", web::get().to(whoami)).route(
        "/password",
        web::post().to(whoami).wrap(deny_when_impersonated()),
    );
}

#[actix_web::test]
async fn a_preflight_gets_through_and_refusals_can_be_read() {
    let issuer = Issuer::new();
    let app = App::new()
        .configure(routes)
        .wrap(AuthLayer::new(issuer.verifier()))
        .wrap(cors());
    let app = init_service(app).await;

    let preflight = TestRequest::with_uri("/password")
        .method(actix_web::http::Method::OPTIONS)
        .insert_header(("origin", ORIGIN))
        .insert_header(("access-control-request-method", "POST"))
        .insert_header(("access-control-request-headers", "authorization"));
    let seen = send(&app, preflight.to_request()).await;
    assert_eq!(seen.status, 200);
    assert_eq!(seen.header("access-control-allow-origin"), ORIGIN);
    assert_eq!(seen.header("access-control-allow-headers"), "authorization");

    let token = issuer.impersonated();
    for (method, path, token, status) in [
        ("GET", "/me", None, 401),
        ("GET", "/me", Some("invalid"), 401),
        ("POST", "/password", Some(token.as_str()), 403),
        ("GET", "/me", Some(&token), 200),
    ] {
        let request = request(method, path, token).insert_header(("origin", ORIGIN));
        let seen = send(&app, request.to_request()).await;

        assert_eq!(seen.status, status);
        assert_eq!(seen.header("access-control-allow-origin"), ORIGIN);
        let vary = seen.header("vary").to_lowercase();
        for name in ["authorization", "cookie", "origin"] {
            assert_eq!(vary.matches(name).count(), 1, "{name} in {vary}");
        }
    }
}

#[actix_web::test]
async fn inside_the_layer_a_preflight_would_be_refused() {
    let issuer = Issuer::new();
    let app = App::new()
        .configure(routes)
        .wrap(cors())
        .wrap(AuthLayer::new(issuer.verifier()));
    let app = init_service(app).await;

    let preflight = TestRequest::with_uri("/password")
        .method(actix_web::http::Method::OPTIONS)
        .insert_header(("origin", ORIGIN))
        .insert_header(("access-control-request-method", "POST"));
    let seen = send(&app, preflight.to_request()).await;

    assert_eq!(seen.status, 401);
    assert_eq!(seen.header("access-control-allow-origin"), "");
}

#[actix_web::test]
async fn a_logger_and_error_handlers_act_on_refusals() {
    let issuer = Issuer::new();
    let logged = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&logged);
    let logger = Logger::new("%{status}xo").custom_response_replace("status", move |response| {
        lines.lock().unwrap().push(response.status().as_u16());
        String::new()
    });
    let handled = Rc::new(RefCell::new(Vec::new()));
    let statuses = Rc::clone(&handled);
    let handlers = ErrorHandlers::new().default_handler_client(move |mut response| {
        statuses.borrow_mut().push(response.status().as_u16());
        let headers = response.headers_mut();
        headers.insert(header::SERVER, HeaderValue::from_static("handled"));
        Ok(ErrorHandlerResponse::Response(
            response.map_into_left_body(),
        ))
    });
    let app = App::new()
        .configure(routes)
        .wrap(AuthLayer::new(issuer.verifier()))
        .wrap(handlers)
        .wrap(logger);
    let app = init_service(app).await;

    let token = issuer.impersonated();
    for (method, path, token, server) in [
        ("GET", "/me", None, "handled"),
        ("POST", "/password", Some(token.as_str()), "handled"),
        ("GET", "/me", Some(&token), ""),
    ] {
        let seen = send(&app, request(method, path, token).to_request()).await;
        assert_eq!(seen.header("server"), server);
    }

    assert_eq!(*logged.lock().unwrap(), [401, 403, 200]);
    assert_eq!(*handled.borrow(), [401, 403]);
}
