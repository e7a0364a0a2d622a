use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::config_error::ConfigError;
use crate::field::elements;
use crate::request::RequestHead;

/// The proxies whose word about a client's address is taken.
#[derive(Clone, Debug)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    pub(crate) fn parse(networks: Vec<String>) -> Result<Self, ConfigError> {
        let parse = |network: String| {
            let parsed = network.parse().or_else(|error| {
                let address = network.parse::<IpAddr>();
                address.map(IpNet::from).map_err(|_| error)
            });
            parsed.map_err(|_| ConfigError::Setting {
                name: "trusted proxy",
                value: network,
            })
        };
        let networks: Result<_, _> = networks.into_iter().map(parse).collect();
        networks.map(Self)
    }

    /// The client: the first address from here that is no trusted proxy's. Beyond it, anyone can have written anything.
    pub(crate) fn client<R: RequestHead>(&self, request: &R) -> Option<IpAddr> {
        let mut client = request.peer()?.to_canonical();
        let hops: Vec<_> = elements(request, "x-forwarded-for", b',').collect();
        for hop in hops.into_iter().rev() {
            if !self.trusts(client) {
                break;
            }
            client = address(hop)?;
        }
        Some(client)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// An address, as proxies write it: with a port or without, and in brackets or not.
fn address(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?;
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']'));
    let address = bare.unwrap_or(hop).parse::<IpAddr>();
    let address = address.or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_request::TestRequest;

    fn client(peer: &str, lines: &[&str]) -> Option<String> {
        let trusted = ["10.0.0.0/8", "192.0.2.1", "2001:db8::/32"].map(str::to_owned);
        let trusted = TrustedProxies::parse(trusted.to_vec()).unwrap();
        let mut request = TestRequest::new("GET").with_peer(peer);
        for line in lines {
            request = request.with_header("x-forwarded-for", line);
        }
        trusted.client(&request).map(|client| client.to_string())
    }

    #[test]
    fn the_client_is_the_first_that_is_no_trusted_proxy() {
        let cases: &[(&str, &[&str], Option<&str>)] = &[
            ("203.0.113.7", &[], Some("203.0.113.7")),
            ("203.0.113.7", &["198.51.100.1"], Some("203.0.113.7")),
            ("10.1.2.3", &["198.51.100.1"], Some("198.51.100.1")),
            ("10.1.2.3", &["6.6.6.6, 198.51.100.1"], Some("198.51.100.1")),
            (
                "10.1.2.3",
                &["6.6.6.6, 198.51.100.1 ,10.9.9.9"],
                Some("198.51.100.1"),
            ),
            (
                "10.1.2.3",
                &["6.6.6.6", "198.51.100.1", "192.0.2.1"],
                Some("198.51.100.1"),
            ),
            ("10.1.2.3", &["10.0.0.1, 10.0.0.2"], Some("10.0.0.1")),
            ("10.1.2.3", &[], Some("10.1.2.3")),
            (
                "::ffff:10.1.2.3",
                &["::ffff:198.51.100.1"],
                Some("198.51.100.1"),
            ),
            ("2001:db8::1", &["[2001:db9::1]:443"], Some("2001:db9::1")),
            ("2001:db8::1", &["[2001:db9::1]"], Some("2001:db9::1")),
            ("10.1.2.3", &["198.51.100.1:8080"], Some("198.51.100.1")),
            ("10.1.2.3", &["198.51.100.1, unknown"], None),
            ("10.1.2.3", &["198.51.100.1,"], None),
            ("192.0.2.2", &["198.51.100.1"], Some("192.0.2.2")),
        ];
        for (peer, lines, expected) in cases {
            assert_eq!(
                client(peer, lines).as_deref(),
                *expected,
                "{peer} {lines:?}"
            );
        }
    }

    #[test]
    fn a_network_is_an_address_with_or_without_a_prefix() {
        for network in ["", "10.0.0.0/33", "proxy.example", "10.0.0.0/8/8"] {
            let refused = TrustedProxies::parse(vec![network.to_owned()]).unwrap_err();
            let ConfigError::Setting { name, value } = refused else {
                panic!("{refused:?}");
            };
            assert_eq!((name, value.as_str()), ("trusted proxy", network));
        }
    }

    #[test]
    fn without_a_peer_no_header_is_believed() {
        let trusted = TrustedProxies::parse(Vec::new()).unwrap();
        let request = TestRequest::new("GET").with_header("x-forwarded-for", "198.51.100.1");
        assert_eq!(trusted.client(&request), None);
    }
}
