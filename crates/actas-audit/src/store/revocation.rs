use actas_store::{Arg, Connection};

use super::sighting::Sighting;
use super::state::{number, only_one};
use crate::cap;
use crate::time::Timestamp;

/// What revocations are counted under one lock by at PostgreSQL: a number of our own choosing.
const LOCK: i64 = 0x6163_7461_735f_7276;

/// Which sessions are revoked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Revocation {
    /// One session of an issuer, whoever acts in it, and also where it is seen only afterwards.
    Session {
        /// `iss` of its tokens.
        issuer: String,
        /// The session within the issuer: the text form of core's `SessionKey`, such as `sid:sess_1`.
        session_key: String,
    },
    /// All in which this actor acts.
    Actor {
        /// `act.iss`, or the token's issuer where `act` names none.
        issuer: String,
        /// `act.sub`.
        subject: String,
    },
    /// All in which somebody acts as this user.
    User {
        /// `iss` of the tokens.
        issuer: String,
        /// `sub` of the tokens.
        user_id: String,
    },
    /// All.
    Everything,
}

/// Whether a row of `revocations`, called `r`, concerns a row of `sessions`, called `s`.
macro_rules! concerns {
    () => {
        "(r.kind = 'everything'
            OR (r.kind = 'session' AND r.issuer = s.issuer AND r.subject = s.session_key)
            OR (r.kind = 'actor' AND r.issuer = s.actor_issuer AND r.subject = s.actor_subject)
            OR (r.kind = 'user' AND r.issuer = s.issuer AND r.subject = s.user_id))"
    };
}

pub(super) use concerns;

impl Revocation {
    /// The kind, the issuer and the subject, as the record holds them: no text is longer than its limit there.
    fn parts(&self) -> (&'static str, Option<String>, Option<String>) {
        let capped = |text: &String| {
            let mut text = text.clone();
            cap::text(&mut text, cap::ID);
            Some(text)
        };
        match self {
            Self::Session {
                issuer,
                session_key,
            } => ("session", capped(issuer), capped(session_key)),
            Self::Actor { issuer, subject } => ("actor", capped(issuer), capped(subject)),
            Self::User { issuer, user_id } => ("user", capped(issuer), capped(user_id)),
            Self::Everything => ("everything", None, None),
        }
    }

    /// That whose [`parts`](Self::parts) these are, if there is one.
    pub(super) fn of(kind: &str, issuer: Option<String>, subject: Option<String>) -> Option<Self> {
        Some(match (kind, issuer, subject) {
            ("session", Some(issuer), Some(session_key)) => Self::Session {
                issuer,
                session_key,
            },
            ("actor", Some(issuer), Some(subject)) => Self::Actor { issuer, subject },
            ("user", Some(issuer), Some(user_id)) => Self::User { issuer, user_id },
            ("everything", None, None) => Self::Everything,
            _ => return None,
        })
    }

    /// Writes it, within a transaction. It is the last that there is then.
    pub(super) async fn insert(
        &self,
        connection: &mut Connection,
        at: Timestamp,
        by: Option<&str>,
        reason: &str,
    ) -> Result<(), sqlx::Error> {
        const INSERT: &str =
            "INSERT INTO revocations (n, at, kind, issuer, subject, revoked_by, reason)
            SELECT COALESCE(MAX(n), 0) + 1, $1, $2, $3, $4, $5, $6 FROM revocations";
        if connection.locks_rows() {
            let lock = "SELECT 1 FROM pg_advisory_xact_lock($1)";
            connection.execute(lock, &[Arg::Int(LOCK)]).await?;
        }
        let (kind, issuer, subject) = self.parts();
        let (mut by, mut reason) = (by.map(str::to_owned), reason.to_owned());
        cap::optional(&mut by, cap::ID);
        cap::text(&mut reason, cap::REASON);
        let args = [
            Arg::Int(at.milliseconds()),
            Arg::Verbatim(kind),
            Arg::OptionalText(issuer.as_deref()),
            Arg::OptionalText(subject.as_deref()),
            Arg::OptionalText(by.as_deref()),
            Arg::Text(&reason),
        ];
        only_one(connection.execute(INSERT, &args).await?)
    }
}

/// Whether a revocation after the one numbered `after` concerns a session: made since `since`, or of the one session itself.
pub(super) async fn concern(
    connection: &mut Connection,
    sighting: &Sighting,
    after: u64,
    since: i64,
) -> Result<bool, sqlx::Error> {
    const SELECT: &str = concat!(
        "SELECT r.n FROM revocations r,
            (SELECT $1 AS issuer, $2 AS session_key, $3 AS user_id, $4 AS actor_issuer, $5 AS actor_subject) s
        WHERE r.n > $6 AND (r.at >= $7 OR r.kind = 'session') AND ",
        concerns!(),
        " LIMIT 1"
    );
    let started = &sighting.started;
    let args = [
        Arg::Text(&started.issuer),
        Arg::Text(&started.session_key),
        Arg::Text(&started.user_id),
        Arg::Text(&started.actor.issuer),
        Arg::Text(&started.actor.subject),
        Arg::Int(number(after)),
        Arg::Int(since),
    ];
    let row = connection.fetch_optional(SELECT, &args).await?;
    Ok(row.is_some())
}
