//! Where the keys come from.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use actas_core::{ConfigError, Generation, KeyFuture, KeySet, KeySource, StaticKeys, WantedKey};
use actas_jwks::RemoteKeys;

use super::shown::capped;
use crate::exit::Exit;
use crate::public_key;
use crate::token_args::VerifyToken;

/// Bytes of the longest key set, as when it is fetched.
const MAX_BYTES: u64 = 1 << 20;
/// How many of the keys that cannot be used are told of.
const MAX_REFUSED: usize = 8;

/// Keys that remember whose they are.
#[derive(Debug)]
pub(super) struct Keys {
    source: Box<dyn KeySource>,
    /// What is expected of the token that names one.
    expectation: String,
    issuer: OnceLock<String>,
}

impl Keys {
    pub(super) fn of(args: &VerifyToken, names_key_set: bool) -> Result<Self, (Exit, String)> {
        let (source, expectation): (Box<dyn KeySource>, _) = if let Some(path) = &args.jwks {
            let name = capped(&path.to_string_lossy());
            (
                Box::new(from_file(path, &name)?),
                format!("a kid and alg of a key in {name}"),
            )
        } else if let Some(pem) = &args.public_key {
            (
                Box::new(from_pem(pem, args)?),
                "the alg of the key given".to_owned(),
            )
        } else {
            (
                Box::new(remote(args, names_key_set)),
                "a kid and alg of a key of the issuer's".to_owned(),
            )
        };
        Ok(Self {
            source,
            expectation,
            issuer: OnceLock::new(),
        })
    }

    pub(super) fn expectation(&self) -> &str {
        &self.expectation
    }

    /// The issuer of the verifier that the keys were given to.
    pub(super) fn issuer(&self) -> &str {
        self.issuer.get().map_or("", String::as_str)
    }

    /// The keys that cannot be used, each in words.
    pub(super) fn refused(&self) -> Vec<String> {
        let Some(keys) = self.source.current() else {
            return Vec::new();
        };
        let refused = keys.refused().iter().take(MAX_REFUSED);
        refused
            .map(|error| format!("cannot be used: {}", capped(&error.to_string())))
            .collect()
    }
}

fn from_file(path: &Path, name: &str) -> Result<StaticKeys, (Exit, String)> {
    let mut json = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut json));
    read.map_err(|error| (Exit::CannotBeRead, format!("the key set {name}: {error}")))?;
    StaticKeys::from_jwks(&json).map_err(|error| {
        let error = capped(&error.to_string());
        (Exit::Usage, format!("the key set {name}: {error}"))
    })
}

fn from_pem(pem: &str, args: &VerifyToken) -> Result<StaticKeys, (Exit, String)> {
    public_key::parsed(pem, |pem| match args.algorithm.first() {
        Some(algorithm) => StaticKeys::from_pem_for(pem, *algorithm),
        None => StaticKeys::from_pem(pem),
    })
}

fn remote(args: &VerifyToken, names_key_set: bool) -> RemoteKeys {
    let keys = match args.fetch.as_deref() {
        Some(url) if !url.is_empty() => RemoteKeys::from_url(url),
        _ if names_key_set => RemoteKeys::new(),
        _ => RemoteKeys::discover(),
    };
    if args.insecure_http_to_loopback {
        keys.insecure_allow_http_to_loopback()
    } else {
        keys
    }
}

impl KeySource for Keys {
    fn bind(&self, issuer: &str, key_set_url: Option<&str>) -> Result<(), ConfigError> {
        self.issuer.get_or_init(|| issuer.to_owned());
        self.source.bind(issuer, key_set_url)
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        self.source.current()
    }

    fn generation(&self) -> Option<Generation> {
        self.source.generation()
    }

    fn refresh(&self, wanted: WantedKey<'_>) -> Option<KeyFuture> {
        self.source.refresh(wanted)
    }
}
