use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use crate::record::Note;
use crate::session::Auth;
use crate::session_end::SessionEnd;

/// Where impersonated requests are recorded. `actas-audit` is one, in SQLite or PostgreSQL.
///
/// Of direct requests it hears nothing.
pub trait AuditSink: fmt::Debug + Send + Sync {
    /// Writes down that `request` is about to run. It runs once the future has resolved to a permit, and not before.
    ///
    /// A future that is dropped before it resolved stands for a request that does not run.
    fn reserve(&self, request: AuditedRequest) -> ReserveFuture;

    /// Counts a token that was refused although its signature held, such as one that ran out while a page stayed open.
    ///
    /// It is called for every such request, and must not wait. The request was not accepted: what is said of its session is
    /// what its issuer signed at some time.
    ///
    /// Only what was verified is told. A cookie's request from another site is refused before the signature is looked at, so
    /// that it is told only where the [token cache](crate::TokenCache) remembers the token.
    fn refused(&self, token: RefusedToken);
}

/// What [`AuditSink::reserve`] resolves to.
pub type ReserveFuture =
    Pin<Box<dyn Future<Output = Result<Box<dyn AuditPermit>, NotRecorded>> + Send>>;

/// A reserved record, which waits to hear how its request ended.
pub trait AuditPermit: fmt::Debug + Send + Sync {
    /// What the sink knows the request by: unique, and fit to be stored beside what the request did.
    fn id(&self) -> &str;

    /// How the request hears that its session was stopped, revoked or left idle while it ran.
    ///
    /// By default, it does not.
    fn session_end(&self) -> Option<Arc<dyn SessionEnd>> {
        None
    }

    /// Takes down how the request ended. It is also called while a response is dropped: it neither waits nor fails.
    fn finish(self: Box<Self>, outcome: AuditOutcome);
}

/// An impersonated request that is about to run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuditedRequest {
    /// Whose session it is, and who acts: always impersonated.
    pub session: Auth,
    /// The method, in the spelling of RFC 9110.
    pub method: String,
    /// Whether [`Guard::read_only_when_impersonated`](crate::Guard::read_only_when_impersonated) would let it through: an
    /// upgrade (WebSocket) is a write, whatever its method.
    pub only_reads: bool,
    /// The template of the route, as in `/users/{id}`, where the framework knows one. Never the path.
    pub route: Option<String>,
    /// The request's id, where `SpanIds` (feature `span-ids`) has seen the span around it.
    pub request_id: Option<String>,
    /// The trace's id, where `SpanIds` (feature `span-ids`) has seen the span around it, else 32 hexadecimal digits from
    /// `traceparent` (W3C Trace Context §3.2).
    pub trace_id: Option<String>,
    /// The client's address, where the verifier [was told](crate::VerifierBuilder::with_trusted_proxies) which proxies to
    /// trust, and the address can be told.
    pub client: Option<IpAddr>,
}

/// A token that was refused after its signature held.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RefusedToken {
    /// What the token says of its session: always impersonated, and not accepted for this request.
    pub session: Auth,
    /// The rule that refused it, as [`ErrorKind::name`](crate::ErrorKind::name) has it: `expired`.
    pub rule: &'static str,
}

/// How an impersonated request ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditOutcome {
    /// Whether the response was sent to its end.
    pub end: AuditEnd,
    /// The status of the response, where there was one.
    pub status: Option<u16>,
    /// The template of the route, where it was known only once the request had run.
    pub route: Option<String>,
    /// The rule that refused the request, or `None` where it was allowed.
    pub denied_by: Option<&'static str>,
    /// The rules that would have refused it, and only report, among them `direct` where the handler went on without
    /// [the proof](Auth::require_direct): at most 32.
    pub reported: Vec<&'static str>,
    /// What the application noted, in that order: at most 32.
    pub notes: Vec<Note>,
}

/// Whether a response was sent to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuditEnd {
    /// It was.
    Completed,
    /// The handler panicked, or the client hung up, before the end.
    Aborted,
}

/// A request was not recorded, and so does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRecorded {
    pub(crate) why: Why,
}

/// Why a request was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Unavailable { retry_after: Option<u32> },
    Ended,
}

impl NotRecorded {
    /// The record cannot be written for now.
    ///
    /// `retry_after` is how many seconds a client should wait before it tries again.
    #[must_use]
    pub const fn unavailable(retry_after: Option<u32>) -> Self {
        Self {
            why: Why::Unavailable { retry_after },
        }
    }

    /// The impersonation has ended before its token: it was stopped, revoked or left idle.
    ///
    /// The request is refused with 401 `impersonation_ended`, also where the verifier runs what
    /// [cannot be recorded](crate::VerifierBuilder::insecure_run_unrecorded).
    #[must_use]
    pub const fn ended() -> Self {
        Self { why: Why::Ended }
    }
}

impl fmt::Display for NotRecorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.why {
            Why::Unavailable { .. } => "the audit record cannot be written",
            Why::Ended => "the impersonation has ended",
        })
    }
}

impl std::error::Error for NotRecorded {}
