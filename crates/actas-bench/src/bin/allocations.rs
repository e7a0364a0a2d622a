//! Prints how often one call of a case asks the allocator for memory, and for how much, as JSON.
//!
//! `allocations <directory> <case>`. What C asks `malloc` for, as aws-lc does, goes past the allocator and is not counted.

use std::alloc::System;

use actas_bench::all;
use serde_json::json;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Before the count begins, so that what is made once is there.
const WARM_UP: u32 = 64;
const CALLS: u32 = 64;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().expect("a directory");
    let name = arguments.next().expect("a case");
    let case = all()
        .into_iter()
        .find(|case| case.name() == name)
        .expect("a case that exists");

    let mut op = case.op(directory.as_ref());
    for _ in 0..WARM_UP {
        op();
    }
    let region = Region::new(GLOBAL);
    for _ in 0..CALLS {
        op();
    }
    let counted = region.change();
    let each = |total: usize| f64::from(u32::try_from(total).unwrap()) / f64::from(CALLS);
    let counts = json!({
        "allocations": each(counted.allocations + counted.reallocations),
        "bytes": each(counted.bytes_allocated),
    });
    println!("{counts}");
}
