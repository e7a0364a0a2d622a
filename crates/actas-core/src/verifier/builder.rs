use std::fmt;
use std::sync::Arc;

use crate::audit::{Audit, AuditSink, TrustedProxies};
use crate::clock::{Clock, SystemClock};
use crate::config_error::ConfigError;
use crate::keys::{Algorithm, KeySet, KeySource};
use crate::refusal::{Refusal, RefusalBody, Refusals, RefusedRequest};
use crate::rules::{AudienceRule, Rules};
use crate::separator::Separator;
use crate::session::Shared;
use crate::token::source::Sources;
use crate::token_cache::{TokenCache, VerifiedTokens};
use crate::user_ids::UserIds;
use crate::verifier::inner::Inner;
use crate::verifier::judge::{Court, Judge};
use crate::verifier::known_headers::KnownHeaders;
use crate::verifier::verify::Verifier;

/// Seconds by which clocks may differ.
const LEEWAY: u64 = 5;
/// Seconds beyond which no leeway can be raised: it would keep ended sessions alive.
const MAX_LEEWAY: u64 = 300;
/// Bytes below which a key could be guessed, and the ids with it.
const MIN_USER_ID_KEY_BYTES: usize = 16;
/// Bytes of the largest token: what servers take as a header.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// Bytes beyond which no limit on tokens can be raised.
const MAX_MAX_TOKEN_BYTES: usize = 1024 * 1024;

impl Verifier {
    /// A verifier for the tokens of any issuer: first say what sets its session tokens apart.
    ///
    /// `issuer` is the exact value of their `iss`.
    ///
    /// ```
    /// use actas_core::{Separator, StaticKeys, Verifier};
    ///
    /// # fn example(jwks: &str) -> Result<(), actas_core::ConfigError> {
    /// let verifier = Verifier::builder("https://login.example.com")
    ///     .separated_by(Separator::typ("at+jwt").and(Separator::claim("client_id")))
    ///     .with_keys(StaticKeys::from_jwks(jwks)?)
    ///     .with_audience("https://api.example.com")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn builder(issuer: impl Into<String>) -> ProfileBuilder {
        ProfileBuilder {
            issuer: issuer.into(),
        }
    }
}

/// A verifier in the making, which does not know yet what sets a session token apart.
#[derive(Clone, Debug)]
pub struct ProfileBuilder {
    issuer: String,
}

impl ProfileBuilder {
    /// Says what sets a session token apart from the issuer's other tokens.
    pub fn separated_by(self, separator: Separator) -> VerifierBuilder<NoKeys> {
        VerifierBuilder {
            rules: Rules {
                issuer: self.issuer,
                algorithms: vec![Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa],
                separator,
                categories: None,
                audience: AudienceRule::NoneExpected,
                authorized_parties: Vec::new(),
                leeway: LEEWAY,
                max_token_bytes: MAX_TOKEN_BYTES,
                session_id_required: false,
                pending_sessions: false,
                watched: Vec::new(),
            },
            key_set_url: None,
            keys: NoKeys,
            sources: Sources::default(),
            check_cross_site: true,
            token_cache: Some(TokenCache::new()),
            clock: Arc::new(SystemClock),
            refusals: Refusals::default(),
            audit: None,
            runs_unrecorded: false,
            user_id_key: None,
            trusted_proxies: None,
        }
    }
}

/// The state of a [`VerifierBuilder`] that was given no keys: it has no `build`.
#[derive(Clone, Copy, Debug)]
pub struct NoKeys;

/// The state of a [`VerifierBuilder`] that was given keys.
#[derive(Clone, Debug)]
pub struct WithKeys(Arc<dyn KeySource>);

/// A verifier in the making. Every setting has a safe default.
#[derive(Clone)]
#[must_use]
pub struct VerifierBuilder<K> {
    rules: Rules,
    key_set_url: Option<String>,
    keys: K,
    sources: Sources,
    check_cross_site: bool,
    token_cache: Option<TokenCache>,
    clock: Arc<dyn Clock>,
    refusals: Refusals,
    audit: Option<Arc<dyn AuditSink>>,
    runs_unrecorded: bool,
    user_id_key: Option<Vec<u8>>,
    trusted_proxies: Option<Vec<String>>,
}

impl<K> VerifierBuilder<K> {
    /// Where the keys come from. Without keys, a verifier does not build.
    pub fn with_keys(self, keys: impl KeySource + 'static) -> VerifierBuilder<WithKeys> {
        VerifierBuilder {
            rules: self.rules,
            key_set_url: self.key_set_url,
            keys: WithKeys(Arc::new(keys)),
            sources: self.sources,
            check_cross_site: self.check_cross_site,
            token_cache: self.token_cache,
            clock: self.clock,
            refusals: self.refusals,
            audit: self.audit,
            runs_unrecorded: self.runs_unrecorded,
            user_id_key: self.user_id_key,
            trusted_proxies: self.trusted_proxies,
        }
    }

    /// The algorithms to take tokens in. A key verifies the one algorithm it is bound to, and only if it is named here. By default, those the profile names: RS256, ES256 and `EdDSA` where it names none.
    ///
    pub fn with_algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.rules.algorithms = algorithms.into_iter().collect();
        self
    }

    /// The parties that a token may have been issued to: its `azp` must be one of them.
    ///
    /// At Clerk a party is the origin of a front end (`https://app.example.com`), and naming yours keeps other
    /// subdomains' sessions out. Their origins also count as own in the check of cross-site requests. By default, any
    /// `azp` is taken that is a non-empty string, and none is required.
    pub fn with_authorized_parties<P: Into<String>>(
        mut self,
        parties: impl IntoIterator<Item = P>,
    ) -> Self {
        self.rules.authorized_parties = named(parties);
        self
    }

    /// The one audience that a token must name. By default, the profile's; without one, a token that names any audience
    /// is refused (RFC 7519 §4.1.3).
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        self.with_audiences([audience])
    }

    /// The audiences of which a token must name one. By default, the profile's; without one, a token that names any
    /// audience is refused (RFC 7519 §4.1.3).
    pub fn with_audiences<A: Into<String>>(
        mut self,
        audiences: impl IntoIterator<Item = A>,
    ) -> Self {
        self.rules.audience = AudienceRule::OneOf(named(audiences));
        self
    }

    /// Takes tokens whatever audience they name, and so tokens meant for other services of the same issuer. By default,
    /// `aud` is judged.
    pub fn insecure_without_audience_check(mut self) -> Self {
        self.rules.audience = AudienceRule::Unchecked;
        self
    }

    /// How far the issuer's clock and this one may differ, in seconds: at most 300. By default, 5.
    pub fn with_leeway(mut self, seconds: u64) -> Self {
        self.rules.leeway = seconds;
        self
    }

    /// The size of the largest token, in bytes: at most 1 MiB. By default, 16 KiB.
    pub fn with_max_token_bytes(mut self, bytes: usize) -> Self {
        self.rules.max_token_bytes = bytes;
        self
    }

    /// Asks for one more thing that sets a session token apart. By default, the profile's separator is all.
    pub fn add_separator(mut self, separator: Separator) -> Self {
        self.rules.separator = self.rules.separator.and(separator);
        self
    }

    /// The classes of token (`cat` in the header, a Clerk extension) that are sessions; a token without a class passes.
    /// By default, Clerk's class of session tokens for Clerk, and no judgement elsewhere.
    pub fn with_categories<C: Into<String>>(
        mut self,
        categories: impl IntoIterator<Item = C>,
    ) -> Self {
        self.rules.categories = Some(categories.into_iter().map(Into::into).collect());
        self
    }

    /// Whether a token must have a `sid`. By default, where the profile's separator says so.
    pub fn with_session_id_required(mut self, required: bool) -> Self {
        self.rules.session_id_required = required;
        self
    }

    /// Whether a session that has tasks to complete (`sts: pending` at Clerk) counts as signed in. A token whose `sts` is
    /// neither `pending` nor `active` never does. By default, it does not: such a request is refused with 401
    /// `session_pending`.
    pub fn with_pending_sessions(mut self, taken: bool) -> Self {
        self.rules.pending_sessions = taken;
        self
    }

    /// The names of the session cookie: the first that is there decides. By default, Clerk's for Clerk, and none
    /// elsewhere.
    pub fn with_cookie_names<N: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        self.sources.cookie_names = names.into_iter().map(Into::into).collect();
        self
    }

    /// Takes impersonated sessions from a cookie of their own, usually [`IMPERSONATION_COOKIE`](crate::IMPERSONATION_COOKIE):
    /// a setting of the issuer that mints them. Tokens in it are accepted only by this verifier, and only with `act`.
    ///
    /// It is looked at before every other credential, and where it is there, it decides:
    ///
    /// - Beside `Authorization: Bearer` or a token in `Sec-WebSocket-Protocol`, the request is refused with 400
    ///   `invalid_request`.
    /// - Its token has expired: 401 `impersonation_ended`, until the cookie is deleted. It never turns into the admin's own
    ///   session, nor into nobody's where authentication is optional.
    /// - A session cookie beside it, of this verifier or of one [behind the same](Verifier::any_of), must be the actor's own:
    ///   its signature holds by the rules of its issuer, `iss` and `sub` are the issuer and the subject of the actor, and
    ///   nobody acts in it. Its expiry does not matter. Otherwise, 401 `actor_mismatch`.
    ///
    /// By default, there is none.
    pub fn with_impersonation_cookie(mut self, name: impl Into<String>) -> Self {
        self.sources.impersonation_cookie = Some(name.into());
        self
    }

    /// Lets a WebSocket upgrade carry the token in `Sec-WebSocket-Protocol`, behind `prefix`:
    /// `new WebSocket(url, ["chat", "bearer." + token])` for the prefix `bearer.`. The application must select another of
    /// the protocols offered. By default, it is not read.
    pub fn with_websocket_protocol(mut self, prefix: impl Into<String>) -> Self {
        self.sources.websocket_protocol = Some(prefix.into());
        self
    }

    /// Takes a cookie credential on requests from other sites that change something, and so leaves them open to
    /// cross-site request forgery. By default, they are refused with 403 `cross_site`.
    pub fn insecure_without_cross_site_check(mut self) -> Self {
        self.check_cross_site = false;
        self
    }

    /// How verified tokens are remembered, so that each is verified once. By default, as [`TokenCache::new`] says.
    pub fn with_token_cache(mut self, cache: TokenCache) -> Self {
        self.token_cache = Some(cache);
        self
    }

    /// Verifies the token of every request anew. By default, a verified token is remembered.
    pub fn without_token_cache(mut self) -> Self {
        self.token_cache = None;
        self
    }

    /// The clock that tokens are judged by. By default, the machine's.
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How refusals are worded: `word` gives the body, by what the client is told and the request that is refused.
    /// By default, a problem document (RFC 9457).
    ///
    /// Status and challenge stay as they are, but for [`RefusalBody::SignIn`], which is a 303 without challenge.
    pub fn with_refusals(
        mut self,
        word: impl Fn(&Refusal, &RefusedRequest<'_>) -> RefusalBody + Send + Sync + 'static,
    ) -> Self {
        self.refusals = Refusals::new(word);
        self
    }

    /// Where impersonated requests are recorded: each is written down before it runs, and one that cannot be is refused
    /// with 503 `audit_unavailable`. Direct requests are not touched.
    ///
    /// By default, nothing is recorded.
    pub fn with_audit(mut self, sink: impl AuditSink + 'static) -> Self {
        self.audit = Some(Arc::new(sink));
        self
    }

    /// Runs an impersonated request that cannot be recorded, and so lets whoever can bring the record to a halt act unseen.
    ///
    /// A line in the log says so each time. By default, it is refused.
    pub fn insecure_run_unrecorded(mut self) -> Self {
        self.runs_unrecorded = true;
        self
    }

    /// Records the client's address, and takes the word of these networks (`10.0.0.0/8`) and addresses for it: where the
    /// connection comes from one of them, the client is the last one in `X-Forwarded-For` that is none of them.
    ///
    /// An empty list is for a server without a proxy before it. By default, no address is recorded.
    pub fn with_trusted_proxies<N: Into<String>>(
        mut self,
        networks: impl IntoIterator<Item = N>,
    ) -> Self {
        self.trusted_proxies = Some(networks.into_iter().map(Into::into).collect());
        self
    }

    /// Writes the HMAC-SHA-256 of user and actor ids into spans and events, in hexadecimal digits, in place of the ids: see
    /// [`Auth::span`](crate::Auth::span). `key` is secret, at least 16 bytes, and the same wherever hashes are to be compared.
    /// Verifiers [behind one](Verifier::any_of) have one key.
    ///
    /// Audit records hold the ids. By default, spans and events do, too.
    pub fn with_hashed_user_ids(mut self, key: impl AsRef<[u8]>) -> Self {
        self.user_id_key = Some(key.as_ref().to_vec());
        self
    }

    pub(crate) fn at(mut self, key_set_url: String) -> Self {
        self.key_set_url = Some(key_set_url);
        self
    }
}

impl VerifierBuilder<WithKeys> {
    /// Builds the verifier.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Setting`] when a setting is empty or out of its bounds, [`ConfigError::NoSeparator`] when every
    /// token of the issuer would pass for a session's, [`ConfigError::NoAlgorithm`] when no algorithm is left,
    /// [`ConfigError::NoKeyForAlgorithms`] when the keys are there and serve none of the algorithms, and whatever the
    /// source of the keys finds wrong with the issuer; [`ConfigError::NoRandomness`] when there are no random bytes for
    /// the fingerprints of tokens.
    pub fn build(mut self) -> Result<Verifier, ConfigError> {
        self.check()?;
        let WithKeys(keys) = self.keys;
        keys.bind(&self.rules.issuer, self.key_set_url.as_deref())?;
        let serves = |keys: &KeySet| {
            self.rules
                .algorithms
                .iter()
                .any(|algorithm| keys.serves(*algorithm))
        };
        if keys.current().is_some_and(|keys| !serves(&keys)) {
            return Err(ConfigError::NoKeyForAlgorithms);
        }
        let proxies = self
            .trusted_proxies
            .map(TrustedProxies::parse)
            .transpose()?;
        self.rules.watched = self.rules.separator.watched();
        let verified = self.token_cache.map(VerifiedTokens::new).transpose()?;
        let trusted_origins = self
            .check_cross_site
            .then(|| self.rules.authorized_parties.clone());
        Ok(Verifier {
            inner: Arc::new(Inner {
                websocket_judges: self.sources.websocket_protocol.iter().map(|_| 0).collect(),
                impersonation_judges: self
                    .sources
                    .impersonation_cookie
                    .iter()
                    .map(|_| 0)
                    .collect(),
                cookie_judges: self.sources.cookie_names.iter().map(|_| vec![0]).collect(),
                sources: self.sources,
                max_token_bytes: self.rules.max_token_bytes,
                judges: vec![Arc::new(Judge {
                    rules: self.rules,
                    keys,
                    known_headers: KnownHeaders::default(),
                    trusted_origins,
                    audit: self.audit.map(|sink| Audit {
                        sink,
                        runs_unrecorded: self.runs_unrecorded,
                        proxies,
                    }),
                })],
                court: Court {
                    shared: Arc::new(Shared {
                        clock: self.clock,
                        refusals: self.refusals,
                        user_ids: self
                            .user_id_key
                            .map(|key| UserIds::hashed(&key))
                            .unwrap_or_default(),
                    }),
                    verified: verified.map(Arc::new),
                },
            }),
        })
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.sources.check()?;
        let rules = &self.rules;
        if rules.algorithms.is_empty() {
            return Err(ConfigError::NoAlgorithm);
        }
        if rules.leeway > MAX_LEEWAY {
            return Err(ConfigError::Setting {
                name: "leeway",
                value: rules.leeway.to_string(),
            });
        }
        if let Some(key) = &self.user_id_key
            && key.len() < MIN_USER_ID_KEY_BYTES
        {
            return Err(ConfigError::Setting {
                name: "key for hashed user ids",
                value: format!("{} bytes", key.len()),
            });
        }
        if let Some(cache) = &self.token_cache {
            cache.check()?;
        }
        if let Some(name) = rules.separator.names_a_judged_claim() {
            return Err(ConfigError::Setting {
                name: "claim of a separator",
                value: name.to_owned(),
            });
        }
        if !rules.separator.separates() {
            return Err(ConfigError::NoSeparator);
        }
        if rules.max_token_bytes == 0 || rules.max_token_bytes > MAX_MAX_TOKEN_BYTES {
            return Err(ConfigError::Setting {
                name: "largest token",
                value: rules.max_token_bytes.to_string(),
            });
        }
        let audiences = match &rules.audience {
            AudienceRule::OneOf(audiences) => audiences.as_slice(),
            AudienceRule::NoneExpected | AudienceRule::Unchecked => &[],
        };
        let cookie_names = &self.sources.cookie_names;
        let prefix = self.sources.websocket_protocol.as_slice();
        let impersonation_cookie = self.sources.impersonation_cookie.as_slice();
        for (name, values, allowed) in [
            (
                "issuer",
                std::slice::from_ref(&rules.issuer),
                is_plain as fn(&str) -> bool,
            ),
            ("audience", audiences, is_plain),
            ("authorized party", &rules.authorized_parties, is_plain),
            ("cookie name", cookie_names, is_token),
            ("impersonation cookie", impersonation_cookie, is_token),
            ("WebSocket protocol", prefix, is_token),
        ] {
            if let Some(value) = values.iter().find(|value| !allowed(value)) {
                return Err(ConfigError::Setting {
                    name,
                    value: value.clone(),
                });
            }
        }
        Ok(())
    }
}

/// The values named, or one empty value for an empty list: a list that turned out empty must not switch a check off.
fn named<V: Into<String>>(values: impl IntoIterator<Item = V>) -> Vec<String> {
    let values: Vec<String> = values.into_iter().map(Into::into).collect();
    if values.is_empty() {
        vec![String::new()]
    } else {
        values
    }
}

fn is_plain(value: &str) -> bool {
    !value.is_empty() && !value.chars().any(char::is_control)
}

/// A token in the sense of RFC 9110 §5.6.2.
fn is_token(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(crate::field::is_tchar)
}

impl<K> fmt::Debug for VerifierBuilder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifierBuilder")
            .field("rules", &self.rules)
            .field("key_set_url", &self.key_set_url)
            .finish_non_exhaustive()
    }
}
