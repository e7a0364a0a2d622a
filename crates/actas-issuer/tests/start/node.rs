//! A process that starts impersonation, and takes the sessions.

use actas_audit::{AuditLog, AuditScope, Session, SessionQuery};
use actas_core::{
    Auth, Direct, Ending, Error, IMPERSONATION_COOKIE, RequestHead, SessionToEnd, Verifier,
};
use actas_issuer::{
    Binding, Impersonations, Redeemed, SessionId, StartError, StartRequest, Started, Ticket,
};

#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) impersonations: Impersonations,
    pub(crate) log: AuditLog,
    pub(crate) verifier: Verifier,
}

/// A start that has a ticket.
pub(crate) struct Given {
    pub(crate) ticket: Ticket,
    pub(crate) binding: Binding,
    pub(crate) session: SessionId,
    pub(crate) expires_at: i64,
    pub(crate) ends_at: i64,
}

pub(crate) const REASON: &str = "the export of invoices fails";

pub(crate) fn request(user_id: &str) -> StartRequest {
    StartRequest::new(user_id.parse().unwrap(), REASON)
}

pub(crate) fn given(started: Started) -> Given {
    match started {
        Started::Ticket {
            ticket,
            binding,
            session,
            expires_at,
            ends_at,
            ..
        } => Given {
            ticket,
            binding,
            session,
            expires_at,
            ends_at,
        },
        other => panic!("{other:?}"),
    }
}

pub(crate) fn awaited(started: Started) -> SessionId {
    match started {
        Started::AwaitsApproval { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

/// A request with the impersonation cookie.
struct Head(String);

impl RequestHead for Head {
    fn method(&self) -> &'static str {
        "POST"
    }

    fn target(&self) -> &'static str {
        "/stop"
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        let value = match name {
            "cookie" => Some(self.0.as_bytes()),
            "sec-fetch-site" => Some(&b"same-origin"[..]),
            _ => None,
        };
        value.into_iter()
    }

    fn authority(&self) -> Option<&str> {
        None
    }
}

impl Node {
    pub(crate) fn new(impersonations: Impersonations, log: AuditLog) -> Self {
        let verifier = impersonations.verifier_builder().build().unwrap();
        Self {
            impersonations,
            log,
            verifier,
        }
    }

    pub(crate) async fn start(&self, actor: &Direct, user_id: &str) -> Result<Given, StartError> {
        let started = self.impersonations.start(actor, request(user_id)).await;
        started.map(given)
    }

    pub(crate) async fn redeem(&self, actor: &Direct, given: &Given) -> Redeemed {
        let redeemed = self
            .impersonations
            .redeem(actor, &given.ticket, &given.binding);
        redeemed.await.unwrap()
    }

    /// The token of a session that has begun.
    pub(crate) async fn begin(&self, actor: &Direct, user_id: &str) -> Redeemed {
        let given = self.start(actor, user_id).await.unwrap();
        self.redeem(actor, &given).await
    }

    /// A request with this token, which is recorded.
    pub(crate) async fn request(&self, token: &str) -> Result<Auth, Error> {
        let auth = self.verifier.verify(token).now()?;
        let head = Head(String::new());
        let reservation = self.verifier.reserve(&auth, &head, Some("/"));
        let (auth, recording) = reservation.expect("somebody acts").await?;
        let mut recording = recording.expect("it is recorded");
        recording.answered(200);
        recording.complete();
        Ok(auth)
    }

    /// What a request with this token in the impersonation cookie ends.
    pub(crate) fn to_end(&self, token: &str) -> SessionToEnd {
        let head = Head(format!("{IMPERSONATION_COOKIE}={token}"));
        match self.verifier.session_to_end(&head).now().unwrap() {
            Ending::Session(session) => session,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn recorded(&self, id: SessionId) -> Option<Session> {
        self.log.session(&AuditScope::All, id).await.unwrap()
    }

    pub(crate) async fn all_recorded(&self) -> Vec<Session> {
        let all = SessionQuery::new(AuditScope::All).with_limit(500);
        self.log.sessions(&all).await.unwrap().items
    }
}
