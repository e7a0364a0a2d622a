use actas::{ActorKind, Auth, ConfigError, ErrorKind, NoKeys, StaticKeys, VerifierBuilder};
use actas_tests::{FixedClock, NOW, Signer, Token};
use serde_json::Value;

/// One issuer: its profile, a session token of it, and the same user's or machine's other tokens.
pub(crate) struct Issuer {
    pub(crate) profile: Result<VerifierBuilder<NoKeys>, ConfigError>,
    pub(crate) session: Token,
    /// The issuer's `act` for a person.
    pub(crate) act: Value,
    pub(crate) others: Vec<(&'static str, Token, ErrorKind)>,
}

impl Issuer {
    #[track_caller]
    pub(crate) fn holds(self) {
        let signer = signer();
        let keys = StaticKeys::from_jwks(&signer.jwks()).unwrap();
        let verifier = self
            .profile
            .unwrap()
            .with_keys(keys)
            .with_clock(FixedClock(NOW))
            .build()
            .unwrap();
        let verify = |token: &Token| -> Result<Auth, ErrorKind> {
            verifier
                .verify(&token.sign(&signer))
                .now()
                .map_err(|error| error.kind())
        };

        let direct = verify(&self.session).unwrap();
        assert!(direct.direct().is_some());

        let impersonated = verify(&self.session.clone().with("act", self.act.clone())).unwrap();
        assert!(impersonated.direct().is_none());
        let actor = impersonated.actor.as_ref().unwrap();
        assert_eq!(serde_json::to_value(actor).unwrap(), self.act);
        assert_eq!(actor.kind, ActorKind::Human);
        assert_eq!(impersonated.user_id, direct.user_id);

        for (name, token, expected) in self.others {
            assert_eq!(verify(&token).err(), Some(expected), "{name}");
            // Nor does an actor make a session of it.
            let with_actor = verify(&token.with("act", self.act.clone()));
            assert_eq!(with_actor.err(), Some(expected), "{name}, with an actor");
        }
    }
}

fn signer() -> Signer {
    Signer::rs256("key_1")
}

/// A token with `iss`, `sub` and the claims of every issuer.
pub(crate) fn token(issuer: &str, subject: &str, more: Value) -> Token {
    let token = Token::new(&signer(), more);
    token
        .with("iss", issuer)
        .with("sub", subject)
        .with("iat", NOW)
        .with("exp", NOW + 300)
}
