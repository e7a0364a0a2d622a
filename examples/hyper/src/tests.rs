use std::error::Error;
use std::net::SocketAddr;

use actas_example_support::{Issuer, Tokens, send};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{serve, verifier};

type Outcome = Result<(), Box<dyn Error>>;

async fn start() -> Result<(SocketAddr, Tokens), Box<dyn Error>> {
    let issuer = Issuer::new()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener, verifier(&issuer)?.build()?));
    Ok((address, issuer.tokens()))
}

#[tokio::test]
async fn who_is_there() -> Outcome {
    let (server, tokens) = start().await?;
    let admin = json!({
        "iss": "https://dashboard.shop.example",
        "sub": "admin_ada",
        "sid": "sess_ada",
    });
    for (token, actor) in [
        (&tokens.direct, Value::Null),
        (&tokens.impersonated, admin),
        (
            &tokens.agent,
            json!({ "sub": "agent_packer", "type": "agent" }),
        ),
    ] {
        let credential = format!("Bearer {token}");
        let me = send(
            server,
            Method::GET,
            "/me",
            &[("authorization", &credential)],
        )
        .await?;
        assert_eq!(me.status, StatusCode::OK);
        assert_eq!(
            me.json(),
            json!({ "user_id": "user_grace", "actor": actor })
        );
    }
    Ok(())
}

#[tokio::test]
async fn only_the_user_changes_the_password() -> Outcome {
    let (server, tokens) = start().await?;
    for (token, status, code) in [
        (&tokens.direct, StatusCode::OK, Value::Null),
        (
            &tokens.impersonated,
            StatusCode::FORBIDDEN,
            json!("impersonation_denied"),
        ),
        (
            &tokens.agent,
            StatusCode::FORBIDDEN,
            json!("impersonation_denied"),
        ),
    ] {
        let credential = format!("Bearer {token}");
        let headers = [("authorization", credential.as_str())];
        let answer = send(server, Method::POST, "/password", &headers).await?;
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["code"], code);
    }
    Ok(())
}

#[tokio::test]
async fn nobody_comes_in_without_a_token() -> Outcome {
    let (server, _) = start().await?;
    for (method, path) in [
        (Method::GET, "/me"),
        (Method::POST, "/password"),
        (Method::GET, "/nothing"),
    ] {
        let answer = send(server, method, path, &[]).await?;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    Ok(())
}
