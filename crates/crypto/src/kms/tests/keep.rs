//! Making, keeping, importing.

use super::{KEYS, key};
use crate::{
    SeededRandom,
    kms::{
        EncryptionAlgorithm, KeySpec, MacAlgorithm, Material, MaterialError, MessageType,
        SigningAlgorithm, WrappingAlgorithm, WrappingKey, WrappingKeySpec,
        der::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, value},
    },
};

#[test]
fn names_are_those_of_aws_and_come_back() {
    for spec in KeySpec::ALL {
        assert_eq!(spec.as_str().parse(), Ok(*spec));
    }
    for algorithm in SigningAlgorithm::ALL {
        assert_eq!(algorithm.as_str().parse(), Ok(*algorithm));
    }
    for algorithm in EncryptionAlgorithm::ALL {
        assert_eq!(algorithm.as_str().parse(), Ok(*algorithm));
    }
    for algorithm in MacAlgorithm::ALL {
        assert_eq!(algorithm.as_str().parse(), Ok(*algorithm));
    }
    for algorithm in WrappingAlgorithm::ALL {
        assert_eq!(algorithm.as_str().parse(), Ok(*algorithm));
    }
    for spec in WrappingKeySpec::ALL {
        assert_eq!(spec.as_str().parse(), Ok(*spec));
    }
    for message_type in MessageType::ALL {
        assert_eq!(message_type.as_str().parse(), Ok(*message_type));
    }
    assert!("SM2".parse::<KeySpec>().is_err());
    assert!("rsa_2048".parse::<KeySpec>().is_err());
    let codes: std::collections::BTreeSet<u8> =
        KeySpec::ALL.iter().map(|spec| spec.code()).collect();
    assert_eq!(codes.len(), KeySpec::ALL.len());
}

#[test]
fn every_key_is_kept_and_loaded() {
    for key in KEYS.iter() {
        let stored = key.to_secret();
        let loaded = Material::from_secret(key.spec(), stored.expose()).unwrap();
        assert_eq!(loaded.to_secret(), stored, "{}", key.spec());
        assert_eq!(loaded.public_key(), key.public_key());
        assert_eq!(loaded.private_key_pkcs8(), key.private_key_pkcs8());
        assert_eq!(key.public_key().is_some(), key.spec().is_asymmetric());
    }
}

#[test]
fn damage_of_any_byte_is_found() {
    for key in KEYS.iter() {
        let stored = key.to_secret();
        let stored = stored.expose();
        for index in 0..stored.len() {
            let mut changed = stored.to_vec();
            changed[index] ^= 1;
            assert_eq!(
                Material::from_secret(key.spec(), &changed).err(),
                Some(MaterialError::Damaged),
                "{} {index}",
                key.spec()
            );
        }
        for cut in [0, 1, 9, 10, stored.len() - 1] {
            assert!(Material::from_secret(key.spec(), &stored[..cut]).is_err());
        }
        for other in KeySpec::ALL.iter().filter(|other| **other != key.spec()) {
            assert_eq!(
                Material::from_secret(*other, stored).err(),
                Some(MaterialError::OtherSpec(*other))
            );
        }
    }
}

#[test]
fn the_private_key_of_one_is_imported_as_the_same() {
    for key in KEYS.iter().filter(|key| key.spec().is_asymmetric()) {
        let der = key.private_key_pkcs8().unwrap();
        let imported = Material::import(key.spec(), der.expose()).unwrap();
        assert_eq!(imported.to_secret(), key.to_secret(), "{}", key.spec());
        assert_eq!(imported.public_key(), key.public_key());

        for other in KeySpec::ALL.iter().filter(|other| **other != key.spec()) {
            // An Ed25519 key is 48 bytes of DER, as many as an HMAC_384 key has.
            if *other == KeySpec::Hmac384 && der.expose().len() == 48 {
                continue;
            }
            let refused = Material::import(*other, der.expose()).err();
            let expected = if other.is_asymmetric() {
                refused == Some(MaterialError::OtherSpec(*other))
            } else {
                matches!(refused, Some(MaterialError::WrongLength { .. }))
            };
            assert!(expected, "{} as {other}: {refused:?}", key.spec());
        }
        let longer = [der.expose(), &[0]].concat();
        assert_eq!(
            Material::import(key.spec(), &longer).err(),
            Some(MaterialError::Unreadable(key.spec()))
        );
        for cut in 0..der.expose().len() {
            assert!(Material::import(key.spec(), &der.expose()[..cut]).is_err());
        }
    }
}

#[test]
fn symmetric_keys_are_imported_at_their_length_only() {
    for (spec, length) in [
        (KeySpec::SymmetricDefault, 32),
        (KeySpec::Hmac224, 28),
        (KeySpec::Hmac256, 32),
        (KeySpec::Hmac384, 48),
        (KeySpec::Hmac512, 64),
    ] {
        for found in 0..100 {
            let imported = Material::import(spec, &vec![7; found]);
            if found == length {
                let imported = imported.unwrap();
                assert_eq!(imported.spec(), spec);
                assert!(imported.public_key().is_none() && imported.private_key_pkcs8().is_none());
            } else {
                assert_eq!(
                    imported.err(),
                    Some(MaterialError::WrongLength {
                        spec,
                        expected: length,
                        found
                    })
                );
            }
        }
    }
}

/// PKCS #8 of a post-quantum key around what its private key is.
fn post_quantum(spec: KeySpec, private: &[u8]) -> Vec<u8> {
    let oid = super::super::pkcs8::key_type(spec).unwrap();
    let identifier = value(OBJECT_IDENTIFIER, &[oid.as_bytes()]);
    value(
        SEQUENCE,
        &[
            &value(INTEGER, &[&[0]]),
            &value(SEQUENCE, &[&identifier]),
            &value(OCTET_STRING, &[private]),
        ],
    )
}

/// RFC 9881 and RFC 9935 have three forms: the seed, the expanded key, and both.
#[test]
fn post_quantum_keys_come_in_with_their_seed_only() {
    for (spec, length) in [
        (KeySpec::MlDsa44, 2560),
        (KeySpec::MlDsa65, 4032),
        (KeySpec::MlDsa87, 4896),
        (KeySpec::MlKem512, 1632),
        (KeySpec::MlKem768, 2400),
        (KeySpec::MlKem1024, 3168),
    ] {
        let key = key(spec);
        let stored = key.to_secret();
        let seed = &stored.expose()[2..stored.expose().len() - 8];
        let expanded = expanded(spec, seed);
        assert_eq!(expanded.len(), length);
        let both = |seed: &[u8], expanded: &[u8]| {
            let seed = value(OCTET_STRING, &[seed]);
            value(SEQUENCE, &[&seed, &value(OCTET_STRING, &[expanded])])
        };
        let imported = Material::import(spec, &post_quantum(spec, &both(seed, &expanded)));
        assert_eq!(imported.unwrap().to_secret(), key.to_secret());
        let imported = Material::import(spec, &post_quantum(spec, &value(0x80, &[seed])));
        assert_eq!(imported.unwrap().to_secret(), key.to_secret());

        let mut other = expanded.clone();
        other[length - 1] ^= 1;
        for wrong in [
            value(OCTET_STRING, &[&expanded]),
            both(seed, &other),
            both(seed, &expanded[1..]),
            both(&seed[1..], &expanded),
            value(SEQUENCE, &[&value(OCTET_STRING, &[seed])]),
            value(0x80, &[&seed[1..]]),
            value(OCTET_STRING, &[seed]),
            Vec::new(),
        ] {
            let refused = Material::import(spec, &post_quantum(spec, &wrong)).err();
            assert!(refused.is_some(), "{spec} {}", wrong.len());
        }
    }
}

fn expanded(spec: KeySpec, seed: &[u8]) -> Vec<u8> {
    use aws_lc_rs::{encoding::AsRawBytes, signature::PqdsaKeyPair};
    match super::super::ml_dsa::algorithms(spec) {
        Some((signing, _)) => {
            let pair = PqdsaKeyPair::from_seed(signing, seed).unwrap();
            pair.private_key().as_raw_bytes().unwrap().as_ref().to_vec()
        }
        None => super::super::ml_kem::expand(spec, seed.try_into().unwrap())
            .unwrap()
            .0
            .to_vec(),
    }
}

/// RFC 5958's second version has the public key beside the private one.
#[test]
fn a_public_key_beside_the_private_one_is_not_trusted() {
    use aws_lc_rs::signature::Ed25519KeyPair;
    let spec = KeySpec::EccNistEdwards25519;
    let key = key(spec);
    let pair = Ed25519KeyPair::from_pkcs8(key.private_key_pkcs8().unwrap().expose()).unwrap();
    let second = pair.to_pkcs8().unwrap().as_ref().to_vec();
    let imported = Material::import(spec, &second).unwrap();
    assert_eq!(imported.to_secret(), key.to_secret());
    for index in 48..second.len() {
        let mut changed = second.clone();
        changed[index] ^= 1;
        if let Ok(imported) = Material::import(spec, &changed) {
            assert_eq!(imported.to_secret(), key.to_secret());
            assert_eq!(imported.public_key(), key.public_key());
        }
    }

    let spec = KeySpec::EccNistP256;
    let der = super::key(spec).private_key_pkcs8().unwrap();
    let mut changed = der.expose().to_vec();
    *changed.last_mut().unwrap() ^= 1;
    assert_eq!(
        Material::import(spec, &changed).err(),
        Some(MaterialError::Unreadable(spec))
    );
}

#[test]
fn seeds_make_keys_that_repeat_and_systems_do_not() {
    for spec in [
        KeySpec::SymmetricDefault,
        KeySpec::Hmac384,
        KeySpec::EccNistEdwards25519,
        KeySpec::MlDsa44,
        KeySpec::MlKem512,
    ] {
        let make = |seed| Material::generate(spec, &SeededRandom::new(seed)).unwrap();
        assert_eq!(make(5).to_secret(), make(5).to_secret());
        assert_ne!(make(5).to_secret(), make(6).to_secret());
    }
}

#[test]
fn rsa_keys_are_made_in_every_size() {
    for (spec, wrapping) in [
        (KeySpec::Rsa2048, WrappingKeySpec::Rsa2048),
        (KeySpec::Rsa3072, WrappingKeySpec::Rsa3072),
        (KeySpec::Rsa4096, WrappingKeySpec::Rsa4096),
    ] {
        let key = Material::generate(spec, &SeededRandom::new(1)).unwrap();
        let der = key.private_key_pkcs8().unwrap();
        let imported = Material::import(spec, der.expose()).unwrap();
        assert_eq!(imported.to_secret(), key.to_secret());
        let key = WrappingKey::generate(wrapping).unwrap();
        assert_eq!((key.spec(), key.public_key().is_empty()), (wrapping, false));
    }
}

#[test]
fn debug_prints_the_spec_only() {
    assert_eq!(format!("{:?}", key(KeySpec::Hmac224)), "Material(HMAC_224)");
}

#[test]
fn keys_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Material>();
    shared::<crate::kms::WrappingKey>();
}
