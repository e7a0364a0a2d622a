use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use actas_core::{ConfigError, KeySet};
use reqwest::header::{ACCEPT, AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderValue};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Certificate, Client, Response, StatusCode, Url};

use crate::cache_control;
use crate::document;
use crate::failure::{Failure, FailureKind};
use crate::place::{Endpoint, is_loopback, judged_url};
use crate::settings::Settings;
use crate::validators::Validators;

/// Bytes of the largest document, as it unpacks.
const MAX_BODY: usize = 1024 * 1024;
const MAX_REDIRECTS: usize = 3;

/// Fetches the keys of one endpoint.
pub(crate) struct Fetcher {
    client: Client,
    endpoint: Endpoint,
    host: String,
    timeout: Duration,
    allow_http_to_loopback: bool,
}

/// How the issuer is asked.
pub(crate) enum Question {
    /// What is published now: caches on the way are told not to answer.
    LookUp,
    /// Whether this is still published, and what is if it is not. Without it, what is.
    Refresh(Option<Answer>),
}

/// A key set, with what its answer said about it.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) keys: Arc<KeySet>,
    pub(crate) validators: Option<Arc<Validators>>,
    pub(crate) max_age: Option<Duration>,
}

/// What a fetch brought.
pub(crate) struct Fetched {
    pub(crate) answer: Answer,
    /// For how long a cache on the way has had it.
    pub(crate) age: Duration,
    /// Whether the set came, and not the word that it is still the issuer's.
    pub(crate) is_new: bool,
}

impl Fetched {
    /// Whether a key that is not in the set was not the issuer's when it was asked: not where a cache answered, nor where a
    /// comparison did, which a date or a tag that did not change with the set misleads.
    pub(crate) fn is_proof(&self) -> bool {
        self.is_new && self.age.is_zero()
    }
}

impl Fetcher {
    pub(crate) fn new(settings: &Settings, endpoint: Endpoint) -> Result<Self, ConfigError> {
        Ok(Self {
            client: client(settings, &endpoint)?,
            host: endpoint.host(),
            endpoint,
            timeout: settings.limits.fetch_timeout,
            allow_http_to_loopback: settings.allow_http_to_loopback,
        })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) async fn fetch(&self, question: &Question) -> Result<Fetched, Failure> {
        tokio::time::timeout(self.timeout, self.fetch_in_any_time(question))
            .await
            .unwrap_or_else(|_| {
                Err(Failure::new(
                    FailureKind::Timeout,
                    "the fetch took too long",
                ))
            })
    }

    async fn fetch_in_any_time(&self, question: &Question) -> Result<Fetched, Failure> {
        match &self.endpoint {
            Endpoint::KeySet { url, authorization } => {
                self.key_set(url, authorization.as_ref(), question).await
            }
            Endpoint::Discovery { url, issuer } => {
                let response = self.get(url, question.headers()).await?;
                let configuration = body(expect_ok(response)?).await?;
                let url = document::key_set_url(&configuration, issuer)?;
                let url = judged_url("jwks_uri", &url, self.allow_http_to_loopback)
                    .map_err(|error| Failure::new(FailureKind::Discovery, error.to_string()))?;
                self.key_set(&url, None, question).await
            }
        }
    }

    async fn key_set(
        &self,
        url: &Url,
        authorization: Option<&HeaderValue>,
        question: &Question,
    ) -> Result<Fetched, Failure> {
        let mut headers = question.headers();
        let known = question.comparable(url);
        if let Some((_, validators)) = known {
            headers.extend(validators.conditions());
        }
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let response = self.get(url, headers).await?;
        let max_age = cache_control::max_age(response.headers());
        let age = cache_control::age(response.headers());
        if let Some((known, _)) = known
            && response.status() == StatusCode::NOT_MODIFIED
        {
            // What it does not say anew still holds (RFC 9111 §4.3.4).
            let answer = Answer {
                max_age: max_age.or(known.max_age),
                ..known.clone()
            };
            return Ok(Fetched {
                answer,
                age,
                is_new: false,
            });
        }
        let response = expect_ok(response)?;
        let validators = Validators::of(url, response.headers());
        let body = body(response).await?;
        let answer = Answer {
            keys: Arc::new(document::key_set(&body)?),
            validators: validators.map(Arc::new),
            max_age,
        };
        Ok(Fetched {
            answer,
            age,
            is_new: true,
        })
    }

    async fn get(&self, url: &Url, headers: HeaderMap) -> Result<Response, Failure> {
        let request = self.client.get(url.clone()).headers(headers);
        request.send().await.map_err(failure)
    }
}

impl Question {
    fn headers(&self) -> HeaderMap {
        let no_cache = (CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        let no_cache = matches!(self, Self::LookUp).then_some(no_cache);
        no_cache.into_iter().collect()
    }

    /// What an answer from this URL can be compared with.
    fn comparable(&self, url: &Url) -> Option<(&Answer, &Validators)> {
        let Self::Refresh(Some(answer)) = self else {
            return None;
        };
        let validators = answer.validators.as_deref()?;
        validators.are_of(url).then_some((answer, validators))
    }
}

fn client(settings: &Settings, endpoint: &Endpoint) -> Result<Client, ConfigError> {
    let mut roots = Vec::new();
    for pem in &settings.roots {
        let certificates = Certificate::from_pem_bundle(pem.as_bytes());
        let certificates = certificates.ok().filter(|read| !read.is_empty());
        roots.extend(certificates.ok_or_else(|| ConfigError::Setting {
            name: "root certificate",
            // A private key may have been put in its place.
            value: "(not shown)".to_owned(),
        })?);
    }
    let accept = HeaderValue::from_static("application/jwk-set+json, application/json");
    let mut builder = Client::builder()
        .user_agent(concat!("actas-jwks/", env!("CARGO_PKG_VERSION")))
        .default_headers([(ACCEPT, accept)].into_iter().collect())
        .tls_certs_merge(roots)
        .http1_only()
        .connect_timeout(settings.limits.connect_timeout)
        .redirect(Policy::custom(follow_within_origin))
        .referer(false)
        .retry(reqwest::retry::never())
        // A pooled connection would belong to the runtime that opened it, which may end before the next fetch.
        .pool_max_idle_per_host(0);
    if is_loopback(endpoint.url()) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| ConfigError::Setting {
        name: "TLS configuration of this system",
        value: chain(error),
    })
}

fn follow_within_origin(attempt: Attempt<'_>) -> Action {
    let [first, ..] = attempt.previous() else {
        return attempt.error("a redirect from nowhere");
    };
    if first.origin() != attempt.url().origin() {
        attempt.error("a redirect to another origin")
    } else if attempt.previous().len() > MAX_REDIRECTS {
        attempt.error("too many redirects")
    } else {
        attempt.follow()
    }
}

fn expect_ok(response: Response) -> Result<Response, Failure> {
    if response.status() == StatusCode::OK {
        return Ok(response);
    }
    let mut failure = Failure::new(FailureKind::Status, response.status().as_str());
    failure.retry_after = cache_control::retry_after(response.headers());
    Err(failure)
}

async fn body(mut response: Response) -> Result<Vec<u8>, Failure> {
    let too_large = || Failure::new(FailureKind::TooLarge, "more than 1 MiB");
    // A compressed body announces nothing here.
    if (response.content_length()).is_some_and(|announced| announced > MAX_BODY as u64) {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len().saturating_add(chunk.len()) > MAX_BODY {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failure(error: reqwest::Error) -> Failure {
    let kind = if error.is_timeout() {
        FailureKind::Timeout
    } else if error.is_redirect() {
        FailureKind::Redirect
    } else if error.is_connect() {
        FailureKind::Connect
    } else {
        FailureKind::Transfer
    };
    Failure::new(kind, chain(error))
}

/// What an error and its causes say, without the URL, which may hold a secret.
fn chain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
