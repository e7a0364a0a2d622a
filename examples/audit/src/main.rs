//! An axum application that records what is done in a user's name, and lists it for its auditors.
//!
//! ```sh
//! cargo run -p actas-example-audit     # prints four tokens: direct, impersonated, agent, auditor
//! IMPERSONATED=eyJ… AUDITOR=eyJ…       # two of them, in another shell
//!
//! curl -H "Authorization: Bearer $IMPERSONATED" -X POST http://127.0.0.1:3000/orders
//! curl -H "Authorization: Bearer $AUDITOR" http://127.0.0.1:3000/admin/sessions
//! curl -H "Authorization: Bearer $AUDITOR" http://127.0.0.1:3000/admin/sessions/imp_…/events
//! ```
//!
//! The second shows the session in which the order was placed, the third what was done in it, by the `id` that the second shows.
//! The user who is acted for asks at `/admin/me/impersonations`, with the direct token.
//!
//! Whether the record holds is told by the command `actas`. Stopped by Ctrl-C, the example leaves all of it in one file, of
//! which a copy is tampered with here:
//!
//! ```sh
//! openssl pkey -in audit.key -pubout -out audit.pub.pem
//! cargo run -p actas-cli -- audit verify audit.db --public-key audit.pub.pem        # holds
//!
//! cp audit.db tampered.db
//! sqlite3 tampered.db "DROP TRIGGER events_are_not_changed; UPDATE events SET body = replace(body, 'POST', 'HEAD')"
//! cargo run -p actas-cli -- audit verify tampered.db --public-key audit.pub.pem     # does not hold, and where
//! ```
//!
//! The record lies in the file that `AUDIT_DB` names, `audit.db` by default, and the key that signs it beside it.

use std::env;
use std::error::Error;

use actas::axum::{Auth, AuthLayer, deny_when_impersonated};
use actas::{ConfigError, Direct, Separator, StaticKeys, Verifier};
use actas_admin::{AuditPolicy, AuditScope, SessionList};
use actas_audit::AuditLog;
use actas_example_support::{Issuer, address, announce};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

#[cfg(test)]
mod tests;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = env::var_os("AUDIT_DB").unwrap_or_else(|| "audit.db".into());
    let log = AuditLog::sqlite(path).open().await?;
    let issuer = Issuer::new()?;
    let app = app(verifier(&issuer, &log)?, &log);

    let listener = TcpListener::bind(address()?).await?;
    println!("auditor {}", issuer.auditor());
    announce(&issuer.tokens(), listener.local_addr()?)?;
    axum::serve(listener, app)
        .with_graceful_shutdown(interrupted())
        .await?;
    log.close().await;
    Ok(())
}

/// With a record, no impersonated request runs that is not written down.
fn verifier(issuer: &Issuer, log: &AuditLog) -> Result<Verifier, ConfigError> {
    Verifier::builder(Issuer::NAME)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&issuer.jwks())?)
        .with_authorized_parties([Issuer::FRONT_END])
        .with_audit(log.clone())
        .build()
}

fn app(verifier: Verifier, log: &AuditLog) -> Router {
    Router::new()
        .route("/me", get(me))
        .route("/orders", post(place_order))
        .route(
            "/password",
            post(change_password).layer(deny_when_impersonated()),
        )
        .nest(
            "/admin",
            SessionList::new(log.clone(), Auditors).into_router(),
        )
        .layer(AuthLayer::new(verifier))
}

/// Whoever has the role reads everything.
struct Auditors;

impl AuditPolicy for Auditors {
    async fn scope(&self, who: &Direct) -> AuditScope {
        if who.has_role("auditor") {
            AuditScope::All
        } else {
            AuditScope::None
        }
    }
}

async fn me(auth: Auth) -> Json<Value> {
    Json(json!({ "user_id": auth.user_id, "actor": auth.actor }))
}

async fn place_order(auth: Auth) -> Json<Value> {
    // Stands in the record of the request, where somebody acts for the user.
    auth.note("order", 7);
    Json(json!({ "user_id": auth.user_id, "order": 7 }))
}

async fn change_password(auth: Auth) -> Json<Value> {
    Json(json!({ "user_id": auth.user_id, "changed": "password" }))
}

async fn interrupted() {
    _ = tokio::signal::ctrl_c().await;
}
