//! Measures what authentication costs a request.
//!
//! ```text
//! actas-bench prepare <directory>             makes the keys and tokens of a run
//! actas-bench list [place]                    the cases
//! actas-bench services                        the cases that can be served
//! actas-bench call <directory> <case>         calls a case as often as its instructions are counted over
//! actas-bench serve <directory> <case>        serves a case on the loopback interface
//! actas-bench count <directory> [gates]       counts allocations and instructions of each case, or of those in a gate
//! actas-bench check <directory>               fails when a count is beyond its gate
//! actas-bench sessions <directory> <count> <tokens | fingerprints>
//!                                             times hits of the cache, and weighs it
//! actas-bench audit <directory> <sqlite | postgres> [events]
//!                                             times the record of impersonated requests, filled with so many events
//! actas-bench verify-audit <file | URL> <key file>
//!                                             verifies a record
//! actas-bench report <directory>              everything that was measured, as Markdown
//! actas-bench splice <directory> <file>       writes the limits and the tables of the audit record into a file, between its marks
//! ```

mod audit;
mod counts;
mod gates;
mod limits;
mod machine;
mod report;

use std::path::Path;
use std::process::ExitCode;

use actas_bench::{Case, Sessions, all, prepare};

/// Events of a record that is filled.
#[cfg(feature = "audit")]
const AUDIT_EVENTS: usize = 1_000_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["prepare", directory] => prepare(directory.as_ref()),
        ["list"] => names(|_| true),
        ["list", place] => names(|case| case.place == place),
        ["services"] => names(Case::is_service),
        ["call", directory, name] => call(directory.as_ref(), name),
        ["serve", directory, name] => find(name).serve(directory.as_ref()),
        ["count", directory] => counts::count(directory.as_ref(), &all()),
        ["count", directory, "gates"] => counts::count(directory.as_ref(), &gates::cases()),
        ["check", directory] => return gates::check(directory.as_ref()),
        ["sessions", directory, count, kind] => {
            let count = count.parse().expect("a number");
            sessions(directory.as_ref(), count, kind == "fingerprints");
        }
        #[cfg(feature = "audit")]
        ["audit", directory, store] => measure_audit(directory.as_ref(), store, AUDIT_EVENTS),
        #[cfg(feature = "audit")]
        ["audit", directory, store, events] => {
            measure_audit(directory.as_ref(), store, events.parse().expect("a number"));
        }
        #[cfg(feature = "audit")]
        ["verify-audit", target, key_file] => actas_bench::verify_audit(target, key_file.as_ref()),
        ["report", directory] => print!("{}", report::markdown(directory.as_ref())),
        ["splice", directory, file] => {
            let text = std::fs::read_to_string(file).expect("a file");
            let text = report::spliced(directory.as_ref(), &text);
            std::fs::write(file, text).expect("the file can be written");
        }
        _ => {
            eprintln!("actas-bench: see the head of src/bin/actas-bench/main.rs");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn names(wanted: impl Fn(&Case) -> bool) {
    for case in all().iter().filter(|case| wanted(case)) {
        println!("{}", case.name());
    }
}

fn find(name: &str) -> Case {
    let case = all().into_iter().find(|case| case.name() == name);
    case.unwrap_or_else(|| panic!("no case {name}: see `actas-bench list`"))
}

fn call(directory: &Path, name: &str) {
    let case = find(name);
    let mut op = case.op(directory);
    for _ in 0..counts::WARM_UP {
        op();
    }
    counts::counted_calls(&mut op, case.calls);
}

fn sessions(directory: &Path, count: usize, fingerprints: bool) {
    let kind = if fingerprints {
        "fingerprints"
    } else {
        "tokens"
    };
    let file = directory.join(format!("sessions-{count}-{kind}.json"));
    let sessions = Sessions::measure(count, fingerprints);
    std::fs::write(file, serde_json::to_vec(&sessions).unwrap()).unwrap();
}

#[cfg(feature = "audit")]
fn measure_audit(directory: &Path, store: &str, events: usize) {
    let file = directory.join(format!("audit-{store}.json"));
    let figures = actas_bench::audit(store, events);
    std::fs::create_dir_all(directory).unwrap();
    std::fs::write(file, serde_json::to_vec(&figures).unwrap()).unwrap();
}
