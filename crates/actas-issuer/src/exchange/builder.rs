use std::collections::HashSet;
use std::sync::Arc;

use actas_core::{ConfigError, Verifier};

use super::clients::{Clients, ExchangeClient};
use super::endpoint::{Exchange, Inner};
use crate::impersonation::Impersonations;

/// Characters of the longest id of a client.
const MAX_CLIENT_ID: usize = 128;

/// A token endpoint in the making.
#[must_use]
pub struct ExchangeBuilder {
    impersonations: Impersonations,
    subjects: Verifier,
    actors: Verifier,
    clients: Vec<ExchangeClient>,
    audiences: Vec<String>,
}

impl Exchange {
    /// A token endpoint for starts of these impersonations, which `verifier` judges the tokens for.
    ///
    /// The user ids of every issuer that the verifier takes must be the application's: a user of one of them is a user of the
    /// impersonations' issuer afterwards. It must record impersonated requests
    /// ([`with_audit`](actas_core::VerifierBuilder::with_audit)).
    pub fn builder(impersonations: Impersonations, verifier: Verifier) -> ExchangeBuilder {
        ExchangeBuilder {
            impersonations,
            actors: verifier.clone(),
            subjects: verifier,
            clients: Vec::new(),
            audiences: Vec::new(),
        }
    }
}

impl ExchangeBuilder {
    /// A client that may exchange tokens.
    pub fn add_client(mut self, client: ExchangeClient) -> Self {
        self.clients.push(client);
        self
    }

    /// For whom tokens can be asked for, by `audience` or `resource`. Where there is one, every token is for it; where there
    /// are several, the client names at least one. By default there is none: tokens name no audience, and none can be asked
    /// for.
    pub fn with_audiences<A: Into<String>>(
        mut self,
        audiences: impl IntoIterator<Item = A>,
    ) -> Self {
        self.audiences = audiences.into_iter().map(Into::into).collect();
        self
    }

    /// What judges the actor's tokens. By default, what judges the subject's.
    pub fn with_actor_verifier(mut self, verifier: Verifier) -> Self {
        self.actors = verifier;
        self
    }

    /// The token endpoint.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Setting`] when there is no client, when the id of one is not 1 to 128 visible ASCII characters or is another's
    /// too, when an audience is empty, or when the verifier does not record impersonated requests.
    pub fn build(self) -> Result<Exchange, ConfigError> {
        let refused = |name, value: &str| {
            let value = value.to_owned();
            Err(ConfigError::Setting { name, value })
        };
        if self.clients.is_empty() {
            return refused(
                "clients of a token exchange, of which there is at least one",
                "",
            );
        }
        let mut ids = HashSet::new();
        for client in &self.clients {
            let is_id = (1..=MAX_CLIENT_ID).contains(&client.id.len())
                && client.id.bytes().all(|byte| byte.is_ascii_graphic());
            if !is_id || !ids.insert(client.id.as_str()) {
                return refused(
                    "id of a client, which is 1 to 128 visible ASCII characters and no other's",
                    &client.id,
                );
            }
        }
        if self.audiences.iter().any(String::is_empty) {
            return refused("audience of a token exchange", "");
        }
        if !self.subjects.is_audited() {
            return refused(
                "verifier of a token exchange, which records impersonated requests",
                "a verifier without with_audit",
            );
        }
        Ok(Exchange {
            inner: Arc::new(Inner {
                impersonations: self.impersonations,
                subjects: self.subjects,
                actors: self.actors,
                clients: Clients::new(self.clients),
                audiences: self.audiences,
            }),
        })
    }
}
