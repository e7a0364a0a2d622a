//! The keys of an issuer over HTTPS, for the verifiers of [`actas_core`].
//!
//! ```
//! use actas_core::Verifier;
//! use actas_jwks::RemoteKeys;
//!
//! # fn main() -> Result<(), actas_core::ConfigError> {
//! // Issuer and key-set URL come from the publishable key; keys are fetched when the first request needs them.
//! let verifier = Verifier::clerk("pk_test_Y2xlcmsuY2xlcmsuZGV2JA")?
//!     .with_keys(RemoteKeys::new())
//!     .with_authorized_parties(["https://app.example.com"])
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! # Where keys come from
//!
//! | source | keys |
//! |---|---|
//! | [`RemoteKeys::new`] | the key-set URL of the verifier's profile (Clerk: the frontend API's; no secret) |
//! | [`RemoteKeys::from_url`] | a JWK set (RFC 7517) at a URL |
//! | [`RemoteKeys::discover`] | the `jwks_uri` of the issuer's `OpenID` configuration |
//! | [`RemoteKeys::clerk_backend`] | Clerk's Backend API, with the secret key |
//!
//! Two verifiers share keys only where they share the source: a `kid` means nothing outside its issuer.
//!
//! # What can be relied on
//!
//! - **One fetch at a time.** Any number of requests wait for the same one. A request that gives up, or is dropped, ends
//!   it for nobody else; a runtime that ends with it leaves it to the next request to begin anew. One that gives no sign for
//!   a second beyond the fetch timeout, because its runtime is blocked, is given up, and may still run beside the next.
//! - **Known keys do not wait.** A set is refreshed in the background of a request when an eighth to a quarter of its
//!   lifetime is left, or earlier (up to a half) where the fetch timeout asks for it. Only the first request after a time
//!   without any waits, because the set may have changed.
//! - **Rotation.** A token that names a key not in the set has the set fetched, within a budget, so that forged names cost
//!   the issuer next to nothing. The answer counts if the fetch began after the request came, and caches on the way, which
//!   are told not to answer, did not: the key is there, or the token is refused with 401. A `kid` that was looked up in
//!   vain is refused with 401 for up to the interval of the budget without another look-up. Where the key could not be
//!   looked up the answer is 503 with `Retry-After`. A key that left the set stops verifying with the next refresh.
//! - **Outage.** The last good set serves on up to a limit of age, while the issuer is asked again now and then, in the
//!   background. Past the limit, or where no set was ever had, a request that needs one gets 503 with `Retry-After`. A
//!   document that is no key set, or has no usable key, is an outage.
//! - **Bounds.** `https` only, and HTTP/1.1; redirects within the origin only, three at most; no cookies; a document of
//!   1 MiB as it unpacks (gzip) and of 256 keys at most; timeouts for connecting and for the whole. Any content type is
//!   read. `ETag` and `Last-Modified` (up to 1 KiB, a date if it was a minute old), `Cache-Control: max-age`, `Age` and
//!   `Retry-After` in seconds are heeded.
//! - **Nothing is left behind.** No task outlives the last clone of the source, and no connection is kept.
//!
//! Waiting needs a [tokio] runtime with its I/O and time drivers (`enable_all`), as axum and actix-web bring it; without the
//! time driver it panics. `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are heeded but for loopback.
//!
//! # Metrics and events
//!
//! Through the [`metrics`] facade. `host` is the host of the URL keys are fetched from, and its port where it is an
//! unusual one.
//!
//! | metric | kind | labels | what |
//! |---|---|---|---|
//! | `actas_jwks_fetches_total` | counter | `host`, `outcome` | fetches that ended: `key_set`, `not_modified`, or a failure: `connect`, `timeout`, `redirect`, `status`, `transfer`, `too_large`, `too_many_keys`, `key_set_refused`, `discovery`, `panic` |
//! | `actas_jwks_key_set_age_seconds` | gauge | `host` | when a fetch ended: how long ago the set was asked for that the issuer last gave or confirmed |
//! | `actas_jwks_unknown_keys_total` | counter | `host`, `answer` | tokens with a key that was not in the set: `found` by a fetch, `absent`, or `unavailable` |
//! | `actas_jwks_wait_seconds` | histogram | `host`, `outcome` | how long requests waited for keys: `found`, `absent`, `unavailable` |
//!
//! Through [`tracing`], target `actas_jwks`:
//!
//! | event | level | fields |
//! |---|---|---|
//! | the issuer's keys were fetched | debug | `host`, `outcome`, `refused` (keys that cannot be used) |
//! | the issuer's keys could not be fetched | warn | `host`, `failure`, `detail`, `age_seconds`, `retry_in_seconds` |
//! | no keys: … | error | none: the source has no verifier, or there is no tokio runtime |
//!
//! No label, event or `Debug` output holds a `kid`, a secret, or more of a URL than its host and path.
//!
//! # In an application's tests
//!
//! No network is needed: give the verifier [`StaticKeys`](actas_core::StaticKeys) with the public key that the test signs
//! with. Everything behind the verifier is the same.
//!
//! ```
//! use actas_core::{StaticKeys, Verifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let jwks = r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "test",
//!     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
//! let verifier = Verifier::rfc9068("https://login.example.com", "https://api.example.com")
//!     .with_keys(StaticKeys::from_jwks(jwks)?)
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! A test of rotation or outage uses [`RemoteKeys::from_url`] with
//! [`insecure_allow_http_to_loopback`](RemoteKeys::insecure_allow_http_to_loopback), a server on loopback, and [`Ticks`]
//! it can move.

// The order of the modules is that of their dependencies: each imports only modules above it.
mod ticks;
mod place;
mod settings;
mod cache_control;
mod failure;
mod document;
mod validators;
mod fetch;
mod telemetry;
mod budget;
mod retries;
mod absent;
mod wanted;
mod held;
mod flight;
mod state;
mod pilot;
mod source;
mod remote;

pub use remote::RemoteKeys;
pub use ticks::{SystemTicks, Ticks};
