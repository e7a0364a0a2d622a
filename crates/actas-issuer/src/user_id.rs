use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

/// Bytes of the longest id.
const MAX: usize = 512;

/// A user of the application, as it names them: opaque, 1 to 512 bytes, without control characters.
///
/// ```
/// use actas_issuer::UserId;
///
/// let user_id: UserId = "user_1".parse()?;
/// assert_eq!(&*user_id, "user_1");
/// # Ok::<(), actas_issuer::UserIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(String);

/// A text is no user's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserIdError;

impl UserId {
    /// The id, as a `String`.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl FromStr for UserId {
    type Err = UserIdError;

    fn from_str(text: &str) -> Result<Self, UserIdError> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for UserId {
    type Error = UserIdError;

    fn try_from(text: String) -> Result<Self, UserIdError> {
        let is_id = (1..=MAX).contains(&text.len()) && !text.chars().any(char::is_control);
        is_id.then_some(Self(text)).ok_or(UserIdError)
    }
}

impl Deref for UserId {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for UserIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a user id has 1 to {MAX} bytes and no control characters: give the id as the application stores it"
        )
    }
}

impl std::error::Error for UserIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_any_text_of_its_length_without_control_characters() {
        for text in ["1", "ann@example.com", " é ", &"a".repeat(512)] {
            assert_eq!(
                text.parse::<UserId>().map(UserId::into_string).as_deref(),
                Ok(text)
            );
        }
        for text in [
            "",
            "a\0",
            "a\nb",
            "a\u{7f}",
            &"a".repeat(513),
            &"é".repeat(257),
        ] {
            assert_eq!(text.parse::<UserId>(), Err(UserIdError), "{text:?}");
        }
    }
}
