use super::error::{Code, ExchangeError};
use super::form::Form;

/// For whom the token will be: what the form asks for by `audience` and `resource` (RFC 8693 §2.1), if all of it is among
/// those that are served here.
pub(super) fn audiences(form: &Form<'_>, served: &[String]) -> Result<Vec<String>, ExchangeError> {
    let mut audiences: Vec<String> = Vec::new();
    for target in form.targets() {
        if !served.iter().any(|audience| audience == target) {
            return Err(ExchangeError::new(
                Code::InvalidTarget,
                "an audience or resource is none that tokens are issued for here",
            ));
        }
        if !audiences.iter().any(|audience| audience == target) {
            audiences.push(target.to_owned());
        }
    }
    match (audiences.is_empty(), served) {
        (true, [only]) => Ok(vec![only.clone()]),
        (true, [_, _, ..]) => Err(ExchangeError::new(
            Code::InvalidTarget,
            "tokens are issued for several audiences here: name at least one",
        )),
        _ => Ok(audiences),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_served_can_be_asked_for() {
        let (none, one, two): (&[&str], _, _) = (&[], ["a"].as_slice(), ["a", "b"].as_slice());
        for (form, served, expected) in [
            ("", none, Some(none)),
            ("audience=a", none, None),
            ("", one, Some(one)),
            ("audience=a&resource=a", one, Some(one)),
            ("audience=A", one, None),
            ("audience=a&resource=c", two, None),
            ("", two, None),
            ("audience=", two, None),
            ("resource=a", two, Some(one)),
            ("resource=a&audience=b", two, Some(two)),
        ] {
            let served: Vec<String> = served.iter().map(ToString::to_string).collect();
            let form = Form::parse(form.as_bytes()).ok().unwrap();
            match (audiences(&form, &served), expected) {
                (Ok(found), Some(expected)) => assert_eq!(found, expected),
                (Err(error), None) => assert_eq!(error.code, Code::InvalidTarget),
                (found, expected) => panic!("{found:?}, not {expected:?}"),
            }
        }
    }
}
