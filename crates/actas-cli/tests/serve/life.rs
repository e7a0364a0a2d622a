use std::net::TcpListener;

use actas_issuer::{KeyFile, SigningAlgorithm, SigningKey};
use serde_json::json;

use crate::application::{Application, SECRET};
use crate::browser::{Browser, answer};
use crate::process::{Folder, holds};

fn settings(application: &Application) -> String {
    let database = "\n[database]\nsqlite = \"actas.db\"\n";
    format!("{}{database}", application.settings())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_impersonation_from_its_start_to_its_stop() {
    let (application, folder) = (Application::start().await, Folder::new());
    let node = folder.serve("actas.toml", &settings(&application)).await;
    let admin = Browser::new(application.token("admin_1"));
    for refused in ["admin_1", "boss", "nobody"] {
        let (status, body) = admin.ask_to_start(&node, refused).await;
        assert_eq!(status, 403, "{refused}: {body}");
    }
    let (status, body) = admin.ask_to_start(&node, "odd").await;
    assert_eq!(
        status, 503,
        "a directory that says what none is, says nothing: {body}"
    );
    let user = Browser::new(application.token("user_1"));
    assert_eq!(user.ask_to_start(&node, "user_2").await.0, 403);

    let (start, cookie) = admin.act(&node, "user_1").await;
    assert!(admin.redeem(&node, &start).await.is_err());
    assert_eq!(admin.look(&node, &cookie).await.0, 403);
    assert_eq!(admin.get(&node, "/sessions").await.0, 403);
    let auditor = Browser::new(application.token("auditor"));
    let (_, sessions) = auditor.get(&node, "/sessions").await;
    assert_eq!(sessions["data"][0]["id"], start.id, "{sessions}");
    let (_, body) = admin.stop(&node, &cookie).await;
    assert_eq!(body["recorded"], true, "{body}");
    assert_eq!(admin.look(&node, &cookie).await.0, 401);

    let (_, cookie) = admin.act(&node, "user_1").await;
    let everything = json!({ "what": "everything", "reason": "the key was lost" });
    assert_eq!(
        admin
            .post(&node, "/impersonations/revoke", &everything)
            .await
            .0,
        403
    );
    let boss = Browser::new(application.token("boss"));
    let (status, body) = boss
        .post(&node, "/impersonations/revoke", &everything)
        .await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(admin.look(&node, &cookie).await.0, 401);

    // Whoever has lost the right starts no longer.
    application
        .answers
        .send_modify(|answers| answers.admin = "member");
    assert_eq!(admin.ask_to_start(&node, "user_1").await.0, 403);

    node.signal("TERM");
    assert_eq!(node.ends().await, Some(0));
    assert!(holds(&folder, &folder.path("actas.db")));
    for line in node.lines() {
        assert!(line.is_object(), "{line}");
        let line = line.to_string();
        for secret in [SECRET, &cookie, &application.token("admin_1")] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_runs_ends_before_the_process() {
    for signal in ["TERM", "INT"] {
        let (application, folder) = (Application::start().await, Folder::new());
        let node = folder.serve("actas.toml", &settings(&application)).await;
        application
            .answers
            .send_modify(|answers| answers.users = false);
        let admin = Browser::new(application.token("admin_1"));
        let (start, ()) = tokio::join!(admin.start(&node, "user_1"), async {
            let mut answers = application.answers.subscribe();
            answers.wait_for(|answers| answers.asked > 0).await.unwrap();
            node.signal(signal);
            node.logged("ending").await;
            application
                .answers
                .send_modify(|answers| answers.users = true);
        });
        assert_eq!(node.ends().await, Some(0));
        let sessions = folder.actas(&["audit", "export", "actas.db"]);
        assert!(
            String::from_utf8(sessions.stdout)
                .unwrap()
                .contains(&start.id)
        );
        assert!(holds(&folder, &folder.path("actas.db")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_does_not_end_is_cut_off() {
    let (application, folder) = (Application::start().await, Folder::new());
    let settings = settings(&application).replace("[users]", "[users]\nlimit_seconds = 600");
    let node = folder
        .serve("actas.toml", &format!("shutdown_seconds = 0\n{settings}"))
        .await;
    application
        .answers
        .send_modify(|answers| answers.users = false);
    let admin = Browser::new(application.token("admin_1"));
    let mut answers = application.answers.subscribe();
    let asked = async {
        answers.wait_for(|answers| answers.asked > 0).await.unwrap();
        node.signal("TERM");
        assert_eq!(node.ends().await, Some(0));
    };
    tokio::select! {
        is_cut = admin.is_cut_off(&node) => assert!(is_cut),
        () = asked => (),
    }
    assert_eq!(node.ends().await, Some(0));
    assert!(holds(&folder, &folder.path("actas.db")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_told() {
    let (application, folder) = (Application::start().await, Folder::new());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let listen = [("ACTAS__LISTEN", address.as_str())];
    let said = folder.refuses(&settings(&application), &listen).await;
    assert!(
        said.contains(&format!("cannot listen on {address}")),
        "{said}"
    );
    assert!(said.contains("set another port by `listen`"), "{said}");
    assert!(!folder.path("actas.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_key_is_not_published_does_not_start() {
    let (application, folder) = (Application::start().await, Folder::new());
    let settings = settings(&application);
    let lacks = "the published key set lacks the signing key";
    // There are the keys of the sessions, and not those of this node.
    let sessions = format!("http://{}/jwks.json", application.address);
    let published = [("ACTAS__PUBLISHED_KEYS", sessions.as_str())];
    let said = folder.refuses(&settings, &published).await;
    assert!(said.contains(lacks), "{said}");
    assert!(!folder.path("actas.db").exists());

    let first = folder.serve("first.toml", &settings).await;
    let published = first.url("/.well-known/jwks.json");
    let published = format!("published_keys = \"{published}\"\n{settings}");
    let second = published.replace("actas.db", "second.db");
    drop(folder.serve("second.toml", &second).await);
    let other = SigningKey::generate(SigningAlgorithm::EdDsa).unwrap();
    KeyFile::create(folder.path("other.keys"), other).unwrap();
    let other = published.replace("issuer.keys", "other.keys");
    assert!(folder.refuses(&other, &[]).await.contains(lacks));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_directory_the_token_alone_decides() {
    let (application, folder) = (Application::start().await, Folder::new());
    let all = settings(&application);
    let (before, rest) = all.split_once("[users]").unwrap();
    let (_, after) = rest.split_once("[list]").unwrap();
    let settings = format!(
        "{before}[start]\nwho = {{ claims = {{ \"/groups\" = [\"admin_1s\"] }} }}\ninsecure_any_user = true\n[list]{after}"
    );
    let node = folder.serve("actas.toml", &settings).await;
    let admin = Browser::new(application.token("admin_1"));
    assert_eq!(admin.ask_to_start(&node, "anybody").await.0, 201);
    assert_eq!(admin.ask_to_start(&node, "admin_1").await.0, 403);
    let other = Browser::new(application.token("user_1"));
    assert_eq!(other.ask_to_start(&node, "user_2").await.0, 403);
    assert_eq!(application.answers.borrow().asked, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_exchanged_for_clients_alone() {
    let (application, folder) = (Application::start().await, Folder::new());
    let secret = actas_issuer::exchange::ClientSecret::generate().unwrap();
    folder.write("hash", &secret.hash().to_string());
    let client = "[[exchange.clients]]\nid = \"export\"\nsecret_hash = { file = \"hash\" }\n";
    let node = folder
        .serve("actas.toml", &format!("{}{client}", settings(&application)))
        .await;
    let form = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
        ("subject_token", &application.token("user_1")),
        (
            "actor_token_type",
            "urn:ietf:params:oauth:token-type:access_token",
        ),
        ("actor_token", &application.token("admin_1")),
        ("reason", "the export of invoices fails"),
    ];
    let body: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ask = |secret: &str| {
        let request = client
            .post(node.url("/oauth/token"))
            .basic_auth("export", Some(secret));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(body.join("&").replace(' ', "+")).send()
    };
    let (status, token) = answer(ask(secret.as_str()).await.unwrap()).await;
    assert_eq!(
        (status, &token["token_type"]),
        (200, &json!("Bearer")),
        "{token}"
    );
    assert_eq!(answer(ask("another").await.unwrap()).await.0, 401);
}
