use crate::config_error::ConfigError;

/// How many verified tokens a verifier remembers, and how.
///
/// A token that passed every check is remembered with its session, so that the next request that carries the very same
/// bytes needs no signature verified. It dies with its time and with its key: each time, its expiry and the generation of
/// the issuer's key set are looked at, and a clock that went backwards does not count. What a guard decided is never
/// remembered.
///
/// An entry takes the token, its claims as JSON and about 400 bytes: 2 kB for a token of 1 kB. Whoever floods the
/// application with tokens that come once does not displace those that come again.
///
/// ```
/// use actas_core::{StaticKeys, TokenCache, Verifier};
///
/// # fn example(clerk_jwt_key: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = Verifier::clerk("pk_test_Y2xlcmsuY2xlcmsuZGV2JA")?
///     .with_keys(StaticKeys::from_pem(clerk_jwt_key)?)
///     .with_token_cache(TokenCache::new().with_max_entries(100_000).with_max_bytes(256 << 20))
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct TokenCache {
    pub(super) max_entries: usize,
    pub(super) max_bytes: usize,
    pub(super) fingerprints: bool,
}

/// What no machine has to give away.
const MOST_BYTES: u64 = 1 << 40;
/// Beyond this many entries, their indices would not fit.
const MOST_ENTRIES: usize = 1 << 24;

impl TokenCache {
    /// At most 10,000 tokens and 32 MiB, by their bytes.
    #[expect(
        clippy::new_without_default,
        reason = "the bounds are to be read where they are documented"
    )]
    pub fn new() -> Self {
        Self {
            max_entries: 10_000,
            max_bytes: 32 << 20,
            fingerprints: false,
        }
    }

    /// How many tokens are remembered: at most about 16 million. By default, 10,000.
    pub fn with_max_entries(mut self, entries: usize) -> Self {
        self.max_entries = entries;
        self
    }

    /// How many bytes the remembered tokens and their sessions may take, a terabyte at most. By default, 32 MiB.
    ///
    /// The cache is parted in up to four for each core; an entry that is larger than its part is not remembered. What
    /// an application has decoded of a session ([`Session::organization`](crate::Session::organization), and what asks
    /// for roles and permissions) is kept with it and not counted.
    pub fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Remembers a fingerprint of each token in the place of its bytes: the first 128 bits of its HMAC-SHA-256 (RFC 2104)
    /// under a key that is drawn when the verifier is built. No part of a signature then stays in memory, an entry is
    /// smaller by the token, and each request costs a hash over it.
    pub fn with_fingerprints(mut self) -> Self {
        self.fingerprints = true;
        self
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let refused = |name, value: usize| {
            Err(ConfigError::Setting {
                name,
                value: value.to_string(),
            })
        };
        if self.max_entries == 0 || self.max_entries > MOST_ENTRIES {
            return refused("number of remembered tokens", self.max_entries);
        }
        let bytes = u64::try_from(self.max_bytes).unwrap_or(u64::MAX);
        if bytes == 0 || bytes > MOST_BYTES {
            return refused("bytes of remembered tokens", self.max_bytes);
        }
        Ok(())
    }
}
