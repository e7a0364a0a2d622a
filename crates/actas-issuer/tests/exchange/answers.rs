//! Each request, and the answer it must get.

use actas_core::RequestHead as _;
use actas_issuer::ActorClaim;
use actas_issuer::exchange::USER_ID_TOKEN_TYPE;
use serde_json::json;

use crate::support::{ACCESS_TOKEN, Ask, Endpoint, ID_TOKEN, JWT};

/// What is asked, and the status, the error code and a part of the description that must be answered.
type Case<'a> = (&'a str, Ask, u16, &'a str, &'a str);

async fn check(endpoint: &Endpoint, cases: impl IntoIterator<Item = Case<'_>>) {
    for (name, ask, status, error, description) in cases {
        let answer = endpoint.ask(&ask).await;
        assert_eq!(
            (answer.status, answer.text("error")),
            (status, error),
            "{name}: {}",
            answer.text("error_description")
        );
        let described = answer.text("error_description");
        assert!(described.contains(description), "{name}: {described}");
        // RFC 6749 §5.2: no quotation mark, no backslash, nothing but ASCII.
        let is_plain = |byte: u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\');
        assert!(described.bytes().all(is_plain), "{name}: {described}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{name}");
        assert_eq!(answer.header("pragma"), Some("no-cache"), "{name}");
        let challenge = answer.header("www-authenticate");
        assert_eq!(
            challenge.is_some_and(|challenge| challenge.starts_with("Basic ")),
            status == 401,
            "{name}"
        );
        let waits = answer.header("retry-after").is_some();
        assert_eq!(waits, matches!(status, 429 | 503), "{name}");
    }
}

#[tokio::test]
async fn a_client_must_be_known() {
    let endpoint = Endpoint::new().await;
    let (good, secret) = (endpoint.good(), endpoint.secret.as_str());
    let nobody = good.clone().without_header("authorization");
    let posted = |id: &str, secret: &str| {
        let ask = nobody.clone().add("client_id", id);
        ask.add("client_secret", secret)
    };
    let basic = |id: &str, secret: &str| nobody.clone().basic(id, secret);
    let header = |value: &str| nobody.clone().with_header("authorization", value);
    let unknown = "not known by this id and secret";
    check(
        &endpoint,
        [
            ("Basic", good.clone(), 200, "", ""),
            ("in the form", posted("export", secret), 200, "", ""),
            (
                "Basic with its id",
                good.clone().add("client_id", "export"),
                200,
                "",
                "",
            ),
            (
                "nothing",
                nobody.clone(),
                401,
                "invalid_client",
                "must authenticate",
            ),
            (
                "an id alone",
                nobody.clone().add("client_id", "export"),
                401,
                "invalid_client",
                "must authenticate",
            ),
            (
                "a secret alone",
                nobody.clone().add("client_secret", secret),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "an assertion",
                nobody.clone().add("client_assertion", "x"),
                401,
                "invalid_client",
                "must authenticate",
            ),
            (
                "another's id",
                posted("nobody", secret),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "another's secret",
                posted("export", &endpoint.desk_secret),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "Basic, another's id",
                basic("nobody", secret),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "Basic, a part of it",
                basic("export", &secret[1..]),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "Basic, no secret",
                basic("export", ""),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "Basic, the hash",
                basic("export", &"0".repeat(64)),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "Basic, no id",
                basic("", ""),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "no Basic",
                header("Bearer x"),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "no base64",
                header("Basic \u{e4}"),
                401,
                "invalid_client",
                unknown,
            ),
            (
                "both ways",
                good.clone().add("client_secret", secret),
                400,
                "invalid_request",
                "use one",
            ),
            (
                "two ids",
                good.clone().add("client_id", "desk"),
                400,
                "invalid_request",
                "another",
            ),
            (
                "two headers",
                good.clone().basic("export", secret),
                400,
                "invalid_request",
                "two Authorization",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn unknown_and_wrong_are_one_answer() {
    let endpoint = Endpoint::new().await;
    let nobody = endpoint.good().without_header("authorization");
    let unknown = nobody.clone().basic("nobody", &endpoint.secret);
    let unknown = endpoint.ask(&unknown).await;
    let wrong = endpoint.ask(&nobody.basic("export", "wrong")).await;
    assert_eq!(unknown.text, wrong.text);
    assert_eq!(unknown.headers, wrong.headers);
}

#[tokio::test]
async fn the_form_is_read_strictly() {
    let endpoint = Endpoint::new().await;
    let good = endpoint.good();
    let token = endpoint.issuer.session("user_1").token();
    let without = |name| good.clone().without(name);
    let set = |name: &str, value: &str| good.clone().set(name, value);
    let invalid = "invalid_request";
    let no_type = good.clone().without_header("content-type");
    check(
        &endpoint,
        [
            (
                "JSON",
                no_type
                    .clone()
                    .with_header("content-type", "application/json"),
                400,
                invalid,
                "no form",
            ),
            ("no type", no_type.clone(), 400, invalid, "no form"),
            (
                "a form of a charset",
                no_type.with_header(
                    "content-type",
                    "Application/X-WWW-Form-Urlencoded; charset=utf-8",
                ),
                200,
                "",
                "",
            ),
            (
                "unknown parameters",
                good.clone().add("x", "1").add("x", "2"),
                200,
                "",
                "",
            ),
            (
                "no grant_type",
                without("grant_type"),
                400,
                invalid,
                "grant_type is missing",
            ),
            (
                "another grant",
                set("grant_type", "client_credentials"),
                400,
                "unsupported_grant_type",
                "",
            ),
            (
                "no subject_token",
                without("subject_token"),
                400,
                invalid,
                "subject_token is missing",
            ),
            (
                "an empty one",
                set("subject_token", ""),
                400,
                invalid,
                "subject_token is missing",
            ),
            (
                "no type of it",
                without("subject_token_type"),
                400,
                invalid,
                "subject_token_type is missing",
            ),
            (
                "an ID token",
                set("subject_token_type", ID_TOKEN),
                400,
                invalid,
                "none that is taken",
            ),
            (
                "no actor",
                without("actor_token").without("actor_token_type"),
                400,
                invalid,
                "actor_token is missing",
            ),
            (
                "no type of it",
                without("actor_token_type"),
                400,
                invalid,
                "actor_token_type is missing",
            ),
            (
                "a type alone",
                without("actor_token"),
                400,
                invalid,
                "without actor_token",
            ),
            (
                "an actor by id",
                set("actor_token_type", USER_ID_TOKEN_TYPE),
                400,
                invalid,
                "none that is taken",
            ),
            (
                "JWTs",
                set("subject_token_type", JWT).set("actor_token_type", JWT),
                200,
                "",
                "",
            ),
            (
                "an ID token wanted",
                set("requested_token_type", ID_TOKEN),
                400,
                invalid,
                "requested_token_type",
            ),
            (
                "a user id wanted",
                set("requested_token_type", USER_ID_TOKEN_TYPE),
                400,
                invalid,
                "requested_token_type",
            ),
            (
                "an access token wanted",
                set("requested_token_type", ACCESS_TOKEN),
                200,
                "",
                "",
            ),
            (
                "a scope",
                set("scope", "admin"),
                400,
                "invalid_scope",
                "leave it out",
            ),
            ("no scope", set("scope", " "), 200, "", ""),
            (
                "no reason",
                without("reason"),
                400,
                invalid,
                "reason is missing",
            ),
            (
                "an audience",
                set("audience", "https://api.example.com"),
                400,
                "invalid_target",
                "",
            ),
            (
                "doubled",
                good.clone().add("subject_token", &token),
                400,
                invalid,
                "subject_token is sent twice",
            ),
            (
                "too long",
                set("x", &"a".repeat(70_000)),
                400,
                invalid,
                "longer than",
            ),
            (
                "a user by id, from a client that may not",
                set("subject_token", "user_1").set("subject_token_type", USER_ID_TOKEN_TYPE),
                400,
                "unauthorized_client",
                "may not name a user",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn the_tokens_are_verified() {
    let endpoint = Endpoint::new().await;
    let (good, issuer) = (endpoint.good(), &endpoint.issuer);
    let subject = |token: String| good.clone().set("subject_token", &token);
    let actor = |token: String| good.clone().set("actor_token", &token);
    let (user, admin) = (issuer.session("user_1"), issuer.session("admin_1"));
    let invalid = "invalid_request";
    let longest = (0..7).fold(user.clone().acted_by("a"), |session, number| {
        session.with_prior_actor(format!("a{number}"))
    });
    check(
        &endpoint,
        [
            (
                "no token",
                subject("x".into()),
                400,
                invalid,
                "subject_token: the token is not a compact JWS",
            ),
            (
                "expired",
                subject(user.clone().expired().token()),
                400,
                invalid,
                "subject_token: the token has expired",
            ),
            (
                "a forgery",
                subject(user.clone().signed_by_another_key().token()),
                400,
                invalid,
                "signature",
            ),
            (
                "a template's",
                subject(user.clone().without_claim("sid").token()),
                400,
                invalid,
                "subject_token: ",
            ),
            (
                "a machine's",
                actor(admin.clone().without_claim("sid").token()),
                400,
                invalid,
                "actor_token: ",
            ),
            (
                "another's",
                subject(user.clone().with_issuer("https://other.test").token()),
                400,
                invalid,
                "issuer",
            ),
            (
                "a broken act",
                subject(user.clone().with_claim("act", "admin").token()),
                400,
                invalid,
                "actor",
            ),
            (
                "no actor's",
                actor("a.b.c".into()),
                400,
                invalid,
                "actor_token: ",
            ),
            (
                "an actor's, expired",
                actor(admin.clone().expired().token()),
                400,
                invalid,
                "actor_token: ",
            ),
            (
                "an actor acted as",
                actor(admin.clone().acted_by("boss").token()),
                400,
                invalid,
                "somebody else acts",
            ),
            (
                "eight actors",
                subject(longest.token()),
                400,
                invalid,
                "8 actors",
            ),
            (
                "ended",
                subject(user.clone().acted_by("a").with_session_id("ended").token()),
                400,
                invalid,
                "subject_token: the impersonation has ended",
            ),
            (
                "not recorded",
                subject(user.acted_by("a").with_session_id("lost").token()),
                503,
                "temporarily_unavailable",
                "cannot be recorded",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn may_act_names_the_actor() {
    let endpoint = Endpoint::new().await;
    let issuer = &endpoint.issuer;
    let named = |may_act: serde_json::Value| {
        let token = issuer.session("user_1").with_claim("may_act", may_act);
        endpoint.good().set("subject_token", &token.token())
    };
    for may_act in [
        json!(null),
        json!({"sub": "admin_1"}),
        json!({"sub": "admin_1", "iss": issuer.url(), "email": "x"}),
    ] {
        let case = ("named", named(may_act), 200, "", "");
        check(&endpoint, [case]).await;
    }
    for may_act in [
        json!({"sub": "admin_2"}),
        json!({"sub": "admin_1", "iss": "https://other.test"}),
        json!({"sub": "admin_1", "iss": null}),
        json!({"client_id": "export"}),
        json!({}),
        json!("admin_1"),
        json!([{"sub": "admin_1"}]),
        json!(false),
    ] {
        let case = ("another", named(may_act), 400, "invalid_request", "may_act");
        check(&endpoint, [case]).await;
    }
}

#[tokio::test]
async fn what_is_refused_is_told_alike() {
    let endpoint = Endpoint::new().await;
    let good = endpoint.good().without_header("authorization");
    let user = |id: &str| {
        let ask = good.clone().basic("desk", &endpoint.desk_secret);
        ask.set("subject_token", id)
            .set("subject_token_type", USER_ID_TOKEN_TYPE)
    };
    let unavailable = "temporarily_unavailable";
    check(
        &endpoint,
        [
            ("a user", user("user_1"), 200, "", ""),
            (
                "a reason of the client",
                user("user_1").without("reason"),
                200,
                "",
                "",
            ),
            (
                "nobody",
                user("missing"),
                400,
                "invalid_request",
                "may not act as the subject",
            ),
            (
                "nobody there can be",
                user("a\nb"),
                400,
                "invalid_request",
                "names no user",
            ),
            ("an outage", user("down"), 503, unavailable, ""),
        ],
    )
    .await;
}

#[tokio::test]
async fn audiences_are_those_that_are_served() {
    let one = Endpoint::with_audiences(&["https://a.test"]).await;
    let two = Endpoint::with_audiences(&["https://a.test", "https://b.test"]).await;
    // Sessions of the application name no audience, and the tokens made for one are no subjects here.
    let ask = one.good().add("resource", "https://a.test/");
    check(&one, [("not quite", ask, 400, "invalid_target", "")]).await;
    check(
        &two,
        [(
            "none",
            two.good(),
            400,
            "invalid_target",
            "name at least one",
        )],
    )
    .await;
    let both = two.good().add("resource", "https://b.test");
    let both = both.add("audience", "https://a.test");
    check(&two, [("both", both, 200, "", "")]).await;
    assert_eq!(one.good().header("authorization").count(), 1);
}

#[tokio::test]
async fn what_is_done_in_an_impersonated_session_is_recorded() {
    let endpoint = Endpoint::new().await;
    endpoint.ask(&endpoint.good()).await;
    assert!(endpoint.record.lines().is_empty());
    let token = endpoint
        .issuer
        .session("user_1")
        .with_actor(ActorClaim::new("boss"));
    let ask = endpoint.good().set("subject_token", &token.token());
    endpoint.ask(&ask).await;
    assert_eq!(endpoint.record.lines(), ["POST /oauth/token", "Some(200)"]);
    let refused = ask.set(
        "subject_token",
        &endpoint.issuer.session("missing").acted_by("boss").token(),
    );
    endpoint.ask(&refused).await;
    assert_eq!(
        endpoint.record.lines()[2..],
        ["POST /oauth/token", "Some(400)"]
    );
}
