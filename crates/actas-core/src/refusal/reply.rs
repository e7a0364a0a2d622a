//! What an adapter answers with.

use std::fmt;
use std::sync::Arc;

use super::headers::VARY;
use super::refused::RefusedRequest;
use super::table::Refusal;
use crate::error::Error;
use crate::request::RequestHead;

/// The form of a refusal's body.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalBody {
    /// Problem details (RFC 9457), `application/problem+json`.
    Problem,
    /// The application's own.
    Content {
        /// The media type: visible ASCII and spaces. With anything else the answer is [`RefusalBody::Problem`].
        content_type: String,
        /// The bytes as they are sent.
        body: Vec<u8>,
    },
    /// The browser is sent to sign in: 303 with `Location`, and no challenge.
    ///
    /// Of all bodies it alone changes the status and leaves out the challenge. It is only for a 401 on a navigation
    /// ([`RefusedRequest::is_navigation`]); anywhere else the answer is [`RefusalBody::Problem`].
    ///
    /// Signing in ends no impersonation: with the [codes](Refusal::code) `impersonation_ended` and `actor_mismatch`, `url` has
    /// to be a page that stops it, or the person is sent in a circle.
    SignIn {
        /// Where to: a URL or a path of visible ASCII. With anything else the answer is [`RefusalBody::Problem`].
        url: String,
    },
}

type Hook = dyn Fn(&Refusal, &RefusedRequest<'_>) -> RefusalBody + Send + Sync;

/// How refusals are answered: as problem details, or in the form that the application's hook gives them.
///
/// The hook chooses the body. Status, challenge and the other headers stay, but for [`RefusalBody::SignIn`], which is a 303
/// without challenge. A gRPC request is answered the gRPC way without asking the hook.
#[derive(Clone, Default)]
pub struct Refusals {
    hook: Option<Arc<Hook>>,
}

impl Refusals {
    pub(crate) fn new(
        hook: impl Fn(&Refusal, &RefusedRequest<'_>) -> RefusalBody + Send + Sync + 'static,
    ) -> Self {
        Self {
            hook: Some(Arc::new(hook)),
        }
    }

    /// The answer to a request that `error` refuses.
    ///
    /// A gRPC request is one whose `Content-Type` is `application/grpc`, alone or with a `+format`. gRPC-Web is answered as
    /// HTTP: its clients know what the HTTP statuses stand for.
    #[must_use]
    pub fn render<R: RequestHead>(&self, error: &Error, request: &R) -> Reply {
        let refusal = error.refusal();
        if is_grpc(request) {
            return grpc(&refusal);
        }
        let refused = RefusedRequest::of(request);
        let body = match &self.hook {
            Some(hook) => hook(&refusal, &refused),
            None => RefusalBody::Problem,
        };
        match body {
            RefusalBody::Content { content_type, body } if is_field_text(&content_type) => {
                http(&refusal, content_type, body)
            }
            RefusalBody::SignIn { url }
                if refusal.status() == 401 && refused.is_navigation() && is_url_text(&url) =>
            {
                Reply::new(303, vec![("location", url)], Vec::new())
            }
            RefusalBody::Problem | RefusalBody::Content { .. } | RefusalBody::SignIn { .. } => {
                http(
                    &refusal,
                    "application/problem+json".to_owned(),
                    problem(&refusal),
                )
            }
        }
    }
}

impl fmt::Debug for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusals")
            .field("has_hook", &self.hook.is_some())
            .finish()
    }
}

/// A whole response, for an adapter to put into its framework's type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case, each once; values of visible ASCII and spaces.
    pub headers: Vec<(&'static str, String)>,
    /// The whole body; may be empty.
    pub body: Vec<u8>,
}

impl Reply {
    fn new(status: u16, mut headers: Vec<(&'static str, String)>, body: Vec<u8>) -> Self {
        headers.push(("cache-control", "no-store".to_owned()));
        headers.push(("vary", VARY.to_owned()));
        Self {
            status,
            headers,
            body,
        }
    }
}

fn http(refusal: &Refusal, content_type: String, body: Vec<u8>) -> Reply {
    let mut headers = vec![("content-type", content_type)];
    if let Some(challenge) = refusal.challenge() {
        headers.push(("www-authenticate", challenge.to_owned()));
    }
    if let Some(seconds) = refusal.retry_after() {
        headers.push(("retry-after", seconds.to_string()));
    }
    Reply::new(refusal.status(), headers, body)
}

fn problem(refusal: &Refusal) -> Vec<u8> {
    let (status, code) = (refusal.status(), refusal.code());
    let (title, detail) = (refusal.title(), refusal.detail());
    format!(
        r#"{{"type":"urn:actas:problem:{code}","title":"{title}","status":{status},"code":"{code}","detail":"{detail}"}}"#
    )
    .into_bytes()
}

/// A response of headers only (Trailers-Only).
///
/// The message needs no percent-encoding: the texts of the table hold no byte that does.
fn grpc(refusal: &Refusal) -> Reply {
    let headers = vec![
        ("content-type", "application/grpc".to_owned()),
        ("grpc-status", refusal.grpc_status().to_string()),
        ("grpc-message", refusal.grpc_message()),
    ];
    Reply::new(200, headers, Vec::new())
}

pub(crate) fn is_grpc<R: RequestHead>(request: &R) -> bool {
    const MEDIA_TYPE: &[u8] = b"application/grpc";
    let is_media_type = |value: &[u8]| {
        value
            .split_at_checked(MEDIA_TYPE.len())
            .is_some_and(|(start, rest)| {
                start.eq_ignore_ascii_case(MEDIA_TYPE)
                    && matches!(rest.first(), None | Some(b'+' | b';' | b' '))
            })
    };
    // A call is a POST. A gateway that asks by GET whether somebody is signed in must not read the 200 as a yes.
    request.method() == "POST" && request.header("content-type").any(is_media_type)
}

fn is_field_text(text: &str) -> bool {
    !text.trim().is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn is_url_text(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;
    use crate::test_request::TestRequest;

    const DENIED: Error = Error::new(ErrorKind::ImpersonationDenied);
    const EXPIRED: Error = Error::new(ErrorKind::Expired);
    const MISSING: Error = Error::new(ErrorKind::MissingCredential);

    fn post() -> TestRequest {
        TestRequest::new("POST")
    }

    fn navigation() -> TestRequest {
        TestRequest::new("GET").with_header("sec-fetch-mode", "navigate")
    }

    fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
        let mut values = reply.headers.iter().filter(|(header, _)| *header == name);
        let value = values.next();
        assert!(values.next().is_none(), "{name} is there twice");
        value.map(|(_, value)| value.as_str())
    }

    fn signs_in(url: &'static str) -> Refusals {
        Refusals::new(move |_, _| RefusalBody::SignIn {
            url: url.to_owned(),
        })
    }

    #[test]
    fn problem_details() {
        let reply = Refusals::default().render(&DENIED, &post());
        assert_eq!(reply.status, 403);
        assert_eq!(
            header(&reply, "content-type"),
            Some("application/problem+json")
        );
        assert_eq!(header(&reply, "www-authenticate"), None);
        assert_eq!(header(&reply, "retry-after"), None);
        let body: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "type": "urn:actas:problem:impersonation_denied",
                "title": "Not available while impersonating",
                "status": 403,
                "code": "impersonation_denied",
                "detail": DENIED.refusal().detail(),
            })
        );
    }

    #[test]
    fn challenge_and_retry_after_come_from_the_table() {
        for error in [MISSING, EXPIRED, Error::new(ErrorKind::DoubledCredential)] {
            let reply = Refusals::default().render(&error, &post());
            assert_eq!(
                header(&reply, "www-authenticate"),
                error.refusal().challenge()
            );
            assert!(error.refusal().challenge().is_some());
        }
        let reply = Refusals::default().render(&Error::keys_unavailable(Some(17)), &post());
        assert_eq!(reply.status, 503);
        assert_eq!(header(&reply, "retry-after"), Some("17"));
    }

    #[test]
    fn no_reply_is_cached_or_says_anything_of_the_request() {
        let requests = ["GET", "HEAD", "POST"].map(|method| {
            TestRequest::new(method)
                .with_header("authorization", "Bearer s3cret")
                .with_header("cookie", "__session=s3cret")
                .with_authority("s3cret")
        });
        let grpc = requests
            .clone()
            .map(|request| request.with_header("content-type", "application/grpc"));
        for request in requests.iter().chain(&grpc) {
            for refusals in [Refusals::default(), signs_in("/sign-in")] {
                for error in [DENIED, EXPIRED, MISSING, Error::keys_unavailable(None)] {
                    let reply = refusals.render(&error, request);
                    assert_eq!(header(&reply, "cache-control"), Some("no-store"));
                    assert_eq!(header(&reply, "vary"), Some(VARY));
                    assert!(!format!("{:?}", reply.headers).contains("s3cret"));
                    assert!(!String::from_utf8(reply.body).unwrap().contains("s3cret"));
                }
            }
        }
        let reply = signs_in("/sign-in").render(&MISSING, &navigation());
        assert_eq!(header(&reply, "cache-control"), Some("no-store"));
    }

    #[test]
    fn what_is_wrong_inside_a_token_makes_no_difference() {
        let render = |kind: ErrorKind| Refusals::default().render(&kind.into(), &post());
        let expired = render(ErrorKind::Expired);
        for kind in [
            ErrorKind::Signature,
            ErrorKind::UnknownKey,
            ErrorKind::Audience,
            ErrorKind::AuthorizedParty,
            ErrorKind::NotASession,
            ErrorKind::Actor,
        ] {
            assert_eq!(render(kind), expired, "{kind:?}");
        }
    }

    #[test]
    fn head_is_answered_as_get() {
        let reply = |method| Refusals::default().render(&EXPIRED, &TestRequest::new(method));
        assert_eq!(reply("HEAD"), reply("GET"));
    }

    #[test]
    fn grpc_is_answered_in_headers_and_without_the_hook() {
        let refusals = Refusals::new(|_, _| panic!("asked for gRPC"));
        for content_type in [
            "application/grpc",
            "application/grpc+proto",
            "Application/GRPC; x=y",
        ] {
            let request = post().with_header("content-type", content_type);
            let reply = refusals.render(&DENIED, &request);
            assert_eq!(reply.status, 200);
            assert_eq!(reply.body, b"");
            assert_eq!(header(&reply, "content-type"), Some("application/grpc"));
            assert_eq!(header(&reply, "grpc-status"), Some("7"));
            let message = header(&reply, "grpc-message").unwrap();
            assert!(message.starts_with("impersonation_denied: "), "{message:?}");
            assert_eq!(header(&reply, "www-authenticate"), None);
        }
    }

    #[test]
    fn a_get_is_no_grpc() {
        for method in ["GET", "HEAD", "PUT"] {
            let request = TestRequest::new(method).with_header("content-type", "application/grpc");
            let reply = Refusals::default().render(&MISSING, &request);
            assert_eq!(reply.status, 401, "{method}");
        }
    }

    #[test]
    fn other_content_types_are_no_grpc() {
        for content_type in [
            "application/grpc-web",
            "application/grpc-web+proto",
            "application/grpcx",
            "text/plain",
            "",
        ] {
            let reply = Refusals::default()
                .render(&DENIED, &post().with_header("content-type", content_type));
            assert_eq!(reply.status, 403, "{content_type}");
        }
    }

    #[test]
    fn the_hook_gives_the_body_and_nothing_else() {
        let refusals = Refusals::new(|refusal, _| RefusalBody::Content {
            content_type: "text/plain; charset=utf-8".to_owned(),
            body: format!("{} {}", refusal.status(), refusal.code()).into_bytes(),
        });
        let reply = refusals.render(&EXPIRED, &post());
        assert_eq!(reply.status, 401);
        assert_eq!(
            header(&reply, "content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(
            header(&reply, "www-authenticate"),
            EXPIRED.refusal().challenge()
        );
        assert_eq!(header(&reply, "cache-control"), Some("no-store"));
        assert_eq!(reply.body, b"401 invalid_token");
    }

    #[test]
    fn a_media_type_that_is_no_header_text_falls_back() {
        for content_type in [
            "",
            " ",
            "text/plain\r\nset-cookie: a=b",
            "text/\tplain",
            "text/pläin",
            "a\0",
            "\x7f",
        ] {
            let refusals = Refusals::new(move |_, _| RefusalBody::Content {
                content_type: content_type.to_owned(),
                body: b"own".to_vec(),
            });
            let expected = Refusals::default().render(&DENIED, &post());
            assert_eq!(
                refusals.render(&DENIED, &post()),
                expected,
                "{content_type:?}"
            );
        }
    }

    #[test]
    fn a_person_without_a_session_is_sent_to_sign_in() {
        for error in [MISSING, EXPIRED, Error::new(ErrorKind::SessionPending)] {
            let reply = signs_in("https://accounts.example.com/sign-in?next=%2F")
                .render(&error, &navigation());
            assert_eq!(reply.status, 303);
            let location = header(&reply, "location");
            assert_eq!(
                location,
                Some("https://accounts.example.com/sign-in?next=%2F")
            );
            assert_eq!(header(&reply, "www-authenticate"), None);
            assert_eq!(reply.body, b"");
        }
    }

    #[test]
    fn anything_else_is_not_sent_to_sign_in() {
        for kind in [
            ErrorKind::ImpersonationDenied,
            ErrorKind::CrossSite,
            ErrorKind::DoubledCredential,
            ErrorKind::KeysUnavailable,
            ErrorKind::MissingLayer,
        ] {
            let reply = signs_in("/sign-in").render(&kind.into(), &navigation());
            assert_eq!(
                reply,
                Refusals::default().render(&kind.into(), &navigation()),
                "{kind:?}"
            );
        }
        for url in ["", "/sign in", "/\r\nset-cookie: a=b", "/ü", "/\t", "\x7f"] {
            let reply = signs_in(url).render(&MISSING, &navigation());
            assert_eq!(
                reply,
                Refusals::default().render(&MISSING, &navigation()),
                "{url:?}"
            );
        }
        let reply = signs_in("/sign-in").render(&MISSING, &post());
        assert_eq!(reply.status, 401);
    }

    #[test]
    fn the_hook_sees_the_request() {
        let refusals = Refusals::new(|refusal, request| RefusalBody::SignIn {
            url: format!("/sign-in?why={}&next={}", refusal.code(), request.target()),
        });
        let reply = refusals.render(&MISSING, &navigation().with_target("/orders"));
        let location = header(&reply, "location");
        assert_eq!(
            location,
            Some("/sign-in?why=missing_credential&next=/orders")
        );
    }

    proptest! {
        #[test]
        fn no_hook_splits_a_header(text in "[ -~\\t\\r\\n\u{0}\u{7f}ü]{0,6}", is_sign_in: bool) {
            let refusals = Refusals::new(move |_, _| if is_sign_in {
                RefusalBody::SignIn { url: text.clone() }
            } else {
                RefusalBody::Content { content_type: text.clone(), body: Vec::new() }
            });
            for (_, value) in refusals.render(&MISSING, &navigation()).headers {
                prop_assert!(!value.is_empty() && value.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{:?}", value);
            }
        }
    }
}
