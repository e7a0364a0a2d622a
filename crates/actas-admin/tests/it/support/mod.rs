//! An issuer, a record, servers and a client.

mod issuer;
mod record;
mod server;
mod client;
mod schema;
mod jar;
mod log;
mod site;

pub(crate) use client::{Answer, connect, get, request, send};
pub(crate) use issuer::{Hands, Issuer, START};
pub(crate) use jar::Browser;
pub(crate) use log::Log;
pub(crate) use record::Record;
pub(crate) use schema::check;
pub(crate) use server::{Around, Mount};
pub(crate) use site::{ISSUER, REASON, Site, act, redeem, start, stop, wanted, whoami};
