use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use serde_json::json;

use crate::actor::ActorKind;
use crate::audit::{
    AuditContext, AuditEnd, AuditOutcome, AuditPermit, AuditSink, AuditedRequest, NotRecorded,
    Recording, RefusedToken, Reservation, ReserveFuture,
};
use crate::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::guard::{Action, Guard};
use crate::session::Auth;
use crate::test_request::TestRequest;
use crate::test_token::{NOW, builder, token};
use crate::verifier::{Verifier, VerifierBuilder, WithKeys};

/// Keeps in memory what it is told, and reserves at once or not at all.
#[derive(Clone, Debug, Default)]
struct Sink {
    fails: Option<NotRecorded>,
    told: Arc<Mutex<Told>>,
}

#[derive(Debug, Default)]
struct Told {
    reserved: Vec<AuditedRequest>,
    finished: Vec<AuditOutcome>,
    refused: Vec<RefusedToken>,
}

#[derive(Debug)]
struct Permit(Arc<Mutex<Told>>);

impl AuditSink for Sink {
    fn reserve(&self, request: AuditedRequest) -> ReserveFuture {
        self.told.lock().unwrap().reserved.push(request);
        let told = Arc::clone(&self.told);
        let outcome: Result<Box<dyn AuditPermit>, _> = match self.fails.clone() {
            Some(not_recorded) => Err(not_recorded),
            None => Ok(Box::new(Permit(told))),
        };
        Box::pin(std::future::ready(outcome))
    }

    fn refused(&self, token: RefusedToken) {
        self.told.lock().unwrap().refused.push(token);
    }
}

impl AuditPermit for Permit {
    fn id(&self) -> &'static str {
        "request_1"
    }

    fn finish(self: Box<Self>, outcome: AuditOutcome) {
        self.0.lock().unwrap().finished.push(outcome);
    }
}

impl Sink {
    fn audited(&self) -> VerifierBuilder<WithKeys> {
        builder().with_audit(self.clone())
    }

    fn outcomes(&self) -> Vec<AuditOutcome> {
        self.told.lock().unwrap().finished.clone()
    }
}

fn impersonated(verifier: &Verifier) -> Auth {
    let token = token(&json!({"act": {"sub": "admin", "type": "agent"}}));
    verifier.verify(&token).now().unwrap()
}

fn ready(mut reservation: Reservation) -> Result<(Auth, Option<Recording>), Error> {
    let mut context = Context::from_waker(Waker::noop());
    match std::pin::Pin::new(&mut reservation).poll(&mut context) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the sink of these tests never waits"),
    }
}

fn reserve(verifier: &Verifier) -> Result<(Auth, Option<Recording>), Error> {
    let auth = impersonated(verifier);
    let request = TestRequest::new("POST")
        .with_peer("192.0.2.1")
        .with_header("x-forwarded-for", "198.51.100.1")
        .with_header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        );
    ready(
        verifier
            .reserve(&auth, &request, Some("/users/{id}"))
            .unwrap(),
    )
}

#[test]
fn a_reservation_tells_who_does_what_where() {
    let sink = Sink::default();
    let verifier = sink.audited().build().unwrap();
    let (auth, recording) = reserve(&verifier).unwrap();
    drop(recording);
    assert_eq!(auth.user_id, "user_1");

    let told = sink.told.lock().unwrap();
    let [request] = told.reserved.as_slice() else {
        panic!("{:?}", told.reserved);
    };
    assert_eq!(request.session.user_id, "user_1");
    let actor = request.session.actor.as_ref().unwrap();
    assert_eq!((&*actor.subject, actor.kind), ("admin", ActorKind::Agent));
    assert_eq!(request.method, "POST");
    assert_eq!(request.route.as_deref(), Some("/users/{id}"));
    assert_eq!(
        request.trace_id.as_deref(),
        Some("4bf92f3577b34da6a3ce929d0e0e4736")
    );
}

#[test]
fn an_upgrade_does_more_than_read() {
    let sink = Sink::default();
    let verifier = sink.audited().build().unwrap();
    let get = TestRequest::new("GET");
    let upgrade = get.clone().with_header("upgrade", "websocket");
    for (request, only_reads) in [
        (&get, true),
        (&upgrade, false),
        (&TestRequest::new("POST"), false),
    ] {
        let auth = impersonated(&verifier);
        drop(verifier.reserve(&auth, request, None));
        let told = sink.told.lock().unwrap().reserved.pop().unwrap();
        assert_eq!(told.only_reads, only_reads);
    }
}

#[test]
fn a_client_is_recorded_where_that_is_set() {
    let sink = Sink::default();
    let of = |proxies: Option<&[&str]>| {
        let builder = match proxies {
            Some(proxies) => sink.audited().with_trusted_proxies(proxies.to_vec()),
            None => sink.audited(),
        };
        drop(reserve(&builder.build().unwrap()).unwrap());
        let request = sink.told.lock().unwrap().reserved.pop().unwrap();
        request.client.map(|client| client.to_string())
    };
    assert_eq!(of(None), None);
    assert_eq!(of(Some(&[])).as_deref(), Some("192.0.2.1"));
    assert_eq!(of(Some(&["192.0.2.0/24"])).as_deref(), Some("198.51.100.1"));
}

#[test]
fn what_is_direct_or_not_audited_reserves_nothing() {
    let sink = Sink::default();
    let verifier = sink.audited().build().unwrap();
    let direct = verifier.verify(&token(&json!({}))).now().unwrap();
    let request = TestRequest::new("GET");
    assert!(verifier.reserve(&direct, &request, None).is_none());
    assert!(direct.audit_context().is_none());
    direct.note("nothing", "is written");
    assert!(sink.told.lock().unwrap().reserved.is_empty());
    assert!(verifier.is_audited());

    let verifier = builder().build().unwrap();
    let auth = impersonated(&verifier);
    assert!(verifier.reserve(&auth, &request, None).is_none());
    assert!(!verifier.is_audited());
}

#[test]
fn without_a_layer_only_what_needs_no_record_goes_on() {
    let token = token(&json!({}));
    let audited = Sink::default().audited().build().unwrap();
    let direct = audited.verify(&token).now().unwrap();
    audited.unlayered(direct).unwrap();
    let refused = audited.unlayered(impersonated(&audited)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::MissingLayer);

    let verifier = builder().build().unwrap();
    let auth = verifier.unlayered(impersonated(&verifier)).unwrap();
    assert!(auth.is_impersonated());
}

#[test]
fn the_outcome_says_what_guards_handler_and_response_left() {
    let sink = Sink::default();
    let verifier = sink.audited().build().unwrap();
    let (auth, recording) = reserve(&verifier).unwrap();
    let action = Action::new("POST", None);
    let reports = Guard::sensitive().report_only();
    reports.admit(Some(&auth), None, &action).unwrap();
    auth.clone().note("invoice", 7);
    let mut recording = recording.unwrap();
    recording.answered(201);
    recording.complete();

    let outcomes = sink.outcomes();
    let [outcome] = outcomes.as_slice() else {
        panic!("{outcomes:?}");
    };
    assert_eq!(outcome.end, AuditEnd::Completed);
    assert_eq!(outcome.status, Some(201));
    assert_eq!(outcome.denied_by, None);
    assert_eq!(outcome.reported, ["sensitive"]);
    assert_eq!(outcome.notes[0].name, "invoice");
    assert_eq!(outcome.notes[0].value, "7");

    auth.note("late", "is not recorded");
    assert_eq!(sink.outcomes(), outcomes);
}

type Refuses<'a> = &'a dyn Fn(&Auth) -> bool;

#[test]
fn a_refusal_is_recorded_with_its_rule() {
    let sink = Sink::default();
    let verifier = sink.audited().build().unwrap();
    let action = Action::new("POST", None);
    let refusals: [(&str, Refuses<'_>); 3] = [
        ("deny_when_impersonated", &|auth| {
            let guard = Guard::deny_when_impersonated();
            guard.admit(Some(auth), None, &action).is_err()
        }),
        ("read_only_when_impersonated", &|auth| {
            let guard = Guard::read_only_when_impersonated();
            guard.admit(Some(auth), None, &action).is_err()
        }),
        ("direct", &|auth| auth.require_direct().is_err()),
    ];
    for (rule, refuses) in refusals {
        let (auth, recording) = reserve(&verifier).unwrap();
        assert!(auth.direct().is_none());
        assert!(refuses(&auth), "{rule}");
        drop(recording);
        let outcome = sink.outcomes().pop().unwrap();
        assert_eq!(outcome.denied_by, Some(rule));
        assert_eq!(outcome.end, AuditEnd::Aborted);
        assert_eq!(outcome.status, None);
    }
}

#[test]
fn a_handler_that_goes_on_without_the_proof_was_not_denied() {
    let sink = Sink::default();
    let verifier = sink.audited().build().unwrap();
    let http = TestRequest::new("POST");
    let grpc = http.clone().with_header("content-type", "application/grpc");
    let (denied, reported) = ((Some("direct"), vec![]), (None, vec!["direct"]));
    for (request, status, call, says) in [
        (&http, Some(200), None, &reported),
        (&http, Some(303), None, &reported),
        (&http, Some(403), None, &denied),
        (&http, Some(500), None, &denied),
        (&http, None, None, &denied),
        // A field of that name says nothing of another request.
        (&http, Some(200), Some("7"), &reported),
        (&grpc, Some(200), Some("0"), &reported),
        (&grpc, Some(200), Some("7"), &denied),
        (&grpc, Some(200), Some("00"), &denied),
        (&grpc, Some(200), Some(""), &denied),
        (&grpc, Some(200), None, &reported),
        (&grpc, Some(415), None, &denied),
        (&grpc, None, None, &denied),
    ] {
        let auth = impersonated(&verifier);
        let reservation = verifier.reserve(&auth, request, None).unwrap();
        let (auth, recording) = ready(reservation).unwrap();
        auth.require_direct().unwrap_err();
        let mut recording = recording.unwrap();
        if let Some(status) = status {
            recording.answered(status);
        }
        if let Some(status) = call {
            recording.grpc_status(status.as_bytes());
        }
        recording.complete();
        let outcome = sink.outcomes().pop().unwrap();
        let said = (outcome.denied_by, outcome.reported);
        assert_eq!(said, *says, "{status:?} {call:?}");
    }
}

#[test]
fn a_route_that_is_known_late_is_told_with_the_outcome() {
    let sink = Sink::default();
    let verifier = sink.audited().build().unwrap();
    let (_, recording) = reserve(&verifier).unwrap();
    let mut recording = recording.unwrap();
    recording.routed(|| panic!("the reservation has the route"));
    recording.complete();
    let auth = impersonated(&verifier);
    let reservation = verifier.reserve(&auth, &TestRequest::new("GET"), None);
    let (_, recording) = ready(reservation.unwrap()).unwrap();
    let mut recording = recording.unwrap();
    recording.routed(|| Some("/users/{id}".to_owned()));
    recording.complete();

    let routes: Vec<_> = sink
        .outcomes()
        .into_iter()
        .map(|outcome| outcome.route)
        .collect();
    assert_eq!(routes, [None, Some("/users/{id}".to_owned())]);
}

#[test]
fn one_session_continues_in_one_record_while_it_is_open() {
    let sink = Sink::default();
    let verifier = sink.audited().build().unwrap();
    let (outer, recording) = reserve(&verifier).unwrap();
    let inner = impersonated(&verifier);
    let of = |claims| verifier.verify(&token(&claims)).now().unwrap();

    let continued = inner.continuing(&outer).unwrap();
    assert_eq!(continued.audit_context(), outer.audit_context());
    continued.note("from", "inside");
    assert!(inner.continuing(&inner).is_none(), "it has no record");
    for other in [
        json!({}),
        json!({"act": {"sub": "other"}}),
        json!({"act": {"sub": "admin", "iss": "other"}}),
        json!({"act": {"sub": "admin"}, "sub": "user_2"}),
        json!({"act": {"sub": "admin"}, "sid": "sess_2"}),
    ] {
        assert!(of(other.clone()).continuing(&outer).is_none(), "{other}");
    }
    drop(recording);
    assert!(inner.continuing(&outer).is_none(), "it is closed");
    let outcomes = sink.outcomes();
    assert_eq!(outcomes[0].notes[0].value, "inside");
}

#[test]
fn what_cannot_be_recorded_does_not_run_unless_it_is_told_to() {
    let sink = Sink {
        fails: Some(NotRecorded::unavailable(Some(7))),
        ..Sink::default()
    };
    let error = reserve(&sink.audited().build().unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
    assert_eq!(error.refusal().status(), 503);
    assert_eq!(error.refusal().retry_after(), Some(7));

    let open = sink.audited().insecure_run_unrecorded().build().unwrap();
    let (auth, recording) = reserve(&open).unwrap();
    assert!(recording.is_none());
    assert!(auth.is_impersonated());
}

#[test]
fn what_was_stopped_does_not_run_at_all() {
    let sink = Sink {
        fails: Some(NotRecorded::ended()),
        ..Sink::default()
    };
    for builder in [sink.audited(), sink.audited().insecure_run_unrecorded()] {
        let error = reserve(&builder.build().unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ImpersonationEnded);
        assert_eq!(error.refusal().status(), 401);
    }
    assert!(sink.outcomes().is_empty());
}

#[test]
fn the_session_of_another_verifier_does_not_run_unrecorded() {
    let sink = Sink::default();
    let elsewhere = Verifier::builder("https://other.example")
        .separated_by(crate::separator::Separator::session_id())
        .with_keys(crate::keys::StaticKeys::from_jwks(&crate::test_token::jwks()).unwrap())
        .with_audit(sink.clone());
    let elsewhere = elsewhere.insecure_run_unrecorded().build().unwrap();
    let verifier = sink.audited().build().unwrap();
    let request = TestRequest::new("POST");
    let reservation = elsewhere.reserve(&impersonated(&verifier), &request, None);
    let error = ready(reservation.unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AuditUnavailable);
    assert!(sink.told.lock().unwrap().reserved.is_empty());

    let direct = verifier.verify(&token(&json!({}))).now().unwrap();
    assert!(elsewhere.reserve(&direct, &request, None).is_none());
}

#[test]
fn a_refused_token_is_told_only_if_its_signature_held_and_somebody_acts() {
    let sink = Sink::default();
    let verifier = sink
        .audited()
        .with_authorized_parties(["https://app.example"])
        .build()
        .unwrap();
    let act = json!({"sub": "admin"});
    let expired = token(
        &json!({"act": act, "azp": "https://app.example", "exp": NOW - 60, "iat": NOW - 120}),
    );
    let elsewhere = token(&json!({"act": act, "azp": "https://other.example"}));
    let direct = token(&json!({"azp": "https://other.example"}));
    let nobody = token(&json!({"act": {}, "azp": "https://app.example"}));
    let other_issuer = token(&json!({"act": act, "iss": "https://else.example"}));
    let mut forged = elsewhere.clone();
    forged.truncate(forged.len() - 4);
    forged.push_str("AAAA");
    for token in [
        &expired,
        &elsewhere,
        &direct,
        &nobody,
        &other_issuer,
        &forged,
    ] {
        verifier.verify(token).now().unwrap_err();
    }
    let told = sink.told.lock().unwrap();
    let rules: Vec<_> = told.refused.iter().map(|token| token.rule).collect();
    assert_eq!(rules, ["expired", "authorized_party"]);
    let session = &told.refused[0].session;
    assert_eq!(session.session_key().to_string(), "sid:sess_1");
    assert_eq!(session.actor.as_ref().unwrap().subject, "admin");
}

#[test]
fn a_request_from_another_site_is_told_where_its_token_was_verified_before() {
    let sink = Sink::default();
    let verifier = sink.audited().with_cookie_names(["session"]);
    let verifier = verifier.build().unwrap();
    let rules = || {
        let told = sink.told.lock().unwrap();
        let rules = told.refused.iter().map(|token| token.rule);
        rules.collect::<Vec<_>>()
    };
    let from_another_site = |token: &str| {
        let request = TestRequest::new("POST")
            .with_header("cookie", format!("session={token}"))
            .with_header("sec-fetch-site", "cross-site");
        let refused = verifier.authenticate(&request).now().unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::CrossSite);
    };
    let direct = token(&json!({}));
    let impersonated = token(&json!({"act": {"sub": "admin"}}));
    for token in [&direct, &impersonated] {
        from_another_site(token);
        assert!(rules().is_empty());
        verifier.verify(token).now().unwrap();
        from_another_site(token);
    }
    assert_eq!(rules(), ["cross_site"]);
    let told = sink.told.lock().unwrap();
    let actor = told.refused[0].session.actor.as_ref().unwrap();
    assert_eq!(actor.subject, "admin");
}

#[test]
fn verifiers_behind_one_are_all_audited_or_none_is() {
    let other = || {
        Verifier::builder("https://other.example")
            .separated_by(crate::separator::Separator::session_id())
            .with_keys(crate::keys::StaticKeys::from_jwks(&crate::test_token::jwks()).unwrap())
    };
    let audited = || Sink::default().audited().build().unwrap();
    for verifiers in [
        [audited(), other().build().unwrap()],
        [other().build().unwrap(), audited()],
    ] {
        assert_eq!(
            Verifier::any_of(verifiers).unwrap_err(),
            ConfigError::Unaudited
        );
    }
    let others = Sink::default();
    let both = [
        audited(),
        other().with_audit(others.clone()).build().unwrap(),
    ];
    let both = Verifier::any_of(both).unwrap();
    let (_, recording) = reserve(&both).unwrap();
    assert!(recording.is_some() && others.told.lock().unwrap().reserved.is_empty());
}

#[test]
fn a_context_carries_the_attribution_through_a_queue() {
    let verifier = Sink::default().audited().build().unwrap();
    let (auth, _recording) = reserve(&verifier).unwrap();
    let context = auth.audit_context().unwrap();
    let stored = serde_json::to_string(&context).unwrap();
    assert_eq!(
        serde_json::from_str::<AuditContext>(&stored).unwrap(),
        context
    );
    assert_eq!(context.session, "sid:sess_1");
    assert_eq!(context.actor_subject, "admin");
    assert_eq!(context.request.as_deref(), Some("request_1"));
}
