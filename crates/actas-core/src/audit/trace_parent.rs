use crate::request::RequestHead;

/// Bytes of a `traceparent` of version 00: `00-` and 32, 16 and 2 hexadecimal digits.
const VERSION_00_LEN: usize = 55;

/// The trace id of a request's `traceparent` (W3C Trace Context §3.2); `None` unless there is one that is well-formed.
pub(crate) fn trace_id<R: RequestHead>(request: &R) -> Option<String> {
    let mut values = request.header("traceparent");
    let value = std::str::from_utf8(values.next()?).ok()?;
    if values.next().is_some() {
        return None;
    }
    let mut parts = value.split('-');
    let (version, trace, parent, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let known = version != "00" || value.len() == VERSION_00_LEN;
    let well_formed = known
        && is_hex(version, 2)
        && version != "ff"
        && is_hex(trace, 32)
        && is_hex(parent, 16)
        && is_hex(flags, 2)
        && is_set(trace)
        && is_set(parent);
    well_formed.then(|| trace.to_owned())
}

fn is_hex(part: &str, len: usize) -> bool {
    part.len() == len
        && part
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_set(part: &str) -> bool {
    part.bytes().any(|byte| byte != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_request::TestRequest;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn only_a_well_formed_parent_names_a_trace() {
        let of = |value: &str| trace_id(&TestRequest::new("GET").with_header("traceparent", value));
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        assert_eq!(of(&parent).as_deref(), Some(TRACE));
        let future = format!("01-{TRACE}-00f067aa0ba902b7-01-what-the-future-brings");
        assert_eq!(of(&future).as_deref(), Some(TRACE));
        for refused in [
            String::new(),
            format!("{parent}-more"),
            parent.to_uppercase(),
            parent.replace("00-4", "ff-4"),
            parent.replace(TRACE, &"0".repeat(32)),
            parent.replace("00f067aa0ba902b7", &"0".repeat(16)),
            parent.replace(TRACE, "4bf92f35"),
            parent.replace("-01", ""),
            parent.replace("4bf9", "\u{e9}"),
        ] {
            assert_eq!(of(&refused), None, "{refused}");
        }
        let twice = TestRequest::new("GET")
            .with_header("traceparent", &parent)
            .with_header("traceparent", &parent);
        assert_eq!(trace_id(&twice), None);
        assert_eq!(trace_id(&TestRequest::new("GET")), None);
    }
}
