//! Token exchange (RFC 8693), for services and command lines: a token endpoint without HTTP.
//!
//! A client that has authenticated sends the token of a user, the *subject*, and that of who is to act as them, the *actor*. It
//! gets a session token of the user whose `act` claim names the actor. In the words of RFC 8693 §1.1 that is delegation: the
//! token tells who acts.
//!
//! ```
//! use actas_core::{ConfigError, Verifier};
//! use actas_issuer::Impersonations;
//! use actas_issuer::exchange::{ClientSecretHash, Exchange, ExchangeClient};
//! use actas_tower::Head;
//! use axum::Router;
//! use axum::body::{Bytes, Body};
//! use axum::extract::State;
//! use axum::http::{Request, Response, request::Parts};
//! use axum::routing;
//!
//! // The verifier takes the session tokens of the application's users, and records impersonated requests.
//! fn open(
//!     impersonations: Impersonations,
//!     verifier: Verifier,
//!     secret: ClientSecretHash,
//! ) -> Result<Exchange, ConfigError> {
//!     Exchange::builder(impersonations, verifier)
//!         .add_client(ExchangeClient::new("nightly-export", secret))
//!         .with_audiences(["https://api.example.com"])
//!         .build()
//! }
//!
//! async fn token(State(exchange): State<Exchange>, request: Parts, body: Bytes) -> Response<Body> {
//!     let request = Request::from_parts(request, ());
//!     let answer = exchange.exchange(&Head::from(&request), &body).await;
//!     let mut response = Response::builder().status(answer.status());
//!     for (name, value) in answer.headers() {
//!         response = response.header(*name, value);
//!     }
//!     response.body(answer.into_body().into()).unwrap_or_default()
//! }
//!
//! fn routes(exchange: Exchange) -> Router {
//!     Router::new().route("/oauth/token", routing::post(token)).with_state(exchange)
//! }
//! ```
//!
//! ```text
//! # The files end without a line feed.
//! curl --netrc-file nightly-export.netrc https://app.example.com/oauth/token \
//!     -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
//!     -d subject_token_type=urn:ietf:params:oauth:token-type:access_token \
//!     -d actor_token_type=urn:ietf:params:oauth:token-type:access_token \
//!     --data-urlencode subject_token@user.token --data-urlencode actor_token@admin.token \
//!     --data-urlencode 'reason=the export of invoices fails'
//! ```
//!
//! # The form
//!
//! | parameter | |
//! |---|---|
//! | `grant_type` | `urn:ietf:params:oauth:grant-type:token-exchange` |
//! | `subject_token`, `subject_token_type` | a session token, as `…:token-type:access_token` or `…:token-type:jwt`; or the id of a user, as [`USER_ID_TOKEN_TYPE`], from a client that is [allowed to](ExchangeClient::allowed_to_name_users) |
//! | `actor_token`, `actor_token_type` | the actor's session token, in whose session nobody else acts. Both are required: nobody acts without a name |
//! | `reason` | why the actor acts, as at any start; not of the RFC. A client can have [one of its own](ExchangeClient::with_reason) |
//! | `ticket` | the ticket of the help desk; not of the RFC, and optional |
//! | `audience`, `resource` | for whom the token is, each as often as needed, of those that are [served](ExchangeBuilder::with_audiences) |
//! | `requested_token_type` | `…:token-type:access_token`, the default, or `…:token-type:jwt`: the same token |
//! | `scope` | none is granted |
//! | `client_id`, `client_secret` | where the client does not authenticate by HTTP Basic |
//!
//! Each stands once but for `audience` and `resource`. The form has at most 64 KiB.
//!
//! # What can be relied on
//!
//! - **An exchange is a start.** The policy, the terms, the consent and the limits of [`Impersonations`](crate::Impersonations)
//!   hold for it, and the record has it before there is a token. By default one session of an actor runs at a time, and 20
//!   start within an hour: set both for what services need. Where a second person must approve, there is no exchange.
//! - **`act` is nested as the RFC says** (§4.1): where somebody acts in the subject's session, they come to stand inside the
//!   actor, at most 8 one inside the other. That exchange is recorded among the requests of their session, and refused once
//!   that has ended.
//! - **`may_act`** (§4.4) in the subject's token must name the actor, by `sub` and by `iss` or the token's issuer; it counts as
//!   the user's consent. Absent or `null`, it says nothing.
//! - **No token outlives those it was exchanged for**: it ends with the first of them, and at the latest when any start of the
//!   issuer would. There is no refresh token. Where session tokens live for a minute, so does what they are exchanged for.
//! - **A stop or a revocation of the subject's or the actor's own session** does not end what was exchanged before (§2.1): revoke
//!   by user or by actor.
//! - **Tokens of another kind**, ID tokens and those of templates, are refused, because the verifier refuses them.
//! - **The client** stands in `azp` and `client_id` (§4.3), and in the record. A verifier that is told its authorized parties must
//!   be told the clients, too. An unknown client and a wrong secret are one answer, and secrets are compared by their hashes, in
//!   constant time.
//! - **No token and no secret** stands in an error, a log line or a `Debug` output. An error names the token that was not taken, and
//!   the rule.
//!
//! # Answers
//!
//! Errors have the codes of RFC 6749 §5.2 and RFC 8693 §2.2.2. Those have none for two cases, which get that of RFC 6749
//! §4.1.2.1.
//!
//! | status | `error` | when |
//! |---|---|---|
//! | 200 | | the token |
//! | 400 | `invalid_request` | the form, a token that is not taken, or a policy that refuses; a user who is missing is refused alike |
//! | 400 | `unsupported_grant_type`, `invalid_scope`, `invalid_target` | another grant, any scope, an audience that is not served |
//! | 400 | `unauthorized_client` | the client may not name users by their ids |
//! | 401 | `invalid_client` | the client is not known, with `WWW-Authenticate` |
//! | 429 | `temporarily_unavailable` | a limit of the actor, with `Retry-After` |
//! | 503 | `temporarily_unavailable` | keys, record, policy or clock cannot be had, with `Retry-After` |
//!
//! # Events
//!
//! Through [`tracing`], target `actas_issuer`: *a token exchange was refused*, at level warn, with `client`, `error` and
//! `reason`. Clients that did not authenticate are not told of.

// The order of the modules is that of their dependencies: each imports only modules above it.
mod error;
mod response;
mod form;
mod token_type;
mod clients;
mod credential;
mod target;
mod request;
mod subject;
mod endpoint;
mod builder;

pub use builder::ExchangeBuilder;
pub use clients::{ClientSecret, ClientSecretHash, ExchangeClient, NoClientSecretHash};
pub use endpoint::Exchange;
pub use response::ExchangeResponse;
pub use token_type::USER_ID_TOKEN_TYPE;
