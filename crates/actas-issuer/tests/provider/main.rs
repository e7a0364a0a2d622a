//! Starting impersonation at a provider, against a stand-in for Clerk's Backend API.

mod support;

mod end;
mod refusals;
mod secrets;
mod settings;
mod start;
