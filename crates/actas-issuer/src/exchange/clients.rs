use std::fmt;
use std::str::FromStr;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::key::KeyError;
use crate::ticket::hash;

/// The secret of a client: 256 random bits, as 43 characters of base64url.
///
/// Give it to the client once, and keep its [hash](Self::hash) alone. `Debug` does not show it, and it is wiped from memory
/// when it is dropped.
///
/// ```
/// use actas_issuer::exchange::{ClientSecret, ExchangeClient};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = ClientSecret::generate()?;
/// let kept = secret.hash().to_string();
///
/// let client = ExchangeClient::new("nightly-export", kept.parse()?);
/// # assert_eq!(kept.len(), 64);
/// # Ok(())
/// # }
/// ```
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// A new secret.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoRandomness`] when the machine gives no random bytes.
    pub fn generate() -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        rand::fill(&mut *bytes).map_err(|_| KeyError::NoRandomness)?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes))))
    }

    /// The secret itself, to be shown to the client.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the issuer keeps of it.
    #[must_use]
    pub fn hash(&self) -> ClientSecretHash {
        ClientSecretHash::of(&self.0)
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientSecret").finish_non_exhaustive()
    }
}

/// SHA-256 of a client's secret. Its text form is 64 lower-case hexadecimal digits: `printf %s "$secret" | sha256sum`.
///
/// A plain hash is enough for 256 random bits, and for nothing that a person thought of: take the secret from
/// [`ClientSecret::generate`]. `Debug` does not show it.
#[derive(Clone, Copy)]
pub struct ClientSecretHash([u8; 32]);

impl ClientSecretHash {
    fn of(secret: &str) -> Self {
        Self(hash(secret))
    }

    fn is(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Display for ClientSecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ClientSecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientSecretHash").finish_non_exhaustive()
    }
}

/// The text is no hash of a client's secret: 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoClientSecretHash;

impl fmt::Display for NoClientSecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the hash of a client's secret is 64 lower-case hexadecimal digits")
    }
}

impl std::error::Error for NoClientSecretHash {}

impl FromStr for ClientSecretHash {
    type Err = NoClientSecretHash;

    fn from_str(text: &str) -> Result<Self, NoClientSecretHash> {
        let digit = |digit: u8| match digit {
            b'0'..=b'9' | b'a'..=b'f' => char::from(digit).to_digit(16),
            _ => None,
        };
        if text.len() != 64 {
            return Err(NoClientSecretHash);
        }
        let mut bytes = [0; 32];
        for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let value = digits
                .iter()
                .try_fold(0_u32, |value, next| Some(value << 4 | digit(*next)?));
            *byte = value
                .and_then(|value| u8::try_from(value).ok())
                .ok_or(NoClientSecretHash)?;
        }
        Ok(Self(bytes))
    }
}

/// A program that may exchange tokens: who it is, and what it may ask for.
#[derive(Clone, Debug)]
#[must_use]
pub struct ExchangeClient {
    pub(super) id: String,
    secrets: Vec<ClientSecretHash>,
    pub(super) may_name_users: bool,
    pub(super) reason: Option<String>,
}

impl ExchangeClient {
    /// The client `id`, whose secret has this hash. The id is 1 to 128 visible ASCII characters.
    pub fn new(id: impl Into<String>, secret: ClientSecretHash) -> Self {
        Self {
            id: id.into(),
            secrets: vec![secret],
            may_name_users: false,
            reason: None,
        }
    }

    /// Another secret that is taken, while one is replaced by the other.
    pub fn add_secret(mut self, secret: ClientSecretHash) -> Self {
        self.secrets.push(secret);
        self
    }

    /// The client may name the user by a bare id, without a token of theirs
    /// ([`USER_ID_TOKEN_TYPE`](crate::exchange::USER_ID_TOKEN_TYPE)): only the policy stands between the actor and every user
    /// then. By default, it may not.
    pub fn allowed_to_name_users(mut self) -> Self {
        self.may_name_users = true;
        self
    }

    /// The reason of an exchange whose form has none, for a client that always has the same: `nightly export of invoices`. By
    /// default, the form must have a `reason`.
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Whether one of its secrets is this one, in a time that does not depend on what they are.
    fn has(&self, presented: &ClientSecretHash) -> bool {
        let found = self.secrets.iter().map(|secret| secret.is(presented));
        found.fold(false, |any, found| any | found)
    }
}

/// All clients.
#[derive(Clone, Debug, Default)]
pub(super) struct Clients(Vec<ExchangeClient>);

impl Clients {
    pub(super) fn new(clients: Vec<ExchangeClient>) -> Self {
        Self(clients)
    }

    /// The client with this id and secret. The secret is hashed and compared where there is no such client, too.
    pub(super) fn find(&self, id: &str, secret: &str) -> Option<&ExchangeClient> {
        let presented = ClientSecretHash::of(secret);
        let client = self.0.iter().find(|client| client.id == id);
        let nobody = ClientSecretHash([0; 32]);
        let is_theirs =
            client.map_or_else(|| nobody.is(&presented), |client| client.has(&presented));
        client.filter(|_| is_theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_what_sha256sum_prints() {
        let hash = ClientSecretHash::of("secret").to_string();
        assert_eq!(
            hash,
            "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"
        );
        let read: ClientSecretHash = hash.parse().unwrap();
        assert!(read.is(&ClientSecretHash::of("secret")));
        for text in [
            "",
            "2bb8",
            &hash.to_uppercase(),
            &format!("{hash}0"),
            &hash.replace('2', "g"),
            &"ä".repeat(32),
            &format!("+{}", &hash[1..]),
        ] {
            assert!(text.parse::<ClientSecretHash>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_client_is_found_by_any_of_its_secrets() {
        let (old, new) = (
            ClientSecret::generate().unwrap(),
            ClientSecret::generate().unwrap(),
        );
        assert_eq!(old.as_str().len(), 43);
        let client = ExchangeClient::new("a", old.hash()).add_secret(new.hash());
        let clients = Clients::new(vec![client]);
        for (id, secret, is_found) in [
            ("a", old.as_str(), true),
            ("a", new.as_str(), true),
            ("a", "", false),
            ("a", &old.as_str()[1..], false),
            ("b", old.as_str(), false),
            ("", "", false),
        ] {
            assert_eq!(clients.find(id, secret).is_some(), is_found, "{id}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let secret = ClientSecret::generate().unwrap();
        let client = ExchangeClient::new("a", secret.hash());
        for shown in [format!("{secret:?}"), format!("{client:?}")] {
            assert!(
                !shown.contains(secret.as_str()) && !shown.contains(&secret.hash().to_string())
            );
        }
    }
}
