//! A file of secrets: read only where nobody else can, replaced as a whole, by one process at a time.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use zeroize::Zeroizing;

use super::error::KeyError;

/// Bytes beyond which a file holds no ring of 64 keys.
const MAX_BYTES: u64 = 1024 * 1024;

/// Which file stood under the name. A file that replaces it has another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    #[cfg(unix)]
    inode: (u64, u64),
}

impl Stamp {
    /// Of the file at `path`.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|metadata| Self::new(&metadata))
    }

    fn new(metadata: &fs::Metadata) -> Self {
        #[cfg(unix)]
        use std::os::unix::fs::MetadataExt as _;

        Self {
            modified: metadata.modified().ok(),
            bytes: metadata.len(),
            #[cfg(unix)]
            inode: (metadata.dev(), metadata.ino()),
        }
    }
}

pub(super) fn in_file(path: &Path, error: io::Error) -> KeyError {
    KeyError::File {
        path: path.to_owned(),
        error,
    }
}

/// The text of the file, and which file it was.
pub(super) fn read(path: &Path) -> Result<(Zeroizing<String>, Stamp), KeyError> {
    let in_file = |error| in_file(path, error);
    let file = File::open(path).map_err(in_file)?;
    // Of the open file, so that it cannot be another by the time it is read.
    let metadata = file.metadata().map_err(in_file)?;
    check_mode(&metadata, path)?;
    let room = metadata.len().min(MAX_BYTES).saturating_add(1);
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(room).unwrap_or(0)));
    file.take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(in_file)?;
    Ok((text, Stamp::new(&metadata)))
}

#[cfg(unix)]
fn check_mode(metadata: &fs::Metadata, path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(KeyError::Mode {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_mode(_: &fs::Metadata, _: &Path) -> Result<(), KeyError> {
    Ok(())
}

/// The right to replace a file. It ends when this is dropped, or the process ends, however it does.
pub(super) struct Lock {
    /// The file itself, where its name is a link.
    path: PathBuf,
    _held: File,
}

impl Lock {
    /// Waits for whoever has it. The lock is a file of its own beside the other, which stays.
    pub(super) fn wait(path: &Path) -> io::Result<Self> {
        let path = match fs::canonicalize(path) {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(error),
        };
        let held = owners_alone()
            .create(true)
            .truncate(false)
            .open(beside(&path, ".lock"))?;
        held.lock()?;
        Ok(Self { path, _held: held })
    }

    /// Writes a file that is whole when it stands in the other's place, on disk as well.
    pub(super) fn replace(&self, text: &[u8]) -> io::Result<()> {
        let new = beside(&self.path, ".new");
        // One that a process left behind when it was ended.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => (),
        }
        let mut file = owners_alone().create_new(true).open(&new)?;
        file.write_all(text)?;
        self.keep_owner(&file)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        // A token must not outlive the name of its key. Windows opens no folder as a file.
        #[cfg(unix)]
        File::open(folder(&self.path))?.sync_all()?;
        Ok(())
    }

    /// An administrator who rotates the keys of a service must not take them from it.
    #[cfg(unix)]
    fn keep_owner(&self, new: &File) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, fchown};

        let Ok(old) = fs::metadata(&self.path) else {
            return Ok(());
        };
        let made = new.metadata()?;
        if (old.uid(), old.gid()) == (made.uid(), made.gid()) {
            return Ok(());
        }
        fchown(new, Some(old.uid()), Some(old.gid()))
    }

    #[cfg(not(unix))]
    fn keep_owner(&self, _: &File) -> io::Result<()> {
        Ok(())
    }
}

/// Opens for writing; what is made has mode 0600 from the first.
fn owners_alone() -> OpenOptions {
    #[cfg(unix)]
    use std::os::unix::fs::OpenOptionsExt as _;

    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    options.mode(0o600);
    options
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

#[cfg(unix)]
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
