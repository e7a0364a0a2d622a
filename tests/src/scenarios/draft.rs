use serde_json::{Value, json};

use crate::scenario::{Expected, OverGrpc, Scenario};

/// A request in the making.
#[derive(Clone)]
pub(super) struct Draft(Scenario);

pub(super) fn get(path: &'static str) -> Draft {
    request("GET", path)
}

pub(super) fn post(path: &'static str) -> Draft {
    request("POST", path)
}

pub(super) fn request(method: &'static str, path: &'static str) -> Draft {
    Draft(Scenario {
        name: format!("{method} {path}: "),
        method,
        path,
        query: String::new(),
        headers: Vec::new(),
        expected: Expected::Session {
            user_id: Value::Null,
            actor: Value::Null,
        },
        over_grpc: OverGrpc::Same,
    })
}

impl Draft {
    /// Adds words to the name.
    pub(super) fn named(mut self, words: &str) -> Self {
        self.0.name.push_str(words);
        self
    }

    pub(super) fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.0
            .headers
            .push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.with("authorization", format!("Bearer {token}"))
    }

    pub(super) fn cookie(self, name: &str, token: &str) -> Self {
        self.with("cookie", format!("{name}={token}"))
    }

    pub(super) fn query(mut self, query: &str) -> Self {
        query.clone_into(&mut self.0.query);
        self
    }

    /// A gRPC call is refused, because it is a `POST`.
    pub(super) fn grpc_refused(mut self, code: &'static str) -> Self {
        self.0.over_grpc = OverGrpc::Refused(403, code);
        self
    }

    /// HTTP/2 knows no such request.
    pub(super) fn over_http1(mut self) -> Self {
        self.0.over_grpc = OverGrpc::Impossible;
        self
    }

    /// The handler sees the user, and nobody acting for them.
    pub(super) fn direct(self) -> Scenario {
        self.acted_by(&Value::Null)
    }

    /// The handler sees the user, and this `act`.
    pub(super) fn acted_by(mut self, act: &Value) -> Scenario {
        self.0.expected = Expected::Session {
            user_id: json!("user_2grace"),
            actor: act.clone(),
        };
        self.0
    }

    /// The handler sees nobody.
    pub(super) fn nobody(self) -> Scenario {
        self.0
    }

    pub(super) fn refused(mut self, status: u16, code: &'static str) -> Scenario {
        self.0.expected = Expected::Refused { status, code };
        self.0
    }

    pub(super) fn denied(self) -> Scenario {
        self.refused(403, "impersonation_denied")
    }

    pub(super) fn not_accepted(self) -> Scenario {
        self.refused(401, "invalid_token")
    }

    pub(super) fn missing(self) -> Scenario {
        self.refused(401, "missing_credential")
    }

    pub(super) fn malformed(self) -> Scenario {
        self.refused(400, "invalid_request")
    }
}
