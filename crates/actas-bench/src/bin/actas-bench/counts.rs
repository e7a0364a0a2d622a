use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use actas_bench::{Case, Op};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Before the count begins, so that what is made once is there.
pub(crate) const WARM_UP: u32 = 16;

/// Of one call, by the name of its case.
pub(crate) type Counts = BTreeMap<String, Count>;

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Count {
    /// Through Rust's global allocator.
    pub(crate) allocations: f64,
    pub(crate) bytes: f64,
    /// As callgrind sees them: none where there is no valgrind.
    pub(crate) instructions: Option<f64>,
}

/// What callgrind counts: it begins when it comes here, and stops when it leaves.
#[inline(never)]
pub(crate) fn counted_calls(op: &mut Op, calls: u32) {
    for _ in 0..calls {
        op();
    }
}

/// Each case in a process of its own, two by two on two cores: counts do not mind company.
pub(crate) fn count(directory: &Path, cases: &[Case]) {
    let with_valgrind = Command::new("valgrind").arg("--version").output().is_ok();
    if !with_valgrind {
        eprintln!("no valgrind: no instructions are counted");
    }
    let waiting: Mutex<VecDeque<(String, u32)>> =
        Mutex::new(cases.iter().map(|case| (case.name(), case.calls)).collect());
    let counts = Mutex::new(Counts::new());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((name, calls)) = { waiting.lock().unwrap().pop_front() } {
                    let mut count = allocations(directory, &name);
                    if with_valgrind {
                        count.instructions =
                            Some(instructions(directory, &name) / f64::from(calls));
                    }
                    eprintln!(
                        "{name}: {} allocations, {:?} instructions",
                        count.allocations, count.instructions
                    );
                    counts.lock().unwrap().insert(name, count);
                }
            });
        }
    });
    let counts = counts.into_inner().unwrap();
    std::fs::write(file(directory), serde_json::to_vec_pretty(&counts).unwrap()).unwrap();
}

pub(crate) fn load(directory: &Path) -> Counts {
    let counts = std::fs::read(file(directory)).expect("`actas-bench count` goes first");
    serde_json::from_slice(&counts).unwrap()
}

fn file(directory: &Path) -> PathBuf {
    directory.join("counts.json")
}

fn allocations(directory: &Path, name: &str) -> Count {
    let program = std::env::current_exe()
        .unwrap()
        .with_file_name("allocations");
    let output = Command::new(program)
        .arg(directory)
        .arg(name)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let counts: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |member: &str| counts[member].as_f64().unwrap();
    Count {
        allocations: number("allocations"),
        bytes: number("bytes"),
        instructions: None,
    }
}

/// Of all counted calls together.
fn instructions(directory: &Path, name: &str) -> f64 {
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            "--toggle-collect=*counted_calls*",
        ])
        .arg(std::env::current_exe().unwrap())
        .arg("call")
        .args([directory.as_os_str(), name.as_ref()])
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {log}");
    let collected = log.lines().find_map(|line| line.split_once("Collected : "));
    let count: f64 = collected
        .expect("callgrind's summary")
        .1
        .trim()
        .parse()
        .unwrap();
    assert!(count > 0.0, "{name}: callgrind did not see the calls");
    count
}
