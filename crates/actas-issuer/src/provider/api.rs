use std::error::Error as _;
use std::time::Duration;

use actas_core::ConfigError;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::error::{ProviderError, ProviderErrorKind};
use super::refusal::refusal;
use super::secret_key::SecretKey;
use super::url::{host, is_loopback};

/// The version of the API that is asked for, and that the code follows.
const VERSION: HeaderValue = HeaderValue::from_static("2026-05-12");
const VERSION_HEADER: HeaderName = HeaderName::from_static("clerk-api-version");
/// Bytes of the largest answer.
const MAX_BODY: usize = 1024 * 1024;

/// Clerk's Backend API.
pub(super) struct Api {
    client: Client,
    url: Url,
    secret_key: SecretKey,
    timeout: Duration,
}

impl Api {
    pub(super) fn new(
        url: Url,
        secret_key: SecretKey,
        connect_timeout: Duration,
        timeout: Duration,
    ) -> Result<Self, ConfigError> {
        let accept = HeaderValue::from_static("application/json");
        let mut builder = Client::builder()
            .user_agent(concat!("actas-issuer/", env!("CARGO_PKG_VERSION")))
            .default_headers(
                [(ACCEPT, accept), (VERSION_HEADER, VERSION)]
                    .into_iter()
                    .collect(),
            )
            .http1_only()
            .connect_timeout(connect_timeout)
            .redirect(Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            // A pooled connection would belong to the runtime that opened it, which may end before the next call.
            .pool_max_idle_per_host(0);
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| ConfigError::Setting {
            name: "TLS configuration of this system",
            value: chain(error),
        })?;
        Ok(Self {
            client,
            url,
            secret_key,
            timeout,
        })
    }

    pub(super) fn host(&self) -> String {
        host(&self.url)
    }

    /// A call, all of whose requests share one timeout, and what the log says of it.
    pub(super) async fn call<T>(
        &self,
        name: &'static str,
        work: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        let outcome = tokio::time::timeout(self.timeout, work)
            .await
            .unwrap_or_else(|_| Err(ProviderErrorKind::Timeout.into()));
        match &outcome {
            Ok(_) => {
                tracing::debug!(target: "actas_issuer", call = name, "Clerk was asked");
            }
            Err(error) => tracing::warn!(
                target: "actas_issuer",
                call = name,
                failure = ?error.kind(),
                status = error.status(),
                code = error.code(),
                trace_id = error.trace_id(),
                "Clerk did not do what it was asked"
            ),
        }
        outcome
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ProviderError> {
        let mut url = self.at(path)?;
        url.query_pairs_mut().extend_pairs(query);
        self.exchange(Method::GET, url, None).await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: Option<&impl Serialize>,
    ) -> Result<T, ProviderError> {
        let body = body.map(serde_json::to_vec).transpose();
        let body = body.map_err(|_| ProviderError::from(ProviderErrorKind::Refused))?;
        self.exchange(Method::POST, self.at(path)?, body).await
    }

    /// The URL of a path, each of whose segments is percent-encoded.
    fn at(&self, path: &[&str]) -> Result<Url, ProviderError> {
        let mut url = self.url.clone();
        url.path_segments_mut()
            .map_err(|()| ProviderError::from(ProviderErrorKind::Connection))?
            .pop_if_empty()
            .push("v1")
            .extend(path);
        Ok(url)
    }

    async fn exchange<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        body: Option<Vec<u8>>,
    ) -> Result<T, ProviderError> {
        let authorization = self.secret_key.authorization();
        let authorization =
            authorization.map_err(|_| ProviderError::from(ProviderErrorKind::SecretKey))?;
        let mut request = self
            .client
            .request(method, url)
            .header(AUTHORIZATION, authorization);
        if let Some(body) = body {
            request = request
                .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .body(body);
        }
        let response = request.send().await.map_err(failure)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = read(response).await;
        if status != StatusCode::OK {
            // The status says it, whatever became of the body.
            return Err(refusal(status, &headers, &body.unwrap_or_default()));
        }
        // What the parser says may repeat a part of the body.
        serde_json::from_slice(&body?).map_err(|_| {
            ProviderError::with_detail(
                ProviderErrorKind::Unreadable,
                "it is not JSON of the form that Clerk publishes",
            )
        })
    }
}

async fn read(mut response: Response) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if body.len().saturating_add(chunk.len()) > MAX_BODY {
            return Err(ProviderErrorKind::TooLarge.into());
        }
        append(&mut body, &chunk);
    }
    Ok(body)
}

/// Appends without leaving behind the memory that the body grows out of.
fn append(body: &mut Zeroizing<Vec<u8>>, chunk: &[u8]) {
    let len = body.len().saturating_add(chunk.len());
    if len > body.capacity() {
        let mut grown = Zeroizing::new(Vec::with_capacity(len.saturating_mul(2)));
        grown.extend_from_slice(body);
        *body = grown;
    }
    body.extend_from_slice(chunk);
}

fn failure(error: reqwest::Error) -> ProviderError {
    let kind = if error.is_timeout() {
        ProviderErrorKind::Timeout
    } else {
        ProviderErrorKind::Connection
    };
    ProviderError::with_detail(kind, chain(error))
}

/// What an error and its causes say, without the URL.
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
