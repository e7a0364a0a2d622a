use actas_tests::{NOW, Signer, Token};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::issuer::{Issuer, PUBLISHED};

pub(crate) const ISSUER: &str = "https://issuer.example";

/// What a client asks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A token of the key that was published last.
    Current,
    /// A token of the key before it, which is published as well.
    Previous,
    /// A token of the key that was published last, in which somebody acts.
    Impersonated,
    /// The same where nobody may act.
    ImpersonatedAtGuard,
    /// A token of a key that was published and is no more.
    Withdrawn,
    /// A token with a `kid` that no issuer ever had, and no token before.
    ForgedName,
    /// A token with one of a few `kid`s that no issuer ever had.
    ForgedNameAgain,
    /// A token with the `kid` of the key that was published last, signed with another.
    ForgedSignature,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Current,
        Self::Previous,
        Self::Impersonated,
        Self::ImpersonatedAtGuard,
        Self::Withdrawn,
        Self::ForgedName,
        Self::ForgedNameAgain,
        Self::ForgedSignature,
    ];

    /// Kinds whose tokens were signed by a published key.
    pub(crate) const OF_PUBLISHED_KEYS: [Self; 4] = [
        Self::Current,
        Self::Previous,
        Self::Impersonated,
        Self::ImpersonatedAtGuard,
    ];

    /// Whether the issuer signed it, once.
    pub(crate) fn is_genuine(self) -> bool {
        self == Self::Withdrawn || Self::OF_PUBLISHED_KEYS.contains(&self)
    }

    fn is_impersonated(self) -> bool {
        matches!(self, Self::Impersonated | Self::ImpersonatedAtGuard)
    }

    pub(crate) fn route(self) -> (&'static str, &'static str) {
        match self {
            Self::ImpersonatedAtGuard => ("POST", "/password"),
            _ => ("GET", "/me"),
        }
    }

    /// The status once the keys are had.
    pub(crate) fn status_at_last(self) -> u16 {
        match self {
            Self::ImpersonatedAtGuard => 403,
            _ if Self::OF_PUBLISHED_KEYS.contains(&self) => 200,
            _ => 401,
        }
    }

    /// The `act` claim.
    pub(crate) fn actor(self) -> Value {
        if self.is_impersonated() {
            json!({ "sub": "admin_1" })
        } else {
            Value::Null
        }
    }
}

/// A request to be sent.
pub(crate) struct Ask {
    pub(crate) kind: Kind,
    /// The key that it was signed with, or that it names where that is another's.
    pub(crate) key: usize,
    pub(crate) token: String,
}

impl Ask {
    /// A request of this kind at this instant, or `None` where there is no such key yet.
    pub(crate) fn new(kind: Kind, issuer: &Issuer, forger: &Signer, rng: &mut Rng) -> Option<Self> {
        let newest = issuer.newest();
        let key = match kind {
            Kind::Previous => issuer.key(newest.number.checked_sub(1)?),
            Kind::Withdrawn => {
                let last = newest.number.checked_sub(PUBLISHED)?;
                let any = rng.usize(..=last);
                issuer.key(if rng.u8(..4) > 0 { last } else { any })
            }
            _ => newest,
        };
        let name = match kind {
            Kind::ForgedName => format!("forged_{:x}", rng.u128(..)),
            Kind::ForgedNameAgain => format!("forged_{}", rng.u8(..4)),
            _ => key.signer.kid().to_owned(),
        };
        let signer = if kind.is_genuine() {
            &key.signer
        } else {
            forger
        };
        let claims = json!({
            "iss": ISSUER,
            "sub": format!("user_{}", key.number),
            "sid": "sess_1",
            "exp": NOW + 60,
            "act": kind.actor(),
        });
        let token = Token::new(signer, claims).with_header("kid", name);
        Some(Self {
            kind,
            key: key.number,
            token: token.sign(signer),
        })
    }

    /// What the handler answers.
    pub(crate) fn session(&self) -> Value {
        json!({ "user_id": format!("user_{}", self.key), "actor": self.kind.actor() })
    }
}
