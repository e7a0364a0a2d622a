use std::sync::LazyLock;

use serde_json::json;

use super::doubles::{accept, is_hit, modes, table};
use crate::config_error::ConfigError;
use crate::session::{Auth, Session};
use crate::test_token::{builder, token};
use crate::token_cache::TokenCache;
use crate::verifier::Verifier;

const ENTRIES: usize = 400;
const BUSY: usize = 100;

fn on(cache: TokenCache) -> Verifier {
    builder().with_token_cache(cache).build().unwrap()
}

fn busy() -> Vec<String> {
    let token = |number| token(&json!({"jti": format!("busy {number}")}));
    (0..BUSY).map(token).collect()
}

/// Tokens that come once.
static FLOOD: LazyLock<Vec<String>> = LazyLock::new(|| {
    let token = |number| token(&json!({"jti": format!("once {number}")}));
    (0..10 * ENTRIES).map(token).collect()
});

/// Asks for each token four times in all, and gives the sessions that are remembered then.
fn ask(verifier: &Verifier, tokens: &[String]) -> Vec<Auth> {
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions = tokens.iter().map(|token| accept(verifier, token)).collect();
    }
    sessions
}

fn still_known(verifier: &Verifier, tokens: &[String], sessions: &[Auth]) -> usize {
    let pairs = tokens.iter().zip(sessions);
    pairs
        .filter(|(token, auth)| is_hit(verifier, token, auth))
        .count()
}

/// All of them stay: a token that comes once has no claim on the place of one that came four times.
#[test]
fn a_flood_of_tokens_that_come_once_displaces_none_that_come_again() {
    for cache in modes() {
        let verifier = on(cache.with_max_entries(ENTRIES));
        let tokens = busy();
        let sessions = ask(&verifier, &tokens);
        for token in &*FLOOD {
            accept(&verifier, token);
        }
        assert_eq!(still_known(&verifier, &tokens, &sessions), BUSY);
    }
}

/// Those who come when the table is full of such tokens find their place as well, while the flood goes on.
#[test]
fn who_comes_after_the_flood_finds_a_place() {
    for cache in modes() {
        let verifier = on(cache.with_max_entries(ENTRIES));
        let tokens = busy();
        let (before, after) = FLOOD.split_at(2 * ENTRIES);
        for token in before {
            accept(&verifier, token);
        }
        let mut sessions = Vec::new();
        for (token, flood) in tokens.iter().zip(after.chunks(10)) {
            sessions.extend(ask(&verifier, std::slice::from_ref(token)));
            for token in flood {
                accept(&verifier, token);
            }
        }
        assert_eq!(still_known(&verifier, &tokens, &sessions), BUSY);
    }
}

#[test]
fn the_bounds_hold_at_every_moment_of_a_flood() {
    const BYTES: usize = 300_000;
    for cache in modes() {
        for (entries, bytes) in [(ENTRIES, 32 << 20), (1 << 24, BYTES)] {
            let verifier = on(cache.with_max_entries(entries).with_max_bytes(bytes));
            let mut fullest = 0.0_f64;
            for token in FLOOD.iter().take(2 * ENTRIES) {
                accept(&verifier, token);
                let len = table(&verifier).len();
                let weight = usize::try_from(table(&verifier).weight()).unwrap();
                assert!(len <= entries, "{len} entries");
                assert!(weight <= bytes, "{weight} bytes");
                fullest = fullest.max(share(len, entries)).max(share(weight, bytes));
            }
            assert!(fullest > 0.9, "{fullest}");
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole).unwrap())
}

#[test]
fn one_entry_is_kept_where_one_is_asked_for() {
    for cache in modes() {
        let verifier = on(cache.with_max_entries(1));
        let token = token(&json!({}));
        let auth = accept(&verifier, &token);
        assert!(is_hit(&verifier, &token, &auth));
        accept(&verifier, &FLOOD[0]);
        assert_eq!(table(&verifier).len(), 1);
    }
}

/// What the documentation says of memory.
#[test]
fn an_entry_weighs_its_token_its_claims_and_little_more() {
    let token = token(&json!({"padding": "x".repeat(500)}));
    let claims = token.split('.').nth(1).unwrap().len() * 3 / 4;
    let [whole, fingerprint] = modes().map(|cache| {
        let verifier = on(cache.with_max_entries(1 << 24));
        accept(&verifier, &token);
        usize::try_from(table(&verifier).weight()).unwrap()
    });
    assert_eq!(whole - fingerprint, token.len());
    let beside = whole - token.len() - claims;
    assert!(
        beside >= size_of::<Session>() && (350..=450).contains(&beside),
        "{beside} bytes"
    );
}

#[test]
fn settings_out_of_their_bounds_build_nothing() {
    for cache in modes() {
        for (settings, name) in [
            (cache.with_max_entries(0), "number of remembered tokens"),
            (
                cache.with_max_entries((1 << 24) + 1),
                "number of remembered tokens",
            ),
            (
                cache.with_max_entries(usize::MAX),
                "number of remembered tokens",
            ),
            (cache.with_max_bytes(0), "bytes of remembered tokens"),
            (
                cache.with_max_bytes((1 << 40) + 1),
                "bytes of remembered tokens",
            ),
            (
                cache.with_max_bytes(usize::MAX),
                "bytes of remembered tokens",
            ),
        ] {
            let built = builder().with_token_cache(settings).build();
            let Err(ConfigError::Setting { name: refused, .. }) = built else {
                panic!("{settings:?}");
            };
            assert_eq!(refused, name);
            let off = builder().with_token_cache(settings).without_token_cache();
            assert!(off.build().is_ok());
        }
        let widest = cache.with_max_entries(1 << 24).with_max_bytes(1 << 40);
        accept(&on(widest), &FLOOD[0]);
    }
}

/// However far apart they are, each of them is kept.
#[test]
fn either_bound_holds_beside_the_other() {
    for cache in modes() {
        for entries in [1, 2, 32, 62, 400] {
            let verifier = on(cache.with_max_entries(entries).with_max_bytes(1 << 40));
            for token in &*FLOOD {
                accept(&verifier, token);
            }
            let kept = table(&verifier).len();
            assert!((1..=entries).contains(&kept), "{kept} of {entries}");
        }
        let verifier = on(cache.with_max_entries(1 << 24).with_max_bytes(16 << 10));
        for token in &*FLOOD {
            accept(&verifier, token);
        }
        let (kept, weight) = (table(&verifier).len(), table(&verifier).weight());
        assert!(kept >= 4 && weight <= 16 << 10, "{kept} in {weight} bytes");
    }
}
