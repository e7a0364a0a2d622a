use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use actas_tests::{Answer, Client};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::app::DIRECT;
use crate::issuer::Issuer;

/// Sessions in which somebody acts.
pub(crate) const SESSIONS: usize = 3;
/// Clients of each application. Some share a session.
const IMPERSONATED: usize = 8;
const DIRECTS: usize = 2;
/// A client asks at most this often: the load that two cores bear.
const PACE: Duration = Duration::from_millis(3);
/// And in all at most this many times.
const MOST: usize = 10_000;

/// Impersonated requests that show that they run.
const RUNS: usize = 60;
/// Requests of both kinds, and none that ran between them, that show that the impersonated are refused.
const REFUSED: usize = 24;
/// How long either may take to show.
const PATIENCE: Duration = Duration::from_mins(1);

/// Clients that ask all the while.
pub(crate) struct Load {
    seen: watch::Sender<Seen>,
    clients: JoinSet<()>,
}

/// What they have got.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    apps: Vec<OfApp>,
    problem: Option<String>,
    is_over: bool,
}

/// What the clients of one application have got.
#[derive(Debug, Default)]
struct OfApp {
    /// The impersonated requests that ran.
    ran: Vec<String>,
    /// Impersonated requests that were refused, because they could not be recorded.
    refused: usize,
    /// Direct requests that ran.
    direct: usize,
    /// The longest that one of those took.
    slowest_direct: Duration,
    /// How many impersonated requests have run since they were asked after.
    ran_since: usize,
    /// How many were refused since then, and since the last ran.
    refused_since: usize,
    /// How many direct requests ran meanwhile.
    direct_since: usize,
}

/// A client.
struct Asker {
    /// The place of its application in the order of their start.
    app: usize,
    kind: Kind,
    token: String,
}

#[derive(Clone, Copy)]
enum Kind {
    Impersonated,
    Direct,
}

impl Load {
    pub(crate) fn start(apps: &[SocketAddr], issuer: &Issuer) -> Self {
        let mut seen = Seen::default();
        seen.apps.resize_with(apps.len(), OfApp::default);
        let seen = watch::Sender::new(seen);
        let mut clients = JoinSet::new();
        for (app, address) in apps.iter().enumerate() {
            let mut add = |kind, token| {
                let client = Asker { app, kind, token };
                clients.spawn(client.ask(*address, seen.clone()));
            };
            for number in 0..IMPERSONATED {
                let sid = format!("sess_{}", number % SESSIONS);
                add(Kind::Impersonated, issuer.impersonated(&sid));
            }
            for _ in 0..DIRECTS {
                add(Kind::Direct, issuer.direct());
            }
        }
        Self { seen, clients }
    }

    /// Waits until impersonated requests run, at each application.
    pub(crate) async fn runs(&self) {
        self.wait("impersonated requests run", |app| app.ran_since >= RUNS)
            .await;
    }

    /// Waits until impersonated requests are refused, one after the other, while direct ones run, at each application.
    pub(crate) async fn is_refused(&self) {
        self.wait("impersonated requests are refused", |app| {
            app.refused_since >= REFUSED && app.direct_since >= REFUSED
        })
        .await;
    }

    /// Ends the clients, each after its answer.
    pub(crate) async fn end(self) -> Seen {
        self.seen.send_modify(|seen| seen.is_over = true);
        self.clients.join_all().await;
        let seen = self.seen.send_replace(Seen::default());
        assert_eq!(seen.problem, None);
        seen
    }

    async fn wait(&self, what: &str, is_there: impl Fn(&OfApp) -> bool) {
        self.seen.send_modify(Seen::begin);
        let mut seen = self.seen.subscribe();
        let there = seen.wait_for(|seen| seen.problem.is_some() || seen.apps.iter().all(&is_there));
        let there = timeout(PATIENCE, there).await.map(Result::unwrap);
        let problem = match there {
            Ok(seen) => seen.problem.clone(),
            Err(_) => Some(format!("not within {PATIENCE:?}: {}", *self.seen.borrow())),
        };
        assert_eq!(problem, None, "until {what}");
    }
}

impl Seen {
    /// The impersonated requests that ran.
    pub(crate) fn ran(&self) -> impl Iterator<Item = &String> {
        self.apps.iter().flat_map(|app| &app.ran)
    }

    fn begin(&mut self) {
        for app in &mut self.apps {
            (app.ran_since, app.refused_since, app.direct_since) = (0, 0, 0);
        }
    }

    fn add(&mut self, asker: &Asker, answer: Answer, took: Duration) {
        let app = &mut self.apps[asker.app];
        match asker.kind {
            Kind::Impersonated if answer.status == 200 => {
                app.ran.push(answer.body);
                app.ran_since += 1;
                (app.refused_since, app.direct_since) = (0, 0);
            }
            Kind::Impersonated if is_unrecorded(&answer) => {
                app.refused += 1;
                app.refused_since += 1;
            }
            Kind::Direct if answer.status == 200 && answer.body == DIRECT => {
                app.direct += 1;
                app.direct_since += 1;
                app.slowest_direct = app.slowest_direct.max(took);
            }
            Kind::Impersonated | Kind::Direct => {
                self.problem = Some(format!("{answer:?}"));
            }
        }
    }
}

/// One line for each application.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for app in &self.apps {
            writeln!(
                f,
                "  {} impersonated requests ran, {} were refused; {} direct ones ran, the slowest in {:?}",
                app.ran.len(),
                app.refused,
                app.direct,
                app.slowest_direct
            )?;
        }
        Ok(())
    }
}

impl Asker {
    /// Asks over one connection, until told to stop.
    async fn ask(self, address: SocketAddr, seen: watch::Sender<Seen>) {
        let bearer = format!("Bearer {}", self.token).into_bytes();
        let headers = [("authorization".to_owned(), bearer)];
        let mut client = Client::connect(address).await;
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for _ in 0..MOST {
            if seen.borrow().is_over {
                return;
            }
            pace.tick().await;
            let start = Instant::now();
            let answer = client.send("POST", "/orders/7", &headers).await;
            let took = start.elapsed();
            seen.send_modify(|seen| seen.add(&self, answer, took));
        }
    }
}

fn is_unrecorded(answer: &Answer) -> bool {
    let body: Option<Value> = serde_json::from_str(&answer.body).ok();
    let code = body.as_ref().and_then(|body| body.get("code")?.as_str());
    answer.status == 503
        && code == Some("audit_unavailable")
        && answer.header("retry-after") == ["1"]
}
