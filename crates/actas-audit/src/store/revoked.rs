use actas_store::{Arg, Row, StoreError, decode};

use super::log::AuditLog;
use super::query::{MAX_PAGE, Page, PageError};
use super::revocation::Revocation;
use crate::malformed::Malformed;
use crate::time::Timestamp;

/// A revocation, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredRevocation {
    /// Its number, from 1, in the order in which they were made.
    pub n: u64,
    /// When it was made.
    pub at: Timestamp,
    /// Which sessions it revoked.
    pub revocation: Revocation,
    /// Who made it, where that was told.
    pub by: Option<String>,
    /// Why.
    pub reason: String,
}

impl AuditLog {
    /// Revocations, the newest first, at most `limit` on a page, which is from 1 to 500. `cursor` is where an earlier page said
    /// that this one begins.
    ///
    /// No scope limits them: they are for those who may read everything. They are rows that the database refuses to change, and
    /// are not signed.
    ///
    /// # Errors
    ///
    /// [`PageError`] when the cursor is none, or the database fails.
    pub async fn revocations(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Page<StoredRevocation>, PageError> {
        let before = cursor.map_or(Ok(i64::MAX), str::parse);
        let before = before.map_err(|_| PageError::Cursor)?;
        let page = self.revocations_before(before, limit).await;
        page.map_err(|error| PageError::Store(StoreError::of(&error)))
    }

    async fn revocations_before(
        &self,
        before: i64,
        limit: u32,
    ) -> Result<Page<StoredRevocation>, sqlx::Error> {
        const SELECT: &str =
            "SELECT n, at, kind, issuer, subject, revoked_by, reason FROM revocations
            WHERE n < $1 ORDER BY n DESC LIMIT $2";
        let limit = limit.clamp(1, MAX_PAGE);
        let one_more = Arg::Int(i64::from(limit).saturating_add(1));
        let mut connection = self.inner.database.reader().await?;
        let mut rows = connection
            .fetch(SELECT, &[Arg::Int(before), one_more])
            .await?;
        let is_last = rows.len() <= usize::try_from(limit).unwrap_or(usize::MAX);
        if !is_last {
            rows.pop();
        }
        let last = rows.last().filter(|_| !is_last);
        let last = last.map(|row| row.int(0)).transpose()?;
        let items: Vec<StoredRevocation> = rows.iter().filter_map(readable).collect();
        Ok(Page {
            next: last.map(|n| n.to_string()),
            unreadable: rows.len().saturating_sub(items.len()),
            items,
        })
    }
}

/// One that cannot be read keeps no other from being listed: the log is told.
fn readable(row: &Row) -> Option<StoredRevocation> {
    let read = StoredRevocation::read(row);
    read.inspect_err(|error| {
        tracing::error!(
            revocation = row.int(0).ok(),
            error = %StoreError::of(error),
            "a revocation cannot be read: it is left out of a list"
        );
    })
    .ok()
}

impl StoredRevocation {
    fn read(row: &Row) -> Result<Self, sqlx::Error> {
        let kind = row.verbatim(2)?;
        let revocation = Revocation::of(&kind, row.optional_text(3)?, row.optional_text(4)?);
        Ok(Self {
            n: row.count(0)?,
            at: Timestamp::from_milliseconds(row.int(1)?),
            revocation: revocation.ok_or_else(|| decode(2, Malformed::new("a revocation")))?,
            by: row.optional_text(5)?,
            reason: row.text(6)?,
        })
    }
}
