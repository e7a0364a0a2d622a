//! A token in, a session out.

use std::hint::black_box;

use actas_core::{ErrorKind, Verifier};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;

use crate::case::Setup;
use crate::fixture::Algorithm;
use crate::mode::Mode;
use crate::op::Op;

/// The floor: the signature alone, of bytes that are decoded already, by a key that is parsed already.
pub(crate) fn bare(setup: &Setup) -> Op {
    let algorithm: &'static dyn VerificationAlgorithm = match setup.algorithm {
        Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        Algorithm::Es256 => &ECDSA_P256_SHA256_FIXED,
        Algorithm::EdDsa => &ED25519,
    };
    let key = ParsedPublicKey::new(algorithm, setup.issued.public_key()).unwrap();
    let split = |token: &String| {
        let (signed, signature) = token.rsplit_once('.').unwrap();
        (signed.to_owned(), BASE64URL.decode(signature).unwrap())
    };
    let signed: Vec<_> = setup.issued.tokens.iter().map(split).collect();
    over(signed, move |(message, signature)| {
        key.verify_sig(message.as_bytes(), signature).unwrap();
    })
}

pub(crate) fn actas(setup: &Setup, mode: Mode) -> Op {
    let verifier = mode.verifier(setup);
    over(mode.tokens(setup).to_vec(), move |token| {
        black_box(verifier.verify(token).now().unwrap());
    })
}

pub(crate) fn refused_form(setup: &Setup) -> Op {
    refused(setup, |token| token.replace('.', "_"), ErrorKind::Form)
}

pub(crate) fn refused_size(setup: &Setup) -> Op {
    refused(setup, |token| token.repeat(100), ErrorKind::TooLarge)
}

pub(crate) fn refused_kid(setup: &Setup) -> Op {
    let header = r#"{"alg":"RS256","kid":"unknown","typ":"JWT"}"#;
    refused(
        setup,
        |token| with_header(token, header),
        ErrorKind::UnknownKey,
    )
}

pub(crate) fn refused_algorithm(setup: &Setup) -> Op {
    let header = r#"{"alg":"HS256","kid":"ins_2mT9sQ-RS256","typ":"JWT"}"#;
    refused(
        setup,
        |token| with_header(token, header),
        ErrorKind::Algorithm,
    )
}

/// The same token with its signature broken: what a forger's costs.
pub(crate) fn refused_signature(setup: &Setup) -> Op {
    let forge = |token: &str| {
        let (signed, _) = token.rsplit_once('.').unwrap();
        let (_, other) = setup.issued.tokens[1].rsplit_once('.').unwrap();
        format!("{signed}.{other}")
    };
    refused(setup, forge, ErrorKind::Signature)
}

fn with_header(token: &str, header: &str) -> String {
    let (_, rest) = token.split_once('.').unwrap();
    format!("{}.{rest}", BASE64URL.encode(header))
}

fn refused(setup: &Setup, spoil: impl Fn(&str) -> String, kind: ErrorKind) -> Op {
    let verifier: Verifier = Mode::Warm.verifier(setup);
    let token = spoil(&setup.issued.tokens[0]);
    Box::new(move || {
        let error = verifier.verify(black_box(&token)).now().unwrap_err();
        assert_eq!(error.kind(), kind);
    })
}

/// Calls `f` on one item after the other, and over again.
pub(crate) fn over<T: 'static>(items: Vec<T>, mut f: impl FnMut(&T) + 'static) -> Op {
    let mut next = 0;
    Box::new(move || {
        f(black_box(&items[next]));
        next += 1;
        if next == items.len() {
            next = 0;
        }
    })
}

/// Calls an asynchronous function on one token after the other, and over again.
#[cfg(feature = "peers")]
pub(crate) fn over_async(setup: &Setup, mut f: impl AsyncFnMut(&str) + 'static) -> Op {
    over(setup.issued.tokens.clone(), move |token| {
        crate::op::now(f(token));
    })
}
