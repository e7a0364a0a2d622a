use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::copy_bidirectional;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;

/// The file of PostgreSQL's socket in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// A line to PostgreSQL that can be cut.
pub(crate) struct Line {
    folder: TempDir,
    database: String,
    is_cut: Arc<watch::Sender<bool>>,
}

impl Line {
    /// A line to the database at this URL.
    pub(crate) fn to(url: &str) -> Self {
        let (database, server) = url.split_once("?host=").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let server = PathBuf::from(server).join(SOCKET);
        let is_cut = Arc::new(watch::Sender::new(false));
        let state = Arc::clone(&is_cut);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, state) = (server.clone(), state.subscribe());
                tokio::spawn(async move { carry(client, server, state).await.ok() });
            }
        });
        Self {
            folder,
            database: database.to_owned(),
            is_cut,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}?host={}", self.database, self.folder.path().display())
    }

    /// Ends what goes over it, and lets nothing through, or again.
    pub(crate) fn cut(&self, is_cut: bool) {
        self.is_cut.send_replace(is_cut);
    }
}

async fn carry(
    mut client: UnixStream,
    server: PathBuf,
    mut is_cut: watch::Receiver<bool>,
) -> io::Result<()> {
    if *is_cut.borrow() {
        return Ok(());
    }
    let mut server = UnixStream::connect(server).await?;
    tokio::select! {
        carried = copy_bidirectional(&mut client, &mut server) => carried.map(|_| ()),
        _ = is_cut.wait_for(|is_cut| *is_cut) => Ok(()),
    }
}
