//! Two processes that serve one issuer, and share a PostgreSQL database.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actas_audit::AuditLog;
use actas_core::Verifier;
use actas_issuer::{Issuer, KeyFile};
use actas_tower::AuthLayer;
use actas_tower::axum::Auth;
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use futures_util::{StreamExt as _, stream};
use serde_json::json;
use tokio::net::TcpListener;

use crate::application::Application;
use crate::browser::Browser;
use crate::line::Line;
use crate::postgres::{self, Cluster};
use crate::process::{Folder, Process, until};

const REDEMPTIONS: usize = 100;
/// What is known at one node is known at the other after this time.
const SOON: Duration = Duration::from_secs(1);

struct Nodes {
    application: Application,
    folder: Folder,
    url: String,
    here: Process,
    there: Process,
    line: Line,
    _cluster: Arc<Cluster>,
}

impl Nodes {
    /// The second is on a line that can be cut.
    async fn start() -> Option<Self> {
        let cluster = postgres::shared().await?;
        let (application, folder) = (Application::start().await, Folder::new());
        let url = cluster.database().await;
        let line = Line::to(&url);
        folder.write("here", &url);
        folder.write("there", &line.url());
        let settings = application.settings();
        let of = |name: &str| {
            format!(
                "{settings}\n[database]\npostgres = {{ file = \"{name}\" }}\naudit_key_file = \"audit.key\"\ndeadline_seconds = 1\ngrace_seconds = 1\n"
            )
        };
        let here = folder.serve("here.toml", &of("here")).await;
        let there = folder.serve("there.toml", &of("there")).await;
        Some(Self {
            application,
            folder,
            url,
            here,
            there,
            line,
            _cluster: cluster,
        })
    }

    fn admin(&self) -> Browser {
        Browser::new(self.application.token("admin_1"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_one_node_is_redeemed_at_the_other() {
    let Some(nodes) = Nodes::start().await else {
        return;
    };
    let admin = nodes.admin();
    let start = admin.start(&nodes.here, "user_1").await;
    let cookie = admin.redeem(&nodes.there, &start).await.unwrap();
    for node in [&nodes.here, &nodes.there] {
        assert_eq!(admin.look(node, &cookie).await.0, 403);
        assert!(admin.redeem(node, &start).await.is_err());
    }
    let auditor = Browser::new(nodes.application.token("auditor"));
    let (_, sessions) = auditor.get(&nodes.here, "/sessions").await;
    assert_eq!(sessions["data"][0]["id"], start.id);
    assert_eq!(sessions["data"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_all_redemptions_at_once_one_succeeds() {
    let Some(nodes) = Nodes::start().await else {
        return;
    };
    let admin = nodes.admin();
    let start = admin.start(&nodes.here, "user_1").await;
    let redemptions = (0..REDEMPTIONS).map(|n| {
        let node = [&nodes.here, &nodes.there][n % 2];
        admin.redeem(node, &start)
    });
    let redeemed = futures_util::future::join_all(redemptions).await;
    assert_eq!(
        redeemed.iter().filter(|redeemed| redeemed.is_ok()).count(),
        1
    );
    let others = redeemed
        .iter()
        .filter_map(|redeemed| redeemed.as_ref().err());
    assert!(
        others.clone().all(|status| *status == 403),
        "{:?}",
        others.collect::<Vec<_>>()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_at_one_node_is_seen_at_the_other() {
    let Some(nodes) = Nodes::start().await else {
        return;
    };
    let (admin, boss) = (nodes.admin(), Browser::new(nodes.application.token("boss")));
    for revokes in [false, true] {
        let (_, cookie) = admin.act(&nodes.here, "user_1").await;
        assert_eq!(admin.look(&nodes.there, &cookie).await.0, 403);
        if revokes {
            let body = json!({ "what": "everything", "reason": "the key was lost" });
            let revoked = boss
                .post(&nodes.here, "/impersonations/revoke", &body)
                .await;
            assert_eq!(revoked.0, 200, "{revoked:?}");
        } else {
            let (_, body) = admin.stop(&nodes.here, &cookie).await;
            assert_eq!(body["recorded"], true, "{body}");
        }
        let (status, body) = admin.look(&nodes.there, &cookie).await;
        assert_eq!(
            (status, &body["code"]),
            (401, &json!("impersonation_ended")),
            "{body}"
        );
    }
}

/// An application in this process, which shares the record and verifies the issuer's tokens.
#[tokio::test(flavor = "multi_thread")]
async fn a_stream_elsewhere_ends_with_the_session() {
    let Some(nodes) = Nodes::start().await else {
        return;
    };
    let (admin, boss) = (nodes.admin(), Browser::new(nodes.application.token("boss")));
    let log = AuditLog::postgres(&nodes.url).with_key_file(nodes.folder.path("audit.key"));
    let log = log.open().await.unwrap();
    let keys = KeyFile::open(nodes.folder.path("issuer.keys")).unwrap();
    let issuer = Issuer::new("https://app.example.com/actas", keys).unwrap();
    let verifier = issuer
        .verifier_builder()
        .with_impersonation_cookie(actas_core::IMPERSONATION_COOKIE)
        .with_audit(log)
        .build()
        .unwrap();
    let url = streams(verifier).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for revokes in [false, true] {
        let (_, cookie) = admin.act(&nodes.here, "user_1").await;
        let request = client.get(&url).header("cookie", &cookie);
        let mut response = request.send().await.unwrap();
        assert_eq!(response.chunk().await.unwrap().unwrap(), "begun");
        if revokes {
            let body = json!({ "what": "everything", "reason": "the key was lost" });
            boss.post(&nodes.there, "/impersonations/revoke", &body)
                .await;
        } else {
            admin.stop(&nodes.there, &cookie).await;
        }
        let told = Instant::now();
        let ended = tokio::time::timeout(Duration::from_secs(30), response.chunk()).await;
        assert_eq!(ended.unwrap().unwrap(), None);
        assert!(told.elapsed() < SOON, "{:?}", told.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_cut_off_lets_nobody_act() {
    let Some(nodes) = Nodes::start().await else {
        return;
    };
    let admin = nodes.admin();
    let (_, stopped) = admin.act(&nodes.there, "user_1").await;
    let (_, other) = admin.act(&nodes.there, "user_2").await;
    for cookie in [&stopped, &other] {
        assert_eq!(admin.look(&nodes.there, cookie).await.0, 403);
    }
    nodes.line.cut(true);
    let (status, body) = admin.look(&nodes.there, &other).await;
    assert_eq!(
        (status, &body["code"]),
        (503, &json!("audit_unavailable")),
        "{body}"
    );
    assert_eq!(admin.ask_to_start(&nodes.there, "user_1").await.0, 503);
    // Direct requests go on as far as they need no database: who asks is known, and told what is missing.
    let (status, body) = admin
        .post(&nodes.there, "/impersonations", &json!({}))
        .await;
    assert_eq!(status, 400, "{body}");
    let (status, body) = admin.stop(&nodes.there, &stopped).await;
    assert_eq!((status, &body["recorded"]), (200, &json!(false)), "{body}");
    assert_eq!(admin.look(&nodes.there, &stopped).await.0, 401);
    // Nobody has told the other.
    assert_eq!(admin.look(&nodes.here, &stopped).await.0, 403);
    assert_eq!(admin.look(&nodes.here, &other).await.0, 403);

    nodes.line.cut(false);
    until(async || (admin.look(&nodes.here, &stopped).await.0 == 401).then_some(())).await;
    until(async || (admin.look(&nodes.there, &other).await.0 == 403).then_some(())).await;
    for node in [&nodes.here, &nodes.there] {
        node.signal("TERM");
        assert_eq!(node.ends().await, Some(0));
    }
}

/// A route whose body ends when the session does.
async fn streams(verifier: Verifier) -> String {
    async fn open(auth: Auth) -> Body {
        let begun = stream::once(async { Ok::<_, Infallible>("begun") });
        let ended = stream::once(async move {
            auth.ended().await;
            Ok("")
        });
        Body::from_stream(begun.chain(ended))
    }
    let app = Router::new()
        .route("/", get(open))
        .layer(AuthLayer::new(verifier));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
    format!("http://{address}/")
}
