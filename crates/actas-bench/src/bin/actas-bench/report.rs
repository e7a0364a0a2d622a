use std::collections::BTreeMap;
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use actas_bench::{Algorithm, Case, Sessions, all};
use serde_json::Value;

use crate::audit;
use crate::counts::{Counts, load};
use crate::gates::all_gates;
use crate::limits::{Measured, all_limits, median, nanoseconds, throughput};
use crate::machine::{locked, machine, version_of};

const VERSIONS: &[&str] = &[
    "actix-web",
    "actix-web-httpauth",
    "aliri",
    "aliri_oauth2",
    "aliri_tower",
    "aws-lc-rs",
    "axum",
    "axum-jwt-auth",
    "axum-keycloak-auth",
    "clerk-rs",
    "dioxus-clerk",
    "jsonwebtoken",
    "jwt-authorizer",
    "tokio",
    "tower-oauth2-resource-server",
];

/// What was measured into a directory.
struct Report {
    counts: Counts,
    /// Of the cases that have a limit, in a build without the peers: their features are in what they share with the others.
    gates: Counts,
    measured: Measured,
    /// The tables of the audit record.
    audit: String,
}

pub(crate) fn markdown(directory: &Path) -> String {
    let mut out = String::new();
    Report::read(directory).write(&mut out).unwrap();
    out
}

/// `text` with what was measured in the place of what stands between marks: the limits, the tables of the audit record, or
/// both.
pub(crate) fn spliced(directory: &Path, text: &str) -> String {
    let limits = || {
        let mut out = String::new();
        Report::read(directory).write_limits(&mut out).unwrap();
        out
    };
    let text = between(text, "limits", limits);
    between(&text, "audit record", || audit::tables(directory))
}

/// `text` with what `write` says between the marks of this name, where it has them.
fn between(text: &str, name: &str, write: impl FnOnce() -> String) -> String {
    let (begin, end) = marks(name);
    let Some((before, rest)) = text.split_once(&begin) else {
        return text.to_owned();
    };
    let (_, after) = rest.split_once(&end).expect("the second mark");
    [before, &begin, &write(), &end, after].concat()
}

fn marks(name: &str) -> (String, String) {
    (
        format!("<!-- {name}: written by crates/actas-bench/run -->\n"),
        format!("<!-- end of {name} -->"),
    )
}

impl Report {
    fn read(directory: &Path) -> Self {
        let sessions = fs::read_dir(directory).unwrap().filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name()?.to_str()?;
            name.starts_with("sessions-")
                .then(|| serde_json::from_slice(&fs::read(&path).unwrap()).unwrap())
        });
        let mut sessions: Vec<Sessions> = sessions.collect();
        sessions.sort_by_key(|sessions| (sessions.fingerprints, sessions.count));
        let time = |case: &Case| Some((case.name(), time(case)?));
        Self {
            counts: load(directory),
            gates: load(&directory.join("gates")),
            measured: Measured {
                times: all().iter().filter_map(time).collect(),
                http: http(directory),
                sessions,
            },
            audit: audit::tables(directory),
        }
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "# What authentication costs a request\n")?;
        writeln!(
            out,
            "Written by `crates/actas-bench/run`; `README.md` beside this file says what is measured, and how.\n"
        )?;
        writeln!(out, "- Machine: {}", machine())?;
        writeln!(
            out,
            "- {}, release profile as it is by default; {}",
            version_of("rustc", "-V"),
            version_of("valgrind", "--version")
        )?;
        writeln!(out, "- {}\n", locked(VERSIONS))?;
        writeln!(
            out,
            "## Limits\n\nInstructions and allocations as `.ci/bench-gates` counts and holds them, in a build without the peers; times, throughput and memory are this machine's.\n"
        )?;
        self.write_limits(out)?;
        writeln!(out, "\n## Token to session\n")?;
        for algorithm in Algorithm::ALL {
            writeln!(
                out,
                "{}, held against the bare signature:\n",
                algorithm.name()
            )?;
            self.write_place(out, "token", "aws-lc-rs", *algorithm, *algorithm)?;
            writeln!(out)?;
        }
        for (place, title) in [
            ("axum", "A request through axum"),
            ("actix", "A request through actix-web"),
        ] {
            writeln!(
                out,
                "## {title}\n\nRS256, held against the same handler without authentication:\n"
            )?;
            self.write_place(out, place, "none", Algorithm::Rs256, Algorithm::Rs256)?;
            writeln!(out)?;
        }
        writeln!(
            out,
            "## Refused\n\nRS256, held against a cold verification:\n"
        )?;
        self.write_refusals(out)?;
        self.write_http(out)?;
        self.write_sessions(out)?;
        self.write_audit(out)
    }

    /// The counts that the gates hold first, then what depends on the machine.
    fn write_limits(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "| what | at most | reached | |\n|---|--:|--:|---|")?;
        let mut row = |what: &str, limit: &str, reached: &str, met: bool, because: &str| {
            let word = if met {
                "met".to_owned()
            } else {
                format!("not met: {because}")
            };
            writeln!(out, "| {what} | {limit} | {reached} | {word} |")
        };
        for gate in all_gates() {
            let because = gate.reached.as_ref().map_or("", |reached| &reached.because);
            for verdict in gate.verdicts(&self.gates) {
                let (limit, counted) = (&verdict.limit, &verdict.counted);
                row(&gate.what, limit, counted, verdict.met, because)?;
            }
        }
        for limit in all_limits() {
            if let Some((value, met)) = limit.verdict(&self.measured) {
                row(&limit.what, &limit.bound(), &value, met, &limit.because)?;
            }
        }
        Ok(())
    }

    fn write_place(
        &self,
        out: &mut String,
        place: &str,
        base: &str,
        algorithm: Algorithm,
        of: Algorithm,
    ) -> std::fmt::Result {
        let base = format!("{place}/{base}/{}", of.name());
        let cases = all()
            .into_iter()
            .filter(|case| case.place == place && case.algorithm == algorithm);
        self.write_rows(out, cases, &base)
    }

    fn write_refusals(&self, out: &mut String) -> std::fmt::Result {
        let cases = all()
            .into_iter()
            .filter(|case| case.place == "refused" && case.algorithm == Algorithm::Rs256);
        self.write_rows(out, cases, "token/actas-cold/RS256")
    }

    fn write_rows(
        &self,
        out: &mut String,
        cases: impl Iterator<Item = Case>,
        base: &str,
    ) -> std::fmt::Result {
        writeln!(
            out,
            "| | instructions | × | allocations | bytes | time | × |\n|---|--:|--:|--:|--:|--:|--:|"
        )?;
        for case in cases {
            let name = case.name();
            let Some(count) = self.counts.get(&name) else {
                continue;
            };
            let base_instructions = self.counts.get(base).and_then(|count| count.instructions);
            let (instructions, ratio) = figures(count.instructions, base_instructions, |count| {
                format!("{count:.0}")
            });
            let (time, time_ratio) = figures(
                self.measured.times.get(&name).copied(),
                self.measured.times.get(base).copied(),
                nanoseconds,
            );
            let Case { who, .. } = case;
            let (allocations, bytes) = (rounded(count.allocations), rounded(count.bytes));
            writeln!(
                out,
                "| {who} | {instructions} | {ratio} | {allocations} | {bytes} | {time} | {time_ratio} |"
            )?;
        }
        Ok(())
    }

    fn write_http(&self, out: &mut String) -> std::fmt::Result {
        if self.measured.http.is_empty() {
            return Ok(());
        }
        writeln!(out, "\n## Over HTTP\n")?;
        writeln!(
            out,
            "Medians of the rounds, two seconds each; a ratio is the median of the ratios within each round.\n"
        )?;
        writeln!(
            out,
            "| | requests/s | × no authentication | × clerk-rs | rounds |\n|---|--:|--:|--:|--:|"
        )?;
        for (name, rounds) in &self.measured.http {
            let place = name.split('/').next().unwrap_or_default();
            let against = |who: &str| {
                let Some(other) = self.measured.http.get(&format!("{place}/{who}/RS256")) else {
                    return "–".to_owned();
                };
                format!("{:.2}", throughput(rounds, other))
            };
            let (none, clerk) = (against("none"), against("clerk-rs"));
            writeln!(
                out,
                "| {name} | {:.0} | {none} | {clerk} | {} |",
                median(rounds.clone()),
                rounds.len()
            )?;
        }
        Ok(())
    }

    fn write_sessions(&self, out: &mut String) -> std::fmt::Result {
        if self.measured.sessions.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "\n## Many sessions\n\nEdDSA, a token of them at random for each look-up:\n"
        )?;
        writeln!(
            out,
            "| sessions | remembered by | reading the token | and looking it up | memory for each |\n|--:|---|--:|--:|--:|"
        )?;
        for Sessions {
            count,
            fingerprints,
            hit_ns,
            reading_ns,
            bytes_each,
        } in &self.measured.sessions
        {
            let kind = if *fingerprints {
                "fingerprint"
            } else {
                "token"
            };
            let (reading, hit) = (nanoseconds(*reading_ns), nanoseconds(*hit_ns));
            // A few sessions are less than what the process grows by for other reasons.
            let memory = if *count < 1000 {
                "–".to_owned()
            } else {
                format!("{bytes_each:.0} B")
            };
            writeln!(out, "| {count} | {kind} | {reading} | {hit} | {memory} |")?;
        }
        Ok(())
    }

    fn write_audit(&self, out: &mut String) -> std::fmt::Result {
        if self.audit.is_empty() {
            return Ok(());
        }
        let (begin, end) = marks("audit record");
        writeln!(out, "\n## The audit record\n\n{begin}{}{end}", self.audit)
    }
}

/// A figure and its ratio to another; a dash for what there is not.
fn figures(
    value: Option<f64>,
    base: Option<f64>,
    write: impl Fn(f64) -> String,
) -> (String, String) {
    let dash = || "–".to_owned();
    let ratio = value
        .zip(base)
        .map(|(value, base)| format!("{:.3}", value / base));
    (value.map_or_else(dash, write), ratio.unwrap_or_else(dash))
}

fn rounded(value: f64) -> String {
    format!("{}", (value * 100.0).round() / 100.0)
}

/// What criterion found, in the directory where it keeps what it found.
fn time(case: &Case) -> Option<f64> {
    let target =
        env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from);
    let group = format!("{}_{}", case.place, case.who);
    let file = target
        .join("criterion")
        .join(group)
        .join(case.algorithm.name())
        .join("new/estimates.json");
    let estimates: Value = serde_json::from_slice(&fs::read(file).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

/// Lines of a case and its requests per second.
fn http(directory: &Path) -> BTreeMap<String, Vec<f64>> {
    let mut http = BTreeMap::<String, Vec<f64>>::new();
    for line in fs::read_to_string(directory.join("http.tsv"))
        .unwrap_or_default()
        .lines()
    {
        let (name, rate) = line.split_once('\t').expect("a case and its rate");
        http.entry(name.to_owned())
            .or_default()
            .push(rate.parse().expect("requests per second"));
    }
    http
}
