use actas_core::{IMPERSONATED_CACHE_CONTROL, VARY};
use actix_web::http::header::{self, HeaderMap, HeaderValue};

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
        add_vary(headers);
        if self.impersonated {
            headers.insert(
                header::CACHE_CONTROL,
                HeaderValue::from_static(IMPERSONATED_CACHE_CONTROL),
            );
        }
    }
}

/// Merges the fields that authentication reads into `Vary`, each once. `*` already says more.
fn add_vary(headers: &mut HeaderMap) {
    let mut present = headers.get_all(header::VARY).peekable();
    if present.peek().is_none() {
        headers.insert(header::VARY, HeaderValue::from_static(VARY));
        return;
    }

    let mut merged = Vec::new();
    for value in present {
        push(&mut merged, value.as_bytes());
    }
    for name in VARY.split(',').map(str::trim) {
        if merged.split(|byte| *byte == b',').any(|member| {
            let member = member.trim_ascii();
            member == b"*" || member.eq_ignore_ascii_case(name.as_bytes())
        }) {
            continue;
        }
        push(&mut merged, name.as_bytes());
    }

    // A list of valid values is a valid value.
    if let Ok(value) = HeaderValue::from_bytes(&merged) {
        headers.insert(header::VARY, value);
    }
}

fn push(list: &mut Vec<u8>, member: &[u8]) {
    if member.is_empty() {
        return;
    }
    if !list.is_empty() {
        list.extend_from_slice(b", ");
    }
    list.extend_from_slice(member);
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

        Stamp { impersonated: true }.apply(&mut headers);

        let values: Vec<_> = headers.get_all(header::CACHE_CONTROL).collect();
        assert_eq!(values, ["private, no-store"]);
    }
}
