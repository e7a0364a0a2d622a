//! The routes that change something.

use std::fmt;

use crate::method::is_safe_method;

/// A method and a route template that change something: an entry of the lists of routes without a decision about
/// impersonation.
///
/// Shown as `POST /cart/{item}`.
///
/// ```
/// use actas_core::MutatingRoute;
///
/// let route = MutatingRoute::new("POST", "/cart/{item}").map(|route| route.to_string());
/// assert_eq!(route.as_deref(), Some("POST /cart/{item}"));
/// assert_eq!(MutatingRoute::new("GET", "/cart"), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MutatingRoute {
    // First, so that routes are sorted by it.
    template: String,
    method: &'static str,
}

impl MutatingRoute {
    /// Stands for every method.
    pub const ANY: &'static str = "ANY";

    /// `None` where the method changes nothing: `GET`, `HEAD` and `OPTIONS`, which are those that
    /// [`Guard::read_only_when_impersonated`](crate::Guard::read_only_when_impersonated) lets through.
    #[must_use]
    pub fn new(method: &'static str, template: impl Into<String>) -> Option<Self> {
        (!is_safe_method(method)).then(|| Self {
            template: template.into(),
            method,
        })
    }

    /// The route's template, with the prefixes it is nested under.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The method, or [`ANY`](Self::ANY).
    #[must_use]
    pub const fn method(&self) -> &'static str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_read_only_guard_would_refuse_changes_something() {
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(MutatingRoute::new(method, "/"), None, "{method}");
        }
        for method in [
            "CONNECT",
            "DELETE",
            "PATCH",
            "POST",
            "PUT",
            "TRACE",
            MutatingRoute::ANY,
            "get",
        ] {
            let route = MutatingRoute::new(method, "/").unwrap();
            assert_eq!((route.method(), route.template()), (method, "/"));
        }
    }

    #[test]
    fn routes_are_sorted_by_template_and_shown_with_the_method_first() {
        let routes = [("PUT", "/b"), ("DELETE", "/b"), ("POST", "/a")];
        let mut routes =
            routes.map(|(method, template)| MutatingRoute::new(method, template).unwrap());
        routes.sort();
        assert_eq!(format!("{routes:?}"), "[POST /a, DELETE /b, PUT /b]");
    }
}
