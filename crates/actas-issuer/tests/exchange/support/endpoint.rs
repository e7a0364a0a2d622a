use std::sync::{Arc, Mutex};

use actas_core::{
    AuditOutcome, AuditPermit, AuditSink, AuditedRequest, NotRecorded, RefusedToken, ReserveFuture,
    Verifier,
};
use actas_issuer::exchange::{
    ClientSecret, Exchange, ExchangeClient, ExchangeRefusal, ExchangeStart, ExchangeStarted,
    ExchangeStarts,
};
use actas_issuer::{EphemeralIssuer, Issuer};

use super::ask::{ACCESS_TOKEN, Answer, Ask, GRANT};

/// A token endpoint of one audience, whose tokens are taken as subjects again.
pub(crate) struct Endpoint {
    pub(crate) issuer: EphemeralIssuer,
    pub(crate) verifier: Verifier,
    pub(crate) record: Record,
    /// Of the client `export`.
    pub(crate) secret: String,
    /// Of the client `desk`, which may name users, and has a reason.
    pub(crate) desk_secret: String,
    exchange: Exchange<Starts>,
}

impl Endpoint {
    pub(crate) fn new() -> Self {
        Self::with_audiences(&[])
    }

    pub(crate) fn with_audiences(audiences: &[&str]) -> Self {
        let issuer = Issuer::ephemeral().unwrap();
        let record = Record::default();
        let verifier = issuer.verifier_builder().with_audit(record.clone());
        let verifier = verifier.build().unwrap();
        let [secret, desk_secret] = [(); 2].map(|()| ClientSecret::generate().unwrap());
        let export = ExchangeClient::new("export", secret.hash());
        let desk = ExchangeClient::new("desk", desk_secret.hash())
            .allowed_to_name_users()
            .with_reason("asked for at the help desk");
        let starts = Starts;
        let exchange = Exchange::builder(issuer.issuer().clone(), starts, verifier.clone())
            .add_client(export)
            .add_client(desk)
            .with_audiences(audiences.iter().copied())
            .build();
        Self {
            exchange: exchange.unwrap(),
            issuer,
            verifier,
            record,
            secret: secret.as_str().to_owned(),
            desk_secret: desk_secret.as_str().to_owned(),
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
}

/// Starts whatever is asked for, for half an hour, but for some users.
#[derive(Debug)]
struct Starts;

impl ExchangeStarts for Starts {
    async fn start(&self, wanted: ExchangeStart<'_>) -> Result<ExchangeStarted, ExchangeRefusal> {
        match wanted.user_id {
            "missing" => return Err(ExchangeRefusal::Refused),
            "down" => return Err(ExchangeRefusal::Unavailable),
            "busy" => {
                return Err(ExchangeRefusal::Limit {
                    retry_after: Some(90),
                });
            }
            _ => {}
        }
        Ok(ExchangeStarted {
            session_id: "imp_1".to_owned(),
            act: wanted.act.with_claim("reason", wanted.reason),
            ends_at: i64::MAX,
        })
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
