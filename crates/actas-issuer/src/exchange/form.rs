use std::borrow::Cow;

use super::error::ExchangeError;

/// Bytes of the longest form that is read.
const MAX_BODY: usize = 64 * 1024;

/// A parameter that is read, and may stand once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parameter {
    GrantType,
    SubjectToken,
    SubjectTokenType,
    ActorToken,
    ActorTokenType,
    RequestedTokenType,
    Scope,
    ClientId,
    ClientSecret,
    ClientAssertion,
    Reason,
    Ticket,
}

impl Parameter {
    const ALL: [Self; 12] = [
        Self::GrantType,
        Self::SubjectToken,
        Self::SubjectTokenType,
        Self::ActorToken,
        Self::ActorTokenType,
        Self::RequestedTokenType,
        Self::Scope,
        Self::ClientId,
        Self::ClientSecret,
        Self::ClientAssertion,
        Self::Reason,
        Self::Ticket,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::GrantType => "grant_type",
            Self::SubjectToken => "subject_token",
            Self::SubjectTokenType => "subject_token_type",
            Self::ActorToken => "actor_token",
            Self::ActorTokenType => "actor_token_type",
            Self::RequestedTokenType => "requested_token_type",
            Self::Scope => "scope",
            Self::ClientId => "client_id",
            Self::ClientSecret => "client_secret",
            Self::ClientAssertion => "client_assertion",
            Self::Reason => "reason",
            Self::Ticket => "ticket",
        }
    }
}

/// The parameters of a form that are known here. Others are ignored (RFC 6749 §3.2).
#[derive(Default)]
pub(super) struct Form<'b> {
    once: Vec<(Parameter, Cow<'b, str>)>,
    /// `resource` (RFC 8707) and `audience`, each of which may stand several times (RFC 8693 §2.1).
    targets: Vec<Cow<'b, str>>,
}

impl<'b> Form<'b> {
    /// Reads a form in `application/x-www-form-urlencoded`. Bytes that are no UTF-8 are read as U+FFFD.
    pub(super) fn parse(body: &'b [u8]) -> Result<Self, ExchangeError> {
        if body.len() > MAX_BODY {
            let description = format!("the form is longer than {MAX_BODY} bytes");
            return Err(ExchangeError::invalid_request(description));
        }
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            if name == "resource" || name == "audience" {
                form.targets.push(value);
                continue;
            }
            let known = Parameter::ALL
                .into_iter()
                .find(|known| known.name() == name);
            let Some(known) = known else { continue };
            if form.once.iter().any(|(seen, _)| *seen == known) {
                let description = format!("{} is sent twice", known.name());
                return Err(ExchangeError::invalid_request(description));
            }
            form.once.push((known, value));
        }
        Ok(form)
    }

    /// The value of a parameter; `None` also where it is empty, which counts as not sent (RFC 6749 §3.2).
    pub(super) fn text(&self, parameter: Parameter) -> Option<&str> {
        let (_, value) = self.once.iter().find(|(sent, _)| *sent == parameter)?;
        Some(value.as_ref()).filter(|value| !value.is_empty())
    }

    /// The value of a parameter that must be sent.
    pub(super) fn required(&self, parameter: Parameter) -> Result<&str, ExchangeError> {
        self.text(parameter).ok_or_else(|| {
            ExchangeError::invalid_request(format!("{} is missing", parameter.name()))
        })
    }

    /// Where the token is to be used.
    pub(super) fn targets(&self) -> impl Iterator<Item = &str> {
        let targets = self.targets.iter().map(AsRef::as_ref);
        targets.filter(|target| !target.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once() {
        for doubled in [
            "scope=a&scope=b",
            "scope=a&x=1&scope=a",
            "scope=&scope=a",
            "scope&scope",
            "s%63ope=a&scope=a",
        ] {
            let error = Form::parse(doubled.as_bytes()).err().unwrap();
            assert_eq!(error.description, "scope is sent twice", "{doubled}");
        }
        let form =
            Form::parse(b"x=1&x=2&Scope=a&scope=b&resource=r&audience=a&resource=r&audience=")
                .ok()
                .unwrap();
        assert_eq!(form.text(Parameter::Scope), Some("b"));
        assert_eq!(form.targets().collect::<Vec<_>>(), ["r", "a", "r"]);
    }

    #[test]
    fn an_empty_parameter_is_none() {
        let form = Form::parse(b"reason=&ticket&scope=+").ok().unwrap();
        assert_eq!(form.text(Parameter::Reason), None);
        assert_eq!(form.text(Parameter::Ticket), None);
        assert_eq!(form.text(Parameter::Scope), Some(" "));
        let error = form.required(Parameter::Reason).unwrap_err();
        assert_eq!(error.description, "reason is missing");
    }

    #[test]
    fn a_form_is_bounded() {
        let longest = "a".repeat(MAX_BODY);
        assert!(Form::parse(longest.as_bytes()).is_ok());
        assert!(Form::parse(format!("{longest}a").as_bytes()).is_err());
    }
}
