use std::collections::VecDeque;

use actas_store::{Arg, Connection, Row, decode};
use serde::Deserialize;

use super::state::{self, State};
use crate::cap;
use crate::event::{Event, EventKind, SessionStarted};
use crate::hash::Hash;
use crate::head::Head;
use crate::id::SessionId;
use crate::link::{Link, LinkKind};
use crate::time::Timestamp;
use crate::verify::{Finding, Place, Problem};

/// Rows that are held in memory at a time.
const PAGE: i64 = 256;

/// Compares the list of sessions with their events and links, which hold, in constant memory.
///
/// `read` is told the length of each body.
pub(super) async fn list(
    connection: &mut Connection,
    mut read: impl FnMut(usize),
) -> Result<Result<(), Finding>, sqlx::Error> {
    let (mut events, mut listed) = (Events::default(), List::default());
    let mut told: Option<Told> = None;
    loop {
        let event = events.next(connection).await?;
        if let Some((event, head)) = &event
            && let Some(told) = told.as_mut().filter(|told| told.is_of(event))
        {
            told.follow(event, *head);
        } else {
            if let Some(told) = told.take()
                && let Err(finding) = listed.judge(connection, &told).await?
            {
                return Ok(Err(finding));
            }
            told = match &event {
                Some((event, head)) => match Told::start(event, *head) {
                    Ok(told) => Some(told),
                    Err(finding) => return Ok(Err(finding)),
                },
                None => break,
            };
        }
        read(events.last_length);
        if let Some(finding) = events.finding.take() {
            return Ok(Err(finding));
        }
    }
    let rest = listed.next(connection).await?;
    Ok(rest.map_or(Ok(()), |listed| Err(listed.found(Problem::ListedAlone))))
}

/// What the events of a session say of it.
struct Told {
    started: SessionStarted,
    at: Timestamp,
    state: State,
}

impl Told {
    fn start(event: &Event, head: Head) -> Result<Self, Finding> {
        let EventKind::SessionStarted(started) = &event.kind else {
            let (session, seq) = (event.session, event.seq);
            let place = Place::Event { session, seq };
            return Err(Finding::new(place, Problem::Start));
        };
        let mut state = State::new(event.session, started, event.at);
        state.count(head, event.at, &event.kind);
        Ok(Self {
            started: started.clone(),
            at: event.at,
            state,
        })
    }

    fn is_of(&self, event: &Event) -> bool {
        self.state.id == event.session
    }

    fn follow(&mut self, event: &Event, head: Head) {
        if let EventKind::Request(request) = &event.kind {
            let reads = matches!(request.method.as_str(), "GET" | "HEAD" | "OPTIONS");
            self.state.writes = self.state.writes.saturating_add(i64::from(!reads));
            if let Some(expires_at) = request.expires_at {
                self.state.is_seen_until(expires_at);
            }
        }
        self.state.count(head, event.at, &event.kind);
    }
}

/// The events of all sessions, in the order of the sessions' ids.
#[derive(Default)]
struct Events {
    rows: VecDeque<Row>,
    after: (String, i64),
    is_over: bool,
    last_length: usize,
    /// What does not hold of the last.
    finding: Option<Finding>,
}

impl Events {
    async fn next(
        &mut self,
        connection: &mut Connection,
    ) -> Result<Option<(Event, Head)>, sqlx::Error> {
        const SELECT: &str = "SELECT session, seq, at, kind, id, body, hash FROM events
            WHERE (session, seq) > ($1, $2) ORDER BY session, seq LIMIT $3";
        if self.rows.is_empty() && !self.is_over {
            let (session, seq) = &self.after;
            let args = [Arg::Verbatim(session), Arg::Int(*seq), Arg::Int(PAGE)];
            self.rows = connection.fetch(SELECT, &args).await?.into();
        }
        let Some(row) = self.rows.pop_front() else {
            self.is_over = true;
            return Ok(None);
        };
        self.after = (row.verbatim(0)?, row.int(1)?);
        let body = row.verbatim(5)?;
        self.last_length = body.len();
        // That it is in its one form was judged before.
        let event = Event::read(&body).map_err(|error| decode(5, error))?;
        let (seq, hash) = (row.count(1)?, Hash::of_event(&body));
        let is_as_written = self.after.0 == event.session.to_string()
            && seq == event.seq
            && row.int(2)? == event.at.milliseconds()
            && row.verbatim(3)? == event.kind.name()
            && row.verbatim(4)? == event.id.to_string()
            && row.array(6)? == *hash.as_bytes();
        if !is_as_written {
            let session = event.session;
            self.finding = Some(Finding::new(Place::Event { session, seq }, Problem::Row));
        }
        Ok(Some((event, Head { seq, hash })))
    }
}

/// The rows of all sessions, in the order of their ids.
#[derive(Default)]
struct List {
    rows: VecDeque<Row>,
    after: String,
    is_over: bool,
}

/// A row of the list.
struct Listed {
    id: SessionId,
    row: Row,
}

impl List {
    /// The next row must be this session's, and say what its events do.
    async fn judge(
        &mut self,
        connection: &mut Connection,
        told: &Told,
    ) -> Result<Result<(), Finding>, sqlx::Error> {
        let id = told.state.id;
        Ok(match self.next(connection).await? {
            Some(listed) if listed.id < id => Err(listed.found(Problem::ListedAlone)),
            Some(listed) if listed.id == id => match listed.differs(told) {
                Ok(None) => Ok(()),
                Ok(Some(column)) => Err(listed.found(Problem::Listed(column))),
                Err(sqlx::Error::ColumnDecode { .. }) => Err(listed.found(Problem::Row)),
                Err(error) => return Err(error),
            },
            Some(_) | None => Err(Finding::new(Place::Session(id), Problem::Unlisted)),
        })
    }

    async fn next(&mut self, connection: &mut Connection) -> Result<Option<Listed>, sqlx::Error> {
        const SELECT: &str = concat!(
            "SELECT ",
            state::columns!(),
            ", id, issuer, session_key, session_id, user_id, organization_id, reason, ticket, authorized_party, created_at,
                actor, (SELECT l.body FROM links l WHERE l.session = s.id ORDER BY l.n DESC LIMIT 1)
            FROM sessions s WHERE id > $1 ORDER BY id LIMIT $2"
        );
        if self.rows.is_empty() && !self.is_over {
            let args = [Arg::Verbatim(&self.after), Arg::Int(PAGE)];
            self.rows = connection.fetch(SELECT, &args).await?.into();
        }
        let Some(row) = self.rows.pop_front() else {
            self.is_over = true;
            return Ok(None);
        };
        self.after = row.verbatim(22)?;
        let id = self.after.parse();
        let id = id.map_err(|error| decode(22, error))?;
        Ok(Some(Listed { id, row }))
    }
}

impl Listed {
    fn found(&self, problem: Problem) -> Finding {
        Finding::new(Place::Session(self.id), problem)
    }

    /// The first column that says other than the events and the links.
    fn differs(&self, told: &Told) -> Result<Option<&'static str>, sqlx::Error> {
        let (row, started) = (&self.row, &told.started);
        let texts = [
            ("issuer", Some(&started.issuer)),
            ("session_key", Some(&started.session_key)),
            ("session_id", started.session_id.as_ref()),
            ("user_id", Some(&started.user_id)),
            ("organization_id", started.organization_id.as_ref()),
            ("reason", started.reason.as_ref()),
            ("ticket", started.ticket.as_ref()),
            ("authorized_party", started.authorized_party.as_ref()),
        ];
        for (index, (column, text)) in (23..).zip(texts) {
            if row.optional_text(index)?.as_ref() != text {
                return Ok(Some(column));
            }
        }
        if row.int(31)? != told.at.milliseconds() {
            return Ok(Some("created_at"));
        }
        if !says(&row.text(32)?, started) {
            return Ok(Some("actor"));
        }
        let link = row.optional_text(33)?;
        // Links were judged before.
        let link = link.and_then(|link| Link::from_body(&link).ok());
        let is_closed = |link: &&Link| link.kind == LinkKind::Closed;
        let listed = State::read(self.id, row)?;
        let told = &told.state;
        let columns = [
            ("actor_issuer", listed.actor.0 == told.actor.0),
            ("actor_token_issuer", listed.actor.1 == told.actor.1),
            ("actor_subject", listed.actor.2 == told.actor.2),
            ("actor_kind", listed.actor.3 == told.actor.3),
            (
                "last_active_at",
                listed.last_active_at == told.last_active_at,
            ),
            ("expire_at", listed.expire_at == told.expire_at),
            ("ended_at", listed.ended_at == told.ended_at),
            ("end_reason", listed.end_reason == told.end_reason),
            ("requests", listed.requests == told.requests),
            ("refusals", listed.refusals == told.refusals),
            // An upgrade may change something too, by whatever method it was asked for.
            (
                "writes",
                (told.writes..=told.requests).contains(&listed.writes),
            ),
            ("idle_limit", listed.idle_limit == told.idle_limit),
            ("head", listed.head == told.head),
            ("head_at", listed.head_at == told.head_at),
            (
                "linked_head",
                listed.linked == link.as_ref().map(|link| link.to),
            ),
            (
                "closed_seq",
                listed.closed_seq
                    == link
                        .as_ref()
                        .filter(is_closed)
                        .map_or(0, |link| link.to.seq),
            ),
        ];
        let differs = columns.iter().find(|(_, is_same)| !is_same);
        Ok(differs.map(|(column, _)| *column))
    }
}

/// An actor in the claim `act`, as far as the start of a session says it too.
#[derive(Deserialize)]
struct Claim {
    sub: String,
    iss: Option<String>,
    act: Option<Box<Claim>>,
}

/// Whether the claim `act` names the actors that the session started with.
fn says(claim: &str, started: &SessionStarted) -> bool {
    // Nothing is kept of one with a number that cannot be told.
    if claim.is_empty() {
        return true;
    }
    let Ok(act) = serde_json::from_str::<Claim>(claim) else {
        return false;
    };
    let mut acts = std::iter::successors(Some(&act), |act| act.act.as_deref());
    let actor = &started.actor;
    let prior = actor.prior.iter();
    let prior = prior.map(|prior| (&prior.issuer, &prior.subject));
    std::iter::once((&actor.issuer, &actor.subject))
        .chain(prior)
        .all(|(issuer, subject)| {
            acts.next().is_some_and(|act| {
                let named = act.iss.as_ref().unwrap_or(&actor.token_issuer);
                cap::cut(named, cap::ID) == *issuer && cap::cut(&act.sub, cap::ID) == *subject
            })
        })
        && acts.next().is_none()
}
