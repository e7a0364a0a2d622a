use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, mem};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Subscriber, dispatcher};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// Characters of the longest id that is taken.
const MAX_LEN: usize = 128;

/// A layer of `tracing-subscriber` from which audit records take the ids of a request and of its trace: the fields
/// `request_id` and `trace_id` of the span that is current where a request is authenticated, or of the nearest one around it.
///
/// ```
/// use actas_core::SpanIds;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(SpanIds::new());
/// tracing::subscriber::with_default(subscriber, || {
///     let _span = tracing::info_span!("request", request_id = "req_1").entered();
///     // What is authenticated here is recorded as `req_1`.
/// });
/// ```
///
/// The span stands outside of the authentication layer. An id of more than 128 bytes is not taken.
#[derive(Default)]
pub struct SpanIds {
    /// Of the spans that are open: their own ids, else those of the spans around them.
    open: Mutex<HashMap<u64, Ids>>,
}

/// The ids that a span carries.
#[derive(Clone, Default)]
pub(crate) struct Ids {
    pub(crate) request: Option<Arc<str>>,
    pub(crate) trace: Option<Arc<str>>,
}

impl SpanIds {
    /// A layer that has seen no span yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Ids>> {
        // No holder of the lock can leave it half written.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The ids of the current span.
pub(crate) fn current() -> Ids {
    dispatcher::get_default(|dispatch| {
        let ids = dispatch.downcast_ref::<SpanIds>()?;
        let span = dispatch.current_span().id()?.into_u64();
        ids.open().get(&span).cloned()
    })
    .unwrap_or_default()
}

impl<S: Subscriber> Layer<S> for SpanIds {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let current = context.current_span();
        let around = if attributes.is_contextual() {
            current.id()
        } else {
            attributes.parent()
        };
        let mut open = self.open();
        let mut ids = around
            .and_then(|around| open.get(&around.into_u64()).cloned())
            .unwrap_or_default();
        attributes.record(&mut ids);
        if ids.request.is_some() || ids.trace.is_some() {
            open.insert(id.into_u64(), ids);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut own = Ids::default();
        values.record(&mut own);
        if own.request.is_none() && own.trace.is_none() {
            return;
        }
        let mut open = self.open();
        let ids = open.entry(id.into_u64()).or_default();
        ids.request = own.request.or_else(|| mem::take(&mut ids.request));
        ids.trace = own.trace.or_else(|| mem::take(&mut ids.trace));
    }

    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.open().remove(&id.into_u64());
    }
}

impl Visit for Ids {
    fn record_str(&mut self, field: &Field, value: &str) {
        let id = match field.name() {
            "request_id" => &mut self.request,
            "trace_id" => &mut self.trace,
            _ => return,
        };
        if !value.is_empty() && value.len() <= MAX_LEN {
            *id = Some(Arc::from(value));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if matches!(field.name(), "request_id" | "trace_id") {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

impl fmt::Debug for SpanIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanIds").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use tracing::field::{Empty, display};
    use tracing::info_span;
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    /// The ids of the current span, or nothing in their place.
    fn ids() -> [String; 2] {
        let ids = current();
        [ids.request, ids.trace].map(|id| id.as_deref().unwrap_or_default().to_owned())
    }

    #[test]
    fn the_nearest_span_that_has_an_id_gives_it() {
        let subscriber = tracing_subscriber::registry().with(SpanIds::new());
        tracing::subscriber::with_default(subscriber, || {
            assert_eq!(ids(), ["", ""]);
            let outer = info_span!("outer", request_id = "req_1", trace_id = Empty);
            let entered = outer.enter();
            assert_eq!(ids(), ["req_1", ""]);
            outer.record("trace_id", display("abc"));
            let inner = info_span!("inner").entered();
            assert_eq!(ids(), ["req_1", "abc"]);
            let own = info_span!("own", request_id = %"req_2").entered();
            assert_eq!(ids(), ["req_2", "abc"]);
            drop(own);
            let apart = info_span!(parent: None, "apart").entered();
            assert_eq!(ids(), ["", ""]);
            drop((apart, inner, entered));
            assert_eq!(ids(), ["", ""]);
        });
    }

    #[test]
    fn nothing_is_kept_of_a_closed_span_and_no_id_without_end() {
        let subscriber = tracing_subscriber::registry().with(SpanIds::new());
        tracing::subscriber::with_default(subscriber, || {
            let long = "x".repeat(MAX_LEN + 1);
            let span = info_span!("long", request_id = long, trace_id = "").entered();
            assert_eq!(ids(), ["", ""]);
            drop(span);
            drop(info_span!("short", request_id = "req_1"));
            dispatcher::get_default(|dispatch| {
                assert!(
                    dispatch
                        .downcast_ref::<SpanIds>()
                        .unwrap()
                        .open()
                        .is_empty()
                );
            });
        });
    }

    #[test]
    fn without_the_layer_there_is_no_id() {
        let subscriber = tracing_subscriber::registry();
        tracing::subscriber::with_default(subscriber, || {
            let _span = info_span!("request", request_id = "req_1").entered();
            assert_eq!(ids(), ["", ""]);
        });
    }
}
