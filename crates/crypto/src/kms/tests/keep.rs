//! Making, keeping, importing.

use super::{KEYS, key};
use crate::{
    SeededRandom,
    kms::{
        EncryptionAlgorithm, KeySpec, MacAlgorithm, Material, MaterialError, MessageType,
        SigningAlgorithm, WrappingAlgorithm, WrappingKey, WrappingKeySpec,
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

#[test]
fn post_quantum_keys_without_a_seed_are_refused() {
    // The expanded form of RFC 9881 and RFC 9935: an octet string instead of the tagged seed.
    for (spec, length) in [
        (KeySpec::MlDsa44, 2560),
        (KeySpec::MlDsa87, 4896),
        (KeySpec::MlKem512, 1632),
        (KeySpec::MlKem1024, 3168),
    ] {
        let key = key(spec).private_key_pkcs8().unwrap();
        let info = super::super::pkcs8::read(spec, key.expose()).unwrap();
        use super::super::der::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, value};
        let oid = value(OBJECT_IDENTIFIER, &[info.algorithm.oid.as_bytes()]);
        let expanded = value(OCTET_STRING, &[&vec![1; length]]);
        let der = value(
            SEQUENCE,
            &[
                &value(INTEGER, &[&[0]]),
                &value(SEQUENCE, &[&oid]),
                &value(OCTET_STRING, &[&expanded]),
            ],
        );
        assert_eq!(
            Material::import(spec, &der).err(),
            Some(MaterialError::Unreadable(spec))
        );
    }
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
