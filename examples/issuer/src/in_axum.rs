use std::io;
use std::net::TcpListener;

use actas::axum::{Auth, AuthLayer, Head, deny_when_impersonated};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde_json::{Value, json};

use crate::shop::{Shop, SignIn, account};

pub(crate) async fn serve(listener: TcpListener, shop: &Shop) -> io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    axum::serve(listener, app(shop))
        .with_graceful_shutdown(interrupted())
        .await
}

fn app(shop: &Shop) -> Router {
    Router::new()
        .route("/me", get(me))
        .route(
            "/password",
            post(change_password).layer(deny_when_impersonated()),
        )
        .layer(AuthLayer::new(shop.verifier.clone()))
        // Outside of the layer: who signs in has no session yet, and one that has ended can be left.
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .with_state(shop.clone())
        .nest("/support", shop.support())
}

async fn me(auth: Auth) -> Json<Value> {
    Json(account(&auth))
}

async fn change_password(auth: Auth) -> Json<Value> {
    Json(json!({ "user_id": auth.user_id, "changed": "password" }))
}

async fn sign_in(
    State(shop): State<Shop>,
    Form(SignIn { user_id }): Form<SignIn>,
) -> Result<impl IntoResponse, StatusCode> {
    let cookie = shop.sign_in(&user_id);
    let cookie = cookie.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let cookie = cookie.ok_or(StatusCode::FORBIDDEN)?;
    Ok(([(SET_COOKIE, cookie)], Json(json!({ "user_id": user_id }))))
}

async fn sign_out(
    State(shop): State<Shop>,
    request: Parts,
) -> Result<impl IntoResponse, StatusCode> {
    // It comes from another site.
    let cookies = shop.sign_out(&Head::from(&request)).await;
    let cookies = cookies.map_err(|_| StatusCode::FORBIDDEN)?;
    let cookies = AppendHeaders(cookies.map(|cookie| (SET_COOKIE, cookie)));
    Ok((cookies, Json(json!({ "signed_in": false }))))
}

async fn interrupted() {
    _ = tokio::signal::ctrl_c().await;
}
