//! The public keys that are given.

use std::fs::File;
use std::io::Read as _;

use actas_audit::{Escaped, VerifyingKey};

use crate::exit::Exit;

/// More than any PEM document of such a key has.
const MAX_BYTES: u64 = 4096;

/// Reads a PEM document, or the file that holds one, as a key that signs the record.
pub(crate) fn read(argument: &str) -> Result<VerifyingKey, (Exit, String)> {
    parsed(argument, VerifyingKey::from_pem)
}

/// Reads a PEM document, or the file that holds one, by `parse`. Line ends in a document may be written as `\n`, as
/// environment files carry them.
pub(crate) fn parsed<K, E: ToString>(
    argument: &str,
    parse: impl FnOnce(&str) -> Result<K, E>,
) -> Result<K, (Exit, String)> {
    let is_document = argument.trim_start().starts_with("-----BEGIN");
    let text = if is_document {
        argument.replace("\\n", "\n")
    } else {
        from_file(argument)?
    };
    parse(&text).map_err(|error| {
        let name = if is_document { "given" } else { argument };
        let error = error.to_string();
        (
            Exit::Usage,
            format!("the public key {}: {}", Escaped(name), Escaped(&error)),
        )
    })
}

fn from_file(path: &str) -> Result<String, (Exit, String)> {
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text)) {
        Ok(_) => Ok(text),
        Err(error) => Err((
            Exit::CannotBeRead,
            format!("the public key {}: {error}", Escaped(path)),
        )),
    }
}
