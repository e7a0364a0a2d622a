//! A session with one event of each kind.

use crate::event::{
    Action, End, Event, EventKind, Note, Outcome, RecordedActor, RecordedActorKind,
    RecordedDecision, RecordedPriorActor, RefusedToken, Request, SessionEnded, SessionStarted,
};
use crate::hash::Hash;
use crate::head::Head;
use crate::id::{EventId, SessionId};
use crate::time::Timestamp;

/// 2026-11-25T07:00:00Z
pub(crate) const START: i64 = 1_795_590_000;

pub(crate) fn session() -> SessionId {
    "imp_bd4c941f37460fb88008b5056a362c27".parse().unwrap()
}

pub(crate) fn started() -> SessionStarted {
    SessionStarted {
        issuer: "https://clerk.example.com".into(),
        session_key: "sid:sess_1".into(),
        session_id: Some("sess_1".into()),
        user_id: "user_1".into(),
        actor: RecordedActor {
            issuer: "https://clerk.example.com".into(),
            token_issuer: "https://clerk.example.com".into(),
            subject: "user_admin".into(),
            kind: RecordedActorKind::Human,
            session_id: Some("sess_9".into()),
            prior: vec![RecordedPriorActor {
                issuer: "https://clerk.example.com".into(),
                subject: "agent_1".into(),
                kind: RecordedActorKind::Agent,
            }],
        },
        authorized_party: Some("https://app.example.com".into()),
        organization_id: None,
        reason: Some("cannot pay\u{1b}[2J".into()),
        ticket: Some("T-1".into()),
        expires_at: Timestamp::from_seconds(START + 3600),
        idle_limit: Some(600),
    }
}

pub(crate) fn one_of_each_kind() -> Vec<Event> {
    let at = Timestamp::from_seconds(START);
    let request = EventId::from_bytes([1; 16]);
    let notes = vec![Note {
        name: "invoice".into(),
        value: "in_1".into(),
    }];
    let kinds = [
        EventKind::SessionStarted(started()),
        EventKind::Request(Request {
            method: "GET".into(),
            route: Some("/invoices/{id}".into()),
            request_id: Some("req_1".into()),
            trace_id: Some("4bf92f3577b34da6a3ce929d0e0e4736".into()),
            client: Some("203.0.113.9".into()),
            actor: None,
            expires_at: Some(Timestamp::from_seconds(START + 7200)),
        }),
        EventKind::Outcome(Outcome {
            of: request,
            end: End::Completed,
            status: Some(200),
            route: None,
            decision: RecordedDecision::Allowed,
            rule: None,
            reported: vec!["read_only".into()],
            notes: notes.clone(),
        }),
        EventKind::RefusedToken(RefusedToken {
            rule: "expired".into(),
            count: 3,
            from: at,
            to: at,
        }),
        EventKind::Action(Action {
            of: Some(request),
            name: "mail.send".into(),
            notes,
        }),
        EventKind::SessionEnded(SessionEnded {
            reason: "stopped".into(),
        }),
    ];
    let mut head = None;
    (0..)
        .zip(kinds)
        .map(|(id, kind)| {
            let event = Event::new(
                session(),
                head.as_ref(),
                at,
                EventId::from_bytes([id; 16]),
                kind,
            );
            let hash = Hash::of_event(&event.to_body().unwrap());
            head = Some(Head {
                seq: event.seq,
                hash,
            });
            event
        })
        .collect()
}
