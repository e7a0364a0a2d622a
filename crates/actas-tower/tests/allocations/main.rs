//! That a verifier with a record costs a direct request nothing.

#![expect(
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

use std::alloc::System;
use std::convert::Infallible;

use actas_core::{
    AuditSink, AuditedRequest, NotRecorded, RefusedToken, ReserveFuture, Separator, StaticKeys,
    Verifier, VerifierBuilder, WithKeys,
};
use actas_tower::AuthLayer;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::FutureExt;
use http::{Request, Response};
use serde_json::{Value, json};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::{Layer, Service, service_fn};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ISSUER: &str = "https://issuer.example";

#[derive(Debug)]
struct Nowhere;

impl AuditSink for Nowhere {
    fn reserve(&self, _: AuditedRequest) -> ReserveFuture {
        Box::pin(std::future::ready(Err(NotRecorded::unavailable(None))))
    }

    fn refused(&self, _: RefusedToken) {}
}

fn builder(key: &Ed25519KeyPair) -> VerifierBuilder<WithKeys> {
    let x = URL_SAFE_NO_PAD.encode(key.public_key());
    let jwks = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": x }] });
    Verifier::builder(ISSUER)
        .separated_by(Separator::session_id())
        .with_keys(StaticKeys::from_jwks(&jwks.to_string()).unwrap())
}

fn token(key: &Ed25519KeyPair, act: &Value) -> String {
    let far = 32_503_680_000_u64;
    let claims = json!({ "iss": ISSUER, "sub": "user_1", "sid": "sess_1", "exp": far, "act": act });
    let header = json!({ "alg": "EdDSA", "kid": "1" }).to_string();
    let signed = [header, claims.to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
    let signed = signed.join(".");
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// What a request through the layer asks the allocator for: how often, and the status.
fn cost(verifier: Verifier, token: &str) -> (usize, u16) {
    let mut service = AuthLayer::new(verifier).layer(service_fn(async |_: Request<String>| {
        Ok::<_, Infallible>(Response::new(String::new()))
    }));
    let mut once = || {
        let mut request = Request::new(String::new());
        let credential = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", credential);
        let region = Region::new(GLOBAL);
        let response = service.call(request).now_or_never().unwrap().unwrap();
        (region.change().allocations, response.status().as_u16())
    };
    // What is made once is there, and what the test's other threads ask for now and then falls out.
    (0..16).map(|_| once()).min().unwrap()
}

#[test]
fn a_direct_request_allocates_nothing_for_the_record() {
    let key = Ed25519KeyPair::generate().unwrap();
    let direct = token(&key, &Value::Null);
    let plain = cost(builder(&key).build().unwrap(), &direct);
    let audited = || builder(&key).with_audit(Nowhere).build().unwrap();
    assert_eq!(cost(audited(), &direct), plain);
    assert_eq!(plain.1, 200);

    let impersonated = token(&key, &json!({ "sub": "admin_1" }));
    let (allocations, status) = cost(audited(), &impersonated);
    assert_eq!(status, 503);
    assert!(allocations > plain.0, "the count sees a reservation");
}
