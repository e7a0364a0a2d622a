use std::env;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::num::ParseIntError;

use crate::issuer::Tokens;

/// Where to listen: 127.0.0.1 and the port in `PORT`, 0 for any. By default, 3000.
///
/// # Errors
///
/// When `PORT` is no port.
pub fn address() -> Result<SocketAddr, ParseIntError> {
    let port = env::var("PORT").map_or(Ok(3000), |port| port.parse())?;
    Ok((Ipv4Addr::LOCALHOST, port).into())
}

/// Prints the tokens, each on a line of its own, and then where the example listens.
///
/// # Errors
///
/// When standard output cannot be written to.
pub fn announce(tokens: &Tokens, address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "direct {}", tokens.direct)?;
    writeln!(out, "impersonated {}", tokens.impersonated)?;
    writeln!(out, "agent {}", tokens.agent)?;
    writeln!(out, "listening on http://{address}")?;
    out.flush()
}
