use std::error::Error;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actas::{RemoteKeys, Ticks};
use actas_example_clerk::{Certificate, StandIn, Tokens};
use actas_example_support::{Answer, send};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{FRONT_END, app, keys, verifier};

type Outcome = Result<(), Box<dyn Error>>;

/// Time that passes when told to.
#[derive(Clone, Debug, Default)]
struct ManualTicks(Arc<AtomicU64>);

impl ManualTicks {
    fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Ticks for ManualTicks {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// A stand-in that is still to be started.
struct Planned {
    listener: TcpListener,
    stand_in: Arc<StandIn>,
    certificate: Certificate,
}

impl Planned {
    async fn new() -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        Ok(Self {
            listener,
            stand_in: Arc::new(StandIn::new(address)?),
            certificate: Certificate::new(address.ip())?,
        })
    }

    /// The application, with these settings of its keys.
    async fn app(
        &self,
        change: impl FnOnce(RemoteKeys) -> RemoteKeys,
    ) -> Result<App, Box<dyn Error>> {
        let file = self.certificate.file()?;
        let keys = change(keys(Some(file.path()))?);
        App::start(&self.stand_in, keys).await
    }

    fn start(self) -> Arc<StandIn> {
        let stand_in = Arc::clone(&self.stand_in);
        tokio::spawn(actas_example_clerk::serve(
            self.listener,
            self.stand_in,
            self.certificate,
        ));
        stand_in
    }
}

struct App {
    server: SocketAddr,
}

impl App {
    async fn start(stand_in: &StandIn, keys: RemoteKeys) -> Result<Self, Box<dyn Error>> {
        let publishable_key = stand_in.publishable_key();
        let verifier = verifier(Some(OsStr::new(&publishable_key)), FRONT_END, keys)?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let server = listener.local_addr()?;
        tokio::spawn(async { axum::serve(listener, app(verifier)).await });
        Ok(Self { server })
    }

    async fn ask(&self, method: Method, path: &str, token: &str) -> Result<Answer, Box<dyn Error>> {
        let credential = format!("Bearer {token}");
        send(self.server, method, path, &[("authorization", &credential)]).await
    }

    /// The status of `GET /me`.
    async fn me(&self, token: &str) -> Result<StatusCode, Box<dyn Error>> {
        Ok(self.ask(Method::GET, "/me", token).await?.status)
    }
}

#[tokio::test]
async fn who_is_there_and_what_they_may_do() -> Outcome {
    let planned = Planned::new().await?;
    let app = planned.app(|keys| keys).await?;
    let stand_in = planned.start();
    let Tokens {
        direct,
        impersonated,
        expired,
        forged,
    } = stand_in.tokens()?;

    let nobody = send(app.server, Method::GET, "/me", &[]).await?;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert_eq!(stand_in.fetches(), 0);
    assert_eq!(app.me(&forged).await?, StatusCode::UNAUTHORIZED);
    assert_eq!(stand_in.fetches(), 1);

    let me = app.ask(Method::GET, "/me", &direct).await?;
    assert_eq!(me.status, StatusCode::OK);
    assert_eq!(
        me.json(),
        json!({ "user_id": "user_grace", "actor": Value::Null })
    );

    let me = app.ask(Method::GET, "/me", &impersonated).await?;
    assert_eq!(me.status, StatusCode::OK);
    assert_eq!(me.json()["user_id"], "user_grace");
    assert_eq!(me.json()["actor"]["sub"], "user_ada");
    assert_eq!(me.json()["actor"]["iss"], "https://dashboard.clerk.com");
    assert_eq!(me.headers[header::CACHE_CONTROL], "private, no-store");

    let by_user = app.ask(Method::POST, "/password", &direct).await?;
    assert_eq!(by_user.status, StatusCode::OK);
    assert_eq!(by_user.json()["changed"], "password");
    let by_admin = app.ask(Method::POST, "/password", &impersonated).await?;
    assert_eq!(by_admin.status, StatusCode::FORBIDDEN);
    assert_eq!(by_admin.json()["code"], "impersonation_denied");

    assert_eq!(app.me(&expired).await?, StatusCode::UNAUTHORIZED);
    assert_eq!(stand_in.fetches(), 1);
    // It may have been published since. How often that is asked is bounded.
    for _ in 0..3 {
        assert_eq!(app.me(&forged).await?, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(stand_in.fetches(), 2);
    Ok(())
}

#[tokio::test]
async fn a_rotated_key_is_looked_up_once() -> Outcome {
    let planned = Planned::new().await?;
    let ticks = ManualTicks::default();
    let app = planned.app(|keys| keys.with_ticks(ticks.clone())).await?;
    let stand_in = planned.start();

    let old = stand_in.tokens()?;
    assert_eq!(app.me(&old.direct).await?, StatusCode::OK);
    assert_eq!(stand_in.fetches(), 1);

    stand_in.rotate()?;
    let new = stand_in.tokens()?;
    // Nothing tells the application yet that the old key is withdrawn.
    assert_eq!(app.me(&old.direct).await?, StatusCode::OK);
    assert_eq!(app.me(&new.direct).await?, StatusCode::OK);
    assert_eq!(app.me(&new.impersonated).await?, StatusCode::OK);
    assert_eq!(stand_in.fetches(), 2);

    // Whether the old key is the issuer's cannot be asked again so soon.
    let answer = app.ask(Method::GET, "/me", &old.direct).await?;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers[header::RETRY_AFTER], "10");
    assert_eq!(stand_in.fetches(), 2);

    ticks.pass(10);
    assert_eq!(app.me(&old.direct).await?, StatusCode::UNAUTHORIZED);
    assert_eq!(app.me(&new.direct).await?, StatusCode::OK);
    assert_eq!(stand_in.fetches(), 3);
    Ok(())
}

#[tokio::test]
async fn nobody_comes_in_before_keys_could_be_had() -> Outcome {
    let planned = Planned::new().await?;
    let ticks = ManualTicks::default();
    let app = planned.app(|keys| keys.with_ticks(ticks.clone())).await?;
    let Planned {
        listener,
        stand_in,
        certificate,
    } = planned;
    let address = listener.local_addr()?;
    drop(listener);

    let token = stand_in.tokens()?.direct;
    let answer = app.ask(Method::GET, "/me", &token).await?;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));

    let listener = TcpListener::bind(address).await?;
    let planned = Planned {
        listener,
        stand_in,
        certificate,
    };
    let stand_in = planned.start();
    ticks.pass(1);
    assert_eq!(app.me(&token).await?, StatusCode::OK);
    assert_eq!(stand_in.fetches(), 1);
    Ok(())
}

#[tokio::test]
async fn a_stand_in_that_nobody_said_to_trust_names_no_keys() -> Outcome {
    let stand_in = Planned::new().await?.start();
    let app = App::start(&stand_in, keys(None)?).await?;
    let token = stand_in.tokens()?.direct;
    assert_eq!(app.me(&token).await?, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stand_in.fetches(), 0);
    Ok(())
}

#[tokio::test]
async fn tokens_of_another_issuer_do_not_count() -> Outcome {
    let planned = Planned::new().await?;
    let app = planned.app(|keys| keys).await?;
    let stand_in = planned.start();
    // Its key has the same name.
    let other = Planned::new().await?.start();
    assert_eq!(app.me(&stand_in.tokens()?.direct).await?, StatusCode::OK);
    let token = other.tokens()?.direct;
    assert_eq!(app.me(&token).await?, StatusCode::UNAUTHORIZED);
    Ok(())
}

#[test]
fn what_is_missing_or_wrong_at_the_start_is_said() -> Outcome {
    for (key, said) in [
        (None, "CLERK_PUBLISHABLE_KEY is not set"),
        (Some(""), "neither pk_test_ nor pk_live_"),
        (Some("sk_test_c2VjcmV0"), "neither pk_test_ nor pk_live_"),
        (Some("pk_test_c2VjcmV0"), "host name"),
    ] {
        let Err(error) = verifier(key.map(OsStr::new), FRONT_END, RemoteKeys::new()) else {
            return Err(format!("{key:?} is taken").into());
        };
        let error = error.to_string();
        assert!(error.contains(said), "{error}");
        assert!(error.contains("https://dashboard.clerk.com"), "{error}");
        assert!(!error.contains("c2VjcmV0"), "{error}");
    }

    let Err(error) = keys(Some(Path::new("/nowhere/ca.pem"))) else {
        return Err("no file was needed".into());
    };
    assert!(
        error.starts_with("CLERK_STAND_IN_CA: /nowhere/ca.pem"),
        "{error}"
    );
    Ok(())
}
