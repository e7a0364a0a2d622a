use actas_audit::SessionId;
use actas_core::SubjectKey;
use actas_store::{Arg, Connection};

use super::limits::{Counted, Limits, Passed};
use super::open::Store;
use super::start::{COLUMNS, NewStart, Start};

/// What became of a start that was collected.
#[derive(Debug)]
pub(crate) enum Begun {
    /// It is to be recorded, and then started.
    Yes,
    /// It is not the actor's, not approved, or too late.
    NotApproved,
    /// A limit stands against it. It stays approved.
    Not(Passed),
}

impl Store {
    /// Writes a start down that passes the limits: one that begins, or that waits to be approved until `ends_at`.
    pub(crate) async fn begin(
        &self,
        id: SessionId,
        new: &NewStart,
        limits: &Limits<'_>,
        (now, ends_at): (i64, i64),
        waits: bool,
    ) -> Result<Passed, sqlx::Error> {
        let mut connection = self.database.writer().await?;
        connection.begin().await?;
        let counted = self.counted(new.actor(), now);
        counted.lock(&mut connection).await?;
        let mut passed = counted.starts(&mut connection, limits).await?;
        if passed == Passed::Yes {
            passed = counted.sessions(&mut connection, limits).await?;
        }
        if passed == Passed::Yes {
            let state = if waits { "pending" } else { "starting" };
            let on_consent = i64::from(limits.consent_of.is_some());
            let row = NewRow {
                id,
                new,
                on_consent,
                now,
                ends_at,
                state,
            };
            self.insert(&mut connection, &row).await?;
        }
        connection.commit().await?;
        Ok(passed)
    }

    /// Goes on with a start that was approved, if it passes the limits now: its session lasts until `ends_at`.
    pub(crate) async fn collect(
        &self,
        start: &Start,
        limits: &Limits<'_>,
        (now, ends_at): (i64, i64),
    ) -> Result<Begun, sqlx::Error> {
        const UPDATE: &str =
            "UPDATE starts SET state = 'starting', ends_at = $1, on_consent = $2, began_at = $5
            WHERE id = $3 AND issuer = $4 AND state = 'approved' AND ends_at > $5";
        let mut connection = self.database.writer().await?;
        connection.begin().await?;
        let counted = self.counted(start.new.actor(), now);
        counted.lock(&mut connection).await?;
        let passed = counted.sessions(&mut connection, limits).await?;
        let begun = if passed == Passed::Yes {
            let args = [
                Arg::Int(ends_at),
                Arg::Int(i64::from(limits.consent_of.is_some())),
                Arg::Verbatim(&start.id.to_string()),
                Arg::Text(&self.issuer),
                Arg::Int(now),
            ];
            match connection.execute(UPDATE, &args).await? {
                0 => Begun::NotApproved,
                _ => Begun::Yes,
            }
        } else {
            Begun::Not(passed)
        };
        connection.commit().await?;
        Ok(begun)
    }

    /// One start of this issuer.
    pub(crate) async fn start(&self, id: SessionId) -> Result<Option<Start>, sqlx::Error> {
        let select = format!("SELECT {COLUMNS} FROM starts WHERE id = $1 AND issuer = $2");
        let mut connection = self.database.reader().await?;
        let args = [Arg::Verbatim(&id.to_string()), Arg::Text(&self.issuer)];
        let row = connection
            .fetch_optional(sqlx::AssertSqlSafe(select), &args)
            .await?;
        row.as_ref().map(Start::read).transpose()
    }

    fn counted<'a>(&'a self, actor: SubjectKey<'a>, now: i64) -> Counted<'a> {
        Counted {
            issuer: &self.issuer,
            actor,
            now,
        }
    }

    async fn insert(
        &self,
        connection: &mut Connection,
        row: &NewRow<'_>,
    ) -> Result<(), sqlx::Error> {
        const INSERT: &str = "INSERT INTO starts (id, issuer, session_id, actor_issuer, actor_subject, actor_session_id,
                user_id, organization_id, reason, ticket, duration, on_consent, created_at, began_at, ends_at, state)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14, $15)";
        let new = row.new;
        let args = [
            Arg::Verbatim(&row.id.to_string()),
            Arg::Text(&self.issuer),
            Arg::Text(&new.session_id),
            Arg::Text(&new.actor_issuer),
            Arg::Text(&new.actor_subject),
            Arg::OptionalText(new.actor_session_id.as_deref()),
            Arg::Text(&new.user_id),
            Arg::OptionalText(new.organization_id.as_deref()),
            Arg::Text(&new.reason),
            Arg::OptionalText(new.ticket.as_deref()),
            Arg::Int(new.duration),
            Arg::Int(row.on_consent),
            Arg::Int(row.now),
            Arg::Int(row.ends_at),
            Arg::Verbatim(row.state),
        ];
        connection.execute(INSERT, &args).await.map(drop)
    }
}

struct NewRow<'a> {
    id: SessionId,
    new: &'a NewStart,
    on_consent: i64,
    now: i64,
    ends_at: i64,
    state: &'static str,
}
