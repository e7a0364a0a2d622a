use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use actas_tests::{ISSUER, Signer, Token};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::server::Server;

const CLIENTS: usize = 8;
const SESSIONS: usize = 4;

/// Asks from several clients at once, over several sessions, until so many requests were answered. Then more are under way, in
/// any state. Returns how many were answered with success.
pub(crate) async fn until(server: &Server, enough: usize) -> usize {
    let answered = Arc::new(AtomicUsize::new(0));
    let is_enough = Arc::new(Notify::new());
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (answered, is_enough) = (Arc::clone(&answered), Arc::clone(&is_enough));
        let (address, request) = (server.address, request(client % SESSIONS));
        clients.spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            loop {
                if answered.load(Ordering::Relaxed) >= enough {
                    is_enough.notify_one();
                }
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut response = Vec::new();
                while !response.ends_with(b"\r\n\r\n") {
                    assert!(stream.read_buf(&mut response).await.unwrap() > 0);
                }
                let response = String::from_utf8(response).unwrap();
                assert!(response.starts_with("HTTP/1.1 200"), "{response}");
                answered.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tokio::select! {
        () = is_enough.notified() => {}
        Some(ended) = clients.join_next() => ended.unwrap(),
    }
    // Ended with requests under way, whose handlers go on until the server is killed.
    clients.shutdown().await;
    answered.load(Ordering::Relaxed)
}

fn request(session: usize) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let claims = json!({
        "iss": ISSUER,
        "sub": format!("user_{session}"),
        "sid": format!("sess_{session}"),
        "exp": now.as_secs() + 600,
        "act": {"sub": "admin_1", "reason": "the invoice is wrong"},
    });
    let signer = Signer::rs256("k");
    let token = Token::new(&signer, claims).sign(&signer);
    format!(
        "POST /effects HTTP/1.1\r\nhost: app\r\ncontent-length: 0\r\nauthorization: Bearer {token}\r\n\r\n"
    )
}
