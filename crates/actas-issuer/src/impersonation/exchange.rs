use std::time::Duration;

use actas_audit::{RecordedActorKind, RecordedPriorActor};
use actas_core::{Actor, ActorKind, Direct};

use super::error::StartError;
use super::minted::{actor, unsigned};
use super::request::StartRequest;
use super::service::{Impersonations, stored};
use super::start::passed;
use crate::session::SessionToken;
use crate::store::Limits;
use crate::terms::Approval;
use crate::user_id::UserId;

/// A start without a ticket: its token is handed out at once, to a client that has authenticated.
pub(crate) struct Exchanged<'a> {
    pub(crate) actor: &'a Direct,
    pub(crate) user_id: UserId,
    /// Who acts as the user already, in the session that is exchanged.
    pub(crate) acting: Option<&'a Actor>,
    pub(crate) client_id: &'a str,
    pub(crate) audiences: &'a [String],
    pub(crate) reason: &'a str,
    pub(crate) ticket: Option<&'a str>,
    /// The user's own token names the actor: no other consent is needed.
    pub(crate) has_consent: bool,
    /// When the session ends at the latest, in whole seconds since the Unix epoch.
    pub(crate) ends_before: i64,
}

impl Impersonations {
    /// Starts to act as a user, by the policy, terms and limits of any start. The token, and the seconds that it lives, are
    /// returned once the start is in the record.
    pub(crate) async fn exchange(
        &self,
        exchanged: &Exchanged<'_>,
    ) -> Result<(SessionToken, u64), StartError> {
        let inner = &self.inner;
        let now = inner.now()?;
        let left = u64::try_from(exchanged.ends_before.saturating_sub(now)).unwrap_or(0);
        let mut request = StartRequest::new(exchanged.user_id.clone(), exchanged.reason)
            .with_max_duration(Duration::from_secs(left));
        if let Some(ticket) = exchanged.ticket {
            request = request.with_ticket(ticket);
        }
        let mut new = inner.asked(exchanged.actor, request)?;
        let claims = inner.permitted(exchanged.actor, &new, now).await?;
        if inner.terms.approval == Approval::SecondPerson {
            return Err(StartError::NotApproved);
        }
        new.organization_id = claims.organization_id().map(str::to_owned);

        let mut act = actor(&new);
        if let Some(acting) = exchanged.acting {
            act = act.with_prior_actor(acting.into());
        }
        let (seconds, issued_at) = (unsigned(new.duration), unsigned(now));
        let mut claims = claims
            .acted(&new.user_id, &new.session_id, act.clone(), seconds)
            .with_authorized_party(exchanged.client_id)
            .with_claim("client_id", exchanged.client_id);
        if !exchanged.audiences.is_empty() {
            claims = claims.with_audiences(exchanged.audiences.iter().cloned());
        }
        // Whatever would keep it from being minted is found before anything is recorded.
        let token = inner.issuer.mint_at(&claims, issued_at).map_err(|error| {
            tracing::error!(%error, "the token of an impersonation cannot be minted");
            StartError::Unavailable
        })?;

        let id = inner.session(&new);
        let ends_at = now.saturating_add(new.duration);
        let limits = inner.limits(&new.user_id);
        let limits = Limits {
            consent_of: limits.consent_of.filter(|_| !exchanged.has_consent),
            ..limits
        };
        let actor = exchanged.actor.subject_key();
        inner.forget_ended(actor, now).await?;
        let begun = inner.store.begin(id, &new, &limits, (now, ends_at), false);
        passed(stored(begun.await)?)?;
        let mut session = inner.new_session(&new, &claims, &act, ends_at);
        session.actor.prior = exchanged.acting.map(before).unwrap_or_default();
        inner.write_start(id, session).await?;
        match stored(inner.store.hand_out(id).await) {
            Ok(true) => {
                tracing::info!(session = %id, "an impersonation has started by token exchange");
                Ok((token, seconds))
            }
            // It was revoked, or consent was withdrawn, in the meantime.
            Ok(false) => Err(StartError::Refused),
            Err(error) => {
                let _ = stored(inner.store.take_back(id).await);
                Err(error.into())
            }
        }
    }
}

/// Who acted before an actor takes over, the most recent first.
fn before(acting: &Actor) -> Vec<RecordedPriorActor> {
    let recorded = |subject: &str, issuer: &str, kind| RecordedPriorActor {
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        kind: match kind {
            ActorKind::Human => RecordedActorKind::Human,
            ActorKind::Agent => RecordedActorKind::Agent,
            _ => RecordedActorKind::Other,
        },
    };
    let outermost = recorded(&acting.subject, &acting.issuer, acting.kind);
    let prior = acting.prior().iter();
    let prior = prior.map(|prior| recorded(&prior.subject, &prior.issuer, prior.kind));
    std::iter::once(outermost).chain(prior).collect()
}
