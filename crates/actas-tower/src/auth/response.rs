use std::borrow::Cow;

use actas_core::{IMPERSONATED_CACHE_CONTROL, VARY, merged_vary, overrides_cache_control};
use bytes::Bytes;
use http::header::{self, Entry, HeaderMap, HeaderName, HeaderValue};

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
    match headers.entry(header::VARY) {
        Entry::Vacant(vary) => {
            vary.insert(const { HeaderValue::from_static(VARY) });
        }
        Entry::Occupied(mut vary) => {
            let merged = match merged_vary(vary.iter().map(HeaderValue::as_bytes)) {
                Cow::Borrowed(_) => Ok(const { HeaderValue::from_static(VARY) }),
                Cow::Owned(merged) => HeaderValue::from_maybe_shared(Bytes::from(merged)),
            };
            // Of valid values core makes a valid one.
            if let Ok(merged) = merged {
                vary.insert(merged);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamped(impersonated: bool, before: &[(header::HeaderName, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in before {
            headers.append(name, value.parse().unwrap());
        }
        Stamp { impersonated }.apply(&mut headers);
        headers
    }

    fn all(headers: &HeaderMap, name: header::HeaderName) -> Vec<&str> {
        let values = headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }

    #[test]
    fn vary_is_merged_into_one_line() {
        for (before, after) in [
            (&[][..], "Authorization, Cookie"),
            (&["accept, COOKIE"], "accept, COOKIE, Authorization"),
            (
                &["Origin", "Accept"],
                "Origin, Accept, Authorization, Cookie",
            ),
            (&["Accept", "*"], "Accept, *"),
        ] {
            let before: Vec<_> = before.iter().map(|value| (header::VARY, *value)).collect();
            assert_eq!(all(&stamped(false, &before), header::VARY), [after]);
        }
    }

    #[test]
    fn only_an_impersonated_response_has_its_cache_control_replaced() {
        let before = [
            (header::CACHE_CONTROL, "public"),
            (header::CACHE_CONTROL, "max-age=60"),
            (HeaderName::from_static("cdn-cache-control"), "max-age=60"),
            (HeaderName::from_static("surrogate-control"), "max-age=60"),
        ];

        let direct = stamped(false, &before);
        let impersonated = stamped(true, &before);

        assert_eq!(
            all(&direct, header::CACHE_CONTROL),
            ["public", "max-age=60"]
        );
        assert_eq!(
            all(&impersonated, header::CACHE_CONTROL),
            ["private, no-store"]
        );
        for targeted in ["cdn-cache-control", "surrogate-control"] {
            assert!(direct.contains_key(targeted));
            assert!(!impersonated.contains_key(targeted));
        }
    }
}
