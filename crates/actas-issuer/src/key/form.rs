//! A ring as it stands in its file: a JWK set (RFC 7517 §5) of private keys, each with a member of ours.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::KeyError;
use super::jwk::{Parts, PrivateJwk};
use super::ring::KeyRing;
use super::signing::SigningKey;

/// What the member `version` of a file says.
const VERSION: u32 = 1;

/// Bytes that no key takes more than, as text.
const KEY_BYTES: usize = 8 * 1024;

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Form<'t> {
    version: u32,
    #[serde(borrow)]
    keys: Vec<KeyForm<'t>>,
}

#[derive(Deserialize, Serialize)]
struct KeyForm<'t> {
    #[serde(borrow, flatten)]
    jwk: PrivateJwk<'t>,
    /// Seconds since the Unix epoch.
    signs_from: u64,
}

pub(super) fn read(text: &str) -> Result<KeyRing, KeyError> {
    let form: Form<'_> = serde_json::from_str(text).map_err(|_| KeyError::Json)?;
    if form.version != VERSION {
        return Err(KeyError::Json);
    }
    let keys = form
        .keys
        .iter()
        .map(|key| Ok((SigningKey::from_private_jwk(&key.jwk)?, key.signs_from)));
    KeyRing::from_keys(keys.collect::<Result<Vec<_>, KeyError>>()?)
}

pub(super) fn write(ring: &KeyRing) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let keys = ring.keys().iter();
    let parts = keys
        .clone()
        .map(|key| Parts::of(&key.key))
        .collect::<Result<Vec<_>, _>>()?;
    let form = Form {
        version: VERSION,
        keys: keys
            .zip(&parts)
            .filter_map(|(key, parts)| {
                Some(KeyForm {
                    jwk: parts.jwk(&key.key),
                    signs_from: key.signs_from?,
                })
            })
            .collect(),
    };
    // Room for all of it from the first: a buffer that grows leaves copies behind.
    let room = KEY_BYTES.saturating_mul(parts.len().saturating_add(1));
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer(&mut *text, &form).map_err(|_| KeyError::Json)?;
    text.push(b'\n');
    Ok(text)
}
