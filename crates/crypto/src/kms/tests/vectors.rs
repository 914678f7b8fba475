//! Known answers of the RFCs that Wycheproof does not have.

use crate::{
    digest::tests::hex,
    kms::{KeySpec, Message, edwards::Edwards, ml_dsa::MlDsa, ml_kem::MlKem},
};

/// RFC 8032, section 7.3: the only test of Ed25519ph.
#[test]
fn ed25519ph_knows_the_answer_of_rfc_8032() {
    let seed = hex("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42");
    let key = Edwards::load(&seed).unwrap();
    // The message is hashed here, as the RFC says; AWS's own hash comes before.
    let signature = key.sign(Message::Digest(b"abc")).unwrap();
    let answer = hex(
        "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41
         31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406",
    );
    assert_eq!(signature, answer);
    assert_eq!(key.verify(Message::Digest(b"abc"), &answer), Ok(true));
    assert_eq!(key.verify(Message::Raw(b"abc"), &answer), Ok(false));
}

/// RFC 8032, section 7.1, tests 1 to 3.
#[test]
fn ed25519_knows_the_answers_of_rfc_8032() {
    for (seed, public, message, answer) in [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ] {
        let key = Edwards::load(&hex(seed)).unwrap();
        assert_eq!(key.public_key()[12..], hex(public));
        assert_eq!(key.sign(Message::Raw(&hex(message))), Ok(hex(answer)));
    }
}

/// RFC 9881, RFC 9935 and RFC 8410: how the keys begin in DER.
#[test]
fn keys_have_the_der_of_their_rfcs() {
    let key = MlDsa::load(KeySpec::MlDsa44, &[1; 32]).unwrap();
    let start = hex("30820532 300b 0609608648016503040311 03820521 00");
    assert_eq!(key.public_key()[..start.len()], start);
    let start = hex("3034 020100 300b 0609608648016503040311 0422 8020 01");
    assert_eq!(key.pkcs8()[..start.len()], start);

    let key = MlKem::load(KeySpec::MlKem512, &[1; 64]).unwrap();
    let start = hex("30820332 300b 0609608648016503040401 03820321 00");
    assert_eq!(key.public_key()[..start.len()], start);
    let start = hex("3054 020100 300b 0609608648016503040401 0442 8040 01");
    assert_eq!(key.pkcs8()[..start.len()], start);
    assert_eq!(key.pkcs8().len(), 86);

    let key = Edwards::load(&[1; 32]).unwrap();
    let start = hex("302a 3005 06032b6570 032100");
    assert_eq!(key.public_key()[..start.len()], start);
    let start = hex("302e 020100 3005 06032b6570 0422 0420 01");
    assert_eq!(key.pkcs8()[..start.len()], start);
}
