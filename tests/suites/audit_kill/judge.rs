use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

use actas_audit::{AuditLog, StoredRecord, Timestamp, Verifier};
use serde_json::Value;

/// What the record and the effects hold.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) effects: usize,
    requests: usize,
    outcomes: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} effects, {} requests recorded, {} with their outcome",
            self.effects, self.requests, self.outcomes
        )
    }
}

/// Opens the record that the killed servers left, and holds it against their effects.
pub(crate) async fn record(folder: &Path, database: &str) -> Figures {
    let effects = fs::read_to_string(folder.join("effects")).unwrap_or_default();
    let effects: Vec<&str> = effects.lines().collect();

    let record = if database.starts_with("postgres://") {
        AuditLog::postgres(database)
    } else {
        AuditLog::sqlite(database)
    };
    let record = record.with_key_file(folder.join("audit.key"));
    let record = record.open().await.unwrap();
    let verifier = Verifier::new(Timestamp::now()).unwrap();
    let mut verifier = verifier.add_public_key(record.verifying_key().clone());
    let mut requests = BTreeSet::new();
    let mut outcomes = BTreeMap::<String, usize>::new();
    let mut records = record.records().await.unwrap();
    while let Some(record) = records.next().await.unwrap() {
        match record {
            StoredRecord::Event(body) => {
                verifier.event(&body).unwrap();
                let event: Value = serde_json::from_str(&body).unwrap();
                match event["kind"].as_str().unwrap() {
                    "request" => assert!(requests.insert(text(&event["id"])), "{body}"),
                    "outcome" => *outcomes.entry(text(&event["of"])).or_default() += 1,
                    _ => {}
                }
            }
            StoredRecord::Link(link) => {
                verifier.link(&link.stated()).unwrap();
            }
            _ => {}
        }
    }
    drop(records);
    verifier.finish().unwrap();
    record.close().await;

    let unrecorded: Vec<_> = effects
        .iter()
        .filter(|effect| !requests.contains(**effect))
        .collect();
    assert!(unrecorded.is_empty(), "not in the record: {unrecorded:?}");
    let twice = effects.iter().collect::<BTreeSet<_>>().len() != effects.len();
    assert!(!twice, "one record stands for two effects");
    for (request, count) in &outcomes {
        assert!(
            requests.contains(request),
            "the outcome of no request: {request}"
        );
        assert_eq!(*count, 1, "{request} ended more than once");
    }
    Figures {
        effects: effects.len(),
        requests: requests.len(),
        outcomes: outcomes.len(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
