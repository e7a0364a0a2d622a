use actas_core::{StaticKeys, TokenCache, Verifier, VerifierBuilder, WithKeys};

use crate::case::Setup;
use crate::fixture::{Algorithm, PARTY, PUBLISHABLE_KEY};

/// What a request's token is to actas. Here, and nowhere else, is said how that is brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Verified down to the signature at each request: no cache.
    Cold,
    /// Verified before, with the cache that stands by default.
    Warm,
    /// Not seen before, with a cache that is full of others.
    Flood,
}

/// So few that a flood is soon about eviction, and the tokens are forgotten before they come again.
const FLOODED_ENTRIES: usize = 128;

impl Mode {
    pub(crate) fn verifier(self, setup: &Setup) -> Verifier {
        let builder = builder(&setup.issued.jwks(), setup.algorithm);
        match self {
            Self::Cold => builder.without_token_cache().build().unwrap(),
            Self::Warm => builder.build().unwrap(),
            Self::Flood => {
                let cache = TokenCache::new().with_max_entries(FLOODED_ENTRIES);
                let verifier = builder.with_token_cache(cache).build().unwrap();
                for token in setup.issued.tokens.iter().rev().take(2 * FLOODED_ENTRIES) {
                    verifier.verify(token).now().unwrap();
                }
                verifier
            }
        }
    }

    /// The tokens that come, one after the other and over again.
    pub(crate) fn tokens(self, setup: &Setup) -> &[String] {
        let tokens = &setup.issued.tokens;
        match self {
            Self::Warm => &tokens[..1],
            Self::Cold | Self::Flood => tokens,
        }
    }
}

/// Remembers `sessions` of them.
pub(crate) fn remembering(
    jwks: &str,
    algorithm: Algorithm,
    sessions: usize,
    fingerprints: bool,
) -> Verifier {
    let mut cache = TokenCache::new()
        .with_max_entries(2 * sessions)
        .with_max_bytes(1 << 40);
    if fingerprints {
        cache = cache.with_fingerprints();
    }
    builder(jwks, algorithm)
        .with_token_cache(cache)
        .build()
        .unwrap()
}

pub(crate) fn builder(jwks: &str, algorithm: Algorithm) -> VerifierBuilder<WithKeys> {
    Verifier::clerk(PUBLISHABLE_KEY)
        .unwrap()
        .with_keys(StaticKeys::from_jwks(jwks).unwrap())
        .with_algorithms([algorithm.of_actas()])
        .with_authorized_parties([PARTY])
}
