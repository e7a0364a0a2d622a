use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

use tempfile::TempDir;

/// What the handlers have done: a file of their own, in which each impersonated request is one line.
pub(crate) struct Effects {
    folder: TempDir,
    file: Mutex<File>,
}

impl Effects {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create_new(path(&folder)).unwrap();
        Self {
            folder,
            file: Mutex::new(file),
        }
    }

    /// Does what the request with this record asks for.
    pub(crate) fn add(&self, request: &str) {
        let mut file = self.file.lock().unwrap();
        writeln!(file, "{request}").unwrap();
    }

    /// The requests that did something, in their order.
    pub(crate) fn all(&self) -> Vec<String> {
        let text = std::fs::read_to_string(path(&self.folder)).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

fn path(folder: &TempDir) -> PathBuf {
    folder.path().join("effects")
}
