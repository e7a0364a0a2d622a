use std::fmt;

use actas_core::MutatingRoute;
use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Responder, web};

use crate::guard::GuardLayer;

/// A handler for one method, or for any: an [`actix_web::Route`] that knows what was decided about impersonation.
///
/// Made by [`get`], [`post`] and the like of this module.
#[must_use]
pub struct Route {
    inner: actix_web::Route,
    method: &'static str,
    decided: bool,
}

impl Route {
    fn new<F, Args>(method: &'static str, route: actix_web::Route, handler: F) -> Self
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        Self {
            inner: route.to(handler),
            method,
            decided: false,
        }
    }

    /// Puts `guard` before the handler.
    ///
    /// The route is decided then, if the guard [decides](GuardLayer::decides_impersonation).
    pub fn guard(mut self, guard: GuardLayer) -> Self {
        self.decided |= guard.decides_impersonation();
        self.inner = self.inner.wrap(guard);
        self
    }

    /// Says that an impersonated request may call the handler.
    ///
    /// This decides and guards nothing: a guard over the whole set still acts.
    pub fn allow_when_impersonated(mut self) -> Self {
        self.decided = true;
        self
    }

    /// Says that the handler decides by itself what an impersonated request gets.
    ///
    /// For a handler that takes [`Direct`](crate::Direct), which cannot be seen from here, or that looks at `auth.actor`. This
    /// guards nothing.
    ///
    /// ```
    /// use actas_actix::Direct;
    /// use actas_actix::routes::{Routes, delete};
    ///
    /// async fn close_account(_who: Direct) -> &'static str {
    ///     "closed"
    /// }
    ///
    /// let routes = Routes::new()
    ///     .route("/account", delete(close_account).decided_by_handler());
    ///
    /// assert_eq!(routes.undecided(), []);
    /// ```
    pub fn decided_by_handler(mut self) -> Self {
        self.decided = true;
        self
    }

    pub(super) fn method(&self) -> &'static str {
        self.method
    }

    pub(super) fn is_decided(&self) -> bool {
        self.decided
    }

    pub(super) fn into_inner(self) -> actix_web::Route {
        self.inner
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("method", &self.method)
            .field("decided", &self.decided)
            .finish_non_exhaustive()
    }
}

macro_rules! methods {
    ($($name:ident $method:ident),* $(,)?) => {
        $(
            #[doc = concat!("Answers `", stringify!($method), "` with `handler`.")]
            pub fn $name<F, Args>(handler: F) -> Route
            where
                F: Handler<Args>,
                Args: FromRequest + 'static,
                F::Output: Responder + 'static,
            {
                Route::new(stringify!($method), web::method(Method::$method), handler)
            }
        )*
    };
}

methods! {
    connect CONNECT,
    delete DELETE,
    get GET,
    head HEAD,
    options OPTIONS,
    patch PATCH,
    post POST,
    put PUT,
    trace TRACE,
}

/// Answers every method with `handler`. Counts as changing something.
pub fn any<F, Args>(handler: F) -> Route
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Route::new(MutatingRoute::ANY, web::route(), handler)
}
