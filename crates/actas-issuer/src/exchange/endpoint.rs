use std::fmt;
use std::sync::Arc;

use actas_core::{Auth, Error, ErrorKind, Recording, RequestHead, Verifier};

use super::clients::{Clients, ExchangeClient};
use super::credential::authenticate;
use super::error::{Code, ExchangeError};
use super::form::Form;
use super::request::TokenRequest;
use super::response::{ExchangeResponse, Granted};
use super::subject::{self, Named, Subject};
use crate::impersonation::{Exchanged, Impersonations, StartError};

/// The template of the route, as it is recorded.
const ROUTE: &str = "/oauth/token";
/// When to try again where sessions must end first, in seconds.
const BUSY: u32 = 60;
const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// The token endpoint of RFC 8693: see [the module](crate::exchange).
///
/// Built by [`Exchange::builder`]. Clones share everything.
#[derive(Clone)]
pub struct Exchange {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) impersonations: Impersonations,
    pub(super) subjects: Verifier,
    pub(super) actors: Verifier,
    pub(super) clients: Clients,
    pub(super) audiences: Vec<String>,
}

impl Exchange {
    /// Answers a `POST` whose body is `body`. Of the head, `Authorization` and `Content-Type` are read; where the subject's
    /// session is impersonated, what else the record of a request takes.
    ///
    /// Whatever was sent, there is an answer. A request that is dropped before may have started a session that nobody has a
    /// token for.
    pub async fn exchange<R: RequestHead + Sync>(&self, head: &R, body: &[u8]) -> ExchangeResponse {
        let mut recording = None;
        let outcome = self.inner.answer(head, body, &mut recording).await;
        let response = outcome.unwrap_or_else(|error| ExchangeResponse::refused(&error));
        if let Some(mut recording) = recording {
            recording.answered(response.status());
            recording.complete();
        }
        response
    }
}

impl Inner {
    async fn answer<R: RequestHead + Sync>(
        &self,
        head: &R,
        body: &[u8],
        recording: &mut Option<Recording>,
    ) -> Result<ExchangeResponse, ExchangeError> {
        if !is_form(head) {
            return Err(ExchangeError::invalid_request(
                "the body is no form: send application/x-www-form-urlencoded",
            ));
        }
        let form = Form::parse(body)?;
        let client = authenticate(&self.clients, head, &form)?;
        let answered = self.answer_client(client, head, &form, recording).await;
        answered.inspect_err(|error| {
            tracing::warn!(
                target: "actas_issuer",
                client = client.id,
                error = error.code.name(),
                reason = &*error.description,
                "a token exchange was refused"
            );
        })
    }

    async fn answer_client<R: RequestHead + Sync>(
        &self,
        client: &ExchangeClient,
        head: &R,
        form: &Form<'_>,
        recording: &mut Option<Recording>,
    ) -> Result<ExchangeResponse, ExchangeError> {
        let request = TokenRequest::read(form, client, &self.audiences)?;
        let actor = subject::actor(&self.actors, request.actor_token).await?;
        let subject = Subject::verify(&self.subjects, request.subject).await?;
        let named = subject.names(&actor)?;
        let acting = subject.acting()?;
        if let Some(session) = subject.impersonated() {
            *recording = self.record(session, head).await?;
        }
        let ends_before = subject
            .expires_at()
            .map_or(actor.expires_at, |end| end.min(actor.expires_at));
        let user_id = subject.user_id().parse();
        let exchanged = Exchanged {
            actor: &actor,
            user_id: user_id.map_err(|_| {
                ExchangeError::invalid_request("subject_token names no user that there can be")
            })?,
            acting,
            client_id: &client.id,
            audiences: &request.audiences,
            reason: request.reason,
            ticket: request.ticket,
            has_consent: named == Named::ByMayAct,
            ends_before,
        };
        let started = self.impersonations.exchange(&exchanged).await;
        let (token, expires_in) = started.map_err(refused)?;
        Ok(ExchangeResponse::issued(&Granted {
            access_token: &token,
            issued_token_type: request.issued_type.identifier(),
            token_type: "Bearer",
            expires_in,
        }))
    }

    /// Has the exchange recorded among what is done in the subject's session, in which somebody acts. One that has ended is
    /// refused by that.
    async fn record<R: RequestHead + Sync>(
        &self,
        session: &Auth,
        head: &R,
    ) -> Result<Option<Recording>, ExchangeError> {
        let unavailable = |error: Option<Error>| {
            ExchangeError::new(Code::Unavailable, "the exchange cannot be recorded for now")
                .retried_after(error.and_then(|error| error.retry_after()))
        };
        let reservation = self.subjects.reserve(session, head, Some(ROUTE));
        let reservation = reservation.ok_or_else(|| unavailable(None))?;
        match reservation.await {
            Ok((_, recording)) => Ok(recording),
            Err(error) if error.kind() == ErrorKind::ImpersonationEnded => Err(
                ExchangeError::invalid_request("subject_token: the impersonation has ended"),
            ),
            Err(error) => Err(unavailable(Some(error))),
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("audiences", &self.inner.audiences)
            .finish_non_exhaustive()
    }
}

/// Whether the one `Content-Type` is a form's, whatever its parameters.
fn is_form<R: RequestHead>(head: &R) -> bool {
    let mut lines = head.header("content-type");
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return false;
    };
    let media_type = line.split(|byte| *byte == b';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(FORM)
}

/// What the client learns of a start that does not take place (RFC 8693 §2.2.2: `invalid_request` for what a policy refuses).
fn refused(error: StartError) -> ExchangeError {
    let description = match error {
        StartError::Reason => {
            "reason is missing, too short or too long, or holds control characters"
        }
        StartError::Ticket => "ticket is longer than 128 characters, or holds control characters",
        // A verifier takes a token for the length of its leeway after it has expired.
        StartError::MaxDuration => "subject_token or actor_token has expired",
        StartError::NotFresh => "actor_token: the last sign-in was too long ago",
        StartError::NotApproved => {
            "a second person must approve: start the impersonation instead of exchanging tokens"
        }
        StartError::NoConsent => "the subject has not agreed that anybody acts as them",
        StartError::Refused | StartError::TooLarge => "the actor may not act as the subject",
        StartError::TooManyStarts { retry_after } => {
            let description = "the actor has started too often within an hour";
            return ExchangeError::new(Code::TooMany, description).retried_after(Some(retry_after));
        }
        StartError::TooManySessions => {
            let description = "the actor acts in as many sessions as may run at a time";
            return ExchangeError::new(Code::TooMany, description).retried_after(Some(BUSY));
        }
        StartError::Unavailable => {
            let description = "the exchange cannot be decided and recorded for now";
            return ExchangeError::new(Code::Unavailable, description);
        }
    };
    ExchangeError::invalid_request(description)
}
