//! No bytes make anything panic.

use super::{KEYS, key};
use crate::{
    SystemRandom,
    kms::{
        EncryptionAlgorithm, KeySpec, Material, Message, MessageType, SigningAlgorithm,
        WrappingAlgorithm, WrappingKey, WrappingKeySpec, cms_enveloped_data, wrap,
    },
};
use proptest::prelude::*;

/// Sound keys with a few bytes changed, and bytes that are nothing.
fn nearly(sound: fn(&Material) -> Option<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let sound: Vec<Vec<u8>> = KEYS.iter().filter_map(sound).collect();
    let changed = (
        prop::sample::select(sound),
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        any::<prop::sample::Index>(),
        any::<bool>(),
    )
        .prop_map(|(mut bytes, changes, cut, cuts)| {
            for (index, byte) in changes {
                let index = index.index(bytes.len());
                bytes[index] = byte;
            }
            if cuts {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        });
    prop_oneof![
        4 => changed,
        1 => prop::collection::vec(any::<u8>(), 0..300),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_make_an_import_panic(
        der in nearly(|key| Some(key.private_key_pkcs8()?.expose().to_vec())),
    ) {
        for spec in KeySpec::ALL {
            if let Ok(imported) = Material::import(*spec, &der) {
                prop_assert_eq!(imported.spec(), *spec);
            }
        }
    }

    #[test]
    fn no_bytes_make_loading_panic(stored in nearly(|key| Some(key.to_secret().expose().to_vec()))) {
        for spec in KeySpec::ALL {
            let _ = Material::from_secret(*spec, &stored);
        }
    }

    #[test]
    fn no_public_key_makes_an_agreement_panic(
        public in nearly(|key| Some(key.public_key()?.to_vec())),
    ) {
        for spec in [KeySpec::EccNistP256, KeySpec::EccNistP384, KeySpec::EccNistP521] {
            let _ = key(spec).agree(&public);
        }
        let _ = cms_enveloped_data(&public, b"text", &SystemRandom::new());
    }

    #[test]
    fn no_bytes_make_a_use_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        message in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        for key in KEYS.iter() {
            let _ = key.open(&message, &bytes);
            let _ = key.open_plain([0; 12], &message, &bytes);
            let _ = key.decapsulate(&bytes);
            for algorithm in SigningAlgorithm::allowed(key.spec()) {
                for message_type in MessageType::ALL {
                    let message = Message::new(*message_type, &message);
                    prop_assert!(key.verify(*algorithm, message, &bytes) != Ok(true));
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    #[test]
    fn no_bytes_make_rsa_panic(bytes in prop::collection::vec(any::<u8>(), 256)) {
        for algorithm in EncryptionAlgorithm::ALL {
            prop_assert!(key(KeySpec::Rsa2048).decrypt(*algorithm, &bytes).is_err());
        }
    }

    #[test]
    fn no_bytes_make_an_unwrapping_panic(
        start in prop::collection::vec(any::<u8>(), 256),
        rest in prop::collection::vec(any::<u8>(), 0..64),
        keeps in any::<bool>(),
    ) {
        let secret = key(KeySpec::Rsa2048).to_secret();
        let wrapping = WrappingKey::from_secret(WrappingKeySpec::Rsa2048, secret.expose()).unwrap();
        // A sound AES key before what it should unwrap, or none.
        let start = if keeps {
            let algorithm = WrappingAlgorithm::RsaesOaepSha256;
            wrap(algorithm, wrapping.public_key(), &[1; 32], &SystemRandom::new()).unwrap()
        } else {
            start
        };
        for algorithm in WrappingAlgorithm::ALL {
            let _ = wrapping.unwrap(*algorithm, &start);
            let _ = wrapping.unwrap(*algorithm, &[start.as_slice(), &rest].concat());
            let _ = wrapping.unwrap(*algorithm, &rest);
        }
    }
}
