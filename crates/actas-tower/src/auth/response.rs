use actas_core::{IMPERSONATED_CACHE_CONTROL, VARY};
use http::header::{self, HeaderMap, HeaderValue};

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

fn add_vary(headers: &mut HeaderMap) {
    if varies_by(headers, "*") {
        return;
    }
    for name in VARY.split(',').map(str::trim) {
        if !varies_by(headers, name) {
            headers.append(header::VARY, HeaderValue::from_static(name));
        }
    }
}

fn varies_by(headers: &HeaderMap, name: &str) -> bool {
    headers
        .get_all(header::VARY)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .any(|listed| listed.trim_ascii().eq_ignore_ascii_case(name.as_bytes()))
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
    fn vary_is_merged() {
        let table: &[(&[&str], &[&str])] = &[
            (&[], &["Authorization", "Cookie"]),
            (&["Accept"], &["Accept", "Authorization", "Cookie"]),
            (&["accept, COOKIE"], &["accept, COOKIE", "Authorization"]),
            (&["cookie ,authorization"], &["cookie ,authorization"]),
            (&["Cookie", "Authorization"], &["Cookie", "Authorization"]),
            (&["Accept, *"], &["Accept, *"]),
            (&["*"], &["*"]),
            (&["X-Cookie"], &["X-Cookie", "Authorization", "Cookie"]),
            (&[""], &["", "Authorization", "Cookie"]),
        ];
        for (before, after) in table {
            let before: Vec<_> = before.iter().map(|value| (header::VARY, *value)).collect();
            assert_eq!(all(&stamped(false, &before), header::VARY), *after);
        }
    }

    #[test]
    fn only_an_impersonated_response_has_its_cache_control_replaced() {
        let before = [
            (header::CACHE_CONTROL, "public"),
            (header::CACHE_CONTROL, "max-age=60"),
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
    }
}
