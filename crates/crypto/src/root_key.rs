//! The key that all other keys come from, and where it lies.

use crate::{Random, SystemRandom, equal, hmac_sha256, keyring::Key, sha256};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    ffi::OsString,
    fmt,
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const FIRST_LINE: &str = "claviger root key v1";
/// Far more than the file has, so that a wrong file is not read to its end.
const MAX_FILE_BYTES: u64 = 4096;

/// Names a root key: 4 bytes that say nothing of the key itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}

/// A root key that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// The file cannot be read or written.
    #[error("cannot {action} the root key file {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Other users can read or change the file.
    #[error("the root key file {} has mode {mode:03o}: other users must not have access, set it to 600", path.display())]
    Permissions {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file was written by a newer version.
    #[error("the root key file {} has a format that this version does not know", path.display())]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The file is cut, changed, or no root key at all.
    #[error("the root key file {} is damaged: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// The key that all other keys come from: 256 bits, wiped when it goes.
///
/// Whoever has it can open everything that was sealed. Whoever loses it can open nothing: keep a
/// copy of its file, away from the backups of the store.
pub struct RootKey(Key);

impl RootKey {
    /// A key that lies nowhere and ends with the process.
    #[must_use]
    pub fn ephemeral(random: &dyn Random) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(&mut *key);
        Self(key)
    }

    /// Reads the key of a file, or makes a key and the file where there is none.
    ///
    /// Whoever has sealed data already should use [`Self::open`]: a new key does not open it.
    ///
    /// # Errors
    /// [`RootKeyError`] where the file is there and unsound, or cannot be written.
    pub fn create_or_open(path: &Path, random: &dyn Random) -> Result<Self, RootKeyError> {
        let slot = FileSlot::new(path);
        match slot.unwrap() {
            Err(RootKeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            found => return found,
        }
        match slot.wrap(&Self::ephemeral(random)) {
            // Another process was first: its key counts.
            Err(RootKeyError::Io { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(()) => {}
        }
        slot.unwrap()
    }

    /// Reads the key of a file.
    ///
    /// # Errors
    /// [`RootKeyError`] where the file is missing, unsound, or open to other users.
    pub fn open(path: &Path) -> Result<Self, RootKeyError> {
        FileSlot::new(path).unwrap()
    }

    /// Names the key.
    #[must_use]
    pub fn id(&self) -> KeyId {
        let [a, b, c, d, ..] = hmac_sha256(&*self.0, b"claviger root key id");
        KeyId([a, b, c, d])
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RootKey({})", self.id())
    }
}

/// A place that keeps the root key: a file now; later a passphrase, a TPM or another KMS.
pub trait Slot {
    /// Gives the key.
    ///
    /// # Errors
    /// [`RootKeyError`] where the slot has no sound key.
    fn unwrap(&self) -> Result<RootKey, RootKeyError>;

    /// Puts the key into the slot, which must be empty.
    ///
    /// # Errors
    /// [`RootKeyError`] where the slot is taken or fails.
    fn wrap(&self, key: &RootKey) -> Result<(), RootKeyError>;
}

/// A file that only its owner can read.
#[derive(Debug, Clone)]
pub struct FileSlot {
    path: PathBuf,
}

impl FileSlot {
    /// The slot of a path.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    fn io(&self, action: &'static str) -> impl FnOnce(io::Error) -> RootKeyError {
        let path = self.path.clone();
        move |source| RootKeyError::Io {
            action,
            path,
            source,
        }
    }

    fn damaged(&self, reason: &'static str) -> RootKeyError {
        RootKeyError::Damaged {
            path: self.path.clone(),
            reason,
        }
    }

    #[cfg(unix)]
    fn check_mode(&self, file: &File) -> Result<(), RootKeyError> {
        use std::os::unix::fs::PermissionsExt;
        let metadata = file.metadata().map_err(self.io("read"))?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(RootKeyError::Permissions {
                path: self.path.clone(),
                mode,
            });
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn check_mode(&self, _file: &File) -> Result<(), RootKeyError> {
        Ok(())
    }

    fn parse(&self, text: &str) -> Result<RootKey, RootKeyError> {
        let mut lines = text.lines();
        match lines.next() {
            Some(FIRST_LINE) => {}
            Some(line) if other_version(line) => {
                return Err(RootKeyError::UnknownFormat {
                    path: self.path.clone(),
                });
            }
            _ => return Err(self.damaged("it does not begin like a root key file")),
        }
        let (Some(key), Some(check), None) = (lines.next(), lines.next(), lines.next()) else {
            return Err(self.damaged("it does not have three lines"));
        };
        let bytes = Zeroizing::new(
            STANDARD
                .decode(key)
                .map_err(|_| self.damaged("the key is not base64"))?,
        );
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return Err(self.damaged("the key does not have 32 bytes"));
        }
        key.copy_from_slice(&bytes);
        if !equal(checksum(&key).as_bytes(), check.as_bytes()) {
            return Err(self.damaged("the checksum does not fit the key"));
        }
        Ok(RootKey(key))
    }

    /// A name beside the file, a new one each time: what a crash left must not be in the way.
    fn partial(&self) -> PathBuf {
        let mut number = [0; 8];
        SystemRandom::new().fill(&mut number);
        let mut name = OsString::from(&self.path);
        name.push(format!(".{:016x}.partial", u64::from_be_bytes(number)));
        PathBuf::from(name)
    }
}

impl Slot for FileSlot {
    fn unwrap(&self) -> Result<RootKey, RootKeyError> {
        let file = File::open(&self.path).map_err(self.io("open"))?;
        self.check_mode(&file)?;
        let mut text = Zeroizing::new(String::with_capacity(MAX_FILE_BYTES as usize));
        match file.take(MAX_FILE_BYTES).read_to_string(&mut text) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(self.damaged("it is not text"))
            }
            Err(error) => Err(self.io("read")(error)),
            Ok(_) => self.parse(&text),
        }
    }

    /// Writes the key under a temporary name, syncs it, and links it to its name, which fails where
    /// the name is taken. A crash leaves no half file under the name.
    fn wrap(&self, key: &RootKey) -> Result<(), RootKeyError> {
        let partial = self.partial();
        let written = create(&partial)
            .and_then(|mut file| {
                file.write_all(render(key).as_bytes())?;
                file.sync_all()
            })
            .and_then(|()| fs::hard_link(&partial, &self.path));
        // A partial file that stays behind is as private as the key file.
        let removed = fs::remove_file(&partial);
        written
            .and(removed)
            .and_then(|()| sync_parent(&self.path))
            .map_err(self.io("create"))
    }
}

fn other_version(line: &str) -> bool {
    line.strip_prefix("claviger root key v")
        .is_some_and(|version| version.parse::<u32>().is_ok())
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn sync_parent(path: &Path) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    if cfg!(unix) {
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()
    } else {
        Ok(())
    }
}

fn render(key: &RootKey) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(key.0.as_slice()));
    Zeroizing::new(format!(
        "{FIRST_LINE}\n{}\n{}\n",
        *encoded,
        checksum(&key.0)
    ))
}

/// Finds typing and copying errors; it is no protection, for whoever changes the key can change it.
fn checksum(key: &[u8; 32]) -> String {
    let data = Zeroizing::new([FIRST_LINE.as_bytes(), key.as_slice()].concat());
    let digest = sha256(&data);
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    fn written(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        create(&path).unwrap().write_all(text).unwrap();
        (directory, path)
    }

    #[test]
    fn the_key_is_made_once_and_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        let made = RootKey::create_or_open(&path, &SeededRandom::new(1)).unwrap();
        let found = RootKey::create_or_open(&path, &SeededRandom::new(2)).unwrap();
        assert_eq!(made.expose(), found.expose());
        assert_eq!(RootKey::open(&path).unwrap().id(), made.id());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        let full = FileSlot::new(&path).wrap(&RootKey::ephemeral(&SeededRandom::new(3)));
        assert!(matches!(full, Err(RootKeyError::Io { .. })));
        assert_eq!(RootKey::open(&path).unwrap().expose(), made.expose());
    }

    #[test]
    fn many_that_start_at_once_have_one_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        let start = std::sync::Barrier::new(8);
        let ids: Vec<KeyId> = std::thread::scope(|scope| {
            let open = || {
                start.wait();
                RootKey::create_or_open(&path, &SystemRandom::new())
                    .unwrap()
                    .id()
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_file_is_an_error_where_a_key_is_expected() {
        let directory = tempfile::tempdir().unwrap();
        let missing = RootKey::open(&directory.path().join("root.key"));
        assert!(matches!(missing, Err(RootKeyError::Io { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_open_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        RootKey::create_or_open(&path, &SeededRandom::new(1)).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        for bit in [0o040, 0o020, 0o010, 0o004, 0o002, 0o001] {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600 | bit)).unwrap();
            let refused = RootKey::create_or_open(&path, &SeededRandom::new(1));
            assert!(
                matches!(refused, Err(RootKeyError::Permissions { .. })),
                "{bit:o}"
            );
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(RootKey::open(&path).is_ok());
    }

    #[test]
    fn damaged_files_are_refused_and_kept() {
        let sound = render(&RootKey::ephemeral(&SeededRandom::new(1)));
        for cut in 0..sound.len() - 1 {
            let (_directory, path) = written(&sound.as_bytes()[..cut]);
            let refused = RootKey::create_or_open(&path, &SeededRandom::new(2));
            assert!(
                matches!(refused, Err(RootKeyError::Damaged { .. })),
                "cut at {cut}"
            );
            assert_eq!(fs::read(&path).unwrap(), &sound.as_bytes()[..cut]);
        }
        for index in 0..sound.len() - 1 {
            let mut changed = sound.as_bytes().to_vec();
            changed[index] ^= 1;
            let (_directory, path) = written(&changed);
            assert!(RootKey::open(&path).is_err(), "byte {index}");
        }
        let newer = sound.replace("v1", "v2");
        let (_directory, path) = written(newer.as_bytes());
        assert!(matches!(
            RootKey::open(&path),
            Err(RootKeyError::UnknownFormat { .. })
        ));
        let (_directory, path) = written(&[0xff; 10_000]);
        assert!(matches!(
            RootKey::open(&path),
            Err(RootKeyError::Damaged { .. })
        ));
    }

    #[test]
    fn debug_shows_the_id_only() {
        let key = RootKey::ephemeral(&SeededRandom::new(1));
        assert_eq!(format!("{key:?}"), format!("RootKey({})", key.id()));
    }
}
