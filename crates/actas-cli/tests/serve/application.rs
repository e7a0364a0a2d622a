use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actas_issuer::{Issuer, SessionClaims, SigningAlgorithm, SigningKey};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

pub(crate) const USERS: &str = "https://login.example.com";
pub(crate) const SECRET: &str = "the-secret-of-the-directory-0123456789";

/// An application in whatever language: its users sign in there, and it knows them.
pub(crate) struct Application {
    pub(crate) address: SocketAddr,
    issuer: Issuer,
    /// Whether it answers for its users, and whether for its keys.
    pub(crate) answers: Arc<watch::Sender<Answers>>,
}

#[derive(Clone, Copy)]
pub(crate) struct Answers {
    pub(crate) keys: bool,
    pub(crate) users: bool,
    /// How often it was asked for a user.
    pub(crate) asked: usize,
    /// The roles of `admin_1`.
    pub(crate) admin: &'static str,
}

#[derive(Clone)]
struct Site {
    issuer: Issuer,
    answers: Arc<watch::Sender<Answers>>,
}

impl Application {
    pub(crate) async fn start() -> Self {
        let key = SigningKey::generate(SigningAlgorithm::EdDsa).unwrap();
        let issuer = Issuer::new(USERS, key).unwrap();
        let answers = Arc::new(watch::Sender::new(Answers {
            keys: true,
            users: true,
            asked: 0,
            admin: "support",
        }));
        let site = Site {
            issuer: issuer.clone(),
            answers: Arc::clone(&answers),
        };
        let app = Router::new()
            .route("/jwks.json", get(keys))
            .route("/users", post(users))
            .with_state(site);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Self {
            address,
            issuer,
            answers,
        }
    }

    /// A session token of somebody who signed in there.
    pub(crate) fn token(&self, user_id: &str) -> String {
        let claims = SessionClaims::new(user_id, format!("sess_{user_id}"));
        let claims = claims
            .with_lifetime(Duration::from_hours(1))
            .with_claim("groups", json!([format!("{user_id}s")]));
        self.issuer.mint(&claims).unwrap().into_string()
    }

    /// Settings that go with it, but for the database.
    pub(crate) fn settings(&self) -> String {
        let address = self.address;
        format!(
            r#"
listen = "127.0.0.1:0"
issuer = "https://app.example.com/actas"
key_file = "issuer.keys"
insecure_http_to_loopback = true
trusted_proxies = []

[sessions]
issuer = "{USERS}"
keys = "http://{address}/jwks.json"
claims = ["sid"]

[users]
url = "http://{address}/users"
secret = {{ env = "USERS_SECRET" }}
actor_roles = ["support"]
protected_roles = ["admin"]

[list]
users = ["auditor"]

[revoke]
claims = {{ "/groups" = ["bosss"] }}

[terms]
concurrent_sessions = 1000
starts_per_hour = 1000
"#
        )
    }
}

async fn keys(State(site): State<Site>) -> Result<String, StatusCode> {
    if site.answers.borrow().keys {
        Ok(site.issuer.key_set().unwrap().json().to_owned())
    } else {
        Err(StatusCode::SERVICE_UNAVAILABLE)
    }
}

async fn users(
    State(site): State<Site>,
    headers: HeaderMap,
    Json(asked): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    if headers["authorization"] != format!("Bearer {SECRET}") {
        return Err(StatusCode::UNAUTHORIZED);
    }
    site.answers.send_modify(|answers| answers.asked += 1);
    let mut answers = site.answers.subscribe();
    let admin = answers
        .wait_for(|answers| answers.users)
        .await
        .unwrap()
        .admin;
    let roles = match asked["user_id"].as_str().unwrap() {
        "admin_1" => json!([admin]),
        "user_1" | "user_2" => json!(["member"]),
        "boss" => json!(["admin"]),
        "odd" => return Ok(Json(json!({ "role": "member" }))),
        _ => return Err(StatusCode::NOT_FOUND),
    };
    Ok(Json(json!({ "roles": roles, "claims": { "plan": "pro" } })))
}
