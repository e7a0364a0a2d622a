//! A record in memory, written as a store writes it.

use std::collections::BTreeMap;

use actas_audit::{
    End, Event, EventId, EventKind, Hash, Head, KeyId, LedgerHead, Link, LinkKind, NativeWriter,
    Next, Note, Outcome, Receipt, RecordedActor, RecordedActorKind, RecordedDecision, RefusedToken,
    Request, SessionEnded, SessionId, SessionIdentity, SessionStarted, Signature, SignedLink,
    SigningKey, StatedLink, Timestamp,
};

/// 2026-11-25T07:00:00Z
pub(crate) const START: i64 = 1_795_590_000;

/// An hour after the last session started: none is over.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_seconds(START + 3600)
}

/// One record of the stream that a verifier is fed with.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Event(String),
    Link(OwnedLink),
}

#[derive(Clone, Debug)]
pub(crate) struct OwnedLink {
    pub(crate) body: String,
    pub(crate) signature: Signature,
    pub(crate) key_id: KeyId,
    pub(crate) next: Next,
    pub(crate) is_pruned: bool,
}

impl OwnedLink {
    pub(crate) fn stated(&self) -> StatedLink<'_> {
        StatedLink {
            body: &self.body,
            signature: self.signature,
            key_id: self.key_id,
            next: self.next,
            is_pruned: self.is_pruned,
        }
    }
}

pub(crate) struct Log {
    pub(crate) key: SigningKey,
    sessions: BTreeMap<SessionId, Session>,
    links: Vec<(Link, OwnedLink)>,
    ledger: Option<LedgerHead>,
    ids: u128,
    start: i64,
}

#[derive(Default)]
struct Session {
    events: Vec<(Event, String)>,
    head: Option<Head>,
    linked: Option<Head>,
}

pub(crate) fn session(name: &str) -> SessionId {
    SessionId::of(&SessionIdentity {
        issuer: "https://clerk.example.com",
        session_key: &format!("sid:{name}"),
        user_id: "user_1",
        actor_issuer: "https://clerk.example.com",
        actor_subject: "admin_1",
        organization_id: None,
    })
}

impl Log {
    pub(crate) fn new() -> Self {
        Self::new_at(START)
    }

    /// Where everything happens at this second.
    pub(crate) fn new_at(start: i64) -> Self {
        Self {
            start,
            key: SigningKey::generate().unwrap(),
            sessions: BTreeMap::new(),
            links: Vec::new(),
            ledger: None,
            ids: 0,
        }
    }

    /// Writes a session's start, and the link that opens it.
    pub(crate) fn open(&mut self, name: &str) {
        self.open_with_reason(name, "cannot pay");
    }

    pub(crate) fn open_with_reason(&mut self, name: &str, reason: &str) {
        let issuer = "https://clerk.example.com".to_owned();
        self.event(
            name,
            EventKind::SessionStarted(SessionStarted {
                issuer: issuer.clone(),
                session_key: format!("sid:{name}"),
                session_id: Some(name.to_owned()),
                user_id: "user_1".to_owned(),
                actor: RecordedActor {
                    issuer: issuer.clone(),
                    token_issuer: issuer,
                    subject: "user_admin".to_owned(),
                    kind: RecordedActorKind::Human,
                    session_id: None,
                    prior: Vec::new(),
                },
                authorized_party: None,
                organization_id: None,
                reason: Some(reason.to_owned()),
                ticket: None,
                expires_at: Timestamp::from_seconds(self.start + 3600),
                idle_limit: None,
            }),
        );
        self.link(LinkKind::Opened, name);
    }

    /// Writes a request and its outcome.
    pub(crate) fn request(&mut self, name: &str) {
        self.request_until(name, Timestamp::from_seconds(self.start + 3600));
    }

    /// The same with a token, or after one, that expires then.
    pub(crate) fn request_until(&mut self, name: &str, expires_at: Timestamp) {
        let request = Request {
            method: "GET".to_owned(),
            route: Some("/invoices/{id}".to_owned()),
            request_id: None,
            trace_id: None,
            client: Some("203.0.113.9".to_owned()),
            actor: None,
            expires_at: Some(expires_at),
        };
        let of = self.event(name, EventKind::Request(request));
        self.event(
            name,
            EventKind::Outcome(Outcome {
                of,
                end: End::Completed,
                status: Some(200),
                route: None,
                decision: RecordedDecision::Allowed,
                rule: None,
                reported: Vec::new(),
                notes: vec![Note {
                    name: "invoice".to_owned(),
                    value: "in_1".to_owned(),
                }],
            }),
        );
    }

    /// Writes that a token of the session was refused.
    pub(crate) fn refuse(&mut self, name: &str) {
        let at = Timestamp::from_seconds(self.start);
        self.event(
            name,
            EventKind::RefusedToken(RefusedToken {
                rule: "authorized_party".to_owned(),
                count: 1,
                from: at,
                to: at,
            }),
        );
    }

    pub(crate) fn end(&mut self, name: &str) {
        self.event(
            name,
            EventKind::SessionEnded(SessionEnded {
                reason: "stopped".to_owned(),
            }),
        );
    }

    pub(crate) fn close(&mut self, name: &str) {
        self.link(LinkKind::Closed, name);
    }

    /// Removes a session's events, and leaves a link that says so.
    pub(crate) fn prune(&mut self, name: &str) {
        self.link(LinkKind::Pruned, name);
        let id = session(name);
        self.sessions.remove(&id);
        for (link, owned) in &mut self.links {
            owned.is_pruned |= link.session == id && link.kind != LinkKind::Pruned;
        }
    }

    pub(crate) fn event(&mut self, name: &str, kind: EventKind) -> EventId {
        self.ids += 1;
        let id = EventId::from_bytes(self.ids.to_be_bytes());
        let at = Timestamp::from_seconds(self.start);
        let session_id = session(name);
        let session = self.sessions.entry(session_id).or_default();
        let event = Event::new(session_id, session.head.as_ref(), at, id, kind);
        let body = event.to_body().unwrap();
        session.head = Some(Head {
            seq: event.seq,
            hash: Hash::of_event(&body),
        });
        session.events.push((event, body));
        id
    }

    fn link(&mut self, kind: LinkKind, name: &str) {
        let id = session(name);
        let session = self.sessions.get_mut(&id).unwrap();
        let to = session.head.unwrap();
        let from = if kind == LinkKind::Closed {
            session.linked
        } else {
            None
        };
        session.linked = Some(to);
        let link = Link::new(
            self.ledger.as_ref(),
            Timestamp::from_seconds(self.start),
            kind,
            id,
            from,
            to,
        );
        let body = link.to_body().unwrap();
        let hash = Hash::of_link(&body);
        self.ledger = Some(LedgerHead { n: link.n, hash });
        if kind != LinkKind::Opened {
            let last = self
                .links
                .iter_mut()
                .rfind(|(other, _)| other.session == id)
                .unwrap();
            last.1.next = Next::Link(link.n);
        }
        let owned = OwnedLink {
            body,
            signature: self.key.sign(&hash),
            key_id: self.key.verifying_key().id(),
            next: Next::Nowhere,
            is_pruned: false,
        };
        self.links.push((link, owned));
    }

    pub(crate) fn ledger_head(&self) -> LedgerHead {
        self.ledger.unwrap()
    }

    pub(crate) fn session_head(&self, name: &str) -> Head {
        self.sessions[&session(name)].head.unwrap()
    }

    /// The whole record as a file.
    pub(crate) fn export(&self) -> String {
        let mut writer = NativeWriter::new(Vec::new(), Some(self.key.verifying_key())).unwrap();
        for item in self.items() {
            match item {
                Item::Event(body) => writer.event(&body).unwrap(),
                Item::Link(link) => writer.link(&link.stated()).unwrap(),
            }
        }
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    /// The receipt of a session's last link.
    pub(crate) fn receipt(&self, name: &str) -> String {
        let of_session = |link: &&(Link, OwnedLink)| link.0.session == session(name);
        let (link, owned) = self.links.iter().rfind(of_session).unwrap();
        let signed = SignedLink {
            body: owned.body.clone(),
            signature: owned.signature,
            key_id: owned.key_id,
        };
        let events = self.sessions[&link.session].events.iter();
        let events = events.take_while(|(event, _)| event.seq <= link.to.seq);
        let events = events.map(|(_, body)| body.clone()).collect();
        let receipt = Receipt::new(signed, Some(self.key.verifying_key()), events).unwrap();
        let mut text = Vec::new();
        receipt.write(&mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// The whole record, in the order in which it is judged.
    pub(crate) fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for (link, owned) in &self.links {
            let mut owned = owned.clone();
            if let Some(session) = self
                .sessions
                .get(&link.session)
                .filter(|_| !owned.is_pruned)
            {
                if link.kind != LinkKind::Pruned {
                    let from = link.from.map_or(0, |from| from.seq);
                    items.extend(events(session, from, link.to.seq));
                }
                if owned.next == Next::Nowhere
                    && session.linked != session.head
                    && link.kind != LinkKind::Pruned
                {
                    owned.next = Next::Events;
                }
            }
            items.push(Item::Link(owned));
        }
        for session in self.sessions.values() {
            let linked = session.linked.map_or(0, |linked| linked.seq);
            items.extend(events(session, linked, u64::MAX));
        }
        items
    }
}

fn events(session: &Session, after: u64, to: u64) -> impl Iterator<Item = Item> {
    let events = session
        .events
        .iter()
        .filter(move |(event, _)| event.seq > after && event.seq <= to);
    events.map(|(_, body)| Item::Event(body.clone()))
}
