use std::fmt;
use std::ops::Deref;

use actas_core::IMPERSONATION_COOKIE;
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use crate::session::SessionToken;
use crate::ticket::Binding;

/// The cookie of a start, which binds its ticket to the browser.
const START_COOKIE: &str = "__Host-actas-start";
/// What a browser takes in a cookie of one host only, over TLS.
const HOST_PREFIX: &str = "__Host-";
/// Seconds by which the impersonation cookie outlives its token: 30 days.
const OUTLIVES: i64 = 2_592_000;
/// Bytes of name and value that a browser takes (RFC 6265bis §5.6).
const MAX: usize = 4096;

/// The cookies that an impersonation travels in.
///
/// | cookie | value | attributes |
/// |---|---|---|
/// | `__Host-actas-impersonation` | the session token | `Path=/; Secure; HttpOnly; SameSite=Lax` |
/// | `__Host-actas-start` | what the ticket is bound to | `Path=/; Secure; HttpOnly; SameSite=Strict` |
///
/// The first outlives its token by 30 days: an impersonation that has ended says so (401 `impersonation_ended`) until it is
/// stopped, and does not turn into the admin's own session. The second lasts as long as the ticket.
#[derive(Clone, Copy, Debug)]
pub struct Cookies {
    is_insecure: bool,
}

/// The value of a `Set-Cookie` field. It reads as a `str`; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie(String);

impl Cookies {
    pub(crate) const fn new(is_insecure: bool) -> Self {
        Self { is_insecure }
    }

    /// The name of the impersonation cookie: what the verifier is told by
    /// [`with_impersonation_cookie`](actas_core::VerifierBuilder::with_impersonation_cookie), and knows that is built by
    /// [`Impersonations::verifier_builder`](crate::Impersonations::verifier_builder).
    #[must_use]
    pub fn impersonation_name(self) -> &'static str {
        self.name(IMPERSONATION_COOKIE)
    }

    /// The name of the cookie of a start.
    #[must_use]
    pub fn start_name(self) -> &'static str {
        self.name(START_COOKIE)
    }

    /// What is answered to a sign-out, beside what the application clears itself, and to a stop: it deletes the impersonation
    /// cookie.
    #[must_use]
    pub fn clear(self) -> SetCookie {
        self.impersonation("", 0)
    }

    /// Deletes the cookie of a start.
    #[must_use]
    pub fn clear_start(self) -> SetCookie {
        self.start("", 0)
    }

    /// What the cookie of a start holds, in the values of a request's `Cookie` fields; `None` where it is not there, or there
    /// with two different values.
    #[must_use]
    pub fn binding<'h>(self, fields: impl IntoIterator<Item = &'h str>) -> Option<&'h str> {
        let pairs = fields.into_iter().flat_map(|field| field.split(';'));
        // Other white space is part of a name, which browsers guard by no prefix: a sibling of this host may have set it.
        let pairs = pairs.map(|pair| pair.trim_matches([' ', '\t']));
        let pairs = pairs.filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(name, _)| *name == self.start_name());
        let (_, value) = values.next()?;
        values.all(|(_, other)| other == value).then_some(value)
    }

    pub(crate) fn bind(self, binding: &Binding, seconds: i64) -> SetCookie {
        self.start(binding, seconds)
    }

    pub(crate) fn carry(self, token: &SessionToken, seconds: i64) -> SetCookie {
        self.impersonation(token, seconds.saturating_add(OUTLIVES))
    }

    /// Whether browsers take a cookie with this token.
    pub(crate) fn holds(self, token: &SessionToken) -> bool {
        self.impersonation_name().len().saturating_add(token.len()) <= MAX
    }

    fn name(self, name: &'static str) -> &'static str {
        let bare = name.strip_prefix(HOST_PREFIX).unwrap_or(name);
        if self.is_insecure { bare } else { name }
    }

    fn impersonation(self, value: &str, seconds: i64) -> SetCookie {
        self.set(self.impersonation_name(), value, SameSite::Lax, seconds)
    }

    fn start(self, value: &str, seconds: i64) -> SetCookie {
        self.set(self.start_name(), value, SameSite::Strict, seconds)
    }

    fn set(self, name: &str, value: &str, same_site: SameSite, seconds: i64) -> SetCookie {
        let cookie = Cookie::build((name, value))
            .path("/")
            .secure(!self.is_insecure)
            .http_only(true)
            .same_site(same_site)
            .max_age(Duration::seconds(seconds));
        SetCookie(cookie.to_string())
    }
}

impl SetCookie {
    /// The value as text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deref for SetCookie {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SetCookie").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_of_this_host_alone() {
        let binding = Binding::random().unwrap();
        let cookies = Cookies::new(false);
        let [start, session, cleared] = [
            cookies.bind(&binding, 60),
            cookies.carry(&SessionToken::new("a.b.c".into()), 1800),
            cookies.clear(),
        ];
        assert_eq!(
            &*start,
            format!(
                "__Host-actas-start={}; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=60",
                &*binding
            )
        );
        assert_eq!(
            &*session,
            "__Host-actas-impersonation=a.b.c; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=2593800"
        );
        assert_eq!(
            &*cleared,
            "__Host-actas-impersonation=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"
        );
        assert_eq!(format!("{start:?}"), "SetCookie(..)");

        let insecure = Cookies::new(true);
        assert_eq!(insecure.impersonation_name(), "actas-impersonation");
        assert_eq!(
            &*insecure.clear_start(),
            "actas-start=; HttpOnly; SameSite=Strict; Path=/; Max-Age=0"
        );
    }

    #[test]
    fn a_binding_is_read_where_it_is_one() {
        let cookies = Cookies::new(false);
        for (fields, binding) in [
            (&["a=b; __Host-actas-start=x"][..], Some("x")),
            (
                &["a=b", "__Host-actas-start=x; __Host-actas-start=x"],
                Some("x"),
            ),
            (&["__Host-actas-start=x", "__Host-actas-start=y"], None),
            (&["actas-start=x; x__Host-actas-start=x"], None),
            (
                &["\u{2003}__Host-actas-start=x; \u{a0}__Host-actas-start=x"],
                None,
            ),
            (&["a=b;\t __Host-actas-start=x"], Some("x")),
            (&[], None),
        ] {
            assert_eq!(
                cookies.binding(fields.iter().copied()),
                binding,
                "{fields:?}"
            );
        }
    }
}
