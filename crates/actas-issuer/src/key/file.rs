use std::fs;
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::algorithm::SigningAlgorithm;
use super::disk::{self, Lock, Stamp, in_file};
use super::error::KeyError;
use super::form;
use super::ring::KeyRing;
use super::signing::SigningKey;

/// Seconds for which a published set may be kept, and so those before which a new key does not sign.
pub(crate) const PUBLISHED_SECONDS: u64 = 300;

/// The keys of an issuer in a file of mode 0600, shared by the nodes that can read it.
///
/// ```
/// use actas_issuer::{Issuer, KeyFile, SigningAlgorithm};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = KeyFile::open_or_create("/var/lib/app/issuer.keys", SigningAlgorithm::Es256)?;
/// let issuer = Issuer::new("https://app.example.com", keys)?;
/// # Ok(())
/// # }
/// ```
///
/// The file is a JWK set of private keys, each with the time that it signs from. It is replaced as a whole: who reads it has
/// the old one or the new one, whenever a process or the machine stops. Processes that change it at once take turns, by a
/// lock on a file beside it (`.lock`). A running [`Issuer`](crate::Issuer) takes up a change within a second.
#[derive(Clone, Debug)]
pub struct KeyFile {
    path: PathBuf,
    publish_ahead: u64,
}

/// What a rotation led to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotation {
    /// The `kid` of the new key.
    pub kid: String,
    /// When it begins to sign, in seconds since the Unix epoch.
    pub signs_from: u64,
}

impl KeyFile {
    /// Reads the file at `path`, or makes a key and the file.
    ///
    /// The file is made at once or not at all. Where several processes start together, one of them makes it, and all have
    /// the same key. `algorithm` is that of the key that is made.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], and [`KeyError::File`] when the file cannot be made.
    pub fn open_or_create(
        path: impl Into<PathBuf>,
        algorithm: SigningAlgorithm,
    ) -> Result<Self, KeyError> {
        let file = Self::at(path.into());
        match file.read() {
            Err(KeyError::File { error, .. }) if error.kind() == ErrorKind::NotFound => (),
            read => return read.map(|_| file),
        }
        let lock = file.lock()?;
        match file.read() {
            Err(KeyError::File { error, .. }) if error.kind() == ErrorKind::NotFound => (),
            read => return read.map(|_| file),
        }
        let ring = KeyRing::new(SigningKey::generate(algorithm)?);
        file.replace(&lock, &ring)?;
        Ok(file)
    }

    /// Makes the file at `path`, with `key` as the one that signs. What is there already stays as it is.
    ///
    /// # Errors
    ///
    /// [`KeyError::File`] when the file cannot be made; its kind is [`ErrorKind::AlreadyExists`] when there is one.
    pub fn create(path: impl Into<PathBuf>, key: SigningKey) -> Result<Self, KeyError> {
        let file = Self::at(path.into());
        // Before the lock too, so that none is left beside what is no key file.
        file.check_absent()?;
        let lock = file.lock()?;
        file.check_absent()?;
        file.replace(&lock, &KeyRing::new(key))?;
        Ok(file)
    }

    /// Reads the file at `path`.
    ///
    /// # Errors
    ///
    /// [`KeyError::File`] when the file cannot be read, [`KeyError::Unusable`] when it is no key file, and
    /// [`KeyError::Mode`] when others than its owner may read or write it (on Unix).
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let file = Self::at(path.into());
        file.read()?;
        Ok(file)
    }

    /// How long before it signs a new key is published: it is known then wherever the published set is kept. Less than a
    /// second counts as none. By default, 5 minutes, for which a published set may be kept.
    #[must_use]
    pub fn with_publish_ahead(mut self, publish_ahead: Duration) -> Self {
        self.publish_ahead = publish_ahead.as_secs();
        self
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes a new key, of the algorithm of the last one: it is published at once, signs after
    /// [the time set for that](Self::with_publish_ahead), and the one before it stays published until its last token has
    /// ended (a day after it last signed). `now` is in seconds since the Unix epoch.
    ///
    /// Where a new key waits to sign already, nothing is changed, and the rotation is that one's.
    ///
    /// # Errors
    ///
    /// As [`Self::open`], [`KeyError::File`] when the file cannot be replaced, [`KeyError::NoRandomness`], and
    /// [`KeyError::RingFull`] when the file holds 64 keys whose tokens have not ended.
    pub fn rotate(&self, now: u64) -> Result<Rotation, KeyError> {
        self.change(|ring| {
            let latest = ring.latest()?;
            if let Some(signs_from) = latest.signs_from.filter(|from| *from > now) {
                let kid = latest.key.kid().to_owned();
                return Ok(Rotation { kid, signs_from });
            }
            let key = SigningKey::generate(latest.key.algorithm())?;
            Self::add(ring, key, now, self.publish_ahead)
        })
    }

    /// Brings in a key that was made elsewhere or of another algorithm, as the new key of a [rotation](Self::rotate).
    ///
    /// # Errors
    ///
    /// As [`Self::rotate`], and [`KeyError::Duplicate`] when the file holds the key already.
    pub fn rotate_to(&self, key: SigningKey, now: u64) -> Result<Rotation, KeyError> {
        self.change(|ring| Self::add(ring, key, now, self.publish_ahead))
    }

    /// Takes a key away that others may have seen: none of its tokens is accepted any longer. Where it signs at `now`, in
    /// seconds since the Unix epoch, the next one or a new one signs at once.
    ///
    /// # Errors
    ///
    /// As [`Self::rotate`], and [`KeyError::Unknown`] when the file does not hold it.
    pub fn remove(&self, kid: &str, now: u64) -> Result<(), KeyError> {
        self.change(|ring| {
            let algorithm = ring.latest()?.key.algorithm();
            ring.remove(kid, now, || SigningKey::generate(algorithm))
        })
    }

    pub(crate) fn read(&self) -> Result<(KeyRing, Stamp), KeyError> {
        let (text, stamp) = disk::read(&self.path)?;
        let ring = form::read(&text).map_err(|error| KeyError::Unusable {
            path: self.path.clone(),
            error: Box::new(error),
        })?;
        Ok((ring, stamp))
    }

    /// Whether the file is still the one with this stamp.
    pub(crate) fn is(&self, stamp: &Stamp) -> bool {
        Stamp::of(&self.path).is_ok_and(|found| found == *stamp)
    }

    const fn at(path: PathBuf) -> Self {
        Self {
            path,
            publish_ahead: PUBLISHED_SECONDS,
        }
    }

    /// Whether the name is free: a link to nothing is something, too.
    fn check_absent(&self) -> Result<(), KeyError> {
        match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(in_file(&self.path, error)),
            Ok(_) => Err(in_file(&self.path, Error::from(ErrorKind::AlreadyExists))),
        }
    }

    fn add(
        ring: &mut KeyRing,
        key: SigningKey,
        now: u64,
        publish_ahead: u64,
    ) -> Result<Rotation, KeyError> {
        ring.drop_ended(now);
        // After all others, so that it is the one that signs in the end.
        let after = ring.latest()?.signs_from.unwrap_or(0).saturating_add(1);
        let signs_from = now.saturating_add(publish_ahead).max(after);
        let kid = key.kid().to_owned();
        ring.add(key, Some(signs_from))?;
        Ok(Rotation { kid, signs_from })
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut KeyRing) -> Result<T, KeyError>,
    ) -> Result<T, KeyError> {
        let lock = self.lock()?;
        let (mut ring, _) = self.read()?;
        let made = change(&mut ring)?;
        self.replace(&lock, &ring)?;
        Ok(made)
    }

    fn lock(&self) -> Result<Lock, KeyError> {
        Lock::wait(&self.path).map_err(|error| in_file(&self.path, error))
    }

    fn replace(&self, lock: &Lock, ring: &KeyRing) -> Result<(), KeyError> {
        lock.replace(&form::write(ring)?)
            .map_err(|error| in_file(&self.path, error))
    }
}
