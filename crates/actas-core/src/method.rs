//! What a request is about to do, as far as its method and an upgrade tell.

use crate::field;
use crate::request::RequestHead;

/// Whether the method only reads (RFC 9110 §9.2.1). TRACE is left out: nothing that asks here serves it.
///
/// Methods are case-sensitive, and an unknown one may do anything.
pub(crate) fn is_safe_method(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

/// Whether the method by itself makes the connection outlive the exchange.
pub(crate) fn is_connect(method: &str) -> bool {
    method == "CONNECT"
}

/// Whether the connection may outlive the exchange and carry what no method describes.
pub(crate) fn is_upgrade<R: RequestHead>(request: &R) -> bool {
    is_connect(request.method()) || request.header("upgrade").next().is_some()
}

/// Whether a request only reads, as far as can be told before it runs: what an upgrade will carry cannot.
pub(crate) fn only_reads<R: RequestHead>(request: &R) -> bool {
    is_safe_method(request.method()) && !is_upgrade(request)
}

/// Whether a WebSocket may be asked for.
///
/// Over HTTP/2 that is an extended CONNECT (RFC 8441), whose `:protocol` is not seen here: any CONNECT counts.
pub(crate) fn is_websocket<R: RequestHead>(request: &R) -> bool {
    is_connect(request.method())
        || field::elements(request, "upgrade", b',')
            .any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"))
}

/// Whether the response to `method` with `status` ends with its head (RFC 9110 §6.4.1), so that a server reads no body of it.
#[must_use]
pub fn ends_with_head(method: &str, status: u16) -> bool {
    match status {
        100..=199 | 204 | 304 => true,
        200..=299 if is_connect(method) => true,
        _ => method == "HEAD",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_request::TestRequest;

    #[test]
    fn only_three_methods_in_exact_case_are_safe() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert!(is_safe_method(method), "{method}");
        }
        for method in [
            "get", "Get", "POST", "TRACE", "CONNECT", "QUERY", "GET ", "",
        ] {
            assert!(!is_safe_method(method), "{method}");
        }
    }

    #[test]
    fn a_response_without_content_ends_with_its_head() {
        for (method, status) in [
            ("HEAD", 200),
            ("HEAD", 404),
            ("GET", 101),
            ("POST", 204),
            ("GET", 304),
            ("CONNECT", 200),
        ] {
            assert!(ends_with_head(method, status), "{method} {status}");
        }
        for (method, status) in [
            ("GET", 200),
            ("POST", 201),
            ("GET", 205),
            ("GET", 403),
            ("CONNECT", 403),
        ] {
            assert!(!ends_with_head(method, status), "{method} {status}");
        }
    }

    #[test]
    fn any_upgrade_and_any_connect_is_an_upgrade() {
        let get = || TestRequest::new("GET");
        assert!(!is_upgrade(&get()));
        assert!(is_upgrade(&get().with_header("upgrade", "h2c")));
        assert!(is_upgrade(&get().with_header("upgrade", "")));
        assert!(is_upgrade(&TestRequest::new("CONNECT")));
        assert!(!is_upgrade(&TestRequest::new("connect")));
    }

    #[test]
    fn a_websocket_is_named_in_the_upgrade_or_a_connect() {
        let asks =
            |value: &str| is_websocket(&TestRequest::new("GET").with_header("upgrade", value));
        assert!(asks("websocket"));
        assert!(asks("h2c,\tWebSocket"));
        assert!(!asks("h2c"));
        assert!(!asks("websockets"));
        assert!(!is_websocket(&TestRequest::new("GET")));
        assert!(is_websocket(&TestRequest::new("CONNECT")));
    }
}
