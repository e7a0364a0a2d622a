use std::convert::Infallible;

use actas_core::MutatingRoute;
use axum::extract::Request;
use axum::handler::Handler;
use axum::response::IntoResponse;
use axum::routing::{self, MethodRouter};
use tower_layer::Layer;
use tower_service::Service;

use crate::guard::GuardLayer;

/// The handlers of one path: a [`MethodRouter`] that knows what was decided about impersonation.
///
/// Made by [`get`], [`post`] and the like of this module. As with axum, a layer or a guard acts on the handlers added before
/// it.
#[derive(Debug)]
#[must_use]
pub struct Route<S = ()> {
    router: MethodRouter<S>,
    handlers: Vec<Handled>,
}

/// A method with a handler, and whether it is decided what an impersonated request gets.
#[derive(Debug)]
pub(super) struct Handled {
    pub(super) method: &'static str,
    pub(super) decided: bool,
}

impl<S> Route<S> {
    fn new(method: &'static str, router: MethodRouter<S>) -> Self {
        Self {
            router,
            handlers: Vec::new(),
        }
        .with(method)
    }

    fn with(mut self, method: &'static str) -> Self {
        self.handlers.push(Handled {
            method,
            decided: false,
        });
        self
    }

    fn decide(mut self) -> Self {
        for handled in &mut self.handlers {
            handled.decided = true;
        }
        self
    }

    pub(super) fn into_parts(self) -> (MethodRouter<S>, Vec<Handled>) {
        (self.router, self.handlers)
    }
}

impl<S> Route<S>
where
    S: Clone + Send + Sync + 'static,
{
    /// Answers every other method with `handler`.
    pub fn fallback<H, T>(self, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        Self {
            router: self.router.fallback(handler),
            handlers: self.handlers,
        }
        .with(MutatingRoute::ANY)
    }

    /// Puts `guard` before the handlers added so far.
    ///
    /// They are decided then, if the guard [decides](GuardLayer::decides_impersonation).
    pub fn guard(self, guard: GuardLayer) -> Self {
        let decides = guard.decides_impersonation();
        let guarded = self.layer(guard);
        if decides { guarded.decide() } else { guarded }
    }

    /// Says that an impersonated request may call the handlers added so far.
    ///
    /// This decides and guards nothing: a guard over the whole set still acts.
    pub fn allow_when_impersonated(self) -> Self {
        self.decide()
    }

    /// Says that the handlers added so far decide by themselves what an impersonated request gets.
    ///
    /// For handlers that take [`Direct`](crate::axum::Direct), which cannot be seen from here, or that look at
    /// `auth.actor`. This guards nothing.
    ///
    /// ```
    /// use actas_tower::axum::Direct;
    /// use actas_tower::axum::routes::{Routes, delete};
    ///
    /// async fn close_account(_who: Direct) {}
    ///
    /// let routes: Routes = Routes::new()
    ///     .route("/account", delete(close_account).decided_by_handler());
    ///
    /// assert_eq!(routes.undecided(), []);
    /// ```
    pub fn decided_by_handler(self) -> Self {
        self.decide()
    }

    /// Puts `layer` around the handlers added so far.
    pub fn layer<L>(self, layer: L) -> Self
    where
        L: Layer<routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<Request> + Clone + Send + Sync + 'static,
        <L::Service as Service<Request>>::Response: IntoResponse + 'static,
        <L::Service as Service<Request>>::Error: Into<Infallible> + 'static,
        <L::Service as Service<Request>>::Future: Send + 'static,
    {
        Self {
            router: self.router.layer(layer),
            handlers: self.handlers,
        }
    }
}

/// Whatever a `MethodRouter` answers counts as changing something: what it holds cannot be seen.
impl<S> From<MethodRouter<S>> for Route<S> {
    fn from(router: MethodRouter<S>) -> Self {
        Self::new(MutatingRoute::ANY, router)
    }
}

macro_rules! methods {
    ($($name:ident $method:literal),* $(,)?) => {
        $(
            #[doc = concat!("Answers `", $method, "` with `handler`, like [`axum::routing::", stringify!($name), "`].")]
            pub fn $name<H, T, S>(handler: H) -> Route<S>
            where
                H: Handler<T, S>,
                T: 'static,
                S: Clone + Send + Sync + 'static,
            {
                Route::new($method, routing::$name(handler))
            }
        )*

        /// Further methods.
        impl<S> Route<S>
        where
            S: Clone + Send + Sync + 'static,
        {
            $(
                #[doc = concat!("Answers `", $method, "` with `handler`.")]
                ///
                /// # Panics
                ///
                #[doc = concat!("If `", $method, "` has a handler already.")]
                #[track_caller]
                pub fn $name<H, T>(self, handler: H) -> Self
                where
                    H: Handler<T, S>,
                    T: 'static,
                {
                    Self {
                        router: self.router.$name(handler),
                        handlers: self.handlers,
                    }
                    .with($method)
                }
            )*
        }
    };
}

methods! {
    connect "CONNECT",
    delete "DELETE",
    get "GET",
    head "HEAD",
    options "OPTIONS",
    patch "PATCH",
    post "POST",
    put "PUT",
    trace "TRACE",
}

/// Answers every method with `handler`, like [`axum::routing::any`]. Counts as changing something.
pub fn any<H, T, S>(handler: H) -> Route<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    Route::new(MutatingRoute::ANY, routing::any(handler))
}

/// Answers every method with `service`, like [`axum::routing::any_service`]. Counts as changing something.
pub fn any_service<T, S>(service: T) -> Route<S>
where
    T: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    T::Response: IntoResponse + 'static,
    T::Future: Send + 'static,
    S: Clone + Send + Sync + 'static,
{
    Route::new(MutatingRoute::ANY, routing::any_service(service))
}
