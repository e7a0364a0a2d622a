use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};
use tokio::sync::watch;

/// What the server does with a request.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) parts: Vec<Part>,
}

#[derive(Clone)]
pub(crate) enum Part {
    Bytes(Vec<u8>),
    /// Goes on when the gate opens.
    Gate(Gate),
    /// The same bytes, that many times.
    Times(usize, Vec<u8>),
    /// The same bytes, until the client hangs up.
    Forever(Vec<u8>),
    /// Goes on after this time.
    Pause(Duration),
    /// Nothing more, until the client hangs up.
    Hang,
    /// Ends with a reset instead of an orderly close.
    Reset,
}

impl Answer {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::with("200 OK", &[], body)
    }

    pub(crate) fn status(status: &str) -> Self {
        Self::with(status, &[], "")
    }

    pub(crate) fn with(status: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        let head = head(status, headers, &format!("content-length: {}", body.len()));
        Self {
            parts: vec![Part::Bytes(head), Part::Bytes(body)],
        }
    }

    pub(crate) fn gzip(body: &[u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).unwrap();
        let packed = encoder.finish().unwrap();
        Self::with("200 OK", &[("content-encoding", "gzip")], packed)
    }

    /// So many MiB of zeros, packed to a thousandth.
    pub(crate) fn gzip_of_zeros(mib: u32) -> Self {
        let zeros = vec![0; 1024 * 1024];
        // Deflated data up to a full flush can stand again and again (RFC 1951 §3.2).
        let mut block = Vec::with_capacity(zeros.len());
        Compress::new(Compression::best(), false)
            .compress_vec(&zeros, &mut block, FlushCompress::Full)
            .unwrap();
        let (mut one, mut all) = (Crc::new(), Crc::new());
        one.update(&zeros);
        (0..mib).for_each(|_| all.combine(&one));
        // RFC 1952 §2.3: a head without options, the data with an empty last block, checksum and size.
        let mut packed = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
        packed.extend(block.repeat(mib.try_into().unwrap()));
        packed.extend([3, 0]);
        packed.extend(all.sum().to_le_bytes());
        packed.extend(all.amount().to_le_bytes());
        Self::with("200 OK", &[("content-encoding", "gzip")], packed)
    }

    /// A head that promises `length` bytes, and then `parts`.
    pub(crate) fn promising(length: usize, parts: impl IntoIterator<Item = Part>) -> Self {
        let head = head("200 OK", &[], &format!("content-length: {length}"));
        Self::raw([Part::Bytes(head)].into_iter().chain(parts))
    }

    /// A head that promises chunks, and then `parts`.
    pub(crate) fn chunked(parts: impl IntoIterator<Item = Part>) -> Self {
        let head = head("200 OK", &[], "transfer-encoding: chunked");
        Self::raw([Part::Bytes(head)].into_iter().chain(parts))
    }

    pub(crate) fn raw(parts: impl IntoIterator<Item = Part>) -> Self {
        Self {
            parts: parts.into_iter().collect(),
        }
    }

    pub(crate) fn hang() -> Self {
        Self::raw([Part::Hang])
    }

    /// This answer, once the gate is open.
    pub(crate) fn behind(self, gate: &Gate) -> Self {
        self.after(Part::Gate(gate.clone()))
    }

    pub(crate) fn after(mut self, part: Part) -> Self {
        self.parts.insert(0, part);
        self
    }
}

/// These bytes one by one, with a pause before each.
pub(crate) fn dripping(bytes: &[u8], pause: Duration) -> impl Iterator<Item = Part> {
    bytes
        .iter()
        .flat_map(move |byte| [Part::Pause(pause), Part::Bytes(vec![*byte])])
}

fn head(status: &str, headers: &[(&str, &str)], length: &str) -> Vec<u8> {
    let mut lines = vec![format!("HTTP/1.1 {status}"), length.to_owned()];
    lines.extend(
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}")),
    );
    format!("{}\r\n\r\n", lines.join("\r\n")).into_bytes()
}

/// Closed until it is opened, once and for all.
#[derive(Clone)]
pub(crate) struct Gate {
    open: Arc<watch::Sender<bool>>,
}

impl Gate {
    pub(crate) fn closed() -> Self {
        Self {
            open: Arc::new(watch::Sender::new(false)),
        }
    }

    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    pub(crate) async fn pass(&self) {
        self.open.subscribe().wait_for(|open| *open).await.unwrap();
    }
}
