use std::error::Error;
use std::net::SocketAddr;
use std::ops::Range;

use actas_example_support::{Issuer, Tokens, TokioClock};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tonic::transport::Channel;
use tonic::{Code, Request};

use crate::proto::account_client::AccountClient;
use crate::proto::{Actor, ChangePasswordRequest, MeRequest, WatchRequest};
use crate::{serve, verifier};

type Outcome = Result<(), Box<dyn Error>>;

/// A token's hour and the leeway, and no more than the half minute in which a session looks at the clock again.
const LIFE: Range<u64> = 3605..3640;

async fn start() -> Result<(AccountClient<Channel>, Tokens), Box<dyn Error>> {
    let issuer = Issuer::new()?;
    let verifier = verifier(&issuer)?.with_clock(TokioClock::new()).build()?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address: SocketAddr = listener.local_addr()?;
    tokio::spawn(serve(listener, verifier));
    let client = AccountClient::connect(format!("http://{address}")).await?;
    Ok((client, issuer.tokens()))
}

fn with<T>(token: &str, message: T) -> Result<Request<T>, Box<dyn Error>> {
    let mut request = Request::new(message);
    let credential = format!("Bearer {token}").parse()?;
    request.metadata_mut().insert("authorization", credential);
    Ok(request)
}

#[tokio::test]
async fn who_is_there() -> Outcome {
    let (mut client, tokens) = start().await?;
    let actor = |subject: &str, issuer: &str, agent| Actor {
        subject: subject.to_owned(),
        issuer: issuer.to_owned(),
        agent,
    };
    for (token, acting) in [
        (&tokens.direct, None),
        (
            &tokens.impersonated,
            Some(actor("admin_ada", "https://dashboard.shop.example", false)),
        ),
        (
            &tokens.agent,
            Some(actor("agent_packer", Issuer::NAME, true)),
        ),
    ] {
        let me = client.me(with(token, MeRequest {})?).await?.into_inner();
        assert_eq!(me.user_id, "user_grace");
        assert_eq!(me.actor, acting);
    }
    let Err(nobody) = client.me(MeRequest {}).await else {
        return Err("let in without a token".into());
    };
    assert_eq!(nobody.code(), Code::Unauthenticated);
    Ok(())
}

#[tokio::test]
async fn only_the_user_changes_the_password() -> Outcome {
    let (mut client, tokens) = start().await?;
    let by_user = with(&tokens.direct, ChangePasswordRequest {})?;
    let changed = client.change_password(by_user).await?.into_inner();
    assert_eq!(changed.user_id, "user_grace");

    for token in [&tokens.impersonated, &tokens.agent] {
        let by_actor = with(token, ChangePasswordRequest {})?;
        let Err(refused) = client.change_password(by_actor).await else {
            return Err("changed in the user's name".into());
        };
        assert_eq!(refused.code(), Code::PermissionDenied);
        assert!(refused.message().starts_with("impersonation_denied: "));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_the_session() -> Outcome {
    let (mut client, tokens) = start().await?;
    let started = Instant::now();
    let watch = with(&tokens.impersonated, WatchRequest {})?;
    let mut events = client.watch(watch).await?.into_inner();

    let mut ticks = 0_u64;
    let ended = loop {
        assert!(ticks < LIFE.end, "it does not end");
        match events.message().await {
            Ok(Some(event)) => assert_eq!(event.text, "tick"),
            Ok(None) => return Err("ended without a reason".into()),
            Err(status) => break status,
        }
        ticks += 1;
    };
    assert_eq!(ended.code(), Code::Unauthenticated);
    // Paused time moves on whenever everybody waits.
    let lasted = started.elapsed().as_secs();
    assert!(LIFE.contains(&lasted), "{lasted} s");
    assert!(ticks >= 3600, "{ticks} events");
    Ok(())
}
