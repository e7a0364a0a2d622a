use std::collections::BTreeMap;
use std::time::Duration;

use actas_core::SubjectKey;
use actas_issuer::{SessionClaims, Unavailable, User, UserId, Users};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use serde_json::{Value, json};

use super::failure::Failure;
use super::web;

/// Bytes of the longest answer.
const MAX_BODY: usize = 64 * 1024;

/// The application's directory of users, asked over HTTP.
pub(super) struct Directory {
    client: Client,
    url: Url,
    secret: HeaderValue,
    /// Whose users these are.
    issuer: String,
}

/// What the application answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    roles: Vec<String>,
    #[serde(default)]
    disabled: bool,
    #[serde(default)]
    organization: Option<String>,
    #[serde(default)]
    claims: BTreeMap<String, Value>,
}

impl Directory {
    pub(super) fn new(
        url: Url,
        secret: &str,
        limit: Duration,
        issuer: String,
    ) -> Result<Self, Failure> {
        let secret = HeaderValue::try_from(format!("Bearer {secret}"));
        let mut secret = secret.map_err(|_| {
            Failure::setting("users.secret: it holds what no header may: take printable ASCII")
        })?;
        secret.set_sensitive(true);
        Ok(Self {
            client: web::client(&url, limit)?,
            url,
            secret,
            issuer,
        })
    }

    /// Whatever is neither 200 with a user nor 404 is no answer.
    async fn asked(&self, user_id: &str) -> Result<Option<Answer>, Unavailable> {
        self.ask(user_id).await.map_err(|reason| {
            tracing::error!(reason, "the directory of users did not answer");
            Unavailable
        })
    }

    async fn ask(&self, user_id: &str) -> Result<Option<Answer>, String> {
        let request = self
            .client
            .post(self.url.clone())
            .header(AUTHORIZATION, self.secret.clone())
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .body(json!({ "user_id": user_id }).to_string());
        let response = request.send().await.map_err(|error| web::reason(&error))?;
        match response.status() {
            StatusCode::OK => (),
            StatusCode::NOT_FOUND => return Ok(None),
            status => return Err(format!("status {}", status.as_u16())),
        }
        let body = web::body(response, MAX_BODY).await?;
        // What is wrong in it is not repeated: it may be about a person.
        let answer = serde_json::from_slice(&body);
        answer.map(Some).map_err(|error| {
            format!(
                "the answer is not as it should be, at column {}",
                error.column()
            )
        })
    }
}

impl Users for Directory {
    async fn user(&self, id: &UserId) -> Result<Option<User>, Unavailable> {
        Ok(self.asked(id).await?.map(User::from))
    }

    async fn actor(&self, key: SubjectKey<'_>) -> Result<Option<User>, Unavailable> {
        if key.issuer != self.issuer {
            return Ok(None);
        }
        Ok(self.asked(key.user_id).await?.map(User::from))
    }

    async fn claims(
        &self,
        target: &UserId,
        claims: SessionClaims,
    ) -> Result<SessionClaims, Unavailable> {
        let found = self.asked(target).await?.ok_or(Unavailable)?;
        let own = found.claims.into_iter();
        Ok(own.fold(claims, |claims, (name, value)| {
            claims.with_claim(name, value)
        }))
    }
}

impl From<Answer> for User {
    fn from(answer: Answer) -> Self {
        let user = Self::new(answer.roles);
        let user = match answer.organization {
            Some(organization) => user.with_organization(organization),
            None => user,
        };
        if answer.disabled {
            user.disabled()
        } else {
            user
        }
    }
}
