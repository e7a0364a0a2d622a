use std::fmt;

/// The published key set lacks the key that this node signs with: nobody who relies on the set would take its tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPublished {
    pub(super) kid: String,
}

impl NotPublished {
    /// The `kid` of the key that is missing.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

impl fmt::Display for NotPublished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kid = &self.kid;
        write!(f, "the published key set lacks the signing key {kid:?}")
    }
}

impl std::error::Error for NotPublished {}

/// Why there is no issuer.
#[derive(Debug)]
#[non_exhaustive]
pub enum IssuerError {
    /// The issuer is no `https` URL (or `http` on loopback), or has a query or a fragment (RFC 8414 §2).
    Url(String),
    /// The keys cannot be used.
    Key(crate::key::KeyError),
}

impl fmt::Display for IssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => write!(
                f,
                "{url:?} cannot be the issuer: give an https URL without query"
            ),
            Self::Key(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for IssuerError {}
