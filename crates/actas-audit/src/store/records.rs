use std::collections::VecDeque;

use actas_store::{Arg, Connection, Database, Row, StoreError, decode};

use super::log::AuditLog;
use super::state::number;
use crate::key::{KeyId, Signature};
use crate::link::{Link, LinkKind};
use crate::verify::{Next, StatedLink};

/// Rows that are held in memory at a time.
const PAGE: i64 = 256;

/// One record of the whole, in the order in which a [`Verifier`](crate::Verifier) takes them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoredRecord {
    /// The body of an event.
    Event(String),
    /// A link of the ledger.
    Link(StoredLink),
}

/// A link of the ledger, as it is stored.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredLink {
    /// The text that is hashed and signed.
    pub body: String,
    /// The signature over its hash.
    pub signature: Signature,
    /// The key that signed.
    pub key_id: KeyId,
    /// Where the session goes on.
    pub next: Next,
    /// Whether a later link of the session says that its events were removed.
    pub is_pruned: bool,
}

impl StoredLink {
    /// The link as a [`Verifier`](crate::Verifier) takes it.
    #[must_use]
    pub fn stated(&self) -> StatedLink<'_> {
        StatedLink {
            body: &self.body,
            signature: self.signature,
            key_id: self.key_id,
            next: self.next,
            is_pruned: self.is_pruned,
        }
    }
}

impl AuditLog {
    /// The whole record as it is now, to be verified or exported, in constant memory.
    ///
    /// ```no_run
    /// # async fn example(log: actas_audit::AuditLog) -> Result<(), Box<dyn std::error::Error>> {
    /// use actas_audit::{StoredRecord, Timestamp, Verifier};
    ///
    /// let mut verifier = Verifier::new(Timestamp::now())?.add_public_key(log.verifying_key().clone());
    /// let mut records = log.records().await?;
    /// while let Some(record) = records.next().await? {
    ///     match record {
    ///         StoredRecord::Event(body) => {
    ///             verifier.event(&body)?;
    ///         }
    ///         StoredRecord::Link(link) => {
    ///             verifier.link(&link.stated())?;
    ///         }
    ///         _ => (),
    ///     }
    /// }
    /// println!("{:?}", verifier.finish()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails.
    pub async fn records(&self) -> Result<Records, StoreError> {
        Records::of(&self.inner.database).await
    }
}

/// The records of one state of the database. It holds a connection until it is dropped.
#[must_use]
pub struct Records {
    /// Within the transaction that reads one state.
    pub(super) connection: Connection,
    links: Links,
    /// Events that come next, and the link that they stand before.
    events: Option<Events>,
    /// The last session whose events beyond its links were looked for; `None` when there are no more.
    open: Option<String>,
}

#[derive(Default)]
struct Links {
    rows: VecDeque<Row>,
    last: i64,
    is_over: bool,
}

struct Events {
    session: String,
    after: i64,
    until: i64,
    bodies: VecDeque<String>,
    link: Option<StoredLink>,
}

impl Records {
    pub(super) async fn of(database: &Database) -> Result<Self, StoreError> {
        let connection = async {
            let mut connection = database.reader().await?;
            connection.begin_snapshot().await?;
            Ok(connection)
        };
        let connection: Result<Connection, sqlx::Error> = connection.await;
        Ok(Self {
            connection: connection.map_err(|error| StoreError::of(&error))?,
            links: Links::default(),
            events: None,
            open: Some(String::new()),
        })
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when the database fails, or a row is not as this crate writes it.
    pub async fn next(&mut self) -> Result<Option<StoredRecord>, StoreError> {
        let next = self.advance().await;
        next.map_err(|error| StoreError::of(&error))
    }

    async fn advance(&mut self) -> Result<Option<StoredRecord>, sqlx::Error> {
        let connection = &mut self.connection;
        loop {
            if let Some(events) = &mut self.events {
                if let Some(body) = events.next(connection).await? {
                    return Ok(Some(StoredRecord::Event(body)));
                }
                let link = events.link.take();
                self.events = None;
                if let Some(link) = link {
                    return Ok(Some(StoredRecord::Link(link)));
                }
            }
            self.events = match self.links.next(connection).await? {
                Some(events) => Some(events),
                None => beyond_links(connection, &mut self.open).await?,
            };
            if self.events.is_none() {
                return Ok(None);
            }
        }
    }
}

impl Events {
    async fn next(&mut self, connection: &mut Connection) -> Result<Option<String>, sqlx::Error> {
        const SELECT: &str = "SELECT seq, body FROM events
            WHERE session = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4";
        if self.bodies.is_empty() && self.after < self.until {
            let args = [
                Arg::Verbatim(&self.session),
                Arg::Int(self.after),
                Arg::Int(self.until),
                Arg::Int(PAGE),
            ];
            let rows = connection.fetch(SELECT, &args).await?;
            for row in &rows {
                self.after = row.int(0)?;
                self.bodies.push_back(row.verbatim(1)?);
            }
            if rows.is_empty() {
                self.after = self.until;
            }
        }
        Ok(self.bodies.pop_front())
    }
}

impl Links {
    /// The events of the next link, which stand before it.
    async fn next(&mut self, connection: &mut Connection) -> Result<Option<Events>, sqlx::Error> {
        // What follows a link, is after it: the session's next link, its removal, and a start anew after that.
        const SELECT: &str = "SELECT l.n, l.session, l.to_seq, l.body, l.signature, l.key_id,
                (SELECT MIN(m.n) FROM links m WHERE m.session = l.session AND m.n > l.n),
                (SELECT MIN(m.n) FROM links m WHERE m.session = l.session AND m.n > l.n AND m.kind = 'pruned'),
                (SELECT MIN(m.n) FROM links m WHERE m.session = l.session AND m.n > l.n AND m.kind = 'opened'),
                (SELECT MAX(e.seq) FROM events e WHERE e.session = l.session)
            FROM links l WHERE l.n > $1 ORDER BY l.n LIMIT $2";
        if self.rows.is_empty() && !self.is_over {
            let args = [Arg::Int(self.last), Arg::Int(PAGE)];
            self.rows = connection.fetch(SELECT, &args).await?.into();
        }
        let Some(row) = self.rows.pop_front() else {
            self.is_over = true;
            return Ok(None);
        };
        self.last = row.int(0)?;
        read_link(&row).map(Some)
    }
}

fn read_link(row: &Row) -> Result<Events, sqlx::Error> {
    let (session, to_seq, body) = (row.text(1)?, row.int(2)?, row.verbatim(3)?);
    let key_id = row.verbatim(5)?.parse();
    let (following, pruned, opened) = (
        row.optional_int(6)?,
        row.optional_int(7)?,
        row.optional_int(8)?,
    );
    let last = row.optional_int(9)?.unwrap_or(0);
    // A body that cannot be read is for whoever verifies to find.
    let link = Link::from_body(&body).ok();
    let is_removal = link
        .as_ref()
        .is_some_and(|link| link.kind == LinkKind::Pruned);
    let from = link.and_then(|link| link.from).map_or(0, |from| from.seq);

    // A removal after the session's next start is not of these events.
    let removed = pruned.filter(|pruned| opened.is_none_or(|opened| *pruned < opened));
    let is_pruned = !is_removal && removed.is_some();
    let next = match following {
        _ if is_removal => Next::Nowhere,
        Some(n) => Next::Link(u64::try_from(n).map_err(|error| decode(6, error))?),
        None if last > to_seq => Next::Events,
        None => Next::Nowhere,
    };
    // Events under numbers that were removed belong to the session's new start, if there is one.
    let is_anew = (is_pruned || is_removal) && opened.is_some();
    Ok(Events {
        session,
        after: number(from),
        until: if is_anew { 0 } else { to_seq },
        bodies: VecDeque::new(),
        link: Some(StoredLink {
            body,
            signature: Signature::from_bytes(row.array(4)?),
            key_id: key_id.map_err(|error| decode(5, error))?,
            next,
            is_pruned,
        }),
    })
}

/// The events of the next session that has some beyond its links.
async fn beyond_links(
    connection: &mut Connection,
    last: &mut Option<String>,
) -> Result<Option<Events>, sqlx::Error> {
    const NEXT: &str = "SELECT MIN(session) FROM events WHERE session > $1";
    const LINKED: &str =
        "SELECT kind, to_seq, (SELECT MAX(e.seq) FROM events e WHERE e.session = $1)
        FROM links WHERE session = $1 ORDER BY n DESC LIMIT 1";
    while let Some(after) = last.take() {
        let row = connection
            .fetch_optional(NEXT, &[Arg::Verbatim(&after)])
            .await?;
        let session = row.map(|row| row.optional_text(0)).transpose()?.flatten();
        let Some(session) = session else {
            return Ok(None);
        };
        *last = Some(session.clone());
        let linked = connection
            .fetch_optional(LINKED, &[Arg::Verbatim(&session)])
            .await?;
        let linked = match linked {
            Some(row) if row.verbatim(0)? == LinkKind::Pruned.name() => 0,
            Some(row) if row.optional_int(2)?.unwrap_or(0) <= row.int(1)? => continue,
            Some(row) => row.int(1)?,
            None => 0,
        };
        return Ok(Some(Events {
            session,
            after: linked,
            until: i64::MAX,
            bodies: VecDeque::new(),
            link: None,
        }));
    }
    Ok(None)
}
