use std::error::Error;
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A certificate that nobody signed but itself, and its private key, which is written nowhere.
pub struct Certificate {
    pem: String,
    pub(crate) acceptor: TlsAcceptor,
}

impl Certificate {
    /// A new certificate for this host.
    ///
    /// # Errors
    ///
    /// When none can be generated.
    pub fn new(host: IpAddr) -> Result<Self, Box<dyn Error>> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([host.to_string()])?;
        let key = PrivateKeyDer::try_from(signing_key.serialize_der())?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)?;
        Ok(Self {
            pem: cert.pem(),
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// Writes the certificate, in PEM, to a new file that only this user can write to, and that is there until it is dropped.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn file(&self) -> io::Result<NamedTempFile> {
        let mut file = NamedTempFile::with_prefix("clerk-stand-in-")?;
        file.write_all(self.pem.as_bytes())?;
        file.flush()?;
        Ok(file)
    }
}
