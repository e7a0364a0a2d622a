use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use actas_issuer::provider::{Clerk, ClerkBuilder};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::description::{ERRORS_TRACE_ID, Operation, VERSION};

pub(crate) const SECRET: &str = "sk_test_veryprivate";

/// A server on loopback that does what Clerk's Backend API is described to do, and holds each request to the description.
pub(crate) struct StandIn {
    address: SocketAddr,
    shared: Arc<Shared>,
    _stop: oneshot::Sender<()>,
}

#[derive(Default)]
struct Shared {
    world: Mutex<World>,
}

#[derive(Default)]
struct World {
    actor_tokens: Vec<Value>,
    sessions: Vec<Value>,
    scripted: VecDeque<Reply>,
    requests: Vec<(String, Value)>,
    violations: Vec<String>,
}

/// An answer that is given whatever is asked.
#[derive(Clone)]
pub(crate) enum Reply {
    Answer(u16, Vec<(&'static str, String)>, String),
    Silence,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Answer(status, Vec::new(), body.to_string())
    }

    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Answer(status, mut headers, body) => {
                headers.push((name, value.to_owned()));
                Self::Answer(status, headers, body)
            }
            Self::Silence => Self::Silence,
        }
    }
}

/// `ClerkErrors` with one error.
pub(crate) fn errors(code: &str, meta: &Value) -> Value {
    json!({
        "errors": [{"message": "short", "long_message": "long", "code": code, "meta": meta}],
        "clerk_trace_id": ERRORS_TRACE_ID,
    })
}

impl StandIn {
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let app = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&shared));
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    served = async { axum::serve(listener, app).await } => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            shared,
            _stop: stop,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn builder(&self) -> ClerkBuilder {
        Clerk::builder(SECRET)
            .with_api_url(self.url())
            .insecure_allow_http_to_loopback()
    }

    pub(crate) fn clerk(&self) -> Clerk {
        self.builder().build().unwrap()
    }

    /// The next request gets this.
    pub(crate) fn next(&self, reply: Reply) {
        self.world(|world| world.scripted.push_back(reply));
    }

    /// The requests that came: method, path and query, and the body.
    pub(crate) fn requests(&self) -> Vec<(String, Value)> {
        self.world(|world| world.requests.clone())
    }

    /// A live session of this user.
    pub(crate) fn sign_in(&self, id: &str, user_id: &str, actor: &Value) {
        self.world(|world| world.sign_in(id, user_id, actor));
    }

    /// What becomes of an actor token whose URL is visited.
    pub(crate) fn accept(&self, actor_token: &str, session: &str) -> Value {
        self.world(|world| {
            let token = world.actor_token(actor_token).unwrap();
            assert_eq!(token["status"], "pending");
            token["status"] = json!("accepted");
            let (user_id, actor) = (token["user_id"].clone(), token["actor"].clone());
            world.sign_in(session, user_id.as_str().unwrap(), &actor);
            actor
        })
    }

    /// All sessions of this user, as they are listed.
    pub(crate) fn page_of(&self, user_id: &str) -> Value {
        self.world(|world| {
            let sessions = world.sessions.iter();
            json!(
                sessions
                    .filter(|session| session["user_id"] == user_id)
                    .collect::<Vec<_>>()
            )
        })
    }

    pub(crate) fn status_of_session(&self, id: &str) -> Value {
        self.world(|world| world.session(id).unwrap()["status"].clone())
    }

    fn world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        self.shared.world(work)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let violations = self.world(|world| world.violations.clone());
        if !thread::panicking() {
            assert_eq!(violations, Vec::<String>::new(), "against the description");
        }
    }
}

impl Shared {
    fn world<T>(&self, work: impl FnOnce(&mut World) -> T) -> T {
        work(&mut self.world.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl World {
    fn actor_token(&mut self, id: &str) -> Option<&mut Value> {
        self.actor_tokens.iter_mut().find(|token| token["id"] == id)
    }

    fn session(&mut self, id: &str) -> Option<&mut Value> {
        self.sessions.iter_mut().find(|session| session["id"] == id)
    }

    fn sign_in(&mut self, id: &str, user_id: &str, actor: &Value) {
        let session = json!({
            "object": "session", "id": id, "user_id": user_id, "client_id": "client_1", "actor": actor,
            "status": "active", "last_active_at": 1_790_000_060_999_u64, "expire_at": 1_790_001_800_000_u64,
            "abandon_at": 1_790_001_800_000_u64, "created_at": 1_790_000_000_000_u64,
            "updated_at": 1_790_000_060_999_u64, "tasks": null,
            "latest_activity": {"object": "session_activity", "id": "sess_activity_1", "is_mobile": false},
        });
        self.sessions.insert(0, session);
    }

    fn act(&mut self, operation: Operation, query: &[(String, String)], body: &Value) -> Reply {
        let missing = || Reply::json(404, &errors("resource_not_found", &json!({})));
        match operation {
            Operation::CreateActorToken => {
                let id = format!("act_{}", self.actor_tokens.len());
                let token = format!("veryprivate.{id}");
                let url = format!("https://clerk.example.com/v1/tickets/accept?ticket={token}");
                let token = json!({
                    "object": "actor_token", "id": id, "status": "pending", "user_id": body["user_id"],
                    "actor": body["actor"], "token": token, "url": url,
                    "created_at": 1_790_000_000_000_u64, "updated_at": 1_790_000_000_000_u64,
                });
                self.actor_tokens.push(token.clone());
                Reply::json(200, &token)
            }
            Operation::RevokeActorToken(id) => {
                let Some(token) = self.actor_token(&id) else {
                    return missing();
                };
                if token["status"] != "pending" {
                    let code = "actor_token_cannot_be_revoked_code";
                    return Reply::json(400, &errors(code, &json!({})));
                }
                token["status"] = json!("revoked");
                Reply::json(200, token)
            }
            Operation::GetSessionList => {
                let of = |name| {
                    let found = query.iter().find(|(found, _)| found == name);
                    found.map(|(_, value)| value.as_str())
                };
                let number = |name, default| of(name).map_or(default, |text| text.parse().unwrap());
                let sessions = self.sessions.iter().filter(|session| {
                    of("user_id").is_none_or(|id| session["user_id"] == id)
                        && of("status").is_none_or(|status| session["status"] == status)
                });
                let page: Vec<&Value> = sessions
                    .skip(number("offset", 0))
                    .take(number("limit", 10))
                    .collect();
                Reply::json(200, &json!(page))
            }
            Operation::RevokeSession(id) => {
                let Some(session) = self.session(&id) else {
                    return missing();
                };
                session["status"] = json!("revoked");
                Reply::json(200, session)
            }
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 64 * 1024).await.unwrap();
    let (method, target) = (head.method.as_str(), head.uri.to_string());
    let query: Vec<(String, String)> =
        form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let reply = shared.world(|world| {
        let json = serde_json::from_slice(&body).unwrap_or_default();
        world
            .requests
            .push((format!("{method} {target}"), Value::clone(&json)));
        let operation = Operation::find(method, head.uri.path());
        let violation = match &operation {
            None => Some("is no operation".to_owned()),
            Some(operation) => operation
                .violation(&query, field(&head.headers, "content-type"), &body)
                .or_else(|| headers(&head.headers)),
        };
        if let Some(violation) = violation {
            world
                .violations
                .push(format!("{method} {target}: {violation}"));
            return Reply::json(422, &errors("request_invalid", &json!({})));
        }
        if let Some(reply) = world.scripted.pop_front() {
            return reply;
        }
        if field(&head.headers, "authorization") != Some(&format!("Bearer {SECRET}")) {
            return Reply::json(401, &errors("authentication_invalid", &json!({})));
        }
        world.act(operation.unwrap(), &query, &json)
    });
    match reply {
        Reply::Silence => std::future::pending().await,
        Reply::Answer(status, headers, body) => {
            let mut response = Body::from(body).into_response();
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            for (name, value) in headers {
                response.headers_mut().insert(name, value.parse().unwrap());
            }
            response
        }
    }
}

fn headers(headers: &HeaderMap) -> Option<String> {
    if field(headers, "clerk-api-version") != Some(VERSION) {
        return Some(format!("asks for another version than {VERSION}"));
    }
    // `bearerFormat: sk_<environment>_<secret value>`.
    let is_secret_key = |value: &str| value.starts_with("Bearer sk_");
    let is_authorized = field(headers, "authorization").is_some_and(is_secret_key);
    (!is_authorized).then(|| "comes without a secret key".to_owned())
}

fn field<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}
