//! One list of requests, played to every framework over real sockets: the outcome must be the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use actas_tests::{Framework, Scenario, Server, scenarios};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_framework_answers_alike() {
    let scenarios = Arc::new(scenarios());
    let plays =
        Framework::ALL.map(|framework| tokio::spawn(play(framework, Arc::clone(&scenarios))));

    let mut wrong = Vec::new();
    let mut bodies = vec![BTreeSet::new(); scenarios.len()];
    for (framework, play) in Framework::ALL.into_iter().zip(plays) {
        let outcomes = play.await.unwrap();
        for ((outcome, scenario), bodies) in outcomes.into_iter().zip(&*scenarios).zip(&mut bodies)
        {
            match outcome {
                Ok(body) => bodies.extend(body),
                Err(problem) => wrong.push(format!("{framework:?}: {}: {problem}", scenario.name)),
            }
        }
    }
    for (scenario, bodies) in scenarios.iter().zip(bodies) {
        if bodies.len() > 1 {
            wrong.push(format!("{}: the bodies differ: {bodies:?}", scenario.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        scenarios.len(),
        wrong.join("\n")
    );
}

async fn play(
    framework: Framework,
    scenarios: Arc<Vec<Scenario>>,
) -> Vec<Result<Option<String>, String>> {
    let server = Server::start(framework).await;
    let mut outcomes = Vec::new();
    for scenario in &*scenarios {
        outcomes.push(server.play(scenario).await);
    }
    outcomes
}

#[test]
fn every_scenario_has_a_name_of_its_own() {
    let scenarios = scenarios();
    let mut names = BTreeSet::new();
    let twice: Vec<_> = scenarios
        .iter()
        .map(|scenario| &scenario.name)
        .filter(|name| !names.insert(*name))
        .collect();
    assert!(twice.is_empty(), "{twice:?}");
}
