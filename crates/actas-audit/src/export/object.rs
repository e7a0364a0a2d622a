use serde_json::{Map, Value};

/// `value` without the members that are `null`, and without the objects and arrays that are empty then.
pub(super) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| (name, without_nulls(value)));
            Value::Object(
                members
                    .filter(|(_, value)| !is_empty(value))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_nulls).collect()),
        other => other,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_known_is_left_out() {
        let value = json!({"a": null, "b": {"c": null}, "d": [], "e": "", "f": 0, "g": [{"h": null, "i": 1}]});
        assert_eq!(
            without_nulls(value),
            json!({"e": "", "f": 0, "g": [{"i": 1}]})
        );
    }
}
