use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use actas_audit::{AuditLog, End, Event, EventId, EventKind, StoredRecord, Timestamp, Verifier};
use actas_tests::NOW;

use crate::load::{SESSIONS, Seen};

/// What the record says of one request.
#[derive(Debug, Default)]
struct Recorded {
    requests: usize,
    outcomes: Vec<(End, Option<u16>)>,
}

/// What a record holds that was judged.
#[derive(Default)]
pub(crate) struct Figures {
    events: u64,
    /// Requests that ran.
    completed: usize,
    /// Requests that were written down, and refused in the end: the answer of the database came too late, or never.
    pub(crate) aborted: usize,
}

/// Judges the record by what was done and what was answered.
///
/// - Its chains hold, and its signatures.
/// - It holds the impersonated sessions, and no other.
/// - Each request is recorded once, and so is its outcome: *completed* with 200 if it did something, and else *aborted* with
///   no status.
/// - What was done is what was answered with 200, once each.
pub(crate) async fn judge(log: &AuditLog, effects: &[String], seen: &Seen) -> Figures {
    let mut verifier = Verifier::new(Timestamp::from_seconds(NOW.cast_signed()))
        .unwrap()
        .add_public_key(log.verifying_key().clone());
    let mut records = log.records().await.unwrap();
    let mut ids = BTreeSet::new();
    let mut requests: BTreeMap<EventId, Recorded> = BTreeMap::new();
    while let Some(record) = records.next().await.unwrap() {
        match record {
            StoredRecord::Event(body) => {
                let event = verifier.event(&body).unwrap();
                assert!(ids.insert(event.id), "twice: {event:?}");
                take(&mut requests, event);
            }
            StoredRecord::Link(link) => {
                verifier.link(&link.stated()).unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
    let report = verifier.finish().unwrap();
    assert!(!report.is_unkeyed());
    assert_eq!(report.sessions, SESSIONS as u64);

    let done: BTreeSet<&String> = effects.iter().collect();
    assert_eq!(done.len(), effects.len(), "something was done twice");
    let answered: BTreeSet<&String> = seen.ran().collect();
    assert_eq!(answered.len(), seen.ran().count(), "an answer is another's");
    assert_eq!(answered, done, "what was answered is not what was done");

    let mut figures = Figures {
        events: report.events,
        ..Figures::default()
    };
    for effect in effects {
        let id = effect.parse().unwrap();
        assert!(requests.contains_key(&id), "{effect} is not recorded");
    }
    for (id, recorded) in &requests {
        let expected = if done.contains(&id.to_string()) {
            figures.completed += 1;
            (End::Completed, Some(200))
        } else {
            figures.aborted += 1;
            (End::Aborted, None)
        };
        assert_eq!(recorded.requests, 1, "{id}: {recorded:?}");
        assert_eq!(recorded.outcomes, [expected], "{id}");
    }
    figures
}

fn take(requests: &mut BTreeMap<EventId, Recorded>, event: Event) {
    match event.kind {
        EventKind::SessionStarted(_) => (),
        EventKind::Request(request) => {
            assert_eq!(request.route.as_deref(), Some("/orders/{id}"));
            requests.entry(event.id).or_default().requests += 1;
        }
        EventKind::Outcome(outcome) => {
            let recorded = requests.entry(outcome.of).or_default();
            recorded.outcomes.push((outcome.end, outcome.status));
        }
        other => panic!("out of place: {other:?}"),
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            events,
            completed,
            aborted,
        } = self;
        write!(
            f,
            "{events} events, {completed} requests completed, {aborted} aborted"
        )
    }
}
