use actas_store::{Arg, StoreError, decode};

use super::reader::RecordReader;
use crate::file::Receipt;
use crate::id::SessionId;
use crate::key::Signature;
use crate::link::LinkKind;
use crate::signed_link::SignedLink;

impl RecordReader {
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
