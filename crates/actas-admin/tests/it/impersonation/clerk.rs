use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actas_issuer::provider::Clerk;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use serde_json::{Value, json};

use crate::support::{Answer, ISSUER, Mount, Site, get, request, send};

const STOP: &str = "/support/impersonations/current/stop";
const REVOKE: &str = "/support/impersonations/revoke";

/// What Clerk's Backend API answers about sessions: those that were ended, how often it was asked for others, and whether it
/// fails.
#[derive(Clone, Default)]
struct StandIn {
    revoked: Arc<Mutex<Vec<String>>>,
    lists: Arc<AtomicU32>,
    fails: Arc<AtomicBool>,
}

impl StandIn {
    fn revoked(&self) -> MutexGuard<'_, Vec<String>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that were ended since this was asked for, sorted.
    fn ended(&self) -> Vec<String> {
        let mut ended = std::mem::take(&mut *self.revoked());
        ended.sort();
        ended
    }

    async fn serve(&self) -> Clerk {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new()
            .route("/v1/sessions", routing::get(list))
            .route("/v1/sessions/{id}/revoke", routing::post(revoke))
            .with_state(self.clone());
        tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Clerk::builder("sk_test_veryprivate")
            .with_api_url(url)
            .insecure_allow_http_to_loopback()
            .build()
            .unwrap()
    }
}

fn session(id: &str, user_id: &str, status: &str) -> Value {
    json!({
        "object": "session", "id": id, "client_id": "client_1", "user_id": user_id, "status": status,
        "actor": { "sub": "admin_1" }, "last_active_at": 1_795_590_000_000_i64, "expire_at": 1_795_593_600_000_i64,
        "abandon_at": 1_795_593_600_000_i64, "created_at": 1_795_590_000_000_i64, "updated_at": 1_795_590_000_000_i64,
    })
}

async fn list(State(stand_in): State<StandIn>, RawQuery(query): RawQuery) -> impl IntoResponse {
    stand_in.lists.fetch_add(1, Ordering::Relaxed);
    let query = query.unwrap_or_default();
    let mut asked = form_urlencoded::parse(query.as_bytes());
    let (_, user_id) = asked.find(|(name, _)| name == "user_id").unwrap();
    // One that the record has never seen.
    json(&json!([session("sess_unseen", &user_id, "active")]))
}

async fn revoke(State(stand_in): State<StandIn>, Path(id): Path<String>) -> Response {
    if stand_in.fails.load(Ordering::Relaxed) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    stand_in.revoked().push(id.clone());
    json(&session(&id, "user_1", "revoked")).into_response()
}

fn json(body: &Value) -> impl IntoResponse + use<> {
    ([(CONTENT_TYPE, "application/json")], body.to_string())
}

/// A site whose tokens Clerk has issued.
async fn site(mount: Mount, stand_in: &StandIn) -> Site {
    let clerk = stand_in.serve().await;
    Site::of(
        mount,
        ISSUER,
        |builder| builder,
        |routes| routes.with_clerk(ISSUER, clerk),
    )
    .await
}

/// A request in a session of Clerk's, which the record has seen then.
async fn seen(site: &Site, user_id: &str, session_id: &str, actor: &str) -> String {
    let token = site.acting(user_id, session_id, actor);
    let answer = get(site.server, "/whoami", Some(&token)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    token
}

async fn stop(site: &Site, token: &str) -> Answer {
    let stop = request("POST", STOP).header("authorization", format!("Bearer {token}"));
    send(site.server, stop.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_stop_ends_the_session_at_clerk_as_well() {
    for mount in Mount::ALL {
        let stand_in = StandIn::default();
        let site = site(mount, &stand_in).await;
        let token = seen(&site, "user_1", "sess_1", "admin_1").await;
        let stopped = stop(&site, &token).await.json();
        assert_eq!(stopped["recorded"], true, "{mount:?}");
        assert_eq!(
            stopped["provider"],
            json!({ "ended": 1, "is_complete": true })
        );
        assert_eq!(stand_in.ended(), ["sess_1"], "{mount:?}");

        // Where Clerk fails, the stop does not.
        let token = seen(&site, "user_1", "sess_2", "admin_1").await;
        stand_in.fails.store(true, Ordering::Relaxed);
        let stopped = stop(&site, &token).await.json();
        assert_eq!(stopped["recorded"], true, "{mount:?}");
        assert_eq!(
            stopped["provider"],
            json!({ "ended": 0, "is_complete": false })
        );
    }
}

#[tokio::test]
async fn a_revocation_ends_what_runs_at_clerk() {
    for mount in Mount::ALL {
        let stand_in = StandIn::default();
        let site = site(mount, &stand_in).await;
        let mut boss = site.browser("boss");
        let session = json!({ "what": "session", "issuer": ISSUER, "session_id": "sess_1" });
        let user = json!({ "what": "user", "issuer": ISSUER, "user_id": "user_1" });
        let actor = json!({ "what": "actor", "issuer": ISSUER, "subject": "admin_1" });
        // Whom a revocation names has a session of their own in each case.
        for (mut what, user, actor, run, expected) in [
            (
                session,
                "user_2",
                "admin_2",
                &["sess_1"][..],
                &["sess_1"][..],
            ),
            // Clerk knows of more than the record.
            (user, "user_1", "admin_2", &["sess_2"], &["sess_unseen"]),
            (
                actor,
                "user_2",
                "admin_1",
                &["sess_3", "sess_4"],
                &["sess_3", "sess_4"],
            ),
            (
                json!({ "what": "everything" }),
                "user_2",
                "admin_2",
                &["sess_5"],
                &["sess_5"],
            ),
        ] {
            for id in run {
                seen(&site, user, id, actor).await;
            }
            what["reason"] = "there was an incident".into();
            let answer = boss.post(REVOKE, &what).await;
            assert_eq!(answer.status, 200, "{mount:?} {answer:?}");
            let ends = json!({ "ended": expected.len(), "is_complete": true });
            assert_eq!(answer.json()["provider"], ends, "{mount:?} {what}");
            assert_eq!(stand_in.ended(), expected, "{mount:?} {what}");
        }
        let other = "https://other.example";
        let what = json!({
            "what": "user", "issuer": other, "user_id": "user_1", "reason": "there was an incident",
        });
        let answer = boss.post(REVOKE, &what).await.json();
        assert_eq!(answer["provider"], Value::Null, "{mount:?}");

        // Whoever may not revoke ends nothing there either, and has Clerk asked nothing.
        let lists = stand_in.lists.load(Ordering::Relaxed);
        let user = json!({ "what": "user", "issuer": ISSUER, "user_id": "user_1" });
        for mut what in [json!({ "what": "everything" }), user] {
            what["reason"] = "there was an incident".into();
            let answer = site.browser("user_2").post(REVOKE, &what).await;
            assert_eq!(answer.status, 403, "{mount:?}");
        }
        assert!(stand_in.ended().is_empty(), "{mount:?}");
        assert_eq!(stand_in.lists.load(Ordering::Relaxed), lists, "{mount:?}");
    }
}
