use std::ops::Deref;

use actas_core::{Error, ErrorKind, Progress, Refusals, SignedOut, Verifier};
use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::rejection::Rejection;
use crate::head::Head;

/// The session that [`AuthLayer`](crate::AuthLayer) verified: core's [`Auth`](actas_core::Auth), to which it derefs.
///
/// Refuses with 401 when no credential came, and with 500 when no layer stands around the route. `Option<Auth>` is `None`
/// only when no credential came.
///
/// ```
/// use actas_tower::axum::Auth;
///
/// async fn me(auth: Auth) -> String {
///     match &auth.actor {
///         Some(actor) => format!("{} as {}", actor.subject, auth.user_id),
///         None => auth.user_id.to_string(),
///     }
/// }
///
/// async fn greet(auth: Option<Auth>) -> String {
///     auth.map_or_else(|| "hello".to_owned(), |auth| format!("hello, {}", auth.user_id))
/// }
///
/// let app: axum::Router = axum::Router::new()
///     .route("/me", axum::routing::get(me))
///     .route("/", axum::routing::get(greet));
/// ```
#[derive(Clone, Debug)]
pub struct Auth(pub actas_core::Auth);

impl Auth {
    /// Core's value.
    #[must_use]
    pub fn into_inner(self) -> actas_core::Auth {
        self.0
    }
}

/// The session of a user for whom nobody acts: core's [`Direct`](actas_core::Direct), to which it derefs.
///
/// Refuses like [`Auth`], and an impersonated session with 403. `Option<Direct>` is `None` only when no credential came: an
/// impersonated session is refused there, too.
///
/// ```
/// use actas_tower::axum::Direct;
///
/// async fn close(who: Direct) -> String {
///     close_account(&who)
/// }
///
/// // No route, job or service can call this for an impersonated request.
/// fn close_account(who: &actas_core::Direct) -> String {
///     format!("closed the account of {}", who.user_id)
/// }
///
/// let app: axum::Router = axum::Router::new().route("/account", axum::routing::delete(close));
/// ```
#[derive(Clone, Debug)]
pub struct Direct(pub actas_core::Direct);

impl Direct {
    /// Core's value.
    #[must_use]
    pub fn into_inner(self) -> actas_core::Direct {
        self.0
    }
}

/// A session that this extractor verifies itself, without any layer, by the [`Verifier`] in the application's state.
///
/// Refuses with 401 when no credential came. `Option<Verified>` is `None` only when no credential came.
///
/// Prefer [`AuthLayer`](crate::AuthLayer) with [`Auth`] or [`Direct`]. What this extractor lacks:
///
/// - guards: none can stand before it, because nothing is in the request's extensions yet;
/// - the audit record: where the verifier [has one](actas_core::VerifierBuilder::with_audit), an impersonated session is
///   refused with 500 and a line in the log;
/// - response headers: neither `Vary: Authorization, Cookie`, nor `Cache-Control: private, no-store` on the response to an
///   impersonated request;
/// - the removal of an [`Auth`](actas_core::Auth) that something else left in the extensions: it stays there for others to
///   find.
///
/// ```
/// use actas_core::Verifier;
/// use actas_tower::axum::Verified;
///
/// async fn me(session: Verified) -> String {
///     session.user_id.to_string()
/// }
///
/// fn app(verifier: Verifier) -> axum::Router {
///     axum::Router::new().route("/me", axum::routing::get(me)).with_state(verifier)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Verified(pub actas_core::Auth);

impl Verified {
    /// Core's value.
    #[must_use]
    pub fn into_inner(self) -> actas_core::Auth {
        self.0
    }
}

impl<S> FromRequestParts<S> for Auth
where
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        found(parts).map(Self)
    }
}

impl<S> OptionalFromRequestParts<S> for Auth
where
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        unless_signed_out(found(parts)).map(|auth| auth.map(Self))
    }
}

impl<S> FromRequestParts<S> for Direct
where
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let auth = found(parts)?;
        match auth.require_direct() {
            Ok(direct) => Ok(Self(direct)),
            Err(error) => Err(Rejection::new(error, auth.refusals(), parts)),
        }
    }
}

impl<S> OptionalFromRequestParts<S> for Direct
where
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        unless_signed_out(<Self as FromRequestParts<S>>::from_request_parts(parts, state).await)
    }
}

impl<S> FromRequestParts<S> for Verified
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let verifier = Verifier::from_ref(state);
        let outcome = match verifier.authenticate(&Head::from(&*parts)) {
            Progress::Ready(outcome) => outcome,
            Progress::Waiting(waiting) => waiting.await,
        };
        outcome
            .and_then(|auth| auth.ok_or(Error::from(ErrorKind::MissingCredential)))
            .and_then(|auth| verifier.unlayered(auth))
            .map(Self)
            .map_err(|error| Rejection::new(error, verifier.refusals(), parts))
    }
}

impl<S> OptionalFromRequestParts<S> for Verified
where
    S: Send + Sync,
    Verifier: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        unless_signed_out(<Self as FromRequestParts<S>>::from_request_parts(parts, state).await)
    }
}

/// What the layer left in the extensions.
fn found(parts: &Parts) -> Result<actas_core::Auth, Rejection> {
    let extensions = &parts.extensions;
    let auth = extensions.get::<actas_core::Auth>();
    let signed_out = match auth {
        Some(_) => None,
        None => extensions.get::<SignedOut>(),
    };
    match actas_core::Auth::extract(auth, signed_out) {
        Ok(auth) => Ok(auth.clone()),
        Err(error) => Err(Rejection::new(
            error,
            &Refusals::of(auth, signed_out),
            parts,
        )),
    }
}

fn unless_signed_out<T>(extracted: Result<T, Rejection>) -> Result<Option<T>, Rejection> {
    match extracted {
        Ok(extracted) => Ok(Some(extracted)),
        Err(rejection) if rejection.error().kind() == ErrorKind::MissingCredential => Ok(None),
        Err(rejection) => Err(rejection),
    }
}

impl Deref for Auth {
    type Target = actas_core::Auth;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Deref for Direct {
    type Target = actas_core::Direct;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Deref for Verified {
    type Target = actas_core::Auth;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<actas_core::Auth> for Auth {
    fn from(auth: actas_core::Auth) -> Self {
        Self(auth)
    }
}

impl From<Auth> for actas_core::Auth {
    fn from(auth: Auth) -> Self {
        auth.0
    }
}

impl From<actas_core::Direct> for Direct {
    fn from(direct: actas_core::Direct) -> Self {
        Self(direct)
    }
}

impl From<Direct> for actas_core::Direct {
    fn from(direct: Direct) -> Self {
        direct.0
    }
}

impl From<actas_core::Auth> for Verified {
    fn from(auth: actas_core::Auth) -> Self {
        Self(auth)
    }
}

impl From<Verified> for actas_core::Auth {
    fn from(verified: Verified) -> Self {
        verified.0
    }
}
