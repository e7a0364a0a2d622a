use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actas_jwks::RemoteKeys;
use actas_tests::{Answer, App, Framework};

use crate::answer::Answer as Served;
use crate::fixtures::{Fixtures, kid};
use crate::rule::{Given, refusal};
use crate::scenario::{Expect, Note, Scenario, Transport};
use crate::script;
use crate::server::{Request, Server};
use crate::ticks::ManualTicks;
use crate::tls::self_signed;

/// Before this, a server that is slow has shown that it is: a byte or more has come.
const FETCH_TIMEOUT: Duration = Duration::from_millis(1500);

/// An application with keys from a key server of its own.
pub(crate) struct Instance {
    pub(crate) app: App,
    server: Option<Server>,
    given: Vec<Given>,
    /// What might show a credential.
    pub(crate) debug: String,
}

impl Instance {
    pub(crate) fn start(
        framework: Framework,
        scenario: &Scenario,
        note: Option<Note>,
        fixtures: &Fixtures,
        ticks: &ManualTicks,
    ) -> Self {
        let responses = scenario.responses.iter();
        let script = responses.map(|response| script::play(response, fixtures, note));
        let (answers, given): (Vec<_>, Vec<_>) = script.unzip();

        let (server, url) = listen(scenario.responses[0].transport, answers);
        let steps = &scenario.steps;
        let secret = steps
            .iter()
            .find_map(|step| step.error_must_not_contain.as_ref());
        let mut keys = match (secret, &server) {
            (Some(secret), Some(server)) => RemoteKeys::clerk_backend_at(server.origin(), secret),
            _ => RemoteKeys::from_url(url),
        };
        keys = keys
            .insecure_allow_http_to_loopback()
            .with_ticks(ticks.clone());
        if scenario.is_slow() {
            keys = keys.with_fetch_timeout(FETCH_TIMEOUT);
        }
        let verifier = fixtures.verifier(keys.clone(), ticks);
        Self {
            debug: format!("{keys:?} {verifier:?}"),
            app: App::start(framework, verifier),
            server,
            given,
        }
    }

    /// GETs that the server counted.
    pub(crate) fn fetches(&self) -> usize {
        self.server.as_ref().map_or(0, Server::fetches)
    }

    /// Waits until that many GETs have come.
    pub(crate) async fn reached(&self, fetches: usize) {
        self.server.as_ref().unwrap().reached(fetches).await;
    }

    /// The credentials that the server was shown.
    pub(crate) fn authorizations(&self) -> Vec<String> {
        let requests = self.server.as_ref().unwrap().requests();
        requests
            .iter()
            .map(|request| request.header("authorization").unwrap().to_owned())
            .collect()
    }

    /// Whether the answer is the one expected; `before`: fetches that had been made when the token was shown.
    pub(crate) fn judge(
        &self,
        answer: &Answer,
        expect: Expect,
        token: &str,
        before: usize,
    ) -> Result<(), String> {
        let fetches = self.fetches();
        let given = match fetches.checked_sub(1) {
            Some(last) => &self.given[last.min(self.given.len() - 1)],
            None => &Given::Nothing,
        };
        let expected = match expect {
            Expect::Accept => 200,
            Expect::Reject => refusal(given, &kid(token), fetches > before),
            Expect::Cancelled => return Err(format!("an answer came: {answer:?}")),
        };
        // RFC 9110 §10.2.3, §11.6.1: who is to come again is told when, and who is to sign in is told how.
        let retry_after = match answer.header("retry-after").as_slice() {
            [seconds] => seconds.parse::<u32>().is_ok_and(|seconds| seconds >= 1),
            _ => false,
        };
        let challenge = !answer.header("www-authenticate").is_empty();
        let is_right = answer.status == expected
            && retry_after == (expected == 503)
            && challenge == (expected == 401)
            && (expected != 200 || answer.body == "user_1");
        is_right
            .then_some(())
            .ok_or_else(|| format!("not {expected} (given {given:?}): {answer:?}"))
    }
}

/// A server that answers so, unless nobody gets through to it, and its URL.
fn listen(transport: Option<Transport>, answers: Vec<Served>) -> (Option<Server>, String) {
    match transport {
        Some(Transport::Refused) => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let nobody = listener.local_addr().unwrap();
            return (None, format!("http://{nobody}/jwks"));
        }
        // RFC 6761 §6.4: never resolves.
        Some(Transport::Nxdomain) => return (None, "https://keys.invalid/jwks".to_owned()),
        _ => {}
    }
    let server = if transport == Some(Transport::TlsSelfSigned) {
        let (acceptor, _) = self_signed("localhost");
        Server::with_tls(answers[0].clone(), acceptor)
    } else {
        Server::new(answers[0].clone())
    };
    let asked = Arc::new(AtomicUsize::new(0));
    server.script(move |_: &Request| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        answers[number.min(answers.len() - 1)].clone()
    });
    let url = server.url();
    (Some(server), url)
}
