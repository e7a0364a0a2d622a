//! How far long work has come.

use std::io::{IsTerminal as _, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Work that takes less needs no bar.
const LONG: Duration = Duration::from_millis(500);

/// A bar on the terminal of the standard error, if it is one, that shows when work turns out long. Programs that read JSON are
/// shown none.
pub(crate) struct Progress {
    since: Instant,
    total: Option<u64>,
    is_shown: bool,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Of `total` bytes, where that is known.
    pub(crate) fn new(total: Option<u64>, is_json: bool) -> Self {
        Self {
            since: Instant::now(),
            total,
            is_shown: !is_json && stderr().is_terminal(),
            bar: None,
        }
    }

    pub(crate) fn set(&mut self, bytes: u64) {
        if !self.is_shown || (self.bar.is_none() && self.since.elapsed() < LONG) {
            return;
        }
        self.bar
            .get_or_insert_with(|| bar(self.total))
            .set_position(bytes);
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

const OF_TOTAL: &str = "{wide_bar} {bytes} of {total_bytes}, {eta} left";
const SO_FAR: &str = "{spinner} {bytes}";

fn bar(total: Option<u64>) -> ProgressBar {
    let (bar, template) = match total {
        Some(total) => (ProgressBar::new(total), OF_TOTAL),
        None => (ProgressBar::no_length(), SO_FAR),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_read() {
        for template in [OF_TOTAL, SO_FAR] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
