//! Guards on a bare tower service. The route templates of exceptions are axum's: see `routes`.

use actas_core::Error;
use actas_tower::{
    AuthLayer, GuardLayer, ResponseBody, deny_when_impersonated, read_only_when_impersonated,
    require_auth, sensitive,
};
use http::{Request, Response, StatusCode};
use serde_json::Value;
use tower::{ServiceBuilder, ServiceExt};

use crate::support::{ColdKeys, Issuer, builder, header, request, text, whoami};

async fn ask(
    auth: AuthLayer,
    guard: GuardLayer,
    request: Request<String>,
) -> Response<ResponseBody<ResponseBody<String>>> {
    let service = ServiceBuilder::new()
        .layer(auth)
        .layer(guard)
        .service_fn(whoami);
    service.oneshot(request).await.unwrap()
}

/// A guard, a method, and the statuses of a direct, an impersonated and an agent's request.
type Row = (fn() -> GuardLayer, &'static str, [u16; 3]);

#[tokio::test]
async fn who_passes_which_guard() {
    let issuer = Issuer::new();
    let only_admin_1 =
        || deny_when_impersonated().allow_actors(|actor| actor.subject == *"admin_1");
    let table: &[Row] = &[
        (deny_when_impersonated, "GET", [200, 403, 403]),
        (deny_when_impersonated, "POST", [200, 403, 403]),
        (sensitive, "POST", [200, 403, 403]),
        (require_auth, "POST", [200, 200, 200]),
        (read_only_when_impersonated, "GET", [200, 200, 200]),
        (read_only_when_impersonated, "HEAD", [200, 200, 200]),
        (read_only_when_impersonated, "OPTIONS", [200, 200, 200]),
        (read_only_when_impersonated, "POST", [200, 403, 403]),
        (read_only_when_impersonated, "CONNECT", [200, 403, 403]),
        (
            || deny_when_impersonated().allow_agents(),
            "POST",
            [200, 403, 200],
        ),
        (|| sensitive().report_only(), "POST", [200, 200, 200]),
    ];
    let tokens = [issuer.direct(), issuer.impersonated(), issuer.agent()];
    let verifier = issuer.verifier();

    for (guard, method, statuses) in table {
        for (token, status) in tokens.iter().zip(*statuses) {
            let auth = AuthLayer::new(verifier.clone());
            let response = ask(auth, guard(), request(method, Some(token))).await;
            assert_eq!(response.status(), status, "{:?} {method}", guard());
        }
    }

    for (token, status) in tokens.iter().zip([200, 200, 403]) {
        let auth = AuthLayer::new(verifier.clone());
        let response = ask(auth, only_admin_1(), request("POST", Some(token))).await;
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn an_upgrade_is_no_mere_read() {
    let issuer = Issuer::new();
    for (token, status) in [(issuer.direct(), 200), (issuer.impersonated(), 403)] {
        let mut request = request("GET", Some(&token));
        request
            .headers_mut()
            .insert("connection", "Upgrade".parse().unwrap());
        request
            .headers_mut()
            .insert("upgrade", "websocket".parse().unwrap());

        let auth = AuthLayer::new(issuer.verifier());
        let response = ask(auth, read_only_when_impersonated(), request).await;
        assert_eq!(response.status(), status);
    }
}

#[tokio::test]
async fn without_a_template_nothing_is_excepted() {
    let issuer = Issuer::new();
    let token = issuer.impersonated();
    for template in ["/", "", "*", "/{*rest}"] {
        let auth = AuthLayer::new(issuer.verifier());
        let guard = read_only_when_impersonated().except("POST", template);
        let response = ask(auth, guard, request("POST", Some(&token))).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_guard_under_optional_authentication_refuses_who_is_signed_out() {
    let issuer = Issuer::new();
    for guard in [
        deny_when_impersonated(),
        read_only_when_impersonated(),
        sensitive(),
        require_auth(),
        deny_when_impersonated().report_only(),
    ] {
        let auth = AuthLayer::new(issuer.verifier()).optional();
        let response = ask(auth, guard, request("GET", None)).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(header(&response, "www-authenticate"), "Bearer");
        assert_eq!(header(&response, "vary"), "Authorization, Cookie");
    }
}

#[tokio::test]
async fn a_guard_without_the_layer_is_500_for_everybody() {
    let token = Issuer::new().direct();
    for guard in [
        deny_when_impersonated(),
        read_only_when_impersonated(),
        sensitive().report_only(),
        require_auth(),
    ] {
        for token in [None, Some(token.as_str())] {
            let service = ServiceBuilder::new()
                .layer(guard.clone())
                .service_fn(whoami);
            let response = service.oneshot(request("GET", token)).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(header(&response, "www-authenticate"), "");
            assert_eq!(header(&response, "cache-control"), "no-store");
        }
    }
}

#[tokio::test]
async fn a_denial_is_rendered_by_core_and_stamped_by_the_layer() {
    let issuer = Issuer::new();
    let auth = AuthLayer::new(issuer.verifier());
    let token = issuer.impersonated();

    let response = ask(
        auth,
        deny_when_impersonated(),
        request("POST", Some(&token)),
    )
    .await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        header(&response, "content-type"),
        "application/problem+json"
    );
    assert_eq!(header(&response, "www-authenticate"), "");
    assert_eq!(header(&response, "cache-control"), "private, no-store");
    assert_eq!(header(&response, "vary"), "Authorization, Cookie");
    let body = text(response).await;
    let problem: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(problem["code"], "impersonation_denied");
    assert_eq!(problem["status"], 403);
    assert!(!body.contains("admin_1"), "{body}");
}

#[tokio::test]
async fn a_grpc_call_is_denied_the_grpc_way() {
    let issuer = Issuer::new();
    for (token, status) in [(issuer.impersonated(), "7"), (issuer.direct(), "")] {
        let mut request = request("POST", Some(&token));
        let content_type = "application/grpc+proto".parse().unwrap();
        request.headers_mut().insert("content-type", content_type);

        let auth = AuthLayer::new(issuer.verifier());
        let response = ask(auth, deny_when_impersonated(), request).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(header(&response, "grpc-status"), status);
    }
}

#[tokio::test]
async fn a_guard_words_its_refusals_as_the_application_does() {
    use actas_core::RefusalBody;

    let issuer = Issuer::new();
    let (keys, gate) = ColdKeys::new();
    gate.open(Ok::<_, Error>(&issuer));
    let verifier = builder(keys)
        .with_refusals(|refusal, _| RefusalBody::Content {
            content_type: "text/plain".into(),
            body: format!("no: {}", refusal.code()).into(),
        })
        .build()
        .unwrap();
    let token = issuer.impersonated();
    for (token, words) in [
        (Some(token.as_str()), "no: impersonation_denied"),
        (None, "no: missing_credential"),
    ] {
        let auth = AuthLayer::new(verifier.clone()).optional();
        let response = ask(auth, sensitive(), request("POST", token)).await;
        assert_eq!(header(&response, "content-type"), "text/plain");
        assert_eq!(text(response).await, words);
    }
}
