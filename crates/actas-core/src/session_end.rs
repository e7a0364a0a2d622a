//! How a session's early end is heard of.

use std::fmt;
use std::pin::Pin;

/// The end of an impersonated session before its token's: it is stopped, revoked or left idle.
///
/// [`AuditPermit::session_end`](crate::AuditPermit::session_end) gives one to each request, and `Auth::ended` (feature
/// `ended`) listens to it.
pub trait SessionEnd: fmt::Debug + Send + Sync {
    /// Resolves once the session has ended, at once where it has ended already.
    ///
    /// It is called for every connection that listens, and owns all it needs.
    fn ended(&self) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}
