use crate::house::{AWAY, HOME, House, code};
use crate::replicas::replicate;
use crate::rotation::{materials, on_demand};
use crate::{create, decrypt, describe, encrypt, state};
use crypto::SeededRandom;
use crypto::kms::WrappingAlgorithm;
use jiff::{SignedDuration, Timestamp};
use service_kms::api::operations::{
    DeleteImportedKeyMaterial, GetParametersForImport, ImportKeyMaterial,
};
use service_kms::api::types::{
    AlgorithmSpec, CreateKeyInput, DeleteImportedKeyMaterialInput, ExpirationModelType,
    GetParametersForImportInput, GetParametersForImportOutput, ImportKeyMaterialInput, ImportState,
    ImportType, KeyMaterialState, KeySpec, KeyState, KeyUsageType, OriginType, WrappingKeySpec,
};

const ALGORITHM: AlgorithmSpec = AlgorithmSpec::RsaesOaepSha256;

async fn external(house: &House, multi_region: bool) -> String {
    let input = CreateKeyInput {
        origin: Some(OriginType::External),
        multi_region: Some(multi_region),
        ..CreateKeyInput::default()
    };
    create(house, input).await
}

async fn parameters(house: &House, region: &str, key: &str) -> GetParametersForImportOutput {
    wrapped_by(house, region, key, ALGORITHM).await
}

async fn wrapped_by(
    house: &House,
    region: &str,
    key: &str,
    wrapping_algorithm: AlgorithmSpec,
) -> GetParametersForImportOutput {
    let input = GetParametersForImportInput {
        key_id: key.into(),
        wrapping_algorithm,
        wrapping_key_spec: WrappingKeySpec::Rsa2048,
    };
    house
        .call(GetParametersForImport, region, input)
        .await
        .unwrap()
}

/// A request that imports material for ever.
fn request(
    key: &str,
    parameters: &GetParametersForImportOutput,
    material: &[u8],
) -> ImportKeyMaterialInput {
    wrapped(
        key,
        parameters,
        material,
        WrappingAlgorithm::RsaesOaepSha256,
    )
}

fn wrapped(
    key: &str,
    parameters: &GetParametersForImportOutput,
    material: &[u8],
    algorithm: WrappingAlgorithm,
) -> ImportKeyMaterialInput {
    let public_key = parameters.public_key.as_ref().unwrap();
    let wrapped =
        crypto::kms::wrap(algorithm, public_key, material, &SeededRandom::new(7)).unwrap();
    ImportKeyMaterialInput {
        key_id: key.into(),
        import_token: parameters.import_token.clone().unwrap(),
        encrypted_key_material: wrapped.into(),
        valid_to: None,
        expiration_model: Some(ExpirationModelType::KeyMaterialDoesNotExpire),
        import_type: None,
        key_material_description: None,
        key_material_id: None,
    }
}

async fn send(house: &House, region: &str, input: ImportKeyMaterialInput) -> String {
    code(house.call(ImportKeyMaterial, region, input).await)
}

async fn import(house: &House, region: &str, key: &str, byte: u8) -> String {
    let parameters = parameters(house, region, key).await;
    send(house, region, request(key, &parameters, &[byte; 32])).await
}

async fn import_new(house: &House, key: &str, byte: u8) -> String {
    let parameters = parameters(house, HOME, key).await;
    let input = ImportKeyMaterialInput {
        import_type: Some(ImportType::NewKeyMaterial),
        ..request(key, &parameters, &[byte; 32])
    };
    send(house, HOME, input).await
}

async fn delete(house: &House, region: &str, key: &str, id: Option<&str>) -> String {
    let input = DeleteImportedKeyMaterialInput {
        key_id: key.into(),
        key_material_id: id.map(Into::into),
    };
    code(house.call(DeleteImportedKeyMaterial, region, input).await)
}

#[tokio::test]
async fn only_the_same_material_comes_again() {
    let house = House::new();
    let key = external(&house, false).await;
    assert_eq!(state(&house, HOME, &key).await, KeyState::PendingImport);
    assert_eq!(
        encrypt(&house, HOME, &key).await.unwrap_err(),
        "KMSInvalidStateException"
    );
    assert_eq!(import(&house, HOME, &key, 1).await, "none");
    assert_eq!(state(&house, HOME, &key).await, KeyState::Enabled);
    let ciphertext = encrypt(&house, HOME, &key).await.unwrap();
    let first = describe(&house, HOME, &key)
        .await
        .current_key_material_id
        .unwrap();

    let sealed = house.sealed(HOME, &key, &first);
    assert_eq!(delete(&house, HOME, &key, None).await, "none");
    assert!(!house.knows(&sealed));
    assert_eq!(
        delete(&house, HOME, &key, None).await,
        "none",
        "it is gone already"
    );
    let shown = describe(&house, HOME, &key).await;
    assert_eq!(shown.key_state, Some(KeyState::PendingImport));
    assert_eq!(shown.expiration_model, None);
    assert_eq!(
        decrypt(&house, HOME, &ciphertext).await.unwrap_err(),
        "KMSInvalidStateException"
    );
    assert_eq!(
        import(&house, HOME, &key, 2).await,
        "IncorrectKeyMaterialException"
    );
    assert_eq!(import(&house, HOME, &key, 1).await, "none");
    assert_eq!(
        decrypt(&house, HOME, &ciphertext).await.unwrap(),
        "plaintext"
    );
    let again = describe(&house, HOME, &key).await;
    assert_eq!(again.current_key_material_id.unwrap(), first);
    let unknown = delete(&house, HOME, &key, Some(&"0".repeat(64))).await;
    assert_eq!(unknown, "NotFoundException");
}

#[tokio::test]
async fn material_expires_and_is_destroyed() {
    let house = House::new();
    let key = external(&house, false).await;
    let parameters = parameters(&house, HOME, &key).await;
    let expiring = |days: i64| ImportKeyMaterialInput {
        expiration_model: None,
        valid_to: Some(house.now() + SignedDuration::from_hours(24 * days)),
        ..request(&key, &parameters, &[1; 32])
    };
    for days in [-1, 0, 366] {
        assert_eq!(
            send(&house, HOME, expiring(days)).await,
            "ValidationException"
        );
    }
    let endless = ImportKeyMaterialInput {
        valid_to: None,
        ..expiring(1)
    };
    let refused = house
        .call(ImportKeyMaterial, HOME, endless)
        .await
        .unwrap_err();
    assert_eq!(
        refused.message.unwrap(),
        "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
    );
    assert_eq!(send(&house, HOME, expiring(10)).await, "none");
    let shown = describe(&house, HOME, &key).await;
    assert_eq!(
        shown.expiration_model,
        Some(ExpirationModelType::KeyMaterialExpires)
    );
    let valid_to: Timestamp = shown.valid_to.unwrap();
    assert_eq!(valid_to, house.now() + SignedDuration::from_hours(240));
    let ciphertext = encrypt(&house, HOME, &key).await.unwrap();

    house.advance(SignedDuration::from_hours(240));
    // Before anybody destroyed it.
    assert_eq!(state(&house, HOME, &key).await, KeyState::PendingImport);
    assert_eq!(
        decrypt(&house, HOME, &ciphertext).await.unwrap_err(),
        "KMSInvalidStateException"
    );
    assert_eq!(house.kernel.run_chores(), 1);
    assert_eq!(house.kernel.run_chores(), 0);
    let events = house.events("DeleteExpiredKeyMaterial");
    assert_eq!(events.len(), 1);
    let id = materials(&house, HOME, &key).await[0]
        .key_material_id
        .clone()
        .unwrap();
    assert_eq!(events[0]["serviceEventDetails"]["keyMaterialId"], id);
    assert_eq!(import(&house, HOME, &key, 1).await, "none");
    assert_eq!(
        decrypt(&house, HOME, &ciphertext).await.unwrap(),
        "plaintext"
    );
    assert_eq!(house.live(400), 0, "this time it does not expire");
}

#[tokio::test]
async fn tokens_are_for_one_key_and_one_day() {
    let house = House::new();
    let (key, other) = (external(&house, false).await, external(&house, false).await);
    let own = parameters(&house, HOME, &key).await;
    let valid_to = own.parameters_valid_to.unwrap();
    assert_eq!(valid_to, house.now() + SignedDuration::from_hours(24));
    let foreign = request(&other, &own, &[1; 32]);
    assert_eq!(
        send(&house, HOME, foreign).await,
        "InvalidImportTokenException"
    );
    let mut damaged = request(&key, &own, &[1; 32]);
    damaged.import_token = b"token".to_vec().into();
    assert_eq!(
        send(&house, HOME, damaged).await,
        "InvalidImportTokenException"
    );
    let mut damaged = request(&key, &own, &[1; 32]);
    damaged.encrypted_key_material = vec![1; 256].into();
    assert_eq!(
        send(&house, HOME, damaged).await,
        "InvalidCiphertextException"
    );
    let algorithm = WrappingAlgorithm::RsaesOaepSha1;
    let otherwise = wrapped(&key, &own, &[1; 32], algorithm);
    assert_eq!(
        send(&house, HOME, otherwise).await,
        "InvalidCiphertextException"
    );
    let short = request(&key, &own, &[1; 16]);
    assert_eq!(
        send(&house, HOME, short).await,
        "IncorrectKeyMaterialException"
    );
    house.advance(SignedDuration::from_hours(24));
    let late = request(&key, &own, &[1; 32]);
    assert_eq!(
        send(&house, HOME, late).await,
        "ExpiredImportTokenException"
    );

    let generated = create(&house, CreateKeyInput::default()).await;
    let input = GetParametersForImportInput {
        key_id: generated,
        wrapping_algorithm: ALGORITHM,
        wrapping_key_spec: WrappingKeySpec::Rsa2048,
    };
    let refused = house
        .call(GetParametersForImport, HOME, input)
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code, "UnsupportedOperationException");
    let text = refused.message.unwrap();
    assert!(
        text.ends_with("origin is AWS_KMS which is not valid for this operation."),
        "{text}"
    );
}

#[tokio::test]
async fn every_wrapping_algorithm_unwraps() {
    let house = House::new();
    let all = [
        (
            AlgorithmSpec::RsaesPkcs1V15,
            WrappingAlgorithm::RsaesPkcs1V15,
        ),
        (
            AlgorithmSpec::RsaesOaepSha1,
            WrappingAlgorithm::RsaesOaepSha1,
        ),
        (
            AlgorithmSpec::RsaesOaepSha256,
            WrappingAlgorithm::RsaesOaepSha256,
        ),
        (
            AlgorithmSpec::RsaAesKeyWrapSha1,
            WrappingAlgorithm::RsaAesKeyWrapSha1,
        ),
        (
            AlgorithmSpec::RsaAesKeyWrapSha256,
            WrappingAlgorithm::RsaAesKeyWrapSha256,
        ),
    ];
    let key = external(&house, false).await;
    for (name, algorithm) in all {
        let parameters = wrapped_by(&house, HOME, &key, name).await;
        let input = wrapped(&key, &parameters, &[3; 32], algorithm);
        assert_eq!(send(&house, HOME, input).await, "none", "{name}");
    }
    let parameters = wrapped_by(&house, HOME, &key, AlgorithmSpec::RsaesPkcs1V15).await;
    let short = wrapped(
        &key,
        &parameters,
        &[3; 31],
        WrappingAlgorithm::RsaesPkcs1V15,
    );
    let answer = send(&house, HOME, short).await;
    assert_eq!(answer, "InvalidCiphertextException", "no padding oracle");
}

#[tokio::test]
async fn asymmetric_and_mac_keys_take_their_material_once() {
    let house = House::new();
    let kinds = [
        (
            KeySpec::Hmac384,
            KeyUsageType::GenerateVerifyMac,
            crypto::kms::KeySpec::Hmac384,
        ),
        (
            KeySpec::EccNistP256,
            KeyUsageType::SignVerify,
            crypto::kms::KeySpec::EccNistP256,
        ),
        (
            KeySpec::EccNistEdwards25519,
            KeyUsageType::SignVerify,
            crypto::kms::KeySpec::EccNistEdwards25519,
        ),
        (
            KeySpec::MlDsa44,
            KeyUsageType::SignVerify,
            crypto::kms::KeySpec::MlDsa44,
        ),
    ];
    for (seed, (spec, usage, kind)) in (10_u64..).zip(kinds) {
        let input = CreateKeyInput {
            origin: Some(OriginType::External),
            key_spec: Some(spec),
            key_usage: Some(usage),
            ..CreateKeyInput::default()
        };
        let key = create(&house, input).await;
        let fresh = |seed| {
            let random = SeededRandom::new(seed);
            let material = crypto::kms::Material::generate(kind, &random).unwrap();
            material.private_key_pkcs8().map_or_else(
                || vec![u8::try_from(seed).unwrap(); 48],
                |key| key.expose().to_vec(),
            )
        };
        let (mine, other) = (fresh(seed), fresh(seed + 100));
        let parameters = wrapped_by(&house, HOME, &key, AlgorithmSpec::RsaAesKeyWrapSha256).await;
        let wrap = |material: &[u8]| {
            wrapped(
                &key,
                &parameters,
                material,
                WrappingAlgorithm::RsaAesKeyWrapSha256,
            )
        };
        assert_eq!(send(&house, HOME, wrap(&mine)).await, "none", "{spec}");
        assert_eq!(send(&house, HOME, wrap(&mine)).await, "none", "{spec}");
        let refused = send(&house, HOME, wrap(&other)).await;
        assert_eq!(refused, "IncorrectKeyMaterialException", "{spec}");
        let asked = ImportKeyMaterialInput {
            import_type: Some(ImportType::NewKeyMaterial),
            ..wrap(&other)
        };
        assert_eq!(
            send(&house, HOME, asked).await,
            "UnsupportedOperationException",
            "{spec}"
        );
        assert_eq!(state(&house, HOME, &key).await, KeyState::Enabled);
    }
}

#[tokio::test]
async fn a_symmetric_key_rotates_to_new_imported_material() {
    let house = House::new();
    let key = external(&house, false).await;
    import(&house, HOME, &key, 1).await;
    assert_eq!(on_demand(&house, &key).await, "KMSInvalidStateException");
    let old = encrypt(&house, HOME, &key).await.unwrap();
    assert_eq!(
        import_new(&house, &key, 1).await,
        "IncorrectKeyMaterialException"
    );
    assert_eq!(import_new(&house, &key, 2).await, "none");
    assert_eq!(
        import_new(&house, &key, 3).await,
        "KMSInvalidStateException",
        "one waits"
    );
    let states = async || -> Vec<_> {
        let list = materials(&house, HOME, &key).await;
        list.iter()
            .map(|entry| entry.key_material_state.unwrap())
            .collect()
    };
    assert_eq!(
        states().await,
        [KeyMaterialState::Current, KeyMaterialState::PendingRotation]
    );
    assert_eq!(on_demand(&house, &key).await, "none");
    assert_eq!(
        states().await,
        [KeyMaterialState::NonCurrent, KeyMaterialState::Current]
    );
    let new = encrypt(&house, HOME, &key).await.unwrap();
    for ciphertext in [&old, &new] {
        assert_eq!(
            decrypt(&house, HOME, ciphertext).await.unwrap(),
            "plaintext"
        );
    }
    // All material must be here, the former too.
    let former = materials(&house, HOME, &key).await[0]
        .key_material_id
        .clone()
        .unwrap();
    assert_eq!(delete(&house, HOME, &key, Some(&former)).await, "none");
    assert_eq!(state(&house, HOME, &key).await, KeyState::PendingImport);
    assert_eq!(
        encrypt(&house, HOME, &key).await.unwrap_err(),
        "KMSInvalidStateException"
    );
    let list = materials(&house, HOME, &key).await;
    assert_eq!(list[0].import_state, Some(ImportState::PendingImport));
    assert_eq!(import(&house, HOME, &key, 1).await, "none");
    assert_eq!(decrypt(&house, HOME, &old).await.unwrap(), "plaintext");

    // What waits only can be replaced.
    assert_eq!(import_new(&house, &key, 4).await, "none");
    let waiting = materials(&house, HOME, &key).await[2]
        .key_material_id
        .clone()
        .unwrap();
    assert_eq!(delete(&house, HOME, &key, Some(&waiting)).await, "none");
    assert_eq!(materials(&house, HOME, &key).await.len(), 2);
    assert_eq!(state(&house, HOME, &key).await, KeyState::Enabled);
    assert_eq!(import_new(&house, &key, 5).await, "none");
    assert_eq!(on_demand(&house, &key).await, "none");
}

#[tokio::test]
async fn replicas_take_the_primary_keys_material() {
    let house = House::new();
    let key = external(&house, true).await;
    import(&house, HOME, &key, 1).await;
    let ciphertext = encrypt(&house, HOME, &key).await.unwrap();
    replicate(&house, &key, HOME, AWAY).await;
    assert_eq!(state(&house, AWAY, &key).await, KeyState::PendingImport);
    assert_eq!(
        import(&house, AWAY, &key, 2).await,
        "IncorrectKeyMaterialException"
    );
    assert_eq!(import(&house, AWAY, &key, 1).await, "none");
    assert_eq!(
        decrypt(&house, AWAY, &ciphertext).await.unwrap(),
        "plaintext"
    );

    assert_eq!(import_new(&house, &key, 2).await, "none");
    let waiting = materials(&house, HOME, &key).await[1].key_material_state;
    assert_eq!(
        waiting,
        Some(KeyMaterialState::PendingMultiRegionImportAndRotation)
    );
    assert_eq!(on_demand(&house, &key).await, "KMSInvalidStateException");
    assert_eq!(import(&house, AWAY, &key, 2).await, "none");
    for region in [HOME, AWAY] {
        let waiting = materials(&house, region, &key).await[1].key_material_state;
        assert_eq!(waiting, Some(KeyMaterialState::PendingRotation));
    }
    // What a replica loses keeps the rotation waiting.
    let id = materials(&house, AWAY, &key).await[1]
        .key_material_id
        .clone()
        .unwrap();
    delete(&house, AWAY, &key, Some(&id)).await;
    assert_eq!(state(&house, AWAY, &key).await, KeyState::Enabled);
    assert_eq!(on_demand(&house, &key).await, "KMSInvalidStateException");
    import(&house, AWAY, &key, 2).await;
    assert_eq!(on_demand(&house, &key).await, "none");
    let new = encrypt(&house, AWAY, &key).await.unwrap();
    for region in [HOME, AWAY] {
        assert_eq!(
            decrypt(&house, region, &ciphertext).await.unwrap(),
            "plaintext"
        );
        assert_eq!(decrypt(&house, region, &new).await.unwrap(), "plaintext");
    }
    delete(&house, AWAY, &key, None).await;
    assert_eq!(state(&house, AWAY, &key).await, KeyState::PendingImport);
    assert_eq!(
        state(&house, HOME, &key).await,
        KeyState::Enabled,
        "each region has its own"
    );
}
