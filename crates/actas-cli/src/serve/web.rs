use std::error::Error as _;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};

use super::failure::Failure;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// A client of this URL alone: it follows no redirect, and does not try again.
pub(super) fn client(url: &Url, limit: Duration) -> Result<Client, Failure> {
    let mut builder = Client::builder()
        .user_agent(concat!("actas-cli/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT.min(limit))
        .timeout(limit)
        .redirect(Policy::none())
        .referer(false)
        .retry(reqwest::retry::never());
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| {
        Failure::outside(format!(
            "the TLS configuration of this system: {}",
            reason(&error)
        ))
    })
}

/// A URL that something is asked at: `https`, or `http` on this machine where that is set.
pub(super) fn judged(name: &str, url: &str, http_to_loopback: bool) -> Result<Url, Failure> {
    let judged = Url::parse(url).ok().filter(|url| {
        let is_guarded = match url.scheme() {
            "https" => true,
            "http" => http_to_loopback && is_loopback(url),
            _ => false,
        };
        is_guarded && url.username().is_empty() && url.password().is_none()
    });
    // It is not repeated: there may be a password in it.
    judged.ok_or_else(|| {
        Failure::setting(format!(
            "{name}: give an https URL without a password; http is for this machine, and needs insecure_http_to_loopback"
        ))
    })
}

/// The body of an answer, where it is no longer than that.
pub(super) async fn body(mut response: Response, longest: usize) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        if body.len().saturating_add(chunk.len()) > longest {
            return Err(format!("the answer is longer than {longest} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What went wrong, without the URL.
pub(super) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut cause = error.source();
    let mut text = None;
    while let Some(error) = cause {
        text = Some(error.to_string());
        cause = error.source();
    }
    text.unwrap_or_else(|| "it could not be asked".to_owned())
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}
