//! What the targets share: one verifier with fixed keys and a fixed clock, and a request of plain header lines.

use actas_core::{
    Algorithm, Clock, IMPERSONATION_COOKIE, RefusalBody, RequestHead, StaticKeys, Verifier,
};

/// The seed of the Ed25519 key `ed-1` in `keys.json`. The other two private keys were thrown away.
pub const ED25519_SEED: [u8; 32] = [7; 32];

/// `pk_test_` and the base64 of `clerk.acme.example$`.
const PUBLISHABLE_KEY: &str = "pk_test_Y2xlcmsuYWNtZS5leGFtcGxlJA";

#[derive(Debug)]
struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Option<u64> {
        Some(1_767_225_605)
    }
}

/// A verifier for which the seeds' tokens are valid.
pub fn verifier() -> Verifier {
    let keys = StaticKeys::from_jwks(include_str!("keys.json")).expect("the keys are usable");
    Verifier::clerk(PUBLISHABLE_KEY)
        .expect("the publishable key is well-formed")
        .with_keys(keys)
        .with_algorithms([Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa])
        .with_authorized_parties(["https://app.acme.example"])
        .with_websocket_protocol("bearer.")
        .with_impersonation_cookie(IMPERSONATION_COOKIE)
        .with_refusals(|_, request| RefusalBody::SignIn {
            url: request.target().to_owned(),
        })
        .with_clock(Stopped)
        .build()
        .expect("the settings are complete")
}

/// The first line is the method, the authority and the target, with a space between; each further line is `name: value`.
/// The authority and the target may be left out, the target alone as well.
pub struct Request<'a> {
    method: &'a str,
    target: &'a str,
    authority: Option<&'a str>,
    headers: Vec<(String, &'a [u8])>,
}

impl<'a> Request<'a> {
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        let first = std::str::from_utf8(lines.next()?).ok()?;
        let mut words = first.splitn(3, ' ');
        let method = words.next()?;
        let authority = words.next();
        let target = words.next().unwrap_or("/");
        let headers = lines
            .filter_map(|line| {
                let colon = line.iter().position(|byte| *byte == b':')?;
                let (name, value) = line.split_at(colon);
                let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
                Some((name, value[1..].trim_ascii()))
            })
            .collect();
        Some(Self {
            method,
            target,
            authority,
            headers,
        })
    }

    pub fn of_bearer(credential: &'a [u8]) -> Self {
        Self {
            method: "GET",
            target: "/",
            authority: None,
            headers: vec![("authorization".to_owned(), credential)],
        }
    }
}

impl RequestHead for Request<'_> {
    fn method(&self) -> &str {
        self.method
    }

    fn target(&self) -> &str {
        self.target
    }

    fn header(&self, name: &'static str) -> impl Iterator<Item = &[u8]> {
        self.headers
            .iter()
            .filter(move |(held, _)| held == name)
            .map(|(_, value)| *value)
    }

    fn authority(&self) -> Option<&str> {
        self.authority
    }
}
