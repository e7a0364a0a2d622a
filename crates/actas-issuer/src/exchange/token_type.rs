use super::error::ExchangeError;
use super::form::{Form, Parameter};

/// The `subject_token_type` of a `subject_token` that is no token, but the id of a user: for clients that are
/// [allowed to](crate::exchange::ExchangeClient::allowed_to_name_users).
pub const USER_ID_TOKEN_TYPE: &str = "urn:actas:params:oauth:token-type:user_id";

/// The `grant_type` of a token exchange (RFC 8693 §2.1).
pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// What the form says a token is, or should be (RFC 8693 §3). A session token is both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenType {
    AccessToken,
    Jwt,
    UserId,
}

impl TokenType {
    pub(super) const fn identifier(self) -> &'static str {
        match self {
            Self::AccessToken => ACCESS_TOKEN,
            Self::Jwt => JWT,
            Self::UserId => USER_ID_TOKEN_TYPE,
        }
    }

    /// The type of the token whose type `parameter` names.
    pub(super) fn required(form: &Form<'_>, parameter: Parameter) -> Result<Self, ExchangeError> {
        let unsupported = || {
            let name = parameter.name();
            ExchangeError::invalid_request(format!("{name} is none that is taken here"))
        };
        Self::of(form.required(parameter)?).ok_or_else(unsupported)
    }

    fn of(identifier: &str) -> Option<Self> {
        let all = [Self::AccessToken, Self::Jwt, Self::UserId];
        all.into_iter()
            .find(|known| known.identifier() == identifier)
    }
}
