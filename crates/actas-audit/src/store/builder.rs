use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actas_core::Clock;
use actas_store::{Place, StoreError};
use tokio::sync::{Semaphore, oneshot, watch};

use super::adopt;
use super::clock::Time;
use super::error::OpenError;
use super::key_place::KeyPlace;
use super::listening::Listeners;
use super::log::{AuditLog, Inner};
use super::memory::Memory;
use super::queue::Queue;
use super::refusals::Refusals;
use super::seal::Keys;
use super::sighting::seconds;
use super::slots::Slots;
use super::tables::TABLES;
use super::watcher::Watcher;
use super::writer::Writer;
use crate::key::SigningKey;

const DEADLINE: Duration = Duration::from_secs(5);
const CAPACITY: usize = 4096;
const GRACE: Duration = Duration::from_secs(5);
const LONGEST_SESSION: Duration = Duration::from_hours(1);

/// How a record is opened.
#[must_use = "nothing is opened before open"]
pub struct AuditLogBuilder {
    place: Place,
    key: Option<KeyPlace>,
    previous: Vec<SigningKey>,
    adopts: bool,
    deadline: Duration,
    capacity: usize,
    longest: Duration,
    idle_limit: Option<Duration>,
    grace: Duration,
    gather: Option<Duration>,
    time: Time,
}

impl AuditLog {
    /// A record in a SQLite file, which is made where it does not exist. Its folder must exist.
    ///
    /// The file serves the processes of one host. It must not lie on a network file system.
    #[cfg(feature = "sqlite")]
    pub fn sqlite(path: impl AsRef<Path>) -> AuditLogBuilder {
        AuditLogBuilder::new(Place::Sqlite(path.as_ref().to_owned()))
    }

    /// A record in a PostgreSQL database: `postgres://user:password@host:5432/database`.
    ///
    /// Its tables lie in a schema of their own, `actas_audit`: the database may be the application's. A pooler between the
    /// two must keep a session's settings, as `PgBouncer` does in its session mode.
    #[cfg(feature = "postgres")]
    pub fn postgres(url: impl Into<String>) -> AuditLogBuilder {
        AuditLogBuilder::new(Place::Postgres(url.into()))
    }
}

impl AuditLogBuilder {
    fn new(place: Place) -> Self {
        Self {
            place,
            key: None,
            previous: Vec::new(),
            adopts: false,
            deadline: DEADLINE,
            capacity: CAPACITY,
            longest: LONGEST_SESSION,
            idle_limit: None,
            grace: GRACE,
            gather: None,
            time: Time::Machine,
        }
    }

    /// Signs the record with this key, also where another has signed it before: verification is then given both, and
    /// [`add_previous_key`](Self::add_previous_key) the other. By default, with that of a file.
    pub fn with_signing_key(mut self, key: SigningKey) -> Self {
        self.key = Some(KeyPlace::Given(key));
        self
    }

    /// Signs the record with the key in this file, which is made at first use, with mode 0600, and not where
    /// the record is signed already.
    ///
    /// A record that another key has signed last is not opened with it. By default, `audit.key` beside a SQLite
    /// file; with PostgreSQL there is no default.
    pub fn with_key_file(mut self, path: impl AsRef<Path>) -> Self {
        self.key = Some(KeyPlace::File(path.as_ref().to_owned()));
        self
    }

    /// A key that signed the record before. Nothing is signed with it.
    ///
    /// What the database says of a session is sealed by a key that is derived from the one that signs. A session that was last
    /// written with another key is one that anybody may have written: it neither goes on, its requests being refused with
    /// 503, nor is it closed or removed, unless its key is added here. By default, there is none.
    pub fn add_previous_key(mut self, key: SigningKey) -> Self {
        self.previous.push(key);
        self
    }

    /// Takes, once when the record is opened, the sessions of keys that are neither its own nor added as they stand in the
    /// database, and seals them: for a record whose key was lost.
    ///
    /// Whoever could write to the database may have added events to them since their last links, and those will be signed.
    /// Judge the record with the public key before, and open it so one time. By default, such sessions neither go on nor are
    /// they closed or removed.
    pub fn insecure_adopt_sessions_of_lost_keys(mut self) -> Self {
        self.adopts = true;
        self
    }

    /// How long a request waits for its record before it is refused with 503. By default, 5 seconds.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many impersonated requests may run or wait for their record at a time, from 1. By default, 4,096.
    ///
    /// One actor may have half of them, and at least one: whoever opens many pages at once keeps no other from acting. What is
    /// told beside requests ([`AuditLog::record`], [`AuditLog::start`]) has as much room of its own, and an end needs none.
    ///
    /// A further one waits for its turn, until the deadline, and is then refused with 503. A request holds its place until its
    /// outcome is on disk, so a response that streams holds one as long as the stream is open.
    pub fn with_capacity(mut self, requests: usize) -> Self {
        self.capacity = requests.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// Ends sessions after this time without a request, in whole seconds from 1: where their [start](AuditLog::start) tells
    /// another limit, after that. A session keeps the limit that it began with. By default, sessions that tell none have none.
    ///
    /// A request that comes later is refused, in the transaction that would record it. How long one runs does not count.
    pub fn with_idle_limit(mut self, limit: Duration) -> Self {
        self.idle_limit = Some(limit);
        self
    }

    /// How long this process may not hear which sessions others have ended, before it refuses impersonated requests with 503. By
    /// default, 5 seconds.
    ///
    /// Processes that share a PostgreSQL database tell each other by `LISTEN` and `NOTIFY`, on two connections more of each. One
    /// that is cut from it would let what runs go on that has ended, and does not begin more of it. A SQLite database is looked
    /// at instead, while somebody waits for the end of a session.
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// How long the longest session may last from its start. By default, an hour.
    ///
    /// A session that is first seen within this time after a [revocation](AuditLog::revoke) may have begun before it.
    pub fn with_longest_session(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Lets requests run before their record is on disk. Records are gathered for this long and then written together.
    ///
    /// What is lost when the process dies, or the machine: all that was done by impersonated requests in the last interval, and
    /// for as long as the database was away before. Nothing in the record shows that it is missing. And a session whose end
    /// this process has not heard of goes on for an interval: such requests are recorded after the end. The same holds for
    /// one whose row somebody else has written, and of which nothing is recorded any longer. By default, no request runs before
    /// its record is on disk.
    pub fn buffered_and_may_lose_records(mut self, interval: Duration) -> Self {
        self.gather = Some(interval);
        self
    }

    /// Takes the times of the record from `clock`, in whole seconds. By default, from the machine, to the millisecond.
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.time = Time::Told(Arc::new(clock));
        self
    }

    /// Opens the record: makes or updates its tables, and closes sessions that are over.
    ///
    /// It must be called within a tokio runtime, which writes the record as long as it runs. Several processes may open one
    /// record at once.
    ///
    /// # Errors
    ///
    /// [`OpenError`] when the signing key or the database cannot be had, when a PostgreSQL database is encoded in neither UTF8
    /// nor `SQL_ASCII`, or when the record was last signed by another key than that of the key file.
    pub async fn open(self) -> Result<AuditLog, OpenError> {
        let key = match self.key {
            Some(key) => key,
            None => KeyPlace::beside(&self.place)?,
        };
        let database = self.place.open(&TABLES, self.deadline).await;
        let database = database.map_err(OpenError::of)?;
        let key = key.key(&self.place, &database).await?;
        let keys = Keys::new(key, &self.previous).map_err(OpenError::Key)?;
        if self.adopts {
            let failed = |error| OpenError::of(self.place.failed(StoreError::of(&error)));
            adopt::all(&database, &keys).await.map_err(failed)?;
        }

        let (queue, receiver) = Queue::new(self.time.clone());
        let (running, is_running) = watch::channel(());
        let memory = Arc::new(Memory::new(self.time.clone()));
        let listeners = Arc::new(Listeners::new(Arc::clone(&memory)));
        let (watching, stopped) = oneshot::channel();
        let watcher = Watcher {
            database: database.clone(),
            listeners: Arc::clone(&listeners),
            grace: self.grace,
            stopped,
        };
        tokio::spawn(watcher.run());
        let (keys, refusals) = (Arc::new(keys), Arc::new(Refusals::new(queue.clone())));
        let writer = Writer {
            database: database.clone(),
            keys: Arc::clone(&keys),
            memory: Arc::clone(&memory),
            receiver,
            refusals: Arc::downgrade(&refusals),
            time: self.time,
            longest: milliseconds(self.longest),
            gather: self.gather,
            watching,
            running,
        };
        tokio::spawn(writer.run());
        Ok(AuditLog {
            inner: Arc::new(Inner {
                database,
                keys,
                queue,
                is_running,
                memory,
                listeners,
                grace: self.place.is_shared().then_some(self.grace),
                refusals,
                slots: Slots::new(self.capacity),
                deadline: self.deadline,
                longest: milliseconds(self.longest),
                idle_limit: self.idle_limit.map(seconds),
                is_buffered: self.gather.is_some(),
            }),
        })
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl fmt::Debug for AuditLogBuilder {
    /// A URL may hold a password: it is not told.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditLogBuilder")
            .field("deadline", &self.deadline)
            .field("capacity", &self.capacity)
            .field("gather", &self.gather)
            .finish_non_exhaustive()
    }
}
