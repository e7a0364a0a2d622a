use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::Client;
use super::place::Place;
use crate::audit_figures::{Load, Requests};

/// How long requests are counted for, in each round.
const SPAN: Duration = Duration::from_secs(3);
/// Before that, uncounted.
const WARM_UP: Duration = Duration::from_secs(1);
const ROUNDS: usize = 3;

/// So many requests at a time, each in a session of its own, to an application with a record in `place` and to one without.
/// The two take turns, and the round counts that is the median by what was recorded.
pub(super) async fn load(place: &Place, concurrent: usize) -> Load {
    let log = place.open().await;
    let plain = Arc::new(Client::new(concurrent, None));
    let audited = Arc::new(Client::new(concurrent, Some(&log)));
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        run(&plain, concurrent, WARM_UP).await;
        let (_, plain) = run(&plain, concurrent, SPAN).await;

        run(&audited, concurrent, WARM_UP).await;
        log.sweep().await.unwrap();
        let started = Instant::now();
        let (count, audited) = run(&audited, concurrent, SPAN).await;
        // It waits in the same queue, behind the outcomes.
        log.sweep().await.unwrap();
        rounds.push(Load {
            concurrent,
            plain,
            audited,
            events_per_second: 2. * float(count) / started.elapsed().as_secs_f64(),
        });
    }
    log.close().await;
    rounds.sort_by(|one, other| one.events_per_second.total_cmp(&other.events_per_second));
    rounds.swap_remove(ROUNDS / 2)
}

async fn run(client: &Arc<Client>, concurrent: usize, span: Duration) -> (usize, Requests) {
    let started = Instant::now();
    let workers: Vec<_> = (0..concurrent)
        .map(|session| {
            let client = Arc::clone(client);
            tokio::spawn(async move {
                let mut times = Vec::new();
                while started.elapsed() < span {
                    times.push(client.request(session).await);
                    // As a server does that reads the next one from its connection: others have their turn.
                    tokio::task::yield_now().await;
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for worker in workers {
        times.extend(worker.await.unwrap());
    }
    let elapsed = started.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |hundredths: usize| nanoseconds(times[(times.len() - 1) * hundredths / 100]);
    let requests = Requests {
        per_second: float(times.len()) / elapsed,
        median_ns: at(50),
        p99_ns: at(99),
    };
    (times.len(), requests)
}

pub(super) fn nanoseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

#[expect(clippy::cast_precision_loss, reason = "far less than 2^53")]
fn float(count: usize) -> f64 {
    count as f64
}
