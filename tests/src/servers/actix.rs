use std::net::TcpListener;

use actas::Verifier;
use actas::actix::{
    Auth, AuthLayer, Direct, OptionalAuth, deny_when_impersonated, read_only_when_impersonated,
    require_auth, sensitive,
};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::rt::System;
use actix_web::{App, HttpResponse, HttpServer, web};

use super::session::{CACHED, is_from_dashboard, seen};

/// Serves on a thread of its own, where actix-web's own runtime runs.
pub(super) fn serve(listener: TcpListener, verifier: Verifier, cold: Verifier) {
    std::thread::spawn(move || {
        let server = HttpServer::new(move || {
            let (verifier, cold) = (verifier.clone(), cold.clone());
            App::new().configure(|config| routes(config, verifier, cold))
        });
        let server = server
            .workers(2)
            .disable_signals()
            .listen(listener)
            .unwrap();
        System::new().block_on(server.run()).unwrap();
    });
}

fn routes(config: &mut web::ServiceConfig, verifier: Verifier, cold: Verifier) {
    let deny = deny_when_impersonated;
    config
        .service(
            web::scope("/public")
                .route("/me", web::get().to(visitor))
                .route("/password", web::post().to(session).wrap(deny()))
                .route("/account", web::get().to(session).wrap(require_auth()))
                .wrap(AuthLayer::new(verifier.clone()).optional()),
        )
        .service(web::scope("/bare").route("/password", web::post().to(session).wrap(deny())))
        .service(
            web::scope("/cold")
                .route("/me", web::get().to(session))
                .route("/password", web::post().to(session).wrap(deny()))
                .wrap(AuthLayer::new(cold)),
        )
        .service(
            web::scope("")
                .route("/me", web::get().to(session))
                .route("/cached", web::get().to(cached))
                .route("/password", web::post().to(session).wrap(deny()))
                .route("/account", web::post().to(account))
                .route(
                    "/agents",
                    web::post().to(session).wrap(deny().allow_agents()),
                )
                .route(
                    "/support",
                    web::post()
                        .to(session)
                        .wrap(deny().allow_actors(is_from_dashboard)),
                )
                .route("/keys", web::post().to(session).wrap(sensitive()))
                .service(
                    web::resource("/notes")
                        .to(session)
                        .wrap(read_only_when_impersonated()),
                )
                .route(
                    "/reported",
                    web::post().to(session).wrap(deny().report_only()),
                )
                .wrap(AuthLayer::new(verifier)),
        );
}

async fn session(auth: Auth) -> HttpResponse {
    HttpResponse::Ok().json(seen(Some(&auth)))
}

async fn visitor(OptionalAuth(auth): OptionalAuth) -> HttpResponse {
    HttpResponse::Ok().json(seen(auth.as_ref()))
}

async fn account(who: Direct) -> HttpResponse {
    HttpResponse::Ok().json(seen(Some(&who)))
}

async fn cached(auth: Auth) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, CACHED))
        .json(seen(Some(&auth)))
}
