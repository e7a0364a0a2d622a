use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::interval;

/// What a file system of pages gives at a time.
const PAGE: [u8; 4096] = [0; 4096];
/// Between two looks whether somebody has freed some of a disk that was full.
const LOOK: Duration = Duration::from_millis(5);

/// A disk in memory, as long as it is held.
pub(crate) struct Disk {
    folder: TempDir,
}

/// A file that takes up the disk, and is deleted when it is dropped.
pub(crate) struct Filler {
    path: PathBuf,
}

impl Disk {
    /// A disk of this size, or `None` where none may be mounted.
    pub(crate) fn mount(size: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]);
        let problem = match mount.arg(folder.path()).output() {
            Ok(done) if done.status.success() => return Some(Self { folder }),
            Ok(done) => String::from_utf8_lossy(&done.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        let problem = format!("no tmpfs can be mounted ({problem})");
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{problem}");
        eprintln!("{problem}: this test shows nothing");
        None
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn filler(&self) -> Filler {
        let path = self.path().join("filler");
        Filler { path }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: where the test has failed, the record on it is open still.
        let unmounted = Command::new("umount")
            .arg("--lazy")
            .arg(self.path())
            .status();
        let is_unmounted = unmounted.is_ok_and(|status| status.success());
        if !is_unmounted {
            eprintln!("{} is left mounted", self.path().display());
        }
    }
}

impl Filler {
    /// Takes up what is free, again and again.
    pub(crate) async fn fill(&self) {
        let mut file = File::create_new(&self.path).unwrap();
        let mut look = interval(LOOK);
        loop {
            look.tick().await;
            loop {
                match file.write(&PAGE) {
                    Ok(_) => (),
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
