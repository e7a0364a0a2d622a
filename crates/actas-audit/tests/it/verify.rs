//! Each way in which a record may not hold is found, and named.

use std::time::Duration;

use actas_audit::{
    Anchor, Event, EventKind, Finding, Hash, Head, LedgerHead, Link, Next, Place, Problem, Report,
    SessionEnded, SigningKey, Timestamp, Verifier,
};

use crate::support::log::{Item, Log, START, now, session};

fn feed(mut verifier: Verifier, items: &[Item]) -> Result<Report, Finding> {
    for item in items {
        match item {
            Item::Event(body) => {
                verifier.event(body)?;
            }
            Item::Link(link) => {
                verifier.link(&link.stated())?;
            }
        }
    }
    verifier.finish()
}

fn keyed(log: &Log) -> Verifier {
    Verifier::new(now())
        .unwrap()
        .add_public_key(log.key.verifying_key().clone())
}

/// Sessions `a` (closed, used again, closed again), `b` (open, with events that no link vouches for), `c` (open, and
/// nothing done), `d` (pruned).
fn log() -> Log {
    let mut log = Log::new();
    log.open("a");
    log.open("d");
    log.request("a");
    log.open("b");
    log.end("a");
    log.close("a");
    log.close("d");
    log.request("b");
    log.request("a");
    log.prune("d");
    log.close("a");
    log.open("c");
    log
}

#[test]
fn a_record_that_holds_is_reported() {
    let log = log();
    let report = feed(keyed(&log), &log.items()).unwrap();
    assert_eq!(report.sessions, 4);
    assert_eq!(report.pruned, 1);
    assert_eq!(report.events, 6 + 3 + 1);
    assert_eq!(report.unsigned_events, 2);
    assert_eq!(report.links, 8);
    assert_eq!(report.head, Some(log.ledger_head()));
    assert_eq!(report.signed_by, [(log.key.verifying_key().id(), 8)]);
    assert!(!report.is_unkeyed());

    let unkeyed = feed(Verifier::new(now()).unwrap(), &log.items()).unwrap();
    assert!(unkeyed.is_unkeyed());
    assert_eq!((unkeyed.links, unkeyed.head), (8, report.head));

    let empty = feed(keyed(&log), &[]).unwrap();
    assert_eq!((empty.events, empty.head), (0, None));
}

fn position(items: &[Item], text: &str) -> usize {
    let holds = |item: &Item| match item {
        Item::Event(body) => body.contains(text),
        Item::Link(link) => link.body.contains(text),
    };
    items.iter().position(holds).unwrap()
}

#[track_caller]
fn assert_found(items: &[Item], log: &Log, place: Place, problem: Problem) {
    let finding = feed(keyed(log), items).unwrap_err();
    assert_eq!(
        (finding.place, finding.problem),
        (place, problem),
        "{finding}"
    );
}

fn event_of(name: &str, seq: u64) -> Place {
    Place::Event {
        session: session(name),
        seq,
    }
}

/// The event `seq` of `name` among the items.
fn event_at(items: &[Item], name: &str, seq: u64) -> usize {
    let (session, seq) = (
        format!(r#""session":"{}""#, session(name)),
        format!(r#""seq":{seq},"#),
    );
    let is_it = |item: &Item| matches!(item, Item::Event(body) if body.contains(&session) && body.contains(&seq));
    items.iter().position(is_it).unwrap()
}

#[test]
fn a_changed_event_is_named() {
    let log = log();
    for (seq, from, to) in [
        (2, "GET", "PUT"),
        (3, "200", "201"),
        (4, "stopped", "revoked"),
    ] {
        let mut items = log.items();
        let at = event_at(&items, "a", seq);
        let Item::Event(body) = &mut items[at] else {
            unreachable!()
        };
        *body = body.replace(from, to);
        assert_found(&items, &log, event_of("a", seq), Problem::Hash);
    }
    let mut items = log.items();
    let at = event_at(&items, "a", 2);
    let Item::Event(body) = &mut items[at] else {
        unreachable!()
    };
    body.insert(1, ' ');
    let finding = feed(keyed(&log), &items).unwrap_err();
    assert_eq!(finding.place, event_of("a", 2));
    assert!(matches!(finding.problem, Problem::Body(_)));
}

#[test]
fn a_missing_event_is_named() {
    let log = log();
    let without = |name, seq| {
        let mut items = log.items();
        items.remove(event_at(&items, name, seq));
        items
    };
    assert_found(
        &without("a", 1),
        &log,
        Place::Link(1),
        Problem::EventsMissing {
            last: 0,
            vouched: 1,
        },
    );
    assert_found(
        &without("a", 2),
        &log,
        event_of("a", 3),
        Problem::EventGap { expected: 2 },
    );
    assert_found(
        &without("a", 3),
        &log,
        event_of("a", 4),
        Problem::EventGap { expected: 3 },
    );
    assert_found(
        &without("a", 4),
        &log,
        Place::Link(4),
        Problem::EventsMissing {
            last: 3,
            vouched: 4,
        },
    );
    // Among the events that no link vouches for, the last alone is not missed.
    assert_found(&without("b", 2), &log, Place::Record, Problem::Next);
    assert!(feed(keyed(&log), &without("b", 3)).is_ok());
    let anchor = Anchor::Session(session("b"), log.session_head("b"));
    let finding = feed(keyed(&log).add_anchor(anchor), &without("b", 3)).unwrap_err();
    assert_eq!(
        (finding.place, finding.problem),
        (Place::Record, Problem::Anchor(anchor))
    );
}

#[test]
fn events_out_of_place_are_named() {
    let log = log();
    let mut items = log.items();
    let at = event_at(&items, "a", 2);
    items.swap(at, at + 1);
    let problem = Problem::EventGap { expected: 4 };
    assert_found(&items, &log, event_of("a", 2), problem);

    let mut items = log.items();
    items.insert(at, items[at].clone());
    assert_found(
        &items,
        &log,
        event_of("a", 2),
        Problem::EventGap { expected: 3 },
    );

    // An event of one session among those of another.
    let mut items = log.items();
    let foreign = items.remove(event_at(&items, "b", 3));
    items.insert(at, foreign);
    assert_found(&items, &log, event_of("b", 3), Problem::OtherSession);

    let mut items = log.items();
    let last = items.len() - 1;
    items.insert(last - 2, items[last].clone());
    assert_found(&items, &log, event_of("b", 3), Problem::OtherSession);
}

#[test]
fn changed_missing_and_swapped_links_are_named() {
    let log = log();
    let links: Vec<usize> = log
        .items()
        .iter()
        .enumerate()
        .filter(|(_, item)| matches!(item, Item::Link(_)))
        .map(|(at, _)| at)
        .collect();

    let mut items = log.items();
    items.remove(links[1]);
    assert_found(
        &items,
        &log,
        Place::Link(3),
        Problem::LinkGap { expected: 2 },
    );

    let mut items = log.items();
    items.swap(links[4], links[5]);
    assert_found(
        &items,
        &log,
        Place::Link(6),
        Problem::LinkGap { expected: 5 },
    );

    let mut items = log.items();
    let Item::Link(link) = &mut items[links[1]] else {
        unreachable!()
    };
    link.body = link.body.replace("07:00:00", "07:00:01");
    assert_found(&items, &log, Place::Link(2), Problem::Signature);
    let finding = feed(Verifier::new(now()).unwrap(), &items).unwrap_err();
    assert_eq!(
        (finding.place, finding.problem),
        (Place::Link(3), Problem::LinkHash)
    );

    let mut items = log.items();
    let Item::Link(link) = &mut items[links[1]] else {
        unreachable!()
    };
    link.body.push(' ');
    let finding = feed(keyed(&log), &items).unwrap_err();
    assert_eq!(finding.place, Place::Link(2));
    assert!(matches!(finding.problem, Problem::Body(_)));
}

/// A link that is signed anew, as who holds the key can.
fn sign(item: &mut Item, key: &SigningKey, change: impl FnOnce(&mut Link)) {
    let Item::Link(owned) = item else {
        unreachable!()
    };
    let mut link = Link::from_body(&owned.body).unwrap();
    change(&mut link);
    owned.body = link.to_body().unwrap();
    owned.signature = key.sign(&Hash::of_link(&owned.body));
    owned.key_id = key.verifying_key().id();
}

#[test]
fn heads_that_contradict_the_kind_or_the_events_are_named() {
    let log = log();
    let links: Vec<usize> = log
        .items()
        .iter()
        .enumerate()
        .filter(|(_, item)| matches!(item, Item::Link(_)))
        .map(|(at, _)| at)
        .collect();
    let found = |n: usize, place, problem, change: fn(&mut Link)| {
        let mut items = log.items();
        sign(&mut items[links[n - 1]], &log.key, change);
        assert_found(&items, &log, place, problem);
    };
    let heads = Problem::LinkHeads;
    found(1, Place::Link(1), heads, |link| link.from = Some(link.to));
    found(1, Place::Link(1), heads, |link| link.to.seq = 2);
    found(4, Place::Link(4), heads, |link| link.from = None);
    found(4, Place::Link(4), heads, |link| {
        link.from.as_mut().unwrap().seq = 4;
    });
    found(4, Place::Link(4), Problem::From, |link| {
        link.from.as_mut().unwrap().hash = link.to.hash;
    });
    found(4, event_of("a", 4), Problem::Hash, |link| {
        link.to.hash = link.from.unwrap().hash;
    });
    found(
        4,
        Place::Link(4),
        Problem::EventsMissing {
            last: 4,
            vouched: 5,
        },
        |link| link.to.seq = 5,
    );
    found(
        4,
        Place::Link(4),
        Problem::EventsBeyond {
            last: 4,
            vouched: 3,
        },
        |link| link.to.seq = 3,
    );
    found(6, Place::Link(6), heads, |link| link.from = Some(link.to));
    found(4, event_of("a", 2), Problem::OtherSession, |link| {
        link.session = session("b");
    });
}

#[test]
fn another_s_signature_is_named() {
    let (log, other) = (log(), SigningKey::generate().unwrap());
    let mut items = log.items();
    for item in &mut items {
        if matches!(item, Item::Link(_)) {
            sign(item, &other, |_| ());
        }
    }
    assert_found(
        &items,
        &log,
        Place::Link(1),
        Problem::OtherKey(other.verifying_key().id()),
    );
    assert!(feed(Verifier::new(now()).unwrap(), &items).is_ok());
    // Both keys, as after a change of keys.
    let report = feed(
        keyed(&log).add_public_key(other.verifying_key().clone()),
        &items,
    )
    .unwrap();
    assert_eq!(
        report.signed_by,
        [
            (log.key.verifying_key().id(), 0),
            (other.verifying_key().id(), 8)
        ]
    );
    // One that claims to be of the right key.
    for item in &mut items {
        if let Item::Link(link) = item {
            link.key_id = log.key.verifying_key().id();
        }
    }
    assert_found(&items, &log, Place::Link(1), Problem::Signature);
}

#[test]
fn a_cut_tail_is_found_by_an_anchor() {
    let log = log();
    let mut items = log.items();
    let cut = position(&items, r#""n":8"#);
    items.remove(cut);
    items.remove(event_at(&items, "c", 1));
    assert!(feed(keyed(&log), &items).is_ok());
    let anchor = Anchor::Ledger(log.ledger_head());
    assert!(feed(keyed(&log).add_anchor(anchor), &log.items()).is_ok());
    let finding = feed(keyed(&log).add_anchor(anchor), &items).unwrap_err();
    assert_eq!(
        (finding.place, finding.problem),
        (Place::Record, Problem::Anchor(anchor))
    );
    // One that was met by another hash: the record was written anew.
    let other = Anchor::Ledger(LedgerHead {
        hash: Hash::of_link("{}"),
        ..log.ledger_head()
    });
    let finding = feed(keyed(&log).add_anchor(other), &log.items()).unwrap_err();
    assert_eq!(
        (finding.place, finding.problem),
        (Place::Link(8), Problem::Anchor(other))
    );
    let other = Anchor::Session(
        session("b"),
        Head {
            seq: 2,
            hash: Hash::of_link("{}"),
        },
    );
    let finding = feed(keyed(&log).add_anchor(other), &log.items()).unwrap_err();
    assert_eq!(
        (finding.place, finding.problem),
        (event_of("b", 2), Problem::Anchor(other))
    );
}

#[test]
fn a_session_that_is_not_closed_is_named() {
    let log = log();
    let at = |seconds| {
        let now = Timestamp::from_seconds(START + seconds);
        feed(Verifier::new(now).unwrap(), &log.items())
    };
    assert!(at(2 * 3600).is_ok());
    let finding = at(2 * 3600 + 1).unwrap_err();
    assert_eq!(
        (finding.place, finding.problem),
        (Place::Session(session("c")), Problem::NotClosed)
    );

    // Events beyond the last link, of a session that is used on.
    let mut log = Log::new();
    log.open("a");
    log.request("a");
    assert_closed_by(&log, 2);
    log.close("a");
    holds_after(&log, 1000).unwrap();
}

fn holds_after(log: &Log, hours: u64) -> Result<Report, Finding> {
    let now = Timestamp::from_seconds(START).saturating_add(Duration::from_hours(hours));
    feed(Verifier::new(now).unwrap(), &log.items())
}

/// That `a` is not closed is found from so many hours after the start on.
#[track_caller]
fn assert_closed_by(log: &Log, hours: u64) {
    holds_after(log, hours).unwrap();
    let finding = holds_after(log, hours + 1).unwrap_err();
    assert_eq!(
        (finding.place, finding.problem),
        (Place::Session(session("a")), Problem::NotClosed)
    );
}

#[test]
fn a_session_is_open_as_long_as_its_last_token_is_good() {
    let until = |hours| Timestamp::from_seconds(START).saturating_add(Duration::from_hours(hours));
    let mut log = Log::new();
    log.open("a");
    log.request_until("a", until(30 * 24));
    assert_closed_by(&log, 30 * 24 + 1);
    // The latest counts, wherever it stands.
    log.request_until("a", until(40 * 24));
    log.request_until("a", until(2));
    assert_closed_by(&log, 40 * 24 + 1);
    // What was said before a link is not known after it: it is said again.
    log.close("a");
    log.request_until("a", until(50 * 24));
    assert_closed_by(&log, 50 * 24 + 1);
    // Not used since it was closed: it is soon closed again.
    log.close("a");
    log.end("a");
    assert_closed_by(&log, 1);
    log.close("a");
    holds_after(&log, 1000).unwrap();
}

#[test]
fn refused_tokens_keep_no_session_open() {
    // Nothing that was signed, or should be there, says that it is good any longer.
    let mut log = Log::new();
    log.open("a");
    log.refuse("a");
    assert_closed_by(&log, 1);
    log.request("a");
    assert_closed_by(&log, 2);
    log.close("a");
    // A store waits for a quiet hour before it closes it again.
    log.refuse("a");
    assert_closed_by(&log, 2);
    // Whoever goes on refusing is waited for a day.
    for _ in 0..24 {
        log.forward(3600);
        log.refuse("a");
    }
    assert_closed_by(&log, 25);
    // But for refused tokens alone.
    log.close("a");
    log.refuse("a");
    log.end("a");
    assert_closed_by(&log, 25);
}

#[test]
fn nothing_has_happened_that_is_still_to_come() {
    let (minute, hour) = (60, 3600);
    let mut log = Log::new();
    log.open("a");
    log.forward(hour + 5 * minute);
    log.request_until("a", Timestamp::from_seconds(START + 9 * hour));
    feed(keyed(&log), &log.items()).unwrap();
    log.forward(1);
    log.request("a");
    assert_found(&log.items(), &log, event_of("a", 4), Problem::ToCome);

    let mut log = Log::new();
    log.open("a");
    log.forward(hour + 5 * minute + 1);
    log.close("a");
    assert_found(&log.items(), &log, Place::Link(2), Problem::ToCome);
}

#[test]
fn no_event_is_earlier_than_the_one_before_it() {
    for is_linked in [false, true] {
        let mut log = Log::new();
        log.forward(60);
        log.open("a");
        log.request("a");
        log.forward(-1);
        log.end("a");
        if is_linked {
            log.close("a");
        }
        assert_found(&log.items(), &log, event_of("a", 4), Problem::Before);
    }
}

#[test]
fn a_session_in_no_link_is_named() {
    let (mut log, mut other) = (log(), Log::new());
    other.open("z");
    let mut items = log.items();
    items.extend(
        other
            .items()
            .into_iter()
            .filter(|item| matches!(item, Item::Event(_))),
    );
    // Those beyond the last link stand in the order of their sessions' ids.
    items.sort_by_key(|item| match item {
        Item::Event(body) if body.contains(&session("z").to_string()) => Some(session("z")),
        Item::Event(body)
            if body.contains(&session("b").to_string()) && !body.contains(r#""seq":1,"#) =>
        {
            Some(session("b"))
        }
        _ => None,
    });
    assert_found(
        &items,
        &log,
        Place::Session(session("z")),
        Problem::Unlinked,
    );

    log.event(
        "z",
        EventKind::SessionEnded(SessionEnded {
            reason: "stopped".to_owned(),
        }),
    );
    assert_found(&log.items(), &log, event_of("z", 1), Problem::Start);
}

#[test]
fn a_session_starts_once() {
    let mut log = log();
    let started = log.items().into_iter().find_map(|item| match item {
        Item::Event(body) => Some(Event::from_body(&body).unwrap().kind),
        Item::Link(_) => None,
    });
    log.event("b", started.unwrap());
    assert_found(&log.items(), &log, event_of("b", 4), Problem::Start);
}

#[test]
fn events_that_no_link_vouches_for_stand_in_one_order() {
    let mut log = Log::new();
    for name in ["a", "b", "c"] {
        log.open(name);
        log.end(name);
    }
    let mut items = log.items();
    assert!(feed(keyed(&log), &items).is_ok());
    let mut sessions = ["a", "b", "c"].map(session);
    sessions.sort();
    items.swap(7, 8);
    let place = Place::Event {
        session: sessions[1],
        seq: 2,
    };
    assert_found(&items, &log, place, Problem::Order);
    // One of them twice.
    let mut items = log.items();
    items.push(items[8].clone());
    let place = Place::Event {
        session: sessions[2],
        seq: 2,
    };
    assert_found(&items, &log, place, Problem::EventGap { expected: 3 });
    // And a link after them.
    let mut items = log.items();
    let link = items.remove(5);
    items.push(link);
    let finding = feed(keyed(&log), &items).unwrap_err();
    assert!(
        matches!(
            finding.problem,
            Problem::Unlinked | Problem::Order | Problem::OtherSession
        ),
        "{finding}"
    );
}

#[test]
fn only_what_the_ledger_removed_may_be_gone() {
    let log = log();
    // The events of `a` are gone, and its links say so, but the ledger does not.
    let gone = |next: Option<Next>| {
        let (mut items, id) = (Vec::new(), format!(r#""session":"{}""#, session("a")));
        for item in log.items() {
            match item {
                Item::Event(body) if body.contains(&id) => (),
                Item::Link(mut link) if link.body.contains(&id) => {
                    link.is_pruned = true;
                    if link.next == Next::Nowhere {
                        link.next = next.unwrap_or(link.next);
                    }
                    items.push(Item::Link(link));
                }
                item => items.push(item),
            }
        }
        items
    };
    assert_found(&gone(None), &log, Place::Link(7), Problem::NotPruned);
    assert_found(
        &gone(Some(Next::Events)),
        &log,
        Place::Link(7),
        Problem::NotPruned,
    );
    assert_found(
        &gone(Some(Next::Link(7))),
        &log,
        Place::Link(7),
        Problem::Next,
    );
    assert_found(
        &gone(Some(Next::Link(8))),
        &log,
        Place::Record,
        Problem::Next,
    );

    // The other way round: events are there that were removed.
    let mut items = log.items();
    let mut before = Log::new();
    before.open("d");
    let at = position(&items, r#""n":2"#);
    items.insert(at, before.items().remove(0));
    assert_found(&items, &log, Place::Link(2), Problem::Pruned);
}

#[test]
fn what_is_said_beside_a_link_is_not_believed() {
    let log = log();
    let links: Vec<usize> = log
        .items()
        .iter()
        .enumerate()
        .filter(|(_, item)| matches!(item, Item::Link(_)))
        .map(|(at, _)| at)
        .collect();
    for at in links {
        for next in [
            Next::Nowhere,
            Next::Events,
            Next::Link(1),
            Next::Link(6),
            Next::Link(9),
        ] {
            let mut items = log.items();
            let Item::Link(link) = &mut items[at] else {
                unreachable!()
            };
            if link.next != next {
                link.next = next;
                feed(keyed(&log), &items).unwrap_err();
            }
        }
        let mut items = log.items();
        let Item::Link(link) = &mut items[at] else {
            unreachable!()
        };
        link.is_pruned = !link.is_pruned;
        feed(keyed(&log), &items).unwrap_err();
    }
}

#[test]
fn a_pruned_session_can_be_opened_anew() {
    let mut log = log();
    log.open("d");
    log.request("d");
    log.close("d");
    let anchor = Anchor::Session(
        session("d"),
        Head {
            seq: 1,
            hash: log.session_head("d").hash,
        },
    );
    assert!(feed(keyed(&log), &log.items()).is_ok());
    assert!(feed(keyed(&log).add_anchor(anchor), &log.items()).is_err());
    let anchor = Anchor::Session(session("d"), log.session_head("d"));
    assert_eq!(
        feed(keyed(&log).add_anchor(anchor), &log.items())
            .unwrap()
            .pruned_anchors,
        0
    );
    log.prune("d");
    assert_eq!(feed(keyed(&log), &log.items()).unwrap().pruned, 2);
    // Met by the link that says what was removed; one before it is lost with the events.
    assert_eq!(
        feed(keyed(&log).add_anchor(anchor), &log.items())
            .unwrap()
            .pruned_anchors,
        0
    );
    let beyond = Anchor::Session(
        session("d"),
        Head {
            seq: 9,
            hash: Hash::of_event("{}"),
        },
    );
    assert!(feed(keyed(&log).add_anchor(beyond), &log.items()).is_err());
    let lost = Anchor::Session(
        session("d"),
        Head {
            seq: 2,
            hash: Hash::of_event("{}"),
        },
    );
    assert_eq!(
        feed(keyed(&log).add_anchor(lost), &log.items())
            .unwrap()
            .pruned_anchors,
        1
    );
}

#[test]
fn a_record_begins_with_the_first_link() {
    let log = log();
    let items = log.items();
    // From link 3 on, with the events of `b` before it.
    let part = &items[event_at(&items, "b", 1)..];
    assert_found(part, &log, Place::Link(3), Problem::LinkGap { expected: 1 });
}
