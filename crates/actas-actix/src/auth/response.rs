use std::borrow::Cow;

use actas_core::{IMPERSONATED_CACHE_CONTROL, VARY, merged_vary, overrides_cache_control};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;

/// What a response's headers are told about the request's session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    pub(super) impersonated: bool,
}

impl Stamp {
    /// Nobody acts for the user, or there is no session.
    pub(super) const DIRECT: Self = Self {
        impersonated: false,
    };

    pub(super) fn apply(self, headers: &mut HeaderMap) {
        merge_vary(headers);
        if self.impersonated {
            while let Some(name) = targeted(headers) {
                headers.remove(name);
            }
            headers.insert(
                header::CACHE_CONTROL,
                const { HeaderValue::from_static(IMPERSONATED_CACHE_CONTROL) },
            );
        }
    }
}

/// A field that would take the place of `Cache-Control`.
fn targeted(headers: &HeaderMap) -> Option<HeaderName> {
    let mut names = headers.keys();
    names
        .find(|name| overrides_cache_control(name.as_str()))
        .cloned()
}

fn merge_vary(headers: &mut HeaderMap) {
    // First as if there were none, which is usual: looking first would cost as much as this.
    let before = headers.insert(header::VARY, const { HeaderValue::from_static(VARY) });
    if before.is_empty() {
        return;
    }
    let before: Vec<_> = before.collect();
    if let Cow::Owned(merged) = merged_vary(before.iter().map(HeaderValue::as_bytes)) {
        // Of valid values core makes a valid one.
        if let Ok(merged) = HeaderValue::from_maybe_shared(Bytes::from(merged)) {
            headers.insert(header::VARY, merged);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &[&'static str], after: &str) {
        let mut headers = HeaderMap::new();
        for value in before {
            headers.append(header::VARY, HeaderValue::from_static(value));
        }

        Stamp::DIRECT.apply(&mut headers);

        let values: Vec<_> = headers.get_all(header::VARY).collect();
        assert_eq!(values, [after], "from {before:?}");
        assert!(!headers.contains_key(header::CACHE_CONTROL));
    }

    #[test]
    fn vary_is_merged_and_never_doubled() {
        check(&[], "Authorization, Cookie");
        check(
            &["Accept-Encoding"],
            "Accept-Encoding, Authorization, Cookie",
        );
        check(&["cookie, Origin"], "cookie, Origin, Authorization");
        check(
            &["Origin", "AUTHORIZATION"],
            "Origin, AUTHORIZATION, Cookie",
        );
        check(&["Authorization, Cookie"], "Authorization, Cookie");
        check(&[""], "Authorization, Cookie");
        check(&["X-Cookie"], "X-Cookie, Authorization, Cookie");
        check(&["*"], "*");
        check(&["Origin, *"], "Origin, *");
    }

    #[test]
    fn an_impersonated_response_is_never_stored() {
        let mut headers = HeaderMap::new();
        for value in ["public, max-age=600", "immutable"] {
            headers.append(header::CACHE_CONTROL, HeaderValue::from_static(value));
        }
        let targeted = ["cdn-cache-control", "surrogate-control"].map(HeaderName::from_static);
        for name in &targeted {
            headers.append(name.clone(), HeaderValue::from_static("max-age=600"));
        }

        Stamp { impersonated: true }.apply(&mut headers);

        let values: Vec<_> = headers.get_all(header::CACHE_CONTROL).collect();
        assert_eq!(values, ["private, no-store"]);
        for name in targeted {
            assert!(!headers.contains_key(name));
        }
    }
}
