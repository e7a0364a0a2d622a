//! The span of an impersonated request.

use tracing::Span;

use crate::session::{Auth, Session};
use crate::user_ids::UserIds;

impl Auth {
    /// A span that says whose session this is and who acts in it: `impersonated_request`, at the level `INFO`. A disabled
    /// one for a direct session.
    ///
    /// `AuthLayer` enters it around all that an impersonated request does. A task that the handler spawns is told by
    /// `task.instrument(auth.span())`.
    ///
    /// | field | |
    /// |---|---|
    /// | `user.id`, or `user.hash` | the user |
    /// | `session.id` | `sid`, where the token has one |
    /// | `actas.actor.id`, or `actas.actor.hash` | the actor |
    /// | `actas.actor.issuer` | whose actor this is |
    /// | `actas.actor.kind` | `human`, `agent` or `other` |
    ///
    /// Those of `user` and `session` are OpenTelemetry's names. The hashes stand in place of the ids where
    /// [`with_hashed_user_ids`](crate::VerifierBuilder::with_hashed_user_ids) says so. The events of guards have the same
    /// fields.
    #[must_use]
    pub fn span(&self) -> Span {
        let Some(actor) = &self.actor else {
            return Span::none();
        };
        let ids = self.user_ids();
        tracing::info_span!(
            "impersonated_request",
            user.id = ids.plain(&self.user_id),
            user.hash = ids.hash(&self.user_id),
            session.id = self.session_id.as_deref(),
            actas.actor.id = ids.plain(&actor.subject),
            actas.actor.hash = ids.hash(&actor.subject),
            actas.actor.issuer = &*actor.issuer,
            actas.actor.kind = actor.kind.name(),
        )
    }
}

impl Session {
    pub(crate) fn user_ids(&self) -> &UserIds {
        &self.shared.user_ids
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::{self, Write as _};
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use crate::config_error::ConfigError;
    use crate::guard::{Action, Guard};
    use crate::test_token::{Still, builder, token};
    use crate::verifier::{Verifier, VerifierBuilder, WithKeys};

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
    /// HMAC-SHA-256 with [`KEY`], computed apart from this code.
    const USER_HASH: &str = "7e9b915a5948420a4cb71369f6e1a691c416ab38e1fad4c5d19ffc3a85c30ee4";
    const ADMIN_HASH: &str = "71e41fdc013ec8ac268f0ff33d59588293330bbe752a90898d1091ccc2bcf755";

    /// Keeps the fields of spans and events, one line each.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            write!(self.0, " {field}={value:?}").unwrap();
        }
    }

    impl Lines {
        fn push(&self, name: &str, record: impl FnOnce(&mut Line)) {
            let mut line = Line(name.to_owned());
            record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
    }

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            self.push(span.metadata().name(), |line| span.record(line));
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            self.push("event", |line| event.record(line));
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    /// What is written of an impersonated request that a guard denies.
    fn written(verifier: &Verifier) -> [String; 2] {
        let claims = json!({"act": {"sub": "admin", "type": "agent"}});
        let auth = verifier.verify(&token(&claims)).now().unwrap();
        let lines = Lines::default();
        // With a single subscriber, tracing takes the word of whichever thread is the first to come by, which may be another test's.
        let _second = tracing::Dispatch::new(Lines::default());
        tracing::subscriber::with_default(lines.clone(), || {
            assert!(!auth.span().is_disabled());
            let guard = Guard::sensitive();
            let action = Action::new("POST", None);
            guard.admit(Some(&auth), None, &action).unwrap_err();
        });
        let lines = lines.0.lock().unwrap().clone();
        lines.try_into().unwrap()
    }

    const REST: &str = r#" actas.actor.issuer="https://issuer.example" actas.actor.kind="agent""#;

    #[test]
    fn span_and_events_say_who_acts_as_whom() {
        let [span, event] = written(&builder().build().unwrap());
        let who = format!(r#" user.id="user_1" session.id="sess_1" actas.actor.id="admin"{REST}"#);
        assert_eq!(span, format!("impersonated_request{who}"));
        assert!(event.ends_with(&who), "{event}");
        assert!(event.contains(r#"rule="sensitive""#), "{event}");
    }

    #[test]
    fn ids_are_hashed_where_that_is_set() {
        let hashed = || builder().with_hashed_user_ids(KEY).build().unwrap();
        let other = other().build().unwrap();
        let first = Verifier::any_of([hashed(), other.clone()]).unwrap();
        let second = Verifier::any_of([other, hashed()]).unwrap();
        for verifier in [hashed(), first, second] {
            let [span, event] = written(&verifier);
            let who = format!(
                r#" user.hash="{USER_HASH}" session.id="sess_1" actas.actor.hash="{ADMIN_HASH}"{REST}"#
            );
            assert_eq!(span, format!("impersonated_request{who}"));
            assert!(event.ends_with(&who), "{event}");
            assert!(
                !event.contains("user_1") && !event.contains("admin"),
                "{event}"
            );
        }
    }

    fn other() -> VerifierBuilder<WithKeys> {
        Verifier::builder("https://other.example")
            .separated_by(crate::separator::Separator::session_id())
            .with_keys(crate::keys::StaticKeys::from_jwks(&crate::test_token::jwks()).unwrap())
            .with_clock(Still)
    }

    #[test]
    fn verifiers_behind_one_hash_with_one_key() {
        let both = |key: &[u8]| {
            let first = builder().with_hashed_user_ids(KEY).build().unwrap();
            let second = other().with_hashed_user_ids(key).build().unwrap();
            Verifier::any_of([first, second])
        };
        both(KEY).unwrap();
        let refused = both(b"fedcba9876543210fedcba9876543210");
        let Err(ConfigError::Setting { name, value }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(name, "key for hashed user ids");
        assert_eq!(value, "a second, different one");
    }

    #[test]
    fn a_key_that_can_be_guessed_hides_nothing() {
        let refused = builder().with_hashed_user_ids(b"secret").build();
        let Err(ConfigError::Setting { name, value }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(name, "key for hashed user ids");
        assert_eq!(value, "6 bytes");
    }

    #[test]
    fn a_direct_session_has_no_span() {
        let auth = crate::test_token::auth(&json!({}));
        let lines = Lines::default();
        tracing::subscriber::with_default(lines.clone(), || {
            assert!(auth.span().is_none());
        });
        assert!(lines.0.lock().unwrap().is_empty());
    }
}
