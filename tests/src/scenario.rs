//! A request, and what every framework must answer.

use serde_json::{Value, json};

use crate::{grpc, http1};

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows. Unique.
    pub name: String,
    /// The method. A gRPC call is always a `POST`.
    pub method: &'static str,
    /// The path, which names the same route in every framework.
    pub path: &'static str,
    /// What stands behind the path, with its question mark.
    pub query: String,
    /// Header lines, in their order and spelling.
    pub headers: Vec<(String, Vec<u8>)>,
    /// What every framework answers.
    pub expected: Expected,
    /// What differs in gRPC.
    pub over_grpc: OverGrpc,
}

/// What a framework answers.
#[derive(Clone, Debug)]
pub enum Expected {
    /// 200 from the handler, which saw this user and this actor.
    Session {
        /// The user, or `null`.
        user_id: Value,
        /// The `act` claim, or `null`.
        actor: Value,
    },
    /// A refusal.
    Refused {
        /// The HTTP status.
        status: u16,
        /// The code in the problem document.
        code: &'static str,
    },
}

/// What differs where the request is a gRPC call.
#[derive(Clone, Debug)]
pub enum OverGrpc {
    /// Nothing.
    Same,
    /// It is refused: a gRPC call is always a `POST`.
    Refused(u16, &'static str),
    /// HTTP/2 knows no such request.
    Impossible,
}

impl Scenario {
    /// What is wrong with an answer over HTTP/1.1.
    pub(crate) fn judge(&self, answer: &http1::Answer) -> Result<(), String> {
        let Expected::Refused { status, code } = &self.expected else {
            equal("status", &answer.status, &200)?;
            equal("session", &json_of(&answer.body)?, &self.session())?;
            return self.judge_headers(&self.expected, |name| answer.header(name));
        };
        equal("status", &answer.status, status)?;
        let body = json_of(&answer.body)?;
        equal("code", &body["code"], &json!(code))?;
        equal("status of the body", &body["status"], &json!(status))?;
        equal(
            "type",
            &body["type"],
            &json!(format!("urn:actas:problem:{code}")),
        )?;
        equal(
            "content-type",
            &answer.header("content-type"),
            &vec!["application/problem+json"],
        )?;
        let retry_after = (*status == 503).then_some("17");
        equal(
            "retry-after",
            &answer.header("retry-after"),
            &Vec::from_iter(retry_after),
        )?;
        judge_challenge(code, &answer.header("www-authenticate"))?;
        if ["user_", "cli:", "dashboard", "agent"]
            .iter()
            .any(|word| answer.body.contains(word))
        {
            return Err(format!("the body names somebody: {}", answer.body));
        }
        self.judge_headers(&self.expected, |name| answer.header(name))
    }

    /// What is wrong with an answer over gRPC.
    pub(crate) fn judge_grpc(&self, answer: &grpc::Answer) -> Result<(), String> {
        let expected = match self.over_grpc {
            OverGrpc::Refused(status, code) => Expected::Refused { status, code },
            OverGrpc::Same | OverGrpc::Impossible => self.expected.clone(),
        };
        equal("HTTP status", &answer.http_status, &200)?;
        equal(
            "content-type",
            &answer.header("content-type"),
            &vec!["application/grpc"],
        )?;
        match &expected {
            Expected::Session { .. } => {
                equal("grpc-status", &answer.status, &Some(0))?;
                equal("session", &json_of(&answer.body)?, &self.session())?;
            }
            Expected::Refused { status, code } => {
                let grpc_status = match status {
                    400 => 3,
                    401 => 16,
                    403 => 7,
                    503 => 14,
                    500 => 13,
                    other => return Err(format!("{other} stands for no grpc-status")),
                };
                equal("grpc-status", &answer.status, &Some(grpc_status))?;
                let start = answer.message.split_once(": ").map(|(start, _)| start);
                equal("code", &start, &Some(*code))?;
            }
        }
        self.judge_headers(&expected, |name| answer.header(name))
    }

    fn session(&self) -> Value {
        match &self.expected {
            Expected::Session { user_id, actor } => json!({ "user_id": user_id, "actor": actor }),
            Expected::Refused { .. } => Value::Null,
        }
    }

    /// `Vary` and `Cache-Control`, which are the same in every answer of a kind.
    fn judge_headers<'a>(
        &self,
        expected: &Expected,
        header: impl Fn(&str) -> Vec<&'a str>,
    ) -> Result<(), String> {
        let vary = header("vary").join(",").to_ascii_lowercase();
        let mut vary: Vec<_> = vary.split(',').map(str::trim).collect();
        vary.sort_unstable();
        equal("vary", &vary, &vec!["authorization", "cookie"])?;

        let cache_control = match expected {
            Expected::Session { actor, .. } if !actor.is_null() => Some("private, no-store"),
            Expected::Session { .. } => (self.path == "/cached").then_some("public, max-age=600"),
            Expected::Refused {
                code: "impersonation_denied",
                ..
            } => Some("private, no-store"),
            Expected::Refused { .. } => Some("no-store"),
        };
        equal(
            "cache-control",
            &header("cache-control"),
            &Vec::from_iter(cache_control),
        )
    }
}

fn judge_challenge(code: &str, challenges: &[&str]) -> Result<(), String> {
    let start = match code {
        "missing_credential" => return equal("challenge", &challenges, &["Bearer"].as_slice()),
        "invalid_request" => "Bearer error=\"invalid_request\", error_description=\"",
        "invalid_token" | "session_pending" | "impersonation_ended" | "actor_mismatch" => {
            "Bearer error=\"invalid_token\", error_description=\""
        }
        _ => return equal("challenge", &challenges, &[].as_slice()),
    };
    match challenges {
        [challenge] if challenge.starts_with(start) && challenge.ends_with('"') => Ok(()),
        _ => Err(format!("the challenge is {challenges:?}")),
    }
}

fn json_of(body: &str) -> Result<Value, String> {
    serde_json::from_str(body).map_err(|_| format!("the body is no JSON: {body:?}"))
}

fn equal<T: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &T,
    expected: &T,
) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, expected {expected:?}"))
}
