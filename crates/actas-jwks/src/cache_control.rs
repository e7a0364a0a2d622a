use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap, HeaderName, RETRY_AFTER};

/// For how long the answer may be kept, as far as it says (RFC 9111 §4.2): `max-age`, nothing for `no-store` and
/// `no-cache`.
///
/// Where `max-age` stands twice, the lesser counts; one that is no number is not there, and one too large is the
/// largest (RFC 9111 §1.2.2).
pub(crate) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let mut least: Option<u64> = None;
    let fields = headers.get_all(CACHE_CONTROL).iter();
    for directive in fields
        .filter_map(|field| field.to_str().ok())
        .flat_map(|field| field.split(','))
    {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let seconds = match name.trim().to_ascii_lowercase().as_str() {
            "max-age" => seconds(value.trim().trim_matches('"')),
            "no-store" | "no-cache" => Some(0),
            _ => None,
        };
        least = least.into_iter().chain(seconds).min();
    }
    least.map(Duration::from_secs)
}

/// `Age`: for how long a cache on the way has had the answer (RFC 9111 §5.1).
pub(crate) fn age(headers: &HeaderMap) -> Duration {
    Duration::from_secs(number(headers, AGE).unwrap_or_default())
}

/// `Retry-After`, where it is in seconds (RFC 9110 §10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, RETRY_AFTER).map(Duration::from_secs)
}

fn number(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    seconds(headers.get(name)?.to_str().ok()?.trim())
}

fn seconds(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        fields
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .fold(HeaderMap::new(), |mut headers, (name, value)| {
                headers.append(name, value);
                headers
            })
    }

    #[test]
    fn max_age_is_read_as_rfc_9111_says() {
        type Fields = &'static [(&'static str, &'static str)];
        let cases: [(Fields, Option<u64>); 16] = [
            (&[], None),
            (&[("cache-control", "max-age=60")], Some(60)),
            (
                &[("cache-control", "public, MAX-AGE = 60 , immutable")],
                Some(60),
            ),
            (&[("cache-control", "max-age=\"60\"")], Some(60)),
            (&[("cache-control", "max-age=90, max-age=60")], Some(60)),
            (
                &[
                    ("cache-control", "max-age=60"),
                    ("cache-control", "max-age=90"),
                ],
                Some(60),
            ),
            (&[("cache-control", "s-maxage=60")], None),
            (&[("cache-control", "max-age=60, no-cache")], Some(0)),
            (&[("cache-control", "no-store")], Some(0)),
            (
                &[("cache-control", "max-age=99999999999999999999")],
                Some(u64::MAX),
            ),
            (&[("cache-control", "max-age=-1")], None),
            (&[("cache-control", "max-age=NaN")], None),
            (&[("cache-control", "max-age=+1")], None),
            (&[("cache-control", "max-age=1.5")], None),
            (&[("cache-control", "max-age")], None),
            (&[("cache-control", "max-age=60"), ("age", "20")], Some(60)),
        ];
        for (fields, expected) in cases {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(max_age(&headers(fields)), expected, "{fields:?}");
        }
    }

    #[test]
    fn age_is_read_in_seconds() {
        for (value, expected) in [("0", 0), (" 20", 20), ("-1", 0), ("old", 0)] {
            let age = age(&headers(&[("age", value)]));
            assert_eq!(age.as_secs(), expected, "{value}");
        }
        assert_eq!(age(&headers(&[])), Duration::ZERO);
    }

    #[test]
    fn retry_after_is_read_in_seconds() {
        for (value, expected) in [
            ("120", Some(120)),
            (" 7 ", Some(7)),
            ("-1", None),
            ("Fri, 31 Dec 2099 23:59:59 GMT", None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(
                retry_after(&headers(&[("retry-after", value)])),
                expected,
                "{value}"
            );
        }
    }
}
