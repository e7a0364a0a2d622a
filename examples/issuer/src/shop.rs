use std::error::Error;
use std::path::Path;
use std::time::Duration;

use actas::tower::AuthLayer;
use actas::{Auth, Ending, RequestHead, Verifier};
use actas_admin::{Impersonation, SessionList};
use actas_audit::AuditLog;
use actas_issuer::{
    Impersonations, Issuer, KeyError, KeyFile, MintError, RolePolicy, SessionClaims,
    SigningAlgorithm,
};
use aws_lc_rs::rand;
use axum::Router;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::people::{Directory, role};

/// The cookie of the users' own sessions. In production it is `__Host-session`, and `Secure`.
const SESSION_COOKIE: &str = "session";
const SESSION_LIFETIME: Duration = Duration::from_hours(8);

/// What the application is made of, whatever framework serves it.
#[derive(Clone)]
pub(crate) struct Shop {
    pub(crate) verifier: Verifier,
    issuer: Issuer,
    impersonations: Impersonations,
    log: AuditLog,
    directory: Directory,
}

impl Shop {
    /// The shop at `url`, with its databases and keys in `folder`.
    pub(crate) async fn open(folder: &Path, url: &str) -> Result<Self, Box<dyn Error>> {
        let directory = Directory { issuer: url.into() };
        let keys = KeyFile::open_or_create(folder.join("issuer.keys"), SigningAlgorithm::EdDsa)?;
        let issuer = Issuer::new(url, keys)?;
        let log = AuditLog::sqlite(folder.join("audit.db")).open().await?;
        let impersonations = Impersonations::sqlite(folder.join("starts.db"))
            // Without TLS, and so here alone.
            .insecure_cookies_on_loopback()
            .open(
                issuer.clone(),
                log.clone(),
                RolePolicy::new(directory.clone(), ["support"]),
            )
            .await?;
        let verifier = impersonations
            .verifier_builder()
            .with_cookie_names([SESSION_COOKIE])
            .build()?;
        Ok(Self {
            verifier,
            issuer,
            impersonations,
            log,
            directory,
        })
    }

    /// What the support team has: start and stop, and the list of what was done. It is mounted outside of the application's own
    /// `AuthLayer`, because what has ended can be stopped.
    pub(crate) fn support(&self) -> Router {
        let list = SessionList::new(self.log.clone(), self.directory.clone()).into_router();
        Impersonation::new(self.impersonations.clone(), self.verifier.clone())
            .into_router()
            .merge(list.layer(AuthLayer::new(self.verifier.clone())))
    }

    /// **A stand-in for a real login**: it asks for no password. Gives the cookie of a new session, or nothing where there is no
    /// such user.
    pub(crate) fn sign_in(&self, user_id: &str) -> Result<Option<String>, MintError> {
        if role(user_id).is_none() {
            return Ok(None);
        }
        let mut random = [0; 16];
        rand::fill(&mut random).map_err(|_| MintError::Key(KeyError::NoRandomness))?;
        let session_id = format!("sess_{:032x}", u128::from_be_bytes(random));
        let claims = SessionClaims::new(user_id, session_id).with_lifetime(SESSION_LIFETIME);
        let token = self.issuer.mint(&claims)?;
        Ok(Some(session_cookie(&token, SESSION_LIFETIME.as_secs())))
    }

    /// Stops what runs in this browser, and gives what deletes its cookies: those of the session and of the impersonation.
    pub(crate) async fn sign_out(
        &self,
        request: &(impl RequestHead + Sync),
    ) -> Result<[String; 2], actas::Error> {
        if let Ending::Session(session) = self.verifier.session_to_end(request).await? {
            self.impersonations.stop(&session).await;
        }
        let impersonation = self.impersonations.cookies().clear();
        Ok([session_cookie("", 0), impersonation.to_string()])
    }

    pub(crate) async fn close(&self) {
        self.impersonations.close().await;
        self.log.close().await;
    }
}

fn session_cookie(token: &str, seconds: u64) -> String {
    format!("{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}")
}

/// The form of the login.
#[derive(Deserialize)]
pub(crate) struct SignIn {
    pub(crate) user_id: String,
}

/// Whose account it is, and who acts in it.
pub(crate) fn account(auth: &Auth) -> Value {
    let actor = auth.actor.as_ref().map(|actor| &actor.subject);
    json!({ "user_id": auth.user_id, "actor": actor })
}
