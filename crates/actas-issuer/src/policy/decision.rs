use std::fmt;

/// What a policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Decision {
    /// It may be done.
    Allow,
    /// It may not.
    Refuse,
    /// It cannot be told for now: nothing starts, with 503, and what runs is asked about again later.
    Unavailable,
}

impl Decision {
    /// [`Allow`](Self::Allow) where `is_allowed`, else [`Refuse`](Self::Refuse).
    #[must_use]
    pub const fn allow_if(is_allowed: bool) -> Self {
        if is_allowed {
            Self::Allow
        } else {
            Self::Refuse
        }
    }
}

/// What the application was asked for cannot be had for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it cannot be had for now")
    }
}

impl std::error::Error for Unavailable {}
