//! Which algorithms sign what, and that all do.

use super::{KEYS, key};
use crate::kms::{KeySpec, Material, Message, MessageType, SignError, SigningAlgorithm};
use aws_lc_rs::digest;

fn digest(algorithm: SigningAlgorithm, message: &[u8]) -> Vec<u8> {
    let algorithm = match algorithm.digest_length() {
        32 => &digest::SHA256,
        48 => &digest::SHA384,
        _ => &digest::SHA512,
    };
    digest::digest(algorithm, message).as_ref().to_vec()
}

#[test]
fn every_allowed_pair_signs_and_every_other_is_refused() {
    for key in KEYS.iter() {
        for algorithm in SigningAlgorithm::ALL {
            let allowed = SigningAlgorithm::allowed(key.spec()).contains(algorithm);
            for message_type in MessageType::ALL {
                let bytes = vec![3; algorithm.digest_length()];
                let message = Message::new(*message_type, &bytes);
                let signed = key.sign(*algorithm, message);
                if !allowed {
                    let unfit = SignError::Unfit {
                        spec: key.spec(),
                        algorithm: *algorithm,
                    };
                    assert_eq!(signed, Err(unfit));
                    assert_eq!(key.verify(*algorithm, message, b"x"), Err(unfit));
                } else if !algorithm.message_types().contains(message_type) {
                    let refused = SignError::MessageType {
                        algorithm: *algorithm,
                        message_type: *message_type,
                    };
                    assert_eq!(signed, Err(refused));
                    assert_eq!(key.verify(*algorithm, message, b"x"), Err(refused));
                } else {
                    check(key, *algorithm, message, &signed.unwrap());
                }
            }
        }
    }
}

fn check(key: &Material, algorithm: SigningAlgorithm, message: Message<'_>, signature: &[u8]) {
    let context = format!("{} {algorithm} {message:?}", key.spec());
    assert_eq!(
        key.verify(algorithm, message, signature),
        Ok(true),
        "{context}"
    );
    let other = vec![4; algorithm.digest_length()];
    let other = Message::new(message.message_type(), &other);
    assert_eq!(
        key.verify(algorithm, other, signature),
        Ok(false),
        "{context}"
    );
    for index in [0, 1, signature.len() / 2, signature.len() - 1] {
        let mut changed = signature.to_vec();
        changed[index] ^= 1;
        assert_eq!(
            key.verify(algorithm, message, &changed),
            Ok(false),
            "{context}"
        );
    }
    let shorter = &signature[..signature.len() - 1];
    let longer = [signature, &[0]].concat();
    for wrong in [b"".as_slice(), b"x", shorter, &longer, &[0xff; 6000]] {
        assert_eq!(
            key.verify(algorithm, message, wrong),
            Ok(false),
            "{context}"
        );
    }
    for wrong in SigningAlgorithm::allowed(key.spec()) {
        let takes = wrong.message_types().contains(&message.message_type());
        if *wrong != algorithm && takes && wrong.digest_length() == algorithm.digest_length() {
            assert_eq!(
                key.verify(*wrong, message, signature),
                Ok(false),
                "{context}"
            );
        }
    }
}

#[test]
fn a_digest_is_signed_as_it_is() {
    for key in KEYS.iter() {
        for algorithm in SigningAlgorithm::allowed(key.spec()) {
            let both = [MessageType::Raw, MessageType::Digest];
            if both
                .iter()
                .any(|kind| !algorithm.message_types().contains(kind))
            {
                continue;
            }
            let digest = digest(*algorithm, b"a message");
            let signature = key.sign(*algorithm, Message::Digest(&digest)).unwrap();
            let raw = Message::Raw(b"a message");
            assert_eq!(key.verify(*algorithm, raw, &signature), Ok(true));
            let signature = key.sign(*algorithm, raw).unwrap();
            let again = key.verify(*algorithm, Message::Digest(&digest), &signature);
            assert_eq!(again, Ok(true));
        }
    }
}

#[test]
fn a_digest_of_a_wrong_length_has_an_error_of_its_own() {
    for key in KEYS.iter() {
        for algorithm in SigningAlgorithm::allowed(key.spec()) {
            for message_type in algorithm.message_types() {
                if *message_type == MessageType::Raw {
                    assert!(key.sign(*algorithm, Message::Raw(b"")).is_ok());
                    assert!(key.sign(*algorithm, Message::Raw(&[1; 4096])).is_ok());
                    continue;
                }
                for found in [0, 1, 20, 31, 33, 47, 49, 63, 65, 4096] {
                    let bytes = vec![0; found];
                    let message = Message::new(*message_type, &bytes);
                    let refused = SignError::DigestLength {
                        algorithm: *algorithm,
                        expected: algorithm.digest_length(),
                        found,
                    };
                    assert_eq!(key.sign(*algorithm, message), Err(refused));
                    assert_eq!(key.verify(*algorithm, message, b""), Err(refused));
                }
            }
        }
    }
}

#[test]
fn signatures_have_the_lengths_of_their_kinds() {
    for (spec, algorithm, length) in [
        (KeySpec::Rsa2048, SigningAlgorithm::RsassaPssSha512, 256),
        (
            KeySpec::Rsa3072,
            SigningAlgorithm::RsassaPkcs1V15Sha256,
            384,
        ),
        (KeySpec::Rsa4096, SigningAlgorithm::RsassaPssSha384, 512),
        (
            KeySpec::EccNistEdwards25519,
            SigningAlgorithm::Ed25519Sha512,
            64,
        ),
        (KeySpec::MlDsa44, SigningAlgorithm::MlDsaShake256, 2420),
        (KeySpec::MlDsa65, SigningAlgorithm::MlDsaShake256, 3309),
        (KeySpec::MlDsa87, SigningAlgorithm::MlDsaShake256, 4627),
    ] {
        let signature = key(spec).sign(algorithm, Message::Raw(b"m")).unwrap();
        assert_eq!(signature.len(), length);
    }
}

#[test]
fn a_key_that_was_loaded_verifies_what_another_signed() {
    for key in KEYS.iter() {
        let loaded = Material::from_secret(key.spec(), key.to_secret().expose()).unwrap();
        for algorithm in SigningAlgorithm::allowed(key.spec()) {
            for message_type in algorithm.message_types() {
                let bytes = vec![9; algorithm.digest_length()];
                let message = Message::new(*message_type, &bytes);
                let signature = key.sign(*algorithm, message).unwrap();
                assert_eq!(loaded.verify(*algorithm, message, &signature), Ok(true));
                let signature = loaded.sign(*algorithm, message).unwrap();
                assert_eq!(key.verify(*algorithm, message, &signature), Ok(true));
            }
        }
    }
}

/// The two providers must hold the same key, and µ must be what the other computes for itself.
#[test]
fn an_external_mu_and_the_raw_message_have_the_same_signatures() {
    use ml_dsa::{B32, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, SigningKey};
    fn mu<P: MlDsaParams>(seed: &[u8]) -> Vec<u8> {
        use ml_dsa::signature::digest::Update;
        let seed: [u8; 32] = seed.try_into().unwrap();
        let key = SigningKey::<P>::from_seed(&B32::from(seed));
        key.as_ref()
            .compute_mu(
                |hash| {
                    hash.update(b"the message");
                    Ok(())
                },
                b"",
            )
            .unwrap()
            .to_vec()
    }
    for spec in [KeySpec::MlDsa44, KeySpec::MlDsa65, KeySpec::MlDsa87] {
        let key = key(spec);
        let stored = key.to_secret();
        let seed = &stored.expose()[2..34];
        let mu = match spec {
            KeySpec::MlDsa44 => mu::<MlDsa44>(seed),
            KeySpec::MlDsa65 => mu::<MlDsa65>(seed),
            _ => mu::<MlDsa87>(seed),
        };
        let algorithm = SigningAlgorithm::MlDsaShake256;
        let (external, raw) = (Message::ExternalMu(&mu), Message::Raw(b"the message"));
        let by_mu = key.sign(algorithm, external).unwrap();
        let by_message = key.sign(algorithm, raw).unwrap();
        for signature in [&by_mu, &by_message] {
            assert_eq!(key.verify(algorithm, external, signature), Ok(true));
            assert_eq!(key.verify(algorithm, raw, signature), Ok(true));
        }
    }
}
