//! Any set of header lines: no panic, one credential decides, and a refusal is always one of the table's.

#![no_main]

use std::sync::LazyLock;

use actas_core::{Ending, ErrorKind, RequestHead as _, Verifier};
use actas_core_fuzz::{Request, verifier};
use libfuzzer_sys::fuzz_target;

static VERIFIER: LazyLock<Verifier> = LazyLock::new(verifier);

/// Without a credential that is taken to start from, the fuzzer would see refusals only.
fn seeds_are_valid() {
    for (seed, actor) in [
        (
            &include_bytes!("../seeds/header_extraction/bearer-spaced")[..],
            true,
        ),
        (include_bytes!("../seeds/header_extraction/cookie"), false),
        (
            include_bytes!("../seeds/header_extraction/cookie-suffixed"),
            true,
        ),
        (
            include_bytes!("../seeds/header_extraction/impersonation"),
            true,
        ),
        (
            include_bytes!("../seeds/header_extraction/own-origin"),
            false,
        ),
        (
            include_bytes!("../seeds/header_extraction/websocket"),
            false,
        ),
    ] {
        let request = Request::parse(seed).expect("the seed is a request");
        let auth = VERIFIER
            .authenticate(&request)
            .now()
            .expect("the seed is valid");
        assert_eq!(
            auth.expect("the seed has a credential").is_impersonated(),
            actor
        );
    }
}

fuzz_target!(init: seeds_are_valid(), |input: &[u8]| {
    let Some(request) = Request::parse(input) else {
        return;
    };
    let outcome = VERIFIER.authenticate(&request).now();
    if request.header("authorization").count() > 1 {
        assert!(outcome.is_err());
    }
    match VERIFIER.session_to_end(&request).now() {
        Ok(Ending::Session(session)) => assert_eq!(session.user_id, "user_1"),
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::CrossSite),
    }
    match outcome {
        Ok(Some(auth)) => assert_eq!(auth.user_id.as_ref(), "user_1"),
        Ok(None) => {}
        Err(error) => {
            let reply = VERIFIER.refusals().render(&error, &request);
            assert!(
                matches!(reply.status, 200 | 303 | 400 | 401 | 403),
                "{reply:?}"
            );
            for (_, value) in &reply.headers {
                assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            }
        }
    }
});
