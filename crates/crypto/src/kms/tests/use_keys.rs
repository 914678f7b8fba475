//! Encryption, codes, agreement and encapsulation.

use super::{KEYS, key};
use crate::{
    SeededRandom, SystemRandom,
    kms::{EncryptionAlgorithm, KeySpec, MacAlgorithm, Material, UseError},
};
use proptest::prelude::*;

const RSA: [KeySpec; 3] = [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096];

#[test]
fn what_was_sealed_opens_under_its_key_and_context_only() {
    let key = key(KeySpec::SymmetricDefault);
    let other = Material::generate(KeySpec::SymmetricDefault, &SystemRandom::new()).unwrap();
    let sealed = key
        .seal(b"context", b"a secret", &SeededRandom::new(2))
        .unwrap();
    assert_eq!(sealed.len(), 16 + 12 + 8 + 16);
    assert_eq!(key.open(b"context", &sealed).unwrap().expose(), b"a secret");
    assert_eq!(key.open(b"contexT", &sealed), Err(UseError::Rejected));
    assert_eq!(key.open(b"", &sealed), Err(UseError::Rejected));
    assert_eq!(other.open(b"context", &sealed), Err(UseError::Rejected));
    for index in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[index] ^= 0x80;
        assert_eq!(key.open(b"context", &changed), Err(UseError::Rejected));
        assert!(key.open(b"context", &sealed[..index]).is_err());
    }
}

#[test]
fn a_message_and_the_plain_form_have_different_keys() {
    let key = key(KeySpec::SymmetricDefault);
    let sealed = key.seal(b"", b"text", &SeededRandom::new(3)).unwrap();
    let nonce = sealed[16..28].try_into().unwrap();
    assert_eq!(
        key.open_plain(nonce, b"", &sealed[28..]),
        Err(UseError::Rejected)
    );
    let plain = key.seal_plain(nonce, b"", b"text").unwrap();
    assert_ne!(plain, sealed[28..]);
    assert_eq!(
        key.open_plain(nonce, b"", &plain).unwrap().expose(),
        b"text"
    );
    assert_eq!(
        key.open_plain([0; 12], b"", &plain),
        Err(UseError::Rejected)
    );
}

#[test]
fn rsa_decrypts_what_it_encrypted_up_to_its_limit() {
    for spec in RSA {
        let modulus = spec.modulus_bytes().unwrap();
        for (algorithm, digest) in [
            (EncryptionAlgorithm::RsaesOaepSha1, 20),
            (EncryptionAlgorithm::RsaesOaepSha256, 32),
        ] {
            let (key, limit) = (key(spec), modulus - 2 * digest - 2);
            for length in [0, 1, 32, limit] {
                let text = vec![5; length];
                let ciphertext = key.encrypt(algorithm, &text).unwrap();
                assert_eq!(ciphertext.len(), modulus);
                let opened = key.decrypt(algorithm, &ciphertext).unwrap();
                assert_eq!(opened.expose(), text);
            }
            assert_eq!(
                key.encrypt(algorithm, &vec![5; limit + 1]),
                Err(UseError::TooLong { limit })
            );
            let mut ciphertext = key.encrypt(algorithm, b"text").unwrap();
            for other in EncryptionAlgorithm::allowed(spec) {
                if *other != algorithm {
                    assert_eq!(key.decrypt(*other, &ciphertext), Err(UseError::Rejected));
                }
            }
            ciphertext[100] ^= 1;
            for wrong in [ciphertext.as_slice(), &ciphertext[1..], b"", &[0xff; 512]] {
                assert_eq!(key.decrypt(algorithm, wrong), Err(UseError::Rejected));
            }
        }
    }
}

#[test]
fn codes_are_made_by_the_algorithm_of_the_spec_only() {
    for key in KEYS.iter() {
        for algorithm in MacAlgorithm::ALL {
            if !MacAlgorithm::allowed(key.spec()).contains(algorithm) {
                assert_eq!(key.mac(*algorithm, b"m"), Err(UseError::Unfit));
                assert_eq!(key.verify_mac(*algorithm, b"m", b""), Err(UseError::Unfit));
                continue;
            }
            let code = key.mac(*algorithm, b"m").unwrap();
            assert_eq!(key.verify_mac(*algorithm, b"m", &code), Ok(true));
            assert_eq!(key.verify_mac(*algorithm, b"n", &code), Ok(false));
            for length in 0..code.len() {
                let shortened = key.verify_mac(*algorithm, b"m", &code[..length]);
                assert_eq!(shortened, Ok(false));
            }
            let longer = [code.as_slice(), &[0]].concat();
            assert_eq!(key.verify_mac(*algorithm, b"m", &longer), Ok(false));
        }
    }
}

#[test]
fn two_sides_agree_on_one_secret() {
    for (spec, length) in [
        (KeySpec::EccNistP256, 32),
        (KeySpec::EccNistP384, 48),
        (KeySpec::EccNistP521, 66),
    ] {
        let ours = key(spec);
        let theirs = Material::generate(spec, &SystemRandom::new()).unwrap();
        let secret = ours.agree(theirs.public_key().unwrap()).unwrap();
        assert_eq!(secret, theirs.agree(ours.public_key().unwrap()).unwrap());
        assert_eq!(secret.expose().len(), length);

        for other in KEYS.iter().filter(|other| other.spec() != spec) {
            if let Some(public) = other.public_key() {
                assert_eq!(ours.agree(public), Err(UseError::Rejected));
            }
        }
        let public = theirs.public_key().unwrap();
        // A point off the curve, the bare point, more behind it, less, nothing.
        let mut moved = public.to_vec();
        *moved.last_mut().unwrap() ^= 1;
        let bare = &public[public.len() - 2 * length - 1..];
        let longer = [public, &[0]].concat();
        for wrong in [&moved, bare, &longer, &public[1..], b""] {
            assert_eq!(ours.agree(wrong), Err(UseError::Rejected));
        }
    }
    let public = key(KeySpec::EccSecgP256k1).public_key().unwrap();
    assert_eq!(
        key(KeySpec::EccSecgP256k1).agree(public),
        Err(UseError::Unfit)
    );
}

#[test]
fn encapsulated_secrets_come_out_and_wrong_ones_are_rejected_silently() {
    for (spec, length) in [
        (KeySpec::MlKem512, 768),
        (KeySpec::MlKem768, 1088),
        (KeySpec::MlKem1024, 1568),
    ] {
        let key = key(spec);
        let (ciphertext, secret) = key.encapsulate().unwrap();
        assert_eq!((ciphertext.len(), secret.expose().len()), (length, 32));
        assert_eq!(key.decapsulate(&ciphertext).unwrap(), secret);

        let mut changed = ciphertext.clone();
        changed[7] ^= 1;
        let rejected = key.decapsulate(&changed).unwrap();
        assert_ne!(rejected, secret);
        assert_eq!(key.decapsulate(&changed).unwrap(), rejected);
        let other = Material::generate(spec, &SystemRandom::new()).unwrap();
        assert_ne!(other.decapsulate(&ciphertext).unwrap(), secret);
        for wrong in [b"".as_slice(), &ciphertext[1..], &[0; 1], &[0; 2000]] {
            assert_eq!(key.decapsulate(wrong), Err(UseError::Rejected));
        }
    }
}

#[test]
fn operations_of_other_specs_are_refused() {
    let random = SystemRandom::new();
    for key in KEYS.iter() {
        let spec = key.spec();
        if spec != KeySpec::SymmetricDefault {
            assert_eq!(key.seal(b"", b"", &random), Err(UseError::Unfit));
            assert_eq!(key.open(b"", b""), Err(UseError::Unfit));
            assert_eq!(key.seal_plain([0; 12], b"", b""), Err(UseError::Unfit));
            assert_eq!(key.open_plain([0; 12], b"", b""), Err(UseError::Unfit));
        }
        for algorithm in EncryptionAlgorithm::ALL {
            if !RSA.contains(&spec) || *algorithm == EncryptionAlgorithm::SymmetricDefault {
                assert_eq!(key.encrypt(*algorithm, b""), Err(UseError::Unfit));
                assert_eq!(key.decrypt(*algorithm, b""), Err(UseError::Unfit));
            }
        }
        if !spec.agrees() {
            assert_eq!(key.agree(b""), Err(UseError::Unfit));
        }
        if !spec.encapsulates() {
            assert_eq!(key.encapsulate().err(), Some(UseError::Unfit));
            assert_eq!(key.decapsulate(b""), Err(UseError::Unfit));
        }
    }
}

proptest! {
    #[test]
    fn what_was_sealed_opens(
        text in prop::collection::vec(any::<u8>(), 0..5000),
        aad in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let key = key(KeySpec::SymmetricDefault);
        let sealed = key.seal(&aad, &text, &SeededRandom::new(2)).unwrap();
        let opened = key.open(&aad, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), text.as_slice());
    }
}
