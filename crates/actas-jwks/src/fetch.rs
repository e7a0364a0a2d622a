use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use actas_core::{ConfigError, KeySet};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Certificate, Client, Response, StatusCode, Url};

use crate::cache_control;
use crate::document;
use crate::failure::{Failure, FailureKind};
use crate::place::{Endpoint, is_loopback, judged_url};
use crate::settings::Settings;

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

/// What an answer can be compared with next time.
pub(crate) struct Validators {
    url: Url,
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

/// What a fetch brought.
pub(crate) enum Fetched {
    KeySet {
        keys: Arc<KeySet>,
        validators: Option<Arc<Validators>>,
        max_age: Option<Duration>,
    },
    /// The set that the validators came with is still the issuer's.
    NotModified { max_age: Option<Duration> },
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

    pub(crate) async fn fetch(&self, known: Option<&Validators>) -> Result<Fetched, Failure> {
        tokio::time::timeout(self.timeout, self.fetch_in_any_time(known))
            .await
            .unwrap_or_else(|_| {
                Err(Failure::new(
                    FailureKind::Timeout,
                    "the fetch took too long",
                ))
            })
    }

    async fn fetch_in_any_time(&self, known: Option<&Validators>) -> Result<Fetched, Failure> {
        match &self.endpoint {
            Endpoint::KeySet { url, authorization } => {
                self.key_set(url, authorization.as_ref(), known).await
            }
            Endpoint::Discovery { url, issuer } => {
                let response = self.get(url, HeaderMap::new()).await?;
                let configuration = body(expect_ok(response)?).await?;
                let url = document::key_set_url(&configuration, issuer)?;
                let url = judged_url("jwks_uri", &url, self.allow_http_to_loopback)
                    .map_err(|error| Failure::new(FailureKind::Discovery, error.to_string()))?;
                self.key_set(&url, None, known).await
            }
        }
    }

    async fn key_set(
        &self,
        url: &Url,
        authorization: Option<&HeaderValue>,
        known: Option<&Validators>,
    ) -> Result<Fetched, Failure> {
        let known = known.filter(|known| known.url == *url);
        let mut headers = known.map(Validators::conditions).unwrap_or_default();
        if let Some(authorization) = authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        let response = self.get(url, headers).await?;
        let max_age = cache_control::max_age(response.headers());
        if known.is_some() && response.status() == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::NotModified { max_age });
        }
        let response = expect_ok(response)?;
        let validators = Validators::of(url, response.headers());
        let body = body(response).await?;
        Ok(Fetched::KeySet {
            keys: Arc::new(document::key_set(&body)?),
            validators: validators.map(Arc::new),
            max_age,
        })
    }

    async fn get(&self, url: &Url, headers: HeaderMap) -> Result<Response, Failure> {
        let request = self.client.get(url.clone()).headers(headers);
        request.send().await.map_err(failure)
    }
}

impl Validators {
    fn of(url: &Url, headers: &HeaderMap) -> Option<Self> {
        let header = |name: HeaderName| headers.get(name).cloned();
        let (etag, last_modified) = (header(ETAG), header(LAST_MODIFIED));
        (etag.is_some() || last_modified.is_some()).then(|| Self {
            url: url.clone(),
            etag,
            last_modified,
        })
    }

    fn conditions(&self) -> HeaderMap {
        let etag = self.etag.iter().map(|etag| (IF_NONE_MATCH, etag.clone()));
        let since = self.last_modified.iter();
        let since = since.map(|date| (IF_MODIFIED_SINCE, date.clone()));
        etag.chain(since).collect()
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
        .https_only(!settings.allow_http_to_loopback)
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
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len().saturating_add(chunk.len()) > MAX_BODY {
            return Err(Failure::new(FailureKind::TooLarge, "more than 1 MiB"));
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
