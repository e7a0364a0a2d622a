//! An issuer, a record, servers and a client.

mod issuer;
mod record;
mod server;
mod client;
mod schema;

pub(crate) use client::{Answer, connect, get, request, send};
pub(crate) use issuer::{Hands, Issuer, START};
pub(crate) use record::Record;
pub(crate) use schema::check;
pub(crate) use server::{Around, Mount};
