use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::issuer::Issuer;
use crate::support::{Answer, Part, Request, Server};

/// Of ten seconds, this many are bad ones, by chance. In a good one nothing fails: else back-off would hide what the budget
/// does.
const BAD_SECONDS: u8 = 4;
/// Faults among ten answers in a bad second.
const FAULTS: u8 = 8;
/// Of ten whole sets, this many come late.
const LATE_SETS: u8 = 2;
const LATE_BY: Duration = Duration::from_millis(100);

/// What is made of the set that should have been given.
type Fault = fn(&str) -> Answer;

/// What the key server gives instead of a set, by the name in the figures.
const KINDS_OF_FAULT: [(&str, Fault); 14] = [
    ("status 500", |_| {
        Answer::status("500 Internal Server Error")
    }),
    ("status 503", |set| {
        Answer::with("503 Service Unavailable", &[], set)
    }),
    ("status 429", |_| {
        Answer::with("429 Too Many Requests", &[("retry-after", "1")], "")
    }),
    ("status 204", |_| Answer::status("204 No Content")),
    ("redirect", |_| {
        let elsewhere = "http://elsewhere.example/jwks";
        Answer::with("302 Found", &[("location", elsewhere)], "")
    }),
    (HANG, |_| Answer::hang()),
    (HANG_IN_BODY, |set| broken_off(set, Part::Hang)),
    ("reset", |_| Answer::raw([Part::Reset])),
    ("reset in body", |set| broken_off(set, Part::Reset)),
    ("truncated", |set| Answer::promising(set.len(), [half(set)])),
    ("half a document", |set| Answer::ok(&set[..set.len() / 2])),
    ("not UTF-8", |set| {
        Answer::ok([b"\xff", set.as_bytes()].concat())
    }),
    ("no key", |_| Answer::ok(r#"{"keys":[]}"#)),
    ("no usable key", |_| {
        Answer::ok(r#"{"keys":[{"kty":"oct","kid":"key_0","k":"c2VjcmV0"}]}"#)
    }),
];
const HANG: &str = "hang";
const HANG_IN_BODY: &str = "hang in body";
const WHOLE: &str = "set";
const LATE: &str = "set, late";
const UNCHANGED: &str = "unchanged";

/// The key server of one application.
pub(crate) struct KeyServer {
    server: Server,
    log: Arc<Log>,
}

/// What the server answered, and what is known about the set that the application holds.
struct Log {
    issuer: Arc<Issuer>,
    seed: u64,
    rng: Mutex<Rng>,
    fails: AtomicBool,
    fetches: Mutex<Vec<(Instant, &'static str)>>,
    /// The set named by the last fetch.
    named: AtomicUsize,
    known: AtomicUsize,
    problems: Mutex<Vec<String>>,
}

impl KeyServer {
    /// A server of the issuer's newest set that fails at random, by this seed.
    pub(crate) fn start(issuer: Arc<Issuer>, seed: u64) -> Self {
        let log = Arc::new(Log {
            issuer,
            seed,
            rng: Mutex::new(Rng::with_seed(seed)),
            fails: AtomicBool::new(true),
            fetches: Mutex::default(),
            named: AtomicUsize::new(0),
            known: AtomicUsize::new(0),
            problems: Mutex::default(),
        });
        let server = Server::new(Answer::hang());
        let script = Arc::clone(&log);
        server.script(move |request| script.answer(request));
        Self { server, log }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// The label of its fetches in metrics.
    pub(crate) fn host(&self) -> String {
        self.server.origin().replace("http://", "")
    }

    /// From now on it fails no more.
    pub(crate) fn heal(&self) {
        self.log.fails.store(false, Ordering::SeqCst);
    }

    /// The newest set that the application is known to hold, or to have held: a refresh with it had ended when this was
    /// asked. 0 where nothing is known, which says nothing either, since every key is published with set 0 or later.
    pub(crate) fn known(&self) -> usize {
        self.log.known.load(Ordering::SeqCst)
    }

    /// The application was seen to hold this set, or a newer one.
    pub(crate) fn saw(&self, set: usize) {
        self.log.known.fetch_max(set, Ordering::SeqCst);
    }

    pub(crate) fn fetches(&self) -> usize {
        self.log.fetches.lock().unwrap().len()
    }

    /// The most fetches within any time of this length.
    pub(crate) fn most_fetches_in(&self, time: Duration) -> usize {
        let fetches = self.log.fetches.lock().unwrap();
        let within = |first: Instant, at: Instant| at >= first && at - first < time;
        let count = |first| fetches.iter().filter(|(at, _)| within(first, *at)).count();
        fetches
            .iter()
            .map(|(at, _)| count(*at))
            .max()
            .unwrap_or_default()
    }

    /// How many fetches got which answer.
    pub(crate) fn answers(&self) -> BTreeMap<&'static str, u64> {
        let mut answers = BTreeMap::new();
        for (_, answer) in &*self.log.fetches.lock().unwrap() {
            *answers.entry(*answer).or_default() += 1;
        }
        answers
    }

    /// Answers that end a fetch well.
    pub(crate) fn good_answers(&self) -> u64 {
        self.count(&[WHOLE, LATE, UNCHANGED])
    }

    /// Answers that end a fetch by its timeout alone.
    pub(crate) fn hanging_answers(&self) -> u64 {
        self.count(&[HANG, HANG_IN_BODY])
    }

    pub(crate) fn problems(&self) -> Vec<String> {
        self.log.problems.lock().unwrap().clone()
    }

    fn count(&self, names: &[&str]) -> u64 {
        let answers = self.answers();
        names.iter().filter_map(|name| answers.get(name)).sum()
    }
}

impl Log {
    fn answer(&self, request: &Request) -> Answer {
        let held = request.header("if-none-match").map(number_of);
        if let Some(held) = held {
            // One flight at a time: the one before this has ended, and the set it brought serves.
            self.known.fetch_max(held, Ordering::SeqCst);
            let before = self.named.swap(held, Ordering::SeqCst);
            if before > held {
                let problem = format!("held set {before}, and then set {held}");
                self.problems.lock().unwrap().push(problem);
            }
        }
        let (name, answer) = self.choose(held);
        self.fetches.lock().unwrap().push((Instant::now(), name));
        answer
    }

    fn choose(&self, held: Option<usize>) -> (&'static str, Answer) {
        let newest = self.issuer.newest();
        let mut rng = self.rng.lock().unwrap();
        if self.is_bad(newest.number) && rng.u8(..10) < FAULTS {
            let (name, fault) = KINDS_OF_FAULT[rng.usize(..KINDS_OF_FAULT.len())];
            return (name, fault(&newest.set));
        }
        let etag = format!("\"set-{}\"", newest.number);
        let headers = [("etag", &*etag), ("cache-control", "max-age=60")];
        if held == Some(newest.number) {
            return (UNCHANGED, Answer::with("304 Not Modified", &headers, ""));
        }
        let whole = Answer::with("200 OK", &headers, &*newest.set);
        if rng.u8(..10) >= LATE_SETS {
            return (WHOLE, whole);
        }
        (LATE, whole.after(Part::Pause(LATE_BY)))
    }

    /// Whether it is a bad second. There is one set for each.
    fn is_bad(&self, set: usize) -> bool {
        let mut of_second = Rng::with_seed(self.seed.wrapping_add(set as u64));
        self.fails.load(Ordering::SeqCst) && of_second.u8(..10) < BAD_SECONDS
    }
}

fn half(set: &str) -> Part {
    Part::Bytes(set.as_bytes()[..set.len() / 2].to_vec())
}

fn broken_off(set: &str, end: Part) -> Answer {
    Answer::promising(set.len(), [half(set), end])
}

fn number_of(etag: &str) -> usize {
    let number = etag.trim_matches('"').strip_prefix("set-").unwrap();
    number.parse().unwrap()
}
