use serde_json::{Value, json};

use crate::tamper::claims_of;

/// What a library says of a token.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    /// It is taken, with the claims that it was minted with.
    Taken,
    /// It is refused, by the library's own name for that.
    Refused(&'static str),
}

/// A token, and what each library is to say of it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) token: String,
    pub(crate) jose: Verdict,
    pub(crate) verify_jwt: Verdict,
    pub(crate) verify_token: Verdict,
}

impl Case {
    /// Compares with what they said.
    pub(crate) fn assert(&self, verdicts: &Value) {
        let expected = |verdict: Verdict| match verdict {
            Verdict::Taken => json!({ "claims": claims_of(&self.token) }),
            Verdict::Refused(name) => json!({ "refused": name }),
        };
        let expected = json!({
            "jose": expected(self.jose),
            "verifyJwt": expected(self.verify_jwt),
            "verifyToken": expected(self.verify_token),
        });
        assert_eq!(*verdicts, expected, "{}", self.name);
    }
}
