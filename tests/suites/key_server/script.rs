use std::time::Duration;

use crate::answer::{Answer, Part, dripping};
use crate::fixtures::Fixtures;
use crate::rule::Given;
use crate::scenario::{Body, Encoding, Generated, Jwks, Note, Raw, Response, Transport};

/// 1 GiB of zeros, as `brotli` packs them.
const BROTLI_BOMB: &[u8] = include_bytes!("../../vectors/one-gib-of-zeros.br");
const GIB: usize = MIB * 1024;
const MIB: usize = 1024 * 1024;

/// What the server does for a response, and what can be made of it.
pub(crate) fn play(
    response: &Response,
    fixtures: &Fixtures,
    note: Option<Note>,
) -> (Answer, Given) {
    let script = Script {
        response,
        fixtures,
        note,
    };
    let answer = script.answer();
    let given = script.given();
    match response.delay_ms {
        Some(delay) => (
            answer.after(Part::Pause(Duration::from_millis(delay))),
            given,
        ),
        None => (answer, given),
    }
}

struct Script<'a> {
    response: &'a Response,
    fixtures: &'a Fixtures,
    note: Option<Note>,
}

impl Script<'_> {
    fn answer(&self) -> Answer {
        match self.response.transport {
            Some(Transport::Hang) => Answer::hang(),
            Some(Transport::SlowHeaders) => self.slow_headers(),
            Some(Transport::ResetMidBody) => {
                let body = self.body();
                let half = Part::Bytes(body[..body.len() / 2].to_vec());
                Answer::promising(body.len(), [half, Part::Reset])
            }
            Some(Transport::ShortBody) => {
                let body = self.body();
                Answer::promising(body.len() + 1, [Part::Bytes(body)])
            }
            // Nobody gets as far as to an answer.
            Some(Transport::Refused | Transport::Nxdomain | Transport::TlsSelfSigned) => {
                Answer::ok(self.fixtures.key_set(&self.good()))
            }
            None => self.plain(),
        }
    }

    fn given(&self) -> Given {
        match (&self.response.body, self.response.status) {
            (Some(Body::Jwks(Jwks { names })), Some(200)) if self.response.transport.is_none() => {
                let kids = self.fixtures.usable_kids(&self.served(names));
                if kids.is_empty() {
                    Given::Nothing
                } else {
                    Given::Keys(kids)
                }
            }
            _ => Given::Nothing,
        }
    }

    /// An answer whose status, headers and body are sent as they are.
    fn plain(&self) -> Answer {
        if let Some(Body::Generated(generated)) = &self.response.body {
            assert_eq!(self.response.status, Some(200));
            return self.generated(generated);
        }
        let status = self.response.status.unwrap();
        let headers: Vec<_> = self
            .response
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        Answer::with(&format!("{status} S"), &headers, self.body())
    }

    fn slow_headers(&self) -> Answer {
        let rate = self.response.rate_bps.unwrap();
        let body = self.fixtures.key_set(&self.good());
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        let head = dripping(head.as_bytes(), Duration::from_secs(1) / rate);
        Answer::raw(head.chain([Part::Bytes(body.into_bytes())]))
    }

    fn generated(&self, generated: &Generated) -> Answer {
        let set = self.fixtures.key_set(&self.good()).into_bytes();
        match *generated {
            Generated::SlowDrip { n } => {
                let drops = dripping(&set, Duration::from_secs(1) / n);
                Answer::promising(set.len(), drops)
            }
            Generated::EndlessChunks {} => Answer::chunked([Part::Forever(chunk(&[b' '; 4096]))]),
            Generated::Spaces {
                n,
                prefix_set,
                chunked,
            } => {
                assert!(prefix_set && n % MIB == 0);
                let spaces = vec![b' '; MIB];
                if chunked {
                    let last = Part::Bytes(chunk(&[]));
                    let parts = [
                        Part::Bytes(chunk(&set)),
                        Part::Times(n / MIB, chunk(&spaces)),
                    ];
                    Answer::chunked(parts.into_iter().chain([last]))
                } else {
                    let parts = [Part::Bytes(set.clone()), Part::Times(n / MIB, spaces)];
                    Answer::promising(set.len() + n, parts)
                }
            }
            Generated::Brackets { n } => Answer::ok("[".repeat(n)),
            Generated::GzipBomb { n } => {
                assert_eq!(n % MIB, 0);
                Answer::gzip_of_zeros((n / MIB).try_into().unwrap())
            }
            Generated::BrotliBomb { n } => {
                assert_eq!(n, GIB, "another bomb is to be packed");
                Answer::with("200 OK", &[("content-encoding", "br")], BROTLI_BOMB)
            }
        }
    }

    fn body(&self) -> Vec<u8> {
        match &self.response.body {
            Some(Body::Jwks(Jwks { names })) => {
                self.fixtures.key_set(&self.served(names)).into_bytes()
            }
            Some(Body::Raw(Raw { text, encoding })) => {
                let set = self.fixtures.key_set(&self.good());
                let text = text
                    .replace("@set", &set)
                    .replace("@k1", &self.fixtures.key("k1"));
                encode(&text, *encoding)
            }
            Some(Body::Generated(_)) | None => panic!("a body is missing"),
        }
    }

    /// The set that would be good if nothing else was wrong.
    fn good(&self) -> Vec<String> {
        self.served(&["k1".to_owned()])
    }

    fn served(&self, names: &[String]) -> Vec<String> {
        let other = self.note == Some(Note::OtherKey);
        let serve = |name: &String| match name.as_str() {
            "k1" if other => "k1_other".to_owned(),
            name => name.to_owned(),
        };
        names.iter().map(serve).collect()
    }
}

fn encode(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Latin1 => text
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect(),
        Encoding::Utf16 => [0xfeff]
            .into_iter()
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect(),
    }
}

/// A chunk of a body whose length is not told (RFC 9112 §7.1).
fn chunk(bytes: &[u8]) -> Vec<u8> {
    let head = format!("{:x}\r\n", bytes.len());
    [head.as_bytes(), bytes, b"\r\n"].concat()
}
