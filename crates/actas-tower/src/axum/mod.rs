//! What only axum needs: extractors, and the list of routes without a decision about impersonation.
//!
//! # Example
//!
//! ```
//! use actas_core::Verifier;
//! use actas_tower::axum::{Auth, Direct};
//! use actas_tower::{AuthLayer, deny_when_impersonated};
//! use axum::Router;
//! use axum::routing::{delete, get, post};
//!
//! async fn me(auth: Auth) -> String {
//!     auth.user_id.to_string()
//! }
//!
//! async fn change_password() {}
//!
//! // The extractor refuses an impersonated session, too, and hands on the proof.
//! async fn delete_account(_who: Direct) {}
//!
//! fn app(verifier: Verifier) -> Router {
//!     Router::new()
//!         .route("/me", get(me))
//!         .route("/password", post(change_password).layer(deny_when_impersonated()))
//!         .route("/account", delete(delete_account))
//!         .layer(AuthLayer::new(verifier))
//! }
//! ```
//!
//! Configured: signed-out visitors may come in, the whole application is read-only to whoever acts as a user, but for the
//! cart, and browsers of another origin may call. In axum the layer added last is the outermost. CORS stands outside
//! [`AuthLayer`](crate::AuthLayer), because a preflight carries no credential:
//!
//! ```
//! use actas_core::Verifier;
//! use actas_tower::axum::Auth;
//! use actas_tower::axum::routes::{Routes, get, post};
//! use actas_tower::{AuthLayer, read_only_when_impersonated, require_auth};
//! use axum::Router;
//! use axum::http::{HeaderValue, Method, header};
//! use tower_http::cors::CorsLayer;
//!
//! async fn home(auth: Option<Auth>) -> String {
//!     auth.map_or_else(|| "welcome".to_owned(), |auth| format!("welcome, {}", auth.user_id))
//! }
//!
//! async fn add_to_cart() {}
//!
//! fn routes() -> Routes {
//!     Routes::new()
//!         .route("/cart/{item}", post(add_to_cart))
//!         .guard(read_only_when_impersonated().except("POST", "/cart/{item}"))
//!         .route("/", get(home))
//! }
//!
//! fn app(verifier: Verifier) -> Router {
//!     let cors = CorsLayer::new()
//!         .allow_origin(HeaderValue::from_static("https://app.example.com"))
//!         .allow_methods([Method::GET, Method::POST])
//!         .allow_headers([header::AUTHORIZATION]);
//!
//!     routes()
//!         .into_router()
//!         .layer(AuthLayer::new(verifier).optional())
//!         .layer(cors)
//! }
//!
//! assert_eq!(routes().undecided(), []);
//! ```
//!
//! # Where to stand
//!
//! | where | what it adds to a request | what it lacks |
//! |---|---|---|
//! | `Router::layer(AuthLayer)` | the most: axum boxes each layer of a router | nothing |
//! | `AuthLayer` around the whole router, below | less | the route's template is not known yet where the layer runs, so that exceptions of guards around the router never apply and audit records name no route; the router's own layers, such as CORS, stand inside |
//! | the extractor [`Verified`] | the least | guards, response headers, the audit record and more: see there |
//!
//! An audited application uses `Router::layer`: only there does the record of an impersonated request name its route.
//!
//! `axum::serve` takes a router, or a service whose responses have axum's own body:
//!
//! ```no_run
//! use actas_core::Verifier;
//! use actas_tower::AuthLayer;
//! use axum::Router;
//! use axum::body::Body;
//! use axum::extract::Request;
//! use axum::response::Response;
//! use tower::make::Shared;
//! use tower::{Layer, ServiceExt};
//!
//! # async fn example(verifier: Verifier, router: Router) -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! // With its state given once more, the router is not prepared anew for each request.
//! let service = AuthLayer::new(verifier).layer(router.with_state::<()>(()));
//! let service = ServiceExt::<Request>::map_response(service, |response: Response<_>| {
//!     response.map(Body::new)
//! });
//! axum::serve(listener, Shared::new(service)).await
//! # }
//! ```
//!
//! # Connections that outlive the request
//!
//! A session is verified when the connection opens. A WebSocket, or a stream of events, ends with it by
//! [`Auth::ended`](actas_core::Auth::ended):
//!
//! ```
//! use actas_tower::axum::Auth;
//! use axum::body::Body;
//! use axum::extract::ws::{WebSocket, WebSocketUpgrade};
//! use axum::response::Response;
//! use futures_util::{Stream, StreamExt};
//!
//! async fn chat(auth: Auth, upgrade: WebSocketUpgrade) -> Response {
//!     upgrade.on_upgrade(async move |mut socket| {
//!         tokio::select! {
//!             () = auth.ended() => {}
//!             () = echo(&mut socket) => {}
//!         }
//!     })
//! }
//!
//! async fn echo(socket: &mut WebSocket) {
//!     while let Some(Ok(message)) = socket.recv().await {
//!         if socket.send(message).await.is_err() {
//!             return;
//!         }
//!     }
//! }
//!
//! /// The body of a response with `content-type: text/event-stream`.
//! fn until_ended<S>(events: S, auth: &Auth) -> Body
//! where
//!     S: Stream<Item = Result<String, std::io::Error>> + Send + 'static,
//! {
//!     Body::from_stream(events.take_until(auth.ended()))
//! }
//!
//! let app: axum::Router = axum::Router::new().route("/chat", axum::routing::any(chat));
//! ```

mod rejection;
mod extract;
pub mod routes;

pub use self::extract::{Auth, Direct, Verified};
pub use self::rejection::Rejection;
