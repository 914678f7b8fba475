//! The seal and the root key's file in a data directory, and the order in which they change.

use super::{
    FileSlot, KeyId, Lock, RootKey, Seal, SealFileError, Slot, SlotError, SlotKey, SlotKind,
    Unsealed, durable, seal,
};
use crate::Random;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Far more than a seal has, so that a wrong file is not read to its end.
const MAX_FILE_BYTES: u64 = 1024 * 1024;

/// Where the seal and the root key's file of a data directory lie.
///
/// Whatever changes them must hold the directory's lock. A process that is killed in between
/// leaves a seal that opens by every slot; [`Self::settle`] ends what it began.
#[derive(Debug, Clone)]
pub struct SealFiles {
    seal: PathBuf,
    root_key: PathBuf,
}

impl SealFiles {
    /// Those of a directory: `seal.json` and `root.key`.
    #[must_use]
    pub fn of(directory: &Path) -> Self {
        Self {
            seal: directory.join("seal.json"),
            root_key: directory.join("root.key"),
        }
    }

    /// The seal's file.
    #[must_use]
    pub fn seal_path(&self) -> &Path {
        &self.seal
    }

    /// The root key's file.
    #[must_use]
    pub fn root_key_path(&self) -> &Path {
        &self.root_key
    }

    fn io(&self, action: &'static str) -> impl FnOnce(io::Error) -> SealFileError {
        let path = self.seal.clone();
        move |source| SealFileError::Io {
            action,
            path,
            source,
        }
    }

    /// Reads the seal; `None` where there is none.
    ///
    /// # Errors
    /// [`SealFileError`] where it cannot be read, is open to other users, or is no seal.
    pub fn read(&self) -> Result<Option<Seal>, SealFileError> {
        let file = match File::open(&self.seal) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(self.io("open"))?,
        };
        if let Some(mode) = durable::open_to_others(&file).map_err(self.io("read"))? {
            let path = self.seal.clone();
            return Err(SealFileError::Permissions { path, mode });
        }
        let mut bytes = Vec::new();
        file.take(MAX_FILE_BYTES)
            .read_to_end(&mut bytes)
            .map_err(self.io("read"))?;
        self.parse(&bytes).map(Some)
    }

    pub(super) fn parse(&self, bytes: &[u8]) -> Result<Seal, SealFileError> {
        let damaged = |reason: String| SealFileError::Damaged {
            path: self.seal.clone(),
            reason,
        };
        let value: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        let format = value.get("format").and_then(serde_json::Value::as_u64);
        let format = format.ok_or_else(|| damaged("it names no format".to_owned()))?;
        if format != u64::from(seal::FORMAT) {
            let path = self.seal.clone();
            return Err(SealFileError::UnknownFormat { path, format });
        }
        // From the text and not from the value, which forgets that a key came twice.
        let seal: Seal =
            serde_json::from_slice(bytes).map_err(|error| damaged(error.to_string()))?;
        match seal.flaw() {
            None => Ok(seal),
            Some(flaw) => Err(damaged(flaw.to_owned())),
        }
    }

    fn write(&self, seal: &Seal) -> Result<(), SealFileError> {
        let mut text =
            serde_json::to_vec_pretty(seal).map_err(|error| self.io("write")(error.into()))?;
        text.push(b'\n');
        // What cannot be read again must never be in the place of what could.
        self.parse(&text)?;
        durable::replace(&self.seal, &text).map_err(self.io("write"))
    }

    #[cfg(test)]
    pub(super) fn write_for_tests(&self, seal: &Seal) {
        self.write(seal).unwrap();
    }

    /// Opens the seal by the root key's file.
    ///
    /// # Errors
    /// [`SealFileError`] where the file cannot be read or holds another root key.
    pub fn open_file(&self, seal: &Seal) -> Result<Unsealed, SealFileError> {
        let root_key = RootKey::open(&self.root_key)?;
        Ok(seal.open_with(root_key)?)
    }

    /// The root key's file where no slot knows of it: a removal that did not end left it.
    #[must_use]
    pub fn stray_root_key(&self, seal: &Seal) -> bool {
        seal.file().is_none() && self.root_key.exists()
    }

    /// Adds a slot, after it has opened the seal that will be written.
    ///
    /// # Errors
    /// [`SealFileError`] where the slot cannot be made, or does not open, or a file cannot be written.
    pub fn add(
        &self,
        seal: &mut Seal,
        unsealed: &Unsealed,
        new: &NewSlot<'_>,
        random: &dyn Random,
    ) -> Result<(), SealFileError> {
        let mut next = seal.clone();
        let lock = new.lock.clone();
        next.add(unsealed, new.id, lock, new.key, new.created, random)?;
        match new.key {
            Some(key) => {
                next.open(new.id, key)?;
            }
            None => self.put_file(&unsealed.root_key)?,
        }
        self.write(&next)?;
        *seal = next;
        Ok(())
    }

    /// The file comes first: a crash leaves a file too much, which the next try takes.
    fn put_file(&self, root_key: &RootKey) -> Result<(), SealFileError> {
        let file = FileSlot::new(&self.root_key);
        match file.read() {
            Ok(found) if found.id() == root_key.id() => Ok(()),
            Ok(found) => Err(SealFileError::Slot(SlotError::OtherRootKey {
                found: found.id(),
                wanted: root_key.id(),
            })),
            Err(error) if error.is_missing() => Ok(file.create(root_key)?),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes a slot. The caller has opened the seal by another one.
    ///
    /// # Errors
    /// [`SealFileError`] where it is the last one, there is none, or a file cannot be written.
    pub fn remove(&self, seal: &mut Seal, id: &str) -> Result<Slot, SealFileError> {
        let mut next = seal.clone();
        let removed = next.remove(id)?;
        self.write(&next)?;
        *seal = next;
        if removed.kind() == SlotKind::File {
            FileSlot::new(&self.root_key).remove()?;
        }
        Ok(removed)
    }

    /// Removes a root key's file that no slot knows of.
    ///
    /// # Errors
    /// [`SealFileError`] where it cannot be removed.
    pub fn remove_stray(&self, seal: &Seal) -> Result<(), SealFileError> {
        if self.stray_root_key(seal) {
            FileSlot::new(&self.root_key).remove()?;
        }
        Ok(())
    }

    /// Puts a new root key into every slot. The seed stays, and with it everything that was sealed.
    ///
    /// Gives the ids of the old root key and the new one. A process that is killed leaves the old
    /// seal, or one that every slot opens and [`Self::settle`] finishes.
    ///
    /// # Errors
    /// [`SealFileError`] where a slot's entry was changed or a file cannot be written.
    pub fn rotate(
        &self,
        seal: &mut Seal,
        unsealed: &Unsealed,
        created: &str,
        random: &dyn Random,
    ) -> Result<(KeyId, Unsealed), SealFileError> {
        let unsealed = self.settle(seal, unsealed.duplicate())?;
        if seal.file().is_some() {
            // What stands in the way is told before anything has changed.
            self.check_file(seal)?;
        }
        let old = unsealed.root_key_id();
        let mut both = seal.clone();
        let next = both.begin_rotation(&unsealed, created, random)?;
        self.write(&both)?;
        *seal = both;
        Ok((old, self.settle(seal, next)?))
    }

    /// Ends a rotation that a killed process began, by whichever root key is open.
    ///
    /// # Errors
    /// [`SealFileError`] where the seal was changed or a file cannot be written.
    pub fn settle(&self, seal: &mut Seal, unsealed: Unsealed) -> Result<Unsealed, SealFileError> {
        self.settle_by(seal, unsealed, &mut |_| Ok(()))
    }

    /// As [`Self::settle`]; `before` is called before each step and can end it there.
    pub(super) fn settle_by(
        &self,
        seal: &mut Seal,
        unsealed: Unsealed,
        before: &mut dyn FnMut(Step) -> Result<(), SealFileError>,
    ) -> Result<Unsealed, SealFileError> {
        if !seal.is_rotating() {
            return Ok(unsealed);
        }
        let unsealed = seal.newest_of(unsealed)?;
        if seal.file().is_some() {
            before(Step::File)?;
            self.renew_file(seal, &unsealed.root_key)?;
        }
        before(Step::Seal)?;
        let mut settled = seal.clone();
        settled.end_rotation();
        self.write(&settled)?;
        *seal = settled;
        before(Step::Rest)?;
        FileSlot::new(&self.root_key).remove_partials()?;
        Ok(unsealed)
    }

    /// Replaces the file of the old root key, and no other one.
    fn renew_file(&self, seal: &Seal, root_key: &RootKey) -> Result<(), SealFileError> {
        if self.check_file(seal)? == Some(root_key.id()) {
            return Ok(());
        }
        Ok(FileSlot::new(&self.root_key).replace(root_key)?)
    }

    /// The id of the file's root key; `None` where there is no file. Refuses a key that the seal
    /// does not know: it may be the only one for something else.
    fn check_file(&self, seal: &Seal) -> Result<Option<KeyId>, SealFileError> {
        let found = match FileSlot::new(&self.root_key).read() {
            Ok(root_key) => root_key.id(),
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let known = seal.root_keys();
        match known.last() {
            Some(wanted) if !known.contains(&found) => {
                let wanted = *wanted;
                Err(SlotError::OtherRootKey { found, wanted }.into())
            }
            _ => Ok(Some(found)),
        }
    }
}

/// A slot to be made.
#[derive(Debug)]
pub struct NewSlot<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it is locked with.
    pub lock: &'a Lock,
    /// Its key; `None` for the file.
    pub key: Option<&'a SlotKey>,
    /// The time, as a text.
    pub created: &'a str,
}

/// The steps at the end of a rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The file gets the new root key.
    File,
    /// The seal loses the old one.
    Seal,
    /// Leftovers go.
    Rest,
}
