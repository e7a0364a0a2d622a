use actas_audit::{AuditLog, AuditScope, SessionQuery, SessionStatus};
use actas_issuer::Revocation;
use actas_issuer::provider::{Clerk, ProviderErrorKind};

use super::provider::{Answer, Concerned, Provider};

/// Sessions of one revocation that are ended at Clerk.
const MAX_SESSIONS: usize = 200;
const PAGE: u32 = 200;

/// Clerk, which ends sessions one by one.
pub(super) struct ClerkSessions {
    pub(super) clerk: Clerk,
    pub(super) issuer: String,
    pub(super) log: AuditLog,
}

impl Provider for ClerkSessions {
    fn issuer(&self) -> &str {
        &self.issuer
    }

    fn concerned<'a>(&'a self, what: &'a Revocation) -> Answer<'a, Option<Concerned>> {
        Box::pin(async move {
            match what {
                Revocation::Session {
                    issuer,
                    session_key,
                } => {
                    let session_id = session_key.strip_prefix("sid:");
                    let session_id = session_id.filter(|_| *issuer == self.issuer)?;
                    Some(Concerned {
                        session_ids: vec![session_id.to_owned()],
                        are_all: true,
                    })
                }
                Revocation::User { issuer, user_id } => {
                    if *issuer != self.issuer {
                        return None;
                    }
                    Some(self.of_user(user_id).await)
                }
                Revocation::Actor { issuer, subject } => {
                    let query = SessionQuery::new(AuditScope::All)
                        .with_actor_issuer(issuer)
                        .with_actor(subject);
                    Some(self.recorded(query).await)
                }
                Revocation::Everything => {
                    Some(self.recorded(SessionQuery::new(AuditScope::All)).await)
                }
                _ => Some(Concerned {
                    session_ids: Vec::new(),
                    are_all: false,
                }),
            }
        })
    }

    fn end<'a>(&'a self, session_id: &'a str) -> Answer<'a, bool> {
        Box::pin(async move {
            let Err(error) = self.clerk.end_session(session_id).await else {
                return true;
            };
            // It has ended long ago.
            if error.kind() == ProviderErrorKind::NotFound {
                return true;
            }
            tracing::error!(
                session_id,
                %error,
                "a session that was stopped or revoked goes on at Clerk: end it there"
            );
            false
        })
    }
}

impl ClerkSessions {
    /// Clerk knows those of a user.
    async fn of_user(&self, user_id: &str) -> Concerned {
        match self.clerk.live_impersonations(user_id).await {
            Ok(sessions) => limited(
                sessions.into_iter().map(|session| session.id).collect(),
                true,
            ),
            Err(error) => {
                tracing::error!(%error, "the impersonations of a user at Clerk cannot be listed");
                Concerned {
                    session_ids: Vec::new(),
                    are_all: false,
                }
            }
        }
    }

    /// Clerk can be asked about one user only: what else runs is known to the record.
    async fn recorded(&self, query: SessionQuery) -> Concerned {
        let mut session_ids = Vec::new();
        let mut query = query.with_status(SessionStatus::Active).with_limit(PAGE);
        loop {
            let page = match self.log.sessions(&query).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::error!(%error, "the record does not say what runs at Clerk");
                    return limited(session_ids, false);
                }
            };
            let own = page.items.into_iter();
            let own = own.filter(|session| session.issuer == self.issuer);
            session_ids.extend(own.filter_map(|session| session.session_id));
            match page.next {
                Some(next) if session_ids.len() <= MAX_SESSIONS => query = query.with_cursor(next),
                _ => return limited(session_ids, true),
            }
        }
    }
}

fn limited(mut session_ids: Vec<String>, are_all: bool) -> Concerned {
    let are_all = are_all && session_ids.len() <= MAX_SESSIONS;
    session_ids.truncate(MAX_SESSIONS);
    Concerned {
        session_ids,
        are_all,
    }
}
