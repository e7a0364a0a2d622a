use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The file of PostgreSQL's socket in its folder.
const SOCKET: &str = ".s.PGSQL.5432";
/// How a commit goes over the line: a simple query, its text ended by NUL.
const COMMIT: &[u8] = b"COMMIT\0";
/// While the line breaks, every so manieth commit finds it broken.
const EVERY: usize = 4;

/// A line to PostgreSQL that breaks when a transaction is committed.
pub(crate) struct Line {
    folder: TempDir,
    database: String,
    wire: Arc<Wire>,
    task: JoinHandle<()>,
}

struct Wire {
    server: PathBuf,
    state: watch::Sender<State>,
}

#[derive(Default)]
struct State {
    breaks: bool,
    commits: usize,
    broken: usize,
}

/// When the line breaks. Who commits cannot tell the one from the other.
#[derive(Clone, Copy)]
enum Break {
    /// The commit does not arrive.
    Before,
    /// Its answer does not.
    After,
}

impl Line {
    /// A line to the database at this URL.
    pub(crate) fn to(url: &str) -> Self {
        let (database, server) = url.split_once("?host=").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let wire = Arc::new(Wire {
            server: PathBuf::from(server).join(SOCKET),
            state: watch::Sender::default(),
        });
        let accepting = Arc::clone(&wire);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let wire = Arc::clone(&accepting);
                // It ends with the connection, however that ends.
                tokio::spawn(async move { wire.carry(client).await.ok() });
            }
        });
        Self {
            folder,
            database: database.to_owned(),
            wire,
            task,
        }
    }

    /// The URL of the database at the other end.
    pub(crate) fn url(&self) -> String {
        format!("{}?host={}", self.database, self.folder.path().display())
    }

    /// Breaks again and again, until that has happened so often.
    pub(crate) async fn breaks(&self, times: usize) {
        let state = &self.wire.state;
        state.send_modify(|state| state.breaks = true);
        let mut broken = state.subscribe();
        broken
            .wait_for(|state| state.broken >= times)
            .await
            .unwrap();
        state.send_modify(|state| state.breaks = false);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Wire {
    async fn carry(&self, mut client: UnixStream) -> io::Result<()> {
        let mut server = UnixStream::connect(&self.server).await?;
        let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            tokio::select! {
                read = client.read(&mut asked) => {
                    let bytes = &asked[..read?];
                    match self.breaks_at(bytes) {
                        None if bytes.is_empty() => return Ok(()),
                        None => server.write_all(bytes).await?,
                        Some(Break::Before) => return Ok(()),
                        Some(Break::After) => {
                            server.write_all(bytes).await?;
                            server.readable().await?;
                            return Ok(());
                        }
                    }
                }
                read = server.read(&mut answered) => {
                    let bytes = &answered[..read?];
                    if bytes.is_empty() {
                        return Ok(());
                    }
                    client.write_all(bytes).await?;
                }
            }
        }
    }

    fn breaks_at(&self, bytes: &[u8]) -> Option<Break> {
        if !bytes.ends_with(COMMIT) {
            return None;
        }
        let mut breaks = None;
        self.state.send_modify(|state| {
            state.commits += 1;
            if state.breaks && state.commits.is_multiple_of(EVERY) {
                state.broken += 1;
                let is_even = state.broken.is_multiple_of(2);
                breaks = Some(if is_even { Break::Before } else { Break::After });
            }
        });
        breaks
    }
}
