use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::body::Body;
use http::header::SET_COOKIE;
use serde_json::Value;

use super::client::{Answer, request, send};

/// A browser: it keeps what it is told to, sends it along, and says which page has asked.
#[derive(Clone)]
pub(crate) struct Browser {
    server: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// `Sec-Fetch-Site` of the page.
    pub(crate) site: &'static str,
}

impl Browser {
    /// One that has the session of a user.
    pub(crate) fn new(server: SocketAddr, session: String) -> Self {
        Self {
            server,
            cookies: BTreeMap::from([("__session".to_owned(), session)]),
            site: "same-origin",
        }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    pub(crate) fn put(&mut self, name: &str, value: impl Into<String>) {
        self.cookies.insert(name.to_owned(), value.into());
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, None, Body::empty()).await
    }

    /// Sends JSON.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> Answer {
        let body = Body::from(body.to_string());
        self.ask("POST", path, Some("application/json"), body).await
    }

    /// Sends a form.
    pub(crate) async fn submit(&mut self, path: &str, form: &str) -> Answer {
        let media_type = "application/x-www-form-urlencoded";
        let body = Body::from(form.to_owned());
        self.ask("POST", path, Some(media_type), body).await
    }

    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        media_type: Option<&str>,
        body: Body,
    ) -> Answer {
        let pairs = self.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request(method, path)
            .header("sec-fetch-site", self.site)
            .header("cookie", pairs.join("; "));
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type);
        }
        let answer = send(self.server, request.body(body).unwrap()).await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        answer
    }

    fn keep(&mut self, cookie: &str) {
        let mut parts = cookie.split("; ");
        let (name, value) = parts.next().unwrap().split_once('=').unwrap();
        let attributes: Vec<_> = parts.collect();
        assert!(attributes.contains(&"HttpOnly"), "{cookie}");
        if name.starts_with("__Host-") {
            assert!(attributes.contains(&"Secure"), "{cookie}");
            assert!(attributes.contains(&"Path=/"), "{cookie}");
        }
        if attributes.contains(&"Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.put(name, value);
        }
    }
}
