use std::time::Duration;

use actas_core::ErrorKind;

use super::answer::Answer;
use super::issuer::{Issuer, refusal, verifier};
use super::recorder::Recorder;
use super::server::Server;
use super::ticks::ManualTicks;

/// One fetch that gets this answer: 503, and how the fetch ended.
pub(crate) async fn failed(answer: Answer) -> Vec<String> {
    let issuer = Issuer::new();
    let recorder = Recorder::start();
    let server = Server::new(answer);
    let keys = server
        .keys(&ManualTicks::default())
        .with_fetch_timeout(Duration::from_millis(500));
    let verifier = verifier(keys);
    let (kind, status, retry_after) = refusal(&verifier, &issuer.token("a")).await;
    assert_eq!((kind, status), (ErrorKind::KeysUnavailable, 503));
    assert!(retry_after.is_some());
    assert_eq!(server.fetches(), 1);
    recorder.outcomes()
}
