use std::cell::RefCell;
use std::io;
use std::sync::Once;

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// One for all threads: those of threads that come and go lose events of each other.
static SUBSCRIBER: Once = Once::new();

/// All log lines of this thread, which is all there is of a test on one thread.
pub(crate) struct Log;

impl Log {
    pub(crate) fn start() -> Self {
        SUBSCRIBER.call_once(|| {
            tracing_subscriber::fmt()
                .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
                .with_ansi(false)
                .with_writer(|| Self)
                .init();
        });
        LOG.take();
        Self
    }

    #[expect(clippy::unused_self, reason = "only who started recording may ask")]
    pub(crate) fn text(&self) -> String {
        LOG.with_borrow(|log| String::from_utf8(log.clone()).unwrap())
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
