use actas_audit::SessionId;
use actas_core::SubjectKey;
use actas_store::Arg;

use super::open::Store;
use super::start::{COLUMNS, Start};
use crate::ticket::{Binding, Ticket, hash};

/// Who redeems what, and when.
pub(crate) struct Redeemable<'a> {
    pub(crate) actor: SubjectKey<'a>,
    pub(crate) ticket: &'a str,
    pub(crate) binding: &'a str,
    pub(crate) now: i64,
}

impl Store {
    /// Gives a start that was recorded its ticket. `false` where it was ended in the meantime.
    pub(crate) async fn give(
        &self,
        id: SessionId,
        ticket: &Ticket,
        binding: &Binding,
        expires_at: i64,
    ) -> Result<bool, sqlx::Error> {
        const UPDATE: &str =
            "UPDATE starts SET state = 'started' WHERE id = $1 AND state = 'starting'";
        const INSERT: &str =
            "INSERT INTO tickets (hash, binding, start, expires_at) VALUES ($1, $2, $3, $4)";
        let id = id.to_string();
        let mut connection = self.database.writer().await?;
        connection.begin().await?;
        let started = connection.execute(UPDATE, &[Arg::Verbatim(&id)]).await? == 1;
        if started {
            let args = [
                Arg::Bytes(&hash(ticket)),
                Arg::Bytes(&hash(binding)),
                Arg::Verbatim(&id),
                Arg::Int(expires_at),
            ];
            connection.execute(INSERT, &args).await?;
        }
        connection.commit().await?;
        Ok(started)
    }

    /// Uses a ticket up, which is good once: in its time, in the browser of its start, for the actor of its start. `None`
    /// where any of it does not hold.
    pub(crate) async fn redeem(&self, what: &Redeemable<'_>) -> Result<Option<Start>, sqlx::Error> {
        // Of several at once, one finds it unused: the others wait for its row, and look at it again.
        const USE: &str = "UPDATE tickets SET redeemed_at = $1
            WHERE hash = $2 AND binding = $3 AND redeemed_at IS NULL AND expires_at > $1
                AND EXISTS (SELECT 1 FROM starts s
                    WHERE s.id = tickets.start AND s.issuer = $4 AND s.actor_issuer = $5 AND s.actor_subject = $6
                        AND s.state = 'started' AND s.ends_at > $1)
            RETURNING start";
        // Whoever ends the session has its row now, or has it after this.
        let update = format!(
            "UPDATE starts SET state = 'redeemed' WHERE id = $1 AND state = 'started' RETURNING {COLUMNS}"
        );
        let mut connection = self.database.writer().await?;
        connection.begin().await?;
        let args = [
            Arg::Int(what.now),
            Arg::Bytes(&hash(what.ticket)),
            Arg::Bytes(&hash(what.binding)),
            Arg::Text(&self.issuer),
            Arg::Text(what.actor.issuer),
            Arg::Text(what.actor.user_id),
        ];
        let mut start = None;
        if let Some(used) = connection.fetch_optional(USE, &args).await? {
            let args = [Arg::Verbatim(&used.verbatim(0)?)];
            let row = connection
                .fetch_optional(sqlx::AssertSqlSafe(update), &args)
                .await?;
            start = row.as_ref().map(Start::read).transpose()?;
        }
        connection.commit().await?;
        Ok(start)
    }
}
