use std::path::PathBuf;
use std::time::Duration;

use actas_audit::SigningKey;
use actas_core::Verifier;
use actas_issuer::exchange::ExchangeClient;
use actas_issuer::{Issuer, KeyFile, RolePolicy};

use super::config::{Client, Config, Seconds, Users};
use super::directory::Directory;
use super::failure::Failure;
use super::policy::{Policy, Readers};
use super::secret::Secret;
use super::{sessions, web};

const USERS_LIMIT: Duration = Duration::from_secs(2);

/// What is served, judged as far as that can be done without the database and the network.
pub(super) struct Plan {
    pub(super) config: Config,
    pub(super) issuer: Issuer,
    /// `iss` of the application's own sessions.
    pub(super) users: String,
    pub(super) database: Database,
    pub(super) policy: Policy,
    pub(super) readers: Readers,
    pub(super) clients: Vec<ExchangeClient>,
}

/// Where the record and the starts are kept.
pub(super) enum Database {
    Sqlite(PathBuf),
    /// By its URL, which may hold a password.
    Postgres(String),
}

impl Plan {
    pub(super) fn of(mut config: Config) -> Result<Self, Failure> {
        let issuer = issuer(&config)?;
        let (builder, keys) =
            sessions::verifier(&config.sessions, config.insecure_http_to_loopback)?;
        builder.build().map_err(|error| sessions::refused(&error))?;
        let users = keys.issuer();
        if users == issuer.url() {
            return Err(Failure::setting(
                "issuer: it is the issuer of the application's own sessions: give this one a URL of its own",
            ));
        }
        for (name, grant) in [
            ("start.who", &config.start.who),
            ("approve", &config.approve),
            ("revoke", &config.revoke),
            ("list", &config.list),
        ] {
            grant.check(name)?;
        }
        if config.terms.approval && config.approve.is_empty() {
            return Err(Failure::setting(
                "terms.approval: nobody may approve: say who by the table approve",
            ));
        }
        let policy = Policy {
            issuer: users.clone(),
            start: std::mem::take(&mut config.start.who),
            approve: std::mem::take(&mut config.approve),
            revoke: std::mem::take(&mut config.revoke),
            users: directory(&config.users, config.insecure_http_to_loopback, &users)?,
            audiences: config.tokens.audiences.clone(),
            authorized_party: config.tokens.authorized_party.clone(),
        };
        judge_start(&policy, config.start.insecure_any_user)?;
        let clients = config.exchange.clients.iter().map(client);
        Ok(Self {
            clients: clients.collect::<Result<_, _>>()?,
            database: database(&config)?,
            readers: Readers {
                issuer: users.clone(),
                list: std::mem::take(&mut config.list),
            },
            config,
            issuer,
            users,
            policy,
        })
    }
}

/// What tokens of this issuer may be for; empty where they name no audience.
pub(super) fn audiences(config: &Config) -> Vec<&String> {
    let audiences = config.tokens.audiences.iter();
    audiences.chain(&config.exchange.audiences).collect()
}

fn issuer(config: &Config) -> Result<Issuer, Failure> {
    let url = required("issuer", config.issuer.as_ref())?;
    let file = required("key_file", config.key_file.as_ref())?;
    let keys = KeyFile::open(file).map_err(|error| {
        let name = file.display();
        Failure::outside(format!(
            "key_file: {error}; `actas keys generate {name}` makes one"
        ))
    })?;
    Issuer::new(url, keys).map_err(|error| Failure::setting(format!("issuer: {error}")))
}

fn database(config: &Config) -> Result<Database, Failure> {
    let place = &config.database;
    let database = match (&place.sqlite, &place.postgres) {
        (Some(path), None) => Database::Sqlite(path.clone()),
        (None, Some(url)) => Database::Postgres(url.read("database.postgres")?),
        _ => {
            return Err(Failure::setting(
                "database: say where the record is kept, by either database.sqlite or database.postgres",
            ));
        }
    };
    match &place.audit_key_file {
        // One that is not there is made.
        Some(path) if path.exists() => {
            let opened = SigningKey::open(path);
            opened
                .map_err(|error| Failure::outside(format!("database.audit_key_file: {error}")))?;
        }
        None if matches!(database, Database::Postgres(_)) => {
            return Err(Failure::setting(
                "database.audit_key_file: name the file of the key that signs the record: the same for all nodes, and not where the database is",
            ));
        }
        _ => (),
    }
    Ok(database)
}

fn directory(
    users: &Users,
    http_to_loopback: bool,
    issuer: &str,
) -> Result<Option<RolePolicy<Directory>>, Failure> {
    let Some(url) = &users.url else {
        let is_set = users.secret.is_some()
            || !users.actor_roles.is_empty()
            || !users.protected_roles.is_empty()
            || users.across_organizations;
        if is_set {
            return Err(Failure::setting(
                "users.url: say where the directory is asked",
            ));
        }
        return Ok(None);
    };
    let url = web::judged("users.url", url, http_to_loopback)?;
    let secret = required("users.secret", users.secret.as_ref())?.read("users.secret")?;
    if users.actor_roles.is_empty() {
        return Err(Failure::setting(
            "users.actor_roles: say which roles in the directory an actor must have one of",
        ));
    }
    let limit = users.limit_seconds.map_or(USERS_LIMIT, Seconds::duration);
    let directory = Directory::new(url, &secret, limit, issuer.to_owned())?;
    let policy =
        RolePolicy::new(directory, &users.actor_roles).with_protected_roles(&users.protected_roles);
    Ok(Some(if users.across_organizations {
        policy.across_organizations()
    } else {
        policy
    }))
}

fn judge_start(policy: &Policy, any_user: bool) -> Result<(), Failure> {
    match (&policy.users, policy.start.is_empty()) {
        (Some(_), _) if any_user => Err(Failure::setting(
            "start.insecure_any_user: the directory of users says who may be acted as: leave it out",
        )),
        (None, false) if !any_user => Err(Failure::setting(
            "start: without a directory (users.url) nothing is known of the user, who may be an admin: give one, or let anybody be acted as by start.insecure_any_user",
        )),
        (None, true) if any_user => Err(Failure::setting("start.who: say who may start")),
        _ => Ok(()),
    }
}

fn client(client: &Client) -> Result<ExchangeClient, Failure> {
    let hash = |name: &str, secret: &Secret| {
        let name = format!("exchange.clients, {name} of {:?}", client.id);
        let hash = secret.read(&name)?.parse();
        hash.map_err(|error| Failure::setting(format!("{name}: {error}")))
    };
    let mut made = ExchangeClient::new(&client.id, hash("secret_hash", &client.secret_hash)?);
    if let Some(next) = &client.next_secret_hash {
        made = made.add_secret(hash("next_secret_hash", next)?);
    }
    if let Some(reason) = &client.reason {
        made = made.with_reason(reason);
    }
    Ok(if client.may_name_users {
        made.allowed_to_name_users()
    } else {
        made
    })
}

fn required<'c, T>(name: &str, setting: Option<&'c T>) -> Result<&'c T, Failure> {
    let variable = name.to_ascii_uppercase().replace('.', "__");
    setting.ok_or_else(|| {
        Failure::setting(format!(
            "{name}: it must be set, in the file or by ACTAS__{variable}"
        ))
    })
}

/// Judges a verifier that is built, for its errors.
pub(super) fn built(
    verifier: Result<Verifier, actas_core::ConfigError>,
) -> Result<Verifier, Failure> {
    verifier.map_err(|error| sessions::refused(&error))
}
