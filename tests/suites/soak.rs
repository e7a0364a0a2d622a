//! Two hundred clients of two applications, while the issuer's keys rotate every second and its key server fails at random.
//!
//! - No valid token of a published key is ever refused with 401.
//! - No token of a withdrawn key is accepted later than one refresh.
//! - The number of fetches stays under a bound that follows from the settings.
//!
//! What these mean exactly is said where they are judged: [`Exchange::judge`](judge::Exchange::judge) and
//! [`settings::bound`]. Nothing is judged by how long it took. `SOAK_SECONDS` sets the length (5), `SOAK_SEED` the seed of
//! everything that happens at random (a new one each time); `-- --nocapture` shows the figures.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that panics has failed, in a helper as well"
)]

#[path = "soak/support.rs"]
#[expect(dead_code, reason = "it can do more than this suite asks of it")]
mod support;
#[path = "soak/settings.rs"]
mod settings;
#[path = "soak/issuer.rs"]
mod issuer;
#[path = "soak/key_server.rs"]
mod key_server;
#[path = "soak/ask.rs"]
mod ask;
#[path = "soak/judge.rs"]
mod judge;
#[path = "soak/tally.rs"]
mod tally;
#[path = "soak/app.rs"]
mod app;
#[path = "soak/outcomes.rs"]
mod outcomes;

use std::collections::BTreeMap;
use std::env;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actas_tests::Framework;
use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::interval;

use crate::app::App;
use crate::issuer::Issuer;
use crate::outcomes::Outcomes;
use crate::tally::Tally;

const CLIENTS_OF_EACH: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_rotate_and_the_key_server_fails() {
    let rotations = setting("SOAK_SECONDS").unwrap_or(5);
    let seed = setting("SOAK_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("{rotations} rotations, SOAK_SEED={seed}");
    assert!(rotations >= 2, "no key is withdrawn");
    let mut rng = Rng::with_seed(seed);
    let outcomes = Outcomes::record();
    let issuer = Arc::new(Issuer::new());

    let start = Instant::now();
    let stop = Arc::new(AtomicBool::new(false));
    let mut apps = Vec::new();
    for framework in [Framework::Axum, Framework::Actix] {
        let app = App::start(framework, Arc::clone(&issuer), rng.u64(..)).await;
        let app = Arc::new(app);
        let clients: JoinSet<Tally> = (0..CLIENTS_OF_EACH)
            .map(|_| Arc::clone(&app).ask_at_random(rng.fork(), Arc::clone(&stop)))
            .collect();
        apps.push((app, clients));
    }
    let mut second = interval(Duration::from_secs(1));
    second.tick().await;
    for _ in 0..rotations {
        second.tick().await;
        issuer.rotate();
    }
    stop.store(true, Ordering::Relaxed);

    let mut asked = Vec::new();
    for (app, clients) in apps {
        let mut tally = Tally::default();
        for of_client in clients.join_all().await {
            tally.add(of_client);
        }
        app.keys.heal();
        tally.add(app.ask_until_right(rng.fork()).await);
        asked.push((app, tally));
    }

    let mut ended = outcomes.by_host();
    let problems: Vec<String> = asked
        .into_iter()
        .flat_map(|(app, tally)| {
            let ended = ended.remove(&app.keys.host()).unwrap_or_default();
            report(&app, &tally, &ended, start);
            let fetches = judge_fetches(&app, &ended, start).err();
            [tally.problems, app.keys.problems(), Vec::from_iter(fetches)].concat()
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// Judges the fetches of one application by their number, and by what became of them: what was no key set was not taken for
/// one, and a set was taken unless the fetch took too long.
fn judge_fetches(app: &App, ended: &BTreeMap<String, u64>, start: Instant) -> Result<(), String> {
    let (fetches, bound) = (app.keys.fetches(), settings::bound(start.elapsed()));
    let count = |outcome| ended.get(outcome).copied().unwrap_or_default();
    let taken = count("key_set") + count("not_modified");
    let too_late = count("timeout");
    let (good, hanging) = (app.keys.good_answers(), app.keys.hanging_answers());
    let problem = if fetches > bound {
        format!("{fetches} fetches where {bound} are the bound")
    } else if taken > good {
        format!("{taken} sets were taken of {good}")
    } else if good + hanging > taken + too_late + 1 {
        // One may be in the air.
        format!(
            "of {good} sets {taken} were taken, and {too_late} fetches took too long, {hanging} of them rightly"
        )
    } else {
        return Ok(());
    };
    Err(format!("{:?}: {problem}", app.framework))
}

fn report(app: &App, tally: &Tally, ended: &BTreeMap<String, u64>, start: Instant) {
    let (framework, keys) = (app.framework, &app.keys);
    println!("{framework:?}: {} requests", tally.requests());
    print!("{tally}");
    println!(
        "{framework:?}: {} fetches, bound {}; at most {} in {:?}, {} in a second",
        keys.fetches(),
        settings::bound(start.elapsed()),
        keys.most_fetches_in(settings::INTERVAL),
        settings::INTERVAL,
        keys.most_fetches_in(Duration::from_secs(1)),
    );
    println!("  answered: {}", listed(keys.answers()));
    println!("  ended: {}", listed(ended));
}

fn listed<N: Display, C: Display>(counts: impl IntoIterator<Item = (N, C)>) -> String {
    let counts = counts.into_iter();
    let counts: Vec<_> = counts
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    counts.join(", ")
}

fn setting(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(value.parse().expect(name))
}
