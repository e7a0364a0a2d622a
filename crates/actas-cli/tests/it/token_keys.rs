//! `actas verify`: where keys come from, and how the command is used.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_json::json;

use crate::command::{Answer, Folder, actas};
use crate::signer::{EXPECTED, ISSUER, Signer, explain};

/// Serves documents by their path, as long as the test runs.
fn serve(listener: TcpListener, documents: Vec<(&'static str, String)>) {
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut reader = BufReader::new(connection.try_clone().unwrap());
            let mut request = String::new();
            reader.read_line(&mut request).unwrap();
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let path = request.split(' ').nth(1).unwrap();
            let found = documents.iter().find(|(known, _)| *known == path);
            let (status, body) = found.map_or(("404 Not Found", ""), |(_, body)| ("200 OK", body));
            write!(
                connection,
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            )
            .unwrap();
        }
    });
}

fn local() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[test]
fn keys_are_fetched_where_that_is_asked_for() {
    let signer = Signer::ed25519();
    let folder = Folder::empty();
    let (listener, url) = local();
    let discovery = json!({"issuer": url, "jwks_uri": format!("{url}/keys")}).to_string();
    serve(
        listener,
        vec![
            ("/.well-known/openid-configuration", discovery),
            ("/keys", signer.jwks()),
        ],
    );
    let loopback = "--insecure-http-to-loopback";
    let token = signer.token(&json!({}), &json!({}));
    let at_url = format!("--fetch={url}/keys");
    let fetch = [&EXPECTED[..], &[&at_url, loopback, "--json"]].concat();
    let answer = explain(&folder.path("."), &token, &fetch);
    assert_eq!(answer.json()["accepted"], true, "{answer:?}");

    let token = signer.token(&json!({"kid": "other"}), &json!({}));
    let value = explain(&folder.path("."), &token, &fetch).json();
    assert_eq!(value["rule"], "unknown_key", "{value}");
    assert_eq!(
        value["notes"],
        json!([
            "cannot be used: key \"symmetric\" is symmetric",
            "no signature was found to hold: anybody can have written this token",
        ])
    );

    let token = signer.token(&json!({}), &json!({"iss": url, "aud": null}));
    let at = ["--at", "2026-01-01T00:00:00Z"];
    let discover = ["--issuer", &url, "--claim", "sid", "--fetch", loopback];
    let answer = explain(&folder.path("."), &token, &[&discover[..], &at].concat());
    assert_eq!(answer.code, 0, "{answer:?}");
}

#[test]
fn without_keys_there_is_no_verdict() {
    let signer = Signer::ed25519();
    let folder = Folder::empty();
    let token = signer.token(&json!({}), &json!({}));
    let (listener, url) = local();
    serve(listener, Vec::new());
    let at_url = format!("--fetch={url}/keys");
    let args = [&EXPECTED[..], &[&at_url, "--insecure-http-to-loopback"]].concat();
    let answer = explain(&folder.path("."), &token, &args);
    assert_eq!(answer.code, 3, "{answer:?}");
    assert!(
        answer
            .out
            .starts_with("cannot be told: the issuer's keys are not available\n")
    );
    assert!(
        answer
            .out
            .contains("\nfailed       keys_unavailable  kid \"k\"")
    );
    assert!(answer.out.contains("\nnot reached  signature"));
    assert!(
        answer
            .err
            .contains("the issuer's keys could not be fetched")
            && answer.err.contains("404"),
        "{answer:?}"
    );
    let answer = explain(
        &folder.path("."),
        &token,
        &[&args[..], &["--json"]].concat(),
    );
    let value: serde_json::Value = serde_json::from_str(&answer.out).unwrap();
    assert!(value["accepted"].is_null() && value["rule"] == "keys_unavailable");
}

#[test]
fn a_public_key_is_a_file_or_a_document() {
    let signer = Signer::ed25519();
    let folder = Folder::empty();
    folder.write("key.pem", signer.pem());
    let token = signer.token(&json!({}), &json!({}));
    let pem = signer.pem();
    for key in ["key.pem", &pem, &pem.replace('\n', "\\n")] {
        let args = [&EXPECTED[..], &["--public-key", key]].concat();
        assert_eq!(explain(&folder.path("."), &token, &args).code, 0, "{key}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
fn a_wrong_use_is_2() {
    let signer = Signer::ed25519();
    let folder = Folder::empty();
    folder.write("jwks.json", signer.jwks());
    folder.write("key.pem", signer.pem());
    folder.write("wrong.json", "{}");
    folder.write("\u{1b}[2J.json", "{}");
    let keys = ["--jwks", "jwks.json"];
    let issuer = ["--issuer", ISSUER, "--claim", "sid"];
    let with_keys = |args: &[&'static str]| [args, &keys].concat();
    let with_issuer = |args: &[&'static str]| [&issuer, args].concat();
    for (args, problem) in [
        (vec![], "required arguments"),
        (keys.to_vec(), "required arguments"),
        (issuer.to_vec(), "required arguments"),
        (
            with_issuer(&["--jwks", "jwks.json", "--fetch"]),
            "cannot be used with",
        ),
        (
            with_keys(&[
                "--issuer",
                ISSUER,
                "--clerk",
                "pk_test_Y2xlcmsuY2xlcmsuZGV2JA",
            ]),
            "cannot be used with",
        ),
        (with_keys(&["--auth0", "a.auth0.com"]), "--audience"),
        (
            with_keys(&["--rfc9068", "--workos", "client_1", "--audience", "a"]),
            "cannot be used with",
        ),
        (
            with_issuer(&["--jwks", "jwks.json", "--client-id", "c"]),
            "cannot be used with",
        ),
        (
            with_issuer(&["--jwks", "jwks.json", "--insecure-http-to-loopback"]),
            "cannot be used with",
        ),
        (
            with_keys(&["--issuer", ISSUER]),
            "every token of the issuer would pass for a session's: say what sets those apart",
        ),
        (
            with_keys(&["--issuer", ISSUER, "--claim", "sub"]),
            "would pass for a session's",
        ),
        (
            with_keys(&["--issuer", ISSUER, "--claims-differ", "sub"]),
            "a comma between",
        ),
        (
            with_keys(&["--issuer", "", "--claim", "sid"]),
            "cannot be the issuer",
        ),
        (
            with_keys(&["--keycloak", "http://a.example/x", "--audience", "a"]),
            "Keycloak realm URL",
        ),
        (with_keys(&["--clerk", "sk_live_secret"]), "publishable key"),
        (
            with_issuer(&["--jwks", "jwks.json", "--leeway", "301"]),
            "leeway",
        ),
        (with_issuer(&["--jwks", "jwks.json", "--at", "now"]), "--at"),
        (
            with_issuer(&["--jwks", "jwks.json", "--at", "1969-12-31T00:00:00Z"]),
            "before 1970",
        ),
        (
            with_issuer(&["--jwks", "jwks.json", "--algorithm", "HS256"]),
            "--algorithm",
        ),
        (
            with_issuer(&["--jwks", "wrong.json"]),
            "the key set wrong.json: the document is no JWK set",
        ),
        (
            with_issuer(&["--jwks", "\u{1b}[2J.json"]),
            r"the key set \u{1b}[2J.json: ",
        ),
        (
            with_issuer(&["--public-key", "wrong.json"]),
            "the public key wrong.json: ",
        ),
        (
            with_issuer(&["--public-key", "key.pem", "--algorithm", "RS256"]),
            "the public key key.pem: ",
        ),
        (
            with_issuer(&["--jwks", "jwks.json", "--algorithm", "RS256"]),
            "no key serves the algorithms that are taken: name the key's by --algorithm",
        ),
        (
            with_issuer(&["--fetch=http://127.0.0.1:1/keys"]),
            "http://127.0.0.1:1/keys",
        ),
    ] {
        let answer = explain(&folder.path("."), "", &args);
        assert_eq!(
            (answer.code, answer.out.as_str()),
            (2, ""),
            "{args:?} {answer:?}"
        );
        assert!(answer.err.contains(problem), "{args:?} {answer:?}");
        assert!(!answer.err.contains("sk_live_secret"));
    }
}

#[test]
fn what_cannot_be_read_is_3() {
    let signer = Signer::ed25519();
    let folder = Folder::empty();
    folder.write("jwks.json", signer.jwks());
    for (args, problem) in [
        (
            &["--jwks", "missing.json"][..],
            "the key set missing.json: No such file",
        ),
        (
            &["--public-key", "missing.pem"],
            "the public key missing.pem: No such file",
        ),
        (
            &["--jwks", "jwks.json", "missing.txt"],
            "missing.txt: No such file",
        ),
        (&["--jwks", "jwks.json", "."], ".: Is a directory"),
    ] {
        let args = [&EXPECTED[..], args].concat();
        let answer = explain(&folder.path("."), "", &args);
        assert_eq!((answer.code, answer.out.as_str()), (3, ""), "{answer:?}");
        assert!(
            answer.err.starts_with(&format!("actas: {problem}")),
            "{answer:?}"
        );
        let value = explain(&folder.path("."), "", &[&args[..], &["--json"]].concat()).json();
        assert!(value["accepted"].is_null(), "{value}");
        assert!(value["error"].as_str().unwrap().starts_with(problem));
    }
}

/// Every command in the help is one.
#[test]
fn examples_are_understood() {
    let answer = Answer::of(&actas().args(["verify", "--help"]).output().unwrap());
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert!(
        answer
            .out
            .contains("\nExit codes:\n  0  the token is accepted\n  1  the token is refused\n")
    );
    let folder = Folder::empty();
    let (_, examples) = answer.out.split_once("\nExamples:\n").unwrap();
    let examples: Vec<Vec<&str>> = examples
        .lines()
        .filter_map(|line| line.split_once("actas verify ").map(|(_, args)| args))
        .map(|args| args.split_whitespace().collect())
        .collect();
    assert!(examples.len() >= 5, "{}", answer.out);
    for example in examples {
        // The files are not there, and the standard input is empty: understood, and nothing is fetched for it.
        let expected = if example.contains(&"--fetch") { 1 } else { 3 };
        let answer = explain(&folder.path("."), "", &example);
        assert_eq!(answer.code, expected, "{example:?} {answer:?}");
    }
}
