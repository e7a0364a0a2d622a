use super::clients::ExchangeClient;
use super::error::{Code, ExchangeError};
use super::form::{Form, Parameter};
use super::target::audiences;
use super::token_type::{GRANT_TYPE, TokenType};

/// What an authenticated client asks for. Its tokens are not verified yet.
pub(super) struct TokenRequest<'f> {
    pub(super) subject: SubjectToken<'f>,
    pub(super) actor_token: &'f str,
    pub(super) audiences: Vec<String>,
    pub(super) issued_type: TokenType,
    pub(super) reason: &'f str,
    pub(super) ticket: Option<&'f str>,
}

/// As whom the actor wants to act.
#[derive(Clone, Copy)]
pub(super) enum SubjectToken<'f> {
    /// A session token.
    Session(&'f str),
    /// The id of a user.
    UserId(&'f str),
}

impl<'f> TokenRequest<'f> {
    /// Reads what `client` asks for in a form, where tokens are issued for the audiences `served`.
    pub(super) fn read(
        form: &'f Form<'_>,
        client: &'f ExchangeClient,
        served: &[String],
    ) -> Result<Self, ExchangeError> {
        if form.required(Parameter::GrantType)? != GRANT_TYPE {
            return Err(ExchangeError::new(
                Code::UnsupportedGrantType,
                "grant_type is not that of a token exchange",
            ));
        }
        let subject = form.required(Parameter::SubjectToken)?;
        let subject = match TokenType::required(form, Parameter::SubjectTokenType)? {
            TokenType::UserId if !client.may_name_users => {
                return Err(ExchangeError::new(
                    Code::UnauthorizedClient,
                    "the client may not name a user without a token of theirs",
                ));
            }
            TokenType::UserId => SubjectToken::UserId(subject),
            TokenType::AccessToken | TokenType::Jwt => SubjectToken::Session(subject),
        };
        let actor_token = actor_token(form)?;
        let issued_type = match form.text(Parameter::RequestedTokenType) {
            None => TokenType::AccessToken,
            Some(_) => TokenType::required(form, Parameter::RequestedTokenType)?,
        };
        if issued_type == TokenType::UserId {
            return Err(ExchangeError::invalid_request(
                "requested_token_type is none that is issued here",
            ));
        }
        let asks_for_scope = |scope: &str| !scope.trim().is_empty();
        if form.text(Parameter::Scope).is_some_and(asks_for_scope) {
            return Err(ExchangeError::new(
                Code::InvalidScope,
                "no scope is granted here: leave it out",
            ));
        }
        let reason = form.text(Parameter::Reason).or(client.reason.as_deref());
        Ok(Self {
            subject,
            actor_token,
            audiences: audiences(form, served)?,
            issued_type,
            reason: reason.ok_or_else(|| {
                ExchangeError::invalid_request("reason is missing: say why the actor acts")
            })?,
            ticket: form.text(Parameter::Ticket),
        })
    }
}

/// The actor's token. Without it there would be nobody to name in `act`, and its type comes with it and only with it
/// (RFC 8693 §2.1).
fn actor_token<'f>(form: &'f Form<'_>) -> Result<&'f str, ExchangeError> {
    let token = form.text(Parameter::ActorToken);
    if token.is_none() && form.text(Parameter::ActorTokenType).is_some() {
        return Err(ExchangeError::invalid_request(
            "actor_token_type is sent without actor_token",
        ));
    }
    let token = token.ok_or_else(|| {
        ExchangeError::invalid_request("actor_token is missing: nobody acts without a name")
    })?;
    match TokenType::required(form, Parameter::ActorTokenType)? {
        TokenType::AccessToken | TokenType::Jwt => Ok(token),
        TokenType::UserId => Err(ExchangeError::invalid_request(
            "actor_token_type is none that is taken here",
        )),
    }
}
