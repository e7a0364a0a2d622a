use pem_rfc7468::LineEnding;
use zeroize::Zeroizing;

use super::error::KeyError;

pub(super) const PRIVATE: &str = "PRIVATE KEY";
pub(super) const PUBLIC: &str = "PUBLIC KEY";

/// A document takes 83 bytes at most (RFC 8410, an Ed25519 key with its public half), twice that as text.
const MAX_BYTES: usize = 512;

/// Reads the one PEM document (RFC 7468) that `text` is.
pub(super) fn read(text: &str, label: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut buffer = Zeroizing::new([0; MAX_BYTES]);
    let bytes = match pem_rfc7468::decode(text.trim().as_bytes(), &mut *buffer) {
        Ok((found, bytes)) if found == label => bytes,
        Ok((PRIVATE, _)) => return Err(KeyError::Private),
        _ => return Err(KeyError::Pem(label)),
    };
    Ok(Zeroizing::new(bytes.to_vec()))
}

/// Writes `bytes` as a PEM document, with a line feed at its end.
pub(super) fn write(bytes: &[u8], label: &'static str) -> Option<Zeroizing<String>> {
    let mut buffer = Zeroizing::new([0; MAX_BYTES]);
    let text = pem_rfc7468::encode(label, LineEnding::LF, bytes, &mut *buffer).ok()?;
    Some(Zeroizing::new(text.to_owned()))
}
