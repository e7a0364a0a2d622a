//! Where a form is to lead to.

/// Bytes of the longest one.
const MAX: usize = 2048;

/// A path of this origin, with its query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::impersonation) struct OwnPath(String);

impl OwnPath {
    /// What a description of it says.
    pub(in crate::impersonation) const EXPECTED: &'static str =
        "a path of this origin: one slash first, visible ASCII, no // and no backslash";

    /// Reads a path, of which no browser makes another origin: white space and control characters, which browsers leave out, are
    /// not taken, nor is a backslash, which they take for a slash.
    pub(in crate::impersonation) fn read(text: &str) -> Option<Self> {
        let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        let is_own = text.starts_with('/') && !text.contains("//") && !text.contains('\\');
        (is_plain && is_own && text.len() <= MAX).then(|| Self(text.to_owned()))
    }

    pub(in crate::impersonation) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_to_another_origin() {
        for text in [
            "/",
            "/users/7?tab=a%20b#top",
            "/%2f%2fevil.example",
            "/@evil.example",
        ] {
            assert_eq!(
                OwnPath::read(text).map(OwnPath::into_string).as_deref(),
                Some(text)
            );
        }
        for text in [
            "",
            "users",
            "//evil.example",
            "///evil.example",
            "/users//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /users",
            "/us ers",
            "/\r\nset-cookie: a=b",
            "/é",
            "https://evil.example/",
            "https:/evil.example",
            "javascript:alert(1)",
            "/?next=https://evil.example",
            &format!("/{}", "a".repeat(2048)),
        ] {
            assert_eq!(OwnPath::read(text), None, "{text:?}");
        }
    }
}
