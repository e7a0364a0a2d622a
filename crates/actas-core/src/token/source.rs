//! Where the token comes from: one credential decides, never a mixture.
//!
//! Where the impersonation cookie is switched on and there, it decides: beside a token that a program has sent
//! (`Authorization: Bearer`, `Sec-WebSocket-Protocol`) it is one credential too many, and a session cookie beside it must be
//! its actor's.
//!
//! The sources are asked in order, and the first that holds a credential ends the search: `Authorization: Bearer`, then
//! (where switched on) `Sec-WebSocket-Protocol` of a WebSocket, then the cookies in the order of their names. What comes
//! after it is not read, and nothing inside a token decides which one is taken. A query string is no source: it stands in
//! logs and histories.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::config_error::ConfigError;
use crate::error::{Error, ErrorKind};
use crate::field;
use crate::method;
use crate::request::RequestHead;

/// The usual name of the impersonation cookie
/// ([`VerifierBuilder::with_impersonation_cookie`](crate::VerifierBuilder::with_impersonation_cookie)).
///
/// By the prefix `__Host-`, browsers take it over HTTPS only, from this host only, and send it to this host only.
pub const IMPERSONATION_COOKIE: &str = "__Host-actas-impersonation";

/// The places that a verifier takes a token from, beside the `Authorization` header.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    /// Names of session cookies; the first one that is there decides.
    pub(crate) cookie_names: Vec<String>,
    /// What precedes the token in an entry of `Sec-WebSocket-Protocol`, or `None` where that source is off.
    pub(crate) websocket_protocol: Option<String>,
    /// Name of the impersonation cookie, or `None` where that source is off.
    pub(crate) impersonation_cookie: Option<String>,
}

/// The one credential of a request.
#[derive(Clone, Copy)]
pub(crate) struct Credential<'r> {
    /// As it came: whatever stands where a token should.
    pub(crate) token: &'r [u8],
    pub(crate) carrier: Carrier,
}

impl<'r> Credential<'r> {
    fn new(token: &'r [u8], carrier: Carrier) -> Self {
        Self { token, carrier }
    }

    /// The token as text: not empty, visible ASCII.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MalformedCredential`] for anything else.
    pub(crate) fn text(&self) -> Result<&'r str, Error> {
        // Without a way out in the middle, so that many bytes are looked at in one instruction.
        let is_visible = |all: bool, byte: &u8| all & byte.is_ascii_graphic();
        let text = str::from_utf8(self.token)
            .ok()
            .filter(|text| !text.is_empty() && self.token.iter().fold(true, is_visible));
        text.ok_or_else(|| ErrorKind::MalformedCredential.into())
    }
}

/// What a credential came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Carrier {
    Authorization,
    WebSocketProtocol,
    /// The cookie of this index in [`Sources::cookie_names`].
    Cookie(usize),
    ImpersonationCookie,
}

impl Carrier {
    /// Whether a browser attaches it by itself.
    pub(crate) const fn is_cookie(self) -> bool {
        matches!(self, Self::Cookie(_) | Self::ImpersonationCookie)
    }
}

impl Sources {
    /// # Errors
    ///
    /// [`ConfigError::Setting`] when the impersonation cookie is a session cookie as well.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        match &self.impersonation_cookie {
            Some(name) if self.cookie_names.contains(name) => Err(ConfigError::Setting {
                name: "impersonation cookie that is a session cookie",
                value: name.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// The impersonation cookie of a request, an empty one too; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DoubledCredential`] when it is there with two different values.
    #[inline]
    pub(crate) fn impersonation<'r, R: RequestHead>(
        &self,
        request: &'r R,
    ) -> Result<Option<Credential<'r>>, Error> {
        let Some(name) = &self.impersonation_cookie else {
            return Ok(None);
        };
        let token = cookie(request, name)?;
        Ok(token.map(|token| Credential::new(token, Carrier::ImpersonationCookie)))
    }

    /// The session cookie beside an impersonation cookie; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DoubledCredential`] when a credential is beside it that no browser attaches by itself, and as
    /// [`extract`](Self::extract).
    pub(crate) fn beside_impersonation<'r, R: RequestHead>(
        &self,
        request: &'r R,
    ) -> Result<Option<Credential<'r>>, Error> {
        match self.extract(request)? {
            Some(credential) if !matches!(credential.carrier, Carrier::Cookie(_)) => {
                Err(ErrorKind::DoubledCredential.into())
            }
            session => Ok(session),
        }
    }

    /// Finds the credential of a request; `None` when it carries none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::DoubledCredential`] when there are two `Authorization` field lines, or when the source that decides
    /// holds two different values; [`ErrorKind::MalformedCredential`] when `Authorization` names no scheme.
    pub(crate) fn extract<'r, R: RequestHead>(
        &self,
        request: &'r R,
    ) -> Result<Option<Credential<'r>>, Error> {
        if let Some(value) = bearer(request)? {
            return Ok(Some(Credential::new(value, Carrier::Authorization)));
        }
        if let Some(prefix) = &self.websocket_protocol
            && method::is_websocket(request)
            && let Some(value) = websocket(request, prefix)?
        {
            return Ok(Some(Credential::new(value, Carrier::WebSocketProtocol)));
        }
        for (index, name) in self.cookie_names.iter().enumerate() {
            if let Some(value) = cookie(request, name)?.filter(|value| !value.is_empty()) {
                return Ok(Some(Credential::new(value, Carrier::Cookie(index))));
            }
        }
        Ok(None)
    }
}

/// The suffix of the cookies that Clerk's libraries set for the application of this publishable key.
pub(crate) fn clerk_suffix(publishable_key: &str) -> String {
    let hash = digest::digest(
        &digest::SHA1_FOR_LEGACY_USE_ONLY,
        publishable_key.as_bytes(),
    );
    let mut suffix = URL_SAFE_NO_PAD.encode(hash);
    suffix.truncate(8);
    suffix
}

/// What follows the scheme `Bearer`; `None` without the header, or when it holds another scheme.
fn bearer<R: RequestHead>(request: &R) -> Result<Option<&[u8]>, Error> {
    let mut lines = request.header("authorization");
    let Some(line) = lines.next() else {
        return Ok(None);
    };
    if lines.next().is_some() {
        return Err(ErrorKind::DoubledCredential.into());
    }
    let line = field::trim(line);
    // As nearly every client writes it.
    if let Some(token) = line.strip_prefix(b"Bearer ")
        && !token.starts_with(b" ")
    {
        return Ok(Some(token));
    }
    let end = line.iter().position(|byte| *byte == b' ');
    let (scheme, mut token) = line
        .split_at_checked(end.unwrap_or(line.len()))
        .unwrap_or((line, &[]));
    if scheme.eq_ignore_ascii_case(b"bearer") {
        while let [b' ', rest @ ..] = token {
            token = rest;
        }
        Ok(Some(token))
    } else if !scheme.is_empty() && scheme.iter().all(|byte| field::is_tchar(*byte)) {
        Ok(None)
    } else {
        Err(ErrorKind::MalformedCredential.into())
    }
}

/// What follows `prefix` in an entry of `Sec-WebSocket-Protocol`.
fn websocket<'r, R: RequestHead>(request: &'r R, prefix: &str) -> Result<Option<&'r [u8]>, Error> {
    let entries = field::elements(request, "sec-websocket-protocol", b',');
    sole(entries.filter_map(|entry| entry.strip_prefix(prefix.as_bytes())))
}

/// The value of the cookie `name`.
///
/// HTTP/2 may split the cookies over several field lines (RFC 9113 §8.2.3).
fn cookie<'r, R: RequestHead>(request: &'r R, name: &str) -> Result<Option<&'r [u8]>, Error> {
    let pairs = field::elements(request, "cookie", b';');
    sole(pairs.filter_map(|pair| pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")))
}

/// The one value that all of `values` have.
fn sole<'r>(mut values: impl Iterator<Item = &'r [u8]>) -> Result<Option<&'r [u8]>, Error> {
    let Some(first) = values.next() else {
        return Ok(None);
    };
    if values.any(|value| value != first) {
        return Err(ErrorKind::DoubledCredential.into());
    }
    Ok(Some(first))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::test_request::TestRequest;

    type Outcome = Result<Option<(String, Carrier)>, ErrorKind>;

    fn sources() -> Sources {
        Sources {
            cookie_names: vec!["__session_AbCdEfGh".to_owned(), "__session".to_owned()],
            websocket_protocol: Some("bearer.".to_owned()),
            impersonation_cookie: Some("__i".to_owned()),
        }
    }

    fn extract_by(sources: &Sources, request: &TestRequest) -> Outcome {
        let read = || {
            let Some(credential) = sources.extract(request)? else {
                return Ok(None);
            };
            Ok(Some((credential.text()?.to_owned(), credential.carrier)))
        };
        read().map_err(|error: Error| error.kind())
    }

    fn extract(request: &TestRequest) -> Outcome {
        extract_by(&sources(), request)
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "it stands beside the outcomes that are errors"
    )]
    fn found(token: &str, carrier: Carrier) -> Outcome {
        Ok(Some((token.to_owned(), carrier)))
    }

    fn get() -> TestRequest {
        TestRequest::new("GET")
    }

    const DOUBLED: Outcome = Err(ErrorKind::DoubledCredential);
    const MALFORMED: Outcome = Err(ErrorKind::MalformedCredential);
    const SUFFIXED: Carrier = Carrier::Cookie(0);
    const PLAIN: Carrier = Carrier::Cookie(1);

    #[test]
    fn a_bearer_token_in_any_case_after_one_space_or_more() {
        for value in [
            "Bearer a.b.c",
            "Bearer   a.b.c",
            "bearer a.b.c",
            "BEARER a.b.c",
            "bEaReR    a.b.c",
            " \tBearer a.b.c \t",
        ] {
            let request = get().with_header("authorization", value);
            assert_eq!(
                extract(&request),
                found("a.b.c", Carrier::Authorization),
                "{value:?}"
            );
        }
    }

    #[test]
    fn what_is_no_bearer_token_and_no_other_scheme_is_malformed() {
        for value in [
            &b""[..],
            b" ",
            b"\t",
            b"Bearer",
            b"bearer",
            b"Bearer ",
            b"Bearer    ",
            b"Bearer a b",
            b"Bearer a  ,b",
            b"Bearer\ta",
            b"Bearer \ta",
            b"Bearer a\tb",
            b"Bearer \x00",
            b"Bearer a\x7fb",
            b"Bearer \xff\xfe",
            "Bearer tök".as_bytes(),
            "Bearer\u{a0}token".as_bytes(),
            b"Basic\x80 a",
            b"(Basic) a",
            b"Bearer: a",
            b"\"Bearer\" a",
            b"Bearer,Bearer a",
        ] {
            let request = get()
                .with_header("authorization", value)
                .with_header("cookie", "__session=cookie");
            assert_eq!(extract(&request), MALFORMED, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn another_scheme_is_left_to_the_cookie() {
        for value in [
            &b"Basic dXNlcjpwYXNz"[..],
            b"DPoP token",
            b"Negotiate",
            b"Bearerx a",
            b"eyJhbGciOiJSUzI1NiJ9.e30.AAAA",
            b"Digest \xff \x00",
        ] {
            let request = get().with_header("authorization", value);
            assert_eq!(extract(&request), Ok(None), "{}", value.escape_ascii());
            let request = request.with_header("cookie", "__session=cookie");
            assert_eq!(
                extract(&request),
                found("cookie", PLAIN),
                "{}",
                value.escape_ascii()
            );
        }
    }

    #[test]
    fn two_authorization_lines_are_refused_whatever_they_hold() {
        for (first, second) in [
            ("Bearer a", "Bearer a"),
            ("Bearer a", "Bearer b"),
            ("Basic a", "Bearer b"),
            ("Basic a", "Basic a"),
            ("", ""),
        ] {
            let request = get()
                .with_header("authorization", first)
                .with_header("authorization", second);
            assert_eq!(extract(&request), DOUBLED, "{first:?} {second:?}");
        }
    }

    #[test]
    fn authorization_comes_before_websocket_before_cookies() {
        let cookie = get().with_header("cookie", "__session=c; __session=d");
        let websocket = cookie
            .clone()
            .with_header("upgrade", "websocket")
            .with_header("sec-websocket-protocol", "bearer.w");
        let authorization = websocket.clone().with_header("authorization", "Bearer a");
        assert_eq!(extract(&cookie), DOUBLED);
        assert_eq!(extract(&websocket), found("w", Carrier::WebSocketProtocol));
        assert_eq!(extract(&authorization), found("a", Carrier::Authorization));
    }

    #[test]
    fn a_websocket_names_its_token_among_its_protocols() {
        let upgrade = || get().with_header("upgrade", "WebSocket");
        for (lines, expected) in [
            (&["bearer.t"][..], found("t", Carrier::WebSocketProtocol)),
            (
                &["chat ,\tbearer.t , v2"],
                found("t", Carrier::WebSocketProtocol),
            ),
            (
                &["chat", "bearer.t"],
                found("t", Carrier::WebSocketProtocol),
            ),
            (
                &["bearer.t, bearer.t"],
                found("t", Carrier::WebSocketProtocol),
            ),
            (&["bearer.t, bearer.u"], DOUBLED),
            (&["bearer.t", "bearer."], DOUBLED),
            (&["bearer."], MALFORMED),
            (&["bearer.t t"], MALFORMED),
            (&["bearer.ü"], MALFORMED),
            (&["chat, ü, Bearer.t, xbearer.t", ""], Ok(None)),
        ] {
            let request = lines.iter().fold(upgrade(), |request, line| {
                request.with_header("sec-websocket-protocol", line)
            });
            assert_eq!(extract(&request), expected, "{lines:?}");
        }
        let connect = TestRequest::new("CONNECT").with_header("sec-websocket-protocol", "bearer.t");
        assert_eq!(extract(&connect), found("t", Carrier::WebSocketProtocol));
    }

    #[test]
    fn websocket_protocols_are_not_read_where_switched_off_or_without_an_upgrade() {
        let request = get().with_header("sec-websocket-protocol", "bearer.t, bearer.u");
        assert_eq!(extract(&request), Ok(None));
        let off = Sources {
            websocket_protocol: None,
            ..sources()
        };
        assert_eq!(
            extract_by(&off, &request.with_header("upgrade", "websocket")),
            Ok(None)
        );
    }

    #[test]
    fn cookies() {
        for (lines, expected) in [
            (&["__session=a"][..], found("a", PLAIN)),
            (&["x=1; __session=a;y=2"], found("a", PLAIN)),
            (&["x=1;\t__session=a\t;"], found("a", PLAIN)),
            (&["x=1", "__session=a"], found("a", PLAIN)),
            (&["__session=a=b=="], found("a=b==", PLAIN)),
            (&["__session=a; __session=a"], found("a", PLAIN)),
            (&["__session=a", "__session=a"], found("a", PLAIN)),
            (&["__session=a; __session=b"], DOUBLED),
            (&["__session=a", "__session=b"], DOUBLED),
            (&["__session=a; __session="], DOUBLED),
            (&["__session=; __session=a"], DOUBLED),
            (&["__session=; __session="], Ok(None)),
            (&["__session="], Ok(None)),
            (&["__session"], Ok(None)),
            (&["__session_AbCdEfGh=s; __session=a"], found("s", SUFFIXED)),
            (
                &["__session=a", "__session_AbCdEfGh=s"],
                found("s", SUFFIXED),
            ),
            (&["__session_AbCdEfGh=; __session=a"], found("a", PLAIN)),
            (
                &["__session_AbCdEfGh=s; __session_AbCdEfGh=t; __session=a"],
                DOUBLED,
            ),
            (
                &["__session_AbCdEfGh=s; __session=a; __session=b"],
                found("s", SUFFIXED),
            ),
            (&["__session_AbCdEfGh=ü; __session=a"], MALFORMED),
            (&["__session=a b"], MALFORMED),
            (&["__session= a"], MALFORMED),
            (&["__session=a\u{1}"], MALFORMED),
            (&["__session=a,b"], found("a,b", PLAIN)),
            (
                &["__Session=a; __SESSION=a; __session_abcdefgh=a; x__session=a"],
                Ok(None),
            ),
            (
                &["__session =a; =__session=a; __session_=a; __session_x=a"],
                Ok(None),
            ),
            (
                &["\"__session\"=a; $__session=a; __host-__session=a"],
                Ok(None),
            ),
            (&["ü=ü; \u{7f}; =; ;;__session=a"], found("a", PLAIN)),
            (&[""], Ok(None)),
            (&[], Ok(None)),
        ] {
            let request = lines
                .iter()
                .fold(get(), |request, line| request.with_header("cookie", line));
            assert_eq!(extract(&request), expected, "{lines:?}");
        }
    }

    #[test]
    fn an_impersonation_cookie_stands_beside_a_session_cookie_only() {
        let beside = |request: &TestRequest| {
            let cookie = sources().impersonation(request).unwrap().unwrap();
            assert_eq!(
                (cookie.token, cookie.carrier),
                (&b"i"[..], Carrier::ImpersonationCookie)
            );
            let beside = sources().beside_impersonation(request);
            beside
                .map(|beside| beside.map(|session| session.carrier))
                .map_err(|error| error.kind())
        };
        let request = get().with_header("cookie", "__i=i");
        assert_eq!(beside(&request), Ok(None));
        let basic = request.clone().with_header("authorization", "Basic a");
        assert_eq!(beside(&basic), Ok(None));
        let session = basic.clone().with_header("cookie", "__session=s");
        assert_eq!(beside(&session), Ok(Some(PLAIN)));
        for value in ["Bearer a", "bearer a", "Bearer", "Bearer i"] {
            let bearer = request.clone().with_header("authorization", value);
            assert_eq!(beside(&bearer), Err(ErrorKind::DoubledCredential));
        }
        let twice = basic.with_header("authorization", "Basic a");
        assert_eq!(beside(&twice), Err(ErrorKind::DoubledCredential));
        let websocket = session
            .with_header("upgrade", "websocket")
            .with_header("sec-websocket-protocol", "bearer.t");
        assert_eq!(beside(&websocket), Err(ErrorKind::DoubledCredential));
    }

    #[test]
    fn an_impersonation_cookie_that_is_empty_is_there() {
        let of = |value: &str| {
            let request = get().with_header("cookie", value);
            let cookie = sources().impersonation(&request);
            cookie
                .map(|cookie| cookie.map(|cookie| cookie.token.to_vec()))
                .map_err(|error| error.kind())
        };
        assert_eq!(of("__i="), Ok(Some(Vec::new())));
        assert_eq!(of("__session=s; __i=a; __i=a"), Ok(Some(b"a".to_vec())));
        for twice in ["__i=a; __i=b", "__i=a; __i=", "__i=; __i=a"] {
            assert_eq!(of(twice), Err(ErrorKind::DoubledCredential));
        }
        assert_eq!(of("__session=s; __I=a; __i; x__i=a"), Ok(None));
        let off = Sources::default();
        let request = get().with_header("cookie", "__i=a; __i=b");
        assert!(off.impersonation(&request).unwrap().is_none());
    }

    #[test]
    fn without_names_no_cookie_is_a_credential() {
        let request = get().with_header("cookie", "=a; __session=a");
        assert_eq!(extract_by(&Sources::default(), &request), Ok(None));
    }

    #[test]
    fn clerks_suffix_is_eight_characters_of_the_hash_in_base64url() {
        for (key, suffix) in [
            ("pk_test_Y2xlcmsuZXhhbXBsZS5jb20k", "l2OS3d9k"),
            ("pk_test_YXBwLTYzLmNsZXJrLmFjY291bnRzLmRldiQ=", "xlka-C_-"),
        ] {
            assert_eq!(clerk_suffix(key), suffix);
        }
    }

    proptest! {
        #[test]
        fn ordinary_cookies_are_read_as_the_cookie_crate_reads_them(
            first in proptest::collection::vec(("[a-c]{1,2}", "[!#-+\\--:<-~]{0,8}"), 0..4),
            second in proptest::collection::vec(("[a-c]{1,2}", "[!#-+\\--:<-~]{0,8}"), 0..4),
            separator in prop::sample::select(vec![";", "; ", " ; ", ";;"]),
        ) {
            let sources = Sources { cookie_names: vec!["a".to_owned(), "bb".to_owned()], ..Sources::default() };
            let [first, second] = [first, second].map(|jar| {
                let pairs: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
                pairs.join(separator)
            });
            let request = get().with_header("cookie", &first).with_header("cookie", &second);
            let line = format!("{first}; {second}");

            let mut expected = Ok(None);
            for (index, name) in sources.cookie_names.iter().enumerate() {
                let values: Vec<_> = cookie::Cookie::split_parse(line.as_str())
                    .filter_map(Result::ok)
                    .filter(|cookie| cookie.name() == name)
                    .map(|cookie| cookie.value().to_owned())
                    .collect();
                if values.windows(2).any(|pair| pair[0] != pair[1]) {
                    expected = DOUBLED;
                    break;
                }
                if let Some(value) = values.first().filter(|value| !value.is_empty()) {
                    expected = found(value, Carrier::Cookie(index));
                    break;
                }
            }
            prop_assert_eq!(extract_by(&sources, &request), expected);
        }

        #[test]
        fn a_credential_is_visible_ascii_whatever_the_headers_hold(
            headers in proptest::collection::vec(
                (
                    prop::sample::select(vec!["authorization", "cookie", "upgrade", "sec-websocket-protocol"]),
                    prop::sample::select(vec!["", "Bearer ", "__session=", "bearer.", "websocket"]),
                    proptest::collection::vec(any::<u8>(), 0..6),
                ),
                0..5,
            ),
        ) {
            let request = headers.into_iter().fold(get(), |request, (name, start, rest)| {
                request.with_header(name, [start.as_bytes(), &rest].concat())
            });
            if let Ok(Some((token, _))) = extract(&request) {
                prop_assert!(!token.is_empty() && token.bytes().all(|byte| (0x21..=0x7e).contains(&byte)));
            }
        }
    }
}
