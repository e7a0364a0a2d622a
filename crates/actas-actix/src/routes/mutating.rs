use std::fmt;

/// A method and a route template that change something.
///
/// Shown as `POST /cart/{item}`; the method is `ANY` where the handler takes every method.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MutatingRoute {
    template: String,
    method: &'static str,
}

impl MutatingRoute {
    pub(super) fn new(method: &'static str, template: String) -> Self {
        Self { template, method }
    }

    /// The route's template, with the prefixes it is nested under.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The method, or `ANY`.
    #[must_use]
    pub fn method(&self) -> &str {
        self.method
    }
}

impl fmt::Display for MutatingRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.template)
    }
}

/// The same as `Display`, for the message of an `assert_eq!`.
impl fmt::Debug for MutatingRoute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
