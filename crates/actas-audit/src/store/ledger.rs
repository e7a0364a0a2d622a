use actas_store::{Arg, Connection, decode};

use super::state::{number, only_one};
use crate::hash::Hash;
use crate::head::{Head, LedgerHead};
use crate::id::SessionId;
use crate::key::SigningKey;
use crate::link::{Link, LinkKind};
use crate::time::Timestamp;

/// What the ledger is locked by at PostgreSQL: a number of our own choosing.
const LOCK: i64 = 0x6163_7461_735f_6c64;

/// The ledger, locked until the transaction ends. It is locked last, after every session.
pub(super) struct Ledger {
    head: Option<LedgerHead>,
    /// When the last link was made.
    at: Option<Timestamp>,
}

/// The id of the key that signed the last link.
pub(super) async fn last_key(connection: &mut Connection) -> Result<Option<String>, sqlx::Error> {
    let last = "SELECT key_id FROM links ORDER BY n DESC LIMIT 1";
    let row = connection.fetch_optional(last, &[]).await?;
    row.map(|row| row.verbatim(0)).transpose()
}

impl Ledger {
    pub(super) async fn lock(connection: &mut Connection) -> Result<Self, sqlx::Error> {
        if connection.locks_rows() {
            let lock = "SELECT 1 FROM pg_advisory_xact_lock($1)";
            connection.execute(lock, &[Arg::Int(LOCK)]).await?;
        }
        let last = "SELECT n, hash, body FROM links ORDER BY n DESC LIMIT 1";
        let Some(row) = connection.fetch_optional(last, &[]).await? else {
            return Ok(Self {
                head: None,
                at: None,
            });
        };
        let head = LedgerHead {
            n: row.count(0)?,
            hash: Hash::from_bytes(row.array(1)?),
        };
        // One that cannot be read is for verification to find.
        let link = Link::from_body(&row.verbatim(2)?).ok();
        Ok(Self {
            head: Some(head),
            at: link.map(|link| link.at),
        })
    }

    /// Appends a link, signed, and tells its number. None is made before the one that it follows, though clocks may say so.
    pub(super) async fn append(
        &mut self,
        connection: &mut Connection,
        key: &SigningKey,
        at: Timestamp,
        kind: LinkKind,
        session: SessionId,
        (from, to): (Option<Head>, Head),
    ) -> Result<u64, sqlx::Error> {
        const INSERT: &str =
            "INSERT INTO links (n, session, kind, to_seq, body, hash, signature, key_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let at = self.at.map_or(at, |last| at.max(last));
        let link = Link::new(self.head.as_ref(), at, kind, session, from, to);
        let body = link.to_body().map_err(|error| decode(0, error))?;
        let hash = Hash::of_link(&body);
        let signature = key.sign(&hash);
        let inserted = connection
            .execute(
                INSERT,
                &[
                    Arg::Int(number(link.n)),
                    Arg::Verbatim(&session.to_string()),
                    Arg::Verbatim(kind.name()),
                    Arg::Int(number(to.seq)),
                    Arg::Verbatim(&body),
                    Arg::Bytes(hash.as_bytes()),
                    Arg::Bytes(signature.as_bytes()),
                    Arg::Verbatim(&key.verifying_key().id().to_string()),
                ],
            )
            .await?;
        only_one(inserted)?;
        self.head = Some(LedgerHead { n: link.n, hash });
        self.at = Some(at);
        Ok(link.n)
    }
}
