use std::time::Duration;

use actas_core::{ActorKind, ErrorKind};
use actas_issuer::{ActorClaim, Issuer};
use serde_json::{Value, json};

use crate::support::{Hands, NOW, refused};

#[test]
fn each_session_gets_the_verdict_it_is_made_for() {
    let issuer = Issuer::ephemeral().unwrap();
    let verifier = issuer.verifier();
    let user = || issuer.session("user_1");
    for (session, verdict) in [
        (user(), None),
        (user().acted_by("admin_1"), None),
        (user().acted_by_agent("agent_1"), None),
        (user().acted_by("admin_1").with_prior_actor("admin_2"), None),
        (user().with_prior_actor("admin_2"), None),
        (
            user().with_organization("org_1", "admin", ["a:b", "odd"]),
            None,
        ),
        (user().with_features(["u:a"]).with_plans(["u:pro"]), None),
        (user().with_factor_age(Some(1), Some(2)), None),
        (user().with_claim("theme", "dark"), None),
        (
            user().with_authorized_party("https://app.example.com"),
            None,
        ),
        (user().with_session_id("sess_1"), None),
        (user().with_lifetime(Duration::from_mins(1)), None),
        (user().expired(), Some(ErrorKind::Expired)),
        (user().not_yet_valid(), Some(ErrorKind::NotYetValid)),
        (user().issued_in_future(), Some(ErrorKind::IssuedInFuture)),
        (user().with_audience("other"), Some(ErrorKind::Audience)),
        (
            user().with_issuer("https://other.test"),
            Some(ErrorKind::Issuer),
        ),
        (user().with_session_id(""), Some(ErrorKind::SessionId)),
        (user().without_claim("sid"), Some(ErrorKind::SessionId)),
        (user().pending(), Some(ErrorKind::SessionPending)),
        (user().signed_by_another_key(), Some(ErrorKind::Signature)),
        (user().acted_by(""), Some(ErrorKind::Actor)),
        (user().with_claim("act", false), Some(ErrorKind::Actor)),
        (user().with_claim("sub", ""), Some(ErrorKind::Subject)),
    ] {
        assert_eq!(refused(&verifier, &session.token()), verdict, "{session:?}");
        assert_eq!(&session.bearer()[..10], "Bearer eyJ");
    }
    let elsewhere = Issuer::ephemeral().unwrap().session("user_1").token();
    assert_eq!(refused(&verifier, &elsewhere), Some(ErrorKind::UnknownKey));
}

#[test]
fn a_verifier_of_the_applications_settings_judges_by_them() {
    let issuer = Issuer::ephemeral().unwrap();
    let verifier = issuer
        .verifier_builder()
        .with_audience("api")
        .with_authorized_parties(["https://app.example.com"])
        .with_pending_sessions(true)
        .build()
        .unwrap();
    let good = issuer
        .session("user_1")
        .with_audience("api")
        .with_authorized_party("https://app.example.com");
    assert_eq!(refused(&verifier, &good.token()), None);
    assert_eq!(refused(&verifier, &good.clone().pending().token()), None);
    let other = good
        .clone()
        .with_authorized_party("https://evil.example.com");
    assert_eq!(
        refused(&verifier, &other.token()),
        Some(ErrorKind::AuthorizedParty)
    );
    let other = good.without_claim("aud");
    assert_eq!(
        refused(&verifier, &other.token()),
        Some(ErrorKind::Audience)
    );
}

#[test]
fn a_session_says_what_it_was_told() {
    let issuer = Issuer::ephemeral().unwrap();
    let session = issuer
        .session("user_1")
        .with_actor(ActorClaim::agent("agent_1").with_claim("reason", "r"))
        .with_prior_actor("admin_1")
        .with_prior_actor("admin_2")
        .with_organization("org_1", "org:admin", ["invoices:read"])
        .with_factor_age(Some(3), None)
        .with_claim("theme", "dark");
    let auth = issuer.verifier().verify(&session.token()).now().unwrap();
    let actor = auth.actor.as_ref().unwrap();
    assert_eq!((&*actor.subject, actor.kind), ("agent_1", ActorKind::Agent));
    let act: Value = actor.claims().unwrap();
    assert_eq!(
        act,
        json!({
            "sub": "agent_1", "type": "agent", "reason": "r",
            "act": { "sub": "admin_1", "act": { "sub": "admin_2" } },
        })
    );
    assert_eq!(auth.issuer, issuer.url());
    assert!(auth.has_role("admin") && auth.has_permission("invoices:read"));
    assert_eq!(auth.factor_verification_age().unwrap().first, Some(3));
    let all: Value = auth.claims().unwrap();
    assert_eq!(all["theme"], "dark");
    // Each session is its own, each token of it another.
    assert_ne!(
        auth.session_id,
        issuer
            .verifier()
            .verify(&issuer.session("user_1").token())
            .now()
            .unwrap()
            .session_id
    );
    assert_ne!(session.token(), session.token());
}

#[test]
fn time_is_the_clocks() {
    let clock = Hands::at(NOW);
    let issuer = Issuer::ephemeral()
        .unwrap()
        .with_clock(clock.clone())
        .unwrap();
    let session = issuer
        .session("user_1")
        .with_lifetime(Duration::from_mins(1));
    let token = session.token();
    let verifier = issuer.verifier();
    clock.set(NOW + 64);
    assert_eq!(refused(&verifier, &token), None);
    clock.set(NOW + 65);
    assert_eq!(refused(&verifier, &token), Some(ErrorKind::Expired));
    assert_eq!(refused(&verifier, &session.token()), None);
}
