//! The seal: the root key in all its slots but the file, and the seed that it wraps.
//!
//! ```text
//! a slot's secret -> slot key -> root key -> seed -> keyring -> everything that is sealed
//! ```
//!
//! Each slot has the root key under its slot key. The root key has each slot key under itself
//! too, so that a new root key can be put into every slot while one of them is open: nobody has
//! to type what lies in a safe.

use super::{KeyId, Lock, RootKey, SlotError, SlotKey, SlotKind, encoding::Base64};
use crate::{Keyring, Random, keyring::Key};
use serde::{Deserialize, Serialize};

/// The newest form of the file that this version knows.
pub(super) const FORMAT: u32 = 1;

/// A data directory's seal, as `seal.json` has it. It holds nothing secret in clear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seal {
    format: u32,
    /// Names the seed, which all root keys wrap.
    seed: KeyId,
    /// One, and two while the root key rotates: the old one first.
    generations: Vec<Generation>,
}

/// A root key with its slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Generation {
    root_key: KeyId,
    created: String,
    /// The seed under the root key.
    sealed_seed: Base64,
    /// The next root key under this one, while it rotates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    successor: Option<Base64>,
    slots: Vec<Slot>,
}

/// A slot of the seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Slot {
    id: String,
    created: String,
    lock: Lock,
    /// The root key under the slot's key. The file has it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wrapped: Option<Base64>,
    /// The slot's key under the root key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kept: Option<Base64>,
}

impl Slot {
    /// Its name in the seal.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// When it was made.
    #[must_use]
    pub fn created(&self) -> &str {
        &self.created
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> SlotKind {
        self.lock.kind()
    }

    /// What it is locked with.
    #[must_use]
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Binds what is wrapped to all that the entry says.
    fn context(&self, what: &'static [u8], root_key: KeyId) -> Vec<Vec<u8>> {
        // INVARIANT: a lock has texts and numbers only, which JSON can always have.
        let lock = serde_json::to_vec(&self.lock).unwrap_or_default();
        vec![
            what.to_vec(),
            root_key.0.to_vec(),
            self.id.clone().into_bytes(),
            self.created.clone().into_bytes(),
            lock,
        ]
    }

    /// Puts a root key under the slot's key and the other way round.
    fn put(&mut self, root_key: &RootKey, key: &SlotKey, random: &dyn Random) {
        let id = root_key.id();
        let context = self.context(b"root key", id);
        let wrapped = key.wrap(&parts(&context), root_key.expose(), random);
        self.wrapped = Some(Base64(wrapped));
        let context = self.context(b"slot key", id);
        let kept = RootSealer::slot_keys(root_key).seal(&parts(&context), key.expose(), random);
        self.kept = Some(Base64(kept));
    }

    fn root_key(&self, key: &SlotKey, wanted: KeyId) -> Result<RootKey, SlotError> {
        let wrapped = self.wrapped.as_ref().ok_or(SlotError::Damaged)?;
        let context = self.context(b"root key", wanted);
        let bytes = key.unwrap(&parts(&context), &wrapped.0)?;
        let root_key = RootKey::from_slice(&*bytes).ok_or(SlotError::Damaged)?;
        expect(root_key, wanted)
    }

    fn kept_key(&self, root_key: &RootKey) -> Result<SlotKey, SlotError> {
        let kept = self.kept.as_ref().ok_or(SlotError::Damaged)?;
        let context = self.context(b"slot key", root_key.id());
        let bytes = RootSealer::slot_keys(root_key).open(&parts(&context), &kept.0)?;
        SlotKey::from_bytes(&*bytes)
    }
}

/// A seal that was opened: the root key and what it wraps.
pub struct Unsealed {
    pub(super) root_key: RootKey,
    seed: RootKey,
}

impl Unsealed {
    /// Names the root key.
    #[must_use]
    pub fn root_key_id(&self) -> KeyId {
        self.root_key.id()
    }

    /// Names the seed: it stays the same when the root key rotates.
    #[must_use]
    pub fn seed_id(&self) -> KeyId {
        self.seed.id()
    }

    /// The keys of all purposes.
    #[must_use]
    pub fn keyring(&self) -> Keyring {
        Keyring::derive(&self.seed)
    }

    pub(super) fn duplicate(&self) -> Self {
        Self {
            root_key: self.root_key.duplicate(),
            seed: self.seed.duplicate(),
        }
    }

    /// What a data directory without a seal has: one key, which is root key and seed.
    #[must_use]
    pub fn without_seal(root_key: RootKey) -> Self {
        Self {
            seed: root_key.duplicate(),
            root_key,
        }
    }
}

impl std::fmt::Debug for Unsealed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Unsealed")
            .field("root_key", &self.root_key)
            .finish_non_exhaustive()
    }
}

impl Seal {
    /// A seal without slots for a new root key and a new seed.
    #[must_use]
    pub fn new(root_key: RootKey, created: &str, random: &dyn Random) -> (Self, Unsealed) {
        let seed = RootKey::ephemeral(random);
        Self::around(Unsealed { root_key, seed }, created, random)
    }

    /// A seal without slots for a root key that has been the seed of a keyring itself.
    #[must_use]
    pub fn adopt(root_key: RootKey, created: &str, random: &dyn Random) -> (Self, Unsealed) {
        Self::around(Unsealed::without_seal(root_key), created, random)
    }

    fn around(unsealed: Unsealed, created: &str, random: &dyn Random) -> (Self, Unsealed) {
        let seal = Self {
            format: FORMAT,
            seed: unsealed.seed.id(),
            generations: vec![Generation::new(&unsealed, created, random)],
        };
        (seal, unsealed)
    }

    /// The slots.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        self.newest().map_or(&[], |generation| &generation.slots)
    }

    /// A slot by its id.
    ///
    /// # Errors
    /// [`SlotError::Unknown`] where there is none.
    pub fn slot(&self, id: &str) -> Result<&Slot, SlotError> {
        let found = self.slots().iter().find(|slot| slot.id == id);
        found.ok_or_else(|| SlotError::Unknown(id.to_owned()))
    }

    /// The ids of the root key, and of its successor too while it rotates.
    #[must_use]
    pub fn root_keys(&self) -> Vec<KeyId> {
        let ids = self
            .generations
            .iter()
            .map(|generation| generation.root_key);
        ids.collect()
    }

    /// Names the seed.
    #[must_use]
    pub fn seed_id(&self) -> KeyId {
        self.seed
    }

    /// When the root key was made.
    #[must_use]
    pub fn created(&self) -> &str {
        self.newest()
            .map_or("", |generation| generation.created.as_str())
    }

    /// Whether the root key rotates: a process that rotated it did not end.
    #[must_use]
    pub fn is_rotating(&self) -> bool {
        self.generations.len() > 1
    }

    /// Whether root keys of before can be seeds: the directory was begun by a version that had
    /// no seal.
    #[must_use]
    pub fn is_adopted(&self, unsealed: &Unsealed) -> bool {
        self.seed == unsealed.root_key.id()
    }

    /// Opens the seal by a slot's key.
    ///
    /// # Errors
    /// [`SlotError`] where it is not the slot's key, or the entry was changed.
    pub fn open(&self, id: &str, key: &SlotKey) -> Result<Unsealed, SlotError> {
        let mut failure = SlotError::Unknown(id.to_owned());
        // The newest first. A secret opens all generations that its slot is in.
        for generation in self.generations.iter().rev() {
            let Some(slot) = generation.slots.iter().find(|slot| slot.id == id) else {
                continue;
            };
            match slot.root_key(key, generation.root_key) {
                Ok(root_key) => return self.unseal(generation, root_key),
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Opens the seal by the root key itself, such as that of `root.key`.
    ///
    /// # Errors
    /// [`SlotError::OtherRootKey`] for another one, [`SlotError::Seed`] for a damaged seal.
    pub fn open_with(&self, root_key: RootKey) -> Result<Unsealed, SlotError> {
        let found = root_key.id();
        let mut generations = self.generations.iter().rev();
        match generations.find(|generation| generation.root_key == found) {
            Some(generation) => self.unseal(generation, root_key),
            None => Err(SlotError::OtherRootKey {
                found,
                wanted: self.newest().map_or(found, |newest| newest.root_key),
            }),
        }
    }

    fn unseal(&self, generation: &Generation, root_key: RootKey) -> Result<Unsealed, SlotError> {
        let context = generation.context(self.seed);
        let bytes = RootSealer::seed(&root_key)
            .open(&parts(&context), &generation.sealed_seed.0)
            .map_err(|_| SlotError::Seed)?;
        let seed = RootKey::from_slice(&*bytes).ok_or(SlotError::Seed)?;
        if seed.id() != self.seed {
            return Err(SlotError::Seed);
        }
        Ok(Unsealed { root_key, seed })
    }

    /// Adds a slot; `key` is its key, and `None` for the file, which is written apart.
    ///
    /// # Errors
    /// [`SlotError`] where the id is taken or no id, or there is a file already.
    pub(super) fn add(
        &mut self,
        unsealed: &Unsealed,
        id: &str,
        lock: Lock,
        key: Option<&SlotKey>,
        created: &str,
        random: &dyn Random,
    ) -> Result<(), SlotError> {
        let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if id.is_empty() || id.len() > 64 || !id.bytes().all(sound) {
            return Err(SlotError::Id);
        }
        if self.slot(id).is_ok() {
            return Err(SlotError::Taken(id.to_owned()));
        }
        let file = self.file().filter(|_| lock.kind() == SlotKind::File);
        if let Some(file) = file {
            return Err(SlotError::SecondFile(file.id.clone()));
        }
        let mut slot = Slot {
            id: id.to_owned(),
            created: created.to_owned(),
            lock,
            wrapped: None,
            kept: None,
        };
        match key {
            Some(key) => slot.put(&unsealed.root_key, key, random),
            None if slot.kind() == SlotKind::File => {}
            None => return Err(SlotError::NoKey),
        }
        if let Some(newest) = self.generations.last_mut() {
            newest.slots.push(slot);
        }
        Ok(())
    }

    /// An id that no slot has: the kind's name, or that with a number.
    #[must_use]
    pub fn free_id(&self, kind: SlotKind) -> String {
        let mut id = kind.as_str().to_owned();
        let mut number = 2_usize;
        while self.slot(&id).is_ok() {
            id = format!("{kind}-{number}");
            number += 1;
        }
        id
    }

    /// Takes a slot away.
    ///
    /// # Errors
    /// [`SlotError::Last`] for the last one, [`SlotError::Unknown`] where there is none.
    pub(super) fn remove(&mut self, id: &str) -> Result<Slot, SlotError> {
        self.slot(id)?;
        let newest = self.generations.last_mut();
        let newest = newest.ok_or_else(|| SlotError::Unknown(id.to_owned()))?;
        if newest.slots.len() < 2 {
            return Err(SlotError::Last(id.to_owned()));
        }
        let place = newest.slots.iter().position(|slot| slot.id == id);
        let place = place.ok_or_else(|| SlotError::Unknown(id.to_owned()))?;
        Ok(newest.slots.remove(place))
    }

    /// Adds a generation of a new root key, in every slot that there is. Until the old one
    /// goes both open, and the old root key gives the new one.
    ///
    /// # Errors
    /// [`SlotError::Damaged`] where a slot's entry was changed.
    pub(super) fn begin_rotation(
        &mut self,
        unsealed: &Unsealed,
        created: &str,
        random: &dyn Random,
    ) -> Result<Unsealed, SlotError> {
        let next = Unsealed {
            root_key: RootKey::ephemeral(random),
            seed: unsealed.seed.duplicate(),
        };
        let mut generation = Generation::new(&next, created, random);
        for slot in self.slots() {
            let mut slot = slot.clone();
            if slot.kind() != SlotKind::File {
                let key = slot
                    .kept_key(&unsealed.root_key)
                    .map_err(|problem| SlotError::Of {
                        id: slot.id.clone(),
                        problem: Box::new(problem),
                    })?;
                slot.put(&next.root_key, &key, random);
            }
            generation.slots.push(slot);
        }
        let successor = RootSealer::successor(&unsealed.root_key).seal(
            &[&unsealed.root_key.id().0, &next.root_key.id().0],
            next.root_key.expose(),
            random,
        );
        if let Some(old) = self.generations.last_mut() {
            old.successor = Some(Base64(successor));
        }
        self.generations.push(generation);
        Ok(next)
    }

    /// The newest generation's root key, from whichever one was opened.
    ///
    /// # Errors
    /// [`SlotError::Damaged`] where the old root key does not give the new one.
    pub(super) fn newest_of(&self, unsealed: Unsealed) -> Result<Unsealed, SlotError> {
        let (Some(newest), held) = (self.newest(), unsealed.root_key.id()) else {
            return Err(SlotError::Damaged);
        };
        if newest.root_key == held {
            return Ok(unsealed);
        }
        let old = self.generations.iter().find(|old| old.root_key == held);
        let successor = old.and_then(|old| old.successor.as_ref());
        let successor = successor.ok_or(SlotError::Damaged)?;
        let bytes = RootSealer::successor(&unsealed.root_key)
            .open(&[&held.0, &newest.root_key.0], &successor.0)?;
        let root_key = RootKey::from_slice(&*bytes).ok_or(SlotError::Damaged)?;
        self.unseal(newest, expect(root_key, newest.root_key)?)
    }

    /// Forgets all generations but the newest.
    pub(super) fn end_rotation(&mut self) {
        let old = self.generations.len().saturating_sub(1);
        self.generations.drain(..old);
    }

    /// The slot of the file, where there is one.
    #[must_use]
    pub fn file(&self) -> Option<&Slot> {
        let mut slots = self.slots().iter();
        slots.find(|slot| slot.kind() == SlotKind::File)
    }

    fn newest(&self) -> Option<&Generation> {
        self.generations.last()
    }

    /// What is wrong with a seal that was read.
    pub(super) fn flaw(&self) -> Option<&'static str> {
        let slots = self.slots();
        let same = |slot: &&Slot| slots.iter().filter(|other| other.id == slot.id).count() > 1;
        if !(1..=2).contains(&self.generations.len()) {
            Some("it has no root key, or too many")
        } else if slots.is_empty() {
            Some("it has no slot")
        } else if slots.iter().any(|slot| same(&slot)) {
            Some("two slots have one id")
        } else {
            None
        }
    }
}

impl Generation {
    fn new(unsealed: &Unsealed, created: &str, random: &dyn Random) -> Self {
        let mut generation = Self {
            root_key: unsealed.root_key.id(),
            created: created.to_owned(),
            sealed_seed: Base64(Vec::new()),
            successor: None,
            slots: Vec::new(),
        };
        let context = generation.context(unsealed.seed.id());
        let sealed = RootSealer::seed(&unsealed.root_key).seal(
            &parts(&context),
            unsealed.seed.expose(),
            random,
        );
        generation.sealed_seed = Base64(sealed);
        generation
    }

    fn context(&self, seed: KeyId) -> Vec<Vec<u8>> {
        let created = self.created.clone().into_bytes();
        vec![self.root_key.0.to_vec(), seed.0.to_vec(), created]
    }
}

/// What a root key itself seals: keys of 32 bytes.
struct RootSealer(crate::Sealer);

impl RootSealer {
    fn seed(root_key: &RootKey) -> Self {
        Self(Keyring::derive(root_key).sealer("root-key.seed"))
    }

    fn slot_keys(root_key: &RootKey) -> Self {
        Self(Keyring::derive(root_key).sealer("root-key.slot-key"))
    }

    fn successor(root_key: &RootKey) -> Self {
        Self(Keyring::derive(root_key).sealer("root-key.successor"))
    }

    fn seal(&self, context: &[&[u8]], key: &[u8; 32], random: &dyn Random) -> Vec<u8> {
        // INVARIANT: only messages of 64 GiB are too long.
        self.0.seal(context, key, random).unwrap_or_default()
    }

    fn open(&self, context: &[&[u8]], sealed: &[u8]) -> Result<Key, SlotError> {
        let opened = self
            .0
            .open(context, sealed)
            .map_err(|_| SlotError::Damaged)?;
        let key = RootKey::from_slice(opened.expose()).ok_or(SlotError::Damaged)?;
        Ok(Key::new(*key.expose()))
    }
}

fn expect(root_key: RootKey, wanted: KeyId) -> Result<RootKey, SlotError> {
    let found = root_key.id();
    if found == wanted {
        Ok(root_key)
    } else {
        Err(SlotError::OtherRootKey { found, wanted })
    }
}

fn parts(context: &[Vec<u8>]) -> Vec<&[u8]> {
    context.iter().map(Vec::as_slice).collect()
}
