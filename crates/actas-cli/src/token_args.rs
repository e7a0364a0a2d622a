//! What `actas verify` is told.

use std::path::PathBuf;

use actas_core::Algorithm;

use crate::exit::TOKEN_HELP;

/// Explains a session token, check by check.
///
/// Says which rules the token passed, which one refused it, what was found and what was expected; of a token that is
/// accepted, whose session it is, and who acts in it. The verdict is that of the verifier that applications use. The token
/// itself is never printed, nor any of its three parts whole.
///
/// Say whose tokens are expected, and where the keys come from. Nothing is fetched unless `--fetch` asks for it.
///
/// A rule bears the name that logs and audit records have for a refusal by it. A check that was not reached shows what the
/// token says there all the same: unless its signature held, anybody can have written it.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
#[command(after_help = examples())]
#[command(group = clap::ArgGroup::new("profile").required(true).args(
    ["clerk", "issuer", "workos", "auth0", "keycloak", "zitadel", "logto"]))]
#[command(group = clap::ArgGroup::new("keys").required(true).args(["jwks", "public_key", "fetch"]))]
pub(crate) struct VerifyToken {
    /// The file that holds the token, alone; `-` is the standard input. Never the token itself: what is given as an argument
    /// can be seen by others on this machine, and stays in the shell's history.
    #[arg(value_name = "FILE", default_value = "-")]
    pub(crate) token: PathBuf,

    /// Session tokens of Clerk: its publishable key.
    #[arg(long, value_name = "pk_…", help_heading = "Whose tokens")]
    pub(crate) clerk: Option<String>,

    /// Tokens of any issuer, by the exact value of their `iss`. Say by `--rfc9068`, `--typ`, `--claim` or `--claims-differ` what
    /// sets its session tokens apart from its others.
    #[arg(long, value_name = "URL", help_heading = "Whose tokens")]
    pub(crate) issuer: Option<String>,

    /// Access tokens of WorkOS `AuthKit`: the client id.
    #[arg(long, value_name = "client_…", help_heading = "Whose tokens")]
    pub(crate) workos: Option<String>,

    /// Access tokens of Auth0 in its RFC 9068 profile: the domain. Needs `--audience`, the API's identifier.
    #[arg(
        long,
        value_name = "DOMAIN",
        requires = "audience",
        help_heading = "Whose tokens"
    )]
    pub(crate) auth0: Option<String>,

    /// Access tokens of Keycloak 26.8 or later: the realm's URL. Needs `--audience`.
    #[arg(
        long,
        value_name = "URL",
        requires = "audience",
        help_heading = "Whose tokens"
    )]
    pub(crate) keycloak: Option<String>,

    /// JWT access tokens of ZITADEL: the instance's URL. Needs `--audience`, the project's id, and `--client-id`.
    #[arg(long, value_name = "URL", requires_all = ["audience", "client_id"], help_heading = "Whose tokens")]
    pub(crate) zitadel: Option<String>,

    /// Access tokens of Logto: the tenant's URL. Needs `--audience`, the API resource's indicator.
    #[arg(
        long,
        value_name = "URL",
        requires = "audience",
        help_heading = "Whose tokens"
    )]
    pub(crate) logto: Option<String>,

    /// The issuer's tokens are access tokens of RFC 9068. Needs `--audience`.
    #[arg(long, requires_all = ["issuer", "audience"], conflicts_with_all = ["clerk", "workos", "auth0", "keycloak", "zitadel", "logto"], help_heading = "What sets session tokens apart")]
    pub(crate) rfc9068: bool,

    /// The header's `typ` must be this.
    #[arg(
        long,
        value_name = "TYPE",
        help_heading = "What sets session tokens apart"
    )]
    pub(crate) typ: Option<String>,

    /// The token must have this claim, or this string in it. May be given several times.
    #[arg(
        long,
        value_name = "NAME[=VALUE]",
        help_heading = "What sets session tokens apart"
    )]
    pub(crate) claim: Vec<String>,

    /// These two claims must differ: `sub,client_id`.
    #[arg(
        long,
        value_name = "NAME,NAME",
        help_heading = "What sets session tokens apart"
    )]
    pub(crate) claims_differ: Option<String>,

    /// An application whose users' tokens are taken, at ZITADEL. May be given several times.
    #[arg(
        long,
        value_name = "ID",
        requires = "zitadel",
        conflicts_with_all = ["clerk", "issuer", "workos", "auth0", "keycloak", "logto"],
        help_heading = "What sets session tokens apart"
    )]
    pub(crate) client_id: Vec<String>,

    /// The issuer's JWK set.
    #[arg(long, value_name = "FILE", help_heading = "Keys")]
    pub(crate) jwks: Option<PathBuf>,

    /// The issuer's public key: a PEM document, or the file that holds one.
    #[arg(
        long,
        value_name = "PEM|FILE",
        allow_hyphen_values = true,
        help_heading = "Keys"
    )]
    pub(crate) public_key: Option<String>,

    /// Fetches the keys: from where the profile says, or `--issuer` by its `OpenID` configuration, or from the URL given.
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, default_missing_value = "", help_heading = "Keys")]
    pub(crate) fetch: Option<String>,

    /// Lets keys be fetched over plain `http` from this machine, where whoever can listen can name them.
    #[arg(long, requires = "fetch", conflicts_with_all = ["jwks", "public_key"], help_heading = "Keys")]
    pub(crate) insecure_http_to_loopback: bool,

    /// An audience that the token may name. May be given several times.
    #[arg(
        long,
        value_name = "AUDIENCE",
        help_heading = "What the application expects"
    )]
    pub(crate) audience: Vec<String>,

    /// A party that the token may have been issued to: its `azp`. May be given several times.
    #[arg(
        long,
        value_name = "PARTY",
        help_heading = "What the application expects"
    )]
    pub(crate) authorized_party: Vec<String>,

    /// An algorithm to take tokens in, in place of the profile's. May be given several times; a public key is read for the
    /// first.
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "What the application expects"
    )]
    pub(crate) algorithm: Vec<Algorithm>,

    /// Seconds by which the issuer's clock may differ.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 5,
        help_heading = "What the application expects"
    )]
    pub(crate) leeway: u64,

    /// Takes sessions that have tasks to complete (`sts: pending`).
    #[arg(long, help_heading = "What the application expects")]
    pub(crate) pending_sessions: bool,

    /// Judges as of this time, as in RFC 3339: `2026-01-01T00:00:00Z`. By default, now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<jiff::Timestamp>,

    /// Prints one JSON object.
    #[arg(long)]
    pub(crate) json: bool,
}

fn examples() -> String {
    format!(
        "Examples:
  actas verify token.txt --clerk pk_test_Y2xlcmsuY2xlcmsuZGV2JA --public-key clerk.pem --authorized-party https://app.example.com
  actas verify token.txt --clerk pk_test_Y2xlcmsuY2xlcmsuZGV2JA --jwks jwks.json --at 2026-01-01T00:00:00Z
  actas verify token.txt --issuer https://login.example.com --rfc9068 --audience https://api.example.com --jwks jwks.json
  actas verify token.txt --issuer https://login.example.com --claim sid --claim typ=Bearer --jwks jwks.json --json
  actas verify token.txt --keycloak https://id.example.com/realms/shop --audience shop-api --jwks jwks.json
  pbpaste | actas verify --workos client_01EXAMPLE --fetch

{TOKEN_HELP}"
    )
}
