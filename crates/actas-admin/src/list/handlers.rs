//! The routes. Each takes a session in which nobody acts for the user.

use std::sync::Arc;

use actas_audit::{AuditLog, AuditScope, Page, PageError, Session, SessionId, SessionQuery};
use actas_tower::axum::Direct;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::objects::{EventPage, ImpersonationPage, SessionObject, SessionPage, Status};
use super::parameters::Parameters;
use super::policy::AnyPolicy;
use super::refusals::{Refusals, WithParameters, WithSession};
use crate::wire::{Problem, response};

/// What the routes stand on.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) log: AuditLog,
    pub(crate) policy: Arc<dyn AnyPolicy>,
}

/// The impersonated sessions that the caller may read, the newest first.
#[utoipa::path(
    get,
    path = "/sessions",
    operation_id = "listSessions",
    tag = "sessions",
    params(
        ("user_id" = Option<String>, Query, min_length = 1, max_length = 512, description = "Those of this user."),
        ("actor" = Option<String>, Query, min_length = 1, max_length = 512, description = "Those in which the actor has this subject."),
        ("actor_issuer" = Option<String>, Query, min_length = 1, max_length = 512, description = "Those in which the actor is of this issuer."),
        ("status" = Option<Status>, Query, description = "Those that have this status now."),
        ("started_after" = Option<i64>, Query, minimum = 0, maximum = 253_402_207_200_000_i64, description = "Those first seen at this time or later, in milliseconds since the Unix epoch."),
        ("started_before" = Option<i64>, Query, minimum = 0, maximum = 253_402_207_200_000_i64, description = "Those first seen before this time, in milliseconds since the Unix epoch."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "How many of them; by default 20."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses((status = OK, description = "A page.", body = SessionPage), WithParameters, Refusals),
    security(("session" = [])),
)]
pub(crate) async fn sessions(
    State(api): State<Api>,
    who: Direct,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let scope = api.scope(&who).await?;
    let parameters = Parameters::read(
        query.as_deref(),
        &[
            "user_id",
            "actor",
            "actor_issuer",
            "status",
            "started_after",
            "started_before",
            "limit",
            "cursor",
        ],
    )?;
    let mut query = SessionQuery::new(scope);
    if let Some(user_id) = parameters.text("user_id")? {
        query = query.with_user_id(user_id);
    }
    if let Some(actor) = parameters.text("actor")? {
        query = query.with_actor(actor);
    }
    if let Some(issuer) = parameters.text("actor_issuer")? {
        query = query.with_actor_issuer(issuer);
    }
    if let Some(status) = parameters.status()? {
        query = query.with_status(status);
    }
    if let Some(time) = parameters.time("started_after")? {
        query = query.with_started_after(time);
    }
    if let Some(time) = parameters.time("started_before")? {
        query = query.with_started_before(time);
    }
    let page = api.page(query, &parameters).await?;
    ok(&SessionPage::from(page))
}

/// One impersonated session.
#[utoipa::path(
    get,
    path = "/sessions/{id}",
    operation_id = "getSession",
    tag = "sessions",
    params(("id" = String, Path, description = "The session's `id`.", pattern = "^imp_[0-9a-f]{32}$")),
    responses((status = OK, description = "The session.", body = SessionObject), WithParameters, WithSession, Refusals),
    security(("session" = [])),
)]
pub(crate) async fn session(
    State(api): State<Api>,
    who: Direct,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let scope = api.scope(&who).await?;
    Parameters::read(query.as_deref(), &[])?;
    let (session, _) = api.session(&scope, id).await?;
    ok(&SessionObject::from(session))
}

/// What happened in an impersonated session.
#[utoipa::path(
    get,
    path = "/sessions/{id}/events",
    operation_id = "listSessionEvents",
    tag = "sessions",
    params(
        ("id" = String, Path, description = "The session's `id`.", pattern = "^imp_[0-9a-f]{32}$"),
        ("after" = Option<u64>, Query, minimum = 0, maximum = 9_007_199_254_740_991_i64, description = "Those after the event of this number; by default all."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "How many of them; by default 20."),
    ),
    responses((status = OK, description = "A page.", body = EventPage), WithParameters, WithSession, Refusals),
    security(("session" = [])),
)]
pub(crate) async fn events(
    State(api): State<Api>,
    who: Direct,
    id: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let scope = api.scope(&who).await?;
    let parameters = Parameters::read(query.as_deref(), &["after", "limit"])?;
    let (after, limit) = (parameters.after()?, parameters.limit()?);
    let (_, id) = api.session(&scope, id).await?;
    let events = api.log.events(&scope, id, after, limit).await;
    let events = events.map_err(|error| unavailable(&error))?;
    ok(&EventPage::new(id, events, limit))
}

/// When others acted as the caller, the newest first.
#[utoipa::path(
    get,
    path = "/me/impersonations",
    operation_id = "listMyImpersonations",
    tag = "me",
    params(
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 500, description = "How many of them; by default 20."),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before."),
    ),
    responses((status = OK, description = "A page.", body = ImpersonationPage), WithParameters, Refusals),
    security(("session" = [])),
)]
pub(crate) async fn impersonations(
    State(api): State<Api>,
    who: Direct,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let parameters = Parameters::read(query.as_deref(), &["limit", "cursor"])?;
    let query = SessionQuery::new(AuditScope::User {
        issuer: who.issuer.to_string(),
        user_id: who.user_id.to_string(),
    });
    let page = api.page(query, &parameters).await?;
    ok(&ImpersonationPage::from(page))
}

impl Api {
    /// What the caller may read.
    async fn scope(&self, who: &Direct) -> Result<AuditScope, Problem> {
        match self.policy.scope(&who.0).await {
            AuditScope::None => Err(Problem::out_of_scope()),
            scope => Ok(scope),
        }
    }

    async fn page(
        &self,
        mut query: SessionQuery,
        parameters: &Parameters,
    ) -> Result<Page<Session>, Problem> {
        query = query.with_limit(parameters.limit()?);
        if let Some(cursor) = parameters.cursor() {
            query = query.with_cursor(cursor);
        }
        self.log
            .sessions(&query)
            .await
            .map_err(|error| match error {
                PageError::Cursor => Problem::parameter("cursor", "next_cursor of an earlier page"),
                error => unavailable(&error),
            })
    }

    /// The session, and its id. One that may not be read is one that is not there.
    async fn session(
        &self,
        scope: &AuditScope,
        id: Result<Path<String>, PathRejection>,
    ) -> Result<(Session, SessionId), Problem> {
        let id = id.ok().and_then(|Path(id)| id.parse().ok());
        let id = id.ok_or_else(Problem::no_session)?;
        match self.log.session(scope, id).await {
            Ok(Some(session)) => Ok((session, id)),
            Ok(None) => Err(Problem::no_session()),
            Err(error) => Err(unavailable(&error)),
        }
    }
}

fn ok<T: Serialize>(body: &T) -> Result<Response, Problem> {
    response(StatusCode::OK, "application/json", body).map_err(|error| unavailable(&error))
}

/// The client is told nothing of the cause: the log is.
fn unavailable(error: &dyn std::error::Error) -> Problem {
    tracing::error!(%error, "the audit record cannot be read");
    Problem::unavailable()
}
