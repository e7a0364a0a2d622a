//! Bodies, which are JSON or a form.

mod path;
mod fields;
mod input;

pub(super) use self::fields::{Fields, Nothing};
pub(super) use self::input::{Input, done, form_path};
