use actas_audit::SessionId;
use actas_core::SubjectKey;
use actas_store::Arg;

use super::open::Store;
use super::start::{COLUMNS, Start};

/// Starts that are looked through for one approver.
const MAX_LISTED: i64 = 200;

impl Store {
    /// Writes down that a start was approved. `false` where it does not wait for that any longer.
    pub(crate) async fn approve(
        &self,
        id: SessionId,
        approver: SubjectKey<'_>,
        now: i64,
    ) -> Result<bool, sqlx::Error> {
        const UPDATE: &str = "UPDATE starts SET state = 'approved'
            WHERE id = $1 AND issuer = $2 AND state = 'pending' AND ends_at > $3";
        const INSERT: &str = "INSERT INTO approvals (start, approver_issuer, approver_subject, approved_at) VALUES ($1, $2, $3, $4)";
        let id = id.to_string();
        let mut connection = self.database.writer().await?;
        connection.begin().await?;
        let args = [Arg::Verbatim(&id), Arg::Text(&self.issuer), Arg::Int(now)];
        let is_done = connection.execute(UPDATE, &args).await? == 1;
        if is_done {
            let args = [
                Arg::Verbatim(&id),
                Arg::Text(approver.issuer),
                Arg::Text(approver.user_id),
                Arg::Int(now),
            ];
            connection.execute(INSERT, &args).await?;
        }
        connection.commit().await?;
        Ok(is_done)
    }

    /// The starts that wait to be approved, the oldest first.
    pub(crate) async fn pending(&self, now: i64) -> Result<Vec<Start>, sqlx::Error> {
        let select = format!(
            "SELECT {COLUMNS} FROM starts
            WHERE issuer = $1 AND state = 'pending' AND ends_at > $2 ORDER BY created_at, id LIMIT $3"
        );
        let mut connection = self.database.reader().await?;
        let args = [Arg::Text(&self.issuer), Arg::Int(now), Arg::Int(MAX_LISTED)];
        let rows = connection.fetch(sqlx::AssertSqlSafe(select), &args).await?;
        Start::read_all(&rows)
    }
}
