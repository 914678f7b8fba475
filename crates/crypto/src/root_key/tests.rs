//! The seal as a whole: slots, damage, rotation, and what crashes leave.

#![allow(clippy::string_slice, reason = "the texts are ASCII")]

use super::{
    FileSlot, KeyId, Lock, NewSlot, RecoveryText, RootKey, Seal, SealFileError, SealFiles,
    SlotError, SlotKey, SlotKind, Unsealed, files::Step, random_environment_key,
};
use crate::{SecretString, SeededRandom};
use proptest::prelude::*;
use std::{cell::Cell, fs, io, path::Path};
use tempfile::TempDir;

const THEN: &str = "2026-11-24T12:00:00Z";

fn text(text: &str) -> SecretString {
    SecretString::new(text.to_owned())
}

/// A data directory with a slot of every form, and the secrets that open them.
struct House {
    directory: TempDir,
    files: SealFiles,
    random: SeededRandom,
    secrets: Vec<(&'static str, SecretString)>,
    outside: SlotKey,
    sealed: Vec<u8>,
    seed: KeyId,
}

impl House {
    fn new() -> Self {
        let random = SeededRandom::new(7);
        let directory = tempfile::tempdir().unwrap();
        let files = SealFiles::of(directory.path());
        let (mut seal, unsealed) = Seal::new(RootKey::ephemeral(&random), THEN, &random);
        let secrets = vec![
            ("env", random_environment_key(&random)),
            ("passphrase", text("correct horse battery")),
            ("recovery", RecoveryText::random(&random)),
        ];
        let outside = SlotKey::random(&random);
        let sealed = unsealed.keyring().sealer("iam.access-key");
        let sealed = sealed.seal(&[], b"a secret", &random).unwrap();
        let house = Self {
            directory,
            files,
            outside,
            sealed,
            seed: unsealed.seed_id(),
            secrets,
            random,
        };
        house.add(&mut seal, &unsealed, "file", &Lock::file(), None);
        let locks = [
            Lock::environment("CLAVIGER_SEAL_KEY", &house.random),
            Lock::cheap_passphrase(&house.random),
            Lock::recovery(&house.random),
        ];
        for ((id, secret), lock) in house.secrets.iter().zip(&locks) {
            let key = lock.key(secret).unwrap();
            house.add(&mut seal, &unsealed, id, lock, Some(&key));
        }
        // Kept by nobody here: the form of tokens and other KMSs.
        let lock = Lock::environment("ELSEWHERE", &house.random);
        house.add(&mut seal, &unsealed, "outside", &lock, Some(&house.outside));
        house
    }

    fn add(
        &self,
        seal: &mut Seal,
        unsealed: &Unsealed,
        id: &str,
        lock: &Lock,
        key: Option<&SlotKey>,
    ) {
        let created = THEN;
        let new = NewSlot {
            id,
            lock,
            key,
            created,
        };
        self.files.add(seal, unsealed, &new, &self.random).unwrap();
    }

    fn seal(&self) -> Seal {
        self.files.read().unwrap().unwrap()
    }

    /// Opens a seal by one slot only.
    fn open(&self, seal: &Seal, id: &str) -> Result<Unsealed, SealFileError> {
        if id == "file" {
            return self.files.open_file(seal);
        }
        if id == "outside" {
            return Ok(seal.open(id, &self.outside)?);
        }
        let (_, secret) = self.secrets.iter().find(|(known, _)| *known == id).unwrap();
        let key = seal.slot(id)?.lock().key(secret)?;
        Ok(seal.open(id, &key)?)
    }

    fn is_home(&self, unsealed: &Unsealed) -> bool {
        let sealer = unsealed.keyring().sealer("iam.access-key");
        let opened = sealer.open(&[], &self.sealed);
        unsealed.seed_id() == self.seed && opened.is_ok_and(|opened| opened.expose() == b"a secret")
    }
}

const IDS: [&str; 5] = ["file", "env", "passphrase", "recovery", "outside"];

#[test]
fn every_slot_opens_by_itself() {
    let house = House::new();
    let seal = house.seal();
    let ids: Vec<_> = seal.slots().iter().map(super::Slot::id).collect();
    assert_eq!(ids, IDS);
    for id in IDS {
        let unsealed = house.open(&seal, id).unwrap();
        assert!(house.is_home(&unsealed), "{id}");
        assert_eq!(seal.root_keys(), [unsealed.root_key_id()]);
        assert!(!seal.is_adopted(&unsealed));
    }
    let file = fs::read_to_string(house.files.seal_path()).unwrap();
    for (_, secret) in &house.secrets {
        assert!(!file.contains(secret.expose()));
    }
    assert!(seal.slots().iter().all(|slot| slot.created() == THEN));
}

#[test]
fn a_wrong_secret_is_told_from_damage() {
    let house = House::new();
    let seal = house.seal();
    let other = SeededRandom::new(99);
    let wrong = [
        ("env", random_environment_key(&other)),
        ("passphrase", text("correct horse batterz")),
        ("recovery", RecoveryText::random(&other)),
    ];
    for (id, secret) in wrong {
        let key = seal.slot(id).unwrap().lock().key(&secret).unwrap();
        assert!(matches!(seal.open(id, &key), Err(SlotError::WrongSecret)));
    }
    for (id, secret) in [
        ("env", ""),
        ("env", "short"),
        ("env", "c2hvcnQ="),
        ("recovery", "AAAA"),
    ] {
        assert!(seal.slot(id).unwrap().lock().key(&text(secret)).is_err());
    }
    let file = seal.slot("file").unwrap().lock();
    assert!(matches!(
        file.key(&text("x")),
        Err(SlotError::Kind(SlotKind::File))
    ));
    // One slot's key is none of another one.
    assert!(seal.open("env", &house.outside).is_err());
    assert!(matches!(
        seal.open("nobody", &house.outside),
        Err(SlotError::Unknown(_))
    ));
}

#[test]
fn another_root_key_is_told_with_its_id() {
    let house = House::new();
    let seal = house.seal();
    let other = RootKey::ephemeral(&SeededRandom::new(8));
    let id = other.id();
    fs::remove_file(house.files.root_key_path()).unwrap();
    FileSlot::new(house.files.root_key_path())
        .create(&other)
        .unwrap();
    let error = house.files.open_file(&seal).unwrap_err().to_string();
    assert!(
        error.contains(&id.to_string()) && error.contains(&seal.root_keys()[0].to_string()),
        "{error}"
    );
}

#[test]
fn the_environments_key_is_base64_or_hexadecimal() {
    let random = SeededRandom::new(3);
    let lock = Lock::environment("X", &random);
    let key = random_environment_key(&random);
    let base64 = base64::Engine::decode(
        &base64::engine::general_purpose::STANDARD,
        key.expose().as_bytes(),
    );
    let hex: String = base64
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let of = |secret: &str| *lock.key(&text(secret)).unwrap().expose();
    assert_eq!(of(key.expose()), of(&hex));
    assert_eq!(of(key.expose()), of(&format!("{}\n", key.expose())));
    assert_ne!(
        of(key.expose()),
        *Lock::environment("X", &random).key(&key).unwrap().expose(),
        "each slot has a salt"
    );
    assert!(lock.key(&text(&"g".repeat(64))).is_err());
}

#[test]
fn passphrases_that_can_be_guessed_are_refused() {
    let random = SeededRandom::new(3);
    assert!(matches!(
        Lock::passphrase(&text("hunter2hunt"), &random),
        Err(SlotError::ShortPassphrase(12))
    ));
    let lock = Lock::passphrase(&text("hunter2hunte"), &random).unwrap();
    let json = serde_json::to_string(&lock).unwrap();
    assert!(
        json.contains("\"memoryKib\":262144,\"iterations\":3"),
        "{json}"
    );
    let greedy = json.replace("262144", "4294967295");
    let greedy: Lock = serde_json::from_str(&greedy).unwrap();
    assert!(matches!(
        greedy.key(&text("hunter2hunte")),
        Err(SlotError::Hashing(_))
    ));
}

/// Whichever bit of the seal changes: a slot opens the very seed, or does not open. Never
/// another one, and where it does not, the others mostly do.
#[test]
fn no_changed_bit_opens_anything_else() {
    let house = House::new();
    let path = house.files.seal_path().to_owned();
    let sound = fs::read(&path).unwrap();
    let root_key = RootKey::open(house.files.root_key_path()).unwrap();
    let opened_by = |bytes: &[u8]| -> Option<Vec<&str>> {
        let seal = house.files.parse(bytes).ok()?;
        let mut open = Vec::new();
        for id in IDS {
            let unsealed = match id {
                "file" => seal.open_with(root_key.duplicate()).ok(),
                _ => house.open(&seal, id).ok(),
            };
            if let Some(unsealed) = unsealed {
                assert!(house.is_home(&unsealed));
                open.push(id);
            }
        }
        Some(open)
    };
    let (mut unreadable, mut partly) = (0, 0);
    for index in 0..sound.len() {
        for bit in [0x01, 0x20] {
            let mut changed = sound.clone();
            changed[index] ^= bit;
            match opened_by(&changed) {
                None => unreadable += 1,
                Some(open) if open.len() < IDS.len() => partly += 1,
                Some(_) => assert!(
                    is_free(&sound, index),
                    "byte {index} of {:?}",
                    String::from_utf8_lossy(&sound[index.saturating_sub(30)..index + 10])
                ),
            }
        }
    }
    assert!(unreadable > 500 && partly > 500, "{unreadable} {partly}");
    for cut in 0..sound.len() - 1 {
        assert_eq!(opened_by(&sound[..cut]), None, "cut at {cut}");
    }
}

/// Space between values, and the entry of the file slot: it wraps nothing.
fn is_free(sound: &[u8], index: usize) -> bool {
    let all = String::from_utf8_lossy(sound);
    let entry = all.find("\"id\": \"file\"").unwrap();
    let end = entry + all[entry..].find('}').unwrap();
    // A slot's key under the root key is used when the root key rotates only.
    let kept = all[..index].rfind('\n').unwrap_or_default();
    let line = all[kept..].trim_start().lines().next().unwrap_or_default();
    sound[index].is_ascii_whitespace()
        || (entry..end).contains(&index)
        || line.starts_with("\"kept\"")
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let files = SealFiles::of(Path::new("/nowhere"));
        prop_assert!(files.parse(&bytes).is_err());
    }

    #[test]
    fn no_mixture_of_a_seals_parts_makes_it_panic(from in 0_usize..2000, length in 0_usize..300, to in 0_usize..2000) {
        let house = sample();
        let mut bytes = house.1.clone();
        let (from, to) = (from % bytes.len(), to % bytes.len());
        let part = bytes[from..(from + length).min(bytes.len())].to_vec();
        bytes.splice(to..to, part);
        if let Ok(seal) = house.0.files.parse(&bytes) {
            for id in IDS {
                if let Ok(unsealed) = house.0.open(&seal, id) {
                    prop_assert!(house.0.is_home(&unsealed));
                }
            }
        }
    }
}

/// A house that tests share which only read it.
fn sample() -> &'static (House, Vec<u8>) {
    static SAMPLE: std::sync::OnceLock<(House, Vec<u8>)> = std::sync::OnceLock::new();
    SAMPLE.get_or_init(|| {
        let house = House::new();
        let bytes = fs::read(house.files.seal_path()).unwrap();
        (house, bytes)
    })
}

#[test]
fn damage_in_one_entry_leaves_the_others() {
    let house = House::new();
    let path = house.files.seal_path();
    let sound = fs::read_to_string(path).unwrap();
    let changed = sound.replacen(
        "\"variable\": \"CLAVIGER_SEAL_KEY\"",
        "\"variable\": \"CLAVIGER_SEAL_KEX\"",
        1,
    );
    fs::write(path, changed).unwrap();
    let seal = house.seal();
    assert!(matches!(
        house.open(&seal, "env"),
        Err(SealFileError::Slot(SlotError::Damaged))
    ));
    for id in ["file", "passphrase", "recovery", "outside"] {
        assert!(house.is_home(&house.open(&seal, id).unwrap()), "{id}");
    }
    // A rotation would lose the slot, and says so.
    let unsealed = house.open(&seal, "file").unwrap();
    let mut seal = seal;
    let refused = house
        .files
        .rotate(&mut seal, &unsealed, THEN, &house.random);
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("slot 'env'"), "{error}");
    assert!(!house.seal().is_rotating());
}

#[test]
fn seals_that_are_none_are_told() {
    let house = House::new();
    let path = house.files.seal_path();
    let sound = fs::read_to_string(path).unwrap();
    let error = |content: &str| {
        fs::write(path, content).unwrap();
        house.files.read().unwrap_err().to_string()
    };
    assert!(error("").contains("damaged"));
    assert!(error("[]").contains("no format"));
    let newer = sound.replacen("\"format\": 1", "\"format\": 2", 1);
    assert!(error(&newer).contains("format 2"));
    let unknown = sound.replacen("\"seed\"", "\"sead\"", 1);
    assert!(error(&unknown).contains("damaged"));
    let twice = sound.replacen("\"id\": \"env\"", "\"id\": \"recovery\"", 1);
    assert!(error(&twice).contains("two slots have one id"));
    let value: serde_json::Value = serde_json::from_str(&sound).unwrap();
    let mut empty = value.clone();
    empty["generations"] = serde_json::json!([]);
    assert!(error(&empty.to_string()).contains("no root key"));
    let mut bare = value;
    bare["generations"][0]["slots"] = serde_json::json!([]);
    assert!(error(&bare.to_string()).contains("no slot"));
    fs::remove_file(path).unwrap();
    assert!(house.files.read().unwrap().is_none());
}

#[cfg(unix)]
#[test]
fn a_seal_that_others_can_open_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let house = House::new();
    let path = house.files.seal_path();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path), 0o600);
    assert_eq!(mode(house.files.root_key_path()), 0o600);
    for bit in [0o040, 0o020, 0o004, 0o002] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600 | bit)).unwrap();
        assert!(matches!(
            house.files.read(),
            Err(SealFileError::Permissions { .. })
        ));
    }
}

#[test]
fn slots_come_and_go_but_for_the_last() {
    let house = House::new();
    let mut seal = house.seal();
    let unsealed = house.open(&seal, "recovery").unwrap();
    assert_eq!(seal.free_id(SlotKind::Recovery), "recovery-2");
    assert_eq!(seal.free_id(SlotKind::AwsKms), "aws-kms");
    let lock = Lock::recovery(&house.random);
    let key = SlotKey::random(&house.random);
    for (id, lock, expected) in [
        ("recovery", &lock, "already"),
        ("Recovery", &lock, "1 to 64"),
        ("", &lock, "1 to 64"),
    ] {
        let new = NewSlot {
            id,
            lock,
            key: Some(&key),
            created: THEN,
        };
        let refused = house.files.add(&mut seal, &unsealed, &new, &house.random);
        let error = refused.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let second = NewSlot {
        id: "file-2",
        lock: &Lock::file(),
        key: None,
        created: THEN,
    };
    let refused = house
        .files
        .add(&mut seal, &unsealed, &second, &house.random);
    assert!(refused.unwrap_err().to_string().contains("'file'"));

    for id in ["file", "env", "passphrase", "outside"] {
        house.files.remove(&mut seal, id).unwrap();
        assert_eq!(seal, house.seal());
        assert!(matches!(
            house.files.remove(&mut seal, id),
            Err(SealFileError::Slot(SlotError::Unknown(_)))
        ));
    }
    assert!(!house.files.root_key_path().exists());
    assert!(matches!(
        house.files.remove(&mut seal, "recovery"),
        Err(SealFileError::Slot(SlotError::Last(_)))
    ));
    assert!(house.is_home(&house.open(&house.seal(), "recovery").unwrap()));
    // The file comes back from the paper alone.
    let unsealed = house.open(&seal, "recovery").unwrap();
    house.add(&mut seal, &unsealed, "file", &Lock::file(), None);
    assert!(house.is_home(&house.open(&house.seal(), "file").unwrap()));
}

#[test]
fn a_file_that_a_crash_left_is_seen_and_taken_again() {
    let house = House::new();
    let mut seal = house.seal();
    let unsealed = house.open(&seal, "file").unwrap();
    let bytes = fs::read(house.files.root_key_path()).unwrap();
    assert!(!house.files.stray_root_key(&seal));
    house.files.remove(&mut seal, "file").unwrap();
    let write = |content: &[u8]| {
        fs::write(house.files.root_key_path(), content).unwrap();
        private(house.files.root_key_path());
    };
    write(&bytes);
    assert!(house.files.stray_root_key(&seal));
    house.files.remove_stray(&seal).unwrap();
    assert!(!house.files.root_key_path().exists());
    write(&bytes);
    house.add(&mut seal, &unsealed, "file", &Lock::file(), None);
    assert!(!house.files.stray_root_key(&seal));
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_path: &Path) {}

#[test]
fn a_new_root_key_lies_in_every_slot_and_wraps_the_same_seed() {
    let house = House::new();
    let mut seal = house.seal();
    let old_file = fs::read(house.files.root_key_path()).unwrap();
    let old_seal = fs::read(house.files.seal_path()).unwrap();
    let mut used = vec![seal.root_keys()[0]];
    for id in IDS {
        let unsealed = house.open(&seal, id).unwrap();
        let (old, unsealed) = house
            .files
            .rotate(&mut seal, &unsealed, THEN, &house.random)
            .unwrap();
        assert_eq!(Some(&old), used.last());
        assert!(!used.contains(&unsealed.root_key_id()), "it is new");
        used.push(unsealed.root_key_id());
        assert!(house.is_home(&unsealed));
        assert_eq!(seal, house.seal());
        for id in IDS {
            let unsealed = house.open(&seal, id).unwrap();
            assert!(house.is_home(&unsealed), "{id}");
            assert_eq!(Some(&unsealed.root_key_id()), used.last());
        }
    }
    let text = fs::read_to_string(house.files.seal_path()).unwrap();
    assert!(!text.contains("successor"));
    // The old file opens nothing now, and with the old seal (a backup) what it opened then.
    fs::write(house.files.root_key_path(), old_file).unwrap();
    assert!(matches!(
        house.files.open_file(&seal),
        Err(SealFileError::Slot(SlotError::OtherRootKey { .. }))
    ));
    fs::write(house.files.seal_path(), old_seal).unwrap();
    for id in IDS {
        assert!(
            house.is_home(&house.open(&house.seal(), id).unwrap()),
            "{id}"
        );
    }
}

fn crash() -> SealFileError {
    SealFileError::Io {
        action: "go on with",
        path: "crash".into(),
        source: io::Error::other("killed"),
    }
}

/// Wherever the process dies while the root key rotates: each slot opens what is left, and ends
/// the rotation, after which each slot opens the new root key.
#[test]
fn no_crash_while_rotating_loses_anything() {
    let steps = [Step::File, Step::Seal, Step::Rest];
    for (number, at) in steps.into_iter().enumerate() {
        for by in ["file", "recovery"] {
            for then_by in IDS {
                let house = House::new();
                let mut seal = house.seal();
                let unsealed = house.open(&seal, by).unwrap();
                let next = seal.begin_rotation(&unsealed, THEN, &house.random).unwrap();
                let new = next.root_key_id();
                house.files.write_for_tests(&seal);
                let seen = Cell::new(0);
                let died = house.files.settle_by(&mut seal, next, &mut |step| {
                    seen.set(seen.get() + 1);
                    if step == at { Err(crash()) } else { Ok(()) }
                });
                assert!(died.is_err() && seen.get() == number + 1);

                let mut seal = house.seal();
                assert_eq!(seal.is_rotating(), at != Step::Rest);
                for id in IDS {
                    assert!(house.is_home(&house.open(&seal, id).unwrap()), "{id}");
                }
                let unsealed = house.open(&seal, then_by).unwrap();
                let unsealed = house.files.settle(&mut seal, unsealed).unwrap();
                assert_eq!(unsealed.root_key_id(), new);
                let seal = house.seal();
                assert!(!seal.is_rotating());
                for id in IDS {
                    let unsealed = house.open(&seal, id).unwrap();
                    assert!(house.is_home(&unsealed), "{id}");
                    assert_eq!(unsealed.root_key_id(), new);
                }
            }
        }
    }
}

#[test]
fn half_written_files_are_in_nobodys_way() {
    let house = House::new();
    let directory = house.directory.path();
    for name in [
        "seal.json.partial",
        "root.key.partial",
        "root.key.0011.partial",
    ] {
        fs::write(directory.join(name), "half").unwrap();
    }
    let mut seal = house.seal();
    let unsealed = house.open(&seal, "file").unwrap();
    house
        .files
        .rotate(&mut seal, &unsealed, THEN, &house.random)
        .unwrap();
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["root.key", "seal.json"]);
}

#[test]
fn a_rotation_spares_a_root_key_that_it_does_not_know() {
    let house = House::new();
    let mut seal = house.seal();
    let unsealed = house.open(&seal, "recovery").unwrap();
    let next = seal.begin_rotation(&unsealed, THEN, &house.random).unwrap();
    house.files.write_for_tests(&seal);
    let other = RootKey::ephemeral(&SeededRandom::new(8));
    fs::remove_file(house.files.root_key_path()).unwrap();
    FileSlot::new(house.files.root_key_path())
        .create(&other)
        .unwrap();
    assert!(matches!(
        house.files.settle(&mut seal, next),
        Err(SealFileError::Slot(SlotError::OtherRootKey { .. }))
    ));
    assert_eq!(
        RootKey::open(house.files.root_key_path()).unwrap().id(),
        other.id()
    );
    // A rotation that has not begun does not begin.
    let unsealed = house.open(&seal, "recovery").unwrap();
    let mut settled = seal.clone();
    settled.end_rotation();
    let before = fs::read(house.files.seal_path()).unwrap();
    assert!(matches!(
        house
            .files
            .rotate(&mut settled, &unsealed, THEN, &house.random),
        Err(SealFileError::Slot(SlotError::OtherRootKey { .. }))
    ));
    assert_eq!(fs::read(house.files.seal_path()).unwrap(), before);
    // A file that is gone is made again.
    fs::remove_file(house.files.root_key_path()).unwrap();
    let unsealed = house.open(&seal, "env").unwrap();
    house.files.settle(&mut seal, unsealed).unwrap();
    assert!(house.is_home(&house.open(&house.seal(), "file").unwrap()));
}

#[test]
fn a_directory_that_had_one_key_only_goes_on_with_it() {
    let random = SeededRandom::new(5);
    let directory = tempfile::tempdir().unwrap();
    let files = SealFiles::of(directory.path());
    let root_key = RootKey::create_or_open(files.root_key_path(), &random).unwrap();
    let before = Unsealed::without_seal(root_key);
    let sealed = before.keyring().sealer("a").seal(&[], b"old", &random);
    let sealed = sealed.unwrap();
    let root_key = RootKey::open(files.root_key_path()).unwrap();
    let (mut seal, unsealed) = Seal::adopt(root_key, THEN, &random);
    assert_eq!(unsealed.seed_id(), before.seed_id());
    assert!(seal.is_adopted(&unsealed));
    let new = NewSlot {
        id: "file",
        lock: &Lock::file(),
        key: None,
        created: THEN,
    };
    files.add(&mut seal, &unsealed, &new, &random).unwrap();
    let (_, unsealed) = files.rotate(&mut seal, &unsealed, THEN, &random).unwrap();
    assert!(!seal.is_adopted(&unsealed));
    let unsealed = files.open_file(&files.read().unwrap().unwrap()).unwrap();
    let opened = unsealed.keyring().sealer("a").open(&[], &sealed).unwrap();
    assert_eq!(opened.expose(), b"old");
    assert_eq!(unsealed.keyring().id(), before.keyring().id());
}

#[test]
fn debug_output_has_no_key() {
    let house = House::new();
    let seal = house.seal();
    let unsealed = house.open(&seal, "env").unwrap();
    let text = format!("{unsealed:?} {:?}", house.outside);
    let id = unsealed.root_key_id();
    assert_eq!(
        text,
        format!("Unsealed {{ root_key: RootKey({id}), .. }} SlotKey(..)")
    );
}
