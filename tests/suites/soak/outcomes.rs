use std::collections::BTreeMap;

use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// How fetches ended, as the metrics say.
pub(crate) struct Outcomes {
    snapshotter: Snapshotter,
}

impl Outcomes {
    /// Records all metrics of this process from now on.
    pub(crate) fn record() -> Self {
        let recorder = DebuggingRecorder::new();
        let snapshotter = recorder.snapshotter();
        recorder.install().unwrap();
        Self { snapshotter }
    }

    /// How many fetches had which outcome, for each host.
    pub(crate) fn by_host(self) -> BTreeMap<String, BTreeMap<String, u64>> {
        let mut hosts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (key, _, _, value) in self.snapshotter.snapshot().into_vec() {
            let key = key.key();
            let label = |name| {
                let mut labels = key.labels();
                let label = labels.find(|label| label.key() == name);
                label.map(|label| label.value().to_owned())
            };
            if let ("actas_jwks_fetches_total", DebugValue::Counter(count)) = (key.name(), value) {
                let outcomes = hosts.entry(label("host").unwrap()).or_default();
                outcomes.insert(label("outcome").unwrap(), count);
            }
        }
        hosts
    }
}
