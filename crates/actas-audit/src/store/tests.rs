use std::sync::Arc;

use actas_store::Arg;

use super::append::{self, Written};
use super::log::AuditLog;
use super::queue::{Answer, Of, What, Write};
use super::sighting::Sighting;
use crate::event::{EventKind, Request, SessionStarted};
use crate::id::EventId;
use crate::testdata;
use crate::time::Timestamp;

fn sighting() -> Arc<Sighting> {
    Arc::new(Sighting {
        session: testdata::session(),
        started: SessionStarted {
            idle_limit: None,
            ..testdata::started()
        },
        act: r#"{"sub":"user_admin"}"#.to_owned(),
        only_reads: true,
    })
}

fn write(id: u8, what: What) -> Write {
    Write {
        of: Of::Seen(sighting()),
        id: EventId::from_bytes([id; 16]),
        at: Timestamp::from_seconds(testdata::START),
        what,
        answer: Answer::Nobody,
        slot: None,
        may_exist: true,
        pending: None,
    }
}

fn request(id: u8) -> Write {
    let request = Request {
        method: "GET".to_owned(),
        route: None,
        request_id: None,
        trace_id: None,
        client: None,
        actor: None,
        expires_at: None,
    };
    write(id, What::Event(EventKind::Request(request)))
}

async fn commit(log: &AuditLog, writes: &[Write]) -> Vec<Written> {
    let mut connection = log.inner.database.writer().await.unwrap();
    connection.begin().await.unwrap();
    let written = append::batch(&mut connection, &log.inner.keys, 0, writes).await;
    let written = written.unwrap();
    connection.commit().await.unwrap();
    written
}

async fn kinds(log: &AuditLog) -> Vec<String> {
    let mut connection = log.inner.database.reader().await.unwrap();
    let rows = connection.fetch("SELECT kind FROM events ORDER BY seq", &[]);
    let rows = rows.await.unwrap();
    rows.iter().map(|row| row.text(0).unwrap()).collect()
}

#[tokio::test]
async fn what_a_commit_of_unknown_fate_wrote_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let log = AuditLog::sqlite(folder.path().join("audit.db"));
    let log = log.open().await.unwrap();
    let writes = [request(1), request(2)];
    commit(&log, &writes).await;
    let once = kinds(&log).await;
    assert_eq!(once, ["session_started", "request", "request"]);
    commit(&log, &writes).await;
    assert_eq!(kinds(&log).await, once);

    // A request that is there has not run, and one that is not there never was.
    let doubtful = |id, of| write(id, What::OutcomeOfDoubtful(EventId::from_bytes([of; 16])));
    commit(&log, &[doubtful(3, 1), doubtful(4, 9)]).await;
    assert_eq!(kinds(&log).await[3..], ["outcome"]);
    let mut connection = log.inner.database.reader().await.unwrap();
    let row = "SELECT seq, requests FROM sessions WHERE id = $1";
    let id = testdata::session().to_string();
    let row = connection.fetch_optional(row, &[Arg::Verbatim(&id)]).await;
    let row = row.unwrap().unwrap();
    assert_eq!((row.int(0).unwrap(), row.int(1).unwrap()), (4, 2));
}

#[tokio::test]
async fn a_doubtful_request_begins_no_session() {
    let folder = tempfile::tempdir().unwrap();
    let log = AuditLog::sqlite(folder.path().join("audit.db"));
    let log = log.open().await.unwrap();
    let of = EventId::from_bytes([1; 16]);
    let written = commit(&log, &[write(2, What::OutcomeOfDoubtful(of))]).await;
    assert_eq!(written, [Written::UnknownSession]);
    let mut connection = log.inner.database.reader().await.unwrap();
    assert!(
        connection
            .fetch("SELECT id FROM sessions", &[])
            .await
            .unwrap()
            .is_empty()
    );
}
