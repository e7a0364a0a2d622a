//! The request that this crate's unit tests speak with.

use std::net::IpAddr;

use crate::request::RequestHead;

#[derive(Clone, Debug, Default)]
pub(crate) struct TestRequest {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) authority: Option<String>,
    pub(crate) peer: Option<IpAddr>,
}

impl TestRequest {
    pub(crate) fn new(method: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: "/".to_owned(),
            ..Self::default()
        }
    }

    pub(crate) fn with_target(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    /// Adds a field line; `name` is lower case.
    pub(crate) fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers
            .push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    pub(crate) fn with_peer(mut self, peer: &str) -> Self {
        self.peer = Some(peer.parse().unwrap());
        self
    }

    pub(crate) fn with_authority(mut self, authority: &str) -> Self {
        self.authority = Some(authority.to_owned());
        self
    }
}

impl RequestHead for TestRequest {
    fn method(&self) -> &str {
        &self.method
    }

    fn target(&self) -> &str {
        &self.target
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.headers
            .iter()
            .filter(move |(line, _)| line == name)
            .map(|(_, value)| value.as_slice())
    }

    fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    fn peer(&self) -> Option<IpAddr> {
        self.peer
    }
}
