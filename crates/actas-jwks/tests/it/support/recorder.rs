use std::cell::RefCell;
use std::fmt;
use std::io;
use std::sync::Once;

use metrics::LocalRecorderGuard;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One for all threads: those of threads that come and go lose events of each other.
static SUBSCRIBER: Once = Once::new();

/// All metrics and log lines of this thread, which is all there is of a test on one thread.
pub(crate) struct Recorder {
    snapshotter: Snapshotter,
    _metrics: LocalRecorderGuard<'static>,
}

struct Log;

impl Recorder {
    pub(crate) fn start() -> Self {
        // A guard borrows its recorder: a test may leak one.
        let recorder: &'static DebuggingRecorder = Box::leak(Box::default());
        SUBSCRIBER.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(|| Log)
                .init();
        });
        LOG.take();
        Self {
            snapshotter: recorder.snapshotter(),
            _metrics: metrics::set_default_local_recorder(recorder),
        }
    }

    #[expect(clippy::unused_self, reason = "only who started recording may ask")]
    pub(crate) fn log(&self) -> String {
        LOG.with_borrow(|log| String::from_utf8(log.clone()).unwrap())
    }

    /// What was measured since this was last asked, as `name{label=value,…} value`, sorted. Histograms are counted.
    pub(crate) fn metrics(&self) -> Vec<String> {
        let measured = self.snapshotter.snapshot().into_vec();
        let mut lines: Vec<String> = measured
            .into_iter()
            .filter_map(|(key, _, _, value)| {
                let key = key.key();
                let labels: Vec<_> = key
                    .labels()
                    .map(|label| format!("{}={}", label.key(), label.value()))
                    .collect();
                let value: &dyn fmt::Display = match &value {
                    DebugValue::Counter(0) => return None,
                    DebugValue::Counter(count) => count,
                    DebugValue::Gauge(gauge) => gauge,
                    DebugValue::Histogram(values) if values.is_empty() => return None,
                    DebugValue::Histogram(values) => &values.len(),
                };
                Some(format!("{}{{{}}} {value}", key.name(), labels.join(",")))
            })
            .collect();
        lines.sort();
        lines
    }

    /// How fetches ended since this was last asked.
    pub(crate) fn outcomes(&self) -> Vec<String> {
        let fetches = self.metrics().into_iter().filter_map(|line| {
            let line = line.strip_prefix("actas_jwks_fetches_total")?;
            let (labels, count) = line.split_once('}')?;
            let outcome = labels.rsplit('=').next()?;
            Some(format!("{outcome}{count}"))
        });
        fetches.collect()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
