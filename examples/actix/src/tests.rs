use std::error::Error;
use std::net::{SocketAddr, TcpListener};
use std::ops::Range;

use actas_example_support::{Answer, Issuer, Tokens, TokioClock, send};
use actix_web::body;
use actix_web::test::{TestRequest, call_service, init_service};
use http::{Method, StatusCode, header};
use serde_json::Value;
use tokio::time::Instant;

use crate::{app, routes, serve, verifier};

type Outcome = Result<(), Box<dyn Error>>;

/// A token's hour and the leeway, and no more than the half minute in which a session looks at the clock again.
const LIFE: Range<u64> = 3605..3640;

fn start() -> Result<(SocketAddr, Tokens), Box<dyn Error>> {
    let issuer = Issuer::new()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    actix_web::rt::spawn(serve(listener, verifier(&issuer)?.build()?)?);
    Ok((address, issuer.tokens()))
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

#[actix_web::test]
async fn who_is_there() -> Outcome {
    let (server, tokens) = start()?;

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

#[actix_web::test]
async fn what_an_actor_may_not_do() -> Outcome {
    let (server, tokens) = start()?;
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

#[actix_web::test]
async fn cors_stands_outside() -> Outcome {
    let (server, tokens) = start()?;
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

/// Without the server: its workers are threads of their own, whose time cannot be paused from here.
#[actix_web::test]
async fn events_end_with_the_session() -> Outcome {
    tokio::time::pause();
    let issuer = Issuer::new()?;
    let verifier = verifier(&issuer)?.with_clock(TokioClock::new()).build()?;
    let app = init_service(app(verifier)).await;
    let started = Instant::now();

    let credential = format!("Bearer {}", issuer.tokens().impersonated);
    let request = TestRequest::with_uri("/events").insert_header(("authorization", credential));
    let response = call_service(&app, request.to_request()).await;
    assert_eq!(response.status().as_u16(), 200);

    // A limit, so that a stream that does not end fails.
    let events = body::to_bytes_limited(response.into_body(), 64 * 1024);
    let Ok(Ok(events)) = events.await else {
        return Err("the events break off, or do not end".into());
    };
    let ticks = String::from_utf8(events.to_vec())?
        .matches("data: tick\n\n")
        .count();
    let lasted = started.elapsed().as_secs();
    assert!(LIFE.contains(&lasted), "{lasted} s");
    assert!(ticks >= 3600, "{ticks} events");
    Ok(())
}
