use std::sync::{Arc, Mutex};

use actas_audit::{AuditLog, AuditScope, Session, SessionQuery};
use actas_core::{
    AuditOutcome, AuditPermit, AuditSink, AuditedRequest, Direct, NotRecorded, RefusedToken,
    ReserveFuture, Verifier,
};
use actas_issuer::exchange::{ClientSecret, Exchange, ExchangeClient};
use actas_issuer::{
    Decision, EphemeralIssuer, Impersonations, ImpersonationsBuilder, Issuer, StartPolicy, UserId,
};
use tempfile::TempDir;

use super::ask::{ACCESS_TOKEN, Answer, Ask, GRANT};
use crate::postgres::{self, Cluster};

/// A token endpoint, whose tokens are taken as subjects again.
pub(crate) struct Endpoint {
    pub(crate) issuer: EphemeralIssuer,
    pub(crate) verifier: Verifier,
    pub(crate) record: Record,
    pub(crate) log: AuditLog,
    /// Of the client `export`.
    pub(crate) secret: String,
    /// Of the client `desk`, which may name users, and has a reason.
    pub(crate) desk_secret: String,
    pub(crate) impersonations: Impersonations,
    exchange: Exchange,
    _place: Place,
}

/// What lasts as long as its databases are needed.
struct Place {
    folder: TempDir,
    /// A cluster, and the databases of the record and of the starts.
    postgres: Option<(Arc<Cluster>, String, String)>,
}

type Set = fn(ImpersonationsBuilder) -> ImpersonationsBuilder;

impl Endpoint {
    pub(crate) async fn new() -> Self {
        Self::with_audiences(&[]).await
    }

    pub(crate) async fn with_audiences(audiences: &[&str]) -> Self {
        Self::at(Place::sqlite(), audiences, |builder| builder, false).await
    }

    /// One on each engine, which records what is done in an impersonated session where its starts are recorded.
    pub(crate) async fn on_both_engines(set: Set) -> Vec<Self> {
        let mut endpoints = vec![Self::at(Place::sqlite(), &[], set, true).await];
        if let Some(place) = Place::postgres().await {
            endpoints.push(Self::at(place, &[], set, true).await);
        }
        endpoints
    }

    async fn at(place: Place, audiences: &[&str], set: Set, logs: bool) -> Self {
        let issuer = Issuer::ephemeral().unwrap();
        let (log, builder) = place.open().await;
        let builder = builder
            .with_starts_per_hour(1_000_000)
            .with_concurrent_sessions(1_000_000);
        let impersonations = set(builder)
            .open(issuer.issuer().clone(), log.clone(), Policy)
            .await
            .unwrap();
        let record = Record::default();
        let verifier = issuer.verifier_builder();
        let verifier = if logs {
            verifier.with_audit(log.clone())
        } else {
            verifier.with_audit(record.clone())
        };
        let verifier = verifier.build().unwrap();
        let [secret, desk_secret] = [(); 2].map(|()| ClientSecret::generate().unwrap());
        let export = ExchangeClient::new("export", secret.hash());
        let desk = ExchangeClient::new("desk", desk_secret.hash())
            .allowed_to_name_users()
            .with_reason("asked for at the help desk");
        let exchange = Exchange::builder(impersonations.clone(), verifier.clone())
            .add_client(export)
            .add_client(desk)
            .with_audiences(audiences.iter().copied())
            .build();
        Self {
            impersonations,
            exchange: exchange.unwrap(),
            issuer,
            verifier,
            record,
            log,
            secret: secret.as_str().to_owned(),
            desk_secret: desk_secret.as_str().to_owned(),
            _place: place,
        }
    }

    /// `admin_1` asks by the client `export` to act as `user_1`.
    pub(crate) fn good(&self) -> Ask {
        let subject = self.issuer.session("user_1").token();
        let actor = self.issuer.session("admin_1").token();
        Ask::new(&[
            ("grant_type", GRANT),
            ("subject_token", &subject),
            ("subject_token_type", ACCESS_TOKEN),
            ("actor_token", &actor),
            ("actor_token_type", ACCESS_TOKEN),
            ("reason", "the export of invoices fails"),
        ])
        .basic("export", &self.secret)
    }

    pub(crate) async fn ask(&self, ask: &Ask) -> Answer {
        self.send(ask, ask.body().as_bytes()).await
    }

    pub(crate) async fn send(&self, ask: &Ask, body: &[u8]) -> Answer {
        self.exchange.exchange(ask, body).await.into()
    }

    /// The sessions that are on record.
    pub(crate) async fn recorded(&self) -> Vec<Session> {
        let all = SessionQuery::new(AuditScope::All).with_limit(500);
        self.log.sessions(&all).await.unwrap().items
    }
}

impl Place {
    fn sqlite() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            postgres: None,
        }
    }

    async fn postgres() -> Option<Self> {
        let cluster = postgres::shared().await?;
        let databases = (cluster.database().await, cluster.database().await);
        Some(Self {
            postgres: Some((cluster, databases.0, databases.1)),
            ..Self::sqlite()
        })
    }

    async fn open(&self) -> (AuditLog, ImpersonationsBuilder) {
        let path = |name| self.folder.path().join(name);
        let (log, builder) = match &self.postgres {
            None => (
                AuditLog::sqlite(path("audit.db")),
                Impersonations::sqlite(path("starts.db")),
            ),
            Some((_, record, starts)) => (
                AuditLog::postgres(record).with_key_file(path("audit.key")),
                Impersonations::postgres(starts),
            ),
        };
        (log.open().await.unwrap(), builder)
    }
}

/// Lets anybody act as anybody, but for some.
struct Policy;

impl StartPolicy for Policy {
    async fn may_start(&self, _: &Direct, target: &UserId, _: &str) -> Decision {
        match &**target {
            "missing" => Decision::Refuse,
            "down" => Decision::Unavailable,
            _ => Decision::Allow,
        }
    }
}

/// A record in memory, in which some sessions have ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(Arc<Mutex<Vec<String>>>);

impl Record {
    /// What was recorded, in the order told.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn write(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

impl AuditSink for Record {
    fn reserve(&self, request: AuditedRequest) -> ReserveFuture {
        let record = self.clone();
        Box::pin(async move {
            match request.session.session_id.as_deref() {
                Some("ended") => return Err(NotRecorded::ended()),
                Some("lost") => return Err(NotRecorded::unavailable(Some(7))),
                _ => {}
            }
            let route = request.route.as_deref().unwrap_or_default();
            record.write(format!("{} {route}", request.method));
            Ok(Box::new(Permit(record)) as Box<dyn AuditPermit>)
        })
    }

    fn refused(&self, _: RefusedToken) {}
}

#[derive(Debug)]
struct Permit(Record);

impl AuditPermit for Permit {
    fn id(&self) -> &'static str {
        "request_1"
    }

    fn finish(self: Box<Self>, outcome: AuditOutcome) {
        self.0.write(format!("{:?}", outcome.status));
    }
}
