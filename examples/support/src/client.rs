use std::error::Error;
use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Bytes of the largest body: a stream that does not end fails a test, and does not keep it waiting.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, to its end.
    pub body: String,
}

impl Answer {
    /// The body as JSON, `null` where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Sends a request without a body, over a connection of its own, and reads the answer to its end.
///
/// # Errors
///
/// When the server cannot be reached, or its answer breaks off or exceeds 64 KiB.
pub async fn send(
    server: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Answer, Box<dyn Error>> {
    exchange(server, method, path, headers, Bytes::new()).await
}

/// Posts a form, over a connection of its own, and reads the answer to its end. The form is sent as it stands.
///
/// # Errors
///
/// As [`send`].
pub async fn post_form(
    server: SocketAddr,
    path: &str,
    headers: &[(&str, &str)],
    form: &str,
) -> Result<Answer, Box<dyn Error>> {
    let content_type = "application/x-www-form-urlencoded";
    let mut headers = headers.to_vec();
    headers.push((header::CONTENT_TYPE.as_str(), content_type));
    let form = Bytes::copy_from_slice(form.as_bytes());
    exchange(server, Method::POST, path, &headers, form).await
}

async fn exchange(
    server: SocketAddr,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<Answer, Box<dyn Error>> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let mut request = Request::builder()
        .method(method)
        .uri(format!("http://{server}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = client.request(request.body(Full::new(body))?).await?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, MAX_BODY_BYTES).collect().await;
    let body = body.map_err(|error| error as Box<dyn Error>)?;
    Ok(Answer {
        status: head.status,
        headers: head.headers,
        body: String::from_utf8(body.to_bytes().to_vec())?,
    })
}
