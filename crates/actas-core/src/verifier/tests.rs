use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::keys::{Algorithm, KeyFuture, KeySet, KeySource, StaticKeys, WantedKey};
use crate::separator::Separator;
use crate::test_request::TestRequest;
use crate::test_token::{ISSUER, NOW, Still, builder, jwks, sign, token};
use crate::verifier::{Progress, Verifier, VerifierBuilder, WithKeys};

fn refusal(verifier: &Verifier, token: &str) -> ErrorKind {
    verifier.verify(token).now().unwrap_err().kind()
}

/// A token that breaks every rule, mended rule by rule: each time the next one in the documented order refuses.
#[test]
fn the_rules_are_asked_in_their_order() {
    let verifier = builder()
        .with_max_token_bytes(2000)
        .with_categories(["session"])
        .with_authorized_parties(["https://app.example"])
        .with_audience("api")
        .with_session_id_required(true)
        .build()
        .unwrap();
    let mut header = json!({
        "alg": "HS256", "kid": "unknown", "typ": "at+jwt", "cat": "template", "crit": ["x"], "x": 1,
    });
    let mut claims = json!({
        "iss": "https://other.example", "exp": NOW - 60, "nbf": NOW + 60, "iat": NOW + 60, "aud": "other",
        "azp": "https://evil.example", "sub": "", "sts": "pending", "act": "admin",
    });
    let check = |header: &Value, claims: &Value, expected: ErrorKind| {
        let token = sign(header, claims.to_string().as_bytes());
        assert_eq!(refusal(&verifier, &token), expected);
    };
    claims["padding"] = "x".repeat(2000).into();
    check(&header, &claims, ErrorKind::TooLarge);
    claims["padding"] = "x".into();
    check(&header, &claims, ErrorKind::Algorithm);
    header["alg"] = "EdDSA".into();
    check(&header, &claims, ErrorKind::TokenType);
    header["typ"] = "JWT".into();
    check(&header, &claims, ErrorKind::Critical);
    header.as_object_mut().unwrap().remove("crit");
    check(&header, &claims, ErrorKind::Category);
    header["cat"] = "session".into();
    check(&header, &claims, ErrorKind::UnknownKey);
    header["kid"] = "k".into();
    let forged = sign(&header, claims.to_string().as_bytes()) + "AAAA";
    assert_eq!(refusal(&verifier, &forged), ErrorKind::Signature);
    for (name, value, expected) in [
        ("iss", ISSUER.into(), ErrorKind::Issuer),
        ("exp", (NOW + 60).into(), ErrorKind::Expired),
        ("nbf", NOW.into(), ErrorKind::NotYetValid),
        ("iat", NOW.into(), ErrorKind::IssuedInFuture),
        ("aud", json!(["x", "api"]), ErrorKind::Audience),
        (
            "azp",
            "https://app.example".into(),
            ErrorKind::AuthorizedParty,
        ),
        ("sub", "user_1".into(), ErrorKind::Subject),
        ("sid", "sess_1".into(), ErrorKind::SessionId),
        ("sts", "active".into(), ErrorKind::SessionPending),
        ("act", json!({"sub": "admin"}), ErrorKind::Actor),
    ] {
        check(&header, &claims, expected);
        claims[name] = value;
    }
    let good = sign(&header, claims.to_string().as_bytes());
    assert_eq!(verifier.verify(&good).now().unwrap().user_id, "user_1");
}

#[test]
fn times_are_judged_to_the_second_and_no_value_overflows() {
    let verifier = builder().build().unwrap();
    let strict = builder().with_leeway(0).build().unwrap();
    let lax = builder().with_leeway(300).build().unwrap();
    let judge = |verifier: &Verifier, claims: Value| {
        let outcome = verifier.verify(&token(&claims)).now();
        outcome.map(|_| ()).map_err(|error| error.kind())
    };
    assert_eq!(judge(&strict, json!({"exp": NOW})), Err(ErrorKind::Expired));
    assert_eq!(judge(&strict, json!({"exp": 1_767_225_600.5})), Ok(()));
    assert_eq!(
        judge(&verifier, json!({"exp": NOW - 5})),
        Err(ErrorKind::Expired)
    );
    assert_eq!(judge(&verifier, json!({"exp": NOW - 4})), Ok(()));
    assert_eq!(
        judge(&verifier, json!({"nbf": NOW + 5, "iat": NOW + 5})),
        Ok(())
    );
    assert_eq!(
        judge(&verifier, json!({"nbf": NOW + 6})),
        Err(ErrorKind::NotYetValid)
    );
    assert_eq!(
        judge(&verifier, json!({"iat": NOW + 6})),
        Err(ErrorKind::IssuedInFuture)
    );
    assert_eq!(
        judge(&verifier, json!({"exp": 253_402_300_799_u64})),
        Ok(())
    );
    for exp in [
        json!(253_402_300_800_u64),
        json!(u64::MAX),
        json!(1e300),
        json!(NOW * 1000),
        json!(-1),
        json!(i64::MIN),
        json!(-1e300),
    ] {
        assert_eq!(
            judge(&verifier, json!({"exp": exp})),
            Err(ErrorKind::Expired)
        );
    }
    assert_eq!(
        judge(
            &lax,
            json!({"exp": NOW - 299, "nbf": NOW + 300, "iat": -1e300})
        ),
        Ok(())
    );
    assert_eq!(
        judge(&lax, json!({"nbf": u64::MAX})),
        Err(ErrorKind::NotYetValid)
    );
}

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Option<u64> {
        None
    }
}

#[test]
fn a_clock_that_cannot_tell_the_time_denies() {
    let verifier = builder().with_clock(Stopped).build().unwrap();
    assert_eq!(
        refusal(&verifier, &token(&json!({}))),
        ErrorKind::ClockUnavailable
    );
}

#[test]
fn settings_out_of_their_bounds_build_nothing() {
    let setting = |error: ConfigError| match error {
        ConfigError::Setting { name, .. } => name,
        other => panic!("{other}"),
    };
    let none: [&str; 0] = [];
    for (builder, name) in [
        (builder().with_leeway(301), "leeway"),
        (builder().with_max_token_bytes(0), "largest token"),
        (builder().with_max_token_bytes(usize::MAX), "largest token"),
        (builder().with_audience(""), "audience"),
        (builder().with_audiences(none), "audience"),
        (builder().with_authorized_parties(none), "authorized party"),
        (
            builder().with_authorized_parties(["https://a\n"]),
            "authorized party",
        ),
        (builder().with_cookie_names(["a b"]), "cookie name"),
        (builder().with_websocket_protocol(""), "WebSocket protocol"),
    ] {
        assert_eq!(setting(builder.build().unwrap_err()), name);
    }
    assert_eq!(
        builder().with_algorithms([]).build().unwrap_err(),
        ConfigError::NoAlgorithm
    );
    // They have rules of their own, which no separator may seem to add to.
    for claim in ["act", "aud", "exp", "iat", "nbf"] {
        for separator in [
            Separator::claim(claim),
            Separator::claim_absent_or(claim, |_| false),
            Separator::claims_differ("client_id", claim),
        ] {
            let built = builder().add_separator(separator).build();
            assert_eq!(setting(built.unwrap_err()), "claim of a separator");
        }
    }
}

/// Keys that arrive with the first fetch.
#[derive(Debug, Default)]
struct Cold {
    fetches: Arc<AtomicUsize>,
    outage: bool,
}

impl KeySource for Cold {
    fn current(&self) -> Option<Arc<KeySet>> {
        None
    }

    fn refresh(&self, wanted: WantedKey<'_>) -> Option<KeyFuture> {
        assert_eq!(
            (wanted.kid, wanted.algorithm),
            (Some("k"), Algorithm::EdDsa)
        );
        self.fetches.fetch_add(1, Ordering::Relaxed);
        let outage = self.outage;
        Some(Box::pin(async move {
            if outage {
                return Err(Error::keys_unavailable(Some(9)));
            }
            Ok(Arc::new(KeySet::from_json(&jwks()).unwrap()))
        }))
    }
}

fn cold(outage: bool) -> (Verifier, Arc<AtomicUsize>) {
    let keys = Cold {
        outage,
        ..Cold::default()
    };
    let fetches = Arc::clone(&keys.fetches);
    let verifier = Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_keys(keys)
        .with_clock(Still);
    (verifier.build().unwrap(), fetches)
}

#[tokio::test]
async fn a_cold_set_is_awaited_and_a_hopeless_token_is_not() {
    let (verifier, fetches) = cold(false);
    assert_eq!(
        verifier.verify(&token(&json!({}))).await.unwrap().user_id,
        "user_1"
    );
    let request = TestRequest::new("GET")
        .with_header("authorization", format!("Bearer {}", token(&json!({}))));
    assert!(verifier.authenticate(&request).await.unwrap().is_some());
    let forged = token(&json!({})) + "AAAA";
    assert_eq!(
        verifier.verify(&forged).await.unwrap_err().kind(),
        ErrorKind::Signature
    );
    assert_eq!(fetches.load(Ordering::Relaxed), 3);
    assert!(matches!(verifier.verify("a.b.c"), Progress::Ready(Err(_))));
    assert_eq!(fetches.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn an_outage_is_not_a_refusal_of_the_token() {
    let (verifier, _) = cold(true);
    let error = verifier.verify(&token(&json!({}))).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry_after()),
        (ErrorKind::KeysUnavailable, Some(9))
    );
    let error = verifier.verify(&token(&json!({}))).now().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
}

#[test]
fn the_issuer_chooses_the_verifier_and_its_cookies() {
    let other = |cookie: &str| {
        Verifier::builder("https://other.example")
            .separated_by(Separator::session_id())
            .with_keys(StaticKeys::from_jwks(&jwks()).unwrap())
            .with_clock(Still)
            .with_cookie_names([cookie])
            .build()
            .unwrap()
    };
    let first = builder().with_cookie_names(["__session"]).build().unwrap();
    let both = Verifier::any_of([first.clone(), other("__other")]).unwrap();
    let from = |issuer: &str| token(&json!({"iss": issuer}));
    for issuer in [ISSUER, "https://other.example"] {
        assert_eq!(both.verify(&from(issuer)).now().unwrap().issuer, issuer);
    }
    for issuer in ["https://issuer.example/", "HTTPS://issuer.example", ""] {
        assert_eq!(refusal(&both, &from(issuer)), ErrorKind::UnknownIssuer);
    }
    assert_eq!(
        refusal(&both, &token(&json!({"iss": [ISSUER]}))),
        ErrorKind::UnknownIssuer
    );
    let cookie = |name: &str, issuer: &str| {
        let request =
            TestRequest::new("GET").with_header("cookie", format!("{name}={}", from(issuer)));
        let auth = both.authenticate(&request).now();
        auth.map(|auth| auth.unwrap().issuer.to_string())
            .map_err(|error| error.kind())
    };
    assert_eq!(cookie("__session", ISSUER).as_deref(), Ok(ISSUER));
    assert_eq!(
        cookie("__other", "https://other.example").as_deref(),
        Ok("https://other.example")
    );
    assert_eq!(cookie("__other", ISSUER), Err(ErrorKind::UnknownIssuer));
    let shared = Verifier::any_of([first.clone(), other("__session")]).unwrap();
    let request = TestRequest::new("GET").with_header(
        "cookie",
        format!("__session={}", from("https://other.example")),
    );
    assert!(shared.authenticate(&request).now().is_ok());
    assert_eq!(Verifier::any_of([]).unwrap_err(), ConfigError::NoVerifier);
    let twice = Verifier::any_of([first.clone(), first]).unwrap_err();
    assert_eq!(twice, ConfigError::DuplicateIssuer(ISSUER.to_owned()));
}

#[test]
fn a_cookie_from_another_site_changes_nothing() {
    let verifier = builder()
        .with_cookie_names(["__session"])
        .with_authorized_parties(["https://app.example"])
        .build()
        .unwrap();
    let token = token(&json!({"azp": "https://app.example"}));
    let post = |origin: &str| {
        let request = TestRequest::new("POST")
            .with_header("host", "api.example")
            .with_header("origin", origin)
            .with_header("sec-fetch-site", "cross-site");
        (
            request
                .clone()
                .with_header("cookie", format!("__session={token}")),
            request,
        )
    };
    let (cookie, bare) = post("https://evil.example");
    let error = verifier.authenticate(&cookie).now().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CrossSite);
    let bearer = bare
        .clone()
        .with_header("authorization", format!("Bearer {token}"));
    assert!(verifier.authenticate(&bearer).now().unwrap().is_some());
    assert!(verifier.authenticate(&bare).now().unwrap().is_none());
    let (cookie, _) = post("https://app.example");
    assert!(verifier.authenticate(&cookie).now().unwrap().is_some());
}

#[test]
fn nothing_of_a_token_is_told() {
    let verifier = builder().build().unwrap();
    let token = token(&json!({"secret": "s3cret"}));
    let auth = verifier.verify(&token).now().unwrap();
    let signature = token.rsplit('.').next().unwrap();
    let told = format!("{auth:?} {verifier:?} {:?}", verifier.verify(&token));
    assert!(
        !told.contains("s3cret") && !told.contains(signature),
        "{told}"
    );
    let error = auth.claims::<Vec<String>>().unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

fn other(names: &[&str]) -> VerifierBuilder<WithKeys> {
    Verifier::builder("https://other.example")
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&jwks()).unwrap())
        .with_clock(Still)
        .with_cookie_names(names.iter().copied())
}

#[test]
fn of_several_the_particular_cookie_names_come_first() {
    let first = builder()
        .with_cookie_names(["__session_a", "__session"])
        .build()
        .unwrap();
    let second = other(&["__session_b", "__session"]).build().unwrap();
    let both = Verifier::any_of([first, second]).unwrap();
    let ours = token(&json!({"iss": "https://other.example"}));
    let foreign = token(&json!({"iss": "https://third.example"}));
    let request = TestRequest::new("GET")
        .with_header("cookie", format!("__session={foreign}; __session_b={ours}"));
    let auth = both.authenticate(&request).now().unwrap().unwrap();
    assert_eq!(auth.issuer, "https://other.example");
}

#[test]
fn of_several_each_takes_a_websocket_protocol_only_if_it_was_told_to() {
    let quiet = builder().build().unwrap();
    let open = other(&[])
        .with_websocket_protocol("bearer.")
        .build()
        .unwrap();
    let both = Verifier::any_of([quiet, open.clone()]).unwrap();
    let upgrade = |issuer: &str| {
        let token = token(&json!({"iss": issuer}));
        let request = TestRequest::new("GET")
            .with_header("connection", "upgrade")
            .with_header("upgrade", "websocket")
            .with_header("sec-websocket-protocol", format!("chat, bearer.{token}"));
        let outcome = both.authenticate(&request).now();
        outcome
            .map(|auth| auth.is_some())
            .map_err(|error| error.kind())
    };
    assert_eq!(upgrade("https://other.example"), Ok(true));
    assert_eq!(upgrade(ISSUER), Err(ErrorKind::UnknownIssuer));
    let third = builder().with_websocket_protocol("token.").build().unwrap();
    assert!(matches!(
        Verifier::any_of([open, third]),
        Err(ConfigError::Setting { .. })
    ));
}

#[test]
fn a_verifier_that_could_take_no_token_or_any_does_not_build() {
    let any = Verifier::builder(ISSUER)
        .separated_by(Separator::claim("sub"))
        .with_keys(StaticKeys::from_jwks(&jwks()).unwrap());
    assert_eq!(any.build().unwrap_err(), ConfigError::NoSeparator);
    let none = builder().with_algorithms([Algorithm::Rs256]);
    assert_eq!(none.build().unwrap_err(), ConfigError::NoKeyForAlgorithms);
}
