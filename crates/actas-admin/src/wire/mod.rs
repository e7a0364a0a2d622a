//! What the routes of either router are made of.

mod json;
mod problem;
mod described;
mod path;
mod fields;
mod input;
mod reply;

pub(crate) use self::described::{Credentials, Responses, described, header, one, problem, serve};
pub(crate) use self::fields::{Fields, Nothing};
pub(crate) use self::input::{Input, done, form_path};
pub(crate) use self::json::response;
pub(crate) use self::problem::Problem;
pub(crate) use self::reply::refused;
