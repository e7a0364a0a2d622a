use std::future::{Ready, ready};
use std::ops::Deref;

use actas_core::{ErrorKind, SignedOut};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::rejection::Rejection;

/// Extractor of the session that [`AuthLayer`](crate::AuthLayer) verified; it derefs to core's
/// [`Auth`](actas_core::Auth).
///
/// Refuses with 401 where the layer is [`optional`](crate::AuthLayer::optional) and no credential came, with 500 and a line
/// in the log where the layer is missing.
///
/// `Option<Auth>` is actix-web's own: `None` for whatever this extractor refuses, a missing layer as well. Take
/// [`OptionalAuth`] instead. `Result<Auth, Rejection>` tells everything apart.
///
/// ```
/// use actas_actix::Auth;
///
/// async fn me(auth: Auth) -> String {
///     match &auth.actor {
///         Some(actor) => format!("{} as {}", actor.subject, auth.user_id),
///         None => auth.user_id.to_string(),
///     }
/// }
/// # actix_web::web::get().to(me);
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

impl FromRequest for Auth {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(session(request).map(Self))
    }
}

impl Deref for Auth {
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

/// Extractor of the session, or of `None` when no credential came.
///
/// For handlers behind a layer that is [`optional`](crate::AuthLayer::optional). Where the layer is missing it refuses
/// with 500, which actix-web's `Option<Auth>` does not.
///
/// ```
/// use actas_actix::OptionalAuth;
///
/// async fn greet(OptionalAuth(auth): OptionalAuth) -> String {
///     match auth {
///         Some(auth) => format!("hello, {}", auth.user_id),
///         None => "hello".to_owned(),
///     }
/// }
/// # actix_web::web::get().to(greet);
/// ```
#[derive(Clone, Debug)]
pub struct OptionalAuth(pub Option<actas_core::Auth>);

impl OptionalAuth {
    /// Core's value.
    #[must_use]
    pub fn into_inner(self) -> Option<actas_core::Auth> {
        self.0
    }
}

impl FromRequest for OptionalAuth {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match session(request) {
            Ok(auth) => Ok(Self(Some(auth))),
            Err(refused) if refused.error().kind() == ErrorKind::MissingCredential => {
                Ok(Self(None))
            }
            Err(refused) => Err(refused),
        })
    }
}

impl Deref for OptionalAuth {
    type Target = Option<actas_core::Auth>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<Option<actas_core::Auth>> for OptionalAuth {
    fn from(auth: Option<actas_core::Auth>) -> Self {
        Self(auth)
    }
}

impl From<OptionalAuth> for Option<actas_core::Auth> {
    fn from(auth: OptionalAuth) -> Self {
        auth.0
    }
}

/// Extractor of the proof that nobody acts as the user; it derefs to core's [`Direct`](actas_core::Direct).
///
/// Refuses an impersonated request with 403, and what [`Auth`] refuses likewise.
///
/// `Option<Direct>` is actix-web's own: `None` for whatever this extractor refuses, **an impersonated session as well**. A
/// handler that takes `None` for a visitor who is signed out lets an impersonated request in as one. Take [`OptionalAuth`] and
/// ask its [`require_direct`](actas_core::Auth::require_direct). `Result<Direct, Rejection>` tells everything apart.
///
/// ```
/// use actas_actix::Direct;
///
/// /// The domain function demands the proof, whatever calls it.
/// async fn delete(who: &actas_core::Direct) {
///     println!("{} deletes their own account", who.user_id);
/// }
///
/// async fn delete_account(direct: Direct) -> &'static str {
///     delete(&direct).await;
///     "deleted"
/// }
/// # actix_web::web::delete().to(delete_account);
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

impl FromRequest for Direct {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let direct = session(request).and_then(|auth| {
            auth.require_direct()
                .map_err(|error| Rejection::new(error, request))
        });
        ready(direct.map(Self))
    }
}

impl Deref for Direct {
    type Target = actas_core::Direct;

    fn deref(&self) -> &Self::Target {
        &self.0
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

/// What the layer left in the extensions.
fn session(request: &HttpRequest) -> Result<actas_core::Auth, Rejection> {
    let found = {
        let extensions = request.extensions();
        let auth = extensions.get::<actas_core::Auth>();
        let signed_out = match auth {
            Some(_) => None,
            None => extensions.get::<SignedOut>(),
        };
        actas_core::Auth::extract(auth, signed_out).cloned()
    };
    found.map_err(|error| Rejection::new(error, request))
}
