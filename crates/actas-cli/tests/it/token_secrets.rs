//! `actas verify` says nothing of a token that is not for the eye, whatever the token is.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::command::{Answer, Folder, actas};
use crate::signer::{EXPECTED, Signer, explain};

fn folder(signer: &Signer) -> Folder {
    let folder = Folder::empty();
    folder.write("jwks.json", signer.jwks());
    folder
}

/// `explain` asserts that nothing of the token is said.
#[track_caller]
fn explained(folder: &Folder, input: impl AsRef<[u8]>) -> Answer {
    let args = [&EXPECTED[..], &["--jwks", "jwks.json"]].concat();
    let input = input.as_ref();
    explain(&folder.path("."), input, &[&args[..], &["--json"]].concat());
    explain(&folder.path("."), input, &args)
}

#[test]
fn what_could_act_on_a_terminal_is_escaped() {
    let signer = Signer::ed25519();
    let folder = folder(&signer);
    let hostile = "a\u{1b}[2J\u{7}\r\n\u{9b}31m\u{202e}";
    let token = signer.token(
        &json!({}),
        &json!({"sub": hostile, "sid": hostile, "act": {"sub": hostile, "act": {"sub": hostile}}}),
    );
    let answer = explained(&folder, &token);
    assert_eq!(answer.code, 0, "{answer:?}");
    let shown = r"a\u{1b}[2J\u{7}\u{d}\u{a}\u{9b}31m\u{202e}";
    let summary = format!("accepted: {shown} acts as {shown}\n");
    assert!(answer.out.starts_with(&summary), "{}", answer.out);
    assert!(!answer.out.contains('\u{202e}'));

    let header = json!({"alg": hostile, "kid": hostile, "typ": hostile, hostile: 1});
    let claims = json!({
        "iss": hostile, "aud": [hostile], "azp": hostile, "exp": hostile, "sts": hostile, hostile: 1,
    });
    let answer = explained(&folder, signer.token(&header, &claims));
    assert_eq!(answer.code, 1);
    assert!(!answer.out.contains('\u{202e}'));
}

#[test]
fn what_is_long_is_cut() {
    let signer = Signer::ed25519();
    let folder = folder(&signer);
    let long = "ë".repeat(3000);
    let answer = explained(&folder, signer.token(&json!({}), &json!({"sub": long})));
    assert_eq!(answer.code, 0);
    assert!(answer.out.contains("ëë…[cut] is here in person"));
    assert!(answer.out.len() < 6000, "{}", answer.out.len());
}

#[test]
fn a_part_of_the_token_is_shown_nowhere() {
    let signer = Signer::ed25519();
    let folder = folder(&signer);
    // Of a forged token anything may stand in the header, and so may what another part says.
    let signature = URL_SAFE_NO_PAD.encode([7; 64]);
    let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = encoded(&json!({"sub": "user_1", "sid": signature}).to_string());
    for kid in [
        signature.clone(),
        claims.clone(),
        format!("a {signature} b"),
    ] {
        let header = json!({"alg": "EdDSA", "kid": kid, kid.as_str(): 1}).to_string();
        let answer = explained(
            &folder,
            format!("{}.{claims}.{signature}", encoded(&header)),
        );
        assert_eq!(answer.code, 1);
        let redacted = "kid (part of a token, not shown)";
        assert!(answer.out.contains(redacted), "{}", answer.out);
    }
    // Nor is another token that it holds.
    let inner = signer.token(&json!({"kid": "inner"}), &json!({}));
    let answer = explained(&folder, signer.token(&json!({}), &json!({"sub": inner})));
    assert_eq!(answer.code, 0);
    assert!(
        answer
            .out
            .contains("\nuser       (part of a token, not shown), of "),
        "{}",
        answer.out
    );
    assert!(!answer.out.contains(inner.split('.').next().unwrap()));
}

#[test]
fn whatever_comes_is_refused() {
    let signer = Signer::ed25519();
    let folder = folder(&signer);
    let token = signer.token(&json!({}), &json!({}));
    let deep = signer.sign(r#"{"alg":"EdDSA","kid":"k"}"#, &"[".repeat(5000));
    let special = r#"{"alg":"EdDSA","kid":{"$serde_json::private::RawValue":"{"}}"#;
    for (input, reason) in [
        (vec![b'x'; 10 << 20], "the token is too large"),
        (vec![b'.'; 10 << 20], "the token is too large"),
        (vec![b' '; 10 << 20], "the token is too large"),
        (token.repeat(20_000).into_bytes(), "the token is too large"),
        (vec![0xff; 100], "the token is not a compact JWS"),
        (vec![0; 100], "the token is not a compact JWS"),
        (
            [token.as_bytes(), b"\xff"].concat(),
            "the token is not a compact JWS",
        ),
        (
            format!("{token}\u{202e}").into_bytes(),
            "the token is not a compact JWS",
        ),
        (
            format!("Bearer {token}").into_bytes(),
            "the token is not a compact JWS",
        ),
        (
            format!("{token}\n{token}").into_bytes(),
            "the token is not a compact JWS",
        ),
        (deep.into_bytes(), "the token's claims are malformed"),
        (
            signer.sign(special, "{}").into_bytes(),
            "the token's header is malformed",
        ),
    ] {
        let answer = explained(&folder, &input);
        assert_eq!((answer.code, answer.err.as_str()), (1, ""), "{reason}");
        assert!(
            answer.out.starts_with(&format!("refused: {reason}\n")),
            "{}",
            answer.out
        );
    }
    let answer = explained(&folder, [0xff; 9]);
    assert!(answer.out.contains("bytes that are not UTF-8"));
}

#[test]
fn a_token_among_the_arguments_is_refused_and_not_repeated() {
    let token = Signer::ed25519().token(&json!({}), &json!({}));
    let jwks = ["--jwks", "jwks.json"];
    for args in [
        &["verify", &token][..],
        &["verify", "token.txt", &token],
        &["verify", "--token", &token],
        &["verify", &format!("--token={token}")],
        &["verify", "--jwks", &token],
        &["verify", &format!("--fetch=https://a.example/{token}")],
        &["verify", &format!("Bearer {token}")],
        &["audit", "verify", &token],
        &[&["verify", &token][..], &EXPECTED, &jwks].concat(),
        &[&token],
    ] {
        let answer = Answer::of(&actas().args(args).output().unwrap());
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{answer:?}");
        assert!(
            answer
                .err
                .starts_with("actas: a token is given as an argument: "),
            "{answer:?}"
        );
        for part in token.split('.') {
            assert!(!answer.err.contains(part), "{answer:?}");
        }
    }
}
