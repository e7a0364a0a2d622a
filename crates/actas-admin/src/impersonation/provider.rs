//! The identity provider that sessions are ended at as well.

use std::pin::Pin;
use std::sync::Arc;

use actas_core::SessionToEnd;
use actas_issuer::Revocation;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A provider whose sessions can be ended there.
pub(super) trait Provider: Send + Sync {
    /// `iss` of its tokens.
    fn issuer(&self) -> &str;

    /// What a revocation concerns there; `None` where nothing.
    fn concerned<'a>(&'a self, what: &'a Revocation) -> Answer<'a, Option<Concerned>>;

    /// Ends a session, or tells the log why not.
    fn end<'a>(&'a self, session_id: &'a str) -> Answer<'a, bool>;
}

/// Sessions to be ended.
pub(super) struct Concerned {
    pub(super) session_ids: Vec<String>,
    /// Whether these are all.
    pub(super) are_all: bool,
}

/// What was ended at the identity provider.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProviderEnds)]
pub(super) struct ProviderEnds {
    /// How many sessions.
    ended: u32,
    /// Whether that were all: where it is false, end the others there.
    is_complete: bool,
}

/// Ends there what was stopped here.
pub(super) async fn stop(
    provider: Option<&Arc<dyn Provider>>,
    session: &SessionToEnd,
) -> Option<ProviderEnds> {
    let provider = provider.filter(|provider| provider.issuer() == session.issuer)?;
    let session_ids = session.session_id.iter().cloned().collect::<Vec<_>>();
    let are_all = !session_ids.is_empty();
    let concerned = Concerned {
        session_ids,
        are_all,
    };
    Some(end(&**provider, concerned).await)
}

/// Ends each of them, one after the other.
pub(super) async fn end(provider: &dyn Provider, concerned: Concerned) -> ProviderEnds {
    let mut ends = ProviderEnds {
        ended: 0,
        is_complete: concerned.are_all,
    };
    for session_id in &concerned.session_ids {
        if provider.end(session_id).await {
            ends.ended = ends.ended.saturating_add(1);
        } else {
            ends.is_complete = false;
        }
    }
    ends
}
