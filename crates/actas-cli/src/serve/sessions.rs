use std::sync::{Arc, OnceLock};

use actas_core::{
    ConfigError, Generation, KeyFuture, KeySet, KeySource, NoKeys, Separator, Verifier,
    VerifierBuilder, WantedKey, WithKeys,
};
use actas_jwks::RemoteKeys;

use super::config::{Name, Sessions};
use super::failure::Failure;

/// The keys of the application's own sessions, which remember whose they are.
#[derive(Clone, Debug)]
pub(super) struct SessionKeys {
    keys: RemoteKeys,
    issuer: Arc<OnceLock<String>>,
}

impl SessionKeys {
    /// The issuer of the verifier that has been built with them.
    pub(super) fn issuer(&self) -> String {
        self.issuer.get().cloned().unwrap_or_default()
    }

    /// Fetches them unless they are there, and tells whether they are. The log says why not.
    pub(super) async fn are_there(&self) -> bool {
        self.keys.prefetch().await.is_ok()
    }
}

impl KeySource for SessionKeys {
    fn bind(&self, issuer: &str, key_set_url: Option<&str>) -> Result<(), ConfigError> {
        self.issuer.get_or_init(|| issuer.to_owned());
        self.keys.bind(issuer, key_set_url)
    }

    fn current(&self) -> Option<Arc<KeySet>> {
        self.keys.current()
    }

    fn generation(&self) -> Option<Generation> {
        self.keys.generation()
    }

    fn refresh(&self, wanted: WantedKey<'_>) -> Option<KeyFuture> {
        self.keys.refresh(wanted)
    }
}

/// What verifies the application's own sessions, in the making, and their keys.
pub(super) fn verifier(
    sessions: &Sessions,
    http_to_loopback: bool,
) -> Result<(VerifierBuilder<WithKeys>, SessionKeys), Failure> {
    let (builder, keys) = profile(sessions, http_to_loopback)?;
    let keys = SessionKeys {
        keys,
        issuer: Arc::default(),
    };
    Ok((builder.with_keys(keys.clone()), keys))
}

/// What is wrong with a setting of a verifier.
pub(super) fn refused(error: &ConfigError) -> Failure {
    Failure::setting(format!("sessions: {error}"))
}

fn profile(
    sessions: &Sessions,
    http_to_loopback: bool,
) -> Result<(VerifierBuilder<NoKeys>, RemoteKeys), Failure> {
    let (mut builder, mut keys) = match (&sessions.clerk, &sessions.issuer) {
        (Some(key), None) if !has_profile_of_its_own(sessions) => {
            let builder = Verifier::clerk(key).map_err(|error| refused(&error))?;
            (builder, RemoteKeys::new())
        }
        (Some(_), None) => {
            return Err(Failure::setting(
                "sessions: keys, typ, claims, claims_differ and algorithms follow from the publishable key of Clerk: leave them out",
            ));
        }
        (None, Some(issuer)) => {
            let separator = separator(sessions)?;
            let builder = Verifier::builder(issuer).separated_by(separator);
            let keys = sessions.keys.as_ref();
            (
                builder,
                keys.map_or_else(RemoteKeys::discover, RemoteKeys::from_url),
            )
        }
        _ => {
            return Err(Failure::setting(
                "sessions: say whose the application's sessions are, by either sessions.clerk or sessions.issuer",
            ));
        }
    };
    if http_to_loopback {
        keys = keys.insecure_allow_http_to_loopback();
    }
    if !sessions.algorithms.is_empty() {
        let algorithms = sessions.algorithms.iter();
        builder = builder.with_algorithms(algorithms.map(|Name(algorithm)| *algorithm));
    }
    if !sessions.audiences.is_empty() {
        builder = builder.with_audiences(&sessions.audiences);
    }
    if !sessions.authorized_parties.is_empty() {
        builder = builder.with_authorized_parties(&sessions.authorized_parties);
    }
    if !sessions.cookies.is_empty() {
        builder = builder.with_cookie_names(&sessions.cookies);
    }
    Ok((builder, keys))
}

fn has_profile_of_its_own(sessions: &Sessions) -> bool {
    sessions.keys.is_some()
        || sessions.typ.is_some()
        || sessions.claims_differ.is_some()
        || !sessions.claims.is_empty()
        || !sessions.algorithms.is_empty()
}

fn separator(sessions: &Sessions) -> Result<Separator, Failure> {
    let typ = sessions.typ.iter().map(Separator::typ);
    let claims = sessions
        .claims
        .iter()
        .map(|claim| match claim.split_once('=') {
            Some((name, value)) => Separator::claim_is(name, value),
            None => Separator::claim(claim),
        });
    let differ = sessions.claims_differ.iter();
    let differ = differ.map(|[name, from]| Separator::claims_differ(name, from));
    let all = typ.chain(claims).chain(differ).reduce(Separator::and);
    all.ok_or_else(|| {
        Failure::setting(
            "sessions: every token of the issuer would pass for a session's: say what sets those apart, by sessions.typ, sessions.claims or sessions.claims_differ",
        )
    })
}
