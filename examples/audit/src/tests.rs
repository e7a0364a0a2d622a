use std::error::Error;
use std::net::SocketAddr;

use actas_audit::AuditLog;
use actas_example_support::{Answer, Issuer, send};
use axum::http::{Method, StatusCode, header};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::{app, verifier};

type Outcome = Result<(), Box<dyn Error>>;

async fn ask(
    server: SocketAddr,
    token: &str,
    method: Method,
    path: &str,
) -> Result<Answer, Box<dyn Error>> {
    let credential = format!("Bearer {token}");
    let headers = [(header::AUTHORIZATION.as_str(), credential.as_str())];
    send(server, method, path, &headers).await
}

#[tokio::test]
async fn an_auditor_sees_what_was_done_in_a_users_name() -> Outcome {
    let folder = TempDir::new()?;
    let log = AuditLog::sqlite(folder.path().join("audit.db"))
        .open()
        .await?;
    let issuer = Issuer::new()?;
    let app = app(verifier(&issuer, &log)?, &log);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, app).await });
    let (tokens, auditor) = (issuer.tokens(), issuer.auditor());

    ask(server, &tokens.direct, Method::POST, "/orders").await?;
    let answer = ask(server, &tokens.impersonated, Method::POST, "/orders").await?;
    assert_eq!(answer.status, StatusCode::OK);
    let answer = ask(server, &tokens.impersonated, Method::POST, "/password").await?;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    for path in ["/admin/sessions", "/admin/me/impersonations"] {
        let answer = ask(server, &tokens.impersonated, Method::GET, path).await?;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    let answer = ask(server, &tokens.direct, Method::GET, "/admin/sessions").await?;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);

    let page = ask(server, &auditor, Method::GET, "/admin/sessions")
        .await?
        .json();
    assert_eq!(page["data"].as_array().map(Vec::len), Some(1));
    let session = &page["data"][0];
    assert_eq!(session["user_id"], "user_grace");
    assert_eq!(session["actor"]["sub"], "admin_ada");
    assert_eq!(
        (&session["requests"], &session["writes"]),
        (&json!(4), &json!(2))
    );

    let id = session["id"].as_str().unwrap_or_default();
    let path = format!("/admin/sessions/{id}/events");
    let page = ask(server, &auditor, Method::GET, &path).await?.json();
    let order = &page["data"][1];
    assert_eq!(
        (&order["method"], &order["route"]),
        (&json!("POST"), &json!("/orders"))
    );
    let placed = page["data"].as_array().into_iter().flatten();
    let placed = placed
        .filter(|event| event["of"] == order["id"])
        .collect::<Vec<_>>();
    assert_eq!(placed.len(), 1);
    assert_eq!(
        placed[0]["notes"],
        json!([{ "name": "order", "value": "7" }])
    );

    let path = "/admin/me/impersonations";
    let page = ask(server, &tokens.direct, Method::GET, path).await?.json();
    assert_eq!(page["data"][0]["id"], session["id"]);
    Ok(())
}
