//! Enclaves that are played: a chain of certificates, and documents signed by its end.

use super::*;
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair},
};
use coset::{CoseSign1Builder, HeaderBuilder};
use proptest::prelude::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P384_SHA384, date_time_ymd,
};
use std::sync::LazyLock;

/// Noon of 2030-06-15, within the chain's validity.
const NOW: u64 = 1_907_755_200;
const DAY: u64 = 86_400;

struct Enclave {
    root: Vec<u8>,
    intermediate: Vec<u8>,
    leaf: Vec<u8>,
    key: EcdsaKeyPair,
}

fn parameters(name: &str, authority: bool) -> CertificateParams {
    let mut parameters = CertificateParams::new(Vec::new()).unwrap();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, name);
    parameters.not_before = date_time_ymd(2030, 6, 1);
    parameters.not_after = date_time_ymd(2030, 7, 1);
    if authority {
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    } else {
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    }
    parameters
}

impl Enclave {
    fn new(intermediate_is_authority: bool) -> Self {
        let key = || KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let root = CertifiedIssuer::self_signed(parameters("root", true), key()).unwrap();
        let intermediate = parameters("intermediate", intermediate_is_authority);
        let intermediate = CertifiedIssuer::signed_by(intermediate, key(), &root).unwrap();
        let leaf_key = key();
        let leaf = parameters("i-0123456789abcdef0.us-east-1", false)
            .signed_by(&leaf_key, &intermediate)
            .unwrap();
        Self {
            root: root.der().to_vec(),
            intermediate: intermediate.der().to_vec(),
            leaf: leaf.der().to_vec(),
            key: EcdsaKeyPair::from_pkcs8(
                &ECDSA_P384_SHA384_FIXED_SIGNING,
                &leaf_key.serialize_der(),
            )
            .unwrap(),
        }
    }

    fn fields(&self) -> Vec<(Value, Value)> {
        let text = |text: &str| Value::Text(text.to_owned());
        let bundle = [&self.root, &self.intermediate].map(|der| Value::Bytes(der.clone()));
        let pcrs = (0..5u8)
            .map(|number| (Value::from(number), Value::Bytes(vec![number; 48])))
            .collect();
        vec![
            (text("module_id"), text("i-0123456789abcdef0-enc0123")),
            (text("digest"), text("SHA384")),
            (text("timestamp"), Value::from(NOW * 1000)),
            (text("pcrs"), Value::Map(pcrs)),
            (text("certificate"), Value::Bytes(self.leaf.clone())),
            (text("cabundle"), Value::Array(bundle.to_vec())),
            (text("public_key"), Value::Bytes(b"a public key".to_vec())),
            (text("user_data"), Value::Null),
            (text("nonce"), Value::Bytes(b"a nonce".to_vec())),
        ]
    }

    fn sign(&self, algorithm: iana::Algorithm, payload: Vec<u8>) -> CoseSign1 {
        let sign = |signed: &[u8]| {
            let signature = self.key.sign(&SystemRandom::new(), signed).unwrap();
            signature.as_ref().to_vec()
        };
        CoseSign1Builder::new()
            .protected(HeaderBuilder::new().algorithm(algorithm).build())
            .payload(payload)
            .create_signature(&[], sign)
            .build()
    }

    fn document(&self, fields: Vec<(Value, Value)>) -> Vec<u8> {
        let mut payload = Vec::new();
        coset::cbor::ser::into_writer(&Value::Map(fields), &mut payload).unwrap();
        self.sign(iana::Algorithm::ES384, payload).to_vec().unwrap()
    }
}

static ENCLAVE: LazyLock<Enclave> = LazyLock::new(|| Enclave::new(true));

fn with(name: &str, value: Option<Value>) -> Vec<u8> {
    let mut fields = ENCLAVE.fields();
    fields.retain(|(key, _)| *key != Value::Text(name.to_owned()));
    if let Some(value) = value {
        fields.push((Value::Text(name.to_owned()), value));
    }
    ENCLAVE.document(fields)
}

#[test]
fn a_sound_document_says_what_the_enclave_is() {
    let document = ENCLAVE.document(ENCLAVE.fields());
    let attestation = verify(&document, &ENCLAVE.root, NOW).unwrap();
    assert_eq!(attestation.module_id, "i-0123456789abcdef0-enc0123");
    assert_eq!(attestation.timestamp, NOW * 1000);
    assert_eq!(attestation.pcrs.len(), 5);
    assert_eq!(attestation.pcrs[&3], [3; 48]);
    assert_eq!(
        attestation.public_key.as_deref(),
        Some(&b"a public key"[..])
    );
    assert_eq!(attestation.user_data, None);
    assert_eq!(attestation.nonce.as_deref(), Some(&b"a nonce"[..]));

    let tagged = [&[TAG_SIGN1], document.as_slice()].concat();
    assert_eq!(verify(&tagged, &ENCLAVE.root, NOW), Ok(attestation));
}

#[test]
fn another_root_or_another_time_is_refused() {
    let document = ENCLAVE.document(ENCLAVE.fields());
    let other = Enclave::new(true);
    for root in [other.root.as_slice(), AWS_NITRO_ROOT, b""] {
        assert_eq!(
            verify(&document, root, NOW),
            Err(AttestationError::Untrusted)
        );
    }
    for time in [0, NOW - 20 * DAY, NOW + 20 * DAY, u64::MAX / 1000] {
        assert_eq!(
            verify(&document, &ENCLAVE.root, time),
            Err(AttestationError::Expired),
            "{time}"
        );
    }
}

#[test]
fn a_chain_with_a_break_is_refused() {
    let other = Enclave::new(true);
    // The right root, and certificates of another.
    let mut fields = other.fields();
    for (key, value) in &mut fields {
        if *key == Value::Text("cabundle".to_owned()) {
            let chain = [&ENCLAVE.root, &other.intermediate];
            *value = Value::Array(chain.map(|der| Value::Bytes(der.clone())).to_vec());
        }
    }
    assert_eq!(
        verify(&other.document(fields), &ENCLAVE.root, NOW),
        Err(AttestationError::Untrusted)
    );
    // An intermediate certificate that may not sign others.
    let plain = Enclave::new(false);
    assert_eq!(
        verify(&plain.document(plain.fields()), &plain.root, NOW),
        Err(AttestationError::Untrusted)
    );
    // Without the intermediate certificate.
    let short = Value::Array(vec![Value::Bytes(ENCLAVE.root.clone())]);
    assert_eq!(
        verify(&with("cabundle", Some(short)), &ENCLAVE.root, NOW),
        Err(AttestationError::Untrusted)
    );
}

#[test]
fn a_document_signed_by_another_key_or_algorithm_is_refused() {
    let mut forged = Enclave::new(true);
    forged.leaf = ENCLAVE.leaf.clone();
    forged.intermediate = ENCLAVE.intermediate.clone();
    forged.root = ENCLAVE.root.clone();
    assert_eq!(
        verify(&forged.document(forged.fields()), &ENCLAVE.root, NOW),
        Err(AttestationError::Signature)
    );
    let mut payload = Vec::new();
    coset::cbor::ser::into_writer(&Value::Map(ENCLAVE.fields()), &mut payload).unwrap();
    for algorithm in [iana::Algorithm::ES256, iana::Algorithm::EdDSA] {
        let document = ENCLAVE.sign(algorithm, payload.clone()).to_vec().unwrap();
        assert!(matches!(
            verify(&document, &ENCLAVE.root, NOW),
            Err(AttestationError::Malformed(_))
        ));
    }
}

#[test]
fn every_changed_byte_is_refused() {
    let document = ENCLAVE.document(ENCLAVE.fields());
    for index in 0..document.len() {
        let mut changed = document.clone();
        changed[index] ^= 0x01;
        assert!(verify(&changed, &ENCLAVE.root, NOW).is_err(), "{index}");
    }
    for cut in [0, 1, 10, document.len() - 1] {
        assert!(verify(&document[..cut], &ENCLAVE.root, NOW).is_err());
    }
    let longer = [document.as_slice(), &[0]].concat();
    assert!(verify(&longer, &ENCLAVE.root, NOW).is_err());
    assert_eq!(
        verify(&vec![0; MAX_DOCUMENT + 1], &ENCLAVE.root, NOW),
        Err(AttestationError::TooLong)
    );
}

#[test]
fn fields_are_of_the_form_that_aws_describes() {
    let bytes = |length| Value::Bytes(vec![1; length]);
    let text = |text: &str| Value::Text(text.to_owned());
    let pcr = |number: i64, value| Value::Map(vec![(Value::from(number), value)]);
    let twice = vec![(Value::from(0), bytes(48)), (Value::from(0), bytes(48))];
    let many = (0..33).map(|number| (Value::from(number), bytes(48)));
    for (name, wrong) in [
        ("module_id", None),
        ("module_id", Some(text(""))),
        ("module_id", Some(bytes(3))),
        ("digest", None),
        ("digest", Some(text("SHA256"))),
        ("timestamp", None),
        ("timestamp", Some(Value::from(0))),
        ("timestamp", Some(Value::from(-1))),
        ("timestamp", Some(text("now"))),
        ("pcrs", None),
        ("pcrs", Some(Value::Map(Vec::new()))),
        ("pcrs", Some(pcr(-1, bytes(48)))),
        ("pcrs", Some(pcr(32, bytes(48)))),
        ("pcrs", Some(pcr(256, bytes(48)))),
        ("pcrs", Some(pcr(0, bytes(47)))),
        ("pcrs", Some(pcr(0, text("x")))),
        ("pcrs", Some(Value::Map(twice))),
        ("pcrs", Some(Value::Map(many.collect()))),
        ("certificate", None),
        ("certificate", Some(bytes(0))),
        ("certificate", Some(bytes(1025))),
        ("cabundle", None),
        ("cabundle", Some(Value::Array(Vec::new()))),
        ("cabundle", Some(Value::Array(vec![bytes(1); 17]))),
        ("cabundle", Some(Value::Array(vec![bytes(0)]))),
        ("public_key", Some(bytes(1025))),
        ("public_key", Some(text("key"))),
        ("user_data", Some(bytes(1025))),
        ("nonce", Some(Value::from(1))),
    ] {
        let verified = verify(&with(name, wrong.clone()), &ENCLAVE.root, NOW);
        assert!(
            matches!(verified, Err(AttestationError::Malformed(_))),
            "{name} {wrong:?}: {verified:?}"
        );
    }
    let mut fields = ENCLAVE.fields();
    fields.push((text("nonce"), bytes(1)));
    assert_eq!(
        verify(&ENCLAVE.document(fields), &ENCLAVE.root, NOW),
        Err(AttestationError::Malformed("it has a field twice"))
    );
    for optional in ["public_key", "user_data", "nonce"] {
        assert!(verify(&with(optional, None), &ENCLAVE.root, NOW).is_ok());
    }
    let none = verify(&with("public_key", Some(bytes(0))), &ENCLAVE.root, NOW);
    assert_eq!(none.unwrap().public_key, None);
}

#[test]
fn the_root_of_aws_is_the_published_one() {
    let fingerprint = crate::digest::tests::hex(
        "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b",
    );
    assert_eq!(crate::sha256(AWS_NITRO_ROOT).as_slice(), fingerprint);
    assert!(anchor_from_trusted_cert(&CertificateDer::from(AWS_NITRO_ROOT)).is_ok());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(
        start in prop::sample::select(vec![
            b"".as_slice(), b"\x84", b"\x84\x44\xa1\x01\x38\x22\xa0", b"\xd2\x84\x44\xa1\x01\x38\x22\xa0",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let document = [start, &rest].concat();
        prop_assert!(verify(&document, &ENCLAVE.root, NOW).is_err());
    }

    #[test]
    fn no_payload_makes_it_panic(payload in prop::collection::vec(any::<u8>(), 0..200)) {
        let document = ENCLAVE.sign(iana::Algorithm::ES384, payload).to_vec().unwrap();
        prop_assert!(verify(&document, &ENCLAVE.root, NOW).is_err());
    }
}
