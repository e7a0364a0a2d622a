//! What the issuer is asked and what requests see, through axum and actix-web alike, when many come at once and when the
//! issuer is away. Time is moved by hand.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that panics has failed, in a helper as well"
)]

#[expect(dead_code, reason = "the tests of actas-jwks use the rest")]
#[path = "../../crates/actas-jwks/tests/it/support/answer.rs"]
mod answer;
#[path = "../../crates/actas-jwks/tests/it/support/ticks.rs"]
mod ticks;
#[expect(dead_code, reason = "the tests of actas-jwks use the rest")]
#[path = "../../crates/actas-jwks/tests/it/support/server.rs"]
mod server;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use actas::{RemoteKeys, Separator, Verifier};
use actas_tests::{Answer, App, FixedClock, Framework, ISSUER, NOW, Signer, Token};
use serde_json::json;
use tokio::task::JoinSet;

use crate::answer::{Answer as Served, Gate};
use crate::server::Server;
use crate::ticks::ManualTicks;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// Beyond any time that a test takes: what ends is ended by something else.
const LONG: Duration = Duration::from_mins(2);

/// An application whose issuer publishes the key `a`.
struct Service {
    signer: Signer,
    server: Server,
    ticks: ManualTicks,
    app: App,
}

impl Service {
    /// Before any request.
    fn cold(framework: Framework, set: impl FnOnce(RemoteKeys) -> RemoteKeys) -> Self {
        let signer = Signer::eddsa("a");
        let server = Server::new(Served::ok(signer.jwks()));
        let ticks = ManualTicks::default();
        let verifier = Verifier::builder(ISSUER)
            .separated_by(Separator::session_id())
            .with_keys(set(server.keys(&ticks)))
            .with_clock(FixedClock(NOW))
            .build()
            .unwrap();
        Self {
            app: App::start(framework, verifier),
            signer,
            server,
            ticks,
        }
    }

    /// When the keys have been fetched.
    async fn warm(framework: Framework, set: impl FnOnce(RemoteKeys) -> RemoteKeys) -> Self {
        let service = Self::cold(framework, set);
        assert_eq!(service.app.ask(&service.token()).await.status, 200);
        assert_eq!(service.server.fetches(), 1);
        service
    }

    fn claims(&self) -> Token {
        let claims = json!({ "iss": ISSUER, "sub": "user_1", "sid": "sess_1", "exp": NOW + 60 });
        Token::new(&self.signer, claims)
    }

    /// A valid token.
    fn token(&self) -> String {
        self.claims().sign(&self.signer)
    }

    /// A token that names another key.
    fn forged(&self, kid: usize) -> String {
        let token = self.claims().with_header("kid", format!("forged_{kid}"));
        token.sign(&self.signer)
    }

    /// Begins so many requests, each over a connection of its own.
    async fn begin(&self, tokens: impl IntoIterator<Item = String>) -> JoinSet<Answer> {
        let mut requests = JoinSet::new();
        for token in tokens {
            let mut client = self.app.connect().await;
            requests.spawn(async move { App::ask_over(&mut client, &token).await });
        }
        requests
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_cold_requests_make_one_fetch() {
    for framework in App::FRAMEWORKS {
        let service = Service::cold(framework, |keys| {
            keys.with_fetch_timeout(LONG).with_wait_deadline(LONG)
        });
        let gate = Gate::closed();
        let jwks = service.signer.jwks();
        service.server.answer(Served::ok(jwks).behind(&gate));

        let mut requests = service.begin(vec![service.token(); 50]).await;
        service.app.reached(50).await;
        service.server.reached(1).await;
        assert!(requests.try_join_next().is_none(), "{framework:?}");
        gate.open();
        let statuses: Vec<_> = requests.join_all().await.iter().map(|a| a.status).collect();
        assert_eq!(statuses, [200; 50], "{framework:?}");
        assert_eq!(service.server.fetches(), 1, "{framework:?}");
        println!("{framework:?}: 50 cold requests at once: 50 × 200, 1 fetch");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_forged_names_make_one_more_fetch_and_delay_nobody() {
    const FORGED: usize = 10_000;
    const WAITING: usize = 500;
    const CONNECTIONS: usize = 50;

    for framework in App::FRAMEWORKS {
        let service = Service::warm(framework, |keys| {
            keys.with_fetch_timeout(LONG).with_wait_deadline(LONG)
        })
        .await;
        let gate = Gate::closed();
        let jwks = service.signer.jwks();
        service.server.answer(Served::ok(jwks).behind(&gate));

        // The issuer does not answer: who needs it waits, and who does not need it cannot have waited.
        let forged = (0..WAITING).map(|kid| service.forged(kid));
        let mut waiting = service.begin(forged).await;
        service.app.reached(1 + WAITING).await;
        service.server.reached(2).await;
        let mut known = 0;
        for _ in 0..10 {
            let requests = service.begin(vec![service.token(); CONNECTIONS]).await;
            for answer in requests.join_all().await {
                assert_eq!(answer.status, 200, "{framework:?}");
                known += 1;
            }
        }
        assert!(waiting.try_join_next().is_none(), "{framework:?}");
        assert_eq!(service.server.fetches(), 2, "{framework:?}");
        gate.open();

        let mut refused = BTreeMap::new();
        let mut refuse = |answer: &Answer| {
            let retry_after = answer.header("retry-after").first().map(|&s| s.to_owned());
            *refused.entry((answer.status, retry_after)).or_insert(0) += 1;
        };
        waiting.join_all().await.iter().for_each(&mut refuse);

        // The rest, with a good token now and then.
        let mut rest = JoinSet::new();
        for connection in 0..CONNECTIONS {
            let mut client = service.app.connect().await;
            let kids = (WAITING + connection..FORGED).step_by(CONNECTIONS);
            let forged: Vec<_> = kids.map(|kid| service.forged(kid)).collect();
            let good = service.token();
            rest.spawn(async move {
                let mut refused = Vec::new();
                for tokens in forged.chunks(10) {
                    for token in tokens {
                        refused.push(App::ask_over(&mut client, token).await);
                    }
                    assert_eq!(App::ask_over(&mut client, &good).await.status, 200);
                }
                refused
            });
        }
        for answers in rest.join_all().await {
            known += answers.len() / 10;
            answers.iter().for_each(&mut refuse);
        }

        // One was looked up. The others may have been published since, and are told to come again.
        let expected = [((401, None), 1), ((503, Some("10".to_owned())), FORGED - 1)];
        assert_eq!(refused, BTreeMap::from(expected), "{framework:?}");
        assert_eq!(service.server.fetches(), 2, "{framework:?}");
        println!(
            "{framework:?}: {FORGED} forged names: 1 × 401, {} × 503, 1 more fetch; {known} requests with the known key: 200",
            FORGED - 1
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_under_the_stale_limit_changes_no_response() {
    for (name, outage) in outages() {
        let plays = App::FRAMEWORKS.map(|framework| endure(framework, name, outage.clone()));
        plays.into_iter().collect::<JoinSet<_>>().join_all().await;
    }
}

async fn endure(framework: Framework, name: &'static str, outage: Served) {
    const STALE_LIMIT: u64 = 3 * HOUR;

    let service = Service::warm(framework, |keys| {
        keys.with_stale_limit(Duration::from_secs(STALE_LIMIT))
            .with_fetch_timeout(Duration::from_millis(300))
    })
    .await;
    let claims = || service.claims();
    let tokens = [
        claims().sign(&service.signer),
        claims()
            .with("act", json!({ "sub": "admin_1" }))
            .sign(&service.signer),
        claims().with("exp", NOW - 60).sign(&service.signer),
        claims().sign(&Signer::eddsa("a")),
        String::new(),
    ];
    let before = see(&service.app, &tokens).await;
    let statuses: Vec<_> = before.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [200, 200, 401, 401, 400], "{framework:?}");
    service.server.answer(outage);

    // By the minute, after a rest of ten, and after one of an hour: up to a minute before the limit.
    let rests = [1, 1, 1, 10, 1, 60, 1, 10].map(|minutes| minutes * MINUTE);
    let mut left = STALE_LIMIT - MINUTE;
    for rest in rests.into_iter().cycle() {
        let rest = rest.min(left);
        service.ticks.pass(rest);
        left -= rest;
        let during = see(&service.app, &tokens).await;
        assert_eq!(during, before, "{framework:?}: {name}: {left} s are left");
        if left == 0 {
            break;
        }
    }
    let fetches = service.server.fetches();
    assert!(
        (5..=20).contains(&fetches),
        "{framework:?}: {name}: {fetches}"
    );
    println!(
        "{framework:?}: nearly 3 hours of outage ({name}): no response changed, {fetches} fetches"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_the_stale_limit_every_response_is_503_within_the_deadline() {
    const STALE_LIMIT: u64 = HOUR;
    const DEADLINE: Duration = Duration::from_millis(500);
    /// For a machine that does other things as well; by default it would be the fetch's timeout of 3 seconds.
    const MORE: Duration = Duration::from_millis(1500);

    for framework in App::FRAMEWORKS {
        for (name, outage) in outages() {
            let service = Service::warm(framework, |keys| {
                keys.with_stale_limit(Duration::from_secs(STALE_LIMIT))
                    .with_fetch_timeout(DEADLINE)
                    .with_wait_deadline(DEADLINE)
            })
            .await;
            service.server.answer(outage);
            service.ticks.pass(STALE_LIMIT);
            for round in 1..=3 {
                let asked = Instant::now();
                let requests = service.begin(vec![service.token(); 50]).await;
                for answer in requests.join_all().await {
                    assert_eq!(answer.status, 503, "{framework:?}: {name}");
                    let retry_after: u32 = answer.header("retry-after")[0].parse().unwrap();
                    assert!((1..=60).contains(&retry_after), "{retry_after}");
                }
                let took = asked.elapsed();
                assert!(took < DEADLINE + MORE, "{framework:?}: {name}: {took:?}");
                assert_eq!(service.server.fetches(), 1 + round, "{framework:?}: {name}");
                service.ticks.pass(MINUTE);
            }
            service.server.answer(Served::ok(service.signer.jwks()));
            assert_eq!(service.app.ask(&service.token()).await.status, 200);
            assert_eq!(service.server.fetches(), 5, "{framework:?}: {name}");
            println!("{framework:?}: past the limit ({name}): 150 × 503, 3 fetches, then 200");
        }
    }
}

fn outages() -> [(&'static str, Served); 4] {
    [
        ("500", Served::status("500 Internal Server Error")),
        ("no key set", Served::ok("<html>maintenance</html>")),
        ("no keys", Served::ok(r#"{"keys":[]}"#)),
        ("no answer", Served::hang()),
    ]
}

/// What a client can tell: status, body, and the headers that the verifier's verdict shows in.
async fn see(app: &App, tokens: &[String]) -> Vec<(u16, String, String)> {
    let mut client = app.connect().await;
    let mut seen = Vec::new();
    for token in tokens {
        let answer = App::ask_over(&mut client, token).await;
        let names = [
            "www-authenticate",
            "retry-after",
            "cache-control",
            "content-type",
        ];
        let headers = names.map(|name| answer.header(name));
        seen.push((answer.status, format!("{headers:?}"), answer.body));
    }
    seen
}
