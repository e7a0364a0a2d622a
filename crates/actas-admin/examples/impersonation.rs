//! An application with users of its own, whose support team can act as them: started, approved and stopped over HTTP, and listed.
//!
//! ```sh
//! cargo run -p actas-admin --example impersonation --features impersonation     # prints a token of each of its users
//! ADMIN=eyJ… # that of `admin`, in another shell
//!
//! curl -c jar -H "Authorization: Bearer $ADMIN" http://127.0.0.1:3000/impersonations \
//!     -d user_id=user_1 --data-urlencode 'reason=the export of invoices fails'
//! curl -b jar -c jar -H "Authorization: Bearer $ADMIN" http://127.0.0.1:3000/impersonations/redeem -d ticket=…
//! curl -b jar http://127.0.0.1:3000/me                                          # the user, and the admin as who acts
//! curl -b jar -c jar -X POST http://127.0.0.1:3000/impersonations/current/stop
//! curl -H "Authorization: Bearer $ADMIN" http://127.0.0.1:3000/admin/sessions   # what was done
//! ```
//!
//! The databases lie in the folder that `DATA` names, which must exist. By default it is the one that it was started in.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use actas_admin::{AuditPolicy, AuditScope, Impersonation, SessionList};
use actas_audit::AuditLog;
use actas_core::{Direct, SubjectKey};
use actas_issuer::{
    Impersonations, Issuer, RolePolicy, SessionClaims, SigningAlgorithm, SigningKey, Unavailable,
    User, UserId, Users,
};
use actas_tower::AuthLayer;
use actas_tower::axum::Auth;
use axum::{Router, routing};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let address = listener.local_addr()?;
    let folder = PathBuf::from(env::var_os("DATA").unwrap_or_default());

    let key = SigningKey::generate(SigningAlgorithm::EdDsa)?;
    let issuer = Issuer::new(format!("http://{address}"), key)?;
    let log = AuditLog::sqlite(folder.join("audit.db")).open().await?;
    let policy = RolePolicy::new(Directory, ["support"])
        .with_approver_roles(["support"])
        .with_revoker_roles(["support"]);
    let impersonations = Impersonations::sqlite(folder.join("starts.db"))
        .with_starts_per_hour(10_000)
        .with_concurrent_sessions(10_000)
        .insecure_cookies_on_loopback()
        .open(issuer.clone(), log.clone(), policy)
        .await?;
    let verifier = impersonations.verifier_builder().build()?;

    let list = SessionList::new(log, Support).into_router();
    let app = Router::new()
        .route("/me", routing::get(me))
        .nest("/admin", list)
        .layer(AuthLayer::new(verifier.clone()))
        // Outside of the application's layer: what has ended can be stopped.
        .merge(Impersonation::new(impersonations, verifier).into_router());

    for user in ["admin", "user_1"] {
        let claims = SessionClaims::new(user, format!("sess_{user}"));
        let token = issuer.mint(&claims.with_lifetime(Duration::from_hours(8)))?;
        println!("{user} {}", &*token);
    }
    println!("listening on http://{address}");
    axum::serve(listener, app).await?;
    Ok(())
}

async fn me(auth: Auth) -> String {
    match &auth.actor {
        Some(actor) => format!("{}, as whom {} acts\n", auth.user_id, actor.subject),
        None => format!("{}\n", auth.user_id),
    }
}

/// Two people.
struct Directory;

impl Users for Directory {
    async fn user(&self, id: &UserId) -> Result<Option<User>, Unavailable> {
        Ok(match &**id {
            "admin" => Some(User::new(["support"])),
            "user_1" => Some(User::new(["member"])),
            _ => None,
        })
    }

    async fn actor(&self, key: SubjectKey<'_>) -> Result<Option<User>, Unavailable> {
        match key.user_id.parse() {
            Ok(id) => self.user(&id).await,
            Err(_) => Ok(None),
        }
    }
}

/// Whoever supports may read what the team has done.
struct Support;

impl AuditPolicy for Support {
    async fn scope(&self, who: &Direct) -> AuditScope {
        if who.user_id == "admin" {
            AuditScope::All
        } else {
            AuditScope::None
        }
    }
}
