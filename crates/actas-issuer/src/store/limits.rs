use actas_core::SubjectKey;
use actas_store::{Arg, Connection};

/// Seconds in which starts are counted.
const HOUR: i64 = 3600;

/// What an actor may have at a time, and what must be on record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits<'a> {
    pub(crate) starts_per_hour: i64,
    pub(crate) concurrent_sessions: i64,
    /// Whose consent is needed, in the namespace of which issuer.
    pub(crate) consent_of: Option<SubjectKey<'a>>,
}

/// Whether a start passes the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    Yes,
    NoConsent,
    /// The first of those that count is forgotten in so many seconds.
    TooManyStarts(i64),
    TooManySessions,
}

/// Which starts the limits are asked of.
pub(super) struct Counted<'a> {
    pub(super) issuer: &'a str,
    pub(super) actor: SubjectKey<'a>,
    pub(super) now: i64,
}

impl Counted<'_> {
    /// Nobody else counts this actor's starts, or starts for them, until the transaction ends.
    pub(super) async fn lock(&self, connection: &mut Connection) -> Result<(), sqlx::Error> {
        if connection.locks_rows() {
            // Two actors that share a number wait for each other, and no more.
            let lock = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
            let who = [self.issuer, self.actor.issuer, self.actor.user_id].join(" ");
            connection.fetch(lock, &[Arg::Text(&who)]).await?;
        }
        Ok(())
    }

    /// Whether one more may be asked for.
    pub(super) async fn starts(
        &self,
        connection: &mut Connection,
        limits: &Limits<'_>,
    ) -> Result<Passed, sqlx::Error> {
        const COUNT: &str = "SELECT COUNT(*), MIN(created_at) FROM starts
            WHERE issuer = $1 AND actor_issuer = $2 AND actor_subject = $3 AND created_at > $4
                AND (end_reason IS NULL OR end_reason <> 'not_started')";
        let since = self.now.saturating_sub(HOUR);
        let args = self.args(Arg::Int(since));
        let Some(row) = connection.fetch_optional(COUNT, &args).await? else {
            return Ok(Passed::Yes);
        };
        if row.int(0)? < limits.starts_per_hour {
            return Ok(Passed::Yes);
        }
        let first = row.optional_int(1)?.unwrap_or(self.now);
        Ok(Passed::TooManyStarts(first.saturating_sub(since).max(1)))
    }

    /// Whether one more may run now.
    pub(super) async fn sessions(
        &self,
        connection: &mut Connection,
        limits: &Limits<'_>,
    ) -> Result<Passed, sqlx::Error> {
        // A ticket that was let run out is no session.
        const COUNT: &str = "SELECT COUNT(*) FROM starts s
            WHERE issuer = $1 AND actor_issuer = $2 AND actor_subject = $3 AND ends_at > $4
                AND (state IN ('starting', 'redeemed') OR state = 'started'
                    AND EXISTS (SELECT 1 FROM tickets t WHERE t.start = s.id AND t.expires_at > $4))";
        if !self.is_consented(connection, limits).await? {
            return Ok(Passed::NoConsent);
        }
        let args = self.args(Arg::Int(self.now));
        let row = connection.fetch_optional(COUNT, &args).await?;
        let running = row.map(|row| row.int(0)).transpose()?.unwrap_or(0);
        let may = running < limits.concurrent_sessions;
        Ok(if may {
            Passed::Yes
        } else {
            Passed::TooManySessions
        })
    }

    async fn is_consented(
        &self,
        connection: &mut Connection,
        limits: &Limits<'_>,
    ) -> Result<bool, sqlx::Error> {
        let Some(user) = limits.consent_of else {
            return Ok(true);
        };
        // A withdrawal waits until this transaction has ended, and then sees what it wrote.
        let select = connection.choose(
            "SELECT 1 FROM consents
            WHERE user_issuer = $1 AND user_id = $2 AND until > $3 AND withdrawn_at IS NULL",
            "SELECT 1 FROM consents
            WHERE user_issuer = $1 AND user_id = $2 AND until > $3 AND withdrawn_at IS NULL
            FOR SHARE",
        );
        let args = [
            Arg::Text(user.issuer),
            Arg::Text(user.user_id),
            Arg::Int(self.now),
        ];
        Ok(connection.fetch_optional(select, &args).await?.is_some())
    }

    fn args<'a>(&'a self, last: Arg<'a>) -> [Arg<'a>; 4] {
        [
            Arg::Text(self.issuer),
            Arg::Text(self.actor.issuer),
            Arg::Text(self.actor.user_id),
            last,
        ]
    }
}
