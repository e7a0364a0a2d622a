use std::fmt::Write;
use std::fs;
use std::path::Path;

use actas_bench::{AuditFigures, PageTime};

use crate::machine::{locked, machine, version_of};

const STORES: [&str; 2] = ["sqlite", "postgres"];
const VERSIONS: &[&str] = &["axum", "libsqlite3-sys", "sqlx", "tokio"];

/// What was measured of the record, as Markdown: nothing where it was not.
pub(crate) fn tables(directory: &Path) -> String {
    let figures: Vec<AuditFigures> = STORES
        .iter()
        .filter_map(|store| fs::read(directory.join(format!("audit-{store}.json"))).ok())
        .map(|file| serde_json::from_slice(&file).unwrap())
        .collect();
    let mut out = String::new();
    if !figures.is_empty() {
        write(&mut out, &figures).unwrap();
    }
    out
}

fn write(out: &mut String, figures: &[AuditFigures]) -> std::fmt::Result {
    writeln!(out, "- Machine: {}", machine())?;
    writeln!(out, "- {}", version_of("rustc", "-V"))?;
    let stores: Vec<&str> = figures.iter().map(|figures| &*figures.store).collect();
    writeln!(out, "- {}, {}", stores.join(", "), locked(VERSIONS))?;
    for figures in figures {
        let (store, flush) = (&figures.store, time(figures.flush_ns));
        let busy = figures.load_average;
        writeln!(
            out,
            "- Before {store} was measured: load average {busy:.1}; 4 KiB appended to a file and on disk in {flush}"
        )?;
    }
    writeln!(
        out,
        "\nAn impersonated request through axum and `AuthLayer`, beside the same without a record:\n"
    )?;
    write_loads(out, figures)?;
    writeln!(
        out,
        "\nThe record that the rest is about, filled through the same application:\n"
    )?;
    write_filled(out, figures)?;
    writeln!(out, "\nA page of 50:\n")?;
    write_pages(out, figures)?;
    writeln!(
        out,
        "\nThe whole record verified, by its public key, in a process of its own:\n"
    )?;
    write_verified(out, figures)
}

fn write_loads(out: &mut String, figures: &[AuditFigures]) -> std::fmt::Result {
    writeln!(
        out,
        "| | requests at a time | without: median | p99 | requests/s | recorded: median | p99 | requests/s | events/s | added to the median |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    )?;
    for figures in figures {
        for load in &figures.loads {
            let (plain, audited) = (&load.plain, &load.audited);
            writeln!(
                out,
                "| {} | {} | {} | {} | {:.0} | {} | {} | {:.0} | {:.0} | {} |",
                figures.store,
                load.concurrent,
                time(plain.median_ns),
                time(plain.p99_ns),
                plain.per_second,
                time(audited.median_ns),
                time(audited.p99_ns),
                audited.per_second,
                load.events_per_second,
                time(audited.median_ns - plain.median_ns)
            )?;
        }
    }
    Ok(())
}

fn write_filled(out: &mut String, figures: &[AuditFigures]) -> std::fmt::Result {
    writeln!(
        out,
        "| | sessions | requests | of these in the longest session | filled in |\n|---|--:|--:|--:|--:|"
    )?;
    for AuditFigures { store, filled, .. } in figures {
        writeln!(
            out,
            "| {store} | {} | {} | {} | {:.0} s |",
            filled.sessions, filled.requests, filled.longest, filled.seconds
        )?;
    }
    Ok(())
}

fn write_pages(out: &mut String, figures: &[AuditFigures]) -> std::fmt::Result {
    writeln!(out, "| | of | after so many | time |\n|---|---|--:|--:|")?;
    for figures in figures {
        for PageTime {
            list,
            depth,
            median_ns,
        } in &figures.pages
        {
            let median = time(*median_ns);
            writeln!(out, "| {} | {list} | {depth} | {median} |", figures.store)?;
        }
    }
    Ok(())
}

fn write_verified(out: &mut String, figures: &[AuditFigures]) -> std::fmt::Result {
    writeln!(
        out,
        "| | sessions | events | links | time | events/s | memory before | at most |\n|---|--:|--:|--:|--:|--:|--:|--:|"
    )?;
    for figures in figures {
        for verified in &figures.verified {
            #[expect(clippy::cast_precision_loss, reason = "far less than 2^53")]
            let rate = verified.events as f64 / verified.seconds;
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {rate:.0} | {} | {} |",
                figures.store,
                verified.sessions,
                verified.events,
                verified.links,
                time(verified.seconds * 1e9),
                megabytes(verified.before_bytes),
                megabytes(verified.peak_bytes)
            )?;
        }
    }
    Ok(())
}

fn time(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds {
        ..1e6 => (nanoseconds / 1e3, "µs"),
        1e6..1e9 => (nanoseconds / 1e6, "ms"),
        _ => (nanoseconds / 1e9, "s"),
    };
    format!("{value:.2} {unit}")
}

#[expect(clippy::cast_precision_loss, reason = "far less than 2^53")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
