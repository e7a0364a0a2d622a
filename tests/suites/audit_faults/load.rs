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
const PACE: Duration = Duration::from_millis(10);
/// And in all at most this many times.
const MOST: usize = 10_000;

/// Impersonated requests that show that they run.
const RUNS: usize = 60;
/// Requests of both kinds, and none that ran between them, that show that the impersonated are refused.
const REFUSED: usize = 24;
/// How long either may take to show.
const PATIENCE: Duration = Duration::from_secs(60);

/// Clients that ask all the while.
pub(crate) struct Load {
    seen: watch::Sender<Seen>,
    clients: JoinSet<()>,
}

/// What they have got.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The impersonated requests that ran.
    pub(crate) ran: Vec<String>,
    /// Impersonated requests that were refused, because they could not be recorded.
    refused: usize,
    /// Direct requests that ran.
    direct: usize,
    /// The longest that one of those took.
    slowest_direct: Duration,
    /// Of these, those since an impersonated request last ran.
    refused_since: usize,
    direct_since: usize,
    problem: Option<String>,
    is_over: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Impersonated,
    Direct,
}

impl Load {
    pub(crate) fn start(apps: impl IntoIterator<Item = SocketAddr>, issuer: &Issuer) -> Self {
        let seen = watch::Sender::new(Seen::default());
        let mut clients = JoinSet::new();
        for app in apps {
            for number in 0..IMPERSONATED {
                let token = issuer.impersonated(&sid(number % SESSIONS));
                clients.spawn(ask(app, Kind::Impersonated, token, seen.clone()));
            }
            for _ in 0..DIRECTS {
                clients.spawn(ask(app, Kind::Direct, issuer.direct(), seen.clone()));
            }
        }
        Self { seen, clients }
    }

    /// Waits until impersonated requests have run.
    pub(crate) async fn runs(&self) {
        let runs = self.seen.borrow().ran.len() + RUNS;
        self.wait("impersonated requests run", |seen| seen.ran.len() >= runs)
            .await;
    }

    /// Waits until impersonated requests are refused, one after the other, while direct ones run.
    pub(crate) async fn is_refused(&self) {
        self.seen.send_modify(Seen::begin_stretch);
        self.wait("impersonated requests are refused", |seen| {
            seen.refused_since >= REFUSED && seen.direct_since >= REFUSED
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

    async fn wait(&self, what: &str, is_there: impl Fn(&Seen) -> bool) {
        let mut seen = self.seen.subscribe();
        let there = seen.wait_for(|seen| seen.problem.is_some() || is_there(seen));
        let there = timeout(PATIENCE, there).await.map(Result::unwrap);
        let problem = match there {
            Ok(seen) => seen.problem.clone(),
            Err(_) => Some(format!(
                "not within {PATIENCE:?}: {:?}",
                *self.seen.borrow()
            )),
        };
        assert_eq!(problem, None, "until {what}");
    }
}

impl Seen {
    fn begin_stretch(&mut self) {
        (self.refused_since, self.direct_since) = (0, 0);
    }

    fn add(&mut self, kind: Kind, answer: Answer, took: Duration) {
        match kind {
            Kind::Impersonated if answer.status == 200 => {
                self.ran.push(answer.body);
                self.begin_stretch();
            }
            Kind::Impersonated if is_unrecorded(&answer) => {
                self.refused += 1;
                self.refused_since += 1;
            }
            Kind::Direct if answer.status == 200 && answer.body == DIRECT => {
                self.direct += 1;
                self.direct_since += 1;
                self.slowest_direct = self.slowest_direct.max(took);
            }
            Kind::Impersonated | Kind::Direct => {
                self.problem = Some(format!("{answer:?}"));
            }
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} impersonated requests ran, {} were refused; {} direct ones ran, the slowest in {:?}",
            self.ran.len(),
            self.refused,
            self.direct,
            self.slowest_direct
        )
    }
}

/// Asks over one connection, until told to stop.
async fn ask(app: SocketAddr, kind: Kind, token: String, seen: watch::Sender<Seen>) {
    let bearer = format!("Bearer {token}").into_bytes();
    let headers = [("authorization".to_owned(), bearer)];
    let mut client = Client::connect(app).await;
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
        seen.send_modify(|seen| seen.add(kind, answer, took));
    }
}

fn is_unrecorded(answer: &Answer) -> bool {
    let body: Option<Value> = serde_json::from_str(&answer.body).ok();
    let code = body.as_ref().and_then(|body| body.get("code")?.as_str());
    answer.status == 503
        && code == Some("audit_unavailable")
        && answer.header("retry-after") == ["1"]
}

fn sid(number: usize) -> String {
    format!("sess_{number}")
}
