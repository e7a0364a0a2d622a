use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// Who runs it where this runs as root, which PostgreSQL refuses.
const USER: &str = "postgres";

/// A PostgreSQL cluster of its own, as `initdb` sets it up: what it commits is on disk.
pub(super) struct Cluster {
    folder: TempDir,
    binaries: PathBuf,
}

impl Cluster {
    pub(super) fn start() -> Self {
        let cluster = Self {
            folder: tempfile::tempdir().unwrap(),
            binaries: binaries(),
        };
        let folder = cluster.folder.path();
        if is_root() {
            run(Command::new("chown").arg(USER).arg(folder));
        }
        run(cluster.command("initdb").args([
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
        ]));
        let options = format!("-k {} -c listen_addresses=", folder.display());
        run(cluster
            .command("pg_ctl")
            .args(["start", "--wait", "--options", &options, "--log"])
            .arg(folder.join("log")));
        cluster
    }

    pub(super) fn url(&self) -> String {
        let folder = self.folder.path().display();
        format!("postgres://postgres@localhost/postgres?host={folder}")
    }

    /// `PostgreSQL 15.14`
    pub(super) fn version(&self) -> String {
        let output = self.command("postgres").arg("--version").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let version = said.split(' ').nth(2).unwrap();
        format!("PostgreSQL {}", version.trim())
    }

    fn command(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={USER}"))
                .arg(format!("--regid={USER}"))
                .args(["--clear-groups", "--"])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .env("PGDATA", self.folder.path().join("data"))
            .current_dir(self.folder.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        run(self
            .command("pg_ctl")
            .args(["stop", "--wait", "--mode", "fast"]));
    }
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?}");
}

fn binaries() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"));
    let mut folders = std::env::split_paths(&path).chain(debian);
    let has_all =
        |folder: &Path| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file();
    folders
        .find(|folder| has_all(folder))
        .expect("PostgreSQL is missing: apt-get install postgresql")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.trim_ascii() == b"0"
}
