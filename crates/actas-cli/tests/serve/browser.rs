use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::process::Process;

const REASON: &str = "the export of invoices fails";
const SESSION: &str = "__Host-actas-impersonation";

pub(crate) type Answer = (u16, Value);

/// An admin's browser.
#[derive(Clone)]
pub(crate) struct Browser {
    client: Client,
    token: String,
}

/// What a start has given.
#[derive(Clone)]
pub(crate) struct Start {
    pub(crate) id: String,
    ticket: Value,
    binding: String,
}

impl Browser {
    pub(crate) fn new(token: String) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { client, token }
    }

    pub(crate) async fn get(&self, node: &Process, path: &str) -> Answer {
        let request = self.client.get(node.url(path)).bearer_auth(&self.token);
        answer(request.send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, node: &Process, path: &str, body: &Value) -> Answer {
        answer(self.send(node, path, body).await).await
    }

    pub(crate) async fn ask_to_start(&self, node: &Process, user_id: &str) -> Answer {
        self.post(node, "/impersonations", &wanted(user_id)).await
    }

    pub(crate) async fn start(&self, node: &Process, user_id: &str) -> Start {
        let response = self.send(node, "/impersonations", &wanted(user_id)).await;
        assert_eq!(response.status(), StatusCode::CREATED, "{response:?}");
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        let binding = cookie.split(';').next().unwrap().to_owned();
        let (_, body) = answer(response).await;
        Start {
            id: body["id"].as_str().unwrap().to_owned(),
            ticket: body["ticket"].clone(),
            binding,
        }
    }

    /// The cookie of the session, or the status.
    pub(crate) async fn redeem(&self, node: &Process, start: &Start) -> Result<String, u16> {
        let request = self
            .client
            .post(node.url("/impersonations/redeem"))
            .bearer_auth(&self.token)
            .header("cookie", &start.binding)
            .header("content-type", "application/json")
            .body(json!({ "ticket": start.ticket }).to_string());
        let response = request.send().await.unwrap();
        if response.status() != StatusCode::OK {
            return Err(response.status().as_u16());
        }
        let cookies = response.headers().get_all("set-cookie");
        let mut cookies = cookies.iter().map(|cookie| cookie.to_str().unwrap());
        let cookie = cookies.find(|cookie| cookie.starts_with(SESSION)).unwrap();
        Ok(cookie.split(';').next().unwrap().to_owned())
    }

    /// The cookie of a session in which the admin acts as the user.
    pub(crate) async fn act(&self, node: &Process, user_id: &str) -> (Start, String) {
        let start = self.start(node, user_id).await;
        let cookie = self.redeem(node, &start).await.unwrap();
        (start, cookie)
    }

    /// What an impersonated request gets. Whoever acts for another may not read the list: 403, and recorded.
    pub(crate) async fn look(&self, node: &Process, cookie: &str) -> Answer {
        let request = self.client.get(node.url("/me/impersonations"));
        answer(request.header("cookie", cookie).send().await.unwrap()).await
    }

    pub(crate) async fn stop(&self, node: &Process, cookie: &str) -> Answer {
        let request = self
            .client
            .post(node.url("/impersonations/current/stop"))
            .header("cookie", cookie)
            .header("content-type", "application/json")
            .body("{}");
        answer(request.send().await.unwrap()).await
    }

    /// Whether a start gets no answer at all.
    pub(crate) async fn is_cut_off(&self, node: &Process) -> bool {
        let request = self.request(node, "/impersonations", &wanted("user_1"));
        request.send().await.is_err()
    }

    async fn send(&self, node: &Process, path: &str, body: &Value) -> Response {
        self.request(node, path, body).send().await.unwrap()
    }

    fn request(&self, node: &Process, path: &str, body: &Value) -> RequestBuilder {
        self.client
            .post(node.url(path))
            .bearer_auth(&self.token)
            .header("content-type", "application/json")
            .body(body.to_string())
    }
}

fn wanted(user_id: &str) -> Value {
    json!({ "user_id": user_id, "reason": REASON })
}

pub(crate) async fn answer(response: Response) -> Answer {
    let status = response.status().as_u16();
    let body = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&body).unwrap_or(Value::String(body)),
    )
}
