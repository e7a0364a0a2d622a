//! Threads verify tokens while keys are rotated and the clock moves, back and forth, in thousands of schedules: every
//! outcome must be one that the keys and the time at some moment of the call account for.
//!
//! Switches happen in quick_cache's locks and in the doubles of the key source and the clock. The lock around the known
//! headers is a std one, which shuttle does not see; it is held across no switch, since nothing inside it asks a double
//! or the cache.
//!
//! `SCHEDULES=200000 cargo test` explores more of them.

use std::env;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize as Count, Ordering};
use std::sync::{Arc, LazyLock};

use actas_core::{
    Clock, Error, ErrorKind, Generation, KeyFuture, KeySet, KeySource, Separator, TokenCache,
    Verifier, WantedKey,
};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use shuttle::rand::Rng as _;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::sync::atomic::AtomicUsize;
use shuttle::{Config, MaxSteps, Runner, future, thread};

const ISSUER: &str = "https://issuer.example";
const NOW: u64 = 1_767_225_600;

/// The time after each step of the clock.
const TIMES: [u64; 5] = [NOW, NOW + 30, NOW - 30, NOW + 5, NOW + 30];

/// The key that the current set holds after each rotation, by its seed, always under the same `kid`. Without a set, keys
/// are fetched.
const ROTATIONS: [Option<u8>; 6] = [Some(1), Some(2), Some(1), None, Some(2), Some(1)];

/// What the fetch brings while there is no set.
const FETCHED: u8 = 2;

static SETS: LazyLock<[Arc<KeySet>; 2]> = LazyLock::new(|| {
    [1, 2].map(|seed| {
        let x = URL_SAFE_NO_PAD.encode(key(seed).public_key());
        let jwks = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": x}]});
        Arc::new(KeySet::from_json(&jwks.to_string()).expect("the key is usable"))
    })
});

static TOKENS: LazyLock<Vec<Token>> = LazyLock::new(|| {
    vec![
        Token::new("long", 1, NOW - 60, NOW + 60),
        Token::new("short", 1, NOW - 60, NOW + 20),
        Token::new("young", 1, NOW, NOW + 60),
        Token::new("other key", 2, NOW - 60, NOW + 60),
        Token::new("other key, short", 2, NOW - 60, NOW + 20),
    ]
});

fn key(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a seed of 32 bytes")
}

struct Token {
    user: &'static str,
    seed: u8,
    valid: RangeInclusive<u64>,
    text: String,
}

impl Token {
    fn new(user: &'static str, seed: u8, issued_at: u64, expires_at: u64) -> Self {
        let claims =
            json!({"iss": ISSUER, "sub": user, "sid": "s", "iat": issued_at, "exp": expires_at});
        let signed = [json!({"alg": "EdDSA", "kid": "k"}), claims]
            .map(|part| URL_SAFE_NO_PAD.encode(part.to_string()))
            .join(".");
        let signature = URL_SAFE_NO_PAD.encode(key(seed).sign(signed.as_bytes()));
        Self {
            user,
            seed,
            valid: issued_at..=expires_at - 1,
            text: format!("{signed}.{signature}"),
        }
    }
}

/// A double: counts the steps through a list that is known beforehand, so that what was so between two readings of it
/// is known, too.
#[derive(Clone, Debug, Default)]
struct Step(Arc<AtomicUsize>);

impl Step {
    fn now(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn go(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[derive(Debug)]
struct Keys(Step);

fn set(seed: u8) -> Arc<KeySet> {
    Arc::clone(&SETS[usize::from(seed) - 1])
}

impl KeySource for Keys {
    fn current(&self) -> Option<Arc<KeySet>> {
        ROTATIONS[self.0.now()].map(set)
    }

    fn generation(&self) -> Option<Generation> {
        ROTATIONS[self.0.now()].map(|seed| set(seed).generation())
    }

    fn refresh(&self, _wanted: WantedKey<'_>) -> Option<KeyFuture> {
        let step = self.0.clone();
        Some(Box::pin(async move {
            future::yield_now().await;
            let seed = ROTATIONS[step.now()].unwrap_or(FETCHED);
            future::yield_now().await;
            Ok(set(seed))
        }))
    }
}

#[derive(Debug)]
struct Time(Step);

impl Clock for Time {
    fn now(&self) -> Option<u64> {
        Some(TIMES[self.0.now()])
    }
}

/// How often each outcome was seen: an exploration that never met one has shown nothing about it.
#[derive(Default)]
struct Seen {
    accepted: Count,
    key_refused: Count,
    time_refused: Count,
}

struct World {
    verifier: Verifier,
    rotation: Step,
    time: Step,
}

impl World {
    fn new(cache: TokenCache) -> Self {
        let (rotation, time) = (Step::default(), Step::default());
        let verifier = Verifier::builder(ISSUER)
            .separated_by(Separator::session_id())
            .with_keys(Keys(rotation.clone()))
            .with_clock(Time(time.clone()))
            .with_leeway(0)
            .with_token_cache(cache)
            .build()
            .expect("the settings are complete");
        Self {
            verifier,
            rotation,
            time,
        }
    }

    fn verify(&self, token: &Token, seen: &Seen) {
        let (rotation, time) = (self.rotation.now(), self.time.now());
        let outcome = future::block_on(async { self.verifier.verify(&token.text).await });
        let rotations = &ROTATIONS[rotation..=self.rotation.now()];
        let times = &TIMES[time..=self.time.now()];
        let has_key = |seed: &Option<u8>| seed.unwrap_or(FETCHED) == token.seed;
        let is_valid = |time: &u64| token.valid.contains(time);
        match outcome.as_ref().map_err(Error::kind) {
            Ok(auth) => {
                assert_eq!(auth.user_id, token.user);
                assert!(
                    rotations.iter().any(has_key),
                    "{}: accepted though its key was withdrawn",
                    token.user
                );
                assert!(
                    times.iter().any(is_valid),
                    "{}: accepted outside its time",
                    token.user
                );
                seen.accepted.fetch_add(1, Ordering::Relaxed);
            }
            Err(ErrorKind::Signature) => {
                assert!(!rotations.iter().all(has_key), "{}: refused", token.user);
                seen.key_refused.fetch_add(1, Ordering::Relaxed);
            }
            Err(ErrorKind::Expired | ErrorKind::IssuedInFuture) => {
                assert!(!times.iter().all(is_valid), "{}: refused", token.user);
                seen.time_refused.fetch_add(1, Ordering::Relaxed);
            }
            Err(kind) => panic!("{}: refused as {kind:?}", token.user),
        }
    }
}

/// Three threads that verify, one that rotates the keys, one that moves the clock.
fn play(cache: TokenCache, seen: &Arc<Seen>) {
    let world = Arc::new(World::new(cache));
    let mut threads = Vec::new();
    for _ in 0..3 {
        let (world, seen) = (Arc::clone(&world), Arc::clone(seen));
        threads.push(thread::spawn(move || {
            for _ in 0..5 {
                let chosen = shuttle::rand::thread_rng().gen_range(0..TOKENS.len());
                world.verify(&TOKENS[chosen], &seen);
            }
        }));
    }
    let steps = [
        (world.rotation.clone(), ROTATIONS.len()),
        (world.time.clone(), TIMES.len()),
    ];
    for (step, len) in steps {
        threads.push(thread::spawn(move || (1..len).for_each(|_| step.go())));
    }
    for thread in threads {
        thread.join().expect("every assertion held");
    }
}

fn schedules() -> usize {
    let asked = env::var("SCHEDULES").ok();
    asked.map_or(6_000, |number| number.parse().expect("a number"))
}

/// Both modes, with room for all tokens and for fewer than there are.
fn explore<S: Scheduler + 'static>(scheduler: impl Fn(usize) -> S) {
    LazyLock::force(&SETS);
    LazyLock::force(&TOKENS);
    let small = TokenCache::new().with_max_entries(2);
    // With few entries the cache has one shard: the random seed of its hashes then has no say in the schedule.
    let roomy = TokenCache::new().with_max_entries(32);
    for cache in [
        roomy,
        small,
        roomy.with_fingerprints(),
        small.with_fingerprints(),
    ] {
        let seen = Arc::new(Seen::default());
        let mut config = Config::new();
        config.stack_size = 1 << 18;
        config.max_steps = MaxSteps::FailAfter(100_000);
        let told = Arc::clone(&seen);
        let played =
            Runner::new(scheduler(schedules() / 4), config).run(move || play(cache, &told));
        let [accepted, key_refused, time_refused] =
            [&seen.accepted, &seen.key_refused, &seen.time_refused]
                .map(|count| count.load(Ordering::Relaxed));
        println!(
            "{cache:?}: {played} schedules, {accepted} accepted, {key_refused} refused for their key, \
             {time_refused} for their time"
        );
        assert!(accepted > 0 && key_refused > 0 && time_refused > 0);
    }
}

#[test]
fn in_random_schedules_every_outcome_is_accounted_for() {
    explore(RandomScheduler::new);
}

/// Few switches, at the places where bugs hide (probabilistic concurrency testing).
#[test]
fn in_schedules_of_few_switches_every_outcome_is_accounted_for() {
    explore(|schedules| PctScheduler::new(4, schedules));
}
