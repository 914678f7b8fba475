//! The slot that is a file: the root key as it is, readable by its owner only.

use super::{RootKey, RootKeyError, durable};
use crate::{equal, sha256};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

const FIRST_LINE: &str = "claviger root key v1";
/// Far more than the file has, so that a wrong file is not read to its end.
const MAX_FILE_BYTES: u64 = 4096;

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
        let key = RootKey::from_slice(&bytes)
            .ok_or_else(|| self.damaged("the key does not have 32 bytes"))?;
        if !equal(checksum(key.expose()).as_bytes(), check.as_bytes()) {
            return Err(self.damaged("the checksum does not fit the key"));
        }
        Ok(key)
    }

    /// Reads the key.
    ///
    /// # Errors
    /// [`RootKeyError`] where the file is missing, unsound, or open to other users.
    pub fn read(&self) -> Result<RootKey, RootKeyError> {
        let file = File::open(&self.path).map_err(self.io("open"))?;
        if let Some(mode) = durable::open_to_others(&file).map_err(self.io("read"))? {
            return Err(RootKeyError::Permissions {
                path: self.path.clone(),
                mode,
            });
        }
        let mut text = Zeroizing::new(String::with_capacity(MAX_FILE_BYTES as usize));
        match file.take(MAX_FILE_BYTES).read_to_string(&mut text) {
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(self.damaged("it is not text"))
            }
            Err(error) => Err(self.io("read")(error)),
            Ok(_) => self.parse(&text),
        }
    }

    /// Makes the file, which must not be there. A crash leaves no half file.
    ///
    /// # Errors
    /// [`RootKeyError::Io`] where it is there or cannot be written.
    pub fn create(&self, key: &RootKey) -> Result<(), RootKeyError> {
        durable::create_whole(&self.path, render(key).as_bytes()).map_err(self.io("create"))
    }

    /// Puts another key in the file. A crash leaves the one or the other.
    pub(super) fn replace(&self, key: &RootKey) -> Result<(), RootKeyError> {
        durable::replace(&self.path, render(key).as_bytes()).map_err(self.io("replace"))
    }

    /// Removes the file and what crashes left beside it.
    pub(super) fn remove(&self) -> Result<(), RootKeyError> {
        durable::remove(&self.path)
            .and_then(|()| durable::remove_partials(&self.path))
            .map_err(self.io("remove"))
    }

    /// Removes what crashes left beside the file.
    pub(super) fn remove_partials(&self) -> Result<(), RootKeyError> {
        durable::remove_partials(&self.path).map_err(self.io("clean up beside"))
    }
}

fn other_version(line: &str) -> bool {
    line.strip_prefix("claviger root key v")
        .is_some_and(|version| version.parse::<u32>().is_ok())
}

fn render(key: &RootKey) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(key.expose()));
    Zeroizing::new(format!(
        "{FIRST_LINE}\n{}\n{}\n",
        *encoded,
        checksum(key.expose())
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
    use crate::{KeyId, SeededRandom, SystemRandom};
    use std::{fs, io::Write};

    fn written(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("root.key");
        durable::create(&path).unwrap().write_all(text).unwrap();
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
        let full = FileSlot::new(&path).create(&RootKey::ephemeral(&SeededRandom::new(3)));
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
}
