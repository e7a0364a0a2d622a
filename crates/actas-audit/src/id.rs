//! What sessions and events are known by.

use std::fmt;
use std::str::FromStr;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use actas_core::AuditContext;

use crate::hash::Hash;
use crate::malformed::{Malformed, NoRandomness};
use crate::text_form::{by_text_form, read_hex, write_hex};

/// A session in the record: the same on every node and in every process, and opaque.
///
/// Its text form is `imp_` and 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId([u8; 16]);

by_text_form!(SessionId);

/// What sets one recorded session apart from the others.
///
/// An issuer's session is several recorded ones where it serves several users, actors or organisations: whatever is recorded of one
/// concerns one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionIdentity<'a> {
    /// `iss` of the token.
    pub issuer: &'a str,
    /// The session within the issuer: the text form of core's `SessionKey`, such as `sid:sess_1`.
    pub session_key: &'a str,
    /// `sub`.
    pub user_id: &'a str,
    /// `act.iss`, or the token's issuer where `act` names none.
    pub actor_issuer: &'a str,
    /// `act.sub`.
    pub actor_subject: &'a str,
    /// The organisation that is active.
    pub organization_id: Option<&'a str>,
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl<'a> From<&'a AuditContext> for SessionIdentity<'a> {
    fn from(context: &'a AuditContext) -> Self {
        Self {
            issuer: &context.issuer,
            session_key: &context.session,
            user_id: &context.user_id,
            actor_issuer: &context.actor_issuer,
            actor_subject: &context.actor_subject,
            organization_id: context.organization_id.as_deref(),
        }
    }
}

impl SessionId {
    /// The id of the session with this identity: the first 16 bytes of SHA-256 over issuer, session key, user, the actor's
    /// issuer and subject, and the organisation where there is one, each with its length in bytes before it (64 bits,
    /// big-endian).
    #[must_use]
    pub fn of(identity: &SessionIdentity<'_>) -> Self {
        let length = |text: &str| u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes();
        let mut hashed = Vec::new();
        for part in [
            Some(identity.issuer),
            Some(identity.session_key),
            Some(identity.user_id),
            Some(identity.actor_issuer),
            Some(identity.actor_subject),
            identity.organization_id,
        ]
        .into_iter()
        .flatten()
        {
            hashed.extend(length(part));
            hashed.extend(part.as_bytes());
        }
        Self(Hash::of(&[&hashed]).first())
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("imp_")?;
        write_hex(f, &self.0)
    }
}

impl FromStr for SessionId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let id = text.strip_prefix("imp_").and_then(read_hex).map(Self);
        id.ok_or(Malformed::new(
            "a session id: imp_ and 32 lower-case hexadecimal digits",
        ))
    }
}

/// One event, unique over all sessions: what tells a write that is tried again from a new one.
///
/// Its text form is 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId([u8; 16]);

by_text_form!(EventId);

impl EventId {
    /// A new id of 128 random bits.
    ///
    /// # Errors
    ///
    /// [`NoRandomness`] when the machine gives no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(bytes))
    }

    /// The id whose bytes are these.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

impl FromStr for EventId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        read_hex(text).map(Self).ok_or(Malformed::new(
            "an event id of 32 lower-case hexadecimal digits",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: SessionIdentity<'_> = SessionIdentity {
        issuer: "https://clerk.example.com",
        session_key: "sid:sess_1",
        user_id: "user_1",
        actor_issuer: "https://clerk.example.com",
        actor_subject: "admin_1",
        organization_id: Some("org_1"),
    };

    /// The ids were computed apart from this code, by Python's `hashlib`.
    #[test]
    fn a_session_is_known_by_all_that_it_concerns() {
        let id = SessionId::of(&IDENTITY);
        assert_eq!(id.to_string(), "imp_99c050149a10a5f863ffbed40c1c828c");
        assert_eq!("imp_99c050149a10a5f863ffbed40c1c828c".parse(), Ok(id));
        let without = SessionIdentity {
            organization_id: None,
            ..IDENTITY
        };
        assert_eq!(
            SessionId::of(&without).to_string(),
            "imp_1b538373d39d7e3954154e2b960fe75e"
        );
        for other in [
            SessionIdentity {
                issuer: "i",
                ..IDENTITY
            },
            SessionIdentity {
                session_key: "sid:sess_2",
                ..IDENTITY
            },
            SessionIdentity {
                user_id: "user_2",
                ..IDENTITY
            },
            SessionIdentity {
                actor_issuer: "i",
                ..IDENTITY
            },
            SessionIdentity {
                actor_subject: "admin_2",
                ..IDENTITY
            },
            SessionIdentity {
                organization_id: Some("org_2"),
                ..IDENTITY
            },
            SessionIdentity {
                organization_id: Some(""),
                ..IDENTITY
            },
            SessionIdentity {
                user_id: "user_",
                actor_issuer: "1https://clerk.example.com",
                ..IDENTITY
            },
            without,
        ] {
            assert_ne!(SessionId::of(&other), id, "{other:?}");
        }
        for text in ["imp_", "imp_99c050149a10a5f863ffbed40c1c828c0", "sess_1"] {
            assert!(text.parse::<SessionId>().is_err(), "{text}");
        }
    }

    #[test]
    fn events_have_ids_of_their_own() {
        let id = EventId::random().unwrap();
        assert_ne!(id, EventId::random().unwrap());
        assert_eq!(id.to_string().parse(), Ok(id));
    }
}
