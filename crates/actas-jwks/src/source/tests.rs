use std::sync::atomic::{AtomicU64, Ordering};

use actas_core::Algorithm;
use tokio::runtime::{Builder, Runtime};

use super::*;
use crate::fetch::{Answer, Fetched};
use crate::place::Place;

#[derive(Debug, Default)]
struct ManualTicks(AtomicU64);

impl Ticks for ManualTicks {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// A source that fetched the key `a` at zero, to be refreshed between 225 s and 263 s, and at 270 s now; with a runtime
/// that nobody drives.
fn to_be_refreshed() -> (Arc<Source>, Runtime) {
    let ticks = Arc::new(ManualTicks::default());
    let mut settings = Settings::new(Place::Profile);
    settings.ticks = Arc::<ManualTicks>::clone(&ticks);
    let source = Arc::new(Source::new(settings));
    let issuer = "https://issuer.invalid";
    source.bind(issuer, Some(issuer)).unwrap();
    let jwks = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let Seek::Begin(departure) = source.seek(None, 0) else {
        panic!("does not begin");
    };
    let answer = Answer {
        keys: Arc::new(KeySet::from_json(jwks).unwrap()),
        validators: None,
        max_age: None,
    };
    let fetched = Fetched {
        answer,
        age: Duration::ZERO,
        is_new: true,
    };
    source.end(departure.number, End::Landed(fetched));
    ticks.0.store(270, Ordering::SeqCst);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    (source, runtime)
}

fn look_at(source: &Source) -> u64 {
    source.view.load().as_ref().unwrap().look_at.as_secs()
}

#[test]
fn a_refresh_is_seen_without_the_lock() {
    let (source, runtime) = to_be_refreshed();
    assert!(look_at(&source) < 270);
    let _entered = runtime.enter();
    assert!(source.current().is_some());
    assert_eq!(look_at(&source), 274);
}

#[test]
fn a_look_up_is_seen_without_the_lock() {
    let (source, runtime) = to_be_refreshed();
    let x = Wanted {
        kid: "x".to_owned(),
        algorithm: Algorithm::EdDsa,
    };
    let Seek::Begin(departure) = source.seek(Some(&x), 1) else {
        panic!("does not begin");
    };
    assert_eq!(look_at(&source), 274);
    let fetcher = source.fetcher.get().unwrap();
    source.depart(runtime.handle(), fetcher, departure);
    // Lost with its runtime, and that is seen too.
    drop(runtime);
    assert!(look_at(&source) < 270);
}
