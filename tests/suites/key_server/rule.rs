/// What the key server gave last.
#[derive(Debug)]
pub(crate) enum Given {
    /// Nothing that a key could be found in: no answer, another status than 200, a body that is no key set, or a set
    /// without a usable key.
    Nothing,
    /// A set in which these names can be found.
    Keys(Vec<String>),
}

/// Which refusal a token gets that names `kid`, where it must be refused.
///
/// | the key server gave last | the key | the request had keys fetched | refusal |
/// |---|---|---|---|
/// | nothing | | | 503: the issuer's fault must not sign anybody out |
/// | a set | is in it | | 401: the signature is another key's |
/// | a set | is not in it | yes | 401: the key was looked up, and is not the issuer's |
/// | a set | is not in it | no | 503: too many were looked up lately, and it may have been published since |
pub(crate) fn refusal(given: &Given, kid: &str, fetched: bool) -> u16 {
    let proved_bad = match given {
        Given::Nothing => false,
        Given::Keys(kids) => fetched || kids.iter().any(|known| known == kid),
    };
    if proved_bad { 401 } else { 503 }
}
