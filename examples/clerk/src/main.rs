//! An axum application whose users sign in at Clerk: it sees who acts as whom, and denies what must not be done in a user's
//! name. Nothing is configured but the publishable key: it says who the issuer is and where its keys are, and they are
//! fetched over HTTPS when the first request needs them.
//!
//! ```sh
//! export CLERK_PUBLISHABLE_KEY=pk_test_…     # dashboard.clerk.com, API keys
//! export FRONT_END=https://app.example.com   # the origin of your front end; by default, http://localhost:5173
//! cargo run -p actas-example-clerk
//!
//! # In another shell. TOKEN: what `await Clerk.session.getToken()` gives in the front end's console; it lives a minute.
//! curl -i -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/me
//! curl -i -H "Authorization: Bearer $TOKEN" -X POST http://127.0.0.1:3000/password
//! ```
//!
//! To see it work without Clerk, run the stand-in of Clerk's frontend API. It prints the key to start this program with, and
//! curl lines with tokens: direct, impersonated, expired, forged.
//!
//! ```sh
//! cargo run -p actas-example-clerk --bin stand-in
//! ```

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use actas::axum::{Auth, AuthLayer, deny_when_impersonated};
use actas::{RemoteKeys, Verifier};
use actas_example_support::address;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[cfg(test)]
mod tests;

/// Where Vite serves a front end in development.
const FRONT_END: &str = "http://localhost:5173";

const NEEDED: &str = "\
Set it to the publishable key of your application (https://dashboard.clerk.com, API keys; it begins with pk_test_ or
pk_live_). Or run a local stand-in of Clerk, which prints one: cargo run -p actas-example-clerk --bin stand-in";

#[tokio::main]
async fn main() -> ExitCode {
    // Says why keys cannot be had.
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let publishable_key = env::var_os("CLERK_PUBLISHABLE_KEY");
    let front_end = env::var("FRONT_END").unwrap_or_else(|_| FRONT_END.to_owned());
    let keys = keys(env::var_os("CLERK_STAND_IN_CA").as_ref().map(Path::new))?;
    let verifier = verifier(publishable_key.as_deref(), &front_end, keys)?;

    let listener = TcpListener::bind(address()?).await?;
    let server = listener.local_addr()?;
    writeln!(
        io::stdout(),
        "Ask with a session token of a user who signed in at {front_end}:\n\
         curl -i -H \"Authorization: Bearer $TOKEN\" http://{server}/me\n\
         curl -i -H \"Authorization: Bearer $TOKEN\" -X POST http://{server}/password\n\
         listening on http://{server}"
    )?;
    axum::serve(listener, app(verifier))
        .with_graceful_shutdown(async { _ = tokio::signal::ctrl_c().await })
        .await?;
    Ok(())
}

/// Clerk's certificates the system trusts. That of a stand-in it does not: `stand_in` is the file that holds it.
fn keys(stand_in: Option<&Path>) -> Result<RemoteKeys, String> {
    let Some(path) = stand_in else {
        return Ok(RemoteKeys::new());
    };
    let certificate = fs::read_to_string(path).map_err(|error| {
        format!(
            "CLERK_STAND_IN_CA: {} cannot be read: {error}. Unset it unless a stand-in runs, which prints its value.",
            path.display()
        )
    })?;
    Ok(RemoteKeys::new().add_root_certificate_pem(certificate))
}

fn verifier(
    publishable_key: Option<&OsStr>,
    front_end: &str,
    keys: RemoteKeys,
) -> Result<Verifier, Box<dyn Error>> {
    let key = publishable_key
        .ok_or_else(|| format!("CLERK_PUBLISHABLE_KEY is not set.\n{NEEDED}"))?
        .to_str()
        .unwrap_or_default();
    let verifier = Verifier::clerk(key)
        .map_err(|error| format!("CLERK_PUBLISHABLE_KEY: {error}.\n{NEEDED}"))?
        .with_keys(keys)
        .with_authorized_parties([front_end])
        .build()?;
    Ok(verifier)
}

fn app(verifier: Verifier) -> Router {
    Router::new()
        .route("/me", get(me))
        .route(
            "/password",
            post(change_password).layer(deny_when_impersonated()),
        )
        .layer(AuthLayer::new(verifier))
}

async fn me(auth: Auth) -> Json<Value> {
    Json(json!({ "user_id": auth.user_id, "actor": auth.actor }))
}

async fn change_password(auth: Auth) -> Json<Value> {
    Json(json!({ "changed": "password", "user_id": auth.user_id }))
}
