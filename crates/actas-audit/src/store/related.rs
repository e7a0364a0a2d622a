use actas_store::{Arg, Row, StoreError, decode};

use super::reader::RecordReader;
use super::records::Records;
use super::state::number;
use crate::file::Receipt;
use crate::id::{EventId, SessionId};
use crate::key::{KeyId, Signature};
use crate::link::LinkKind;
use crate::signed_link::SignedLink;

impl Records {
    /// The body of one event of a session, in the same state of the database.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails.
    pub async fn event(
        &mut self,
        session: SessionId,
        seq: u64,
    ) -> Result<Option<String>, StoreError> {
        const SELECT: &str = "SELECT body FROM events WHERE session = $1 AND seq = $2";
        let session = session.to_string();
        let args = [Arg::Verbatim(&session), Arg::Int(number(seq))];
        let row = self.connection.fetch_optional(SELECT, &args).await;
        body(row)
    }

    /// The body of the event that is known by `id`, in the same state of the database.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails.
    pub async fn event_by_id(&mut self, id: EventId) -> Result<Option<String>, StoreError> {
        const SELECT: &str = "SELECT body FROM events WHERE id = $1";
        let id = id.to_string();
        let row = self
            .connection
            .fetch_optional(SELECT, &[Arg::Verbatim(&id)])
            .await;
        body(row)
    }
}

fn body(row: Result<Option<Row>, sqlx::Error>) -> Result<Option<String>, StoreError> {
    row.and_then(|row| row.map(|row| row.verbatim(0)).transpose())
        .map_err(|error| StoreError::of(&error))
}

impl RecordReader {
    /// The key that the last link of the ledger names, if there is a link.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails, or the row is not as this crate writes it.
    pub async fn last_key(&self) -> Result<Option<KeyId>, StoreError> {
        const SELECT: &str = "SELECT key_id FROM links ORDER BY n DESC LIMIT 1";
        let mut records = self.records().await?;
        let read = async {
            let row = records.connection.fetch_optional(SELECT, &[]).await?;
            let key = row.map(|row| row.verbatim(0)).transpose()?;
            let key = key.map(|key| key.parse()).transpose();
            key.map_err(|error| decode(0, error))
        };
        let read: Result<_, sqlx::Error> = read.await;
        read.map_err(|error| StoreError::of(&error))
    }

    /// The receipt of a session up to the last link over it: `None` where the record holds no such session, or its events
    /// were removed. Events that no link vouches for yet are not in it. It is in memory as a whole.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails, or a row is not as this crate writes it.
    pub async fn receipt(&self, session: SessionId) -> Result<Option<Receipt>, StoreError> {
        const LINK: &str = "SELECT kind, to_seq, body, signature, key_id FROM links
            WHERE session = $1 ORDER BY n DESC LIMIT 1";
        const EVENTS: &str =
            "SELECT body FROM events WHERE session = $1 AND seq <= $2 ORDER BY seq";
        let mut records = self.records().await?;
        let connection = &mut records.connection;
        let read = async {
            let session = session.to_string();
            let row = connection
                .fetch_optional(LINK, &[Arg::Verbatim(&session)])
                .await?;
            let Some(row) = row else {
                return Ok(None);
            };
            if row.verbatim(0)? == LinkKind::Pruned.name() {
                return Ok(None);
            }
            let key_id = row.verbatim(4)?.parse();
            let link = SignedLink {
                body: row.verbatim(2)?,
                signature: Signature::from_bytes(row.array(3)?),
                key_id: key_id.map_err(|error| decode(4, error))?,
            };
            let args = [Arg::Verbatim(&session), Arg::Int(row.int(1)?)];
            let rows = connection.fetch(EVENTS, &args).await?;
            let events = rows.iter().map(|row| row.verbatim(0));
            let events = events.collect::<Result<_, sqlx::Error>>()?;
            let receipt = Receipt::new(link, None, events);
            receipt.map(Some).map_err(|error| decode(2, error))
        };
        let read: Result<_, sqlx::Error> = read.await;
        read.map_err(|error| StoreError::of(&error))
    }
}
