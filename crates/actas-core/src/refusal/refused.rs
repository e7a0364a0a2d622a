//! What the application's hook is told of a request that is refused.

use std::fmt;

use crate::request::RequestHead;

/// The request that is refused, as far as the words of the refusal may depend on it.
///
/// The application's hook is given one ([`VerifierBuilder::with_refusals`](crate::VerifierBuilder::with_refusals)).
#[derive(Clone, Copy)]
pub struct RefusedRequest<'a> {
    method: &'a str,
    target: &'a str,
    accept_language: Option<&'a str>,
    is_navigation: bool,
}

impl<'a> RefusedRequest<'a> {
    pub(super) fn of<R: RequestHead>(request: &'a R) -> Self {
        let mut languages = request.header("accept-language");
        Self {
            method: request.method(),
            target: request.target(),
            accept_language: languages
                .next()
                .and_then(|value| std::str::from_utf8(value).ok()),
            is_navigation: is_navigation(request),
        }
    }

    /// The method: `GET`, `POST`, …
    #[must_use]
    pub const fn method(&self) -> &'a str {
        self.method
    }

    /// Path and query, as [`RequestHead::target`] gives them: where a person who has signed in may go back to.
    ///
    /// The client has chosen it. In the query of another URL it is percent-encoded; and whoever follows it later must take it
    /// for a path, since `//other.example/` is one and begins like a URL.
    #[must_use]
    pub const fn target(&self) -> &'a str {
        self.target
    }

    /// Whether a person's browser goes to a page, in its top-level window, and would show the answer.
    #[must_use]
    pub const fn is_navigation(&self) -> bool {
        self.is_navigation
    }

    /// The first line of `Accept-Language`, as it was sent; `None` where it is not UTF-8.
    #[must_use]
    pub const fn accept_language(&self) -> Option<&'a str> {
        self.accept_language
    }
}

impl fmt::Debug for RefusedRequest<'_> {
    // Without the target: a query may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefusedRequest")
            .field("method", &self.method)
            .field("is_navigation", &self.is_navigation)
            .finish_non_exhaustive()
    }
}

/// Whether a browser asks for a page in its top-level window, by Fetch Metadata, else (old browsers, plain HTTP) by `Accept`.
fn is_navigation<R: RequestHead>(request: &R) -> bool {
    if request.method() != "GET" {
        return false;
    }
    match request.header("sec-fetch-mode").next() {
        // A frame navigates too, but a sign-in page refuses to be framed.
        Some(mode) => {
            mode == b"navigate"
                && request
                    .header("sec-fetch-dest")
                    .all(|dest| dest == b"document")
        }
        None => request.header("accept").any(|accept| {
            let mut starts = accept.windows(b"text/html".len());
            starts.any(|start| start.eq_ignore_ascii_case(b"text/html"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_request::TestRequest;

    #[test]
    fn the_hook_is_told_of_the_request() {
        let request = TestRequest::new("PUT")
            .with_target("/cart?item=7")
            .with_header("accept-language", "de, en;q=0.5")
            .with_header("accept-language", "fr");
        let refused = RefusedRequest::of(&request);
        assert_eq!(refused.method(), "PUT");
        assert_eq!(refused.target(), "/cart?item=7");
        assert_eq!(refused.accept_language(), Some("de, en;q=0.5"));
        assert!(!refused.is_navigation());
        assert!(!format!("{refused:?}").contains("item"));

        let request = TestRequest::new("GET");
        assert_eq!(RefusedRequest::of(&request).accept_language(), None);
        let request = request.with_header("accept-language", b"\xff");
        assert_eq!(RefusedRequest::of(&request).accept_language(), None);
    }

    #[test]
    fn a_navigation_is_told_by_fetch_metadata_else_by_accept() {
        let get = || TestRequest::new("GET");
        let post = || TestRequest::new("POST");
        let navigation = || get().with_header("sec-fetch-mode", "navigate");
        let html = "text/html,application/xhtml+xml";
        for (request, expected) in [
            (get(), false),
            (get().with_header("accept", html), true),
            (
                get().with_header("accept", "application/json, Text/HTML"),
                true,
            ),
            (get().with_header("accept", "*/*"), false),
            (get().with_header("accept", "text/htm"), false),
            (navigation(), true),
            (navigation().with_header("sec-fetch-dest", "document"), true),
            (navigation().with_header("sec-fetch-dest", "iframe"), false),
            (
                get()
                    .with_header("sec-fetch-mode", "cors")
                    .with_header("accept", html),
                false,
            ),
            (get().with_header("sec-fetch-mode", "websocket"), false),
            (post().with_header("accept", html), false),
            (post().with_header("sec-fetch-mode", "navigate"), false),
            (TestRequest::new("HEAD").with_header("accept", html), false),
        ] {
            let refused = RefusedRequest::of(&request);
            assert_eq!(refused.is_navigation(), expected, "{request:?}");
        }
    }
}
