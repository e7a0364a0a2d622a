//! What a session and its user are known by.

use std::fmt;

use aws_lc_rs::digest;

use crate::session::Session;

impl Session {
    /// The user, unique over all issuers.
    #[must_use]
    pub fn subject_key(&self) -> SubjectKey<'_> {
        SubjectKey {
            issuer: &self.issuer,
            user_id: &self.user_id,
        }
    }

    /// What an audit record knows this session by: `sid`, else `jti`, else a SHA-256 over issuer, subject, actor and
    /// `iat`. The same for every request with the same token; unique within the issuer, but that sessions begun in one
    /// second by tokens with neither `sid` nor `jti` share a digest.
    #[must_use]
    pub fn session_key(&self) -> SessionKey<'_> {
        if let Some(session_id) = &self.session_id {
            return SessionKey::SessionId(session_id);
        }
        if let Some(token_id) = self.token_id() {
            return SessionKey::TokenId(token_id);
        }
        let mut context = digest::Context::new(&digest::SHA256);
        let actor = self.actor.as_ref();
        for part in [
            Some(&*self.issuer),
            Some(&*self.user_id),
            actor.map(|actor| &*actor.issuer),
            actor.map(|actor| &*actor.subject),
        ] {
            // Each part tells its length first, so that no two sessions hash the same text.
            let part = part.unwrap_or_default();
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part.as_bytes());
        }
        context.update(&self.issued_at.unwrap_or(i64::MIN).to_be_bytes());
        let mut hash = [0; 32];
        for (to, from) in hash.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        SessionKey::Digest(hash)
    }
}

/// A user, unique over all issuers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct SubjectKey<'a> {
    /// `iss`.
    pub issuer: &'a str,
    /// `sub`.
    pub user_id: &'a str,
}

impl<'a> SubjectKey<'a> {
    /// The user `user_id` of `issuer`, as a store knows them.
    #[must_use]
    pub const fn new(issuer: &'a str, user_id: &'a str) -> Self {
        Self { issuer, user_id }
    }
}

/// A session, unique within its issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum SessionKey<'a> {
    /// `sid`.
    SessionId(&'a str),
    /// `jti`, where the token has no `sid`.
    TokenId(&'a str),
    /// SHA-256 over issuer, subject, actor and `iat`, where the token has neither.
    Digest([u8; 32]),
}

impl fmt::Display for SessionKey<'_> {
    /// `sid:` and the session's id, `jti:` and the token's id, or `sha256:` and 64 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SessionId(id) => write!(f, "sid:{id}"),
            Self::TokenId(id) => write!(f, "jti:{id}"),
            Self::Digest(hash) => {
                f.write_str("sha256:")?;
                hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    /// Values computed apart from this code, by the rule that `session_key` documents.
    #[test]
    fn a_session_has_one_stable_key() {
        use crate::test_token::{Still, jwks, token};
        let verifier = crate::verifier::Verifier::builder(crate::test_token::ISSUER)
            .separated_by(crate::separator::Separator::claim_that("sub", |_| true))
            .with_keys(crate::keys::StaticKeys::from_jwks(&jwks()).unwrap())
            .with_clock(Still)
            .build()
            .unwrap();
        let key = |claims: Value| {
            let text = token(&claims);
            verifier
                .verify(&text)
                .now()
                .map(|auth| auth.session_key().to_string())
        };
        assert_eq!(key(json!({"jti": "t"})).as_deref(), Ok("sid:sess_1"));
        let anonymous = |claims: &str| {
            let claims = format!(
                r#"{{"iss":"https://issuer.example","sub":"user_1","exp":{},"iat":{}{claims}}}"#,
                crate::test_token::NOW + 60,
                crate::test_token::NOW
            );
            let token =
                crate::test_token::sign(&json!({"alg": "EdDSA", "kid": "k"}), claims.as_bytes());
            verifier
                .verify(&token)
                .now()
                .unwrap()
                .session_key()
                .to_string()
        };
        assert_eq!(anonymous(r#","jti":"t""#), "jti:t");
        let direct = anonymous("");
        let impersonated = anonymous(r#","act":{"sub":"admin"}"#);
        assert_eq!(direct, anonymous(r#","x":1"#));
        assert_ne!(direct, impersonated);
        assert_eq!(
            direct,
            "sha256:aa0feb77066bc3f4daff5f01f7d064d028ed8d662d9778adccc66d81c668635c"
        );
        assert_eq!(
            impersonated,
            "sha256:ffd7d54e553d708186dc6df43800e087a50060820c8c214320c04d4c3acf5f5a"
        );
    }
}
