use serde_json::Value;

/// Checks an answer against a schema of an OpenAPI document: types, members, values and references.
///
/// What a schema says beyond these is an error: it would not be checked.
pub(crate) fn check(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.strip_prefix('#').unwrap();
        let schema = document.pointer(pointer);
        return check(document, schema.ok_or(reference)?, value);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |schema: &&Value| check(document, schema, value).is_ok();
        return match choices.iter().filter(fits).count() {
            1 => Ok(()),
            fitting => Err(format!("{value} fits {fitting} of {choices:?}")),
        };
    }
    let types = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().map(|one| one.as_str().unwrap()).collect(),
        _ => return Err(format!("no type: {schema}")),
    };
    if !types.iter().any(|name| is(value, name)) {
        return Err(format!("{value} is none of {types:?}"));
    }
    if let Some(values) = schema["enum"].as_array()
        && !values.contains(value)
    {
        return Err(format!("{value} is none of {values:?}"));
    }
    if let Some(minimum) = schema["minimum"].as_f64()
        && value.as_f64().is_some_and(|value| value < minimum)
    {
        return Err(format!("{value} is less than {minimum}"));
    }
    if let Value::Array(items) = value {
        for item in items {
            check(document, &schema["items"], item)?;
        }
    }
    let Value::Object(members) = value else {
        return Ok(());
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !members.contains_key(name.as_str().unwrap()) {
            return Err(format!("{name} is not there: {value}"));
        }
    }
    let open = schema.get("additionalProperties").is_some() || schema.get("properties").is_none();
    for (name, member) in members {
        match schema["properties"].get(name) {
            Some(schema) => {
                check(document, schema, member).map_err(|error| format!("{name}: {error}"))?;
            }
            None if open => {}
            None => return Err(format!("{name} is not described")),
        }
    }
    Ok(())
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        _ => false,
    }
}
