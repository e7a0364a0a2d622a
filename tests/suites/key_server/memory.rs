use std::fs;

/// The memory of this process from a moment on, as Linux counts it.
pub(crate) struct Memory {
    at_first: u64,
}

impl Memory {
    /// Begins to watch. The peak is the whole process's, so that nobody else may watch at the same time.
    pub(crate) fn watch() -> Self {
        // proc(5): 5 forgets the peak so far.
        fs::write("/proc/self/clear_refs", "5").unwrap();
        Self {
            at_first: resident("VmRSS:"),
        }
    }

    /// By how many MiB it has grown at its peak.
    pub(crate) fn growth(&self) -> u64 {
        resident("VmHWM:").saturating_sub(self.at_first) / 1024
    }
}

/// In KiB.
fn resident(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.unwrap().split_whitespace().next();
    number.unwrap().parse().unwrap()
}

/// Without this, a watch that sees nothing would look like memory that is not used.
pub(crate) fn assert_that_growth_is_seen() {
    let memory = Memory::watch();
    let held = vec![1_u8; 200 * 1024 * 1024];
    drop(std::hint::black_box(held));
    let growth = memory.growth();
    assert!((190..=210).contains(&growth), "{growth} MiB");
    assert!(Memory::watch().growth() < 10);
}
