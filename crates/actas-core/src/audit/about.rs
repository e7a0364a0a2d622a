#[cfg(feature = "span-ids")]
use std::sync::Arc;

use crate::audit::proxies::TrustedProxies;
use crate::audit::sink::AuditedRequest;
#[cfg(feature = "span-ids")]
use crate::audit::span_ids;
use crate::audit::trace_parent::trace_id;
use crate::method::only_reads;
use crate::request::RequestHead;
use crate::session::Auth;

impl AuditedRequest {
    /// What is known of a request before it runs.
    pub(crate) fn new<R: RequestHead>(
        auth: &Auth,
        request: &R,
        route: Option<&str>,
        proxies: Option<&TrustedProxies>,
    ) -> Self {
        let (request_id, trace) = ids();
        Self {
            session: auth.clone(),
            method: request.method().to_owned(),
            only_reads: only_reads(request),
            route: route.map(str::to_owned),
            request_id,
            trace_id: trace.or_else(|| trace_id(request)),
            client: proxies.and_then(|proxies| proxies.client(request)),
        }
    }
}

/// The ids of the request and of its trace in the current span.
#[cfg(feature = "span-ids")]
fn ids() -> (Option<String>, Option<String>) {
    let ids = span_ids::current();
    let text = |id: Option<Arc<str>>| id.as_deref().map(str::to_owned);
    (text(ids.request), text(ids.trace))
}

#[cfg(not(feature = "span-ids"))]
const fn ids() -> (Option<String>, Option<String>) {
    (None, None)
}
