//! An axum application that sees who acts as whom, and denies what must not be done in a user's name.
//!
//! ```sh
//! cargo run -p actas-example-axum      # prints three tokens: direct, impersonated, agent
//! TOKEN=eyJ…                           # one of them, in another shell
//!
//! curl -i -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/me
//! curl -i -H "Authorization: Bearer $TOKEN" -X POST http://127.0.0.1:3000/password
//! curl -i -H "Authorization: Bearer $TOKEN" -X DELETE http://127.0.0.1:3000/account
//! curl -i -H "Authorization: Bearer $TOKEN" -X POST http://127.0.0.1:3000/orders
//! curl -N -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/events
//! ```
//!
//! `/password`, `/account` and `POST /orders` answer 403 to the impersonated token and to the agent's. The events end with
//! the session. So does the WebSocket, here from a browser:
//!
//! ```js
//! new WebSocket("ws://127.0.0.1:3000/chat", ["shop.chat", "bearer." + token])
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use actas::axum::routes::{Routes, delete, get, post};
use actas::axum::{
    Auth, AuthLayer, Direct, deny_when_impersonated, read_only_when_impersonated, sensitive,
};
use actas::{ConfigError, Separator, StaticKeys, Verifier, VerifierBuilder, WithKeys};
use actas_example_support::{Issuer, address, announce};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::{HeaderValue, Method, header};
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::{Json, Router};
use futures_util::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::interval;
use tower_http::cors::CorsLayer;

#[cfg(test)]
mod tests;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = Issuer::new()?;
    let verifier = verifier(&issuer)?.build()?;

    let listener = TcpListener::bind(address()?).await?;
    announce(&issuer.tokens(), listener.local_addr()?)?;
    axum::serve(listener, app(verifier))
        .with_graceful_shutdown(interrupted())
        .await?;
    Ok(())
}

/// For Clerk it is `Verifier::clerk(&publishable_key)?`, with `StaticKeys::from_pem(&jwt_key)?`.
fn verifier(issuer: &Issuer) -> Result<VerifierBuilder<WithKeys>, ConfigError> {
    Ok(Verifier::builder(Issuer::NAME)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&issuer.jwks())?)
        .with_authorized_parties([Issuer::FRONT_END])
        // A browser cannot send a header with a WebSocket.
        .with_websocket_protocol("bearer."))
}

fn app(verifier: Verifier) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static(Issuer::FRONT_END))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([header::AUTHORIZATION]);

    // What is added last is outermost: a preflight carries no credential, and a refusal needs the CORS headers too.
    routes()
        .into_router()
        .layer(AuthLayer::new(verifier))
        .layer(cors)
}

fn routes() -> Routes {
    // Whoever acts as a user may look at the orders, and neither place one nor speak in the user's name.
    let shop = Routes::new()
        .route("/orders", get(orders).post(place_order))
        .route("/chat", get(chat))
        .guard(read_only_when_impersonated());

    Routes::new()
        .route("/me", get(me))
        .route("/events", get(events))
        .route(
            "/password",
            post(change_password).guard(deny_when_impersonated()),
        )
        .route("/account", delete(close_account).guard(sensitive()))
        .merge(shop)
}

async fn me(auth: Auth) -> Json<Value> {
    Json(json!({ "user_id": auth.user_id, "actor": auth.actor }))
}

async fn change_password(auth: Auth) -> Json<Value> {
    Json(json!({ "changed": "password", "user_id": auth.user_id }))
}

/// The extractor refuses an impersonated request as the guard does, and hands on the proof that this is none.
async fn close_account(who: Direct) -> Json<Value> {
    Json(delete_account(&who))
}

/// No route, job or service can call this for an impersonated request: there is no `Direct` to call it with.
fn delete_account(who: &actas::Direct) -> Value {
    json!({ "deleted": who.user_id })
}

async fn orders(auth: Auth) -> Json<Value> {
    Json(json!({ "user_id": auth.user_id, "orders": ["tea"] }))
}

async fn place_order(auth: Auth) -> Json<Value> {
    Json(json!({ "user_id": auth.user_id, "ordered": "tea" }))
}

async fn events(auth: Auth) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let ticks = stream::unfold(
        interval(Duration::from_secs(1)),
        |mut interval| async move {
            interval.tick().await;
            Some((Ok(Event::default().data("tick")), interval))
        },
    );
    Sse::new(ticks.take_until(over(auth)))
}

async fn chat(auth: Auth, upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .protocols(["shop.chat"])
        .on_upgrade(async move |mut socket| {
            tokio::select! {
                () = echo(&mut socket) => {}
                () = over(auth) => {
                    let goodbye = CloseFrame {
                        code: close_code::POLICY,
                        reason: "the session has ended".into(),
                    };
                    _ = socket.send(Message::Close(Some(goodbye))).await;
                }
            }
        })
}

async fn echo(socket: &mut WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if socket.send(message).await.is_err() {
            return;
        }
    }
}

/// What outlives its request ends with the session, or with the server.
async fn over(auth: Auth) {
    tokio::select! {
        () = auth.ended() => {}
        () = interrupted() => {}
    }
}

async fn interrupted() {
    _ = tokio::signal::ctrl_c().await;
}
