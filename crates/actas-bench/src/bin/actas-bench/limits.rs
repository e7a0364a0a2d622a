use std::collections::BTreeMap;

use actas_bench::Sessions;
use serde::Deserialize;

/// What was measured beside the counts.
pub(crate) struct Measured {
    /// Median nanoseconds of a call, by the name of its case.
    pub(crate) times: BTreeMap<String, f64>,
    /// Requests per second, by place, then case, a figure for each round.
    pub(crate) http: BTreeMap<String, Vec<f64>>,
    pub(crate) sessions: Vec<Sessions>,
}

/// A limit of a figure that depends on the machine: it is reported, and fails nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Limit {
    pub(crate) what: String,
    figure: Figure,
    bound: f64,
    /// Where it is not reached.
    #[serde(default)]
    pub(crate) because: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Figure {
    /// Nanoseconds of a call of this case.
    Time(String),
    /// Nanoseconds of a look-up among so many sessions.
    Hit(Remembered),
    /// Bytes that each of so many sessions takes.
    Bytes(Remembered),
    /// Requests per second, times those of another case: here the limit is the least.
    Throughput { case: String, of: String },
}

#[derive(Deserialize)]
struct Remembered {
    sessions: usize,
    #[serde(default)]
    fingerprints: bool,
}

pub(crate) fn all_limits() -> Vec<Limit> {
    serde_json::from_str(include_str!("../../../limits.json")).unwrap()
}

impl Limit {
    pub(crate) fn bound(&self) -> String {
        let bound = self.figure.write(self.bound);
        match self.figure {
            Figure::Throughput { .. } => format!("at least {bound}"),
            _ => bound,
        }
    }

    /// The figure, and whether it keeps the limit. None where it was not measured.
    pub(crate) fn verdict(&self, measured: &Measured) -> Option<(String, bool)> {
        let value = self.figure.value(measured)?;
        let met = match self.figure {
            Figure::Throughput { .. } => value >= self.bound,
            _ => value <= self.bound,
        };
        Some((self.figure.write(value), met))
    }
}

impl Figure {
    fn value(&self, measured: &Measured) -> Option<f64> {
        match self {
            Self::Time(case) => measured.times.get(case).copied(),
            Self::Hit(remembered) => Some(remembered.find(measured)?.hit_ns),
            Self::Bytes(remembered) => Some(remembered.find(measured)?.bytes_each),
            Self::Throughput { case, of } => {
                Some(throughput(measured.http.get(case)?, measured.http.get(of)?))
            }
        }
    }

    fn write(&self, value: f64) -> String {
        match self {
            Self::Time(_) | Self::Hit(_) => nanoseconds(value),
            Self::Bytes(_) => format!("{:.2} kB", value / 1000.0),
            Self::Throughput { .. } => format!("{value:.3} ×"),
        }
    }
}

impl Remembered {
    fn find<'m>(&self, measured: &'m Measured) -> Option<&'m Sessions> {
        let is_it = |other: &&Sessions| {
            (other.count, other.fingerprints) == (self.sessions, self.fingerprints)
        };
        measured.sessions.iter().find(is_it)
    }
}

/// The median of the ratios within each round.
pub(crate) fn throughput(rounds: &[f64], others: &[f64]) -> f64 {
    let ratios = rounds.iter().zip(others);
    median(ratios.map(|(this, other)| this / other).collect())
}

pub(crate) fn nanoseconds(value: f64) -> String {
    if value < 1000.0 {
        format!("{value:.0} ns")
    } else {
        format!("{:.2} µs", value / 1000.0)
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.get(..=middle) {
        Some([.., below, above]) if values.len().is_multiple_of(2) => f64::midpoint(*below, *above),
        Some([.., middle]) => *middle,
        _ => f64::NAN,
    }
}
