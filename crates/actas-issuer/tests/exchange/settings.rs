//! Settings that no token endpoint is built with.

use actas_core::ConfigError;
use actas_issuer::exchange::{ClientSecret, Exchange, ExchangeClient};

use crate::support::Endpoint;

#[tokio::test]
async fn a_setting_that_cannot_be_is_refused() {
    let endpoint = Endpoint::new().await;
    let (impersonations, verifier) = (&endpoint.impersonations, &endpoint.verifier);
    let secret = ClientSecret::generate().unwrap().hash();
    let builder = || Exchange::builder(impersonations.clone(), verifier.clone());
    let with = |ids: &[&str]| {
        ids.iter().fold(builder(), |builder, id| {
            builder.add_client(ExchangeClient::new(*id, secret))
        })
    };
    let unaudited = Exchange::builder(impersonations.clone(), endpoint.issuer.verifier())
        .add_client(ExchangeClient::new("a", secret));
    for (builder, setting) in [
        (with(&[]), "clients"),
        (with(&[""]), "id of a client"),
        (with(&["a b"]), "id of a client"),
        (with(&["\u{e4}"]), "id of a client"),
        (with(&[&"a".repeat(129)]), "id of a client"),
        (with(&["a", "b", "a"]), "id of a client"),
        (
            with(&["a"]).with_audiences(["https://a.test", ""]),
            "audience",
        ),
        (unaudited, "verifier"),
    ] {
        match builder.build().unwrap_err() {
            ConfigError::Setting { name, .. } => assert!(name.starts_with(setting), "{name}"),
            other => panic!("{other}"),
        }
    }
    assert!(with(&["a", &"b".repeat(128)]).build().is_ok());
}
