use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use serde::Deserialize as _;
use toml::{Table, Value};

use super::config::Config;
use super::failure::Failure;

/// What the variables of the environment begin with that are settings. One underscore would take those that Kubernetes sets for a
/// service of the name.
const PREFIX: &str = "ACTAS__";
const BETWEEN: &str = "__";

/// What is set: by the file, and by the environment over it.
pub(super) fn read(path: &Path) -> Result<Config, Failure> {
    let name = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::outside(format!("the settings {name}: {error}")))?;
    // By itself first: an error has its place in the text then.
    toml::from_str::<Config>(&text).map_err(|error| {
        let place = error.span().map(|span| place(&text, span.start));
        let place = place.map_or_else(String::new, |(line, column)| format!(":{line}:{column}"));
        Failure::setting(format!("{name}{place}: {}", one_line(error.message())))
    })?;
    let not_read = |error: toml::de::Error| Failure::setting(one_line(error.message()));
    let mut settings: Table = text.parse().map_err(not_read)?;
    for (variable, value) in env::vars_os() {
        let Some(variable) = variable.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        merge(&mut settings, by_variable(variable, value)?);
    }
    Config::deserialize(settings).map_err(not_read)
}

/// The one setting that a variable makes.
fn by_variable(variable: &str, value: OsString) -> Result<Table, Failure> {
    let refused =
        |message: &str| Failure::setting(format!("the variable {variable}: {}", one_line(message)));
    let value = value.into_string().map_err(|_| refused("it is no text"))?;
    let name = variable.strip_prefix(PREFIX).unwrap_or_default();
    let path = name.to_ascii_lowercase();
    let mut names = path.rsplit(BETWEEN);
    let last = names.next().unwrap_or_default().to_owned();
    let mut table = Table::from_iter([(last, as_toml(&value))]);
    for name in names {
        table = Table::from_iter([(name.to_owned(), Value::Table(table))]);
    }
    let settings = Config::deserialize(table.clone());
    settings.map_err(|error| refused(error.message()))?;
    Ok(table)
}

/// A value of TOML, or else a string.
fn as_toml(value: &str) -> Value {
    let table = format!("value = {value}").parse::<Table>().ok();
    let table = table.filter(|table| table.len() == 1);
    let value_of = |mut table: Table| table.remove("value");
    table
        .and_then(value_of)
        .unwrap_or_else(|| Value::String(value.to_owned()))
}

fn merge(settings: &mut Table, over: Table) {
    for (name, value) in over {
        match (settings.get_mut(&name), value) {
            (Some(Value::Table(settings)), Value::Table(over)) => merge(settings, over),
            (_, value) => {
                settings.insert(name, value);
            }
        }
    }
}

/// Line and column, from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let column = before.rsplit('\n').next().unwrap_or_default();
    (line, column.chars().count().saturating_add(1))
}

fn one_line(message: &str) -> String {
    message.trim().replace('\n', "; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_is_a_value_or_else_text() {
        for (text, value) in [
            ("127.0.0.1:1", Value::String("127.0.0.1:1".to_owned())),
            ("3", Value::Integer(3)),
            ("\"3\"", Value::String("3".to_owned())),
            ("true", Value::Boolean(true)),
            ("1\nlisten = 2", Value::String("1\nlisten = 2".to_owned())),
            ("", Value::String(String::new())),
        ] {
            assert_eq!(as_toml(text), value, "{text}");
        }
    }

    #[test]
    fn a_variable_goes_over_the_file() {
        let mut settings: Table = "[terms]\nstarts_per_hour = 1\nconsent = true"
            .parse()
            .unwrap();
        let over = by_variable("ACTAS__TERMS__STARTS_PER_HOUR", "2".into()).unwrap();
        merge(&mut settings, over);
        assert_eq!(settings["terms"]["starts_per_hour"], Value::Integer(2));
        assert_eq!(settings["terms"]["consent"], Value::Boolean(true));
    }
}
