use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::application::SECRET;

/// How long a process may take for anything, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

/// A folder with an issuer's keys, and settings.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let made = folder.actas(&["keys", "generate", "issuer.keys"]);
        assert!(made.status.success(), "{made:?}");
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn actas(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The command in this folder.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_actas"));
        command
            .args(args)
            .env_clear()
            .env("USERS_SECRET", SECRET)
            .current_dir(self.0.path())
            .stdin(Stdio::null());
        command
    }

    /// What is said of settings by which nothing is served.
    pub(crate) async fn refuses(&self, settings: &str, variables: &[(&str, &str)]) -> String {
        self.write("refused.toml", settings);
        let mut command = self.command(&["serve", "--config", "refused.toml"]);
        command.envs(variables.iter().copied());
        let mut command = tokio::process::Command::from(command);
        let output = timeout(PATIENCE, command.kill_on_drop(true).output()).await;
        let output = output.expect("it is served").unwrap();
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// Serves by these settings.
    pub(crate) async fn serve(&self, name: &str, settings: &str) -> Process {
        self.write(name, settings);
        Process::of(self.command(&["serve", "--config", name])).await
    }
}

/// A process that serves. It is killed when it is dropped.
pub(crate) struct Process {
    child: Arc<Mutex<Child>>,
    pub(crate) address: SocketAddr,
    lines: watch::Receiver<Vec<Value>>,
}

impl Process {
    async fn of(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let (told, lines) = watch::channel(Vec::new());
        std::thread::spawn(move || {
            for line in log.lines() {
                let line = line.unwrap();
                let event = serde_json::from_str(&line).unwrap_or(Value::String(line));
                told.send_modify(|lines: &mut Vec<Value>| lines.push(event));
            }
        });
        let mut process = Self {
            child: Arc::new(Mutex::new(child)),
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            lines,
        };
        let listening = process.logged("listening").await;
        process.address = listening["address"].as_str().unwrap().parse().unwrap();
        process
    }

    /// The first event with this message.
    pub(crate) async fn logged(&self, message: &str) -> Value {
        let mut lines = self.lines.clone();
        let find = |lines: &Vec<Value>| {
            let found = lines.iter().find(|line| line["message"] == message);
            found.cloned()
        };
        let found = timeout(PATIENCE, lines.wait_for(|lines| find(lines).is_some())).await;
        match found {
            Ok(Ok(lines)) => find(&lines).unwrap(),
            _ => panic!("{message:?} is not in {:#?}", self.lines.borrow()),
        }
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.lines.borrow().clone()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.lock().unwrap().id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
    }

    /// Its exit code, once it has ended by itself.
    pub(crate) async fn ends(&self) -> Option<i32> {
        let child = Arc::clone(&self.child);
        let ended = spawn_blocking(move || child.lock().unwrap().wait().unwrap().code());
        timeout(PATIENCE, ended).await.unwrap().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(mut child) = self.child.try_lock() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether a record holds.
pub(crate) fn holds(folder: &Folder, record: &Path) -> bool {
    let record = record.to_str().unwrap();
    folder.actas(&["audit", "verify", record]).status.success()
}

/// What a condition comes to, asked again until it holds.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(mut ask: impl FnMut() -> F) -> T {
    let asked = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, asked).await.expect("it never holds")
}
