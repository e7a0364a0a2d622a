//! What goes over the wire, and what is made of it.

use std::env;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use actas_core::ErrorKind;
use actas_jwks::RemoteKeys;
use serde_json::json;

use crate::support::{
    Answer, Issuer, ManualTicks, Part, Recorder, Server, accepts, dripping, failed, known, refusal,
    verifier,
};

#[tokio::test]
async fn only_200_is_a_key_set() {
    let jwks = Issuer::new().jwks(&["a"]);
    for status in [
        "201 Created",
        "203 Non-Authoritative Information",
        "204 No Content",
        "206 Partial Content",
        "300 Multiple Choices",
        "304 Not Modified",
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "410 Gone",
        "418 I'm a teapot",
        "429 Too Many Requests",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ] {
        let body = match status.split(' ').next() {
            Some("204" | "304") => "",
            _ => &jwks,
        };
        let answer = Answer::with(status, &[], body);
        assert_eq!(failed(answer).await, ["status 1"], "{status}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_never_ends_is_a_failure() {
    let jwks = Issuer::new().jwks(&["a"]).into_bytes();
    let half = || Part::Bytes(jwks[..jwks.len() / 2].to_vec());
    let spaces = b"1000\r\n"
        .iter()
        .copied()
        .chain([b' '; 0x1000])
        .chain(*b"\r\n");
    let spaces = Part::Forever(spaces.collect());
    // Each byte comes long before the timeout, and the last one would come long after it.
    let (head, pause) = (b"HTTP/1.1 200 OK\r\n", Duration::from_millis(100));
    for (answer, expected) in [
        (Answer::hang(), "timeout 1"),
        (
            Answer::raw([Part::Bytes(b"HTTP/1.1 200 OK\r\nx".to_vec()), Part::Hang]),
            "timeout 1",
        ),
        (Answer::promising(jwks.len(), [Part::Hang]), "timeout 1"),
        (
            Answer::promising(jwks.len(), [half(), Part::Hang]),
            "timeout 1",
        ),
        (
            Answer::raw(dripping(head, pause).chain([Part::Hang])),
            "timeout 1",
        ),
        (
            Answer::promising(jwks.len(), dripping(&jwks, pause)),
            "timeout 1",
        ),
        (Answer::promising(jwks.len(), [half()]), "transfer 1"),
        (
            Answer::promising(jwks.len(), [half(), Part::Reset]),
            "transfer 1",
        ),
        (Answer::raw([Part::Reset]), "transfer 1"),
        (Answer::raw([]), "transfer 1"),
        (
            Answer::raw([Part::Bytes(b"gibberish\r\n\r\n".to_vec())]),
            "transfer 1",
        ),
        (Answer::chunked([spaces]), "too_large 1"),
    ] {
        assert_eq!(failed(answer).await, [expected]);
    }
}

#[tokio::test]
async fn a_document_that_is_no_key_set_is_a_failure() {
    let issuer = Issuer::new();
    let many: Vec<_> = (0..257).map(|kid| issuer.jwk(&kid.to_string())).collect();
    let mut for_encryption = issuer.jwk("a");
    for_encryption["use"] = "enc".into();
    for (body, expected) in [
        (String::new(), "key_set_refused 1"),
        ("null".to_owned(), "key_set_refused 1"),
        ("<html></html>".to_owned(), "key_set_refused 1"),
        (r#"{"keys":[]}"#.to_owned(), "key_set_refused 1"),
        (issuer.jwk("a").to_string(), "key_set_refused 1"),
        (json!([issuer.jwk("a")]).to_string(), "key_set_refused 1"),
        (
            json!({"keys": [for_encryption]}).to_string(),
            "key_set_refused 1",
        ),
        (json!({ "keys": many }).to_string(), "too_many_keys 1"),
    ] {
        assert_eq!(failed(Answer::ok(body)).await, [expected]);
    }
}

/// Each would be a good set but for its last bytes, or for one in the middle.
#[tokio::test]
async fn a_good_key_does_not_excuse_the_rest_of_the_document() {
    let jwks = Issuer::new().jwks(&["a"]);
    let with = |rest: &[u8]| [jwks.trim_end_matches('}').as_bytes(), rest].concat();
    let utf16 = jwks.encode_utf16().flat_map(u16::to_le_bytes);
    assert_eq!(with(b"}"), jwks.as_bytes());
    for body in [
        with(b""),
        with(b"}}"),
        with(b"}{}"),
        with(b",\"x\":\"\xe9\"}"),
        with(b",\"x\":NaN}"),
        with(b",\"keys\":[]}"),
        utf16.collect(),
    ] {
        let shown = body.escape_ascii().to_string();
        let outcome = failed(Answer::ok(body)).await;
        assert_eq!(outcome, ["key_set_refused 1"], "{shown}");
    }
    let brackets = "[".repeat(100_000);
    assert_eq!(failed(Answer::ok(brackets)).await, ["key_set_refused 1"]);
}

#[tokio::test]
async fn a_document_is_of_one_mib_at_most_as_it_unpacks() {
    const MIB: usize = 1024 * 1024;
    let issuer = Issuer::new();
    let padded = |size: usize| {
        let jwks = issuer.jwks(&["a"]);
        format!("{jwks}{}", " ".repeat(size - jwks.len())).into_bytes()
    };
    let keys_of = |size: usize| {
        let key = issuer.jwk("a").to_string();
        format!(
            "{{\"keys\":[{}]}}",
            vec![key.clone(); size / key.len() + 1].join(",")
        )
    };
    for answer in [
        Answer::ok(padded(MIB)),
        Answer::gzip(&padded(MIB)),
        Answer::gzip(&padded(1000)),
    ] {
        let server = Server::new(answer);
        let verifier = verifier(server.keys(&ManualTicks::default()));
        assert!(accepts(&verifier, &issuer.token("a")).await);
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].header("accept-encoding"), Some("gzip"));
    }
    for answer in [
        Answer::ok(padded(MIB + 1)),
        Answer::ok(padded(10 * MIB)),
        Answer::gzip(&padded(MIB + 1)),
        Answer::ok(keys_of(10 * MIB)),
        Answer::gzip_of_zeros(1024),
        // Refused for what it says it is, before it is read.
        Answer::promising(MIB + 1, [Part::Hang]),
        Answer::promising(100 * MIB, [Part::Times(100, vec![b' '; MIB])]),
    ] {
        assert_eq!(failed(answer).await, ["too_large 1"]);
    }
    // Unpacks to no more than is read, and to no key set.
    let zeros = Answer::gzip_of_zeros(1);
    assert_eq!(failed(zeros).await, ["key_set_refused 1"]);
    // Not asked for, and not unpacked.
    let packed = Answer::with("200 OK", &[("content-encoding", "br")], "\u{1}");
    assert_eq!(failed(packed).await, ["key_set_refused 1"]);
    let broken = Answer::with("200 OK", &[("content-encoding", "gzip")], "not gzip");
    assert_eq!(failed(broken).await, ["transfer 1"]);
}

#[tokio::test]
async fn odd_keys_do_not_spoil_the_set() {
    let issuer = Issuer::new();
    let mut odd = issuer.jwk("odd");
    odd["kty"] = "odd".into();
    let mut for_encryption = issuer.jwk("enc");
    for_encryption["use"] = "enc".into();
    let (twice, again) = (issuer.jwk("twice"), Issuer::new().jwk("twice"));
    let keys = json!([odd, for_encryption, null, 5, twice, again, issuer.jwk("a")]);
    let server = Server::new(Answer::ok(json!({ "keys": keys }).to_string()));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    assert!(accepts(&verifier, &issuer.token("a")).await);
    assert_eq!(server.fetches(), 1);
    for (kid, fetches) in [("odd", 2), ("enc", 3), ("twice", 4)] {
        let (kind, status, _) = refusal(&verifier, &issuer.token(kid)).await;
        assert_eq!((kind, status), (ErrorKind::UnknownKey, 401), "{kid}");
        assert!(known(&verifier, &issuer.token("a")));
        assert_eq!(server.fetches(), fetches, "{kid}");
        ticks.pass(10);
    }
}

#[tokio::test]
async fn the_same_key_twice_is_one_key() {
    let issuer = Issuer::new();
    let server = Server::new(Answer::ok(issuer.jwks(&["a", "a"])));
    let verifier = verifier(server.keys(&ManualTicks::default()));
    assert!(accepts(&verifier, &issuer.token("a")).await);
    assert_eq!(server.fetches(), 1);
}

#[tokio::test]
async fn any_content_type_is_read() {
    let issuer = Issuer::new();
    for content_type in ["application/json", "text/html; charset=utf-16", "\"", ""] {
        let headers = [("content-type", content_type)];
        let server = Server::new(Answer::with("200 OK", &headers, issuer.jwks(&["a"])));
        let verifier = verifier(server.keys(&ManualTicks::default()));
        assert!(accepts(&verifier, &issuer.token("a")).await);
        assert_eq!(server.fetches(), 1, "{content_type}");
    }
}

#[tokio::test]
async fn no_cookie_is_kept_and_no_connection_either() {
    let issuer = Issuer::new();
    let headers = [("set-cookie", "a=b"), ("connection", "keep-alive")];
    let server = Server::new(Answer::with("200 OK", &headers, issuer.jwks(&["a"])));
    let ticks = ManualTicks::default();
    let verifier = verifier(server.keys(&ticks));
    for _ in 0..3 {
        assert!(accepts(&verifier, &issuer.token("a")).await);
        server.deserted().await;
        ticks.pass(3600);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert_eq!(request.path, "/jwks");
        assert_eq!(request.header("cookie"), None);
        assert_eq!(request.header("authorization"), None);
        assert_eq!(request.header("referer"), None);
    }
}

#[tokio::test]
async fn who_cannot_be_connected_to_is_a_failure() {
    let refusing = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    for url in [
        format!("http://{refusing}/jwks"),
        // RFC 6761 §6.4: never resolves.
        "https://keys.invalid/jwks".to_owned(),
    ] {
        let recorder = Recorder::start();
        let keys = RemoteKeys::from_url(&url)
            .insecure_allow_http_to_loopback()
            .with_ticks(ManualTicks::default());
        let verifier = verifier(keys);
        let (kind, status, _) = refusal(&verifier, &Issuer::new().token("a")).await;
        assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
        assert_eq!(recorder.outcomes(), ["connect 1"], "{url}");
    }
}

/// In a process of its own, whose environment names proxies that nobody can connect to.
#[test]
fn loopback_is_asked_without_a_proxy() {
    let nowhere = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "wire::the_same_key_twice_is_one_key"])
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .envs(["HTTP_PROXY", "ALL_PROXY"].map(|name| (name, &nowhere)))
        .output()
        .unwrap();
    let output_text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output_text}");
    assert!(output_text.contains("1 passed"), "{output_text}");
}
