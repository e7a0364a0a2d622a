//! The headers of the responses that an application itself gives.

use std::borrow::Cow;

use crate::field;

/// `Vary` of every response that depends on who is signed in.
pub const VARY: &str = "Authorization, Cookie";

/// `Cache-Control` of every response to an impersonated request.
pub const IMPERSONATED_CACHE_CONTROL: &str = "private, no-store";

/// Whether a cache between application and browser heeds the response header `name` (lower case) rather than
/// `Cache-Control`: the targeted fields of RFC 9213 and what came before it. A response to an impersonated request has none.
#[must_use]
pub fn overrides_cache_control(name: &str) -> bool {
    name.ends_with("cdn-cache-control")
        || matches!(
            name,
            "surrogate-control" | "edge-control" | "x-accel-expires"
        )
}

/// The one `Vary` line to set on a response in place of those that are `present`: what they name, then what [`VARY`] names
/// besides. It borrows where there is nothing to merge. `*` says more than any name, and nothing is added to it.
///
/// Of valid field values it makes a valid one.
#[must_use]
pub fn merged_vary<'a>(present: impl IntoIterator<Item = &'a [u8]>) -> Cow<'static, [u8]> {
    let mut merged = Vec::new();
    for line in present {
        push(&mut merged, field::trim(line));
    }
    if merged.is_empty() {
        return Cow::Borrowed(VARY.as_bytes());
    }
    for name in VARY.split(", ") {
        if !covers(&merged, name) {
            push(&mut merged, name.as_bytes());
        }
    }
    Cow::Owned(merged)
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

fn covers(list: &[u8], name: &str) -> bool {
    list.split(|byte| *byte == b',').any(|member| {
        let member = field::trim(member);
        member == b"*" || member.eq_ignore_ascii_case(name.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targeted_fields_are_told_from_the_general_one() {
        for name in [
            "cdn-cache-control",
            "vercel-cdn-cache-control",
            "surrogate-control",
            "x-accel-expires",
        ] {
            assert!(overrides_cache_control(name), "{name}");
        }
        for name in ["cache-control", "expires", "vary", "surrogate-key"] {
            assert!(!overrides_cache_control(name), "{name}");
        }
    }

    #[test]
    fn vary_is_merged_and_never_doubled() {
        for (present, expected) in [
            (&[][..], "Authorization, Cookie"),
            (&[""], "Authorization, Cookie"),
            (&[" ", "\t"], "Authorization, Cookie"),
            (&["Accept"], "Accept, Authorization, Cookie"),
            (&["accept, COOKIE"], "accept, COOKIE, Authorization"),
            (&["cookie ,authorization"], "cookie ,authorization"),
            (&["Authorization, Cookie"], "Authorization, Cookie"),
            (&["Cookie", "", "Authorization"], "Cookie, Authorization"),
            (
                &["Origin", "AUTHORIZATION"],
                "Origin, AUTHORIZATION, Cookie",
            ),
            (&["X-Cookie"], "X-Cookie, Authorization, Cookie"),
            (&["*"], "*"),
            (&["Accept, *"], "Accept, *"),
            (&["Accept", "*"], "Accept, *"),
        ] {
            let merged = merged_vary(present.iter().map(|line| line.as_bytes()));
            assert_eq!(merged, expected.as_bytes(), "from {present:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_kept() {
        let merged = merged_vary([&b"\xe4"[..]]);
        assert_eq!(merged, &b"\xe4, Authorization, Cookie"[..]);
    }

    #[test]
    fn merging_costs_nothing_where_there_is_nothing_to_merge() {
        assert!(matches!(merged_vary([]), Cow::Borrowed(_)));
    }
}
