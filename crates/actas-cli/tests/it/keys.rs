//! `actas keys`.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use actas_issuer::{KeyFile, SigningAlgorithm, SigningKey};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::command::{Answer, Folder, actas};

impl Folder {
    /// `actas keys` in the folder.
    fn keys(&self, args: &[&str]) -> Answer {
        let output = actas()
            .arg("keys")
            .args(args)
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .output();
        Answer::of(&output.unwrap())
    }

    fn jwks(&self) -> Vec<Value> {
        let answer = self.keys(&["jwks", "issuer.keys"]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
        let mut set: Value = serde_json::from_str(&answer.out).unwrap();
        serde_json::from_value(set["keys"].take()).unwrap()
    }

    /// The private part of each key in the file, by the member that every type of key has.
    fn private_parts(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("issuer.keys")).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let keys = document["keys"].as_array().unwrap();
        keys.iter()
            .map(|key| key["d"].as_str().unwrap().to_owned())
            .collect()
    }
}

fn now() -> u64 {
    Timestamp::now().as_second().try_into().unwrap()
}

fn key() -> SigningKey {
    SigningKey::generate(SigningAlgorithm::EdDsa).unwrap()
}

#[test]
fn a_key_of_each_algorithm_is_made_and_published() {
    for (algorithm, kty) in [("ES256", "EC"), ("EdDSA", "OKP"), ("RS256", "RSA")] {
        let folder = Folder::empty();
        let answer = folder.keys(&["generate", "issuer.keys", "--algorithm", algorithm]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
        let [published] = &folder.jwks()[..] else {
            panic!("one key is published");
        };
        let kid = published["kid"].as_str().unwrap();
        assert_eq!(
            answer.out,
            format!("kid         {kid}\nalgorithm   {algorithm}\n")
        );
        assert_eq!(
            (&published["alg"], &published["kty"], &published["use"]),
            (&json!(algorithm), &json!(kty), &json!("sig"))
        );
        for private in ["d", "p", "q", "dp", "dq", "qi", "signs_from"] {
            assert!(published.get(private).is_none(), "{private}");
        }
        KeyFile::open(folder.path("issuer.keys")).unwrap();
    }
    let folder = Folder::empty();
    let answer = folder.keys(&["generate", "issuer.keys", "--json"]).json();
    assert_eq!(answer["algorithm"], "ES256");
    assert_eq!(answer["kid"], folder.jwks()[0]["kid"]);
}

#[test]
fn what_is_there_is_never_overwritten() {
    let folder = Folder::empty();
    folder.keys(&["generate", "issuer.keys"]);
    folder.write("notes.txt", "notes");
    for file in ["issuer.keys", "notes.txt", "."] {
        let before = fs::read(folder.path(file)).ok();
        let answer = folder.keys(&["generate", file]);
        assert_eq!((answer.code, answer.out.as_str()), (1, ""), "{answer:?}");
        let advice =
            format!("; it stays as it is: `actas keys rotate {file}` makes a new key in it");
        assert!(answer.err.contains(&advice), "{answer:?}");
        assert_eq!(fs::read(folder.path(file)).ok(), before, "{file}");
        let answer = folder.keys(&["generate", file, "--json"]);
        assert_eq!(answer.code, 1);
        assert!(answer.json()["error"].as_str().unwrap().contains(&advice));
    }
}

#[test]
fn a_rotated_key_is_published_before_it_signs() {
    let folder = Folder::empty();
    folder.keys(&["generate", "issuer.keys", "--algorithm", "EdDSA"]);
    let first = folder.jwks();
    let before = now();
    let rotation = folder.keys(&["rotate", "issuer.keys", "--json"]).json();
    let signs_from = rotation["signs_from"].as_u64().unwrap();
    assert!((before + 300..=now() + 300).contains(&signs_from));
    let both = folder.jwks();
    assert_eq!(both.len(), 2);
    assert_eq!(
        (&both[0]["kid"], &both[0]["alg"]),
        (&rotation["kid"], &json!("EdDSA"))
    );
    assert_eq!(both[1], first[0]);

    // One waits already: it is named once more, and none is made.
    let again = folder.keys(&["rotate", "issuer.keys"]);
    assert_eq!((again.code, again.err.as_str()), (0, ""), "{again:?}");
    let at = Timestamp::from_second(signs_from.try_into().unwrap()).unwrap();
    let kid = rotation["kid"].as_str().unwrap();
    assert_eq!(again.out, format!("kid         {kid}\nsigns from  {at}\n"));
    assert_eq!(folder.jwks(), both);
}

#[test]
fn a_removed_key_is_published_no_longer() {
    let folder = Folder::empty();
    folder.keys(&["generate", "issuer.keys"]);
    folder.keys(&["rotate", "issuer.keys"]);
    let both = folder.jwks();
    let [next, first] = [&both[0], &both[1]].map(|key| key["kid"].as_str().unwrap());
    let answer = folder.keys(&["remove", "issuer.keys", first]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{answer:?}");
    assert_eq!(answer.out, format!("removed     {first}\n"));
    assert_eq!(folder.jwks(), both[..1]);
    // The next one signs at once: it does not wait any longer, and another can be made.
    let rotation = folder.keys(&["rotate", "issuer.keys", "--json"]).json();
    assert_ne!(rotation["kid"], next);
    let answer = folder.keys(&["remove", "issuer.keys", "--json", next]);
    assert_eq!((answer.code, answer.json()), (0, json!({"removed": next})));
    // The last one is replaced.
    let kid = rotation["kid"].as_str().unwrap();
    folder.keys(&["remove", "issuer.keys", kid]);
    assert_eq!(folder.jwks().len(), 1);
    assert_ne!(folder.jwks()[0]["kid"], kid);
}

#[test]
fn a_key_that_is_not_there_changes_nothing() {
    let folder = Folder::empty();
    folder.keys(&["generate", "issuer.keys"]);
    let before = fs::read(folder.path("issuer.keys")).unwrap();
    for args in [
        &["remove", "issuer.keys", "other"][..],
        &["remove", "issuer.keys", "--", "-h"],
    ] {
        let answer = folder.keys(args);
        assert_eq!((answer.code, answer.out.as_str()), (1, ""), "{answer:?}");
        assert_eq!(
            answer.err,
            "actas: the signing keys issuer.keys: no key of this kid is in the ring; `actas keys jwks issuer.keys` prints those that it publishes\n"
        );
    }
    assert_eq!(fs::read(folder.path("issuer.keys")).unwrap(), before);
}

/// One thumbprint in 64 begins with a hyphen.
#[test]
fn a_key_whose_kid_begins_with_a_hyphen_is_removed() {
    let folder = Folder::empty();
    let key = std::iter::repeat_with(key)
        .find(|key| key.kid().starts_with('-'))
        .unwrap();
    let kid = key.kid().to_owned();
    KeyFile::create(folder.path("issuer.keys"), key).unwrap();
    let answer = folder.keys(&["remove", "issuer.keys", "--json", "--", &kid]);
    assert_eq!((answer.code, answer.json()), (0, json!({"removed": kid})));
}

#[test]
fn a_full_file_takes_no_more() {
    let folder = Folder::empty();
    let file = KeyFile::create(folder.path("issuer.keys"), key()).unwrap();
    let long_ago = now() - 600;
    for at in 1..64 {
        file.clone()
            .with_publish_ahead(std::time::Duration::ZERO)
            .rotate_to(key(), long_ago + at)
            .unwrap();
    }
    let answer = folder.keys(&["rotate", "issuer.keys"]);
    assert_eq!((answer.code, answer.out.as_str()), (1, ""), "{answer:?}");
    assert!(
        answer.err.contains("the ring holds 64 keys: wait"),
        "{answer:?}"
    );
}

#[test]
fn what_cannot_be_read_is_3_and_says_what_to_do() {
    let folder = Folder::empty();
    folder.write("notes.txt", "notes");
    close(&folder.path("notes.txt"));
    for (args, problem) in [
        (
            &["rotate", "issuer.keys"][..],
            "; `actas keys generate issuer.keys` makes it\n",
        ),
        (
            &["jwks", "issuer.keys"],
            "; `actas keys generate issuer.keys` makes it\n",
        ),
        (
            &["generate", "missing/issuer.keys"],
            "; make its folder first\n",
        ),
        (
            &["remove", "notes.txt", "other"],
            "the text is no JSON of the expected shape",
        ),
        (&["rotate", "is\u{1b}[2Jsue.keys"], "is\\u{1b}[2Jsue.keys"),
    ] {
        let answer = folder.keys(args);
        assert_eq!((answer.code, answer.out.as_str()), (3, ""), "{answer:?}");
        assert!(
            answer.err.starts_with("actas: the signing keys ") && answer.err.contains(problem),
            "{answer:?}"
        );
        assert!(!answer.err.contains('\u{1b}'));
    }
    assert_eq!(fs::read(folder.path("notes.txt")).unwrap(), b"notes");
    let answer = folder.keys(&["rotate", "issuer.keys", "--json"]);
    assert_eq!(answer.code, 3);
    assert!(
        answer.json()["error"]
            .as_str()
            .unwrap()
            .contains("generate")
    );
}

#[cfg(unix)]
fn close(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn close(_: &Path) {}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::empty();
    folder.keys(&["generate", "issuer.keys"]);
    let path = folder.path("issuer.keys");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    for args in [
        &["rotate", "issuer.keys"][..],
        &["remove", "issuer.keys", "k"],
        &["jwks", "issuer.keys"],
    ] {
        let answer = folder.keys(args);
        assert_eq!((answer.code, answer.out.as_str()), (3, ""), "{answer:?}");
        assert!(answer.err.contains("(chmod 0600)"), "{answer:?}");
    }
}

#[test]
fn nothing_private_is_printed() {
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let folder = Folder::empty();
        let mut said = Vec::new();
        let mut secrets = Vec::new();
        for args in [
            &["generate", "issuer.keys", "--algorithm", algorithm][..],
            &["generate", "issuer.keys"],
            &["rotate", "issuer.keys"],
            &["rotate", "issuer.keys", "--json"],
            &["remove", "issuer.keys", "other"],
            &["jwks", "issuer.keys"],
        ] {
            said.push(folder.keys(args));
            secrets.extend(folder.private_parts());
        }
        // Cut off within a key.
        let text = fs::read_to_string(folder.path("issuer.keys")).unwrap();
        fs::write(folder.path("issuer.keys"), &text[..text.len() / 2]).unwrap();
        said.push(folder.keys(&["jwks", "issuer.keys"]));
        said.push(folder.keys(&["rotate", "issuer.keys", "--json"]));
        assert!(secrets.len() >= 6);
        for secret in secrets {
            for answer in &said {
                let both = format!("{}{}", answer.out, answer.err);
                assert!(!both.contains(&secret[..20]), "{algorithm}");
            }
        }
    }
}

#[test]
fn help_has_examples_that_are_understood() {
    let folder = Folder::empty();
    for command in ["generate", "rotate", "remove", "jwks"] {
        let answer = folder.keys(&[command, "--help"]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{command}");
        assert!(
            answer
                .out
                .contains("\nExit codes:\n  0  done\n  1  refused"),
            "{answer:?}"
        );
        let examples = answer.out.lines();
        let examples = examples.filter_map(|line| line.trim_start().strip_prefix("actas keys "));
        let mut count = 0;
        for example in examples {
            let example = example.split(['|', '>']).next().unwrap();
            let args: Vec<_> = example.split_whitespace().collect();
            // Understood, whether or not there is something to do.
            assert_ne!(folder.keys(&args).code, 2, "{example}");
            count += 1;
        }
        assert_eq!(count, 2, "{command}");
    }
    for args in [
        &[][..],
        &["generate"],
        &["generate", "k", "--algorithm", "HS256"],
        &["remove", "k"],
    ] {
        assert_eq!(folder.keys(args).code, 2, "{args:?}");
    }
    let usage = folder.keys(&["generate", "k", "--algorithm", "es256"]).err;
    assert!(
        usage.contains("[possible values: ES256, EdDSA, RS256]"),
        "{usage}"
    );
}

/// A set that was not written whole must not look like one.
#[cfg(target_os = "linux")]
#[test]
fn a_key_set_that_cannot_be_written_is_3() {
    let folder = Folder::empty();
    folder.keys(&["generate", "issuer.keys"]);
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = actas()
        .args(["keys", "jwks"])
        .arg(folder.path("issuer.keys"))
        .stdout(full)
        .output();
    let answer = Answer::of(&output.unwrap());
    assert_eq!(answer.code, 3);
    assert!(
        answer
            .err
            .starts_with("actas: the key set cannot be written: "),
        "{answer:?}"
    );
}
