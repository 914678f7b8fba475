//! The shapes of the proxy's four operations. The door reads the requests' JSON into them; texts stay
//! as they came, so that what is wrong with them is answered and recorded in one place.

/// Shapes. What is encrypted or decrypted reaches no log.
mod schema {
    use ::schema::{Member, Schema};

    pub(super) static TEXT: Schema = Schema::string("Text");
    pub(super) static FLAG: Schema = Schema::boolean("Flag");
    pub(super) static NUMBER: Schema = Schema::integer("Number");
    pub(super) static TEXTS: Schema = Schema::list("Texts", &TEXT);
    pub(super) static HIDDEN: Schema = Schema::string("Hidden").sensitive();
    pub(super) static REQUEST_METADATA: Schema = Schema::structure("RequestMetadata").members(&[
        Member::new("awsPrincipalArn", &TEXT),
        Member::new("awsSourceVpc", &TEXT),
        Member::new("awsSourceVpce", &TEXT),
        Member::new("kmsKeyArn", &TEXT),
        Member::new("kmsOperation", &TEXT),
        Member::new("kmsRequestId", &TEXT),
        Member::new("kmsViaService", &TEXT),
    ]);
    pub(super) static ORIGIN: Schema = Schema::structure("Origin").members(&[
        Member::new("sourceIPAddress", &TEXT).required(),
        Member::new("accessKeyId", &TEXT).required(),
        Member::new("uriPath", &TEXT).required(),
        Member::new("externalKeyId", &TEXT),
        Member::new("keyArn", &TEXT),
        Member::new("callerIsAdmitted", &FLAG).required(),
    ]);
    pub(super) static GET_HEALTH_STATUS_REQUEST: Schema =
        Schema::structure("GetHealthStatusRequest").members(&[
            Member::new("origin", &ORIGIN).required(),
            Member::new("requestMetadata", &REQUEST_METADATA),
        ]);
    pub(super) static FLEET_MEMBER: Schema = Schema::structure("FleetMember").members(&[
        Member::new("id", &TEXT).required(),
        Member::new("model", &TEXT).required(),
        Member::new("healthStatus", &TEXT).required(),
    ]);
    pub(super) static FLEET: Schema = Schema::list("Fleet", &FLEET_MEMBER);
    pub(super) static GET_HEALTH_STATUS_RESPONSE: Schema =
        Schema::structure("GetHealthStatusResponse").members(&[
            Member::new("xksProxyFleetSize", &NUMBER).required(),
            Member::new("xksProxyVendor", &TEXT).required(),
            Member::new("xksProxyModel", &TEXT).required(),
            Member::new("ekmVendor", &TEXT).required(),
            Member::new("ekmFleetDetails", &FLEET).required(),
        ]);
    pub(super) static GET_KEY_METADATA_REQUEST: Schema = Schema::structure("GetKeyMetadataRequest")
        .members(&[
            Member::new("origin", &ORIGIN).required(),
            Member::new("requestMetadata", &REQUEST_METADATA),
        ]);
    pub(super) static GET_KEY_METADATA_RESPONSE: Schema =
        Schema::structure("GetKeyMetadataResponse").members(&[
            Member::new("keySpec", &TEXT).required(),
            Member::new("keyUsage", &TEXTS).required(),
            Member::new("keyStatus", &TEXT).required(),
        ]);
    pub(super) static ENCRYPT_REQUEST: Schema = Schema::structure("EncryptRequest").members(&[
        Member::new("origin", &ORIGIN).required(),
        Member::new("requestMetadata", &REQUEST_METADATA),
        Member::new("plaintext", &HIDDEN),
        Member::new("encryptionAlgorithm", &TEXT),
        Member::new("additionalAuthenticatedData", &HIDDEN),
        Member::new("ciphertextDataIntegrityValueAlgorithm", &TEXT),
    ]);
    pub(super) static ENCRYPT_RESPONSE: Schema = Schema::structure("EncryptResponse").members(&[
        Member::new("ciphertext", &HIDDEN).required(),
        Member::new("ciphertextMetadata", &HIDDEN).required(),
        Member::new("initializationVector", &HIDDEN).required(),
        Member::new("authenticationTag", &HIDDEN).required(),
        Member::new("ciphertextDataIntegrityValue", &HIDDEN),
    ]);
    pub(super) static DECRYPT_REQUEST: Schema = Schema::structure("DecryptRequest").members(&[
        Member::new("origin", &ORIGIN).required(),
        Member::new("requestMetadata", &REQUEST_METADATA),
        Member::new("ciphertext", &HIDDEN),
        Member::new("ciphertextMetadata", &HIDDEN),
        Member::new("encryptionAlgorithm", &TEXT),
        Member::new("additionalAuthenticatedData", &HIDDEN),
        Member::new("initializationVector", &HIDDEN),
        Member::new("authenticationTag", &HIDDEN),
    ]);
    pub(super) static DECRYPT_RESPONSE: Schema = Schema::structure("DecryptResponse")
        .members(&[Member::new("plaintext", &HIDDEN).required()]);
}

/// What the operations receive and return.
#[allow(
    missing_docs,
    reason = "the macro declares public fields, named as the specification's"
)]
pub mod types {
    ::schema::structures! {
        #[derive(Debug, Default)]
        pub struct RequestMetadata {
            pub aws_principal_arn: Option<String>,
            pub aws_source_vpc: Option<String>,
            pub aws_source_vpce: Option<String>,
            pub kms_key_arn: Option<String>,
            pub kms_operation: Option<String>,
            pub kms_request_id: Option<String>,
            pub kms_via_service: Option<String>,
        }
        #[derive(Debug, Default)]
        pub struct Origin {
            pub source_ip_address: String,
            pub access_key_id: String,
            pub uri_path: String,
            pub external_key_id: Option<String>,
            pub key_arn: Option<String>,
            pub caller_is_admitted: bool,
        }
        #[derive(Debug, Default)]
        pub struct GetHealthStatusInput {
            pub origin: Origin,
            pub request_metadata: Option<RequestMetadata>,
        }
        #[derive(Debug, Default)]
        pub struct FleetMember { pub id: String, pub model: String, pub health_status: String }
        #[derive(Debug, Default)]
        pub struct GetHealthStatusOutput {
            pub xks_proxy_fleet_size: i64,
            pub xks_proxy_vendor: String,
            pub xks_proxy_model: String,
            pub ekm_vendor: String,
            pub ekm_fleet_details: Vec<FleetMember>,
        }
        #[derive(Debug, Default)]
        pub struct GetKeyMetadataInput {
            pub origin: Origin,
            pub request_metadata: Option<RequestMetadata>,
        }
        #[derive(Debug, Default)]
        pub struct GetKeyMetadataOutput {
            pub key_spec: String,
            pub key_usage: Vec<String>,
            pub key_status: String,
        }
        #[derive(Default)]
        pub struct EncryptInput {
            pub origin: Origin,
            pub request_metadata: Option<RequestMetadata>,
            pub plaintext: Option<String>,
            pub encryption_algorithm: Option<String>,
            pub additional_authenticated_data: Option<String>,
            pub ciphertext_data_integrity_value_algorithm: Option<String>,
        }
        #[derive(Default)]
        pub struct EncryptOutput {
            pub ciphertext: String,
            pub ciphertext_metadata: String,
            pub initialization_vector: String,
            pub authentication_tag: String,
            pub ciphertext_data_integrity_value: Option<String>,
        }
        #[derive(Default)]
        pub struct DecryptInput {
            pub origin: Origin,
            pub request_metadata: Option<RequestMetadata>,
            pub ciphertext: Option<String>,
            pub ciphertext_metadata: Option<String>,
            pub encryption_algorithm: Option<String>,
            pub additional_authenticated_data: Option<String>,
            pub initialization_vector: Option<String>,
            pub authentication_tag: Option<String>,
        }
        #[derive(Default)]
        pub struct DecryptOutput { pub plaintext: String }
    }
}

/// The service and its operations. They are in no registry: only the door leads here.
#[allow(missing_docs, reason = "the macro declares public statics")]
pub mod operations {
    use ::schema::{Protocol, ServiceSchema};

    /// The service.
    pub static SERVICE: ServiceSchema = ServiceSchema {
        id: "kms-xks-proxy",
        endpoint_prefix: "kms-xks-proxy",
        signing_name: "kms-xks-proxy",
        api_version: "v1",
        target_prefix: "",
        rpc_name: "",
        protocols: &[Protocol::RestJson1],
        xml_namespace: "",
        global: false,
        operations: OPERATIONS,
        unserved: &[],
    };

    ::schema::operations! {SERVICE:
        GET_HEALTH_STATUS: GetHealthStatus(GetHealthStatusInput) -> GetHealthStatusOutput {
            "POST" "/kms/xks/v1/health" 200,
            GET_HEALTH_STATUS_REQUEST -> GET_HEALTH_STATUS_RESPONSE,
            []
        }
        GET_KEY_METADATA: GetKeyMetadata(GetKeyMetadataInput) -> GetKeyMetadataOutput {
            "POST" "/kms/xks/v1/keys/{externalKeyId}/metadata" 200,
            GET_KEY_METADATA_REQUEST -> GET_KEY_METADATA_RESPONSE,
            []
        }
        ENCRYPT: Encrypt(EncryptInput) -> EncryptOutput {
            "POST" "/kms/xks/v1/keys/{externalKeyId}/encrypt" 200,
            ENCRYPT_REQUEST -> ENCRYPT_RESPONSE,
            []
        }
        DECRYPT: Decrypt(DecryptInput) -> DecryptOutput {
            "POST" "/kms/xks/v1/keys/{externalKeyId}/decrypt" 200,
            DECRYPT_REQUEST -> DECRYPT_RESPONSE,
            []
        }
    }
}
