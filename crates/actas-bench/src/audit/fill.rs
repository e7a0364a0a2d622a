use std::sync::{Arc, Mutex};
use std::time::Instant;

use actas_audit::AuditLog;

use super::client::{Client, sid};
use crate::audit_figures::Filled;
use crate::fixture::ISSUER;

/// Sessions of a whole record: the first is the long one, with a tenth of all requests.
pub(super) const SESSIONS: usize = 1000;
pub(super) const LONG: usize = 0;

/// Parts that the record is filled in.
const PARTS: usize = 10;
/// Requests under way at a time.
const CONCURRENT: usize = 256;
/// Sessions under way at a time, beside the long one.
const OVERLAPPING: usize = 33;

/// Fills a record through the application that it records, tenth by tenth.
pub(super) struct Filler {
    client: Arc<Client>,
    /// Of a session other than the long one.
    requests_each: usize,
    filled: Filled,
}

impl Filler {
    /// For about so many events in all.
    pub(super) fn new(log: &AuditLog, events: usize) -> Self {
        Self {
            client: Arc::new(Client::new(SESSIONS, Some(log))),
            // A start, an end, and two of each request.
            requests_each: ((events / SESSIONS * 9 / 10).saturating_sub(2) / 2).max(1),
            filled: Filled {
                sessions: 0,
                requests: 0,
                longest: 0,
                seconds: 0.,
            },
        }
    }

    pub(super) async fn fill(&mut self, log: &AuditLog, parts: std::ops::Range<usize>) {
        let started = Instant::now();
        for part in parts {
            self.part(log, part).await;
        }
        log.sweep().await.unwrap();
        self.filled.seconds += started.elapsed().as_secs_f64();
    }

    pub(super) fn filled(self) -> Filled {
        self.filled
    }

    /// A tenth of the sessions from their start to their end, and a tenth of the long one, which goes on.
    async fn part(&mut self, log: &AuditLog, part: usize) {
        let each = SESSIONS / PARTS;
        let sessions: Vec<usize> = (part * each..(part + 1) * each)
            .filter(|session| *session != LONG)
            .collect();
        let requests = self.order(&sessions);
        self.filled.sessions += each;
        self.filled.requests += requests.len();
        self.filled.longest += requests.iter().filter(|session| **session == LONG).count();

        let requests = Arc::new(Mutex::new(requests.into_iter()));
        let workers: Vec<_> = (0..CONCURRENT)
            .map(|_| {
                let (client, requests) = (Arc::clone(&self.client), Arc::clone(&requests));
                let next = move || requests.lock().unwrap().next();
                tokio::spawn(async move {
                    while let Some(session) = next() {
                        client.request(session).await;
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        let ends: Vec<_> = sessions
            .into_iter()
            .map(|session| {
                let log = log.clone();
                let key = format!("sid:{}", sid(session));
                tokio::spawn(async move { log.end(ISSUER, &key, "stopped").await })
            })
            .collect();
        for end in ends {
            end.await.unwrap().unwrap();
        }
    }

    /// Whose the requests are, one after the other: those of sessions that overlap by turns, and each tenth of the long one.
    fn order(&self, sessions: &[usize]) -> Vec<usize> {
        let mut order = Vec::new();
        for together in sessions.chunks(OVERLAPPING) {
            for _ in 0..self.requests_each {
                for session in together {
                    order.push(*session);
                    if order.len() % 10 == 9 {
                        order.push(LONG);
                    }
                }
            }
        }
        order
    }
}
