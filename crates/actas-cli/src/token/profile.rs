//! Whose tokens are expected, and what is expected of them.

use actas_core::{Algorithm, ConfigError, NoKeys, Separator, Verifier, VerifierBuilder};

use super::shown::capped;
use crate::token_args::VerifyToken;

/// What an issuer's profile in `actas_core` expects of its session tokens, in words.
#[derive(Clone, Copy)]
struct Traits {
    algorithms: &'static [Algorithm],
    types: &'static [&'static str],
    has_category: bool,
    requires_session_id: bool,
    separator: &'static [&'static str],
    /// The claims that the separator reads.
    claims: &'static [&'static str],
    names_key_set: bool,
}

const ANY: Traits = Traits {
    algorithms: &[Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa],
    types: &[],
    has_category: false,
    requires_session_id: false,
    separator: &[],
    claims: &[],
    names_key_set: false,
};
const RFC9068: Traits = Traits {
    types: &["at+jwt"],
    separator: &["a client_id", "a sub that differs from it"],
    claims: &["client_id", "sub"],
    ..ANY
};
const CLERK: Traits = Traits {
    algorithms: &[Algorithm::Rs256],
    has_category: true,
    requires_session_id: true,
    separator: &["a sid"],
    claims: &["sid"],
    names_key_set: true,
    ..ANY
};
const WORKOS: Traits = Traits {
    algorithms: &[Algorithm::Rs256],
    requires_session_id: true,
    separator: &[
        "a sid that begins with session_",
        "a sub that begins with user_",
    ],
    claims: &["sid", "sub"],
    names_key_set: true,
    ..ANY
};
const AUTH0: Traits = Traits {
    algorithms: &[Algorithm::Rs256],
    types: &["at+jwt"],
    separator: &[
        "a client_id",
        "a sub that differs from it and does not end with @clients",
        "sub_profile absent or a user's",
    ],
    claims: &["client_id", "sub", "sub_profile"],
    names_key_set: true,
    ..ANY
};
const KEYCLOAK: Traits = Traits {
    algorithms: &[Algorithm::Rs256],
    requires_session_id: true,
    separator: &[
        "typ Bearer",
        "a sid",
        "a jti that names a user's grant",
        "preferred_username absent or no service account's",
    ],
    claims: &["typ", "sid", "jti", "preferred_username"],
    names_key_set: true,
    ..ANY
};
const ZITADEL: Traits = Traits {
    algorithms: &[Algorithm::Rs256],
    separator: &["a jti V2_…-at_…", "a client_id that is one of those given"],
    claims: &["jti", "client_id"],
    names_key_set: true,
    ..ANY
};
const LOGTO: Traits = Traits {
    algorithms: &[Algorithm::Es384, Algorithm::Es256, Algorithm::Rs256],
    names_key_set: true,
    ..RFC9068
};

/// What is expected of a token, for show: the verifier knows it for itself.
pub(super) struct Expected {
    pub(super) algorithms: Vec<Algorithm>,
    pub(super) types: Vec<String>,
    pub(super) has_category: bool,
    pub(super) requires_session_id: bool,
    /// What sets a session token apart, in words.
    pub(super) separator: Vec<String>,
    /// The claims that it reads.
    pub(super) separator_claims: Vec<String>,
    pub(super) audiences: Vec<String>,
    pub(super) authorized_parties: Vec<String>,
    pub(super) leeway: u64,
    pub(super) pending_sessions: bool,
}

/// A verifier in the making, and what it will expect.
pub(super) struct Profile {
    pub(super) builder: VerifierBuilder<NoKeys>,
    pub(super) expected: Expected,
    /// Whether the profile says where the issuer's keys are.
    pub(super) names_key_set: bool,
}

impl Profile {
    pub(super) fn of(args: &VerifyToken) -> Result<Self, String> {
        let added = Added::of(args)?;
        let (mut builder, traits) = named(args, &added)?;
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let mut expected = Expected {
            algorithms: traits.algorithms.to_vec(),
            types: owned(traits.types),
            has_category: traits.has_category,
            requires_session_id: traits.requires_session_id,
            separator: owned(traits.separator),
            separator_claims: owned(traits.claims),
            audiences: args.audience.clone(),
            authorized_parties: args.authorized_party.clone(),
            leeway: args.leeway,
            pending_sessions: args.pending_sessions,
        };
        for Added {
            separator,
            expectation,
            claims,
        } in added
        {
            builder = builder.add_separator(separator);
            expected.separator.extend(expectation);
            for claim in claims {
                if !expected.separator_claims.contains(&claim) {
                    expected.separator_claims.push(claim);
                }
            }
        }
        expected.types.extend(args.typ.clone());
        builder = builder
            .with_leeway(args.leeway)
            .with_pending_sessions(args.pending_sessions);
        if !args.audience.is_empty() {
            builder = builder.with_audiences(&args.audience);
        }
        if !args.authorized_party.is_empty() {
            builder = builder.with_authorized_parties(&args.authorized_party);
        }
        if !args.algorithm.is_empty() {
            builder = builder.with_algorithms(args.algorithm.iter().copied());
            expected.algorithms.clone_from(&args.algorithm);
        }
        Ok(Self {
            builder,
            expected,
            names_key_set: traits.names_key_set,
        })
    }
}

/// The profile that is named, as `actas_core` has it.
fn named(args: &VerifyToken, added: &[Added]) -> Result<(VerifierBuilder<NoKeys>, Traits), String> {
    let audience = args.audience.first().map_or("", String::as_str);
    let (builder, traits) = if let Some(key) = &args.clerk {
        (Verifier::clerk(key), CLERK)
    } else if let Some(client_id) = &args.workos {
        (Verifier::workos(client_id), WORKOS)
    } else if let Some(domain) = &args.auth0 {
        (Verifier::auth0(domain, audience), AUTH0)
    } else if let Some(url) = &args.keycloak {
        (Verifier::keycloak(url, audience), KEYCLOAK)
    } else if let Some(url) = &args.zitadel {
        (Verifier::zitadel(url, audience, &args.client_id), ZITADEL)
    } else if let Some(url) = &args.logto {
        (Verifier::logto(url, audience), LOGTO)
    } else {
        let issuer = args.issuer.clone().unwrap_or_default();
        if args.rfc9068 {
            (Ok(Verifier::rfc9068(issuer, audience)), RFC9068)
        } else {
            (any(issuer, added), ANY)
        }
    };
    Ok((builder.map_err(|error| setting(&error))?, traits))
}

/// What is wrong with a setting, by the names of the options.
pub(super) fn setting(error: &ConfigError) -> String {
    match error {
        ConfigError::NoKeyForAlgorithms => {
            "no key serves the algorithms that are taken: name the key's by --algorithm".to_owned()
        }
        ConfigError::NoSeparator => {
            "every token of the issuer would pass for a session's: say what sets those apart, by --rfc9068, --typ, --claim or --claims-differ"
                .to_owned()
        }
        error => capped(&error.to_string()),
    }
}

fn any(issuer: String, added: &[Added]) -> Result<VerifierBuilder<NoKeys>, ConfigError> {
    let first = added.first().ok_or(ConfigError::NoSeparator)?;
    Ok(Verifier::builder(issuer).separated_by(first.separator.clone()))
}

/// One more thing that sets session tokens apart.
struct Added {
    separator: Separator,
    /// In words, but for the type of the token, which has a rule of its own.
    expectation: Option<String>,
    claims: Vec<String>,
}

impl Added {
    fn of(args: &VerifyToken) -> Result<Vec<Self>, String> {
        let typ = args.typ.iter().map(|typ| Self {
            separator: Separator::typ(typ),
            expectation: None,
            claims: Vec::new(),
        });
        let claims = args.claim.iter().map(|claim| match claim.split_once('=') {
            Some((name, value)) => Self {
                separator: Separator::claim_is(name, value),
                expectation: Some(format!("{name} {value}")),
                claims: vec![name.to_owned()],
            },
            None => Self {
                separator: Separator::claim(claim),
                expectation: Some(format!("a {claim}")),
                claims: vec![claim.clone()],
            },
        });
        let mut added: Vec<Self> = typ.chain(claims).collect();
        if let Some(names) = &args.claims_differ {
            let (name, from) = names
                .split_once(',')
                .ok_or("--claims-differ takes two names with a comma between them")?;
            added.push(Self {
                separator: Separator::claims_differ(name, from),
                expectation: Some(format!("a {name} that differs from {from}")),
                claims: vec![name.to_owned(), from.to_owned()],
            });
        }
        Ok(added)
    }
}
