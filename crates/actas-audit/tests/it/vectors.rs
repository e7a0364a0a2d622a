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

const STARTED: &str = r#"{"actor":{"issuer":"https://clerk.example.com","kind":"human","prior":[],"session_id":null,"subject":"user_admin","token_issuer":"https://clerk.example.com"},"at":"2026-11-25T07:00:00.000Z","authorized_party":null,"expires_at":"2026-11-25T08:00:00.000Z","id":"01010101010101010101010101010101","issuer":"https://clerk.example.com","kind":"session_started","organization_id":null,"prev":null,"reason":"Zoë cannot pay: \"card\tdeclined\"","seq":1,"session":"imp_bd4c941f37460fb88008b5056a362c27","session_id":"sess_1","session_key":"sid:sess_1","ticket":null,"user_id":"user_1","v":1}"#;
const STARTED_HASH: &str = "a844c0ae0f595358745ebc3d702d39a7624612d49a1428516cd778108ae2f9dc";

const ENDED: &str = r#"{"at":"2026-11-25T07:05:00.250Z","id":"02020202020202020202020202020202","kind":"session_ended","prev":"a844c0ae0f595358745ebc3d702d39a7624612d49a1428516cd778108ae2f9dc","reason":"stopped","seq":2,"session":"imp_bd4c941f37460fb88008b5056a362c27","v":1}"#;
const ENDED_HASH: &str = "b2da39cc79bd6e2e36ac99ab7fe21a83f92fd9434257514d6e1a6c3f4039ff7e";

const OPENED: &str = r#"{"at":"2026-11-25T07:00:00.000Z","from":null,"kind":"opened","n":1,"prev":null,"session":"imp_bd4c941f37460fb88008b5056a362c27","to":{"hash":"a844c0ae0f595358745ebc3d702d39a7624612d49a1428516cd778108ae2f9dc","seq":1},"v":1}"#;
const OPENED_HASH: &str = "a4db46efe18e5e55a2d17f13605d4788521209097806e26ec339b00bb2a9aa86";
const OPENED_SIGNATURE: &str =
    "bqGRpIfdsiUjQDauV7igYb_fcvHJ87fvksnrQMN-D7Nsey3QWc4BcJLrxxeU1rqiR1LNuHLsx2UrhGt2xjaDAA";

const CLOSED: &str = r#"{"at":"2026-11-25T07:05:01.000Z","from":{"hash":"a844c0ae0f595358745ebc3d702d39a7624612d49a1428516cd778108ae2f9dc","seq":1},"kind":"closed","n":2,"prev":"a4db46efe18e5e55a2d17f13605d4788521209097806e26ec339b00bb2a9aa86","session":"imp_bd4c941f37460fb88008b5056a362c27","to":{"hash":"b2da39cc79bd6e2e36ac99ab7fe21a83f92fd9434257514d6e1a6c3f4039ff7e","seq":2},"v":1}"#;
const CLOSED_HASH: &str = "7caf85056ff282b37e05ac3f796ee8bf97aae1b405fe928134db0b4b843063d1";
const CLOSED_SIGNATURE: &str =
    "_mJsyySK_jYx_Cclgdf-nY931Vcyqdqloa0P0FJjVyPvdDA8-vcq47tNf04G_IGSdyc1czzl61SxTG_vaEy-Bg";

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
