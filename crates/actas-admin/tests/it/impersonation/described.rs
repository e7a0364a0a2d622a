//! The description and what is answered agree.

use serde_json::{Value, json};

use crate::description::references;
use crate::support::{
    Answer, Mount, Site, act, check, get, redeem, request, send, start, stop, wanted,
};

const DESCRIPTION: &str = "/support/impersonations/openapi.json";

/// Each route with its method, and the statuses that are described.
const ROUTES: [(&str, &str, &[&str]); 12] = [
    ("/.well-known/jwks.json", "get", &["200", "304", "503"]),
    (
        "/impersonations",
        "post",
        &[
            "201", "202", "400", "401", "403", "409", "413", "415", "429", "503",
        ],
    ),
    (
        "/impersonations/current/stop",
        "post",
        &["200", "303", "403"],
    ),
    ("/impersonations/openapi.json", "get", &["200"]),
    (
        "/impersonations/pending",
        "get",
        &["200", "400", "401", "403", "409", "503"],
    ),
    (
        "/impersonations/redeem",
        "post",
        &[
            "200", "303", "400", "401", "403", "409", "413", "415", "503",
        ],
    ),
    (
        "/impersonations/revoke",
        "post",
        &[
            "200", "303", "400", "401", "403", "409", "413", "415", "503",
        ],
    ),
    (
        "/impersonations/{id}/approve",
        "post",
        &[
            "200", "303", "400", "401", "403", "409", "413", "415", "503",
        ],
    ),
    (
        "/impersonations/{id}/collect",
        "post",
        &[
            "201", "400", "401", "403", "409", "413", "415", "429", "503",
        ],
    ),
    ("/me/consent", "get", &["200", "400", "401", "403", "503"]),
    (
        "/me/consent",
        "post",
        &["200", "303", "400", "401", "403", "413", "415", "503"],
    ),
    (
        "/me/consent/withdraw",
        "post",
        &["200", "303", "400", "401", "403", "413", "415", "503"],
    ),
];

/// Whether an answer is as its status and media type are described.
fn assert_described(document: &Value, method: &str, path: &str, answer: &Answer) {
    let status = answer.status.as_str();
    let response = &document["paths"][path][method]["responses"][status];
    assert!(response.is_object(), "{method} {path} {status}: {answer:?}");
    if answer.body.is_empty() {
        return;
    }
    let schema = &response["content"][answer.header("content-type")]["schema"];
    assert!(schema.is_object(), "{method} {path} {status}");
    let agrees = check(document, schema, &answer.json());
    assert_eq!(agrees, Ok(()), "{method} {path} {status}");
}

#[tokio::test]
async fn each_route_and_each_status_is_described() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let document = get(site.server, DESCRIPTION, None).await.json();
        assert_eq!(document["servers"][0]["url"], "/support", "{mount:?}");
        let mut found = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                found.push((path.clone(), method.clone(), operation.clone()));
            }
        }
        assert_eq!(found.len(), ROUTES.len(), "{mount:?}");
        for ((path, method, operation), expected) in found.iter().zip(ROUTES) {
            let statuses: Vec<_> = operation["responses"].as_object().unwrap().keys().collect();
            let is_open =
                !path.starts_with("/me") && method == "get" && !path.ends_with("/pending");
            assert_eq!((&**path, &**method), (expected.0, expected.1), "{mount:?}");
            assert_eq!(statuses, expected.2, "{mount:?} {path}");
            let security = &operation["security"];
            if path.ends_with("/stop") {
                assert_eq!(
                    security,
                    &json!([{}, { "session": [] }, { "impersonation": [] }])
                );
            } else if is_open {
                assert_eq!(security, &Value::Null, "{path}");
            } else {
                assert_eq!(security, &json!([{ "session": [] }]), "{path}");
            }
        }
        for pointer in references(&document) {
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}

#[tokio::test]
async fn every_body_can_be_a_form() {
    let site = Site::new(Mount::Axum).await;
    let document = get(site.server, DESCRIPTION, None).await.json();
    for (path, method, statuses) in ROUTES {
        let body = &document["paths"][path][method]["requestBody"];
        if method == "get" {
            assert_eq!(body, &Value::Null);
            continue;
        }
        if path.ends_with("/stop") {
            let content = body["content"].as_object().unwrap();
            let form = &content["application/x-www-form-urlencoded"]["schema"];
            assert!(form["properties"]["return_to"].is_object() && content.len() == 1);
            continue;
        }
        let json = &body["content"]["application/json"]["schema"]["$ref"];
        let json = document.pointer(&json.as_str().unwrap()[1..]).unwrap();
        let form = &body["content"]["application/x-www-form-urlencoded"]["schema"];
        for (json, form) in variants(json).iter().zip(variants(form)) {
            let mut form = form.clone();
            let properties = form["properties"].as_object_mut();
            let leads_on = properties.is_some_and(|form| form.remove("return_to").is_some());
            assert_eq!(leads_on, statuses.contains(&"303"), "{path}");
            assert_eq!(json["required"], form["required"], "{path}");
            assert_eq!(json["additionalProperties"], false, "{path}");
            assert_eq!(form["additionalProperties"], false, "{path}");
        }
        let needs_a_body = variants(json)
            .iter()
            .any(|json| !json["required"].is_null());
        assert_eq!(
            body["required"].as_bool().unwrap_or(false),
            needs_a_body,
            "{path}"
        );
    }
}

/// The schema, or each of those that it chooses from.
fn variants(schema: &Value) -> Vec<Value> {
    match schema["oneOf"].as_array() {
        Some(several) => several.clone(),
        None => vec![schema.clone()],
    }
}

#[tokio::test]
async fn answers_are_as_described() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let document = get(site.server, DESCRIPTION, None).await.json();
        let agree = |method: &str, path: &str, answer: &Answer| {
            assert_described(&document, method, path, answer);
        };
        let mut admin = site.browser("admin_1");
        let start_path = "/impersonations";
        let begun = admin
            .post("/support/impersonations", &wanted("user_1"))
            .await;
        assert_eq!(begun.status, 201);
        agree("post", start_path, &begun);
        let redeemed = redeem(&mut admin, &begun.json()).await;
        agree("post", "/impersonations/redeem", &redeemed);
        let answer = admin
            .post("/support/impersonations", &wanted("user_1"))
            .await;
        agree("post", start_path, &answer);
        let answer = stop(&mut admin).await;
        agree("post", "/impersonations/current/stop", &answer);
        let answer = admin.post("/support/impersonations", &json!({})).await;
        agree("post", start_path, &answer);
        let answer = admin
            .submit("/support/impersonations/current/stop", "return_to=/")
            .await;
        agree("post", "/impersonations/current/stop", &answer);
        for user in ["nobody", "away"] {
            let answer = admin.post("/support/impersonations", &wanted(user)).await;
            agree("post", start_path, &answer);
        }
        let mut lead = site.browser("lead");
        agree(
            "get",
            "/impersonations/pending",
            &lead.get("/support/impersonations/pending").await,
        );
        let consent = json!({ "until": 1_800_000_000_000_i64 });
        for answer in [
            admin.get("/support/me/consent").await,
            admin.post("/support/me/consent", &consent).await,
        ] {
            agree(
                if answer.text().contains("1800000000000") {
                    "post"
                } else {
                    "get"
                },
                "/me/consent",
                &answer,
            );
        }
        let answer = admin.post("/support/me/consent/withdraw", &json!({})).await;
        agree("post", "/me/consent/withdraw", &answer);
        let everything = json!({ "what": "everything", "reason": "there was an incident" });
        for user in ["boss", "user_1"] {
            let answer = site
                .browser(user)
                .post("/support/impersonations/revoke", &everything)
                .await;
            agree("post", "/impersonations/revoke", &answer);
        }
        let unsupported = admin.ask("POST", "/support/impersonations/redeem", None, "x".into());
        agree("post", "/impersonations/redeem", &unsupported.await);
    }
}

#[tokio::test]
async fn the_keys_are_published_to_be_kept() {
    for mount in Mount::ALL {
        let site = Site::new(mount).await;
        let path = "/support/.well-known/jwks.json";
        let answer = get(site.server, path, None).await;
        assert_eq!(answer.status, 200, "{mount:?}");
        assert_eq!(answer.header("content-type"), "application/jwk-set+json");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
        assert_eq!(answer.json()["keys"].as_array().unwrap().len(), 1);
        let known = request("GET", path).header("if-none-match", answer.header("etag"));
        let answer = send(site.server, known.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 304, "{mount:?}");
        assert_eq!(answer.text(), "");
        assert_eq!(answer.header("cache-control"), "public, max-age=300");
    }
}

#[tokio::test]
async fn a_pending_start_is_as_described() {
    let second = actas_issuer::Approval::SecondPerson;
    let site = Site::with(Mount::Axum, |builder| builder.with_approval(second)).await;
    let document = get(site.server, DESCRIPTION, None).await.json();
    let mut admin = site.browser("admin_1");
    let mut lead = site.browser("lead");
    let answer = admin
        .post("/support/impersonations", &wanted("user_1"))
        .await;
    assert_eq!(answer.status, 202);
    assert_described(&document, "post", "/impersonations", &answer);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let answer = lead.get("/support/impersonations/pending").await;
    assert_described(&document, "get", "/impersonations/pending", &answer);
    for (browser, action) in [(&admin, "approve"), (&lead, "approve"), (&lead, "collect")] {
        let path = format!("/support/impersonations/{id}/{action}");
        let answer = browser.clone().post(&path, &json!({})).await;
        let path = format!("/impersonations/{{id}}/{action}");
        assert_described(&document, "post", &path, &answer);
    }
}

#[tokio::test]
async fn what_is_secret_is_in_no_log() {
    let log = crate::support::Log::start();
    let site = Site::new(Mount::Axum).await;
    let mut admin = site.browser("admin_1");
    let begun = start(&mut admin, "user_1").await;
    let binding = admin.cookie("__Host-actas-start").unwrap().to_owned();
    let mut again = admin.clone();
    redeem(&mut admin, &begun).await;
    redeem(&mut again, &begun).await;
    let token = admin
        .cookie("__Host-actas-impersonation")
        .unwrap()
        .to_owned();
    stop(&mut admin).await;
    admin.put("__Host-actas-impersonation", format!("{token}x"));
    stop(&mut admin).await;
    act(&mut admin, "user_1").await;

    let text = log.text();
    assert!(
        text.contains("a ticket of an impersonation was refused"),
        "{text}"
    );
    let signature = token.rsplit('.').next().unwrap();
    let own = site.token("admin_1");
    let own = own.rsplit('.').next().unwrap();
    for secret in [begun["ticket"].as_str().unwrap(), &binding, signature, own] {
        assert!(!text.contains(secret), "a secret is logged");
    }
}

#[tokio::test]
async fn a_layer_around_the_routes_is_told_of() {
    let log = crate::support::Log::start();
    let site = Site::new(Mount::Axum).await;
    let routes =
        actas_admin::Impersonation::new(site.impersonations.clone(), site.verifier.clone());
    let around = crate::support::Around::Required(site.verifier.clone());
    let server = Mount::Axum.serve(routes.into_router(), around);
    let said = || {
        log.text()
            .matches("an AuthLayer stands around the routes")
            .count()
    };
    let before = said();
    for _ in 0..2 {
        let path = "/admin/impersonations/current/stop";
        let stop = request("POST", path)
            .header("authorization", format!("Bearer {}", site.token("admin_1")));
        let answer = send(server, stop.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(said() - before, 1);
}
