//! Wrapping for import, and the envelope for enclaves.

use super::{KEYS, key};
use crate::{
    SystemRandom,
    kms::{
        EncryptionAlgorithm, KeySpec, Material, MaterialError, UnwrapError, UseError,
        WrappingAlgorithm, WrappingKey, WrappingKeySpec, cms_enveloped_data, wrap,
    },
};
use std::sync::LazyLock;

static WRAPPING: LazyLock<Vec<WrappingKey>> = LazyLock::new(|| {
    // The stored forms are the same.
    [
        (WrappingKeySpec::Rsa2048, KeySpec::Rsa2048),
        (WrappingKeySpec::Rsa3072, KeySpec::Rsa3072),
        (WrappingKeySpec::Rsa4096, KeySpec::Rsa4096),
    ]
    .into_iter()
    .map(|(spec, key_spec)| {
        WrappingKey::from_secret(spec, key(key_spec).to_secret().expose()).unwrap()
    })
    .collect()
});

#[test]
fn material_of_every_spec_comes_in_through_every_wrapping_that_holds_it() {
    let random = SystemRandom::new();
    for key in KEYS.iter() {
        let material = match key.private_key_pkcs8() {
            Some(der) => der.expose().to_vec(),
            None => {
                let stored = key.to_secret();
                stored.expose()[2..stored.expose().len() - 8].to_vec()
            }
        };
        for wrapping in WRAPPING.iter() {
            for algorithm in WrappingAlgorithm::ALL {
                let wrapped = wrap(*algorithm, wrapping.public_key(), &material, &random);
                let wrapped = match wrapped {
                    Ok(wrapped) => wrapped,
                    Err(error) => {
                        assert!(matches!(error, UseError::TooLong { .. }));
                        assert!(!algorithm.as_str().starts_with("RSA_AES"));
                        continue;
                    }
                };
                let unwrapped = wrapping.unwrap(*algorithm, &wrapped).unwrap();
                let imported = Material::import(key.spec(), unwrapped.expose()).unwrap();
                assert_eq!(imported.to_secret(), key.to_secret());
            }
        }
    }
}

#[test]
fn every_failure_looks_alike() {
    let random = SystemRandom::new();
    let wrapping = &WRAPPING[0];
    for algorithm in WrappingAlgorithm::ALL {
        let wrapped = wrap(*algorithm, wrapping.public_key(), &[7; 32], &random).unwrap();
        for index in (0..wrapped.len()).step_by(7) {
            let mut changed = wrapped.clone();
            changed[index] ^= 1;
            // RSAES-PKCS1-v1_5 has no proof of integrity: a changed text may unwrap to another.
            let unwrapped = wrapping.unwrap(*algorithm, &changed);
            match algorithm {
                WrappingAlgorithm::RsaesPkcs1V15 => {
                    assert!(unwrapped.is_err() || unwrapped.unwrap().expose() != [7; 32]);
                }
                _ => assert_eq!(unwrapped, Err(UnwrapError)),
            }
        }
        let longer = [wrapped.as_slice(), &[0]].concat();
        for wrong in [
            b"".as_slice(),
            &wrapped[1..],
            &longer,
            &[0; 256],
            &[0xff; 300],
        ] {
            assert_eq!(wrapping.unwrap(*algorithm, wrong), Err(UnwrapError));
        }
        assert_eq!(
            WRAPPING[1].unwrap(*algorithm, &wrapped),
            Err(UnwrapError),
            "{algorithm}"
        );
        for other in WrappingAlgorithm::ALL {
            if other != algorithm {
                assert_eq!(wrapping.unwrap(*other, &wrapped), Err(UnwrapError));
            }
        }
    }
}

#[test]
fn an_aes_key_of_another_size_between_is_refused() {
    use super::super::wrapping::wrap_oaep;
    let wrapping = &WRAPPING[0];
    let public = aws_lc_rs::rsa::PublicEncryptingKey::from_der(wrapping.public_key()).unwrap();
    let mut wrapped = wrap_oaep(public, EncryptionAlgorithm::RsaesOaepSha256, &[1; 16]).unwrap();
    wrapped.extend_from_slice(&[0; 40]);
    let algorithm = WrappingAlgorithm::RsaAesKeyWrapSha256;
    assert_eq!(wrapping.unwrap(algorithm, &wrapped), Err(UnwrapError));
}

#[test]
fn a_wrapping_key_is_kept_and_loaded() {
    for key in WRAPPING.iter() {
        let stored = key.to_secret();
        let loaded = WrappingKey::from_secret(key.spec(), stored.expose()).unwrap();
        assert_eq!(loaded.public_key(), key.public_key());
        assert_eq!(loaded.to_secret(), stored);
        assert_eq!(format!("{key:?}"), format!("WrappingKey({})", key.spec()));
        let mut changed = stored.expose().to_vec();
        changed[50] ^= 1;
        assert_eq!(
            WrappingKey::from_secret(key.spec(), &changed).err(),
            Some(MaterialError::Damaged)
        );
    }
    let stored = WRAPPING[0].to_secret();
    let other = WrappingKey::from_secret(WrappingKeySpec::Rsa4096, stored.expose());
    assert_eq!(
        other.err(),
        Some(MaterialError::OtherSpec(KeySpec::Rsa4096))
    );
}

/// Reads the envelope in the steps of the Nitro Enclaves SDK: outer layers without lengths.
#[test]
fn an_enclave_opens_its_envelope() {
    use aws_lc_rs::cipher::{
        AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
    };
    for spec in [KeySpec::Rsa2048, KeySpec::Rsa3072, KeySpec::Rsa4096] {
        let (key, modulus) = (key(spec), spec.modulus_bytes().unwrap());
        for text in [
            b"".as_slice(),
            b"a data key of thirty-two bytes..",
            &[9; 4096],
        ] {
            let random = SystemRandom::new();
            let envelope = cms_enveloped_data(key.public_key().unwrap(), text, &random).unwrap();
            // ContentInfo, envelopedData, [0], EnvelopedData, version 2.
            let rest = envelope
                .strip_prefix(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0\x80\x30\x80\x02\x01\x02\x31\x82")
                .unwrap();
            let (length, rest) = rest.split_first_chunk::<2>().unwrap();
            let (recipient, rest) = rest.split_at(usize::from(u16::from_be_bytes(*length)));
            let wrapped = &recipient[recipient.len() - modulus..];
            let content_key = key
                .decrypt(EncryptionAlgorithm::RsaesOaepSha256, wrapped)
                .unwrap();
            // EncryptedContentInfo, data, aes256-CBC with its IV, [0].
            let rest = rest
                .strip_prefix(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\x30\x1d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x04\x10")
                .unwrap();
            let (initial, rest) = rest.split_first_chunk::<16>().unwrap();
            let rest = rest.strip_prefix(b"\xa0\x80\x04").unwrap();
            let rest = rest.strip_suffix(&[0; 10]).unwrap();
            let mut ciphertext = match rest[0] {
                0x82 => rest[3..].to_vec(),
                length => {
                    assert_eq!(usize::from(length), rest.len() - 1);
                    rest[1..].to_vec()
                }
            };
            let cipher = UnboundCipherKey::new(&AES_256, content_key.expose()).unwrap();
            let cipher = PaddedBlockDecryptingKey::cbc_pkcs7(cipher).unwrap();
            let context = DecryptionContext::Iv128((*initial).into());
            assert_eq!(cipher.decrypt(&mut ciphertext, context).unwrap(), text);
        }
    }
    for wrong in [
        b"".as_slice(),
        super::key(KeySpec::EccNistP256).public_key().unwrap(),
    ] {
        assert_eq!(
            cms_enveloped_data(wrong, b"text", &SystemRandom::new()),
            Err(UseError::Rejected)
        );
    }
}
