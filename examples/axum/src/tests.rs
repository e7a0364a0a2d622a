use std::error::Error;
use std::net::SocketAddr;
use std::ops::Range;

use actas_example_support::{Answer, Issuer, Tokens, TokioClock, send};
use axum::http::{Method, StatusCode, header};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Duration, Instant, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::{app, routes, verifier};

type Outcome = Result<(), Box<dyn Error>>;

/// A token's hour and the leeway, and no more than the half minute in which a session looks at the clock again.
const LIFE: Range<u64> = 3605..3640;

async fn serve() -> Result<(SocketAddr, Tokens), Box<dyn Error>> {
    let issuer = Issuer::new()?;
    let verifier = verifier(&issuer)?.with_clock(TokioClock::new()).build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    tokio::spawn(async { axum::serve(listener, app(verifier)).await });
    Ok((server, issuer.tokens()))
}

async fn ask(
    server: SocketAddr,
    method: Method,
    path: &str,
    token: &str,
) -> Result<Answer, Box<dyn Error>> {
    let credential = format!("Bearer {token}");
    send(server, method, path, &[("authorization", &credential)]).await
}

#[test]
fn every_route_that_changes_something_has_a_decision() {
    assert_eq!(routes().undecided(), []);
}

#[tokio::test]
async fn who_is_there() -> Outcome {
    let (server, tokens) = serve().await?;

    let me = ask(server, Method::GET, "/me", &tokens.direct).await?;
    assert_eq!(me.status, StatusCode::OK);
    assert_eq!(me.json()["user_id"], "user_grace");
    assert_eq!(me.json()["actor"], Value::Null);

    let me = ask(server, Method::GET, "/me", &tokens.impersonated).await?;
    assert_eq!(me.json()["user_id"], "user_grace");
    assert_eq!(me.json()["actor"]["sub"], "admin_ada");
    assert_eq!(me.json()["actor"]["sid"], "sess_ada");
    assert_eq!(me.headers[header::CACHE_CONTROL], "private, no-store");

    let me = ask(server, Method::GET, "/me", &tokens.agent).await?;
    assert_eq!(me.json()["actor"]["type"], "agent");

    let nobody = send(server, Method::GET, "/me", &[]).await?;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[tokio::test]
async fn what_an_actor_may_not_do() -> Outcome {
    let (server, tokens) = serve().await?;
    for (method, path, by_actor) in [
        (Method::POST, "/password", StatusCode::FORBIDDEN),
        (Method::DELETE, "/account", StatusCode::FORBIDDEN),
        (Method::POST, "/orders", StatusCode::FORBIDDEN),
        (Method::GET, "/orders", StatusCode::OK),
    ] {
        let direct = ask(server, method.clone(), path, &tokens.direct).await?;
        assert_eq!(direct.status, StatusCode::OK, "{method} {path}");
        for token in [&tokens.impersonated, &tokens.agent] {
            let answer = ask(server, method.clone(), path, token).await?;
            assert_eq!(answer.status, by_actor, "{method} {path}");
            if by_actor == StatusCode::FORBIDDEN {
                assert_eq!(answer.json()["code"], "impersonation_denied");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn cors_stands_outside() -> Outcome {
    let (server, tokens) = serve().await?;
    let origin = ("origin", Issuer::FRONT_END);

    let asked = [origin, ("access-control-request-method", "POST")];
    let preflight = send(server, Method::OPTIONS, "/password", &asked).await?;
    assert_eq!(preflight.status, StatusCode::OK);
    assert_eq!(
        preflight.headers["access-control-allow-origin"],
        Issuer::FRONT_END
    );

    let credential = format!("Bearer {}", tokens.impersonated);
    let by_admin = [origin, ("authorization", &credential)];
    let refused = send(server, Method::POST, "/password", &by_admin).await?;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(
        refused.headers["access-control-allow-origin"],
        Issuer::FRONT_END
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn events_end_with_the_session() -> Outcome {
    let (server, tokens) = serve().await?;
    let started = Instant::now();
    let events = ask(server, Method::GET, "/events", &tokens.impersonated).await?;
    let ticks = events.body.matches("data: tick\n\n").count();
    assert_eq!(events.status, StatusCode::OK);
    // Paused time moves on whenever everybody waits.
    let lasted = started.elapsed().as_secs();
    assert!(LIFE.contains(&lasted), "{lasted} s");
    assert!(ticks >= 3600, "{ticks} events");
    Ok(())
}

fn upgrade(server: SocketAddr, token: &str) -> Result<Request, Box<dyn Error>> {
    let mut request = format!("ws://{server}/chat").into_client_request()?;
    let protocols = format!("shop.chat, bearer.{token}").parse()?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", protocols);
    Ok(request)
}

async fn next(
    socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>,
) -> Result<Message, Box<dyn Error>> {
    Ok(socket.next().await.ok_or("the connection has ended")??)
}

#[tokio::test(start_paused = true)]
async fn a_chat_ends_with_the_session() -> Outcome {
    let (server, tokens) = serve().await?;
    let started = Instant::now();
    let (mut socket, response) = connect_async(upgrade(server, &tokens.direct)?).await?;
    assert_eq!(response.headers()["sec-websocket-protocol"], "shop.chat");

    socket.send("hello".into()).await?;
    assert_eq!(next(&mut socket).await?, Message::text("hello"));

    let goodbye = timeout(Duration::from_secs(2 * LIFE.end), next(&mut socket));
    let Message::Close(Some(goodbye)) = goodbye.await?? else {
        return Err("no close frame".into());
    };
    assert_eq!(goodbye.reason, "the session has ended");
    let lasted = started.elapsed().as_secs();
    assert!(LIFE.contains(&lasted), "{lasted} s");
    Ok(())
}

#[tokio::test]
async fn nobody_chats_in_the_name_of_a_user() -> Outcome {
    let (server, tokens) = serve().await?;
    for token in [&tokens.impersonated, &tokens.agent] {
        match connect_async(upgrade(server, token)?).await {
            Err(tungstenite::Error::Http(refused)) => {
                assert_eq!(refused.status(), StatusCode::FORBIDDEN);
            }
            other => return Err(format!("{other:?}").into()),
        }
    }
    Ok(())
}
