use serde_json::{Map, Value, json};

use crate::signer::Signer;

/// A token before it is signed: its header and claims, to be altered.
#[derive(Clone, Debug)]
pub struct Token {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    /// Members in their raw text, which JSON values cannot hold: a name twice, an escape in a name.
    raw: String,
}

impl Token {
    /// A token with these claims, which are an object; the header names the key.
    #[must_use]
    pub fn new(signer: &Signer, claims: Value) -> Self {
        let header = json!({ "alg": signer.alg(), "kid": signer.kid(), "typ": "JWT" });
        let (Value::Object(header), Value::Object(claims)) = (header, claims) else {
            panic!("claims are an object");
        };
        Self {
            header,
            claims,
            raw: String::new(),
        }
    }

    /// Sets a claim.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Takes a claim away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        assert!(self.claims.remove(name).is_some(), "{name} is no claim");
        self
    }

    /// Adds the text of one claim, such as `"act":null`, behind the others.
    #[must_use]
    pub fn with_raw(mut self, member: &str) -> Self {
        self.raw.push(',');
        self.raw.push_str(member);
        self
    }

    /// Sets a member of the header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Takes a member of the header away.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        assert!(
            self.header.remove(name).is_some(),
            "{name} is no member of the header"
        );
        self
    }

    /// The text of the header.
    #[must_use]
    pub fn header_text(&self) -> String {
        Value::from(self.header.clone()).to_string()
    }

    /// The text of the claims.
    #[must_use]
    pub fn claims_text(&self) -> String {
        let claims = Value::from(self.claims.clone()).to_string();
        let open = claims.strip_suffix('}').unwrap();
        format!("{open}{}}}", self.raw)
    }

    /// The token.
    #[must_use]
    pub fn sign(&self, signer: &Signer) -> String {
        signer.sign(&self.header_text(), &self.claims_text())
    }
}
