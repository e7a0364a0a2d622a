use serde::Deserialize;

/// What an application would have a general JWT library read: the claims that actas hands on as fields, owned.
#[derive(Clone, Debug, Deserialize)]
#[expect(
    dead_code,
    reason = "an application reads them; here it is their reading that counts"
)]
pub(crate) struct SessionClaims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) sid: String,
    pub(crate) azp: Option<String>,
    pub(crate) sts: Option<String>,
    pub(crate) exp: i64,
    pub(crate) nbf: i64,
    pub(crate) iat: i64,
    pub(crate) fva: Option<[i64; 2]>,
    pub(crate) act: Option<ActorClaims>,
    pub(crate) o: Option<OrganizationClaims>,
}

#[derive(Clone, Debug, Deserialize)]
#[expect(
    dead_code,
    reason = "an application reads them; here it is their reading that counts"
)]
pub(crate) struct ActorClaims {
    pub(crate) sub: String,
    pub(crate) iss: Option<String>,
    pub(crate) sid: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[expect(
    dead_code,
    reason = "an application reads them; here it is their reading that counts"
)]
pub(crate) struct OrganizationClaims {
    pub(crate) id: String,
    pub(crate) rol: Option<String>,
    pub(crate) slg: Option<String>,
}
