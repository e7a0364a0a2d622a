use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once};

use tracing_subscriber::Layer;
use tracing_subscriber::filter::dynamic_filter_fn;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

static SUBSCRIBER: Once = Once::new();
static RECORDING: AtomicBool = AtomicBool::new(false);
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// All that any thread of this process logs, at any level, until it is dropped.
pub(crate) struct Log;

struct Writer;

impl Log {
    pub(crate) fn record() -> Self {
        SUBSCRIBER.call_once(|| {
            let lines = fmt::layer().with_ansi(false).with_writer(|| Writer);
            let switch = dynamic_filter_fn(|_, _| RECORDING.load(Ordering::SeqCst));
            tracing_subscriber::registry()
                .with(lines.with_filter(switch))
                .init();
        });
        LOG.lock().unwrap().clear();
        RECORDING.store(true, Ordering::SeqCst);
        Self
    }

    #[expect(clippy::unused_self, reason = "only who records may ask")]
    pub(crate) fn text(&self) -> String {
        String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        RECORDING.store(false, Ordering::SeqCst);
    }
}

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
