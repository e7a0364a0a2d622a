use serde::{Deserialize, Serialize};

/// What was measured of the audit record in one database.
#[derive(Debug, Serialize, Deserialize)]
pub struct AuditFigures {
    /// The database, with its version where it is not in the lock file.
    pub store: String,
    /// 4 KiB appended to a file of the same file system, until they are on disk: no commit takes less.
    pub flush_ns: f64,
    /// Of the kernel, over the last minute before anything was measured: what else the machine did.
    pub load_average: f64,
    pub loads: Vec<Load>,
    pub filled: Filled,
    pub pages: Vec<PageTime>,
    pub verified: Vec<Verified>,
}

/// The same requests to the same application, without a record and with one.
#[derive(Debug, Serialize, Deserialize)]
pub struct Load {
    /// Requests under way at a time.
    pub concurrent: usize,
    pub plain: Requests,
    pub audited: Requests,
    /// Written until all of them were on disk.
    pub events_per_second: f64,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Requests {
    pub per_second: f64,
    pub median_ns: f64,
    pub p99_ns: f64,
}

/// How the record was filled that pages are read of and that is verified.
#[derive(Debug, Serialize, Deserialize)]
pub struct Filled {
    pub sessions: usize,
    pub requests: usize,
    /// Of the one session that is longer than all others.
    pub longest: usize,
    pub seconds: f64,
}

/// One page of a list.
#[derive(Debug, Serialize, Deserialize)]
pub struct PageTime {
    /// What is listed.
    pub list: String,
    /// How many stand before the page.
    pub depth: usize,
    pub median_ns: f64,
}

/// A verification of the whole record, in a process of its own.
#[derive(Debug, Serialize, Deserialize)]
pub struct Verified {
    pub sessions: u64,
    pub events: u64,
    pub links: u64,
    pub seconds: f64,
    /// The most that the process held in memory.
    pub peak_bytes: u64,
    /// What it held when the record was open and nothing was read.
    pub before_bytes: u64,
}
