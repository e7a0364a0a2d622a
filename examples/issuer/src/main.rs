//! An application with users of its own, whose support team acts as them: from start to stop, in axum and in actix-web.
//!
//! ```sh
//! cargo run -p actas-example-issuer               # in axum; in actix-web with `-- --actix`
//! ```
//!
//! In another shell, everybody has a cookie jar, as they would have a browser. Above each line stands its status, and what the
//! answer says:
//!
//! ```sh
//! APP=http://127.0.0.1:3000
//!
//! # Ada signs in. She is of the support team.
//! # 200: "user_id":"admin_ada"
//! curl -b ada -c ada "$APP/sign-in" -d user_id=admin_ada
//! # 200: {"actor":null,"user_id":"admin_ada"}
//! curl -b ada -c ada "$APP/me"
//!
//! # She starts to act as a customer, with a reason, and redeems the ticket that she is given.
//! # 201: "ticket":
//! TICKET=$(curl -b ada -c ada "$APP/support/impersonations" -d user_id=user_grace -d reason='the export of invoices fails' | jq -r .ticket)
//! # 200: "user_id":"user_grace"
//! curl -b ada -c ada "$APP/support/impersonations/redeem" -d ticket="$TICKET"
//!
//! # It is the customer's account now, and she acts in it. Some things the customer alone may do.
//! # 200: {"actor":"admin_ada","user_id":"user_grace"}
//! curl -b ada -c ada "$APP/me"
//! # 403: "code":"impersonation_denied"
//! curl -b ada -c ada -X POST "$APP/password"
//! # 409: "code":"stop_impersonation_first"
//! curl -b ada -c ada "$APP/support/impersonations" -d user_id=user_vera -d reason='while I am at it'
//!
//! # She stops, and is herself again.
//! # 200: "found":"session"
//! curl -b ada -c ada -X POST "$APP/support/impersonations/current/stop"
//! # 200: {"actor":null,"user_id":"admin_ada"}
//! curl -b ada -c ada "$APP/me"
//! # 200: "changed":"password"
//! curl -b ada -c ada -X POST "$APP/password"
//!
//! # What was done is listed: the session, and each request in it.
//! # 200: "reason":"the export of invoices fails"
//! SESSION=$(curl -b ada -c ada "$APP/support/sessions" | jq -r '.data[0].id')
//! # 200: "route":"/password"
//! curl -b ada -c ada "$APP/support/sessions/$SESSION/events"
//!
//! # A colleague is not acted as, and nobody learns whether a user exists.
//! # 403: "code":"start_refused"
//! curl -b ada -c ada "$APP/support/impersonations" -d user_id=admin_alan -d reason='to see what he sees'
//! # 403: "code":"start_refused"
//! curl -b ada -c ada "$APP/support/impersonations" -d user_id=user_nobody -d reason='to see who is there'
//! # 200: "signed_in":false
//! curl -b ada -c ada -X POST "$APP/sign-out"
//!
//! # A customer acts as nobody, and is told who has acted as them.
//! # 200: "user_id":"user_grace"
//! curl -b grace -c grace "$APP/sign-in" -d user_id=user_grace
//! # 403: "code":"start_refused"
//! curl -b grace -c grace "$APP/support/impersonations" -d user_id=user_vera -d reason='to see what she buys'
//! # 200: "reason":"the export of invoices fails"
//! curl -b grace -c grace "$APP/support/me/impersonations"
//! ```
//!
//! What is copied from here: `shop.rs`, whatever the framework, and one of `in_axum.rs` and `in_actix.rs`. `people.rs` stands in
//! for the application's own users.
//!
//! Databases and keys lie in a temporary folder, or in the one that `DATA` names, which must exist.

use std::env;
use std::error::Error;
use std::net::TcpListener;
use std::path::PathBuf;

use actas_example_support::address;
use tempfile::TempDir;

mod people;
mod shop;
mod in_axum;
mod in_actix;
#[cfg(test)]
mod tests;

use shop::Shop;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let temporary = TempDir::new()?;
    let folder = env::var_os("DATA").map_or_else(|| temporary.path().to_owned(), PathBuf::from);

    let listener = TcpListener::bind(address()?)?;
    let url = format!("http://{}", listener.local_addr()?);
    let shop = Shop::open(&folder, &url).await?;
    println!("listening on {url}");
    if env::args().any(|argument| argument == "--actix") {
        in_actix::serve(listener, &shop)?.await?;
    } else {
        in_axum::serve(listener, &shop).await?;
    }
    shop.close().await;
    Ok(())
}
