use std::fmt;

use actas::{Clock, SystemClock};
use aws_lc_rs::error::Unspecified;
use serde_json::{Value, json};

use crate::key::Key;

/// `azp` of the tokens: the origin of the front end that the user signed in at.
pub const FRONT_END: &str = "http://localhost:5173";
/// How long a token is valid, in seconds. Clerk's is for a minute, which is short for trying things by hand.
const LIFE: u64 = 60 * 60;

/// Session tokens of one user. `Display` gives a shell assignment for each.
#[derive(Clone)]
pub struct Tokens {
    /// The user is there in person.
    pub direct: String,
    /// An admin acts as the user, from Clerk's dashboard.
    pub impersonated: String,
    /// The user's, of two hours ago.
    pub expired: String,
    /// Names, and is signed by, a key that was never published.
    pub forged: String,
}

impl Tokens {
    pub(crate) fn sign(issuer: &str, key: &Key, forger: &Key) -> Result<Self, Unspecified> {
        // Without a clock the tokens have long expired.
        let now = SystemClock.now().unwrap_or_default();
        let direct = session(issuer, "sess_grace", now);
        let mut impersonated = session(issuer, "sess_support", now);
        if let Some(claims) = impersonated.as_object_mut() {
            let act = json!({
                "iss": "https://dashboard.clerk.com",
                "sid": "sess_ada",
                "sub": "user_ada",
            });
            claims.insert("act".to_owned(), act);
        }
        let expired = session(issuer, "sess_grace", now.saturating_sub(2 * LIFE));
        Ok(Self {
            direct: key.sign(&direct)?,
            impersonated: key.sign(&impersonated)?,
            expired: key.sign(&expired)?,
            forged: forger.sign(&direct)?,
        })
    }
}

impl fmt::Display for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "direct={}", self.direct)?;
        writeln!(f, "impersonated={}", self.impersonated)?;
        writeln!(f, "expired={}", self.expired)?;
        writeln!(f, "forged={}", self.forged)
    }
}

/// The claims of a session token, version 2.
fn session(issuer: &str, session_id: &str, issued_at: u64) -> Value {
    json!({
        "azp": FRONT_END,
        "exp": issued_at.saturating_add(LIFE),
        "fva": [0, -1],
        "iat": issued_at,
        "iss": issuer,
        "nbf": issued_at.saturating_sub(10),
        "sid": session_id,
        "sts": "active",
        "sub": "user_grace",
        "v": 2,
    })
}
