use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actas_admin::{Impersonation, actix};
use actas_audit::{AuditLog, AuditScope, Session};
use actas_core::{SubjectKey, Verifier};
use actas_issuer::exchange::Exchange;
use actas_issuer::{
    ActorClaim, Impersonations, ImpersonationsBuilder, Issuer, RolePolicy, SessionClaims,
    SigningAlgorithm, SigningKey, Unavailable, User, UserId, Users,
};
use actas_tower::axum::Auth;
use actix_web::rt::System;
use actix_web::{App, HttpServer, web};
use axum::{Router, routing};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::client::Answer;
use super::issuer::Hands;
use super::jar::Browser;
use super::server::{Mount, small_buffers};
use crate::postgres::{self, Cluster};

pub(crate) const ISSUER: &str = "https://app.example.com";
pub(crate) const REASON: &str = "the export of invoices fails";

/// An application that is its own identity provider. What is its own needs a session; the routes of impersonation lie beside it,
/// under `/support`.
pub(crate) struct Site {
    pub(crate) log: AuditLog,
    pub(crate) clock: Hands,
    pub(crate) impersonations: Impersonations,
    pub(crate) verifier: Verifier,
    pub(crate) server: SocketAddr,
    issuer: Issuer,
    _folder: TempDir,
    _cluster: Option<Arc<Cluster>>,
}

/// `admin_1` and `admin_2` support the users `user_1` and `user_2`; `lead` approves, and `boss` revokes.
struct Staff;

impl Users for Staff {
    async fn user(&self, id: &UserId) -> Result<Option<User>, Unavailable> {
        Ok(match &**id {
            "admin_1" | "admin_2" => Some(User::new(["support"])),
            "lead" => Some(User::new(["lead"])),
            "boss" => Some(User::new(["boss"])),
            "user_1" | "user_2" => Some(User::new(["member"])),
            "away" => return Err(Unavailable),
            _ => None,
        })
    }

    async fn actor(&self, key: SubjectKey<'_>) -> Result<Option<User>, Unavailable> {
        self.user(&key.user_id.parse().unwrap()).await
    }
}

impl Site {
    /// In SQLite.
    pub(crate) async fn new(mount: Mount) -> Self {
        Self::with(mount, |builder| builder).await
    }

    /// Each framework over each engine; PostgreSQL where it is installed.
    pub(crate) async fn each() -> Vec<(Mount, Self)> {
        let mut sites = Vec::new();
        for mount in Mount::ALL {
            sites.push((mount, Self::new(mount).await));
            if let Some(cluster) = postgres::shared().await {
                let site = Self::set_up(
                    mount,
                    ISSUER,
                    Some(cluster),
                    |builder| builder,
                    |routes, _, _| routes,
                );
                sites.push((mount, site.await));
            }
        }
        sites
    }

    /// One whose routes are given another verifier than its own.
    pub(crate) async fn verified_by(
        mount: Mount,
        verifier: impl FnOnce(&Issuer, &AuditLog) -> Verifier,
    ) -> Self {
        Self::set_up(
            mount,
            ISSUER,
            None,
            |builder| builder,
            |_, impersonations, _| {
                let verifier = verifier(impersonations.issuer(), impersonations.log());
                Impersonation::new(impersonations.clone(), verifier)
            },
        )
        .await
    }

    pub(crate) async fn with(
        mount: Mount,
        set: impl FnOnce(ImpersonationsBuilder) -> ImpersonationsBuilder,
    ) -> Self {
        Self::of(mount, ISSUER, set, |routes| routes).await
    }

    /// The issuer, the settings, and what else the routes have.
    pub(crate) async fn of(
        mount: Mount,
        issuer: &str,
        set: impl FnOnce(ImpersonationsBuilder) -> ImpersonationsBuilder,
        more: impl FnOnce(Impersonation) -> Impersonation,
    ) -> Self {
        Self::set_up(mount, issuer, None, set, |routes, _, _| more(routes)).await
    }

    /// One that exchanges tokens.
    pub(crate) async fn exchanging(
        mount: Mount,
        exchange: impl FnOnce(Impersonations, Verifier) -> Exchange,
    ) -> Self {
        Self::set_up(
            mount,
            ISSUER,
            None,
            |builder| builder,
            |routes, impersonations, verifier| {
                routes.with_exchange(exchange(impersonations, verifier))
            },
        )
        .await
    }

    async fn set_up(
        mount: Mount,
        issuer: &str,
        cluster: Option<Arc<Cluster>>,
        set: impl FnOnce(ImpersonationsBuilder) -> ImpersonationsBuilder,
        more: impl FnOnce(Impersonation, Impersonations, Verifier) -> Impersonation,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Hands::new();
        let (log, starts) = match &cluster {
            None => (
                AuditLog::sqlite(folder.path().join("audit.db")),
                Impersonations::sqlite(folder.path().join("starts.db")),
            ),
            Some(cluster) => {
                let url = cluster.database().await;
                let key = folder.path().join("audit.key");
                let log = AuditLog::postgres(&url).with_key_file(key);
                (log, Impersonations::postgres(url))
            }
        };
        let log = log
            .with_deadline(Duration::from_secs(1))
            .with_clock(clock.clone());
        let log = log.open().await.unwrap();
        let key = SigningKey::generate(SigningAlgorithm::EdDsa).unwrap();
        let issuer = Issuer::new(issuer, key).unwrap();
        let issuer = issuer.with_clock(clock.clone()).unwrap();
        let policy = RolePolicy::new(Staff, ["support"])
            .with_approver_roles(["lead"])
            .with_revoker_roles(["boss"]);
        let builder = starts.with_recheck_interval(Duration::from_hours(24));
        let impersonations = set(builder).open(issuer.clone(), log.clone(), policy);
        let impersonations = impersonations.await.unwrap();
        let verifier = impersonations
            .verifier_builder()
            .with_cookie_names(["__session"])
            .build()
            .unwrap();
        let routes = Impersonation::new(impersonations.clone(), verifier.clone());
        let routes = more(routes, impersonations.clone(), verifier.clone());
        let server = serve(mount, routes.into_router(), verifier.clone());
        Self {
            log,
            clock,
            impersonations,
            verifier,
            server,
            issuer,
            _folder: folder,
            _cluster: cluster,
        }
    }

    /// A browser of somebody who is signed in.
    pub(crate) fn browser(&self, user_id: &str) -> Browser {
        Browser::new(self.server, self.token(user_id))
    }

    pub(crate) fn token(&self, user_id: &str) -> String {
        let claims = SessionClaims::new(user_id, format!("sess_{user_id}"));
        let claims = claims.with_lifetime(Duration::from_hours(2));
        self.issuer.mint(&claims).unwrap().into_string()
    }

    /// A token of a session in which somebody acts, whoever has started it.
    pub(crate) fn acting(&self, user_id: &str, session_id: &str, actor: &str) -> String {
        let claims = SessionClaims::new(user_id, session_id).with_actor(ActorClaim::new(actor));
        self.issuer.mint(&claims).unwrap().into_string()
    }

    pub(crate) async fn recorded(&self, id: &str) -> Option<Session> {
        let id = id.parse().unwrap();
        self.log.session(&AuditScope::All, id).await.unwrap()
    }
}

pub(crate) fn wanted(user_id: &str) -> Value {
    json!({ "user_id": user_id, "reason": REASON })
}

/// Starts to act as a user. The ticket is in the answer.
pub(crate) async fn start(browser: &mut Browser, user_id: &str) -> Value {
    let answer = browser
        .post("/support/impersonations", &wanted(user_id))
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

pub(crate) async fn redeem(browser: &mut Browser, start: &Value) -> Answer {
    let ticket = json!({ "ticket": start["ticket"] });
    browser
        .post("/support/impersonations/redeem", &ticket)
        .await
}

/// Acts as a user from now on: the id of the session.
pub(crate) async fn act(browser: &mut Browser, user_id: &str) -> String {
    let start = start(browser, user_id).await;
    let answer = redeem(browser, &start).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    start["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn stop(browser: &mut Browser) -> Answer {
    let path = "/support/impersonations/current/stop";
    browser.post(path, &json!({})).await
}

/// Who the application takes the browser for: the user, and who acts.
pub(crate) async fn whoami(browser: &mut Browser) -> Value {
    browser.get("/whoami").await.json()
}

async fn me(auth: Auth) -> String {
    said(&auth)
}

async fn me_of_actix(auth: actas_actix::Auth) -> String {
    said(&auth)
}

fn said(auth: &actas_core::Auth) -> String {
    let actor = auth.actor.as_ref().map(|actor| actor.subject.to_string());
    json!({ "user_id": auth.user_id, "actor": actor }).to_string()
}

fn serve(mount: Mount, router: Router, verifier: Verifier) -> SocketAddr {
    let listener = small_buffers();
    let address = listener.local_addr().unwrap();
    match mount {
        Mount::Axum => {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let whoami = routing::get(me).post(me);
            let whoami = whoami.layer(actas_tower::AuthLayer::new(verifier));
            let app = Router::new()
                .route("/whoami", whoami)
                .nest("/support", router);
            tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        }
        Mount::Actix => {
            std::thread::spawn(move || {
                let server = HttpServer::new(move || {
                    let own = web::resource("/whoami")
                        .route(web::get().to(me_of_actix))
                        .route(web::post().to(me_of_actix))
                        .wrap(actas_actix::AuthLayer::new(verifier.clone()));
                    App::new()
                        .service(own)
                        .service(actix::nest("/support", router.clone()))
                });
                let server = server.workers(1).disable_signals().listen(listener);
                System::new().block_on(server.unwrap().run()).unwrap();
            });
        }
    }
    address
}
