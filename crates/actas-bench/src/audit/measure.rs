use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use super::fill::Filler;
use super::load::{load, nanoseconds};
use super::pages::pages;
use super::place::Place;
use super::verify::verified;
use crate::audit_figures::AuditFigures;

const FLUSHES: usize = 201;

/// Measures the record in `store`, `sqlite` or `postgres`, and with it filled with about so many events.
pub fn audit(store: &str, events: usize) -> AuditFigures {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure(store, events))
}

async fn measure(store: &str, events: usize) -> AuditFigures {
    let place = Place::new(store);
    let load_average = load_average();
    let flush_ns = flush(place.folder.path());
    let mut loads = Vec::new();
    for concurrent in [1, 32, 256] {
        loads.push(load(&place, concurrent).await);
    }

    let place = Place::new(store);
    let log = place.open().await;
    let mut filler = Filler::new(&log, events);
    filler.fill(&log, 0..1).await;
    let tenth = verified(&place);
    filler.fill(&log, 1..10).await;
    let verified = vec![tenth, verified(&place)];
    let pages = pages(&log).await;
    log.close().await;
    AuditFigures {
        store: place.version(),
        flush_ns,
        load_average,
        loads,
        filled: filler.filled(),
        pages,
        verified,
    }
}

fn load_average() -> f64 {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap();
    averages.split(' ').next().unwrap().parse().unwrap()
}

fn flush(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("flush")).unwrap();
    let mut once = || {
        let started = Instant::now();
        file.write_all(&[7; 4096]).unwrap();
        file.sync_data().unwrap();
        started.elapsed()
    };
    let mut times: Vec<Duration> = (0..FLUSHES).map(|_| once()).collect();
    times.sort_unstable();
    nanoseconds(times[FLUSHES / 2])
}
