use std::time::Duration;

use actas_audit::{AuditLog, AuditScope, SessionQuery};
use actas_issuer::Issuer;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

use super::sessions::SessionKeys;

const INTERVAL: Duration = Duration::from_secs(1);
/// How long the database or the issuer of the sessions may take.
const LIMIT: Duration = Duration::from_secs(2);

/// What stands against serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    Database,
    SessionKeys,
    IssuerKeys,
    Ending,
}

impl Obstacle {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::SessionKeys => "session_keys",
            Self::IssuerKeys => "issuer_keys",
            Self::Ending => "ending",
        }
    }
}

/// What is looked at.
pub(super) struct Looked {
    pub(super) log: AuditLog,
    pub(super) issuer: Issuer,
    pub(super) keys: SessionKeys,
}

impl Looked {
    /// Looks each second, so that whoever asks causes no work, and says what it found.
    pub(super) async fn watch(self, told: watch::Sender<Option<Obstacle>>) {
        loop {
            let found = self.look().await;
            let before = told.send_replace(found);
            if before != found {
                match found {
                    None => tracing::info!("ready"),
                    Some(obstacle) => tracing::warn!(obstacle = obstacle.name(), "not ready"),
                }
            }
            sleep(INTERVAL).await;
        }
    }

    pub(super) async fn look(&self) -> Option<Obstacle> {
        let query = SessionQuery::new(AuditScope::All).with_limit(1);
        let read = timeout(LIMIT, self.log.sessions(&query)).await;
        if !read.is_ok_and(|page| page.is_ok()) {
            return Some(Obstacle::Database);
        }
        if self.issuer.key_set().is_err() {
            return Some(Obstacle::IssuerKeys);
        }
        let keys = timeout(LIMIT, self.keys.are_there()).await;
        (keys != Ok(true)).then_some(Obstacle::SessionKeys)
    }
}
