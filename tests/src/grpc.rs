//! The same client for gRPC: unary calls with an empty message.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use tokio::net::TcpStream;
use tonic::Status;

/// What every call answers: the session that it was made in, as JSON.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Seen {
    #[prost(string, tag = "1")]
    pub(crate) json: String,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) http_status: u16,
    /// `None` where the answer is not of gRPC.
    pub(crate) status: Option<i32>,
    pub(crate) message: String,
    headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    /// The values of a header, in the order received.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.get_all(name).iter();
        lines.map(|value| value.to_str().unwrap()).collect()
    }
}

/// Calls `path` over a connection of its own.
pub(crate) async fn call(server: SocketAddr, path: &str, headers: &[(String, Vec<u8>)]) -> Answer {
    let stream = TcpStream::connect(server).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut client, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    tokio::spawn(connection);

    let empty_message = Full::new(Bytes::from_static(&[0; 5]));
    let mut request = Request::post(format!("http://app.example.com{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(empty_message)
        .unwrap();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request
            .headers_mut()
            .append(name, HeaderValue::from_bytes(value).unwrap());
    }
    let (head, body) = client.send_request(request).await.unwrap().into_parts();
    let collected = body.collect().await.unwrap();
    let trailers = collected.trailers().unwrap_or(&head.headers).clone();
    let status = Status::from_header_map(&trailers);
    let frame = collected.to_bytes();
    Answer {
        http_status: head.status.as_u16(),
        status: status.as_ref().map(|status| status.code() as i32),
        message: status.map_or_else(String::new, |status| status.message().to_owned()),
        headers: head.headers,
        body: match frame.get(5..) {
            Some(message) => Seen::decode(message).unwrap().json,
            None => String::new(),
        },
    }
}
