//! The members of a body, which is JSON or a form.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::path::OwnPath;
use super::problem::Problem;

/// Where a form is to lead to.
const RETURN_TO: &str = "return_to";

/// What a body holds. No member is unknown, and none is there twice.
pub(crate) trait Fields: DeserializeOwned {
    /// What a body must be, for whoever has sent another.
    const EXPECTED: &'static str;
    /// Those that are numbers. A form has only text.
    const NUMBERS: &'static [&'static str] = &[];
    /// Whether a form may say where to go afterwards.
    const LEADS_ON: bool = true;

    /// What no body at all stands for.
    fn nothing() -> Option<Self> {
        None
    }
}

/// A body without a member, or none at all.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Nothing)]
pub(crate) struct Nothing {}

impl Fields for Nothing {
    const EXPECTED: &'static str = "nothing, or a JSON object or a form without a member";

    fn nothing() -> Option<Self> {
        Some(Self {})
    }
}

pub(super) fn read_json<T: Fields>(body: &[u8]) -> Result<T, Problem> {
    // An array would do for serde: the members in their order, without their names.
    let is_object = body.trim_ascii_start().starts_with(b"{");
    let fields = is_object.then(|| serde_json::from_slice(body).ok());
    fields.flatten().ok_or_else(|| Problem::query(T::EXPECTED))
}

/// Reads a form. A field that is left empty is one that is not there.
pub(super) fn read_form<T: Fields>(body: &[u8]) -> Result<(T, Option<OwnPath>), Problem> {
    let mut members = Map::new();
    for (name, value) in form_urlencoded::parse(body) {
        let value = match &*value {
            "" => Value::Null,
            text if T::NUMBERS.contains(&&*name) => number(text),
            text => text.into(),
        };
        if members.insert(name.into_owned(), value).is_some() {
            return Err(Problem::query("a field of the form is there twice"));
        }
    }
    let path = if T::LEADS_ON {
        members.remove(RETURN_TO)
    } else {
        None
    };
    let path = match path {
        None | Some(Value::Null) => None,
        Some(path) => {
            let path = path.as_str().and_then(OwnPath::read);
            Some(path.ok_or_else(|| Problem::parameter(RETURN_TO, OwnPath::EXPECTED))?)
        }
    };
    let fields = T::deserialize(Value::Object(members));
    Ok((fields.map_err(|_| Problem::query(T::EXPECTED))?, path))
}

/// The one field of a form that says where to go, whatever else is there.
pub(super) fn read_path(body: &[u8]) -> Option<OwnPath> {
    let mut paths = form_urlencoded::parse(body).filter(|(name, _)| name == RETURN_TO);
    let (_, path) = paths.next()?;
    let is_one = paths.next().is_none();
    OwnPath::read(&path).filter(|_| is_one)
}

/// Digits alone: no sign, no space. Anything else stays text, which is no number.
fn number(text: &str) -> Value {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = is_number.then(|| text.parse::<u64>().ok()).flatten();
    number.map_or_else(|| text.into(), Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq, Eq)]
    #[serde(deny_unknown_fields)]
    struct Order {
        item: String,
        count: Option<u64>,
    }

    impl Fields for Order {
        const EXPECTED: &'static str = "an order";
        const NUMBERS: &'static [&'static str] = &["count"];
    }

    fn order(item: &str, count: Option<u64>) -> Order {
        let item = item.to_owned();
        Order { item, count }
    }

    #[test]
    fn a_body_has_each_member_once_and_no_other() {
        for (json, expected) in [
            (r#"{"item":"a","count":7}"#, Some(order("a", Some(7)))),
            (r#"{"item":"a","count":null}"#, Some(order("a", None))),
            (r#"{"item":"a"}"#, Some(order("a", None))),
            (r#"{"item":"a","item":"b"}"#, None),
            (r#"{"item":"a","return_to":"/"}"#, None),
            (r#"{"item":"a","count":"7"}"#, None),
            (r#"{"item":7}"#, None),
            (r#"{"item":"a"} x"#, None),
            (" \n{\"item\":\"a\"}", Some(order("a", None))),
            ("[]", None),
            (r#"["a",7]"#, None),
            ("", None),
        ] {
            assert_eq!(read_json::<Order>(json.as_bytes()).ok(), expected, "{json}");
        }
        for (form, expected) in [
            ("item=a&count=7", Some(order("a", Some(7)))),
            ("item=%7B+%22&count=", Some(order("{ \"", None))),
            ("count=7", None),
            ("item=&count=7", None),
            ("item=a&count=-7", None),
            ("item=a&count=7.0", None),
            ("item=a&count=99999999999999999999", None),
            ("item=a&item=b", None),
            ("item=a&item=", None),
            ("item=a&other=", None),
            ("item=a&return_to=//evil.example", None),
            ("item=a&return_to=/a&return_to=/b", None),
            ("", None),
        ] {
            let read = read_form::<Order>(form.as_bytes()).ok();
            assert_eq!(read.map(|(order, _)| order), expected, "{form}");
        }
        let (_, path) = read_form::<Order>(b"return_to=%2Fa&item=a").unwrap();
        assert_eq!(path, OwnPath::read("/a"));
    }

    #[test]
    fn a_path_is_read_beside_whatever() {
        for (form, path) in [
            ("return_to=%2Fa&x=1&x=2", Some("/a")),
            ("return_to=//a", None),
            ("return_to=/a&return_to=/b", None),
            ("x", None),
        ] {
            let read = read_path(form.as_bytes());
            assert_eq!(read.map(OwnPath::into_string).as_deref(), path, "{form}");
        }
    }
}
