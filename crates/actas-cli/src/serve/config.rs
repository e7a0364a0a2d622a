//! What can be set. The file `actas.toml` beside this crate says what each means.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use actas_core::Algorithm;
use serde::{Deserialize, Deserializer};

use super::grant::Grant;
use super::secret::Secret;

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Config {
    pub(super) listen: SocketAddr,
    pub(super) issuer: Option<String>,
    pub(super) key_file: Option<PathBuf>,
    pub(super) published_keys: Option<String>,
    pub(super) trusted_proxies: Option<Vec<String>>,
    pub(super) shutdown_seconds: Seconds,
    pub(super) log: Log,
    pub(super) insecure_http_to_loopback: bool,
    pub(super) insecure_cookies_on_loopback: bool,
    pub(super) database: Database,
    pub(super) sessions: Sessions,
    pub(super) tokens: Tokens,
    pub(super) users: Users,
    pub(super) start: Start,
    pub(super) approve: Grant,
    pub(super) revoke: Grant,
    pub(super) list: Grant,
    pub(super) terms: Terms,
    pub(super) exchange: Exchange,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8480)),
            issuer: None,
            key_file: None,
            published_keys: None,
            trusted_proxies: None,
            shutdown_seconds: Seconds(20),
            log: Log::Info,
            insecure_http_to_loopback: false,
            insecure_cookies_on_loopback: false,
            database: Database::default(),
            sessions: Sessions::default(),
            tokens: Tokens::default(),
            users: Users::default(),
            start: Start::default(),
            approve: Grant::default(),
            revoke: Grant::default(),
            list: Grant::default(),
            terms: Terms::default(),
            exchange: Exchange::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Log {
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Database {
    pub(super) sqlite: Option<PathBuf>,
    pub(super) postgres: Option<Secret>,
    pub(super) audit_key_file: Option<PathBuf>,
    pub(super) deadline_seconds: Option<Seconds>,
    pub(super) grace_seconds: Option<Seconds>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Sessions {
    pub(super) clerk: Option<String>,
    pub(super) issuer: Option<String>,
    pub(super) keys: Option<String>,
    pub(super) typ: Option<String>,
    pub(super) claims: Vec<String>,
    pub(super) claims_differ: Option<[String; 2]>,
    pub(super) algorithms: Vec<Name<Algorithm>>,
    pub(super) audiences: Vec<String>,
    pub(super) authorized_parties: Vec<String>,
    pub(super) cookies: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Tokens {
    pub(super) audiences: Vec<String>,
    pub(super) authorized_party: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Users {
    pub(super) url: Option<String>,
    pub(super) secret: Option<Secret>,
    pub(super) actor_roles: Vec<String>,
    pub(super) protected_roles: Vec<String>,
    pub(super) across_organizations: bool,
    pub(super) limit_seconds: Option<Seconds>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Start {
    pub(super) who: Grant,
    pub(super) insecure_any_user: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Terms {
    pub(super) reason_characters: Option<[usize; 2]>,
    pub(super) max_duration_seconds: Option<Seconds>,
    pub(super) idle_seconds: Option<Seconds>,
    pub(super) ticket_seconds: Option<Seconds>,
    pub(super) fresh_login_seconds: Option<Seconds>,
    pub(super) starts_per_hour: Option<u32>,
    pub(super) concurrent_sessions: Option<u32>,
    pub(super) recheck_seconds: Option<Seconds>,
    pub(super) consent: bool,
    pub(super) approval: bool,
    pub(super) approval_seconds: Option<Seconds>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Exchange {
    pub(super) audiences: Vec<String>,
    pub(super) clients: Vec<Client>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Client {
    pub(super) id: String,
    pub(super) secret_hash: Secret,
    pub(super) next_secret_hash: Option<Secret>,
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) may_name_users: bool,
}

/// Whole seconds.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct Seconds(u64);

impl Seconds {
    pub(super) const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

/// What is read from its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name<T>(pub(super) T);

impl<'de, T: std::str::FromStr<Err: std::fmt::Display>> Deserialize<'de> for Name<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map(Self).map_err(serde::de::Error::custom)
    }
}
