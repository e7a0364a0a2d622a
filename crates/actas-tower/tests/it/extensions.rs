//! What a handler finds in the extensions is the layer's own.

use actas_core::{Auth, SignedOut};
use actas_tower::AuthLayer;
use http::{Extensions, StatusCode};
use tower::{ServiceBuilder, ServiceExt};

use crate::support::{ColdKeys, Issuer, builder, request, text, whoami};

/// What an outer layer might have left.
fn forged(issuer: &Issuer) -> Extensions {
    let verifier = issuer.verifier();
    let mut extensions = Extensions::new();
    extensions.insert::<Auth>(verifier.verify(&issuer.impersonated()).now().unwrap());
    extensions.insert::<SignedOut>(verifier.signed_out());
    extensions
}

#[tokio::test]
async fn what_others_left_is_removed() {
    let issuer = Issuer::new();
    let (direct, impersonated) = (issuer.direct(), issuer.impersonated());
    let (cold, gate) = ColdKeys::new();
    gate.open(Ok(&issuer));
    let cold = builder(cold).build().unwrap();

    for verifier in [issuer.verifier(), cold] {
        for (token, seen) in [
            (None, "signed out"),
            (Some(&direct), "user_1"),
            (Some(&impersonated), "admin_1 as user_1"),
        ] {
            let service = ServiceBuilder::new()
                .layer(AuthLayer::new(verifier.clone()).optional())
                .service_fn(whoami);
            let mut request = request("GET", token.map(String::as_str));
            *request.extensions_mut() = forged(&issuer);

            let response = service.oneshot(request).await.unwrap();
            assert_eq!(text(response).await, seen);
        }
    }
}

#[tokio::test]
async fn a_forged_session_is_no_credential() {
    let issuer = Issuer::new();
    let service = ServiceBuilder::new()
        .layer(AuthLayer::new(issuer.verifier()))
        .service_fn(whoami);
    let mut request = request("GET", None);
    *request.extensions_mut() = forged(&issuer);

    let response = service.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn optional_refuses_what_is_not_valid() {
    let issuer = Issuer::new();
    let foreign = Issuer::new().direct();
    for token in ["forged", foreign.as_str()] {
        let service = ServiceBuilder::new()
            .layer(AuthLayer::new(issuer.verifier()).optional())
            .service_fn(whoami);
        let response = service.oneshot(request("GET", Some(token))).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
}
