use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::log::Log;

/// A folder with a public key, and what a test puts there.
pub(crate) struct Folder {
    folder: TempDir,
}

impl Folder {
    pub(crate) fn new(log: &Log) -> Self {
        let folder = Self::empty();
        folder.write("audit.pub.pem", log.key.verifying_key().to_pem());
        folder
    }

    pub(crate) fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// `actas audit verify` in the folder.
    pub(crate) fn verify<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Answer {
        self.audit("verify", args)
    }

    /// Another command in the folder.
    pub(crate) fn audit<S: AsRef<OsStr>>(
        &self,
        command: &str,
        args: impl IntoIterator<Item = S>,
    ) -> Answer {
        let output = actas()
            .args(["audit", command])
            .args(args)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output();
        Answer::of(&output.unwrap())
    }

    /// With the public key, of `text` in a file.
    pub(crate) fn verify_text(&self, text: impl AsRef<[u8]>) -> Answer {
        self.write("record.jsonl", text);
        self.verify(["record.jsonl", "--public-key", "audit.pub.pem"])
    }
}

pub(crate) fn actas() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_actas"));
    command.env_clear();
    command
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Answer {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.err, "");
        serde_json::from_str(&self.out).unwrap()
    }

    #[track_caller]
    pub(crate) fn assert_found(&self, finding: &str) {
        assert_eq!((self.code, self.err.as_str()), (1, ""), "{self:?}");
        assert_eq!(self.out, format!("does not hold: {finding}\n"));
    }
}
