//! Tokens that are no session tokens of this application, or no longer are.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::draft::{get, post};
use crate::clerk::{self, ISSUER, NOW, templated, v1, v2};
use crate::scenario::Scenario;
use crate::signer::{Signer, signing_input};
use crate::token::Token;

pub(super) fn scenarios() -> Vec<Scenario> {
    let signer = clerk::signer();
    let mut all = Vec::new();
    let altered = refused()
        .into_iter()
        .map(|(name, token)| (name, token.sign(&signer)));
    for (name, token) in altered.chain(forged(&signer)) {
        for draft in [
            get("/me"),
            post("/password"),
            get("/public/me"),
            post("/public/password"),
        ] {
            all.push(draft.named(name).bearer(&token).not_accepted());
        }
    }
    for (name, token) in accepted() {
        all.push(get("/me").named(name).bearer(&token.sign(&signer)).direct());
    }
    for (name, token) in [
        ("pending", v2().with("sts", "pending")),
        (
            "pending, and impersonated",
            v2().with("sts", "pending")
                .with("act", json!({ "sub": "user_9ada" })),
        ),
        ("of an unknown status", v2().with("sts", "asleep")),
    ] {
        let token = token.sign(&signer);
        for draft in [
            get("/me"),
            post("/password"),
            get("/public/me"),
            get("/public/account"),
        ] {
            all.push(
                draft
                    .named(name)
                    .bearer(&token)
                    .refused(401, "session_pending"),
            );
        }
    }
    all
}

fn accepted() -> Vec<(&'static str, Token)> {
    vec![
        ("the last second of the leeway", v2().with("exp", NOW - 4)),
        ("nbf within the leeway", v2().with("nbf", NOW + 5)),
        ("iat within the leeway", v2().with("iat", NOW + 5)),
        ("no nbf and no iat", v2().without("nbf").without("iat")),
        ("exp in fractions", v2().with("exp", 1_767_225_660.5)),
        ("no cat", v2().without_header("cat")),
        ("no typ", v2().without_header("typ")),
        (
            "typ as a media type",
            v2().with_header("typ", "application/JWT"),
        ),
        (
            "headers that name other keys",
            v2().with_header("jku", "https://evil.example")
                .with_header("x5u", "https://evil.example"),
        ),
        ("an unknown header", v2().with_header("oiat", NOW)),
    ]
}

fn refused() -> Vec<(&'static str, Token)> {
    vec![
        ("of a template", templated()),
        (
            "of a template, by its cat",
            templated().with_header("cat", "cl_B7d4PD222AAA"),
        ),
        (
            "of a template with a sid",
            v2().with_header("cat", "cl_B7d4PD222AAA"),
        ),
        (
            "of a machine",
            v2().with_header("cat", "cl_B7d4PD333AAA")
                .with("sub", "mch_1"),
        ),
        ("of no class", v2().with_header("cat", "")),
        (
            "of a class that is null",
            v2().with_header("cat", Value::Null),
        ),
        ("of an OAuth client", v2().with_header("typ", "at+jwt")),
        (
            "of a type that is null",
            v2().with_header("typ", Value::Null),
        ),
        ("no sid", v1().without("sid")),
        ("sid is empty", v2().with("sid", "")),
        ("sid is null", v2().with("sid", Value::Null)),
        ("sid is a number", v2().with("sid", 7)),
        ("expired", v2().with("exp", NOW - 60)),
        ("expired with the leeway", v2().with("exp", NOW - 5)),
        (
            "expired, and impersonated",
            v2().with("exp", NOW - 60)
                .with("act", json!({ "sub": "user_9ada" })),
        ),
        ("no exp", v2().without("exp")),
        ("exp is a string", v2().with("exp", "1767225660")),
        ("exp in milliseconds", v2().with("exp", (NOW + 60) * 1000)),
        ("nbf to come", v2().with("nbf", NOW + 6)),
        ("nbf is null", v2().with("nbf", Value::Null)),
        ("iat to come", v2().with("iat", NOW + 6)),
        (
            "of another party",
            v2().with("azp", "https://evil.example.com"),
        ),
        (
            "of a party with a slash",
            v2().with("azp", "https://app.example.com/"),
        ),
        ("of no party", v2().without("azp")),
        (
            "for an audience",
            v2().with("aud", "https://api.example.com"),
        ),
        ("for no audience", v2().with("aud", json!([]))),
        (
            "of another issuer",
            v2().with("iss", "https://clerk.evil.example"),
        ),
        (
            "of an issuer with a slash",
            v2().with("iss", format!("{ISSUER}/")),
        ),
        ("of issuers", v2().with("iss", json!([ISSUER]))),
        ("of no issuer", v2().without("iss")),
        ("no sub", v2().without("sub")),
        ("sub is empty", v2().with("sub", "")),
        ("sub is a number", v2().with("sub", 7)),
        ("sub twice", v2().with_raw("\"sub\":\"user_2grace\"")),
        ("crit", v2().with_header("crit", json!(["exp"]))),
        ("crit is empty", v2().with_header("crit", json!([]))),
        ("b64", v2().with_header("b64", false)),
        ("alg is not the key's", v2().with_header("alg", "RS384")),
        ("alg is of another type", v2().with_header("alg", "EdDSA")),
        ("alg in lower case", v2().with_header("alg", "rs256")),
        ("unknown kid", v2().with_header("kid", "ins_other")),
        ("no kid", v2().without_header("kid")),
        ("kid is a number", v2().with_header("kid", 1)),
        ("too large", v2().with("padding", "x".repeat(12 * 1024))),
    ]
}

fn forged(signer: &Signer) -> Vec<(&'static str, String)> {
    let good = v2().sign(signer);
    let (start, signature) = good.rsplit_once('.').unwrap();

    let none = v2().with_header("alg", "none");
    let unsigned = signing_input(&none.header_text(), &none.claims_text());

    let hs256 = v2().with_header("alg", "HS256");
    let hs256 = signing_input(&hs256.header_text(), &hs256.claims_text());
    let secret = hmac::Key::new(
        hmac::HMAC_SHA256,
        signer.jwk()["n"].as_str().unwrap().as_bytes(),
    );
    let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&secret, hs256.as_bytes()));

    let evil = Signer::eddsa("evil");
    let own_key = Token::new(&evil, serde_json::from_str(&v2().claims_text()).unwrap());
    let own_key = own_key
        .with_header("jwk", evil.jwk())
        .with_header("kid", signer.kid());

    let act = v2().with("act", json!({ "sub": "user_9ada" })).sign(signer);
    let (_, of_impersonated) = act.rsplit_once('.').unwrap();
    vec![
        ("alg none", format!("{unsigned}.")),
        (
            "alg none, with a signature",
            format!("{unsigned}.{signature}"),
        ),
        ("HS256 by the public key", format!("{hs256}.{tag}")),
        ("signed by a key of its own", own_key.sign(&evil)),
        (
            "the signature of another token",
            format!("{start}.{of_impersonated}"),
        ),
        ("no signature", format!("{start}.")),
        ("two parts", start.to_owned()),
        ("four parts", format!("{good}.{signature}")),
        ("padded", format!("{good}=")),
        ("another claims set", good.replacen('.', ".e30", 1)),
        ("words", "not-a-token".to_owned()),
        ("dots", "..".to_owned()),
    ]
}
