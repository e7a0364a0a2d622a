//! Values whose one text form is also their form in JSON.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserializer, Visitor};

use crate::malformed::Malformed;

/// Writes `bytes` in lower-case hexadecimal.
pub(crate) fn write_hex(f: &mut impl fmt::Write, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| {
        for digit in [byte >> 4, byte & 0xf] {
            f.write_char(char::from_digit(u32::from(digit), 16).unwrap_or('?'))?;
        }
        Ok(())
    })
}

/// Reads exactly `N` bytes in lower-case hexadecimal.
pub(crate) fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => character.checked_sub(b'0'),
        b'a'..=b'f' => character.checked_sub(b'a' - 10),
        _ => None,
    }
}

/// Reads a JSON string by [`FromStr`], without a copy of it.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = Malformed>,
{
    struct Text<T>(std::marker::PhantomData<T>);

    impl<T: FromStr<Err = Malformed>> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            text.parse().map_err(E::custom)
        }
    }

    deserializer.deserialize_str(Text(std::marker::PhantomData))
}

/// `Debug`, `Serialize` and `Deserialize` by the text form that `Display` and `FromStr` give.
macro_rules! by_text_form {
    ($($name:ty),+) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::text_form::deserialize(deserializer)
            }
        }
    )+};
}

pub(crate) use by_text_form;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_has_one_form() {
        let mut text = String::new();
        write_hex(&mut text, &[0x00, 0x9f, 0xa0, 0xff]).unwrap();
        assert_eq!(text, "009fa0ff");
        assert_eq!(read_hex("009fa0ff"), Some([0x00, 0x9f, 0xa0, 0xff]));
        for other in [
            "009FA0FF",
            "009fa0f",
            "009fa0ff0",
            "009fa0ff00",
            "009fa0fg",
            "+09fa0ff",
            "",
        ] {
            assert_eq!(read_hex::<4>(other), None, "{other}");
        }
    }
}
