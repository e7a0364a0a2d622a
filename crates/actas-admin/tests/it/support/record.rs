use std::net::SocketAddr;
use std::sync::Arc;

use actas_admin::{AuditPolicy, AuditScope, SessionList};
use actas_audit::{AuditLog, AuditLogBuilder};
use actas_core::Direct;
use serde_json::json;
use tempfile::TempDir;

use super::client::{Answer, get};
use super::issuer::{Hands, Issuer};
use super::server::{Around, Mount};
use crate::postgres::{self, Cluster};

const ISSUER: &str = "https://issuer.example";

/// A record with four sessions, in the order in which they began:
///
/// | | user | actor | organisation | is |
/// |---|---|---|---|---|
/// | `a` | `user_1` | `admin_1` | `org_1` | expired |
/// | `b` | `user_2` | `admin_1` | `org_2` | active |
/// | `c` | `user_1` | `admin_2` of the dashboard | `org_1` | ended |
/// | `d` | `user_3` | `admin_2` | | revoked |
pub(crate) struct Record {
    pub(crate) log: AuditLog,
    pub(crate) issuer: Issuer,
    pub(crate) clock: Hands,
    pub(crate) ids: [String; 4],
    _folder: TempDir,
    _cluster: Option<Arc<Cluster>>,
}

/// `auditor` reads all, `auditor_1` what happened in `org_1`, and nobody else anything.
struct ByName;

impl AuditPolicy for ByName {
    async fn scope(&self, who: &Direct) -> AuditScope {
        // As one that looks it up elsewhere.
        tokio::task::yield_now().await;
        match &*who.user_id {
            "auditor" => AuditScope::All,
            "auditor_1" => AuditScope::Organization {
                issuer: ISSUER.to_owned(),
                id: "org_1".to_owned(),
            },
            _ => AuditScope::None,
        }
    }
}

impl Record {
    /// In SQLite.
    pub(crate) async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let log = AuditLog::sqlite(folder.path().join("audit.db"));
        Self::filled(log, folder, None).await
    }

    /// In PostgreSQL, or `None` where that is not installed.
    pub(crate) async fn postgres() -> Option<Self> {
        let cluster = postgres::shared().await?;
        let folder = TempDir::new().unwrap();
        let log = AuditLog::postgres(&cluster.database().await)
            .with_key_file(folder.path().join("audit.key"));
        Some(Self::filled(log, folder, Some(cluster)).await)
    }

    async fn filled(log: AuditLogBuilder, folder: TempDir, cluster: Option<Arc<Cluster>>) -> Self {
        let clock = Hands::new();
        let issuer = Issuer::new(ISSUER, &clock);
        let log = log.with_clock(clock.clone()).open().await.unwrap();
        let soon = super::issuer::START + 60;
        let mut ids = Vec::new();
        for claims in [
            json!({
                "sub": "user_1", "sid": "a", "exp": soon, "o": { "id": "org_1", "rol": "admin" }, "v": 2, "azp": "app",
                "act": { "sub": "admin_1", "reason": "invoice 7 is wrong", "ticket": "T-7" },
            }),
            json!({
                "sub": "user_2", "sid": "b", "o": { "id": "org_2", "rol": "admin" }, "v": 2,
                "act": { "sub": "admin_1" },
            }),
            json!({
                "sub": "user_1", "sid": "c", "o": { "id": "org_1", "rol": "admin" }, "v": 2,
                "act": { "sub": "admin_2", "iss": "https://dashboard.example" },
            }),
            json!({ "sub": "user_3", "sid": "d", "act": { "sub": "admin_2" } }),
        ] {
            ids.push(issuer.request(&log, "POST", &claims).await);
            clock.forward(10);
        }
        log.end(ISSUER, "sid:c", "stopped").await.unwrap();
        log.end(ISSUER, "sid:d", "revoked").await.unwrap();
        clock.forward(60);
        Self {
            log,
            issuer,
            clock,
            ids: ids.try_into().unwrap(),
            _folder: folder,
            _cluster: cluster,
        }
    }

    /// Serves the list under `/admin`, behind a layer that demands a session.
    pub(crate) fn serve(&self, mount: Mount) -> SocketAddr {
        self.serve_in(mount, Around::Required(self.issuer.verifier()))
    }

    pub(crate) fn serve_in(&self, mount: Mount, around: Around) -> SocketAddr {
        let list = SessionList::new(self.log.clone(), ByName);
        mount.serve(list.into_router(), around)
    }

    /// Asks as `user`, who is there in person.
    pub(crate) async fn ask(&self, server: SocketAddr, user: &str, path: &str) -> Answer {
        let token = self.issuer.direct(user);
        get(server, &format!("/admin{path}"), Some(&token)).await
    }
}
