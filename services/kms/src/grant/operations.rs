//! Which operations a grant can admit, by the key ("Grant operations").

use crate::KmsError;
use crate::api::types::{GrantOperation, KeySpec, KeyUsageType};
use crate::view::KeyView;

/// The operations of requests without repetitions.
///
/// # Errors
/// `ValidationException` where there are none, or where the key does not have one of them.
pub(crate) fn of_request(
    key: &KeyView,
    wanted: &[GrantOperation],
) -> Result<Vec<GrantOperation>, KmsError> {
    let mut operations = Vec::new();
    for operation in wanted {
        if !is_supported(*operation, key.record.spec, key.record.usage) {
            return Err(KmsError::Validation(format!(
                "Grant operation {operation} is not supported by a KMS key with key spec {} and key usage {}.",
                key.record.spec, key.record.usage
            )));
        }
        if !operations.contains(operation) {
            operations.push(*operation);
        }
    }
    if operations.is_empty() {
        return Err(KmsError::Validation(
            "A grant must permit at least one operation.".to_owned(),
        ));
    }
    Ok(operations)
}

/// Whether a key has an operation.
fn is_supported(operation: GrantOperation, spec: KeySpec, usage: KeyUsageType) -> bool {
    use GrantOperation as G;
    use KeyUsageType as U;
    let symmetric = spec == KeySpec::SymmetricDefault;
    match operation {
        G::CreateGrant | G::RetireGrant | G::DescribeKey => true,
        G::Encrypt | G::Decrypt | G::ReEncryptFrom | G::ReEncryptTo => usage == U::EncryptDecrypt,
        G::GenerateDataKey
        | G::GenerateDataKeyWithoutPlaintext
        | G::GenerateDataKeyPair
        | G::GenerateDataKeyPairWithoutPlaintext => symmetric,
        G::Sign | G::Verify => usage == U::SignVerify,
        G::GetPublicKey => !symmetric && usage != U::GenerateVerifyMac,
        G::GenerateMac | G::VerifyMac => usage == U::GenerateVerifyMac,
        G::DeriveSharedSecret => usage == U::KeyAgreement,
        G::Encapsulate | G::Decapsulate => usage == U::EncapsulateDecapsulate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_operations_of_their_usage() {
        use GrantOperation as G;
        use KeySpec as S;
        use KeyUsageType as U;
        let cases = [
            (
                G::GenerateDataKey,
                S::SymmetricDefault,
                U::EncryptDecrypt,
                true,
            ),
            (G::GenerateDataKey, S::Rsa2048, U::EncryptDecrypt, false),
            (G::GetPublicKey, S::Rsa2048, U::EncryptDecrypt, true),
            (
                G::GetPublicKey,
                S::SymmetricDefault,
                U::EncryptDecrypt,
                false,
            ),
            (G::GetPublicKey, S::Hmac256, U::GenerateVerifyMac, false),
            (G::Sign, S::Rsa2048, U::EncryptDecrypt, false),
            (G::Sign, S::Rsa2048, U::SignVerify, true),
            (G::Encrypt, S::EccNistP256, U::SignVerify, false),
            (G::DeriveSharedSecret, S::EccNistP256, U::KeyAgreement, true),
            (G::VerifyMac, S::Hmac256, U::GenerateVerifyMac, true),
            (G::Decapsulate, S::MlKem512, U::EncapsulateDecapsulate, true),
            (G::DescribeKey, S::MlDsa44, U::SignVerify, true),
        ];
        for (operation, spec, usage, supported) in cases {
            assert_eq!(
                is_supported(operation, spec, usage),
                supported,
                "{operation} {spec}"
            );
        }
    }
}
