//! An issuer, servers and a client.

mod issuer;
mod server;
mod client;

pub(crate) use client::{connect, get, request, send};
pub(crate) use issuer::Issuer;
pub(crate) use server::{Around, Mount};
