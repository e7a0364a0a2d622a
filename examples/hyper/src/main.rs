//! A service on bare hyper that sees who acts as whom, and denies what must not be done in a user's name.
//!
//! ```sh
//! cargo run -p actas-example-hyper     # prints three tokens: direct, impersonated, agent
//! TOKEN=eyJ…                           # one of them, in another shell
//!
//! curl -i -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/me
//! curl -i -H "Authorization: Bearer $TOKEN" -X POST http://127.0.0.1:3000/password
//! ```
//!
//! `/password` answers 403 to the impersonated token and to the agent's.

use std::convert::Infallible;
use std::error::Error;
use std::pin::pin;
use std::time::Duration;

use actas::tower::{AuthLayer, GuardLayer, deny_when_impersonated};
use actas::{Auth, ConfigError, Separator, StaticKeys, Verifier, VerifierBuilder, WithKeys};
use actas_example_support::{Issuer, address, announce};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};

#[cfg(test)]
mod tests;

type Answer = Response<BoxBody<Bytes, Infallible>>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = Issuer::new()?;
    let verifier = verifier(&issuer)?.build()?;

    let listener = TcpListener::bind(address()?).await?;
    announce(&issuer.tokens(), listener.local_addr()?)?;
    serve(listener, verifier).await;
    Ok(())
}

/// For Clerk it is `Verifier::clerk(&publishable_key)?`, with `StaticKeys::from_pem(&jwt_key)?`.
fn verifier(issuer: &Issuer) -> Result<VerifierBuilder<WithKeys>, ConfigError> {
    Ok(Verifier::builder(Issuer::NAME)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&issuer.jwks())?)
        .with_authorized_parties([Issuer::FRONT_END]))
}

async fn serve(listener: TcpListener, verifier: Verifier) {
    let unless_impersonated = deny_when_impersonated();
    let service = ServiceBuilder::new()
        .layer(AuthLayer::new(verifier))
        .service_fn(move |request| route(request, unless_impersonated.clone()));

    let connections = GracefulShutdown::new();
    let mut interrupted = pin!(tokio::signal::ctrl_c());
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut interrupted => break,
        };
        let Ok((stream, _)) = accepted else {
            // Too many open files, for one: it passes.
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        };
        let service = TowerToHyperService::new(service.clone());
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        tokio::spawn(connections.watch(connection));
    }
    connections.shutdown().await;
}

async fn route(
    request: Request<Incoming>,
    unless_impersonated: GuardLayer,
) -> Result<Answer, Infallible> {
    let Some(auth) = request.extensions().get::<Auth>().cloned() else {
        // The layer lets no request through without.
        return Ok(answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            &json!({ "code": "no_layer" }),
        ));
    };
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/me") => Ok(me(&auth)),
        (&Method::POST, "/password") => {
            let change = service_fn(|_| async { Ok(change_password(&auth)) });
            let answer = unless_impersonated.layer(change).oneshot(request).await;
            answer.map(|answer| answer.map(BodyExt::boxed))
        }
        _ => Ok(answer(
            StatusCode::NOT_FOUND,
            &json!({ "code": "not_found" }),
        )),
    }
}

fn me(auth: &Auth) -> Answer {
    let me = json!({ "user_id": auth.user_id, "actor": auth.actor });
    answer(StatusCode::OK, &me)
}

fn change_password(auth: &Auth) -> Answer {
    let changed = json!({ "changed": "password", "user_id": auth.user_id });
    answer(StatusCode::OK, &changed)
}

fn answer(status: StatusCode, body: &Value) -> Answer {
    let mut answer = Response::new(Full::from(body.to_string()).boxed());
    *answer.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(header::CONTENT_TYPE, json);
    answer
}
