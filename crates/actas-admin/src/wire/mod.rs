//! What the routes of either router are made of.

mod json;
mod problem;
mod described;

pub(crate) use self::described::{Credentials, Responses, described, header, one, problem, serve};
pub(crate) use self::json::response;
pub(crate) use self::problem::Problem;
