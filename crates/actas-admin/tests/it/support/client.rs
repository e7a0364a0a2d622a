use std::net::SocketAddr;

use axum::body::Body;
use bytes::Bytes;
use http::request::Builder;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpSocket;

/// Bytes that a socket holds on either side.
const BUFFER: u32 = 16 * 1024;

/// What a server answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The values of a header, joined as a list.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter();
        let values: Vec<_> = values.map(|value| value.to_str().unwrap()).collect();
        values.join(", ")
    }
}

/// A request of HTTP/1.1.
pub(crate) fn request(method: &str, path: &str) -> Builder {
    let request = Request::builder().method(method).uri(path);
    request.header("host", "admin.example")
}

/// Opens a connection.
pub(crate) async fn connect(server: SocketAddr) -> SendRequest<Body> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(BUFFER).unwrap();
    socket.set_send_buffer_size(BUFFER).unwrap();
    let stream = socket.connect(server).await.unwrap();
    let (sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Sends a request over a connection of its own, and reads the answer to its end.
pub(crate) async fn send(server: SocketAddr, request: Request<Body>) -> Answer {
    let mut sender = connect(server).await;
    let (head, body) = sender.send_request(request).await.unwrap().into_parts();
    Answer {
        status: head.status,
        headers: head.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

/// Asks for a path, with a token or without.
pub(crate) async fn get(server: SocketAddr, path: &str, token: Option<&str>) -> Answer {
    let mut request = request("GET", path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    send(server, request.body(Body::empty()).unwrap()).await
}
