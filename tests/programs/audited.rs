//! A server whose impersonated requests are recorded, to be killed: `audited SQLITE-FILE-OR-POSTGRES-URL KEY-FILE EFFECTS-FILE`.
//!
//! `POST /effects` appends the request's id in the record to the file of effects. The address is the only line it prints.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a program of the tests ends where it cannot go on"
)]

use std::env;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::Arc;

use actas::axum::{Auth, AuthLayer};
use actas::{Separator, StaticKeys, Verifier};
use actas_audit::AuditLog;
use actas_tests::{ISSUER, Signer};
use axum::Router;
use axum::extract::State;
use axum::routing::post;
use tokio::net::TcpListener;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [database, key, effects] = arguments.as_slice() else {
        panic!("a database, a key file and a file of effects are needed");
    };
    let record = if database.starts_with("postgres://") {
        AuditLog::postgres(database)
    } else {
        AuditLog::sqlite(database)
    };
    let record = record.with_key_file(key).open().await.unwrap();
    let effects = OpenOptions::new().create(true).append(true).open(effects);

    let keys = StaticKeys::from_jwks(&Signer::rs256("k").jwks()).unwrap();
    let verifier = Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_keys(keys)
        .with_audit(record)
        .build()
        .unwrap();
    let app = Router::new()
        .route("/effects", post(effect))
        .layer(AuthLayer::new(verifier))
        .with_state(Arc::new(effects.unwrap()));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    axum::serve(listener, app).await.unwrap();
}

async fn effect(auth: Auth, State(effects): State<Arc<File>>) {
    let request = auth.audit_context().and_then(|context| context.request);
    // One write: a line is there whole, or it is not.
    let line = format!("{}\n", request.unwrap());
    effects.as_ref().write_all(line.as_bytes()).unwrap();
}
