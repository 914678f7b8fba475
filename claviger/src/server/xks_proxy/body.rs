//! The JSON of requests. Members that the specification does not have are passed over: AWS adds some
//! ("Appendix B").

use serde::Deserialize;
use service_kms::xks_proxy::api::types::RequestMetadata;

/// The members of all requests.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub(super) request_metadata: Option<Metadata>,
    pub(super) plaintext: Option<String>,
    pub(super) ciphertext: Option<String>,
    pub(super) ciphertext_metadata: Option<String>,
    pub(super) encryption_algorithm: Option<String>,
    pub(super) additional_authenticated_data: Option<String>,
    pub(super) ciphertext_data_integrity_value_algorithm: Option<String>,
    pub(super) initialization_vector: Option<String>,
    pub(super) authentication_tag: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    aws_principal_arn: Option<String>,
    aws_source_vpc: Option<String>,
    aws_source_vpce: Option<String>,
    kms_key_arn: Option<String>,
    kms_operation: Option<String>,
    kms_request_id: Option<String>,
    kms_via_service: Option<String>,
}

impl From<Metadata> for RequestMetadata {
    fn from(metadata: Metadata) -> Self {
        Self {
            aws_principal_arn: metadata.aws_principal_arn,
            aws_source_vpc: metadata.aws_source_vpc,
            aws_source_vpce: metadata.aws_source_vpce,
            kms_key_arn: metadata.kms_key_arn,
            kms_operation: metadata.kms_operation,
            kms_request_id: metadata.kms_request_id,
            kms_via_service: metadata.kms_via_service,
        }
    }
}

impl Body {
    /// Reads a body. What is not the JSON of a request has no members: the operation then says what
    /// is missing, and the trail that it was asked for.
    pub(super) fn read(bytes: &[u8]) -> Self {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The request's metadata, apart.
    pub(super) fn metadata(&mut self) -> Option<RequestMetadata> {
        self.request_metadata.take().map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_of_later_versions_are_passed_over() {
        let mut body = Body::read(
            br#"{"requestMetadata":{"kmsOperation":"BulkEncrypt","newer":1},"newest":[],"plaintext":"YQ=="}"#,
        );
        assert_eq!(
            body.metadata().unwrap().kms_operation.as_deref(),
            Some("BulkEncrypt")
        );
        assert_eq!(body.plaintext.as_deref(), Some("YQ=="));
    }

    #[test]
    fn what_is_no_request_has_no_members() {
        for bytes in [
            b"".as_slice(),
            b"null",
            b"[]",
            b"{\"plaintext\":1}",
            b"{",
            b"\xff",
        ] {
            let mut body = Body::read(bytes);
            assert!(body.metadata().is_none() && body.plaintext.is_none());
        }
    }
}
