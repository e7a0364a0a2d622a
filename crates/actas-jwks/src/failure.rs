use std::time::Duration;

/// Characters of the longest detail that is logged.
const MAX_DETAIL: usize = 300;

/// Why keys could not be fetched.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) kind: FailureKind,
    /// More for the log. Of a URL it holds scheme, host and path at most, and of an answer nothing but its status and what
    /// is wrong with it.
    pub(crate) detail: String,
    /// How long the server asks to wait.
    pub(crate) retry_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// No address, no connection, or no trust in the certificate.
    Connect,
    Timeout,
    /// A redirect to another origin, or too many.
    Redirect,
    /// Neither 200 nor, when asked for, 304.
    Status,
    /// The answer broke off, or cannot be decompressed.
    Transfer,
    TooLarge,
    TooManyKeys,
    /// No key set, or none with a usable key.
    KeySet,
    /// No `OpenID` configuration, of another issuer, or with a key-set URL that is not taken.
    Discovery,
    /// The fetch panicked.
    Panic,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        let mut detail: String = detail.into();
        if let Some((end, _)) = detail.char_indices().nth(MAX_DETAIL) {
            detail.truncate(end);
        }
        Self {
            kind,
            detail,
            retry_after: None,
        }
    }
}

impl FailureKind {
    /// The value of the metrics' label `outcome`.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Redirect => "redirect",
            Self::Status => "status",
            Self::Transfer => "transfer",
            Self::TooLarge => "too_large",
            Self::TooManyKeys => "too_many_keys",
            Self::KeySet => "key_set_refused",
            Self::Discovery => "discovery",
            Self::Panic => "panic",
        }
    }
}
