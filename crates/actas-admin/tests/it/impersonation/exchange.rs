use actas_issuer::exchange::{ClientSecret, Exchange, ExchangeClient};
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::{ISSUER, Mount, Site, get, request, send};

#[tokio::test]
async fn tokens_are_exchanged_where_that_is_set() {
    let form = |site: &Site| {
        form_urlencoded::Serializer::new(String::new())
            .append_pair(
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            )
            .append_pair("subject_token", &site.token("user_1"))
            .append_pair(
                "subject_token_type",
                "urn:ietf:params:oauth:token-type:access_token",
            )
            .append_pair("actor_token", &site.token("admin_1"))
            .append_pair(
                "actor_token_type",
                "urn:ietf:params:oauth:token-type:access_token",
            )
            .append_pair("reason", "the nightly export fails")
            .finish()
    };
    for mount in Mount::ALL {
        let secret = ClientSecret::generate().unwrap();
        let hash = secret.hash();
        let site = Site::exchanging(mount, |impersonations, verifier| {
            Exchange::builder(impersonations, verifier)
                .add_client(ExchangeClient::new("nightly-export", hash))
                .build()
                .unwrap()
        })
        .await;
        let basic = |secret: &str| STANDARD.encode(format!("nightly-export:{secret}"));
        let ask = |credential: String, form: String| {
            let request = request("POST", "/support/oauth/token")
                .header("authorization", format!("Basic {credential}"))
                .header("content-type", "application/x-www-form-urlencoded");
            send(site.server, request.body(Body::from(form)).unwrap())
        };

        let answer = ask(basic(secret.as_str()), form(&site)).await;
        assert_eq!(answer.status, 200, "{mount:?} {answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        let token = answer.json()["access_token"].as_str().unwrap().to_owned();
        let whoami = get(site.server, "/whoami", Some(&token)).await.json();
        assert_eq!(whoami["user_id"], "user_1", "{mount:?}");
        assert_eq!(whoami["actor"], "admin_1", "{mount:?}");

        let answer = ask(basic("wrong"), form(&site)).await;
        assert_eq!(answer.status, 401, "{mount:?}");
        assert_eq!(answer.json()["error"], "invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic"));
        let answer = ask(basic(secret.as_str()), "x".repeat(64 * 1024 + 1)).await;
        assert_eq!(answer.json()["error"], "invalid_request", "{mount:?}");
        let answer = ask(basic(secret.as_str()), "x".repeat(64 * 1024 + 2)).await;
        assert_eq!(answer.status, 413, "{mount:?}");
        let answer = get(site.server, "/support/oauth/token", None).await;
        assert_eq!(
            (answer.status.as_u16(), &*answer.header("allow")),
            (405, "POST")
        );

        let described = get(site.server, "/support/impersonations/openapi.json", None).await;
        let described = described.json();
        assert!(
            described["paths"]["/oauth/token"]["post"].is_object(),
            "{mount:?}"
        );
        let scheme = &described["components"]["securitySchemes"]["client"]["scheme"];
        assert_eq!(scheme, "basic", "{mount:?}");
    }
    let site = Site::new(Mount::Axum).await;
    assert_eq!(site.impersonations.issuer().url(), ISSUER);
    let answer = get(site.server, "/support/oauth/token", None).await;
    assert_eq!(answer.status, 404);
}
