use crate::ask::Kind;
use crate::issuer::Key;

/// A request and its answer, with what was known at both ends. Sets are numbered as they were published.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(crate) kind: Kind,
    pub(crate) key: usize,
    /// The newest set that the application was known to hold when the request was sent.
    pub(crate) known_before: usize,
    /// The newest set that was published when the answer had come.
    pub(crate) published_after: usize,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
}

impl Exchange {
    /// Whether the token was found valid.
    pub(crate) fn is_accepted(&self) -> bool {
        self.status == 200 || self.status == 403
    }

    /// What is wrong with the answer.
    ///
    /// - A key was published throughout the request if, when the answer had come, no set without it was published. A valid
    ///   token of such a key is accepted, or told to come again (503 with `Retry-After`), and never refused.
    /// - A token of a withdrawn key is accepted *later than one refresh* if, when the request was sent, a refresh had ended
    ///   that had brought a set without the key. That is known by what only this set explains, before the request was sent:
    ///   a later fetch named it (`If-None-Match`), or a token was accepted of a key that is in no older set.
    /// - What the issuer did not sign is never accepted.
    /// - Whoever may act nowhere is refused there with 403, and 403 is nobody else's.
    pub(crate) fn judge(&self) -> Result<(), String> {
        let withdrawn_by = Key::withdrawn_by(self.key);
        let was_published_throughout = self.published_after < withdrawn_by;
        let is_genuine = self.kind.is_genuine();
        let problem = match self.status {
            200 | 403 if !is_genuine => "a forged token is accepted",
            200 | 403 if self.known_before >= withdrawn_by => {
                "a withdrawn key is accepted later than one refresh"
            }
            200 if self.kind == Kind::ImpersonatedAtGuard => "an actor passes the guard",
            403 if self.kind != Kind::ImpersonatedAtGuard => "a guard denies without reason",
            401 if is_genuine && was_published_throughout => {
                "a valid token of a published key is refused"
            }
            503 if !self.says_when_to_come_again() => "503 without Retry-After",
            200 | 401 | 403 | 503 => return Ok(()),
            _ => "a status out of place",
        };
        Err(format!("{problem}: {self:?}"))
    }

    fn says_when_to_come_again(&self) -> bool {
        let seconds = self.retry_after.as_ref().map(|value| value.parse::<u32>());
        matches!(seconds, Some(Ok(1..)))
    }
}

#[test]
fn a_wrong_answer_is_seen() {
    let exchange = |kind, known_before, published_after, status| Exchange {
        kind,
        key: 5,
        known_before,
        published_after,
        status,
        retry_after: None,
    };
    for (kind, known_before, published_after, status, is_right) in [
        (Kind::Current, 5, 6, 200, true),
        (Kind::Current, 5, 6, 401, false),
        (Kind::Current, 5, 7, 401, true),
        (Kind::Current, 5, 6, 403, false),
        (Kind::Current, 5, 6, 500, false),
        (Kind::Impersonated, 5, 6, 200, true),
        (Kind::ImpersonatedAtGuard, 5, 6, 403, true),
        (Kind::ImpersonatedAtGuard, 5, 6, 200, false),
        (Kind::ImpersonatedAtGuard, 7, 7, 403, false),
        (Kind::Withdrawn, 6, 9, 200, true),
        (Kind::Withdrawn, 7, 7, 200, false),
        (Kind::Withdrawn, 6, 7, 401, true),
        (Kind::ForgedName, 0, 5, 200, false),
        (Kind::ForgedSignature, 0, 5, 403, false),
        (Kind::ForgedNameAgain, 0, 5, 401, true),
    ] {
        let exchange = exchange(kind, known_before, published_after, status);
        assert_eq!(exchange.judge().is_ok(), is_right, "{exchange:?}");
    }
    for (value, is_right) in [
        (None, false),
        (Some(""), false),
        (Some("0"), false),
        (Some("soon"), false),
        (Some("1"), true),
    ] {
        let exchange = Exchange {
            retry_after: value.map(str::to_owned),
            ..exchange(Kind::Current, 5, 6, 503)
        };
        assert_eq!(exchange.judge().is_ok(), is_right, "{exchange:?}");
    }
}
