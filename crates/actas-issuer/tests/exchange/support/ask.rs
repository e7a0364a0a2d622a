use actas_core::RequestHead;
use actas_issuer::exchange::{ExchangeResponse, USER_ID_TOKEN_TYPE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
pub(crate) const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
pub(crate) const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// A request in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ask {
    headers: Vec<(&'static str, Vec<u8>)>,
    parameters: Vec<(String, String)>,
}

impl Ask {
    /// A form, from nobody.
    pub(crate) fn new(parameters: &[(&str, &str)]) -> Self {
        let mut ask =
            Self::default().with_header("content-type", "application/x-www-form-urlencoded");
        for (name, value) in parameters {
            ask = ask.add(name, value);
        }
        ask
    }

    pub(crate) fn basic(self, id: &str, secret: &str) -> Self {
        let credential = STANDARD.encode(format!("{id}:{secret}"));
        self.with_header("authorization", format!("Basic {credential}"))
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(held, _)| *held != name);
        self
    }

    pub(crate) fn add(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn set(self, name: &str, value: &str) -> Self {
        self.without(name).add(name, value)
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(held, _)| held != name);
        self
    }

    /// Changes in short: `-reason` takes a parameter away, `scope=admin` sets one, and `@jwt` is a type of a token. An `&` stands
    /// between two.
    pub(crate) fn changed(self, changes: &str) -> Self {
        changes.split('&').fold(self, |ask, change| {
            let Some((name, value)) = change.split_once('=') else {
                return ask.without(change.strip_prefix('-').unwrap());
            };
            ask.set(
                name,
                match value {
                    "@access_token" => ACCESS_TOKEN,
                    "@id_token" => ID_TOKEN,
                    "@jwt" => JWT,
                    "@user_id" => USER_ID_TOKEN_TYPE,
                    value => value,
                },
            )
        })
    }

    pub(crate) fn body(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.parameters).finish()
    }
}

impl RequestHead for Ask {
    fn method(&self) -> &'static str {
        "POST"
    }

    fn target(&self) -> &'static str {
        "/oauth/token"
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        let lines = self.headers.iter().filter(move |(held, _)| *held == name);
        lines.map(|(_, value)| value.as_slice())
    }

    fn authority(&self) -> Option<&str> {
        None
    }
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) text: String,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(held, _)| *held == name);
        header.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_default()
    }
}

impl From<ExchangeResponse> for Answer {
    fn from(response: ExchangeResponse) -> Self {
        Self {
            status: response.status(),
            headers: response.headers().to_vec(),
            body: serde_json::from_str(response.body()).unwrap(),
            text: response.into_body(),
        }
    }
}
