use std::io;
use std::net::TcpListener;

use actas::actix::{Auth, AuthLayer, Head, deny_when_impersonated};
use actas_admin::actix::nest;
use actix_web::dev::Server;
use actix_web::http::header::SET_COOKIE;
use actix_web::web::{Data, Form, Json, get, post, resource, scope};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use serde_json::{Value, json};

use crate::shop::{Shop, SignIn, account};

/// It stops on ctrl-c by itself.
pub(crate) fn serve(listener: TcpListener, shop: &Shop) -> io::Result<Server> {
    let (shop, support) = (shop.clone(), shop.support());
    let server = HttpServer::new(move || {
        let signed_in = scope("")
            .route("/me", get().to(me))
            .service(
                resource("/password")
                    .wrap(deny_when_impersonated())
                    .route(post().to(change_password)),
            )
            .wrap(AuthLayer::new(shop.verifier.clone()));
        App::new()
            .app_data(Data::new(shop.clone()))
            // Outside of the layer: who signs in has no session yet, and one that has ended can be left.
            .route("/sign-in", post().to(sign_in))
            .route("/sign-out", post().to(sign_out))
            .service(nest("/support", support.clone()))
            .service(signed_in)
    });
    Ok(server.listen(listener)?.run())
}

async fn me(auth: Auth) -> Json<Value> {
    Json(account(&auth))
}

async fn change_password(auth: Auth) -> Json<Value> {
    Json(json!({ "user_id": auth.user_id, "changed": "password" }))
}

async fn sign_in(shop: Data<Shop>, Form(SignIn { user_id }): Form<SignIn>) -> HttpResponse {
    match shop.sign_in(&user_id) {
        Ok(Some(cookie)) => HttpResponse::Ok()
            .insert_header((SET_COOKIE, cookie))
            .json(json!({ "user_id": user_id })),
        Ok(None) => HttpResponse::Forbidden().finish(),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}

async fn sign_out(shop: Data<Shop>, request: HttpRequest) -> HttpResponse {
    let Ok([session, impersonation]) = shop.sign_out(&Head::from(&request)).await else {
        // It comes from another site.
        return HttpResponse::Forbidden().finish();
    };
    HttpResponse::Ok()
        .append_header((SET_COOKIE, session))
        .append_header((SET_COOKIE, impersonation))
        .json(json!({ "signed_in": false }))
}
