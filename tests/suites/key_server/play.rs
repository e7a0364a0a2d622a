use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use actas_tests::{Answer, App, Framework, Signer};
use serde_json::json;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

use crate::answer::Answer as Served;
use crate::fixtures::Fixtures;
use crate::instance::Instance;
use crate::log::Log;
use crate::memory::Memory;
use crate::scenario::{Expect, Instance as Name, Scenario, Step};
use crate::server::Server;
use crate::ticks::ManualTicks;

/// What requests saw, and what the key servers counted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Played {
    /// In the order of the steps; one that nobody waited for is 0.
    pub(crate) statuses: Vec<u16>,
    pub(crate) fetches: usize,
}

/// Plays a scenario through an application in this framework.
///
/// # Errors
///
/// What was otherwise than expected.
pub(crate) async fn play(
    scenario: &Scenario,
    fixtures: &Fixtures,
    framework: Framework,
) -> Result<Played, String> {
    let ticks = ManualTicks::default();
    let mut stage = Stage {
        scenario,
        fixtures,
        framework,
        ticks: ticks.clone(),
        instances: BTreeMap::new(),
        behind: Vec::new(),
        statuses: Vec::new(),
        log: scenario.holds_secret().then(Log::record),
    };
    let mut passed = 0;
    for (number, step) in scenario.steps.iter().enumerate() {
        let millis = Duration::from_secs_f64(step.t).as_millis();
        let millis = u64::try_from(millis).unwrap();
        ticks.pass_millis(millis - passed);
        passed = millis;
        let done = stage.step(step).await;
        done.map_err(|problem| format!("step {number}: {problem}"))?;
    }
    stage.finish().await
}

struct Stage<'a> {
    scenario: &'a Scenario,
    fixtures: &'a Fixtures,
    framework: Framework,
    ticks: ManualTicks,
    instances: BTreeMap<Name, Instance>,
    behind: Vec<Behind<'a>>,
    statuses: Vec<u16>,
    log: Option<Log>,
}

/// A step that was not waited for.
struct Behind<'a> {
    step: &'a Step,
    before: usize,
    answer: JoinHandle<Answer>,
}

impl<'a> Stage<'a> {
    async fn step(&mut self, step: &'a Step) -> Result<(), String> {
        let memory = step.rss_max_mib.map(|_| Memory::watch());
        let instance = self.instances.entry(step.instance).or_insert_with(|| {
            let scenario = self.scenario;
            Instance::start(
                self.framework,
                scenario,
                step.note,
                self.fixtures,
                &self.ticks,
            )
        });
        let token = self.fixtures.token(&step.token);
        let before = instance.fetches();
        let asked = Instant::now();
        let mut answers = Vec::new();
        if step.background {
            let answer = begin(instance, token).await;
            self.behind.push(Behind {
                step,
                before,
                answer,
            });
        } else if let Some(after) = step.cancel_after_ms {
            let mut answer = begin(instance, token).await;
            let waited = timeout(Duration::from_millis(after), &mut answer).await;
            if waited.is_ok() || step.expect != Expect::Cancelled {
                return Err(format!("was not to be answered: {waited:?}"));
            }
            // Its connection is closed with it.
            answer.abort();
            let _ = answer.await;
            self.statuses.push(0);
        } else {
            answers = ask(&instance.app, token, step.parallel.unwrap_or(1)).await;
        }
        let took = asked.elapsed().as_secs_f64();
        for answer in &answers {
            instance.judge(answer, step.expect, token, before)?;
            self.statuses.push(answer.status);
        }

        if step.within_s.is_some_and(|limit| took > limit) {
            return Err(format!("took {took} s"));
        }
        if let (Some(memory), Some(most)) = (memory, step.rss_max_mib)
            && memory.growth() > most
        {
            return Err(format!("memory grew by {} MiB", memory.growth()));
        }
        if self.behind.iter().any(|behind| behind.answer.is_finished()) {
            return Err("what was left behind did not wait".to_owned());
        }
        if let Some(hits) = step.other_listener_hits {
            self.name_another_listener(step, hits).await?;
        }
        if let Some(secret) = &step.error_must_not_contain {
            self.keep(secret, step, &answers)?;
        }
        let fetches = self.fetches();
        let least = step.fetches_min.unwrap_or(0);
        let most = step.fetches_max.unwrap_or(usize::MAX);
        if !(least..=most).contains(&fetches) {
            return Err(format!("{fetches} fetches"));
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<Played, String> {
        for behind in std::mem::take(&mut self.behind) {
            let answer = behind.answer.await.unwrap();
            let step = behind.step;
            let token = self.fixtures.token(&step.token);
            self.instances[&step.instance].judge(&answer, step.expect, token, behind.before)?;
            self.statuses.push(answer.status);
        }
        Ok(Played {
            fetches: self.fetches(),
            statuses: self.statuses,
        })
    }

    fn fetches(&self) -> usize {
        self.instances.values().map(Instance::fetches).sum()
    }

    /// Tokens that name a listener with the key they are signed with: nobody must ask it.
    async fn name_another_listener(&self, step: &Step, hits: usize) -> Result<(), String> {
        let instance = &self.instances[&step.instance];
        let (known, unknown) = (Signer::rs256("k1"), Signer::rs256("elsewhere"));
        let jwks = json!({ "keys": [known.jwk(), unknown.jwk()] });
        let elsewhere = Server::new(Served::ok(jwks.to_string()));
        let url = elsewhere.url();
        let claims = self.fixtures.claims(&step.token);
        for (signer, name) in [(&known, "jku"), (&known, "x5u"), (&unknown, "jku")] {
            let header = json!({ "alg": "RS256", "kid": signer.kid(), "typ": "JWT", name: url });
            let token = signer.sign(&header.to_string(), &claims);
            let before = instance.fetches();
            let answer = instance.app.ask(&token).await;
            instance.judge(&answer, Expect::Reject, &token, before)?;
        }
        let hit = elsewhere.fetches();
        (hit == hits)
            .then_some(())
            .ok_or_else(|| format!("the other listener was hit {hit} times"))
    }

    /// The key server saw the secret, and nobody else did.
    fn keep(&self, secret: &str, step: &Step, answers: &[Answer]) -> Result<(), String> {
        let instance = &self.instances[&step.instance];
        let shown = instance.authorizations();
        if shown.is_empty() || !shown.iter().all(|shown| shown.ends_with(secret)) {
            return Err(format!("the key server was shown {shown:?}"));
        }
        let log = self.log.as_ref().unwrap().text();
        assert!(log.contains("could not be fetched"), "{log}");
        let seen = [log, instance.debug.clone(), format!("{answers:?}")];
        match seen.iter().find(|text| text.contains(secret)) {
            Some(text) => Err(format!("the secret is in: {text}")),
            None => Ok(()),
        }
    }
}

/// Asks, and waits until that has the key server asked.
async fn begin(instance: &Instance, token: &str) -> JoinHandle<Answer> {
    let fetches = instance.fetches();
    let mut client = instance.app.connect().await;
    let token = token.to_owned();
    let answer = tokio::spawn(async move { App::ask_over(&mut client, &token).await });
    instance.reached(fetches + 1).await;
    answer
}

/// Asks over so many connections at once.
async fn ask(app: &App, token: &str, times: usize) -> Vec<Answer> {
    let mut clients = Vec::new();
    for _ in 0..times {
        clients.push(app.connect().await);
    }
    let questions = clients.into_iter().map(|mut client| {
        let token = token.to_owned();
        async move { App::ask_over(&mut client, &token).await }
    });
    questions.collect::<JoinSet<_>>().join_all().await
}
