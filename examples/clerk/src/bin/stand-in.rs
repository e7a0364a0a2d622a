//! Stands in for Clerk's frontend API, so that the example can be seen to work without Clerk.
//!
//! ```sh
//! cargo run -p actas-example-clerk --bin stand-in
//! ```
//!
//! It listens at <https://127.0.0.1:4000> (`PORT` says another port, 0 any) and prints what to do next, in lines for a shell.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use actas_example_clerk::{Certificate, StandIn, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = env::var("PORT").map_or(Ok(4000), |port| port.parse())?;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let address = listener.local_addr()?;
    let stand_in = Arc::new(StandIn::new(address)?);
    let certificate = Certificate::new(address.ip())?;
    let file = certificate.file()?;

    let (key, tokens) = (stand_in.publishable_key(), stand_in.tokens()?);
    let ca = file.path().display();
    writeln!(
        io::stdout(),
        r#"# The application, in a shell of its own:
export CLERK_PUBLISHABLE_KEY={key}
export CLERK_STAND_IN_CA='{ca}'
cargo run -p actas-example-clerk

# What to ask it, in another:
CA='{ca}'
APP=http://127.0.0.1:3000
{tokens}
# 401: no token
curl -i $APP/me
# 401: names a key that is not in the set
curl -i -H "Authorization: Bearer $forged" $APP/me
# 200: the user
curl -i -H "Authorization: Bearer $direct" $APP/me
# 200: an admin as the user
curl -i -H "Authorization: Bearer $impersonated" $APP/me
# 401: two hours old
curl -i -H "Authorization: Bearer $expired" $APP/me
# 200: the user may
curl -i -H "Authorization: Bearer $direct" -X POST $APP/password
# 403: nobody else may
curl -i -H "Authorization: Bearer $impersonated" -X POST $APP/password
# 200: 1, the keys were fetched once for all of it
curl -i --cacert "$CA" https://{address}/fetches

# Rotate the key, and set the new tokens:
eval "$(curl -sS --cacert "$CA" -X POST https://{address}/rotate)"

# 200: the new key was looked up
curl -i -H "Authorization: Bearer $direct" $APP/me
# 200: 2
curl -i --cacert "$CA" https://{address}/fetches

# A key that is not in the set is looked up at most once in ten seconds. Who asks sooner gets 503, and Retry-After.
# listening on https://{address}"#
    )?;

    tokio::select! {
        () = serve(listener, stand_in, certificate) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}
