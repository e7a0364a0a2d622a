use std::fmt;
use std::ops::Deref;

/// A session token. It reads as a `str`; `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    pub(crate) const fn new(token: String) -> Self {
        Self(token)
    }

    /// The token, as a `String`.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl Deref for SessionToken {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionToken").finish_non_exhaustive()
    }
}
