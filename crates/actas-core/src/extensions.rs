//! What an authentication layer left in a request's extensions, as guards and extractors read it.

use std::sync::Arc;

use crate::actor::Actor;
use crate::error::{Error, ErrorKind};
use crate::refusal::Refusals;
use crate::session::{Auth, SignedOut};

impl Auth {
    /// This session, in the record that an outer authentication layer opened for the request and `earlier` writes into:
    /// nothing more is to be [reserved](crate::Verifier::reserve).
    ///
    /// `None` where `earlier` has no open record, or is not of the same session: issuer, session key, user and actor.
    #[must_use]
    pub fn continuing(&self, earlier: &Self) -> Option<Self> {
        let record = earlier.shared_record().filter(|record| record.is_open())?;
        let same = self.is_impersonated()
            && self.subject_key() == earlier.subject_key()
            && self.session_key() == earlier.session_key()
            && self.actor.as_ref().map(Actor::key) == earlier.actor.as_ref().map(Actor::key);
        same.then(|| self.recorded(Arc::clone(record)))
    }

    /// The session that a handler asked for, out of what an authentication layer left in the request's extensions.
    ///
    /// This is what the adapters' extractors stand on. It fails closed, as [`Guard::admit`](crate::Guard::admit) does.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::MissingCredential`] where nobody is signed in, [`ErrorKind::MissingLayer`] and a line in the log where no
    /// authentication layer has seen the request.
    pub fn extract<'a>(
        auth: Option<&'a Self>,
        signed_out: Option<&SignedOut>,
    ) -> Result<&'a Self, Error> {
        found(auth, signed_out, || {
            tracing::error!(
                "an extractor stands on a route without an authentication layer around it: add AuthLayer outside of it"
            );
        })
    }
}

impl Refusals {
    /// How the application words a refusal that comes after its authentication layer, by what the layer left in the
    /// request's extensions. Where it left nothing it is the default, [`RefusalBody::Problem`](crate::RefusalBody::Problem).
    #[must_use]
    pub fn of(auth: Option<&Auth>, signed_out: Option<&SignedOut>) -> Self {
        let of_auth = auth.map(Auth::refusals);
        let refusals = of_auth.or_else(|| signed_out.map(SignedOut::refusals));
        refusals.cloned().unwrap_or_default()
    }
}

/// The session, or why there is none. `tell_missing_layer` writes the line in the log.
pub(crate) fn found<'a>(
    auth: Option<&'a Auth>,
    signed_out: Option<&SignedOut>,
    tell_missing_layer: impl FnOnce(),
) -> Result<&'a Auth, Error> {
    if let Some(auth) = auth {
        return Ok(auth);
    }
    if signed_out.is_some() {
        return Err(ErrorKind::MissingCredential.into());
    }
    tell_missing_layer();
    Err(ErrorKind::MissingLayer.into())
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use tracing::field::Field;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;
    use crate::guard::{Action, Guard};
    use crate::refusal::RefusalBody;
    use crate::test_request::TestRequest;
    use crate::test_token::{auth, builder};

    #[test]
    fn an_extractor_takes_what_is_there_and_tells_apart_what_is_not() {
        let signed_out = builder().build().unwrap().signed_out();
        let auth = auth(&json!({}));
        for signed_out in [None, Some(&signed_out)] {
            let extracted = Auth::extract(Some(&auth), signed_out).unwrap();
            assert_eq!(extracted.user_id, auth.user_id);
        }
        let refused = |signed_out| Auth::extract(None, signed_out).unwrap_err().kind();
        assert_eq!(refused(Some(&signed_out)), ErrorKind::MissingCredential);
        assert_eq!(refused(None), ErrorKind::MissingLayer);
    }

    /// Keeps the messages of the events.
    #[derive(Clone, Default)]
    struct Messages(Arc<Mutex<Vec<String>>>);

    impl Subscriber for Messages {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            event.record(&mut |field: &Field, value: &dyn fmt::Debug| {
                if field.name() == "message" {
                    self.0.lock().unwrap().push(format!("{value:?}"));
                }
            });
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn the_log_says_what_stands_without_a_layer() {
        let signed_out = builder().build().unwrap().signed_out();
        let messages = Messages::default();
        tracing::subscriber::with_default(messages.clone(), || {
            let action = Action::new("GET", None);
            for signed_out in [Some(&signed_out), None] {
                Auth::extract(None, signed_out).unwrap_err();
                let guard = Guard::require_auth();
                guard.admit(None, signed_out, &action).unwrap_err();
            }
        });
        let messages = messages.0.lock().unwrap();
        let [extractor, guard] = messages.as_slice() else {
            panic!("{messages:?}");
        };
        assert!(extractor.starts_with("an extractor stands on a route without"));
        assert!(guard.starts_with("a guard stands on a route without"));
    }

    #[test]
    fn a_refusal_is_worded_by_the_layer_that_saw_the_request() {
        let says = |words: &'static str| {
            builder()
                .with_refusals(move |_, _| RefusalBody::Content {
                    content_type: "text/plain".to_owned(),
                    body: words.as_bytes().to_vec(),
                })
                .build()
                .unwrap()
        };
        let (first, second) = (says("first"), says("second"));
        let token = crate::test_token::token(&json!({}));
        let auth = first.verify(&token).now().unwrap();
        let signed_out = second.signed_out();

        let words = |auth, signed_out| {
            let error = ErrorKind::ImpersonationDenied.into();
            let reply = Refusals::of(auth, signed_out).render(&error, &TestRequest::new("POST"));
            String::from_utf8(reply.body).unwrap()
        };
        assert_eq!(words(Some(&auth), None), "first");
        assert_eq!(words(Some(&auth), Some(&signed_out)), "first");
        assert_eq!(words(None, Some(&signed_out)), "second");
        assert!(words(None, None).contains("impersonation_denied"));
    }
}
