//! A client that sends what it is told, byte for byte: headers twice, bytes that are no ASCII, odd spellings.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    headers: Vec<(String, String)>,
    /// The body, as long as the server said.
    pub body: String,
}

/// A connection that is kept open.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
}

impl Answer {
    /// The values of a header, in the order received.
    #[must_use]
    pub fn header(&self, name: &str) -> Vec<&str> {
        let lines = self.headers.iter().filter(|(line, _)| line == name);
        lines.map(|(_, value)| value.as_str()).collect()
    }
}

impl Client {
    /// Connects.
    pub async fn connect(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream }
    }

    /// Sends a request without body, and waits for the answer.
    pub async fn send(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(String, Vec<u8>)],
    ) -> Answer {
        let mut request = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
        for (name, value) in [("host", "app.example.com"), ("content-length", "0")] {
            if !has(headers, name) {
                request.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
            }
        }
        for (name, value) in headers {
            request.extend_from_slice(name.as_bytes());
            request.extend_from_slice(b": ");
            request.extend_from_slice(value);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");

        self.stream.write_all(&request).await.unwrap();
        let mut received = Vec::new();
        loop {
            if let Some(answer) = parse(&received) {
                return answer;
            }
            let read = self.stream.read_buf(&mut received).await.unwrap();
            assert!(
                read > 0,
                "the answer breaks off: {}",
                received.escape_ascii()
            );
        }
    }
}

/// Sends a request without body over a connection of its own.
pub(crate) async fn send(
    server: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(String, Vec<u8>)],
) -> Answer {
    let mut headers = headers.to_vec();
    if !has(&headers, "connection") {
        headers.push(("connection".to_owned(), b"close".to_vec()));
    }
    let mut client = Client::connect(server).await;
    client.send(method, target, &headers).await
}

fn has(headers: &[(String, Vec<u8>)], name: &str) -> bool {
    headers
        .iter()
        .any(|(header, _)| header.eq_ignore_ascii_case(name))
}

/// The answer, once it is whole. A server that answers otherwise than with a length is waited for in vain, and seen when it
/// closes the connection.
fn parse(received: &[u8]) -> Option<Answer> {
    let text = str::from_utf8(received).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let (status_line, lines) = head.split_once("\r\n")?;
    let status = status_line.split(' ').nth(1)?.parse().ok()?;
    let headers: Vec<_> = lines
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(Some(0), |(_, length)| length.parse().ok())?;
    Some(Answer {
        status,
        headers,
        body: body.get(..length)?.to_owned(),
    })
}
