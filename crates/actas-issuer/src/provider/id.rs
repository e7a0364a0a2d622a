use super::error::{ProviderError, ProviderErrorKind};

/// Characters of the longest id that is taken. Clerk's have some thirty.
const MAX_ID: usize = 128;

/// An id that may stand in a path: letters, digits, `_` and `-`, which no path reads as anything else.
#[derive(Clone, Copy)]
pub(super) struct Id<'a>(&'a str);

impl<'a> Id<'a> {
    pub(super) fn judge(text: &'a str) -> Result<Self, ProviderError> {
        let is_id = (1..=MAX_ID).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        is_id
            .then_some(Self(text))
            .ok_or_else(|| ProviderErrorKind::Id.into())
    }

    pub(super) fn as_str(self) -> &'a str {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_path_could_read_is_an_id() {
        for (text, expected) in [
            ("user_2OEpKhcCN1Lat9NQ0G6puh7q5Rb", true),
            ("sess-1", true),
            ("", false),
            (".", false),
            ("..", false),
            ("sess_1/revoke", false),
            ("sess_1%2f", false),
            ("sess_1?x", false),
            ("sess_1#", false),
            ("sess 1", false),
            ("sess_1\r\n", false),
            ("sess_\0", false),
            ("sess_ä", false),
            (&"a".repeat(128), true),
            (&"a".repeat(129), false),
        ] {
            assert_eq!(Id::judge(text).is_ok(), expected, "{text:?}");
        }
    }
}
