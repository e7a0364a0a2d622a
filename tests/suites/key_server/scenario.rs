use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// A behaviour of a key server, and what must come of it. A field that is not known here is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) id: String,
    /// The n-th GET gets the n-th, and those beyond get the last.
    pub(crate) responses: Vec<Response>,
    pub(crate) steps: Vec<Step>,
    #[serde(rename = "basis")]
    _basis: Basis,
    #[serde(rename = "group")]
    _group: IgnoredAny,
    #[serde(rename = "behaviour")]
    _behaviour: IgnoredAny,
    #[serde(rename = "ref")]
    _ref: IgnoredAny,
    #[serde(rename = "note")]
    _note: IgnoredAny,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Basis {
    Must,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Response {
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Option<Body>,
    pub(crate) transport: Option<Transport>,
    /// Of `slow_headers`, in bytes.
    pub(crate) rate_bps: Option<u32>,
    /// Before the answer begins.
    pub(crate) delay_ms: Option<u64>,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Transport {
    Refused,
    Nxdomain,
    Hang,
    SlowHeaders,
    ResetMidBody,
    ShortBody,
    TlsSelfSigned,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Body {
    Jwks(Jwks),
    Raw(Raw),
    Generated(Generated),
}

/// The key set of these fixtures.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Jwks {
    #[serde(rename = "$jwks")]
    pub(crate) names: Vec<String>,
}

/// A text in which `@k1` is the key of that name and `@set` the set of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    #[serde(rename = "$raw")]
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) encoding: Encoding,
}

#[derive(Clone, Copy, Default, Deserialize)]
pub(crate) enum Encoding {
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    #[serde(rename = "latin-1")]
    Latin1,
    /// With a byte order mark.
    #[serde(rename = "utf-16")]
    Utf16,
}

#[derive(Deserialize)]
#[serde(tag = "$gen", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Generated {
    /// A good set, `n` bytes a second.
    SlowDrip { n: u32 },
    /// White space in chunks that never end.
    EndlessChunks {},
    /// `n` bytes of white space.
    Spaces {
        n: usize,
        /// Behind a good set.
        prefix_set: bool,
        #[serde(default)]
        chunked: bool,
    },
    /// `n` opening brackets.
    Brackets { n: usize },
    /// `n` zeros, packed.
    GzipBomb { n: usize },
    /// `n` zeros, packed.
    BrotliBomb { n: usize },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) token: String,
    /// Seconds since the start.
    pub(crate) t: f64,
    pub(crate) expect: Expect,
    /// So many requests at once.
    pub(crate) parallel: Option<usize>,
    /// The next step does not wait for this one.
    #[serde(default)]
    pub(crate) background: bool,
    /// When an `expect` of `cancelled` hangs up.
    pub(crate) cancel_after_ms: Option<u64>,
    /// Seconds from question to answer.
    pub(crate) within_s: Option<f64>,
    /// Of all instances, since the start.
    pub(crate) fetches_max: Option<usize>,
    pub(crate) fetches_min: Option<usize>,
    /// By how much the memory of the process may grow.
    pub(crate) rss_max_mib: Option<u64>,
    #[serde(default)]
    pub(crate) instance: Instance,
    /// The credential that the key server is asked with, and that nobody else must see.
    pub(crate) error_must_not_contain: Option<String>,
    /// Requests to the listener that the token names.
    pub(crate) other_listener_hits: Option<usize>,
    pub(crate) note: Option<Note>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Expect {
    Accept,
    Reject,
    /// Nobody waits for the answer.
    Cancelled,
}

/// A verifier with a key server of its own.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Instance {
    #[default]
    A,
    B,
}

/// A note that changes what is played.
#[derive(Clone, Copy, Deserialize, PartialEq)]
pub(crate) enum Note {
    #[serde(rename = "B serves k1_other under the same kid")]
    OtherKey,
}

impl Scenario {
    /// Whether the server lets somebody wait for longer than a test can.
    pub(crate) fn is_slow(&self) -> bool {
        self.responses.iter().any(|response| {
            matches!(
                response.transport,
                Some(Transport::Hang | Transport::SlowHeaders)
            ) || matches!(
                response.body,
                Some(Body::Generated(Generated::SlowDrip { .. }))
            )
        })
    }

    /// Whether there is a credential that nobody but the key server may see.
    pub(crate) fn holds_secret(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| step.error_must_not_contain.is_some())
    }

    /// Whether the whole process is watched, so that nothing else may run.
    pub(crate) fn is_played_alone(&self) -> bool {
        self.holds_secret() || self.steps.iter().any(|step| step.rss_max_mib.is_some())
    }
}
