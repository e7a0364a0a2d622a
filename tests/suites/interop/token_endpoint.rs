use std::time::Duration;

use actas::{RemoteKeys, Separator, SubjectKey, Verifier};
use actas_admin::Impersonation;
use actas_audit::AuditLog;
use actas_issuer::exchange::{ClientSecret, Exchange, ExchangeClient};
use actas_issuer::{
    Impersonations, Issuer, RolePolicy, SessionClaims, SigningAlgorithm, SigningKey, Unavailable,
    User, UserId, Users,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

/// Its tokens are for one of these, or for both.
pub(crate) const API: &str = "https://api.example.com";
pub(crate) const REPORTS: &str = "https://reports.example.com";

/// The one client. Of its id, `client_secret_basic` has to encode a character.
pub(crate) const CLIENT: &str = "nightly-export";

/// `/oauth/token` and the key set, as an application serves them that is its own issuer.
pub(crate) struct TokenEndpoint {
    pub(crate) url: String,
    pub(crate) secret: ClientSecret,
    issuer: Issuer,
    _folder: TempDir,
    serves: AbortHandle,
}

/// `admin_1` and `admin_2` support `user_1`.
struct Staff;

impl Users for Staff {
    async fn user(&self, id: &UserId) -> Result<Option<User>, Unavailable> {
        Ok(match &**id {
            "admin_1" | "admin_2" => Some(User::new(["support"])),
            "user_1" => Some(User::new(["member"])),
            _ => None,
        })
    }

    async fn actor(&self, key: SubjectKey<'_>) -> Result<Option<User>, Unavailable> {
        self.user(&key.user_id.parse().unwrap()).await
    }
}

impl TokenEndpoint {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::generate(SigningAlgorithm::Es256).unwrap();
        let issuer = Issuer::new(&*url, key).unwrap();
        let log = AuditLog::sqlite(folder.path().join("audit.db"));
        let log = log.open().await.unwrap();
        let impersonations = Impersonations::sqlite(folder.path().join("starts.db"))
            .with_concurrent_sessions(100)
            .open(
                issuer.clone(),
                log.clone(),
                RolePolicy::new(Staff, ["support"]),
            )
            .await
            .unwrap();
        let verifier = issuer
            .verifier_builder()
            .with_audiences([API])
            .with_audit(log)
            .build()
            .unwrap();
        let secret = ClientSecret::generate().unwrap();
        let exchange = Exchange::builder(impersonations.clone(), verifier.clone())
            .add_client(ExchangeClient::new(CLIENT, secret.hash()))
            .with_audiences([API, REPORTS])
            .build()
            .unwrap();
        let routes = Impersonation::new(impersonations, verifier)
            .with_exchange(exchange)
            .into_router();
        let serves = tokio::spawn(async { axum::serve(listener, routes).await.unwrap() });
        Self {
            url,
            secret,
            issuer,
            _folder: folder,
            serves: serves.abort_handle(),
        }
    }

    /// The token of a session in which nobody acts for the user.
    pub(crate) fn session(&self, user_id: &str) -> String {
        let claims = SessionClaims::new(user_id, format!("sess_{user_id}"))
            .with_audience(API)
            .with_lifetime(Duration::from_mins(10));
        self.issuer.mint(&claims).unwrap().into_string()
    }

    /// The verifier of an API elsewhere, which has the key set from here.
    pub(crate) fn verifier(&self) -> Verifier {
        let keys = RemoteKeys::from_url(format!("{}/.well-known/jwks.json", self.url));
        Verifier::builder(&*self.url)
            .separated_by(Separator::session_id())
            .with_algorithms([SigningAlgorithm::Es256.into()])
            .with_keys(keys.insecure_allow_http_to_loopback())
            .with_audiences([API])
            .with_authorized_parties([CLIENT])
            .build()
            .unwrap()
    }
}

impl Drop for TokenEndpoint {
    fn drop(&mut self) {
        self.serves.abort();
    }
}
