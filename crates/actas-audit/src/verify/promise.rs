use aws_lc_rs::hmac;

use crate::head::Head;
use crate::id::SessionId;
use crate::malformed::NoRandomness;

/// Where a session goes on, as one place of the record says it of another.
pub(super) struct Promise {
    pub(super) session: SessionId,
    /// The link that goes on, or `None` for events beyond the last link.
    pub(super) link: Option<u64>,
    /// The head that it goes on from.
    pub(super) head: Head,
    pub(super) is_pruned: bool,
}

/// Whether every promise is kept once, and nothing is kept that was not promised: in constant memory.
///
/// It is the sum of what was promised less the sum of what was kept, each through a function that nobody can compute who
/// does not have this verification's random key: a multiset hash (Clarke et al., Asiacrypt 2003, `MSet-Add-Hash`).
pub(super) struct Promises {
    key: hmac::Key,
    sum: [u64; 4],
}

impl Promises {
    pub(super) fn new() -> Result<Self, NoRandomness> {
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key).map_err(|_| NoRandomness)?;
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &key),
            sum: [0; 4],
        })
    }

    pub(super) fn make(&mut self, promise: &Promise) {
        let lanes = self.lanes(promise);
        for (sum, lane) in self.sum.iter_mut().zip(lanes) {
            *sum = sum.wrapping_add(lane);
        }
    }

    pub(super) fn keep(&mut self, promise: &Promise) {
        let lanes = self.lanes(promise);
        for (sum, lane) in self.sum.iter_mut().zip(lanes) {
            *sum = sum.wrapping_sub(lane);
        }
    }

    pub(super) fn are_kept(&self) -> bool {
        self.sum == [0; 4]
    }

    fn lanes(&self, promise: &Promise) -> [u64; 4] {
        let mut context = hmac::Context::with_key(&self.key);
        // Links count from 1, and every part has a fixed width.
        context.update(promise.session.as_bytes());
        context.update(&promise.link.unwrap_or(0).to_be_bytes());
        context.update(&promise.head.seq.to_be_bytes());
        context.update(promise.head.hash.as_bytes());
        context.update(&[u8::from(promise.is_pruned)]);
        let mut lanes = [0; 4];
        let tag = context.sign();
        for (lane, bytes) in lanes.iter_mut().zip(tag.as_ref().as_chunks().0) {
            *lane = u64::from_be_bytes(*bytes);
        }
        lanes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Hash;

    fn promise(link: Option<u64>) -> Promise {
        let head = Head {
            seq: 1,
            hash: Hash::of_event("{}"),
        };
        Promise {
            session: "imp_bd4c941f37460fb88008b5056a362c27".parse().unwrap(),
            link,
            head,
            is_pruned: false,
        }
    }

    #[test]
    fn each_promise_is_kept_once() {
        let mut promises = Promises::new().unwrap();
        assert!(promises.are_kept());
        promises.make(&promise(Some(2)));
        promises.make(&promise(None));
        assert!(!promises.are_kept());
        promises.keep(&promise(None));
        assert!(!promises.are_kept());
        promises.keep(&promise(Some(2)));
        assert!(promises.are_kept());
        promises.keep(&promise(Some(2)));
        assert!(!promises.are_kept());
    }

    #[test]
    fn another_promise_keeps_none() {
        let one = || promise(Some(2));
        for other in [
            Promise {
                session: "imp_bd4c941f37460fb88008b5056a362c28".parse().unwrap(),
                ..one()
            },
            Promise {
                link: Some(3),
                ..one()
            },
            Promise {
                link: None,
                ..one()
            },
            Promise {
                head: Head {
                    seq: 2,
                    ..one().head
                },
                ..one()
            },
            Promise {
                head: Head {
                    hash: Hash::of_link("{}"),
                    ..one().head
                },
                ..one()
            },
            Promise {
                is_pruned: true,
                ..one()
            },
        ] {
            let mut promises = Promises::new().unwrap();
            promises.make(&one());
            promises.keep(&other);
            assert!(!promises.are_kept());
        }
    }
}
