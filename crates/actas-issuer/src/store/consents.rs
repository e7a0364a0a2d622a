use actas_core::SubjectKey;
use actas_store::Arg;

use super::open::Store;

/// What a user has agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsentRecord {
    /// When they did, in whole seconds since the Unix epoch.
    pub given_at: i64,
    /// Until when it holds, in whole seconds since the Unix epoch.
    pub until: i64,
    /// When they withdrew it, in whole seconds since the Unix epoch.
    pub withdrawn_at: Option<i64>,
}

impl Store {
    pub(crate) async fn give_consent(
        &self,
        user: SubjectKey<'_>,
        now: i64,
        until: i64,
    ) -> Result<(), sqlx::Error> {
        const INSERT: &str = "INSERT INTO consents (user_issuer, user_id, given_at, until, withdrawn_at)
            VALUES ($1, $2, $3, $4, NULL)
            ON CONFLICT (user_issuer, user_id)
            DO UPDATE SET given_at = excluded.given_at, until = excluded.until, withdrawn_at = NULL";
        let mut connection = self.database.writer().await?;
        let args = [
            Arg::Text(user.issuer),
            Arg::Text(user.user_id),
            Arg::Int(now),
            Arg::Int(until),
        ];
        connection.execute(INSERT, &args).await.map(drop)
    }

    pub(crate) async fn consent(
        &self,
        user: SubjectKey<'_>,
    ) -> Result<Option<ConsentRecord>, sqlx::Error> {
        const SELECT: &str = "SELECT given_at, until, withdrawn_at FROM consents
            WHERE user_issuer = $1 AND user_id = $2";
        let mut connection = self.database.reader().await?;
        let args = [Arg::Text(user.issuer), Arg::Text(user.user_id)];
        let row = connection.fetch_optional(SELECT, &args).await?;
        let read = |row: actas_store::Row| {
            Ok(ConsentRecord {
                given_at: row.int(0)?,
                until: row.int(1)?,
                withdrawn_at: row.optional_int(2)?,
            })
        };
        row.map(read).transpose()
    }

    /// Takes a consent back, and where a reason is given, with it all that runs on it: what has begun is to be ended.
    ///
    /// No start that saw the consent is missed: each has held its row until it was written.
    pub(crate) async fn withdraw_consent(
        &self,
        user: SubjectKey<'_>,
        now: i64,
        reason: Option<&'static str>,
    ) -> Result<(), sqlx::Error> {
        const WITHDRAW: &str = "UPDATE consents SET withdrawn_at = $1
            WHERE user_issuer = $2 AND user_id = $3 AND withdrawn_at IS NULL";
        const END: &str = "UPDATE starts SET state = 'ending', end_reason = $1
            WHERE issuer = $2 AND user_id = $3 AND on_consent = 1
                AND state IN ('starting', 'started', 'redeemed') AND ends_at > $4";
        const CANCEL: &str = "DELETE FROM starts
            WHERE issuer = $1 AND user_id = $2 AND on_consent = 1 AND state IN ('pending', 'approved')";
        let mut connection = self.database.writer().await?;
        connection.begin().await?;
        let args = [
            Arg::Int(now),
            Arg::Text(user.issuer),
            Arg::Text(user.user_id),
        ];
        connection.execute(WITHDRAW, &args).await?;
        let Some(reason) = reason else {
            return connection.commit().await;
        };
        let args = [
            Arg::Verbatim(reason),
            Arg::Text(&self.issuer),
            Arg::Text(user.user_id),
            Arg::Int(now),
        ];
        connection.execute(END, &args).await?;
        let args = [Arg::Text(&self.issuer), Arg::Text(user.user_id)];
        connection.execute(CANCEL, &args).await?;
        connection.commit().await
    }

    /// Has those end that run on a consent which has run out since, or was replaced by a shorter one.
    pub(crate) async fn end_unconsented(
        &self,
        users: &str,
        now: i64,
        reason: &'static str,
    ) -> Result<(), sqlx::Error> {
        const UPDATE: &str = "UPDATE starts SET state = 'ending', end_reason = $1
            WHERE issuer = $2 AND on_consent = 1 AND state IN ('starting', 'started', 'redeemed') AND ends_at > $4
                AND NOT EXISTS (SELECT 1 FROM consents c
                    WHERE c.user_issuer = $3 AND c.user_id = starts.user_id AND c.until > $4 AND c.withdrawn_at IS NULL)";
        let mut connection = self.database.writer().await?;
        let args = [
            Arg::Verbatim(reason),
            Arg::Text(&self.issuer),
            Arg::Text(users),
            Arg::Int(now),
        ];
        connection.execute(UPDATE, &args).await.map(drop)
    }
}
