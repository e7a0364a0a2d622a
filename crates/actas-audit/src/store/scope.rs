/// Whose sessions may be read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditScope {
    /// Nobody's.
    None,
    /// Those in which this organisation of this issuer is active.
    Organization {
        /// `iss`.
        issuer: String,
        /// The organisation, unique within the issuer.
        id: String,
    },
    /// Those of this user of this issuer.
    User {
        /// `iss`.
        issuer: String,
        /// `sub`.
        user_id: String,
    },
    /// Everybody's.
    All,
}
