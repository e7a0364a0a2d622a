use crate::audit::proxies::TrustedProxies;
use crate::audit::sink::AuditedRequest;
use crate::audit::trace_parent::trace_id;
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
        Self {
            session: auth.clone(),
            method: request.method().to_owned(),
            route: route.map(str::to_owned),
            trace_id: trace_id(request),
            client: proxies.and_then(|proxies| proxies.client(request)),
        }
    }
}
