use std::collections::BTreeMap;
use std::error::Error;
use std::net::{SocketAddr, TcpListener};

use actas_example_support::{Answer, post_form, send};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::shop::Shop;
use crate::{in_actix, in_axum};

type Outcome = Result<(), Box<dyn Error>>;

const START: &str = "/support/impersonations";
const REDEEM: &str = "/support/impersonations/redeem";
const STOP: &str = "/support/impersonations/current/stop";
const AS_GRACE: &str = "user_id=user_grace&reason=the+export+of+invoices+fails";
const AS_VERA: &str = "user_id=user_vera&reason=while+I+am+at+it";

#[derive(Clone, Copy, Debug)]
enum Framework {
    Axum,
    Actix,
}

impl Framework {
    const ALL: [Self; 2] = [Self::Axum, Self::Actix];

    /// The folder holds the shop's databases.
    async fn serve(self) -> Result<(SocketAddr, TempDir), Box<dyn Error>> {
        let folder = TempDir::new()?;
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let server = listener.local_addr()?;
        let shop = Shop::open(folder.path(), &format!("http://{server}")).await?;
        match self {
            Self::Axum => {
                tokio::spawn(async move { in_axum::serve(listener, &shop).await });
            }
            Self::Actix => {
                tokio::spawn(in_actix::serve(listener, &shop)?);
            }
        }
        Ok((server, folder))
    }
}

/// A browser, as far as cookies go.
struct Browser {
    server: SocketAddr,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    async fn of(server: SocketAddr, user_id: &str) -> Result<Self, Box<dyn Error>> {
        let cookies = BTreeMap::new();
        let mut browser = Self { server, cookies };
        let form = format!("user_id={user_id}");
        let answer = browser.post("/sign-in", &form).await?;
        assert_eq!(answer.status, StatusCode::OK);
        Ok(browser)
    }

    async fn get(&mut self, path: &str) -> Result<Answer, Box<dyn Error>> {
        let cookies = self.cookies();
        let headers = [(header::COOKIE.as_str(), cookies.as_str())];
        send(self.server, Method::GET, path, &headers).await
    }

    async fn post(&mut self, path: &str, form: &str) -> Result<Answer, Box<dyn Error>> {
        let cookies = self.cookies();
        let headers = [(header::COOKIE.as_str(), cookies.as_str())];
        let answer = post_form(self.server, path, &headers, form).await?;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str()?.split_once(';').unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap_or_default();
            assert!(attributes.contains("HttpOnly"), "{name}");
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }

    async fn act_as_grace(&mut self) -> Outcome {
        let start = self.post(START, AS_GRACE).await?;
        assert_eq!(start.status, StatusCode::CREATED);
        let ticket = start.json()["ticket"].as_str().unwrap().to_owned();
        let redeemed = self.post(REDEEM, &format!("ticket={ticket}")).await?;
        assert_eq!(redeemed.status, StatusCode::OK);
        Ok(())
    }

    fn cookies(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs = pairs.map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }
}

#[tokio::test]
async fn support_acts_as_a_customer_and_is_itself_again() -> Outcome {
    for framework in Framework::ALL {
        let (server, _folder) = framework.serve().await?;
        let mut ada = Browser::of(server, "admin_ada").await?;
        let herself = json!({ "user_id": "admin_ada", "actor": null });
        assert_eq!(ada.get("/me").await?.json(), herself, "{framework:?}");

        ada.act_as_grace().await?;
        let me = ada.get("/me").await?.json();
        let acting = json!({ "user_id": "user_grace", "actor": "admin_ada" });
        assert_eq!(me, acting, "{framework:?}");
        let password = ada.post("/password", "").await?;
        assert_eq!(password.status, StatusCode::FORBIDDEN, "{framework:?}");
        assert_eq!(password.json()["code"], "impersonation_denied");
        let nested = ada.post(START, AS_VERA).await?;
        assert_eq!(nested.status, StatusCode::CONFLICT, "{framework:?}");
        let list = ada.get("/support/sessions").await?;
        assert_eq!(list.status, StatusCode::FORBIDDEN, "{framework:?}");

        let stopped = ada.post(STOP, "").await?.json();
        assert_eq!(
            (&stopped["found"], &stopped["recorded"]),
            (&json!("session"), &json!(true))
        );
        assert_eq!(ada.get("/me").await?.json(), herself, "{framework:?}");
        assert_eq!(ada.post("/password", "").await?.status, StatusCode::OK);
    }
    Ok(())
}

#[tokio::test]
async fn what_was_done_is_listed() -> Outcome {
    for framework in Framework::ALL {
        let (server, _folder) = framework.serve().await?;
        let mut ada = Browser::of(server, "admin_ada").await?;
        ada.act_as_grace().await?;
        ada.get("/me").await?;
        ada.post("/password", "").await?;
        ada.post(STOP, "").await?;

        let list = ada.get("/support/sessions").await?.json();
        let session = &list["data"][0];
        assert_eq!(session["user_id"], "user_grace", "{framework:?}");
        assert_eq!(session["actor"]["sub"], "admin_ada");
        assert_eq!(session["reason"], "the export of invoices fails");
        assert_eq!(session["status"], "ended");
        let id = session["id"].as_str().unwrap();
        let path = format!("/support/sessions/{id}/events");
        let events = ada.get(&path).await?.json();
        let events = events["data"].as_array().into_iter().flatten();
        // In actix-web the outcome has the route: the layer stands before the router.
        let routes = events.filter_map(|event| event["route"].as_str());
        assert!(routes.eq(["/me", "/password"]), "{framework:?}");

        let mut grace = Browser::of(server, "user_grace").await?;
        let list = grace.get("/support/sessions").await?;
        assert_eq!(list.status, StatusCode::FORBIDDEN, "{framework:?}");
        let own = grace.get("/support/me/impersonations").await?.json();
        assert_eq!(own["data"][0]["id"], *id, "{framework:?}");
    }
    Ok(())
}

#[tokio::test]
async fn who_may_not_start_learns_nothing() -> Outcome {
    for framework in Framework::ALL {
        let (server, _folder) = framework.serve().await?;
        let mut ada = Browser::of(server, "admin_ada").await?;
        let mut grace = Browser::of(server, "user_grace").await?;
        let by_customer = grace.post(START, AS_VERA).await?;
        assert_eq!(by_customer.status, StatusCode::FORBIDDEN, "{framework:?}");
        assert_eq!(by_customer.json()["code"], "start_refused");
        for target in ["admin_alan", "admin_ada", "user_nobody"] {
            let form = format!("user_id={target}&reason=to+see+who+is+there");
            let answer = ada.post(START, &form).await?;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{target}");
            assert_eq!(answer.body, by_customer.body, "{framework:?} {target}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn signing_out_leaves_nothing_behind() -> Outcome {
    for framework in Framework::ALL {
        let (server, _folder) = framework.serve().await?;
        let mut ada = Browser::of(server, "admin_ada").await?;
        ada.act_as_grace().await?;
        let out = ada.post("/sign-out", "").await?;
        assert_eq!(out.status, StatusCode::OK, "{framework:?}");
        assert_eq!(ada.cookies(), "", "{framework:?}");
        let me = ada.get("/me").await?;
        assert_eq!(me.status, StatusCode::UNAUTHORIZED, "{framework:?}");

        let mut alan = Browser::of(server, "admin_alan").await?;
        let list = alan.get("/support/sessions").await?.json();
        assert_eq!(list["data"][0]["status"], "ended", "{framework:?}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_signs_in_whom_the_shop_does_not_know() -> Outcome {
    for framework in Framework::ALL {
        let (server, _folder) = framework.serve().await?;
        let answer = post_form(server, "/sign-in", &[], "user_id=user_nobody").await?;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{framework:?}");
        assert_eq!(answer.headers.get(header::SET_COOKIE), None);
        assert_eq!(answer.json(), Value::Null);
    }
    Ok(())
}
