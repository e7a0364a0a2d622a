use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use super::error::KeyError;
use super::signing::SigningKey;

/// More than any PEM document of an Ed25519 key has.
const MAX_BYTES: u64 = 4096;

impl SigningKey {
    /// Reads the key in the file at `path`, or makes a key and the file.
    ///
    /// The file is made at once or not at all, with mode 0600. Where several processes start together, one of them makes
    /// it, and all have the same key.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the file cannot be read or made, holds no key, or when others than its owner may read or write
    /// it (on Unix).
    pub fn open_or_create(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let path = path.as_ref();
        let in_file = |error| KeyError::File {
            path: path.to_owned(),
            error,
        };
        match File::open(path) {
            Ok(file) => return read(&file, path),
            Err(error) if error.kind() == ErrorKind::NotFound => (),
            Err(error) => return Err(in_file(error)),
        }
        let key = Self::generate()?;
        match create(&key.to_pem()?, path) {
            Ok(()) => Ok(key),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::open(path),
            Err(error) => Err(in_file(error)),
        }
    }

    /// Reads the key in the file at `path`.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the file cannot be read, holds no key, or when others than its owner may read or write it (on
    /// Unix).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| KeyError::File {
            path: path.to_owned(),
            error,
        })?;
        read(&file, path)
    }
}

fn read(file: &File, path: &Path) -> Result<SigningKey, KeyError> {
    let in_file = |error| KeyError::File {
        path: path.to_owned(),
        error,
    };
    // Of the open file, so that it cannot be another by the time it is read.
    check_mode(file, path)?;
    let mut text = Zeroizing::new(String::with_capacity(
        usize::try_from(MAX_BYTES).unwrap_or(0),
    ));
    file.take(MAX_BYTES)
        .read_to_string(&mut text)
        .map_err(in_file)?;
    let unusable = |error| KeyError::Unusable {
        path: path.to_owned(),
        error: Box::new(error),
    };
    SigningKey::from_pem(&text).map_err(unusable)
}

#[cfg(unix)]
fn check_mode(file: &File, path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;

    let metadata = file.metadata().map_err(|error| KeyError::File {
        path: path.to_owned(),
        error,
    })?;
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
fn check_mode(_: &File, _: &Path) -> Result<(), KeyError> {
    Ok(())
}

/// Writes a file that is whole when it appears under its name, and replaces none.
fn create(text: &str, path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // It has mode 0600 from the first.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    // A signature must not outlive the name of its key. Windows opens no folder as a file.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        assert!(matches!(
            SigningKey::open(&path),
            Err(KeyError::File { .. })
        ));
        let made = SigningKey::open_or_create(&path)
            .unwrap()
            .verifying_key()
            .id();
        assert_eq!(
            SigningKey::open_or_create(&path)
                .unwrap()
                .verifying_key()
                .id(),
            made
        );
        assert_eq!(SigningKey::open(&path).unwrap().verifying_key().id(), made);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // The other's file stands when it came first.
        let error = create("mine", &path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(SigningKey::open(&path).unwrap().verifying_key().id(), made);
    }

    #[test]
    fn several_that_start_together_have_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        let ids: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        SigningKey::open_or_create(&path)
                            .unwrap()
                            .verifying_key()
                            .id()
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }

    #[cfg(unix)]
    #[test]
    fn others_may_not_read_it() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        SigningKey::open_or_create(&path).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o7777,
            0o600
        );
        for (mode, is_good) in [
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o620, false),
            (0o610, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            match SigningKey::open_or_create(&path) {
                Ok(_) => assert!(is_good, "{mode:o}"),
                Err(KeyError::Mode { mode: found, .. }) => {
                    assert_eq!((is_good, found), (false, mode));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn a_file_that_holds_no_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        create("no key", &path).unwrap();
        assert!(matches!(
            SigningKey::open_or_create(&path),
            Err(KeyError::Unusable { .. })
        ));
        assert_eq!(fs::read_to_string(&path).unwrap(), "no key");
    }
}
