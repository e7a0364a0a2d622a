//! The description and what is answered agree.

use serde_json::Value;

use crate::support::{Answer, Around, Mount, Record, check, get};

/// The schema of an answer to `GET` on a path, as its status and media type have it.
fn described<'a>(document: &'a Value, path: &str, answer: &Answer) -> &'a Value {
    let response = &document["paths"][path]["get"]["responses"][answer.status.as_str()];
    let schema = &response["content"][answer.header("content-type")]["schema"];
    assert!(
        schema.is_object(),
        "{path} {} is not described",
        answer.status
    );
    schema
}

#[tokio::test]
async fn each_route_and_each_status_is_described() {
    let record = Record::new().await;
    for mount in Mount::ALL {
        let server = record.serve(mount);
        let document = record.ask(server, "nobody", "/openapi.json").await.json();
        assert!(
            document["openapi"].as_str().unwrap().starts_with("3.1"),
            "{mount:?}"
        );
        assert_eq!(document["servers"][0]["url"], "/admin", "{mount:?}");
        let scheme = &document["components"]["securitySchemes"]["session"];
        assert_eq!(scheme["scheme"], "bearer");
        let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
        let expected = [
            "/me/impersonations",
            "/openapi.json",
            "/sessions",
            "/sessions/{id}",
            "/sessions/{id}/events",
        ];
        assert_eq!(paths, expected, "{mount:?}");
        for path in expected {
            let get = &document["paths"][path]["get"];
            let statuses: Vec<_> = get["responses"].as_object().unwrap().keys().collect();
            let expected: &[&str] = match path {
                "/openapi.json" => &["200"],
                "/sessions" | "/me/impersonations" => &["200", "400", "401", "403", "500", "503"],
                _ => &["200", "400", "401", "403", "404", "500", "503"],
            };
            assert_eq!(statuses, expected, "{mount:?} {path}");
            let expected = if path == "/openapi.json" {
                Value::Null
            } else {
                serde_json::json!([{ "session": [] }])
            };
            assert_eq!(get["security"], expected, "{mount:?} {path}");
        }
    }
}

/// Each reference in the document, as a JSON pointer.
pub(crate) fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Object(members) => {
            let own = members.get("$ref").and_then(Value::as_str);
            let own = own.map(|reference| reference.strip_prefix('#').unwrap());
            own.into_iter()
                .chain(members.values().flat_map(references))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let record = Record::new().await;
    let server = record.serve(Mount::Axum);
    let document = record.ask(server, "nobody", "/openapi.json").await.json();
    let references = references(&document);
    assert!(references.len() > 20, "{references:?}");
    for pointer in references {
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[tokio::test]
async fn answers_are_as_described() {
    let record = Record::new().await;
    let id = &record.ids[0];
    let bare = Around::Nothing;
    for mount in Mount::ALL {
        let (server, bare) = (record.serve(mount), record.serve_in(mount, bare.clone()));
        let document = record.ask(server, "nobody", "/openapi.json").await.json();
        for (template, path) in [
            ("/sessions", "/sessions".to_owned()),
            ("/sessions/{id}", format!("/sessions/{id}")),
            ("/sessions/{id}/events", format!("/sessions/{id}/events")),
            ("/me/impersonations", "/me/impersonations".to_owned()),
        ] {
            let auditor = record.issuer.direct("auditor");
            let whole = format!("/admin{path}");
            for answer in [
                record.ask(server, "auditor", &path).await,
                record.ask(server, "user_1", &path).await,
                record.ask(server, "auditor", &format!("{path}?x=1")).await,
                record
                    .ask(server, "auditor", &path.replace("imp_", "imp_0"))
                    .await,
                get(server, &whole, None).await,
                get(server, &whole, Some(&record.issuer.impersonated("auditor"))).await,
                get(bare, &whole, Some(&auditor)).await,
            ] {
                let schema = described(&document, template, &answer);
                let agrees = check(&document, schema, &answer.json());
                assert_eq!(agrees, Ok(()), "{mount:?} {path} {}", answer.status);
            }
        }
    }
    record.log.close().await;
    let server = record.serve(Mount::Axum);
    let document = record.ask(server, "nobody", "/openapi.json").await.json();
    let answer = record.ask(server, "auditor", "/sessions").await;
    let schema = described(&document, "/sessions", &answer);
    assert_eq!(check(&document, schema, &answer.json()), Ok(()));
}
