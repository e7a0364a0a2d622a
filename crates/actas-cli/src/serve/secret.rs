use std::env;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use toml::Value;

use super::failure::Failure;

/// Bytes of the longest secret.
const MAX_BYTES: u64 = 4096;

/// Where a secret is: never in the settings themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Secret {
    /// In a variable of the environment.
    Variable(String),
    /// In a file, alone. A line feed at its end is no part of it.
    File(PathBuf),
}

impl Secret {
    /// The secret itself. `name` is the setting's.
    pub(super) fn read(&self, name: &str) -> Result<String, Failure> {
        let secret = match self {
            Self::Variable(variable) => env::var(variable).map_err(|_| {
                Failure::setting(format!(
                    "{name}: the variable {variable} is not set, or no text"
                ))
            })?,
            Self::File(path) => {
                let mut text = String::new();
                let read = File::open(path)
                    .and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text));
                read.map_err(|error| {
                    Failure::outside(format!("{name}: the file {}: {error}", path.display()))
                })?;
                text
            }
        };
        let secret = secret.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(Failure::setting(format!("{name}: the secret is empty")));
        }
        Ok(secret.to_owned())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An error must not repeat what stands here: it may be the secret itself.
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let secret = match Value::deserialize(deserializer)? {
            Value::Table(table) if table.len() == 1 => {
                let variable = table.get("env").and_then(text).map(Self::Variable);
                let file = table.get("file").and_then(text);
                variable.or(file.map(|path| Self::File(path.into())))
            }
            _ => None,
        };
        secret.ok_or_else(|| {
            D::Error::custom(
                "a secret stands elsewhere: { env = \"VARIABLE\" } or { file = \"PATH\" }",
            )
        })
    }
}
