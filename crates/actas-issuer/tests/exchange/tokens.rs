//! The tokens that are issued.

use std::time::Duration;

use actas_core::{Auth, Separator, Verifier};
use actas_issuer::exchange::USER_ID_TOKEN_TYPE;
use serde_json::{Value, json};

use crate::support::{ACCESS_TOKEN, Answer, Ask, Endpoint, JWT};

async fn exchanged(endpoint: &Endpoint, ask: &Ask) -> (Answer, Auth) {
    let answer = endpoint.ask(ask).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let auth = endpoint.verifier.verify(answer.text("access_token")).now();
    (answer, auth.unwrap())
}

#[tokio::test]
async fn a_token_says_who_acts_as_whom() {
    let endpoint = Endpoint::new().await;
    let actor = endpoint.issuer.session("admin_1").with_session_id("sess_9");
    let ask = endpoint.good().set("actor_token", &actor.token());
    let (answer, auth) = exchanged(&endpoint, &ask).await;

    let members = answer.body.as_object().unwrap();
    let mut names: Vec<_> = members.keys().collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "access_token",
            "expires_in",
            "issued_token_type",
            "token_type"
        ]
    );
    assert_eq!(answer.text("issued_token_type"), ACCESS_TOKEN);
    assert_eq!(answer.text("token_type"), "Bearer");

    assert_eq!(auth.user_id, "user_1");
    assert_eq!(auth.authorized_party.as_deref(), Some("export"));
    let act: Value = auth.actor.as_ref().unwrap().claims().unwrap();
    assert_eq!(
        act,
        json!({
            "sub": "admin_1",
            "iss": endpoint.issuer.url(),
            "sid": "sess_9",
            "reason": "the export of invoices fails",
        })
    );
    let claims: Value = auth.claims().unwrap();
    assert_eq!(claims["client_id"], "export");
    assert!(claims.get("aud").is_none() && claims.get("fva").is_none());

    let (answer, _) = exchanged(&endpoint, &ask.set("requested_token_type", JWT)).await;
    assert_eq!(answer.text("issued_token_type"), JWT);
}

#[tokio::test]
async fn who_acted_before_stands_inside() {
    let endpoint = Endpoint::new().await;
    let session = endpoint.issuer.session("user_1").acted_by("boss");
    let ask = endpoint
        .good()
        .set("subject_token", &session.with_prior_actor("root").token());
    let (answer, auth) = exchanged(&endpoint, &ask).await;
    let actor = auth.actor.as_ref().unwrap();
    assert_eq!(actor.subject, "admin_1");
    let before: Vec<_> = actor.prior().iter().map(|prior| &*prior.subject).collect();
    assert_eq!(before, ["boss", "root"]);

    // And once more, with the token that was issued.
    let another = endpoint.issuer.session("admin_2").token();
    let ask = ask
        .set("subject_token", answer.text("access_token"))
        .set("actor_token", &another);
    let (_, auth) = exchanged(&endpoint, &ask).await;
    let actor = auth.actor.as_ref().unwrap();
    assert_eq!(actor.subject, "admin_2");
    let before: Vec<_> = actor.prior().iter().map(|prior| &*prior.subject).collect();
    assert_eq!(before, ["admin_1", "boss", "root"]);
}

#[tokio::test]
async fn a_token_ends_with_the_first_of_those_it_was_exchanged_for() {
    let endpoint = Endpoint::new().await;
    let session = |user: &str, seconds: u64| {
        let session = endpoint.issuer.session(user);
        session.with_lifetime(Duration::from_secs(seconds)).token()
    };
    for (subject, actor) in [(300, 600), (600, 300)] {
        let subject = session("user_1", subject);
        let actor = session("admin_1", actor);
        let end = |token: &str| endpoint.verifier.verify(token).now().unwrap().expires_at;
        let first = end(&subject).min(end(&actor));
        let ask = endpoint
            .good()
            .set("subject_token", &subject)
            .set("actor_token", &actor);
        let (answer, auth) = exchanged(&endpoint, &ask).await;
        assert_eq!(auth.expires_at, first);
        let expires_in = answer.body["expires_in"].as_i64().unwrap();
        assert_eq!(auth.issued_at.unwrap() + expires_in, first);
    }
}

#[tokio::test]
async fn a_user_named_by_id_is_as_good() {
    let endpoint = Endpoint::new().await;
    let ask = endpoint
        .good()
        .without_header("authorization")
        .basic("desk", &endpoint.desk_secret)
        .without("reason")
        .set("subject_token", "user_7")
        .set("subject_token_type", USER_ID_TOKEN_TYPE);
    let (_, auth) = exchanged(&endpoint, &ask).await;
    assert_eq!(auth.user_id, "user_7");
    let act: Value = auth.actor.as_ref().unwrap().claims().unwrap();
    assert_eq!(act["reason"], "asked for at the help desk");
}

#[tokio::test]
async fn a_token_is_for_those_who_were_asked_for() {
    let endpoint = Endpoint::with_audiences(&["https://a.test", "https://b.test"]).await;
    let answer = endpoint
        .ask(&endpoint.good().add("audience", "https://b.test"))
        .await;
    let verifier = |audience: &str| {
        let issuer = &endpoint.issuer;
        let verifier = Verifier::builder(issuer.url()).separated_by(Separator::session_id());
        let verifier = verifier.with_algorithms([actas_core::Algorithm::EdDsa]);
        let verifier = verifier.with_keys(issuer.issuer().keys());
        verifier.with_audiences([audience]).build().unwrap()
    };
    let token = answer.text("access_token");
    assert!(verifier("https://b.test").verify(token).now().is_ok());
    assert!(verifier("https://a.test").verify(token).now().is_err());
    assert!(endpoint.verifier.verify(token).now().is_err());
}
