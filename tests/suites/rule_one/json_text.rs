//! JSON as text, in more spellings than a serialiser has: escapes, spaces, names twice.

use proptest::collection::vec;
use proptest::prelude::*;

/// Names that mean something in claims, and one that does not.
const NAMES: [&str; 9] = [
    "sub",
    "iss",
    "act",
    "sid",
    "type",
    "sub_profile",
    "reason",
    "",
    "SUB",
];

/// `text` as a JSON string, each of its letters as it is or escaped.
pub(crate) fn spelled(text: &'static str) -> impl Strategy<Value = String> {
    vec(prop::bool::weighted(0.1), text.chars().count()).prop_map(move |escapes| {
        let letters = text.chars().zip(escapes).map(|(letter, escape)| {
            if escape {
                escaped(letter)
            } else {
                letter.to_string()
            }
        });
        format!("\"{}\"", letters.collect::<String>())
    })
}

/// A string of any characters, some of them escaped, some of them only half.
fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => "[a-z_@:.]{1,6}",
        2 => any::<char>().prop_map(escaped),
        2 => any::<char>().prop_filter("to be escaped", |letter| !matches!(letter, '"' | '\\' | '\0'..='\x1f')).prop_map(String::from),
        1 => prop::sample::select(vec![r"\n", r#"\""#, r"\\", r"\/", r"\u0000", r"\uD83D\uDE00", "\u{202e}", "\u{feff}"])
            .prop_map(str::to_owned),
    ];
    let piece = prop_oneof![
        60 => piece,
        // What makes the text no JSON: half a pair of surrogates, an unknown escape, a control character.
        1 => prop::sample::select(vec![r"\uD83D", r"\uDE00", r"\x41", "\u{1}", "\n"]).prop_map(str::to_owned),
    ];
    vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => string(),
        2 => prop::sample::select(vec!["null", "true", "false", "0", "-0.0", "1e400", "01", "nul", "NaN", "\"\""]).prop_map(str::to_owned),
        1 => any::<i64>().prop_map(|number| number.to_string()),
        1 => any::<f64>().prop_filter("a number", |number| number.is_finite()).prop_map(|number| number.to_string()),
    ]
}

/// Any value.
pub(crate) fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            vec((name(), inner, spaces()), 0..5).prop_map(|members| braces(&members)),
        ]
    })
}

/// An object that may well be an actor.
pub(crate) fn object() -> impl Strategy<Value = String> {
    let sub = (
        spelled("sub"),
        prop_oneof![6 => string(), 1 => value()],
        spaces(),
    );
    let inner = prop_oneof![Just("null".to_owned()), value()];
    let actor = (sub, vec((name(), inner, spaces()), 0..3))
        .prop_map(|(sub, more)| [vec![sub], more].concat());
    actor.prop_shuffle().prop_map(|members| braces(&members))
}

/// Members of an object, of names that occur nowhere else in a claims set, or anywhere.
pub(crate) fn members() -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![
        4 => "[x-z]{1,3}".prop_map(|name| format!("\"{name}\"")),
        // The sign keeps it from being `nbf` by accident.
        1 => string().prop_map(|name| name.replacen('"', "\"~", 1)),
        1 => name(),
    ];
    vec(
        (name, value()).prop_map(|(name, value)| format!("{name}:{value}")),
        0..4,
    )
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(NAMES.to_vec()).prop_flat_map(spelled)
}

fn spaces() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", "", " ", "\n\t", "\r\n  "])
}

fn braces(members: &[(String, String, &'static str)]) -> String {
    let members: Vec<_> = members
        .iter()
        .map(|(name, value, spaces)| format!("{spaces}{name}{spaces}:{spaces}{value}{spaces}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn escaped(letter: char) -> String {
    let mut units = [0; 2];
    let units = letter.encode_utf16(&mut units).iter();
    let units: Vec<_> = units.map(|unit| format!("\\u{unit:04x}")).collect();
    units.concat()
}
