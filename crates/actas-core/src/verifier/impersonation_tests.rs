use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::audit::{
    AuditContext, AuditSink, AuditedRequest, NotRecorded, RefusedToken, ReserveFuture,
};
use crate::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::keys::{KeyFuture, KeySet, KeySource, StaticKeys, WantedKey};
use crate::separator::Separator;
use crate::session::Auth;
use crate::test_request::TestRequest;
use crate::test_token::{ISSUER, NOW, Still, builder, jwks, sign_with, token};
use crate::token::IMPERSONATION_COOKIE as COOKIE;
use crate::verifier::{Ending, Verifier, VerifierBuilder, WithKeys};

const OWN: &str = "https://own.example";
const SESSION: &str = "__session";
const ADMIN: &str = "user_9ada";

/// The issuer of impersonated sessions.
fn own() -> VerifierBuilder<WithKeys> {
    own_with(StaticKeys::from_jwks(&jwks()).unwrap())
}

fn own_with(keys: impl KeySource + 'static) -> VerifierBuilder<WithKeys> {
    Verifier::builder(OWN)
        .separated_by(Separator::session_id())
        .with_keys(keys)
        .with_clock(Still)
        .with_impersonation_cookie(COOKIE)
        .with_authorized_parties(["https://app.example"])
}

/// The issuer of the application's sessions.
fn sessions() -> VerifierBuilder<WithKeys> {
    builder().with_cookie_names([SESSION])
}

fn both() -> [Verifier; 2] {
    let built = || [sessions().build().unwrap(), own().build().unwrap()];
    let mut reversed = built();
    reversed.reverse();
    [built(), reversed].map(|verifiers| Verifier::any_of(verifiers).unwrap())
}

fn impersonated_with(claims: &Value) -> String {
    let mut all = json!({
        "iss": OWN, "sid": "imp_1", "azp": "https://app.example", "act": {"sub": ADMIN, "iss": ISSUER},
    });
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    token(&all)
}

fn impersonated() -> String {
    impersonated_with(&json!({}))
}

/// The admin's own session, with these claims beside the ones that it needs.
fn admin_with(claims: &Value) -> String {
    let mut all = json!({"sub": ADMIN});
    for (name, value) in claims.as_object().unwrap() {
        all[name] = value.clone();
    }
    token(&all)
}

fn get(cookies: &[(&str, &str)]) -> TestRequest {
    let cookies = cookies.iter();
    cookies.fold(TestRequest::new("GET"), |request, (name, value)| {
        request.with_header("cookie", format!("{name}={value}"))
    })
}

type Outcome = Result<Option<Auth>, Error>;

fn kind(outcome: Outcome) -> ErrorKind {
    outcome.unwrap_err().kind()
}

fn refusal(verifier: &Verifier, request: &TestRequest) -> ErrorKind {
    kind(verifier.authenticate(request).now())
}

fn accept(verifier: &Verifier, request: &TestRequest) -> Auth {
    verifier.authenticate(request).now().unwrap().unwrap()
}

#[test]
fn the_cookie_is_the_session_and_decides() {
    for verifier in both() {
        let auth = accept(&verifier, &get(&[(COOKIE, &impersonated())]));
        assert_eq!((&*auth.user_id, &*auth.issuer), ("user_1", OWN));
        assert_eq!(auth.actor.as_ref().unwrap().subject, ADMIN);
        let beside = get(&[
            (SESSION, &admin_with(&json!({}))),
            (COOKIE, &impersonated()),
        ]);
        let auth = accept(&verifier, &beside);
        assert_eq!((&*auth.user_id, &*auth.issuer), ("user_1", OWN));
    }
}

#[test]
fn only_who_has_the_setting_takes_it_and_only_with_an_actor() {
    for verifier in both() {
        let refused = |token: &str| refusal(&verifier, &get(&[(COOKIE, token)]));
        // Twice, since the second time some are remembered from elsewhere.
        for _ in 0..2 {
            for act in [Value::Null, json!({}), json!([])] {
                let token = impersonated_with(&json!({"act": act}));
                assert_eq!(refused(&token), ErrorKind::Actor);
                let _ = verifier.verify(&token).now();
            }
            let old = impersonated_with(&json!({"act": null, "exp": NOW - 60}));
            assert_eq!(refused(&old), ErrorKind::Actor);
            let foreign = token(&json!({"act": {"sub": ADMIN}}));
            assert_eq!(refused(&foreign), ErrorKind::UnknownIssuer);
            assert!(verifier.verify(&foreign).now().is_ok());
        }
        let cookie = get(&[(SESSION, &impersonated())]);
        assert_eq!(refusal(&verifier, &cookie), ErrorKind::UnknownIssuer);
    }
    let alone = sessions().build().unwrap();
    let ignored = alone.authenticate(&get(&[(COOKIE, &impersonated())])).now();
    assert!(ignored.unwrap().is_none());
}

#[test]
fn what_is_wrong_with_it_never_turns_into_the_admins_session() {
    let forged = sign_with(8, &json!({"alg": "EdDSA", "kid": "k"}), b"{}");
    let ended = ErrorKind::ImpersonationEnded;
    let cases = [
        (String::new(), ErrorKind::MalformedCredential),
        ("a b".to_owned(), ErrorKind::MalformedCredential),
        ("a.b.c".to_owned(), ErrorKind::Form),
        (impersonated() + "AAAA", ErrorKind::Signature),
        (impersonated_with(&json!({"exp": NOW - 5})), ended),
        (impersonated_with(&json!({"exp": 0})), ended),
        (
            impersonated_with(&json!({"exp": 999_999_999_999_999_u64})),
            ErrorKind::Expired,
        ),
        (impersonated_with(&json!({"exp": null})), ErrorKind::Expired),
        (
            impersonated_with(&json!({"exp": NOW - 5, "act": {}})),
            ErrorKind::Expired,
        ),
        (
            impersonated_with(&json!({"nbf": NOW + 6})),
            ErrorKind::NotYetValid,
        ),
        (
            impersonated_with(&json!({"azp": "https://other.example"})),
            ErrorKind::AuthorizedParty,
        ),
    ];
    for verifier in both() {
        let admin = admin_with(&json!({}));
        for (token, expected) in &cases {
            let cookies = [
                get(&[(COOKIE, token)]),
                get(&[(COOKIE, token), (SESSION, &admin)]),
                get(&[(SESSION, &admin), (COOKIE, token)]),
            ];
            for request in cookies {
                assert_eq!(refusal(&verifier, &request), *expected, "{request:?}");
            }
        }
        let unknown = refusal(&verifier, &get(&[(COOKIE, &forged)]));
        assert_eq!(unknown, ErrorKind::UnknownIssuer);
    }
    let alone = own().build().unwrap();
    let forged = refusal(&alone, &get(&[(COOKIE, &forged)]));
    assert_eq!(forged, ErrorKind::Signature);
}

#[test]
fn what_was_remembered_ends_with_its_time() {
    use super::cache_tests::MovableClock;
    let clock = MovableClock::new();
    let verifier = own().with_clock(clock.clone()).build().unwrap();
    let request = get(&[(COOKIE, &impersonated())]);
    let auth = accept(&verifier, &request);
    assert!(accept(&verifier, &request).is_same_session(&auth));
    clock.set(NOW + 65);
    for _ in 0..2 {
        assert_eq!(refusal(&verifier, &request), ErrorKind::ImpersonationEnded);
        // As a bearer token it is one like any other.
        let bearer = verifier.verify(&impersonated()).now();
        assert_eq!(bearer.unwrap_err().kind(), ErrorKind::Expired);
    }
}

#[test]
fn beside_a_token_that_a_program_sent_it_is_one_too_many() {
    for verifier in both() {
        let (cookie, admin) = (get(&[(COOKIE, &impersonated())]), admin_with(&json!({})));
        for credential in [&admin, &impersonated(), "", "no token"] {
            let bearer = cookie
                .clone()
                .with_header("authorization", format!("Bearer {credential}"));
            assert_eq!(refusal(&verifier, &bearer), ErrorKind::DoubledCredential);
        }
        let twice = cookie.clone().with_header("cookie", format!("{COOKIE}=x"));
        assert_eq!(refusal(&verifier, &twice), ErrorKind::DoubledCredential);
        let sessions = get(&[(COOKIE, &impersonated()), (SESSION, &admin), (SESSION, "x")]);
        assert_eq!(refusal(&verifier, &sessions), ErrorKind::DoubledCredential);
    }
}

/// Sessions beside the cookie that are not the actor's.
fn strangers() -> Vec<String> {
    let header = json!({"alg": "EdDSA", "kid": "k"});
    let claims = json!({"iss": ISSUER, "sub": ADMIN, "sid": "s", "exp": NOW + 60, "iat": NOW});
    vec![
        "x".to_owned(),
        "a b".to_owned(),
        "a.b.c".to_owned(),
        admin_with(&json!({"sub": "user_1"})),
        admin_with(&json!({"sub": "User_9ada"})),
        admin_with(&json!({"iss": "https://other.example"})),
        admin_with(&json!({})) + "AAAA",
        sign_with(8, &header, claims.to_string().as_bytes()),
        // Somebody acts as the admin.
        admin_with(&json!({"act": {"sub": "user_7"}})),
        admin_with(&json!({"act": {}})),
        admin_with(&json!({"aud": "other"})),
        admin_with(&json!({"sid": ""})),
        admin_with(&json!({"sts": "pending"})),
    ]
}

#[test]
fn the_session_beside_it_is_the_actors() {
    for verifier in both() {
        // The second time, what can be is remembered.
        for _ in 0..2 {
            for stranger in strangers() {
                let request = get(&[(COOKIE, &impersonated()), (SESSION, &stranger)]);
                let found = refusal(&verifier, &request);
                assert_eq!(found, ErrorKind::ActorMismatch, "{stranger}");
                let _ = verifier.authenticate(&get(&[(SESSION, &stranger)])).now();
            }
            for time in [
                json!({"exp": NOW - 600}),
                json!({"exp": 0}),
                json!({"nbf": NOW + 60}),
                json!({"iat": NOW + 60}),
                json!({}),
            ] {
                let admin = admin_with(&time);
                let request = get(&[(COOKIE, &impersonated()), (SESSION, &admin)]);
                accept(&verifier, &request);
                let _ = verifier.authenticate(&get(&[(SESSION, &admin)])).now();
            }
        }
        // An actor without an issuer is one of the token's issuer.
        let theirs = impersonated_with(&json!({"act": {"sub": ADMIN}}));
        let request = get(&[(COOKIE, &theirs), (SESSION, &admin_with(&json!({})))]);
        assert_eq!(refusal(&verifier, &request), ErrorKind::ActorMismatch);
        // What has ended has ended, whoever asks.
        let ended = impersonated_with(&json!({"exp": NOW - 5}));
        let request = get(&[(COOKIE, &ended), (SESSION, "x")]);
        assert_eq!(refusal(&verifier, &request), ErrorKind::ImpersonationEnded);
    }
}

#[test]
fn a_remembered_session_beside_it_dies_with_its_key() {
    use super::cache_tests::{MovableKeys, key_set};
    use crate::test_token::SEED;
    let keys = MovableKeys::new(&[("k", SEED)]);
    let sessions = Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_keys(keys.clone())
        .with_cookie_names([SESSION])
        .with_clock(Still);
    let all = [sessions.build().unwrap(), own().build().unwrap()];
    let verifier = Verifier::any_of(all).unwrap();
    let admin = admin_with(&json!({}));
    accept(&verifier, &get(&[(SESSION, &admin)]));
    let asked = keys.asked();
    let request = get(&[(COOKIE, &impersonated()), (SESSION, &admin)]);
    accept(&verifier, &request);
    assert_eq!(keys.asked(), asked, "its signature is known");
    keys.set(Some(key_set(&[("k", 8)])));
    assert_eq!(refusal(&verifier, &request), ErrorKind::ActorMismatch);
    keys.set(None);
    assert_eq!(refusal(&verifier, &request), ErrorKind::KeysUnavailable);
}

/// Keys that arrive with a fetch, or do not.
#[derive(Debug)]
struct Cold {
    outage: bool,
}

impl KeySource for Cold {
    fn current(&self) -> Option<Arc<KeySet>> {
        None
    }

    fn refresh(&self, _: WantedKey<'_>) -> Option<KeyFuture> {
        let outage = self.outage;
        Some(Box::pin(async move {
            tokio::task::yield_now().await;
            if outage {
                return Err(Error::keys_unavailable(Some(9)));
            }
            Ok(Arc::new(KeySet::from_json(&jwks()).unwrap()))
        }))
    }
}

#[tokio::test]
async fn keys_are_waited_for_on_either_side() {
    let cold = |issuer: &str, outage| {
        let builder = Verifier::builder(issuer)
            .separated_by(Separator::session_id())
            .with_keys(Cold { outage })
            .with_clock(Still);
        builder.with_cookie_names([SESSION]).build().unwrap()
    };
    let admin = admin_with(&json!({"exp": NOW - 600}));
    let request = get(&[(COOKIE, &impersonated()), (SESSION, &admin)]);
    let stranger = get(&[(COOKIE, &impersonated()), (SESSION, &token(&json!({})))]);
    let warm = || sessions().build().unwrap();
    let cold_own = |outage| own_with(Cold { outage }).build().unwrap();
    for all in [
        [cold(ISSUER, false), own().build().unwrap()],
        [warm(), cold_own(false)],
        [cold_own(false), cold(ISSUER, false)],
    ] {
        let verifier = Verifier::any_of(all).unwrap();
        let auth = verifier.authenticate(&request).await.unwrap().unwrap();
        assert_eq!(auth.issuer, OWN);
        let refused = kind(verifier.authenticate(&stranger).await);
        assert_eq!(refused, ErrorKind::ActorMismatch);
        let ended = impersonated_with(&json!({"exp": NOW - 5}));
        let ended = get(&[(COOKIE, &ended), (SESSION, &admin)]);
        let refused = kind(verifier.authenticate(&ended).await);
        assert_eq!(refused, ErrorKind::ImpersonationEnded);
    }
    for all in [
        [cold(ISSUER, true), own().build().unwrap()],
        [warm(), cold_own(true)],
    ] {
        let verifier = Verifier::any_of(all).unwrap();
        let error = verifier.authenticate(&request).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
        assert_eq!(error.retry_after(), Some(9));
    }
}

fn post(request: TestRequest, site: &str) -> TestRequest {
    TestRequest {
        method: "POST".to_owned(),
        ..request.with_header("sec-fetch-site", site)
    }
}

#[test]
fn another_site_cannot_use_it() {
    for verifier in both() {
        let cookie = get(&[(COOKIE, &impersonated())]);
        // The second time, it is remembered.
        for _ in 0..2 {
            let foreign = post(cookie.clone(), "cross-site");
            assert_eq!(refusal(&verifier, &foreign), ErrorKind::CrossSite);
            let foreign = foreign.with_header("origin", "https://app.example");
            accept(&verifier, &foreign);
            accept(&verifier, &post(cookie.clone(), "same-origin"));
        }
        let ended = impersonated_with(&json!({"exp": NOW - 5}));
        let foreign = post(get(&[(COOKIE, &ended)]), "cross-site");
        assert_eq!(refusal(&verifier, &foreign), ErrorKind::CrossSite);
    }
}

/// Keeps the rules that refused.
#[derive(Clone, Debug, Default)]
struct Told(Arc<Mutex<Vec<&'static str>>>);

impl AuditSink for Told {
    fn reserve(&self, _: AuditedRequest) -> ReserveFuture {
        Box::pin(std::future::ready(Err(NotRecorded::ended())))
    }

    fn refused(&self, token: RefusedToken) {
        assert_eq!(token.session.actor.as_ref().unwrap().subject, ADMIN);
        self.0.lock().unwrap().push(token.rule);
    }
}

#[test]
fn the_audit_sink_is_told_what_refused_it() {
    let (told, other) = (Told::default(), Told::default());
    let all = [
        sessions().with_audit(other.clone()).build().unwrap(),
        own().with_audit(told.clone()).build().unwrap(),
    ];
    let verifier = Verifier::any_of(all).unwrap();
    let ended = impersonated_with(&json!({"exp": NOW - 5}));
    refusal(&verifier, &get(&[(COOKIE, &ended)]));
    refusal(
        &verifier,
        &get(&[(COOKIE, &impersonated()), (SESSION, "x")]),
    );
    refusal(
        &verifier,
        &post(get(&[(COOKIE, &impersonated())]), "cross-site"),
    );
    let rules = told.0.lock().unwrap().clone();
    assert_eq!(
        rules,
        ["impersonation_ended", "actor_mismatch", "cross_site"]
    );
    assert!(other.0.lock().unwrap().is_empty());
}

#[test]
fn several_have_one_impersonation_cookie_which_is_no_session_cookie() {
    let setting = |built: Result<Verifier, ConfigError>| match built {
        Err(ConfigError::Setting { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    let second = || builder().with_impersonation_cookie("__other");
    let all = [own().build().unwrap(), second().build().unwrap()];
    assert_eq!(
        setting(Verifier::any_of(all)),
        "second impersonation cookie"
    );
    let clash = "impersonation cookie that is a session cookie";
    let all = [
        own().build().unwrap(),
        builder().with_cookie_names([COOKIE]).build().unwrap(),
    ];
    assert_eq!(setting(Verifier::any_of(all)), clash);
    let alone = own().with_cookie_names([COOKIE]).build();
    assert_eq!(setting(alone), clash);
    for name in ["", "a b", "a=b"] {
        let built = builder().with_impersonation_cookie(name).build();
        assert_eq!(setting(built), "impersonation cookie");
    }
    // Both take what is theirs from one cookie.
    let shared = builder().with_impersonation_cookie(COOKIE);
    let all = [own().build().unwrap(), shared.build().unwrap()];
    let verifier = Verifier::any_of(all).unwrap();
    accept(&verifier, &get(&[(COOKIE, &impersonated())]));
    let theirs = token(&json!({"act": {"sub": ADMIN}}));
    accept(&verifier, &get(&[(COOKIE, &theirs)]));
}

fn ending(verifier: &Verifier, request: &TestRequest) -> Ending {
    verifier.session_to_end(request).now().unwrap()
}

#[test]
fn a_session_can_be_ended_whenever_its_signature_holds() {
    for verifier in both() {
        let old = json!({
            "exp": NOW - 600, "nbf": NOW + 60, "aud": "other", "v": 2, "o": {"id": "org_1"},
        });
        for claims in [json!({}), old.clone()] {
            let token = impersonated_with(&claims);
            let cookie = get(&[(COOKIE, &token), (SESSION, "x")]);
            let bearer =
                TestRequest::new("POST").with_header("authorization", format!("Bearer {token}"));
            let doubled = cookie.clone().with_header("authorization", "Bearer x");
            for request in [cookie, bearer, doubled] {
                let Ending::Session(session) = ending(&verifier, &request) else {
                    panic!("{request:?}");
                };
                assert_eq!((&*session.issuer, &*session.session), (OWN, "sid:imp_1"));
                assert_eq!(session.session_id.as_deref(), Some("imp_1"));
                assert_eq!(session.user_id, "user_1");
                assert_eq!(session.actor_issuer, ISSUER);
                assert_eq!(session.actor_subject, ADMIN);
                let organization = claims["o"]["id"].as_str();
                assert_eq!(session.organization_id.as_deref(), organization);
                let context = AuditContext::from(&session);
                assert_eq!(context.organization_id, session.organization_id);
                assert_eq!(context.session, "sid:imp_1");
                let exp = claims["exp"].as_u64().unwrap_or(NOW + 60);
                assert_eq!(u64::try_from(session.ends_at).unwrap(), exp + 5);
            }
        }
        // Sessions of other issuers, from wherever they are taken.
        let theirs = token(&json!({"act": {"sub": ADMIN}, "exp": NOW - 600}));
        let Ending::Session(session) = ending(&verifier, &get(&[(SESSION, &theirs)])) else {
            panic!("somebody acts in it");
        };
        assert_eq!(
            (&*session.issuer, &*session.session),
            (ISSUER, "sid:sess_1")
        );
    }
}

#[test]
fn a_cookie_that_cannot_be_verified_is_told_apart_from_none() {
    for verifier in both() {
        for (token, expected) in [
            (String::new(), ErrorKind::MalformedCredential),
            ("a.b.c".to_owned(), ErrorKind::Form),
            (impersonated() + "AAAA", ErrorKind::Signature),
            (token(&json!({})), ErrorKind::UnknownIssuer),
            (impersonated_with(&json!({"act": {}})), ErrorKind::Claims),
        ] {
            match ending(&verifier, &get(&[(COOKIE, &token), (SESSION, "x")])) {
                Ending::Unverified(error) => assert_eq!(error.kind(), expected),
                other => panic!("{other:?}"),
            }
        }
        let twice = get(&[(COOKIE, &impersonated()), (COOKIE, "x")]);
        match ending(&verifier, &twice) {
            Ending::Unverified(error) => assert_eq!(error.kind(), ErrorKind::DoubledCredential),
            other => panic!("{other:?}"),
        }
        let direct = impersonated_with(&json!({"act": null}));
        for request in [
            get(&[]),
            get(&[(SESSION, &admin_with(&json!({})))]),
            get(&[(COOKIE, &direct)]),
        ] {
            assert!(matches!(ending(&verifier, &request), Ending::Nothing));
        }
    }
}

#[test]
fn a_token_of_another_kind_ends_nothing() {
    let separator = Separator::session_id().and(Separator::claim_is("use", "session"));
    let verifier = Verifier::builder(OWN)
        .separated_by(separator)
        .with_keys(StaticKeys::from_jwks(&jwks()).unwrap())
        .with_clock(Still)
        .with_impersonation_cookie(COOKIE)
        .build()
        .unwrap();
    for (kind, ends) in [("session", true), ("id", false)] {
        let token = impersonated_with(&json!({"use": kind, "exp": NOW - 600}));
        let ending = ending(&verifier, &get(&[(COOKIE, &token)]));
        assert_eq!(matches!(ending, Ending::Session(_)), ends, "{kind}");
    }
}

#[test]
fn another_site_ends_nothing() {
    for verifier in both() {
        let theirs = token(&json!({"act": {"sub": ADMIN}}));
        for cookies in [
            (COOKIE, impersonated()),
            (COOKIE, "x".to_owned()),
            (SESSION, theirs),
        ] {
            let (name, value) = &cookies;
            let request = get(&[(*name, value)]);
            let outcome = verifier.session_to_end(&post(request.clone(), "cross-site"));
            assert_eq!(outcome.now().unwrap_err().kind(), ErrorKind::CrossSite);
            let own = verifier.session_to_end(&post(request, "same-origin"));
            assert!(own.now().is_ok());
        }
        // The cookie may be there, and withheld from the other site.
        let direct = admin_with(&json!({}));
        for request in [
            get(&[]),
            get(&[(SESSION, "x")]),
            get(&[(SESSION, &direct)]),
            get(&[]).with_header("authorization", "Basic eDp5"),
        ] {
            let other = post(request.clone(), "cross-site");
            let outcome = verifier.session_to_end(&other).now();
            assert_eq!(outcome.unwrap_err().kind(), ErrorKind::CrossSite);
            assert!(
                verifier
                    .session_to_end(&post(request, "same-origin"))
                    .now()
                    .is_ok()
            );
        }
        let bearer = TestRequest::new("POST")
            .with_header("authorization", format!("Bearer {}", impersonated()));
        let bearer = bearer.with_header("sec-fetch-site", "cross-site");
        assert!(matches!(ending(&verifier, &bearer), Ending::Session(_)));
    }
}

#[tokio::test]
async fn an_outage_still_lets_the_cookie_be_deleted() {
    let verifier = own_with(Cold { outage: true }).build().unwrap();
    let request = get(&[(COOKIE, &impersonated())]);
    match verifier.session_to_end(&request).await.unwrap() {
        Ending::Unverified(error) => assert_eq!(error.kind(), ErrorKind::KeysUnavailable),
        other => panic!("{other:?}"),
    }
    let verifier = own_with(Cold { outage: false }).build().unwrap();
    let ending = verifier.session_to_end(&request).await.unwrap();
    assert!(matches!(ending, Ending::Session(_)));
}

/// What may stand in one of the two cookies, or in neither.
fn value() -> impl Strategy<Value = Option<String>> {
    let tokens = [
        impersonated(),
        impersonated_with(&json!({"exp": NOW - 60})),
        impersonated_with(&json!({"act": null})),
        impersonated_with(&json!({"act": {"sub": "user_7"}})),
        admin_with(&json!({})),
        admin_with(&json!({"exp": NOW - 60})),
        admin_with(&json!({"act": {"sub": ADMIN}})),
        token(&json!({})),
        String::new(),
        "a.b.c".to_owned(),
    ];
    prop::option::of(prop::sample::select(tokens.to_vec()))
}

proptest! {
    /// Where the cookie is there, the session is an impersonated one of its issuer, and the session beside it is the actor's;
    /// where it is not, the setting changes nothing.
    #[test]
    fn the_cookie_is_never_passed_over(
        impersonation in value(), session in value(), bearer in value(), first in any::<bool>(),
    ) {
        let [forward, reversed] = both();
        let verifier = if first { forward } else { reversed };
        let mut request = TestRequest::new("GET");
        for (name, value) in [(COOKIE, &impersonation), (SESSION, &session)] {
            if let Some(value) = value {
                request = request.with_header("cookie", format!("{name}={value}"));
            }
        }
        if let Some(bearer) = &bearer {
            request = request.with_header("authorization", format!("Bearer {bearer}"));
        }
        let outcome = verifier.authenticate(&request).now();
        if impersonation.is_none() {
            let plain = own().build().unwrap();
            let unset = Verifier::any_of([sessions().build().unwrap(), plain]).unwrap();
            let unset = unset.authenticate(&request).now();
            prop_assert_eq!(outcome.map(|auth| auth.map(|auth| auth.session_key().to_string())),
                unset.map(|auth| auth.map(|auth| auth.session_key().to_string())));
            return Ok(());
        }
        match outcome {
            Ok(None) => prop_assert!(false, "signed out"),
            Ok(Some(auth)) => {
                prop_assert_eq!(&*auth.issuer, OWN);
                let actor = auth.actor.as_ref().unwrap();
                prop_assert!(bearer.is_none());
                // Only one of the sessions that may stand beside it is the actor's, now or before.
                let theirs = [admin_with(&json!({})), admin_with(&json!({"exp": NOW - 60}))];
                let session = session.filter(|session| !session.is_empty());
                prop_assert!(session.is_none_or(|session| theirs.contains(&session) && &*actor.subject == ADMIN));
            }
            Err(_) => {}
        }
    }
}
