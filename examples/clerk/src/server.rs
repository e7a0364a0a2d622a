use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::stand_in::StandIn;
use crate::tls::Certificate;

/// Serves the key set at `/.well-known/jwks.json`; says at `/fetches` how often it did; on a POST to `/rotate`, replaces the
/// key and answers with new tokens. Never ends.
pub async fn serve(listener: TcpListener, stand_in: Arc<StandIn>, certificate: Certificate) {
    let service = Router::new()
        .route("/.well-known/jwks.json", get(jwks))
        .route("/fetches", get(fetches))
        .route("/rotate", post(rotate))
        .with_state(stand_in);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Too many open files, for one: it passes.
            tokio::time::sleep(Duration::from_secs(1)).await;
            continue;
        };
        let acceptor = certificate.acceptor.clone();
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            // What a client does that hangs up is its own affair.
            if let Ok(stream) = acceptor.accept(stream).await {
                _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            }
        });
    }
}

async fn jwks(State(stand_in): State<Arc<StandIn>>) -> Json<Value> {
    Json(stand_in.fetch())
}

async fn fetches(State(stand_in): State<Arc<StandIn>>) -> String {
    format!("{}\n", stand_in.fetches())
}

async fn rotate(State(stand_in): State<Arc<StandIn>>) -> Result<String, StatusCode> {
    let tokens = stand_in.rotate().and_then(|()| stand_in.tokens());
    tokens
        .map(|tokens| tokens.to_string())
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
