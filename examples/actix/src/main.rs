//! An actix-web application that sees who acts as whom, and denies what must not be done in a user's name.
//!
//! ```sh
//! cargo run -p actas-example-actix     # prints three tokens: direct, impersonated, agent
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
//! the session.

use std::convert::Infallible;
use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use actas::actix::routes::{Routes, delete, get, post};
use actas::actix::{
    Auth, AuthLayer, Direct, deny_when_impersonated, read_only_when_impersonated, sensitive,
};
use actas::{ConfigError, Separator, StaticKeys, Verifier, VerifierBuilder, WithKeys};
use actas_example_support::{Issuer, address, announce};
use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::web::{Bytes, Json};
use actix_web::{App, HttpResponse, HttpServer};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::time::interval;

#[cfg(test)]
mod tests;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = Issuer::new()?;
    let verifier = verifier(&issuer)?.build()?;

    let listener = TcpListener::bind(address()?)?;
    announce(&issuer.tokens(), listener.local_addr()?)?;
    // It stops on ctrl-c by itself.
    serve(listener, verifier)?.await?;
    Ok(())
}

/// For Clerk it is `Verifier::clerk(&publishable_key)?`, with `StaticKeys::from_pem(&jwt_key)?`.
fn verifier(issuer: &Issuer) -> Result<VerifierBuilder<WithKeys>, ConfigError> {
    Ok(Verifier::builder(Issuer::NAME)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&issuer.jwks())?)
        .with_authorized_parties([Issuer::FRONT_END]))
}

/// The verifier is built once and shared by the workers.
fn serve(listener: TcpListener, verifier: Verifier) -> std::io::Result<Server> {
    Ok(HttpServer::new(move || app(verifier.clone()))
        .listen(listener)?
        .run())
}

fn app(
    verifier: Verifier,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let cors = Cors::default()
        .allowed_origin(Issuer::FRONT_END)
        .allowed_methods(["GET", "POST", "DELETE"])
        .allowed_header(header::AUTHORIZATION);

    // What is wrapped last is outermost: a preflight carries no credential, and a refusal needs the CORS headers too.
    App::new()
        .configure(|config| routes().configure(config))
        .wrap(AuthLayer::new(verifier))
        .wrap(cors)
}

fn routes() -> Routes {
    // Whoever acts as a user may look at the orders, and place none in the user's name.
    let shop = Routes::new()
        .route("/orders", get(orders))
        .route("/orders", post(place_order))
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

async fn events(auth: Auth) -> HttpResponse {
    let ticks = stream::unfold(
        interval(Duration::from_secs(1)),
        |mut interval| async move {
            interval.tick().await;
            let tick = Bytes::from_static(b"data: tick\n\n");
            Some((Ok::<_, Infallible>(tick), interval))
        },
    );
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .streaming(Box::pin(ticks.take_until(over(auth))))
}

/// What outlives its request ends with the session, or with the server.
async fn over(auth: Auth) {
    tokio::select! {
        () = auth.ended() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
