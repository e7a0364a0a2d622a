//! The canonical form of JSON (RFC 8785), for records without fractions.

use serde::Serialize;
use serde_json::{Map, Number, Value};

/// The greatest magnitude of an integer that every reader of JSON holds exactly (RFC 8785 §3.2.2.3): 2^53 - 1.
pub(crate) const MAX_INTEGER: u64 = (1 << 53) - 1;

/// `value` in canonical form, or `None` where it holds a number that is no integer of at most [`MAX_INTEGER`].
pub(crate) fn text(value: &impl Serialize) -> Option<String> {
    let mut out = String::with_capacity(512);
    write(&mut out, &serde_json::to_value(value).ok()?)?;
    Some(out)
}

fn write(out: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&integer(number)?.to_string()),
        Value::String(text) => string(out, text)?,
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(out, index);
                write(out, item)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, value)) in sorted(members).into_iter().enumerate() {
                separate(out, index);
                string(out, name)?;
                out.push(':');
                write(out, value)?;
            }
            out.push('}');
        }
    }
    Some(())
}

fn separate(out: &mut String, index: usize) {
    if index > 0 {
        out.push(',');
    }
}

fn integer(number: &Number) -> Option<i64> {
    number
        .as_i64()
        .filter(|number| number.unsigned_abs() <= MAX_INTEGER)
}

/// `serde_json` escapes what RFC 8785 §3.2.2.2 wants escaped, as it wants it, and nothing else.
fn string(out: &mut String, text: &str) -> Option<()> {
    out.push_str(&serde_json::to_string(text).ok()?);
    Some(())
}

/// By the UTF-16 code units of the names (RFC 8785 §3.2.3), whatever order the map keeps.
fn sorted(members: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    members
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// RFC 8785 §3.2.2 and §3.2.3, without their fractions.
    #[test]
    fn the_form_is_that_of_the_rfc() {
        let value = json!({
            "numbers": [333_333_333, -1, 0],
            "string": "\u{20ac}$\u{f}\nA'B\"\\\\\"/",
            "literals": [null, true, false],
        });
        assert_eq!(
            text(&value).as_deref(),
            Some(
                "{\"literals\":[null,true,false],\"numbers\":[333333333,-1,0],\
                 \"string\":\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"
            )
        );
        let value = json!({
            "\u{20ac}": "Euro Sign",
            "\r": "Carriage Return",
            "\u{fb33}": "Hebrew Letter Dalet With Dagesh",
            "1": "One",
            "\u{1f600}": "Emoji: Grinning Face",
            "\u{80}": "Control",
            "\u{f6}": "Latin Small Letter O With Diaeresis",
        });
        assert_eq!(
            text(&value).as_deref(),
            Some(
                "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
                 \"\u{f6}\":\"Latin Small Letter O With Diaeresis\",\"\u{20ac}\":\"Euro Sign\",\
                 \"\u{1f600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}"
            )
        );
    }

    #[test]
    fn every_control_character_has_one_escape() {
        let controls: String = ('\0'..='\u{1f}').chain(['\u{7f}', '\u{2028}']).collect();
        assert_eq!(
            text(&controls).as_deref(),
            Some(
                "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f\
                 \\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\
                 \\u001e\\u001f\u{7f}\u{2028}\""
            )
        );
    }

    #[test]
    fn numbers_that_a_reader_may_round_are_refused() {
        for good in [
            json!(9_007_199_254_740_991_i64),
            json!(-9_007_199_254_740_991_i64),
        ] {
            assert_eq!(text(&good), Some(good.to_string()));
        }
        for bad in [
            json!(9_007_199_254_740_992_i64),
            json!(u64::MAX),
            json!(i64::MIN),
            json!(1.5),
            json!(1.0),
        ] {
            assert_eq!(text(&bad), None, "{bad}");
        }
    }
}
