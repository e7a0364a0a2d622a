//! Token exchange (RFC 8693) as a client in JavaScript performs it, by oauth4webapi.

use serde_json::{Map, Value, json};

use crate::node;
use crate::tamper::{claims_of, with_signature};
use crate::token_endpoint::{API, CLIENT, REPORTS, TokenEndpoint};

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const REASON: &str = "the export of invoices fails";
const METHODS: [&str; 2] = ["client_secret_basic", "client_secret_post"];

/// An exchange by which `actor` acts as the user whose token `subject` is.
fn exchange(endpoint: &TokenEndpoint, method: &str, subject: &str, actor: &str) -> Value {
    json!({
        "method": method,
        "clientId": CLIENT,
        "secret": endpoint.secret.as_str(),
        "parameters": {
            "subject_token": subject,
            "subject_token_type": ACCESS_TOKEN,
            "actor_token": endpoint.session(actor),
            "actor_token_type": ACCESS_TOKEN,
            "audience": API,
            "reason": REASON,
        },
    })
}

async fn ask(endpoint: &TokenEndpoint, exchanges: Map<String, Value>) -> Option<Value> {
    let question = json!({ "server": endpoint.url, "audience": API, "exchanges": exchanges });
    node::ask("exchange.js", question).await
}

/// Who acts, as a token names them that is exchanged for a session of theirs.
fn identity(endpoint: &TokenEndpoint, actor: &str) -> Value {
    json!({ "sub": actor, "iss": endpoint.url, "sid": format!("sess_{actor}") })
}

/// Takes an answer as the library read it, its token as jose verified it, and as core does: the token.
async fn assert_granted(endpoint: &TokenEndpoint, outcome: &Value, act: &Value) -> String {
    let token = outcome["answer"]["access_token"].as_str().unwrap();
    let claims = claims_of(token);
    assert_eq!(outcome["claims"], claims);
    let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(
        outcome["answer"],
        json!({
            "access_token": token,
            "issued_token_type": ACCESS_TOKEN,
            "token_type": "bearer",
            "expires_in": lifetime,
        })
    );
    assert_eq!(claims["sub"], "user_1");
    assert_eq!(claims["client_id"], CLIENT);
    assert_eq!(claims["act"], *act);

    let auth = endpoint.verifier().verify(token).await.unwrap();
    assert_eq!(auth.user_id, "user_1");
    assert_eq!(auth.authorized_party.as_deref(), Some(CLIENT));
    let actor = auth.actor.as_ref().unwrap();
    assert_eq!(actor.claims::<Value>().unwrap(), *act);
    assert_eq!(*actor.subject, act["sub"]);
    let before = act.get("act").map(|before| &before["sub"]);
    let prior = actor.prior().iter().map(|prior| &*prior.subject);
    assert!(prior.eq(before), "{:?}", actor.prior());
    token.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_names_the_actor_is_had_by_either_authentication() {
    let endpoint = TokenEndpoint::start().await;
    let user = endpoint.session("user_1");
    let by = |method: &str| exchange(&endpoint, method, &user, "admin_1");
    let mut exchanges: Map<_, _> = METHODS
        .map(|method| (method.to_owned(), by(method)))
        .into_iter()
        .collect();
    let mut for_two = by(METHODS[0]);
    for_two["parameters"]["resource"] = REPORTS.into();
    exchanges.insert("for two".to_owned(), for_two);
    let Some(outcomes) = ask(&endpoint, exchanges).await else {
        return;
    };
    let mut act = identity(&endpoint, "admin_1");
    act["reason"] = REASON.into();
    let mut nested = Map::new();
    for method in METHODS {
        let token = assert_granted(&endpoint, &outcomes[method], &act).await;
        assert_eq!(claims_of(&token)["aud"], API);
        let again = exchange(&endpoint, method, &token, "admin_2");
        nested.insert(method.to_owned(), again);
    }
    let token = assert_granted(&endpoint, &outcomes["for two"], &act).await;
    assert_eq!(claims_of(&token)["aud"], json!([API, REPORTS]));

    // Whoever acted for the subject stands inside the new actor (RFC 8693 §4.1): who they are, and not why they acted.
    let outcomes = ask(&endpoint, nested).await.unwrap();
    let mut act = identity(&endpoint, "admin_2");
    act["reason"] = REASON.into();
    act["act"] = identity(&endpoint, "admin_1");
    for method in METHODS {
        assert_granted(&endpoint, &outcomes[method], &act).await;
    }
}

/// What is wrong with an exchange.
type Fault = fn(&mut Value);

#[expect(clippy::too_many_lines, reason = "it is one list of cases")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn errors_are_read_as_those_of_the_rfc() {
    let invalid_client = (401, "invalid_client", "not known by this id and secret");
    let invalid = |description| (400, "invalid_request", description);
    let invalid_target = (400, "invalid_target", "an audience or resource is none");
    let faults: [(&str, Fault, (u16, &str, &str)); 10] = [
        (
            "a wrong secret",
            |exchange| exchange["secret"] = "wrong".into(),
            invalid_client,
        ),
        (
            "an unknown client",
            |exchange| exchange["clientId"] = "nobody".into(),
            invalid_client,
        ),
        (
            "an audience that is not served",
            |exchange| exchange["parameters"]["audience"] = "https://elsewhere.example".into(),
            invalid_target,
        ),
        (
            "a resource that is not served",
            |exchange| exchange["parameters"]["resource"] = "https://elsewhere.example".into(),
            invalid_target,
        ),
        (
            "no actor",
            |exchange| {
                let parameters = exchange["parameters"].as_object_mut().unwrap();
                parameters.remove("actor_token").unwrap();
                parameters.remove("actor_token_type").unwrap();
            },
            invalid("actor_token is missing"),
        ),
        (
            "a forged subject",
            |exchange| {
                let token = &mut exchange["parameters"]["subject_token"];
                let forged = with_signature(token.as_str().unwrap(), |bytes| bytes[7] ^= 1);
                *token = forged.into();
            },
            invalid("subject_token: "),
        ),
        (
            "an actor who may not act",
            |exchange| {
                let parameters = &mut exchange["parameters"];
                parameters["actor_token"] = parameters["subject_token"].clone();
            },
            invalid("the actor may not act as the subject"),
        ),
        (
            "a type of token that is not issued",
            |exchange| {
                exchange["parameters"]["requested_token_type"] =
                    "urn:ietf:params:oauth:token-type:refresh_token".into();
            },
            invalid("requested_token_type is none"),
        ),
        (
            "a scope",
            |exchange| exchange["parameters"]["scope"] = "admin".into(),
            (400, "invalid_scope", "no scope is granted here"),
        ),
        (
            "a user by their id",
            |exchange| {
                let parameters = &mut exchange["parameters"];
                parameters["subject_token"] = "user_1".into();
                parameters["subject_token_type"] =
                    actas_issuer::exchange::USER_ID_TOKEN_TYPE.into();
            },
            (400, "unauthorized_client", "may not name a user"),
        ),
    ];
    let endpoint = TokenEndpoint::start().await;
    let user = endpoint.session("user_1");
    let mut exchanges = Map::new();
    let mut expected = Vec::new();
    for method in METHODS {
        for (name, fault, error) in faults {
            let mut exchange = exchange(&endpoint, method, &user, "admin_1");
            fault(&mut exchange);
            let name = format!("{method}, {name}");
            exchanges.insert(name.clone(), exchange);
            expected.push((name, error));
        }
    }
    let Some(outcomes) = ask(&endpoint, exchanges).await else {
        return;
    };
    let challenges = json!([{
        "scheme": "basic",
        "parameters": { "realm": "token endpoint", "charset": "UTF-8" },
    }]);
    for (name, (status, error, description)) in expected {
        let refused = &outcomes[&name]["refused"];
        assert_eq!(refused["status"], status, "{name}: {}", outcomes[&name]);
        assert_eq!(refused["error"], error, "{name}");
        let described = refused["description"].as_str().unwrap();
        assert!(described.contains(description), "{name}: {described}");
        let told = refused.get("challenges");
        assert_eq!(told, (status == 401).then_some(&challenges), "{name}");
    }
}
