//! Each request, and the answer it must get.

use actas_issuer::ActorClaim;
use serde_json::json;

use crate::support::{Answer, Ask, Endpoint};

const INVALID: (u16, &str) = (400, "invalid_request");
const UNKNOWN: (u16, &str) = (401, "invalid_client");
const AWAY: (u16, &str) = (503, "temporarily_unavailable");

/// What is answered with 200.
async fn granted(endpoint: &Endpoint, ask: &Ask) {
    let answer = answered(endpoint, ask).await;
    assert_eq!(answer.status, 200, "{ask:?}: {}", answer.text);
}

/// What is answered with an error, and a part of its description.
async fn refused(endpoint: &Endpoint, ask: &Ask, error: (u16, &str), description: &str) {
    let answer = answered(endpoint, ask).await;
    assert_eq!(
        (answer.status, answer.text("error")),
        error,
        "{description}: {}",
        answer.text
    );
    let described = answer.text("error_description");
    assert!(
        described.contains(description),
        "{description}: {described}"
    );
    // RFC 6749 §5.2: no quotation mark, no backslash, nothing but ASCII.
    let is_plain = |byte: u8| matches!(byte, 0x20..=0x7e) && !matches!(byte, b'"' | b'\\');
    assert!(described.bytes().all(is_plain), "{described}");
}

async fn answered(endpoint: &Endpoint, ask: &Ask) -> Answer {
    let answer = endpoint.ask(ask).await;
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert_eq!(challenge.starts_with("Basic "), answer.status == 401);
    let waits = answer.header("retry-after").is_some();
    assert_eq!(waits, matches!(answer.status, 429 | 503));
    answer
}

#[tokio::test]
async fn a_client_authenticates_in_one_way() {
    let endpoint = Endpoint::new().await;
    let (good, secret) = (endpoint.good(), endpoint.secret.as_str());
    let nobody = good.clone().without_header("authorization");
    let posted = nobody
        .clone()
        .add("client_id", "export")
        .add("client_secret", secret);
    for ask in [&good, &posted, &good.clone().add("client_id", "export")] {
        granted(&endpoint, ask).await;
    }
    for alone in [
        "reason=the export of invoices fails",
        "client_id=export",
        "client_assertion=x",
    ] {
        let ask = nobody.clone().changed(alone);
        refused(&endpoint, &ask, UNKNOWN, "must authenticate").await;
    }
    let twice = good.clone().add("client_secret", secret);
    refused(&endpoint, &twice, INVALID, "use one").await;
    refused(
        &endpoint,
        &good.clone().add("client_id", "desk"),
        INVALID,
        "another",
    )
    .await;
    refused(
        &endpoint,
        &good.basic("export", secret),
        INVALID,
        "two Authorization",
    )
    .await;
}

#[tokio::test]
async fn unknown_and_wrong_are_one_answer() {
    let endpoint = Endpoint::new().await;
    let nobody = endpoint.good().without_header("authorization");
    let (secret, other) = (endpoint.secret.as_str(), endpoint.desk_secret.as_str());
    let zeros = "0".repeat(64);
    let mut answers = Vec::new();
    for (id, secret) in [
        ("nobody", secret),
        ("export", other),
        ("export", &secret[1..]),
        ("export", &zeros),
        ("Export", secret),
    ] {
        let posted = nobody
            .clone()
            .add("client_id", id)
            .add("client_secret", secret);
        for ask in [posted, nobody.clone().basic(id, secret)] {
            answers.push(answered(&endpoint, &ask).await);
        }
    }
    for header in ["Basic", "Basic \u{e4}", "Basic Og==", "Bearer x", ""] {
        let ask = nobody.clone().with_header("authorization", header);
        answers.push(answered(&endpoint, &ask).await);
    }
    let alone = nobody.clone().add("client_secret", secret);
    answers.push(answered(&endpoint, &alone).await);
    for answer in &answers {
        assert_eq!(answer.status, 401);
        assert_eq!(
            (&answer.text, &answer.headers),
            (&answers[0].text, &answers[0].headers)
        );
    }
}

#[tokio::test]
async fn the_form_is_read_strictly() {
    let endpoint = Endpoint::new().await;
    for (changes, error, description) in [
        ("-grant_type", INVALID, "grant_type is missing"),
        (
            "grant_type=client_credentials",
            (400, "unsupported_grant_type"),
            "",
        ),
        ("-subject_token", INVALID, "subject_token is missing"),
        ("subject_token=", INVALID, "subject_token is missing"),
        (
            "-subject_token_type",
            INVALID,
            "subject_token_type is missing",
        ),
        (
            "subject_token_type=@id_token",
            INVALID,
            "subject_token_type is none",
        ),
        (
            "-actor_token&-actor_token_type",
            INVALID,
            "actor_token is missing",
        ),
        ("-actor_token_type", INVALID, "actor_token_type is missing"),
        ("-actor_token", INVALID, "without actor_token"),
        (
            "actor_token_type=@id_token",
            INVALID,
            "actor_token_type is none",
        ),
        (
            "actor_token_type=@user_id",
            INVALID,
            "actor_token_type is none",
        ),
        (
            "requested_token_type=@id_token",
            INVALID,
            "requested_token_type",
        ),
        (
            "requested_token_type=@user_id",
            INVALID,
            "requested_token_type",
        ),
        ("scope=admin", (400, "invalid_scope"), "leave it out"),
        (
            "audience=https://api.example.com",
            (400, "invalid_target"),
            "",
        ),
        ("-reason", INVALID, "reason is missing"),
        ("reason=because", INVALID, "too short"),
        ("reason=the export\nfails", INVALID, "control"),
        ("ticket=\u{7}", INVALID, "ticket"),
        (
            "subject_token_type=@user_id",
            (400, "unauthorized_client"),
            "may not name a user",
        ),
    ] {
        let ask = endpoint.good().changed(changes);
        refused(&endpoint, &ask, error, description).await;
    }
    for changes in [
        "subject_token_type=@jwt&actor_token_type=@jwt",
        "requested_token_type=@access_token",
        "scope= ",
        "ticket=HELP-712",
        "x=1",
    ] {
        granted(&endpoint, &endpoint.good().changed(changes)).await;
    }
    let doubled = endpoint.good().add("reason", "another");
    refused(&endpoint, &doubled, INVALID, "reason is sent twice").await;
    let long = endpoint.good().add("x", &"a".repeat(70_000));
    refused(&endpoint, &long, INVALID, "longer than").await;
}

#[tokio::test]
async fn a_body_is_a_form() {
    let endpoint = Endpoint::new().await;
    let good = endpoint.good().without_header("content-type");
    refused(&endpoint, &good, INVALID, "no form").await;
    let json = good.clone().with_header("content-type", "application/json");
    refused(&endpoint, &json, INVALID, "no form").await;
    let form = "Application/X-WWW-Form-Urlencoded ; charset=utf-8";
    let form = good.with_header("content-type", form);
    granted(&endpoint, &form).await;
    let twice = form.with_header("content-type", "application/json");
    refused(&endpoint, &twice, INVALID, "no form").await;
}

#[tokio::test]
async fn the_subject_is_verified() {
    let endpoint = Endpoint::new().await;
    let user = endpoint.issuer.session("user_1");
    let acted = user.clone().acted_by("a");
    let longest = (1..8).fold(acted.clone(), |session, number| {
        session.with_prior_actor(format!("a{number}"))
    });
    for (session, description) in [
        (
            user.clone().expired(),
            "subject_token: the token has expired",
        ),
        (
            user.clone().signed_by_another_key(),
            "subject_token: the token's signature",
        ),
        (
            user.clone().without_claim("sid"),
            "subject_token: the token names no session",
        ),
        (
            user.clone().with_issuer("https://other.test"),
            "subject_token: the token is from another",
        ),
        (
            user.clone().with_claim("act", "admin"),
            "subject_token: the token's actor",
        ),
        (longest, "8 actors"),
        (
            acted.clone().with_session_id("ended"),
            "subject_token: the impersonation has ended",
        ),
    ] {
        let ask = endpoint.good().set("subject_token", &session.token());
        refused(&endpoint, &ask, INVALID, description).await;
    }
    let lost = acted.with_session_id("lost").token();
    let ask = endpoint.good().set("subject_token", &lost);
    refused(&endpoint, &ask, AWAY, "cannot be recorded").await;
    let ask = endpoint.good().set("subject_token", "x");
    refused(
        &endpoint,
        &ask,
        INVALID,
        "subject_token: the token is not a compact JWS",
    )
    .await;
}

#[tokio::test]
async fn the_actor_is_verified_and_direct() {
    let endpoint = Endpoint::new().await;
    let admin = endpoint.issuer.session("admin_1");
    for (session, description) in [
        (
            admin.clone().expired(),
            "actor_token: the token has expired",
        ),
        (
            admin.clone().signed_by_another_key(),
            "actor_token: the token's signature",
        ),
        (
            admin.clone().without_claim("sid"),
            "actor_token: the token names no session",
        ),
        (admin.clone().acted_by("boss"), "somebody else acts"),
        (admin.acted_by_agent("robot"), "somebody else acts"),
    ] {
        let ask = endpoint.good().set("actor_token", &session.token());
        refused(&endpoint, &ask, INVALID, description).await;
    }
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
        granted(&endpoint, &named(may_act)).await;
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
        refused(&endpoint, &named(may_act), INVALID, "may_act").await;
    }
}

#[tokio::test]
async fn the_policy_decides() {
    let endpoint = Endpoint::new().await;
    let user = |id: &str| {
        let ask = endpoint.good().without_header("authorization");
        ask.basic("desk", &endpoint.desk_secret)
            .set("subject_token", id)
            .changed("subject_token_type=@user_id")
    };
    granted(&endpoint, &user("user_1")).await;
    granted(&endpoint, &user("user_1").without("reason")).await;
    refused(
        &endpoint,
        &user("missing"),
        INVALID,
        "may not act as the subject",
    )
    .await;
    refused(&endpoint, &user("a\nb"), INVALID, "names no user").await;
    refused(&endpoint, &user("down"), AWAY, "for now").await;
}

#[tokio::test]
async fn audiences_are_those_that_are_served() {
    const TARGET: (u16, &str) = (400, "invalid_target");
    let one = Endpoint::with_audiences(&["https://a.test"]).await;
    let two = Endpoint::with_audiences(&["https://a.test", "https://b.test"]).await;
    let almost = one.good().add("resource", "https://a.test/");
    refused(&one, &almost, TARGET, "none that tokens are issued for").await;
    granted(&one, &one.good()).await;
    refused(&two, &two.good(), TARGET, "name at least one").await;
    let both = two.good().add("resource", "https://b.test");
    granted(&two, &both.add("audience", "https://a.test")).await;
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
