use std::path::Path;

use crate::actix_apps::Serve;
use crate::axum_apps;
use crate::fixture::{Algorithm, Issued};
use crate::op::Op;

/// What is measured.
#[derive(Clone)]
pub struct Case {
    /// `token`, `refused`, `axum` or `actix`.
    pub place: &'static str,
    pub who: &'static str,
    pub algorithm: Algorithm,
    /// What jsonwebtoken 10 and 11 are to compute with; both in one process would panic.
    pub backend: Backend,
    /// How many calls a count of instructions takes the mean of.
    pub calls: u32,
    pub(crate) build: Build,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    AwsLcRs,
    RustCrypto,
}

#[derive(Clone, Copy)]
pub(crate) enum Build {
    Op(fn(&Setup) -> Op),
    Axum(fn(&Setup) -> axum_apps::App),
    Actix { op: fn(&Setup) -> Op, serve: Serve },
}

/// What a case is built from.
pub(crate) struct Setup {
    pub(crate) algorithm: Algorithm,
    pub(crate) issued: Issued,
}

impl Case {
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.place, self.who, self.algorithm.name())
    }

    /// What is to be called, ready to be called, with the tokens that [`prepare`](crate::prepare) wrote into `directory`.
    pub fn op(&self, directory: &Path) -> Op {
        let setup = self.setup(directory);
        match &self.build {
            Build::Op(op) | Build::Actix { op, .. } => op(&setup),
            Build::Axum(app) => app(&setup).op(),
        }
    }

    /// Serves the case on a free port of the loopback interface, and says which.
    ///
    /// # Panics
    ///
    /// Where the case is no service.
    pub fn serve(&self, directory: &Path) {
        let setup = self.setup(directory);
        match &self.build {
            Build::Op(_) => panic!("{} is no service", self.name()),
            Build::Axum(app) => axum_apps::serve(*app, &setup),
            Build::Actix { serve, .. } => serve(&setup),
        }
    }

    pub fn is_service(&self) -> bool {
        !matches!(self.build, Build::Op(_))
    }

    fn setup(&self, directory: &Path) -> Setup {
        #[cfg(feature = "peers")]
        self.backend.install();
        let issued = Issued::load(directory, self.algorithm);
        Setup {
            algorithm: self.algorithm,
            issued,
        }
    }
}

impl Backend {
    pub fn name(self) -> &'static str {
        match self {
            Self::AwsLcRs => "aws_lc_rs",
            Self::RustCrypto => "rust_crypto",
        }
    }

    #[cfg(feature = "peers")]
    fn install(self) {
        use jsonwebtoken::crypto as v11;
        use jsonwebtoken10::crypto as v10;
        // Both fail when they are installed already.
        let _ = match self {
            Self::AwsLcRs => (
                v11::aws_lc::DEFAULT_PROVIDER.install_default().is_ok(),
                v10::aws_lc::DEFAULT_PROVIDER.install_default().is_ok(),
            ),
            Self::RustCrypto => (
                v11::rust_crypto::DEFAULT_PROVIDER.install_default().is_ok(),
                v10::rust_crypto::DEFAULT_PROVIDER.install_default().is_ok(),
            ),
        };
    }
}
