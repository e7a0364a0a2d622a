use std::time::Duration;

use actas_admin::{Impersonation, SessionList};
use actas_audit::AuditLog;
use actas_core::{Verifier, VerifierBuilder, WithKeys};
use actas_issuer::exchange::{Exchange, ExchangeBuilder};
use actas_issuer::{Approval, Consent, Impersonations, ImpersonationsBuilder, SetupError};
use actas_tower::AuthLayer;
use axum::Router;

use super::config::{Config, Terms};
use super::failure::Failure;
use super::plan::{Database, Plan, audiences, built};
use super::readiness::Looked;
use super::sessions;

/// How long a record takes a session for open at most, where the terms say less.
const LONGEST_SESSION: Duration = Duration::from_hours(1);

/// The issuer and its API, on a database that is open.
pub(super) struct Node {
    pub(super) api: Router,
    pub(super) looked: Looked,
    impersonations: Impersonations,
}

impl Node {
    pub(super) async fn open(plan: Plan) -> Result<Self, Failure> {
        let config = plan.config;
        let log = record(&plan.database, &config).await?;
        let starts = match &plan.database {
            Database::Sqlite(path) => Impersonations::sqlite(path),
            Database::Postgres(url) => Impersonations::postgres(url),
        };
        let mut starts = on_terms(starts, &config.terms).with_user_issuer(plan.users);
        if config.insecure_cookies_on_loopback {
            starts = starts.insecure_cookies_on_loopback();
        }
        let impersonations = starts.open(plan.issuer.clone(), log.clone(), plan.policy);
        let impersonations = impersonations.await.map_err(|error| match error {
            SetupError::Setting(error) => Failure::setting(format!("terms: {error}")),
            SetupError::InsecureCookies => {
                Failure::setting(format!("insecure_cookies_on_loopback: {error}"))
            }
            error => Failure::outside(error),
        })?;

        let (own, keys) = sessions::verifier(&config.sessions, config.insecure_http_to_loopback)?;
        let mut minted = impersonations.verifier_builder();
        let served = audiences(&config);
        if !served.is_empty() {
            minted = minted.with_audiences(served);
        }
        let own = built(of_client(own.with_audit(log.clone()), &config).build())?;
        let minted = built(of_client(minted, &config).build())?;
        let verifier = built(Verifier::any_of([own, minted]))?;

        let mut routes = Impersonation::new(impersonations.clone(), verifier.clone());
        if !plan.clients.is_empty() {
            let exchange = Exchange::builder(impersonations.clone(), verifier.clone())
                .with_audiences(&config.exchange.audiences);
            let exchange = plan
                .clients
                .into_iter()
                .fold(exchange, ExchangeBuilder::add_client);
            let exchange = exchange.build();
            let exchange =
                exchange.map_err(|error| Failure::setting(format!("exchange: {error}")))?;
            routes = routes.with_exchange(exchange);
        }
        let list = SessionList::new(log.clone(), plan.readers);
        let list = list.into_router().layer(AuthLayer::new(verifier));
        Ok(Self {
            api: routes.into_router().merge(list),
            looked: Looked {
                log,
                issuer: plan.issuer,
                keys,
            },
            impersonations,
        })
    }

    /// What ends it, once nothing is served any longer.
    pub(super) fn closing(&self) -> impl Future<Output = ()> + use<> {
        let (impersonations, log) = (self.impersonations.clone(), self.looked.log.clone());
        async move {
            impersonations.close().await;
            log.close().await;
        }
    }
}

async fn record(database: &Database, config: &Config) -> Result<AuditLog, Failure> {
    let mut record = match database {
        Database::Sqlite(path) => AuditLog::sqlite(path),
        Database::Postgres(url) => AuditLog::postgres(url),
    };
    if let Some(path) = &config.database.audit_key_file {
        record = record.with_key_file(path);
    }
    if let Some(deadline) = config.database.deadline_seconds {
        record = record.with_deadline(deadline.duration());
    }
    if let Some(grace) = config.database.grace_seconds {
        record = record.with_grace(grace.duration());
    }
    if let Some(longest) = config.terms.max_duration_seconds {
        record = record.with_longest_session(longest.duration().max(LONGEST_SESSION));
    }
    record.open().await.map_err(Failure::outside)
}

/// Records the address of the client, where that is set.
fn of_client(builder: VerifierBuilder<WithKeys>, config: &Config) -> VerifierBuilder<WithKeys> {
    match &config.trusted_proxies {
        Some(proxies) => builder.with_trusted_proxies(proxies),
        None => builder,
    }
}

fn on_terms(mut builder: ImpersonationsBuilder, terms: &Terms) -> ImpersonationsBuilder {
    if let Some([shortest, longest]) = terms.reason_characters {
        builder = builder.with_reason_length(shortest..=longest);
    }
    if let Some(duration) = terms.max_duration_seconds {
        builder = builder.with_max_duration(duration.duration());
    }
    if let Some(limit) = terms.idle_seconds {
        builder = builder.with_idle_limit(limit.duration());
    }
    if let Some(lifetime) = terms.ticket_seconds {
        builder = builder.with_ticket_lifetime(lifetime.duration());
    }
    if let Some(limit) = terms.fresh_login_seconds {
        builder = builder.with_fresh_login(limit.duration());
    }
    if let Some(starts) = terms.starts_per_hour {
        builder = builder.with_starts_per_hour(starts);
    }
    if let Some(sessions) = terms.concurrent_sessions {
        builder = builder.with_concurrent_sessions(sessions);
    }
    if let Some(interval) = terms.recheck_seconds {
        builder = builder.with_recheck_interval(interval.duration());
    }
    if let Some(lifetime) = terms.approval_seconds {
        builder = builder.with_approval_lifetime(lifetime.duration());
    }
    if terms.consent {
        builder = builder.with_consent(Consent::OnRecord);
    }
    if terms.approval {
        builder = builder.with_approval(Approval::SecondPerson);
    }
    builder
}
