//! What a session is known by, and when it ends.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

use std::time::Duration;

use actas::{Auth, Clock, Separator, SessionKey, StaticKeys, Verifier, VerifierBuilder, WithKeys};
use actas_tests::{FixedClock, NOW, SetClock, Signer, Token, TokioClock};
use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

/// Seconds by which clocks may differ, by default.
const LEEWAY: u64 = 5;
/// Within this time a session notices that its clock was set.
const RECHECK: Duration = Duration::from_secs(30);
const LONG: Duration = Duration::from_hours(24);

fn builder(signer: &Signer) -> VerifierBuilder<WithKeys> {
    Verifier::builder("https://issuer.example")
        .separated_by(Separator::typ("at+jwt"))
        .with_keys(StaticKeys::from_jwks(&signer.jwks()).unwrap())
}

fn token(signer: &Signer, claims: Value) -> Token {
    Token::new(signer, claims).with_header("typ", "at+jwt")
}

fn session(clock: impl Clock + 'static, more: &Value) -> Auth {
    let signer = Signer::eddsa("key_1");
    let claims = json!({ "iss": "https://issuer.example", "sub": "user_1", "exp": NOW + 60 });
    let more = more.as_object().unwrap().clone();
    let token = more
        .into_iter()
        .fold(token(&signer, claims), |token, (name, value)| {
            token.with(&name, value)
        });
    let verifier = builder(&signer).with_clock(clock).build().unwrap();
    verifier.verify(&token.sign(&signer)).now().unwrap()
}

fn key(claims: &Value) -> String {
    session(FixedClock(NOW), claims).session_key().to_string()
}

#[test]
fn a_session_is_known_by_its_sid_else_its_jti() {
    assert_eq!(
        key(&json!({ "sid": "sess_1", "jti": "id_1", "iat": NOW })),
        "sid:sess_1"
    );
    assert_eq!(key(&json!({ "jti": "id_1", "iat": NOW })), "jti:id_1");
}

#[test]
fn a_session_without_both_is_known_by_a_digest_of_who_and_when() {
    let same = json!({ "iat": NOW, "act": { "sub": "admin_1", "reason": "one" } });
    let digest = key(&same);
    assert!(
        digest.starts_with("sha256:") && digest.len() == 71,
        "{digest}"
    );
    assert_eq!(key(&same), digest);

    let all = [
        digest,
        key(&json!({ "iat": NOW, "act": { "sub": "admin_2" } })),
        key(&json!({ "iat": NOW, "act": { "sub": "admin_1", "iss": "https://other.example" } })),
        key(&json!({ "iat": NOW })),
        key(&json!({ "iat": NOW - 1 })),
        key(&json!({})),
        key(&json!({ "iat": NOW, "sub": "user_2" })),
        // The border between two parts counts.
        key(&json!({ "iat": NOW, "sub": "user_1a", "act": { "sub": "dmin_1" } })),
    ];
    let distinct: std::collections::BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len(), "{all:?}");
}

#[test]
fn a_jti_cannot_pass_for_a_sid() {
    let of_sid = session(FixedClock(NOW), &json!({ "sid": "id_1" }));
    let of_jti = session(FixedClock(NOW), &json!({ "jti": "id_1" }));
    assert_eq!(of_sid.session_key(), SessionKey::SessionId("id_1"));
    assert_eq!(of_jti.session_key(), SessionKey::TokenId("id_1"));
    assert_ne!(of_sid.session_key(), of_jti.session_key());
    assert_ne!(
        key(&json!({ "sid": "jti:id_1" })),
        key(&json!({ "jti": "id_1" }))
    );
}

#[test]
fn a_pending_session_is_taken_only_where_it_is_asked_for() {
    let signer = Signer::eddsa("key_1");
    let claims = json!({ "iss": "https://issuer.example", "sub": "user_1", "exp": NOW + 60, "sts": "pending" });
    let token = token(&signer, claims).sign(&signer);
    let of_default = builder(&signer)
        .with_clock(FixedClock(NOW))
        .build()
        .unwrap();
    let of_pending = builder(&signer)
        .with_clock(FixedClock(NOW))
        .with_pending_sessions(true)
        .build()
        .unwrap();

    assert_eq!(
        of_default.verify(&token).now().unwrap_err().kind(),
        actas::ErrorKind::SessionPending
    );
    assert!(of_pending.verify(&token).now().unwrap().is_pending());
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_when_its_token_does() {
    let auth = session(TokioClock::at(NOW), &json!({}));
    let start = Instant::now();
    timeout(LONG, auth.ended()).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 60 + LEEWAY);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_has_ended_has_ended() {
    let clock = SetClock::at(NOW);
    let auth = session(clock.clone(), &json!({}));
    clock.set(NOW + 60 + LEEWAY);
    let start = Instant::now();
    timeout(LONG, auth.ended()).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_session_lasts_while_the_clock_stands() {
    let auth = session(SetClock::at(NOW), &json!({}));
    assert!(timeout(LONG, auth.ended()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_or_breaks_is_noticed() {
    for time in [NOW + 3600, NOW + 60 + LEEWAY, SetClock::BROKEN] {
        let clock = SetClock::at(NOW);
        let auth = session(clock.clone(), &json!({}));
        let ended = tokio::spawn(auth.ended());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!ended.is_finished());
        clock.set(time);
        let start = Instant::now();
        timeout(LONG, ended).await.unwrap().unwrap();
        assert!(start.elapsed() <= RECHECK, "{:?}", start.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_is_waited_for_without_the_session() {
    let auth = session(TokioClock::at(NOW), &json!({}));
    let ended = auth.ended();
    drop(auth);
    timeout(LONG, ended).await.unwrap();
}
