//! What a hit in the cache costs when there are many sessions, and what a session takes of the memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::fixture::{Algorithm, Signer, now_in_seconds, session_claims};
use crate::mode::remembering;

const BATCH: usize = 1000;
const BATCHES: usize = 301;

#[derive(Debug, Serialize, Deserialize)]
pub struct Sessions {
    pub count: usize,
    /// In place of the token's bytes.
    pub fingerprints: bool,
    /// One look-up among them in random order, and the reading of the token that goes before it in a server.
    pub hit_ns: f64,
    /// That reading alone.
    pub reading_ns: f64,
    /// What the process grew by.
    pub bytes_each: f64,
}

impl Sessions {
    /// Verifies `count` sessions' tokens, by Ed25519, and then looks them up again.
    pub fn measure(count: usize, fingerprints: bool) -> Self {
        let signer = Signer::new(Algorithm::EdDsa);
        let jwks = signer.jwks(Algorithm::EdDsa);
        let verifier = remembering(&jwks, Algorithm::EdDsa, count, fingerprints);
        let now = now_in_seconds();
        let token = |index| signer.token(Algorithm::EdDsa, &session_claims(index, now));
        let tokens: Vec<String> = (0..count).map(token).collect();

        let before = status_bytes("VmRSS:");
        for token in &tokens {
            verifier.verify(token).now().unwrap();
        }
        let grown = status_bytes("VmRSS:").saturating_sub(before);

        let mut buffer = String::new();
        let reading_ns = per_probe(&tokens, &mut |token| {
            buffer.clear();
            buffer.push_str(token);
            black_box(&buffer);
        });
        let hit_ns = per_probe(&tokens, &mut |token| {
            buffer.clear();
            buffer.push_str(token);
            black_box(verifier.verify(black_box(&buffer)).now().unwrap());
        });
        #[expect(clippy::cast_precision_loss, reason = "a mean")]
        let bytes_each = grown as f64 / count as f64;
        Self {
            count,
            fingerprints,
            hit_ns,
            reading_ns,
            bytes_each,
        }
    }
}

/// The median, over batches, of the time that `probe` takes for a token chosen at random.
fn per_probe(tokens: &[String], probe: &mut dyn FnMut(&str)) -> f64 {
    let mut state = 1_u64;
    let mut batch = || {
        let started = Instant::now();
        for _ in 0..BATCH {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let index = usize::try_from(state >> 33).unwrap() % tokens.len();
            probe(&tokens[index]);
        }
        started.elapsed()
    };
    let mut times: Vec<Duration> = (0..BATCHES).map(|_| batch()).collect();
    times.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "a thousand")]
    let probes = BATCH as f64;
    times[BATCHES / 2].as_secs_f64() * 1e9 / probes
}

/// What the kernel says of this process' memory, by the name of the line.
pub(crate) fn status_bytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .unwrap();
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kibibytes * 1024
}
