//! `actas serve`: an issuer and its API.

mod failure;
mod secret;
mod grant;
mod config;
mod source;
mod web;
mod directory;
mod policy;
mod sessions;
mod plan;
mod readiness;
mod routes;
mod node;
mod stop;
mod run;

pub(crate) use run::run;
