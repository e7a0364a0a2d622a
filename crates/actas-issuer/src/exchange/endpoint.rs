use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use actas_core::{Auth, Error, ErrorKind, Recording, RequestHead, Verifier};

use super::clients::{Clients, ExchangeClient};
use super::credential::authenticate;
use super::error::{Code, ExchangeError};
use super::form::Form;
use super::request::TokenRequest;
use super::response::{ExchangeResponse, Granted};
use super::starts::{ExchangeRefusal, ExchangeStart, ExchangeStarted, ExchangeStarts};
use super::subject::{self, Named, Subject};
use crate::issuer::Issuer;
use crate::key::MAX_TOKEN_SECONDS;
use crate::session::{MintError, SessionClaims, SessionToken};

/// The template of the route, as it is recorded.
const ROUTE: &str = "/oauth/token";
const FORM: &[u8] = b"application/x-www-form-urlencoded";

/// The token endpoint of RFC 8693: see [the module](crate::exchange).
///
/// Built by [`Exchange::builder`]. Clones share everything.
pub struct Exchange<S> {
    pub(super) inner: Arc<Inner<S>>,
}

pub(super) struct Inner<S> {
    pub(super) issuer: Issuer,
    pub(super) starts: S,
    pub(super) subjects: Verifier,
    pub(super) actors: Verifier,
    pub(super) clients: Clients,
    pub(super) audiences: Vec<String>,
}

impl<S: ExchangeStarts> Exchange<S> {
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

impl<S: ExchangeStarts> Inner<S> {
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
        let act = subject.act(&actor)?;
        if let Some(session) = subject.impersonated() {
            *recording = self.record(session, head).await?;
        }
        let ends_before = subject
            .expires_at()
            .map_or(actor.expires_at, |end| end.min(actor.expires_at));
        let now = self.issuer.now().and_then(|now| i64::try_from(now).ok());
        let now = now.ok_or_else(|| {
            ExchangeError::new(Code::Unavailable, "the time is not available for now")
        })?;
        // A verifier takes a token for the length of its leeway after it has expired.
        if ends_before <= now {
            return Err(ExchangeError::invalid_request(
                "subject_token or actor_token has expired",
            ));
        }
        let wanted = ExchangeStart {
            actor: &actor,
            user_id: subject.user_id(),
            acting: subject.impersonated().and_then(|auth| auth.actor.as_ref()),
            act,
            client_id: &client.id,
            reason: request.reason,
            ticket: request.ticket,
            has_consent: named == Named::ByMayAct,
            ends_before,
        };
        let started = self.starts.start(wanted).await.map_err(refused)?;
        let (token, expires_in) = self
            .mint(&request, &subject, client, started, ends_before)
            .map_err(|error| {
                tracing::error!(target: "actas_issuer", %error, "an impersonation started, and no token was minted for it");
                ExchangeError::new(Code::ServerError, "the token could not be made")
            })?;
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

    /// The token of a session that has started, and the seconds that it lives.
    fn mint(
        &self,
        request: &TokenRequest<'_>,
        subject: &Subject<'_>,
        client: &ExchangeClient,
        started: ExchangeStarted,
        ends_before: i64,
    ) -> Result<(SessionToken, u64), MintError> {
        let now = self.issuer.now().ok_or(MintError::Clock)?;
        let end = u64::try_from(started.ends_at.min(ends_before)).unwrap_or(0);
        let seconds = end.saturating_sub(now).min(MAX_TOKEN_SECONDS);
        let claims = SessionClaims::new(subject.user_id(), started.session_id)
            .with_actor(started.act)
            .with_audiences(request.audiences.iter().cloned())
            .with_authorized_party(&client.id)
            .with_claim("client_id", client.id.as_str())
            .with_lifetime(Duration::from_secs(seconds));
        let token = self.issuer.mint_at(&claims, now)?;
        Ok((token, seconds))
    }
}

impl<S> Clone for Exchange<S> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

impl<S> fmt::Debug for Exchange<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("issuer", &self.inner.issuer.url())
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

/// What the client learns of a start that is refused (RFC 8693 §2.2.2: `invalid_request` for what a policy refuses).
fn refused(refusal: ExchangeRefusal) -> ExchangeError {
    let description = match refusal {
        ExchangeRefusal::UserId => "subject_token is no id of a user",
        ExchangeRefusal::Reason => {
            "reason is too short, too long, or holds characters that it cannot"
        }
        ExchangeRefusal::Ticket => "ticket is too long, or holds characters that it cannot",
        ExchangeRefusal::NotFresh => "actor_token: the actor must have signed in more recently",
        ExchangeRefusal::Refused => "the actor may not act as the subject",
        ExchangeRefusal::NeedsApproval => {
            "a second person must approve: start the impersonation instead of exchanging tokens"
        }
        ExchangeRefusal::Limit { retry_after } => {
            return ExchangeError::new(
                Code::TooMany,
                "the actor has started as often, or acts in as many sessions, as is allowed",
            )
            .retried_after(retry_after);
        }
        ExchangeRefusal::Unavailable => {
            return ExchangeError::new(
                Code::Unavailable,
                "the exchange cannot be decided and recorded for now",
            );
        }
    };
    ExchangeError::invalid_request(description)
}
