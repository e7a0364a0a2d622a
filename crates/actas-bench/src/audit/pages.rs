use std::time::Instant;

use actas_audit::{AuditLog, AuditScope, Session, SessionQuery};

use super::client::sid;
use super::fill::LONG;
use super::load::nanoseconds;
use crate::audit_figures::PageTime;

/// Of a page, and how often each is read.
const LIMIT: u32 = 50;
const TIMES: usize = 101;

/// The first page, the one in the middle and the last, of the sessions and of the events of the long one.
pub(super) async fn pages(log: &AuditLog) -> Vec<PageTime> {
    let mut pages = of_sessions(log).await;
    pages.extend(of_events(log).await);
    pages
}

async fn of_sessions(log: &AuditLog) -> Vec<PageTime> {
    let mut queries = vec![SessionQuery::new(AuditScope::All).with_limit(LIMIT)];
    loop {
        let last = queries.last().unwrap().clone();
        let Some(next) = log.sessions(&last).await.unwrap().next else {
            break;
        };
        queries.push(last.with_cursor(next));
    }
    let mut pages = Vec::new();
    for index in [0, queries.len() / 2, queries.len() - 1] {
        let median_ns = median(async || {
            let page = log.sessions(&queries[index]).await.unwrap();
            assert!(!page.items.is_empty());
        });
        pages.push(PageTime {
            list: "sessions".to_owned(),
            depth: index * usize::try_from(LIMIT).unwrap(),
            median_ns: median_ns.await,
        });
    }
    pages
}

/// The long session, which began first.
async fn long(log: &AuditLog) -> Session {
    let mut query = SessionQuery::new(AuditScope::All).with_limit(LIMIT);
    let sid = sid(LONG);
    loop {
        let page = log.sessions(&query).await.unwrap();
        let mut sessions = page.items.into_iter();
        if let Some(session) = sessions.find(|session| session.session_id.as_ref() == Some(&sid)) {
            return session;
        }
        query = query.with_cursor(page.next.unwrap());
    }
}

async fn of_events(log: &AuditLog) -> Vec<PageTime> {
    let scope = AuditScope::All;
    let session = long(log).await;
    let id = session.id;
    let last = session.events - u64::from(LIMIT);
    let mut pages = Vec::new();
    for after in [0, last / 2, last] {
        let median_ns = median(async || {
            let events = log.events(&scope, id, after, LIMIT).await.unwrap();
            assert_eq!(events.first().unwrap().seq, after + 1);
            assert_eq!(events.len(), usize::try_from(LIMIT).unwrap());
        });
        pages.push(PageTime {
            list: "events of one session".to_owned(),
            depth: usize::try_from(after).unwrap(),
            median_ns: median_ns.await,
        });
    }
    pages
}

async fn median(mut page: impl AsyncFnMut()) -> f64 {
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let started = Instant::now();
        page().await;
        times.push(started.elapsed());
    }
    times.sort_unstable();
    nanoseconds(times[TIMES / 2])
}
