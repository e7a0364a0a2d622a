use std::sync::Arc;
use std::time::Duration;

use actas_audit::{AuditLog, AuditLogBuilder};
use actas_tests::Framework;
use tokio::time::timeout;

use crate::app::App;
use crate::effects::Effects;
use crate::issuer::Issuer;
use crate::judge::{Figures, judge};
use crate::load::Load;

/// How long what waits may take to be written.
const PATIENCE: Duration = Duration::from_secs(30);

/// Applications over one record, each with connections of its own, and their clients.
pub(crate) struct Trial {
    pub(crate) load: Load,
    nodes: Vec<(Framework, App, AuditLog)>,
    effects: Arc<Effects>,
}

impl Trial {
    /// Starts one application for each of `frameworks`.
    pub(crate) async fn start(
        record: &impl Fn() -> AuditLogBuilder,
        frameworks: &[Framework],
    ) -> Self {
        let (issuer, effects) = (Issuer::new(), Arc::new(Effects::new()));
        let mut nodes = Vec::new();
        for framework in frameworks {
            let log = record().open().await.unwrap();
            let app = App::start(*framework, issuer.verifier(&log), Arc::clone(&effects));
            nodes.push((*framework, app, log));
        }
        let apps: Vec<_> = nodes.iter().map(|(_, app, _)| app.address).collect();
        Self {
            load: Load::start(&apps, &issuer),
            nodes,
            effects,
        }
    }

    /// Ends all, and judges the record as another process finds it.
    pub(crate) async fn end(self, record: &impl Fn() -> AuditLogBuilder) -> Figures {
        let seen = self.load.end().await;
        let mut frameworks = Vec::new();
        for (framework, app, log) in self.nodes {
            timeout(PATIENCE, app.stop()).await.unwrap();
            timeout(PATIENCE, log.close()).await.unwrap();
            frameworks.push(framework);
        }
        let log = record().open().await.unwrap();
        let figures = judge(&log, &self.effects.all(), &seen).await;
        log.close().await;
        print!("{frameworks:?}: {figures}\n{seen}");
        figures
    }
}
