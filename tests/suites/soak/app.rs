use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actas::{Separator, Verifier};
use actas_tests::{Client, FixedClock, Framework, NOW, Server, Signer};
use fastrand::Rng;
use serde_json::Value;

use crate::ask::{Ask, ISSUER, Kind};
use crate::issuer::Issuer;
use crate::judge::Exchange;
use crate::key_server::KeyServer;
use crate::settings;
use crate::tally::Tally;

/// A client waits this long before it asks again, in milliseconds: the load that two cores bear. It bounds the number of
/// requests: 25 a second for each client.
const PAUSE: std::ops::Range<u64> = 40..160;
/// How long an answer may take that must come.
const PATIENCE: Duration = Duration::from_secs(30);

/// The application in one framework, and the key server that is its alone.
pub(crate) struct App {
    pub(crate) framework: Framework,
    pub(crate) keys: KeyServer,
    server: Server,
    issuer: Arc<Issuer>,
    forger: Signer,
}

impl App {
    pub(crate) async fn start(framework: Framework, issuer: Arc<Issuer>, seed: u64) -> Self {
        let keys = KeyServer::start(Arc::clone(&issuer), seed);
        let verifier = Verifier::builder(ISSUER)
            .separated_by(Separator::session_id())
            .with_keys(settings::keys(keys.url()))
            .with_clock(FixedClock(NOW))
            .build()
            .unwrap();
        Self {
            framework,
            keys,
            server: Server::start_with(framework, verifier).await,
            issuer,
            forger: Signer::eddsa("forger"),
        }
    }

    /// Asks with everything in turn, over one connection, until told to stop.
    ///
    /// Every fourth second, only with tokens of published keys: there is nothing to look up then but the new key itself, and
    /// sets are refreshed because of their age.
    pub(crate) async fn ask_at_random(
        self: Arc<Self>,
        mut rng: Rng,
        stop: Arc<AtomicBool>,
    ) -> Tally {
        let mut tally = Tally::default();
        let mut client = Client::connect(self.server.address()).await;
        while !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(rng.u64(PAUSE))).await;
            let is_quiet = self.issuer.newest().number % 4 == 3;
            let kinds = if is_quiet {
                &Kind::OF_PUBLISHED_KEYS[..]
            } else {
                &Kind::ALL[..]
            };
            let kind = kinds[rng.usize(..kinds.len())];
            self.ask(kind, &mut client, &mut rng, &mut tally).await;
        }
        tally
    }

    /// Asks with each kind until the answer is the one that must come at last, which a token of a published key gets first.
    pub(crate) async fn ask_until_right(&self, mut rng: Rng) -> Tally {
        let mut tally = Tally::default();
        let mut client = Client::connect(self.server.address()).await;
        for kind in Kind::ALL {
            let right = async {
                while self.ask(kind, &mut client, &mut rng, &mut tally).await
                    != Some(kind.status_at_last())
                {
                    tokio::time::sleep(Duration::from_millis(PAUSE.start)).await;
                }
            };
            if tokio::time::timeout(PATIENCE, right).await.is_err() {
                tally.note(format!("{kind:?} never gets {}", kind.status_at_last()));
            }
        }
        tally
    }

    /// The status, where there is such a token yet.
    async fn ask(
        &self,
        kind: Kind,
        client: &mut Client,
        rng: &mut Rng,
        tally: &mut Tally,
    ) -> Option<u16> {
        let ask = Ask::new(kind, &self.issuer, &self.forger, rng)?;
        let bearer = format!("Bearer {}", ask.token).into_bytes();
        let headers = [("authorization".to_owned(), bearer)];
        let (method, path) = kind.route();

        let known_before = self.keys.known();
        let answer = client.send(method, path, &headers).await;
        let exchange = Exchange {
            kind,
            key: ask.key,
            known_before,
            published_after: self.issuer.newest().number,
            status: answer.status,
            retry_after: answer
                .header("retry-after")
                .first()
                .map(ToString::to_string),
        };
        if exchange.is_accepted() && kind.is_genuine() {
            self.keys.saw(ask.key);
        }

        tally.count(kind, answer.status);
        if let Err(problem) = exchange.judge() {
            tally.note(format!("{:?}: {problem}", self.framework));
        }
        if answer.status == 200 {
            let session: Option<Value> = serde_json::from_str(&answer.body).ok();
            if session != Some(ask.session()) {
                tally.note(format!(
                    "{:?}: {} for {exchange:?}",
                    self.framework, answer.body
                ));
            }
        }
        Some(answer.status)
    }
}
