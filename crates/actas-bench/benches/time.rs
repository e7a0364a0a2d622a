//! How long a call of each case takes, by criterion.
//!
//! `ACTAS_BENCH_DIRECTORY` is where `actas-bench prepare` wrote. `ACTAS_BENCH_BACKEND`, `aws_lc_rs` or `rust_crypto`, says
//! which cases this process takes.

use std::env;
use std::time::Duration;

use actas_bench::all;
use criterion::Criterion;

fn main() {
    let directory = env::var_os("ACTAS_BENCH_DIRECTORY").expect("ACTAS_BENCH_DIRECTORY");
    let backend = env::var("ACTAS_BENCH_BACKEND").unwrap_or_else(|_| "aws_lc_rs".to_owned());
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
        .configure_from_args();
    for case in all().iter().filter(|case| case.backend.name() == backend) {
        let mut op = case.op(directory.as_ref());
        let mut group = criterion.benchmark_group(format!("{}/{}", case.place, case.who));
        group.bench_function(case.algorithm.name(), |bencher| bencher.iter(&mut op));
        group.finish();
    }
    criterion.final_summary();
}
