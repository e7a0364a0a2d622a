//! What a provider is not built with.

use std::time::Duration;

use actas_core::ConfigError;
use actas_issuer::provider::{Clerk, ClerkBuilder};

use crate::support::SECRET;

fn refused(builder: ClerkBuilder) -> String {
    builder.build().unwrap_err().to_string()
}

#[test]
fn a_secret_key_is_judged_and_not_repeated() {
    for key in [
        "",
        "pk_test_veryprivate",
        "veryprivate",
        "sk_test_very private",
    ] {
        let error = Clerk::builder(key).build().unwrap_err();
        assert!(matches!(error, ConfigError::Setting { .. }));
        let text = format!("{error} {error:?}");
        assert!(text.contains("secret key of Clerk"), "{text}");
        assert!(!text.contains("private"), "{text}");
    }
    assert!(Clerk::builder(SECRET).build().is_ok());
    assert!(Clerk::builder("sk_live_abc").build().is_ok());
}

#[test]
fn only_https_is_taken_unless_loopback_is_switched_on() {
    for url in ["http://127.0.0.1:1", "http://localhost:1"] {
        let builder = || Clerk::builder(SECRET).with_api_url(url);
        let error = refused(builder());
        assert!(error.contains("URL of Clerk's Backend API"), "{error}");
        assert!(builder().insecure_allow_http_to_loopback().build().is_ok());
    }
    let builder = Clerk::builder(SECRET).with_api_url("http://api.clerk.com");
    refused(builder.insecure_allow_http_to_loopback());
}

#[test]
fn settings_have_bounds() {
    let builder = || Clerk::builder(SECRET);
    for (builder, name) in [
        (
            builder().with_reason_length(0..=500),
            "length of a reason, which begins at 1 character",
        ),
        #[expect(clippy::reversed_empty_ranges, reason = "it is what must be refused")]
        (
            builder().with_reason_length(11..=10),
            "length of a reason, which begins at 1 character",
        ),
        (
            builder().with_token_lifetime(Duration::ZERO),
            "lifetime of an actor token, which is a second to an hour",
        ),
        (
            builder().with_token_lifetime(Duration::from_secs(3601)),
            "lifetime of an actor token, which is a second to an hour",
        ),
        (
            builder().with_max_duration(Duration::from_millis(999)),
            "longest duration of an impersonation, which is a second to a day",
        ),
        (
            builder().with_max_duration(Duration::from_secs(86401)),
            "longest duration of an impersonation, which is a second to a day",
        ),
        (
            builder().with_timeout(Duration::ZERO),
            "be the timeout, which is a millisecond to a minute",
        ),
        (
            builder().with_timeout(Duration::from_secs(61)),
            "be the timeout, which is a millisecond to a minute",
        ),
        (
            builder().with_connect_timeout(Duration::ZERO),
            "connect timeout, which is a millisecond to a minute",
        ),
    ] {
        let error = refused(builder);
        assert!(error.contains(name), "{error}");
    }
}
