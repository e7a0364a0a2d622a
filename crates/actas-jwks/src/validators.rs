use std::time::Duration;

use reqwest::Url;
use reqwest::header::{
    DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};

/// Bytes of the longest validator that is kept: it is sent back, and servers limit what they read.
const MAX_VALIDATOR: usize = 1024;
/// A change within this time of another may have the same date (RFC 9110 §8.8.2.2).
const DATE_IS_STRONG_AFTER: Duration = Duration::from_secs(60);

/// What an answer can be compared with next time.
pub(crate) struct Validators {
    url: Url,
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

impl Validators {
    /// Those of the answer from this URL, if it has one that can be relied on.
    pub(crate) fn of(url: &Url, headers: &HeaderMap) -> Option<Self> {
        let header = |name: HeaderName| {
            let value = headers.get(name)?;
            (value.len() <= MAX_VALIDATOR).then(|| value.clone())
        };
        let etag = header(ETAG);
        let last_modified = header(LAST_MODIFIED).filter(|_| is_date_strong(headers));
        (etag.is_some() || last_modified.is_some()).then(|| Self {
            url: url.clone(),
            etag,
            last_modified,
        })
    }

    /// Whether they say something about this URL.
    pub(crate) fn are_of(&self, url: &Url) -> bool {
        self.url == *url
    }

    /// What asks for a set only if it is another one.
    pub(crate) fn conditions(&self) -> HeaderMap {
        let etag = self.etag.iter().map(|etag| (IF_NONE_MATCH, etag.clone()));
        let since = self.last_modified.iter();
        let since = since.map(|date| (IF_MODIFIED_SINCE, date.clone()));
        etag.chain(since).collect()
    }
}

fn is_date_strong(headers: &HeaderMap) -> bool {
    let date = |name: HeaderName| {
        let text = headers.get(name)?.to_str().ok()?;
        httpdate::parse_http_date(text).ok()
    };
    let (sent, changed) = (date(DATE), date(LAST_MODIFIED));
    sent.zip(changed)
        .and_then(|(sent, changed)| sent.duration_since(changed).ok())
        .is_some_and(|since| since >= DATE_IS_STRONG_AFTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGED: &str = "Thu, 01 Jan 2026 00:00:00 GMT";

    fn conditions(fields: &[(HeaderName, &str)]) -> Option<Vec<HeaderName>> {
        let fields = fields
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        let url = Url::parse("https://issuer.example/jwks").unwrap();
        let validators = Validators::of(&url, &fields.collect())?;
        assert!(validators.are_of(&url));
        assert!(!validators.are_of(&Url::parse("https://issuer.example/jwks?2").unwrap()));
        Some(validators.conditions().keys().cloned().collect())
    }

    #[test]
    fn a_date_counts_a_minute_after_the_change() {
        for (date, counts) in [
            (Some("Thu, 01 Jan 2026 00:01:00 GMT"), true),
            (Some("Fri, 02 Jan 2026 00:00:00 GMT"), true),
            (Some("Thu, 01 Jan 2026 00:00:59 GMT"), false),
            (Some(CHANGED), false),
            (Some("Wed, 31 Dec 2025 00:00:00 GMT"), false),
            (Some("today"), false),
            (None, false),
        ] {
            let date = date.map(|date| (DATE, date));
            let fields: Vec<_> = [(LAST_MODIFIED, CHANGED)].into_iter().chain(date).collect();
            let expected = counts.then(|| vec![IF_MODIFIED_SINCE]);
            assert_eq!(conditions(&fields), expected, "{fields:?}");
            let fields = [fields, vec![(ETAG, "\"1\"")]].concat();
            assert!(conditions(&fields).unwrap().contains(&IF_NONE_MATCH));
        }
        let no_date = [
            (LAST_MODIFIED, "lately"),
            (DATE, "Fri, 02 Jan 2026 00:00:00 GMT"),
        ];
        assert_eq!(conditions(&no_date), None);
    }

    #[test]
    fn a_long_validator_is_not_kept() {
        let longest = "x".repeat(MAX_VALIDATOR);
        assert_eq!(conditions(&[(ETAG, &longest)]), Some(vec![IF_NONE_MATCH]));
        assert_eq!(conditions(&[(ETAG, &format!("{longest}x"))]), None);
        assert_eq!(conditions(&[]), None);
    }
}
