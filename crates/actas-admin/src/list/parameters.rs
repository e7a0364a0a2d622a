//! Parameters of a query.

use std::ops::RangeInclusive;

use actas_audit::{SessionStatus, Timestamp};
use form_urlencoded::parse;

use crate::wire::Problem;

/// Sessions or events of a page.
pub(crate) const DEFAULT_LIMIT: u32 = 20;
const LIMITS: RangeInclusive<u32> = 1..=500;

/// Characters of the longest text: what is longer stands in no record.
const MAX_TEXT: usize = 512;

/// Milliseconds of the last moment that the record can hold.
const LAST_MOMENT: i64 = 253_402_207_200_000;

/// The largest number that JSON carries exactly.
const MAX_NUMBER: u64 = (1 << 53) - 1;

/// What was asked, each name once.
pub(crate) struct Parameters {
    pairs: Vec<(&'static str, String)>,
}

impl Parameters {
    /// Reads a query of which these names are known.
    ///
    /// A name that is not known is refused: a filter that is misspelt would otherwise list what it was to leave out.
    pub(crate) fn read(
        query: Option<&str>,
        known: &'static [&'static str],
    ) -> Result<Self, Problem> {
        let mut pairs: Vec<(&'static str, String)> = Vec::new();
        for (name, value) in parse(query.unwrap_or_default().as_bytes()) {
            let Some(&name) = known.iter().find(|known| **known == name) else {
                return Err(Problem::query(format!(
                    "one of the parameters is not known here: these are: {}",
                    known.join(", ")
                )));
            };
            if pairs.iter().any(|(before, _)| *before == name) {
                return Err(Problem::parameter(name, "at most once"));
            }
            pairs.push((name, value.into_owned()));
        }
        Ok(Self { pairs })
    }

    /// A value that is compared as it is.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        let text = self.value(name);
        if text.is_some_and(|text| !(1..=MAX_TEXT).contains(&text.chars().count())) {
            return Err(Problem::parameter(name, "from 1 to 512 characters"));
        }
        Ok(text)
    }

    pub(crate) fn limit(&self) -> Result<u32, Problem> {
        let Some(text) = self.value("limit") else {
            return Ok(DEFAULT_LIMIT);
        };
        let limit = digits(text).and_then(|number| u32::try_from(number).ok());
        limit
            .filter(|limit| LIMITS.contains(limit))
            .ok_or_else(|| Problem::parameter("limit", "a whole number from 1 to 500"))
    }

    pub(crate) fn after(&self) -> Result<u64, Problem> {
        let after = self.value("after").map_or(Some(0), digits);
        after
            .filter(|after| *after <= MAX_NUMBER)
            .ok_or_else(|| Problem::parameter("after", "the number of an event"))
    }

    pub(crate) fn time(&self, name: &'static str) -> Result<Option<Timestamp>, Problem> {
        let Some(text) = self.value(name) else {
            return Ok(None);
        };
        let milliseconds = digits(text).and_then(|number| i64::try_from(number).ok());
        let milliseconds = milliseconds.filter(|milliseconds| *milliseconds <= LAST_MOMENT);
        let expected = "milliseconds since the Unix epoch, before the year 9999 ends";
        milliseconds
            .map(|milliseconds| Some(Timestamp::from_milliseconds(milliseconds)))
            .ok_or_else(|| Problem::parameter(name, expected))
    }

    pub(crate) fn status(&self) -> Result<Option<SessionStatus>, Problem> {
        Ok(Some(match self.value("status") {
            None => return Ok(None),
            Some("active") => SessionStatus::Active,
            Some("expired") => SessionStatus::Expired,
            Some("ended") => SessionStatus::Ended,
            Some("revoked") => SessionStatus::Revoked,
            Some(_) => {
                let expected = "active, expired, ended or revoked";
                return Err(Problem::parameter("status", expected));
            }
        }))
    }

    pub(crate) fn cursor(&self) -> Option<&str> {
        self.value("cursor")
    }

    fn value(&self, name: &str) -> Option<&str> {
        let pair = self.pairs.iter().find(|(known, _)| *known == name);
        pair.map(|(_, value)| value.as_str())
    }
}

/// Digits alone: no sign, no space.
fn digits(text: &str) -> Option<u64> {
    let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}
