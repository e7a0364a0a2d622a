//! The format by values computed apart from this code: canonical bodies and hashes by Python (`json`, `hashlib`), signatures
//! by OpenSSL with the key of RFC 8410 §10.3.

use actas_audit::{
    Event, EventId, EventKind, Hash, Head, LedgerHead, Link, LinkKind, Next, RecordedActor,
    RecordedActorKind, SessionEnded, SessionId, SessionStarted, SigningKey, StatedLink, Timestamp,
    Verifier,
};

const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";

const STARTED: &str = r#"{"actor":{"issuer":"https://clerk.example.com","kind":"human","prior":[],"session_id":null,"subject":"user_admin","token_issuer":"https://clerk.example.com"},"at":"2026-11-25T07:00:00.000Z","authorized_party":null,"expires_at":"2026-11-25T08:00:00.000Z","id":"01010101010101010101010101010101","idle_limit":600,"issuer":"https://clerk.example.com","kind":"session_started","organization_id":null,"prev":null,"reason":"Zoë cannot pay: \"card\tdeclined\"","seq":1,"session":"imp_bd4c941f37460fb88008b5056a362c27","session_id":"sess_1","session_key":"sid:sess_1","ticket":null,"user_id":"user_1","v":1}"#;
const STARTED_HASH: &str = "36ee2bd90154d3db1cb63f652ea2b64a86234cb2198c07a83375f93d6f79c60c";

const ENDED: &str = r#"{"at":"2026-11-25T07:05:00.250Z","id":"02020202020202020202020202020202","kind":"session_ended","prev":"36ee2bd90154d3db1cb63f652ea2b64a86234cb2198c07a83375f93d6f79c60c","reason":"stopped","seq":2,"session":"imp_bd4c941f37460fb88008b5056a362c27","v":1}"#;
const ENDED_HASH: &str = "2f004b81e65246c99d773b6bd7d628021596a03e6db7d6f07646abc35190a1f3";

const OPENED: &str = r#"{"at":"2026-11-25T07:00:00.000Z","from":null,"kind":"opened","n":1,"prev":null,"session":"imp_bd4c941f37460fb88008b5056a362c27","to":{"hash":"36ee2bd90154d3db1cb63f652ea2b64a86234cb2198c07a83375f93d6f79c60c","seq":1},"v":1}"#;
const OPENED_HASH: &str = "77403c8ddc59c801a7d6716c1f9d47ef71681ba2981b03c36323010741f217f3";
const OPENED_SIGNATURE: &str =
    "l1KEK3J5eCILS5qHSIkDIb9F63eij2MkyVqZqj-IS39qoQhd9TuqeoCLGGGPaNZn4UGYkItvAjuAUkgRt-nXAw";

const CLOSED: &str = r#"{"at":"2026-11-25T07:05:01.000Z","from":{"hash":"36ee2bd90154d3db1cb63f652ea2b64a86234cb2198c07a83375f93d6f79c60c","seq":1},"kind":"closed","n":2,"prev":"77403c8ddc59c801a7d6716c1f9d47ef71681ba2981b03c36323010741f217f3","session":"imp_bd4c941f37460fb88008b5056a362c27","to":{"hash":"2f004b81e65246c99d773b6bd7d628021596a03e6db7d6f07646abc35190a1f3","seq":2},"v":1}"#;
const CLOSED_HASH: &str = "e8b473bd7d6e24376ec6309661fab592266706fa38e2854616c005190558e4aa";
const CLOSED_SIGNATURE: &str =
    "_Se51qKx2OdNFLP24HqfvOVlZmzM_ZCHBK6Ta-S2zFKOavK_RDhuVhG1PYO1fBHZHeDrzks1_VypGEdkBy7BDA";

fn session() -> SessionId {
    "imp_bd4c941f37460fb88008b5056a362c27".parse().unwrap()
}

fn head(seq: u64, hash: &str) -> Head {
    Head {
        seq,
        hash: hash.parse().unwrap(),
    }
}

#[test]
fn events_are_written_and_hashed_as_documented() {
    let issuer = "https://clerk.example.com".to_owned();
    let started = EventKind::SessionStarted(SessionStarted {
        issuer: issuer.clone(),
        session_key: "sid:sess_1".into(),
        session_id: Some("sess_1".into()),
        user_id: "user_1".into(),
        actor: RecordedActor {
            issuer: issuer.clone(),
            token_issuer: issuer,
            subject: "user_admin".into(),
            kind: RecordedActorKind::Human,
            session_id: None,
            prior: Vec::new(),
        },
        authorized_party: None,
        organization_id: None,
        reason: Some("Zoë cannot pay: \"card\tdeclined\"".into()),
        ticket: None,
        expires_at: "2026-11-25T08:00:00.000Z".parse().unwrap(),
        idle_limit: Some(600),
    });
    let at = "2026-11-25T07:00:00.000Z".parse().unwrap();
    let event = Event::new(session(), None, at, EventId::from_bytes([1; 16]), started);
    assert_eq!(event.to_body().as_deref(), Ok(STARTED));
    assert_eq!(Hash::of_event(STARTED).to_string(), STARTED_HASH);
    assert_eq!(Event::from_body(STARTED), Ok(event));

    let ended = EventKind::SessionEnded(SessionEnded {
        reason: "stopped".into(),
    });
    let at = "2026-11-25T07:05:00.250Z".parse().unwrap();
    let event = Event::new(
        session(),
        Some(&head(1, STARTED_HASH)),
        at,
        EventId::from_bytes([2; 16]),
        ended,
    );
    assert_eq!(event.to_body().as_deref(), Ok(ENDED));
    assert_eq!(Hash::of_event(ENDED).to_string(), ENDED_HASH);
}

#[test]
fn links_are_written_hashed_and_signed_as_documented() {
    let key = SigningKey::from_pem(KEY).unwrap();
    let (started, ended) = (head(1, STARTED_HASH), head(2, ENDED_HASH));
    let at = "2026-11-25T07:00:00.000Z".parse().unwrap();
    let link = Link::new(None, at, LinkKind::Opened, session(), None, started);
    let opened = key.sign_link(&link).unwrap();
    assert_eq!(
        (opened.body.as_str(), opened.hash().to_string().as_str()),
        (OPENED, OPENED_HASH)
    );
    assert_eq!(opened.signature.to_string(), OPENED_SIGNATURE);

    let before = LedgerHead {
        n: 1,
        hash: opened.hash(),
    };
    let at = "2026-11-25T07:05:01.000Z".parse().unwrap();
    let link = Link::new(
        Some(&before),
        at,
        LinkKind::Closed,
        session(),
        Some(started),
        ended,
    );
    let closed = key.sign_link(&link).unwrap();
    assert_eq!(
        (closed.body.as_str(), closed.hash().to_string().as_str()),
        (CLOSED, CLOSED_HASH)
    );
    assert_eq!(closed.signature.to_string(), CLOSED_SIGNATURE);
}

#[test]
fn a_record_written_by_others_holds() {
    let key = SigningKey::from_pem(KEY).unwrap().verifying_key().clone();
    let link = |body, signature: &str, next| StatedLink {
        body,
        signature: signature.parse().unwrap(),
        key_id: key.id(),
        next,
        is_pruned: false,
    };
    let mut verifier = Verifier::new(Timestamp::now())
        .unwrap()
        .add_public_key(key.clone());
    verifier.event(STARTED).unwrap();
    verifier
        .link(&link(OPENED, OPENED_SIGNATURE, Next::Link(2)))
        .unwrap();
    verifier.event(ENDED).unwrap();
    verifier
        .link(&link(CLOSED, CLOSED_SIGNATURE, Next::Nowhere))
        .unwrap();
    let report = verifier.finish().unwrap();
    assert_eq!(
        (report.events, report.links, report.unsigned_events),
        (2, 2, 0)
    );
    assert_eq!(report.head.unwrap().to_string(), format!("2:{CLOSED_HASH}"));
}
