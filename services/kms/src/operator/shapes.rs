//! The shapes of the operator's operation.

/// Shapes.
pub(super) mod schema {
    use crate::api::schema::{
        ALIAS_NAME_TYPE, BOOLEAN_TYPE, DESCRIPTION_TYPE, KEY_SPEC, KEY_USAGE_TYPE, POLICY_TYPE,
        ROTATION_PERIOD_IN_DAYS_TYPE, TAG_LIST,
    };
    use ::schema::{Member, Schema};

    static ALIASES: Schema = Schema::list("Aliases", &ALIAS_NAME_TYPE);
    static KEY_ID: Schema = Schema::string("KeyId")
        .pattern("([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})");
    static MATERIAL: Schema = Schema::blob("Material").max(6144).sensitive();
    pub(super) static NOTHING: Schema = Schema::structure("Nothing");
    pub(super) static PUT_KEY_REQUEST: Schema = Schema::structure("PutKeyRequest").members(&[
        Member::new("id", &KEY_ID).required(),
        Member::new("region", &REGION).required(),
        Member::new("keySpec", &KEY_SPEC).required(),
        Member::new("keyUsage", &KEY_USAGE_TYPE).required(),
        Member::new("material", &MATERIAL),
        Member::new("description", &DESCRIPTION_TYPE),
        Member::new("policy", &POLICY_TYPE),
        Member::new("tags", &TAG_LIST),
        Member::new("aliases", &ALIASES),
        Member::new("enabled", &BOOLEAN_TYPE),
        Member::new("rotationPeriodInDays", &ROTATION_PERIOD_IN_DAYS_TYPE),
    ]);
    static REGION: Schema = Schema::string("Region").pattern("[a-z]{2}(-[a-z]+)+-[0-9]");
}

/// What the operation receives and returns.
#[allow(
    missing_docs,
    unreachable_pub,
    reason = "the macro declares public fields"
)]
pub(super) mod types {
    use crate::api::types::{KeySpec, KeyUsageType, Tag};
    use ::schema::Blob;

    ::schema::structures! {
        pub struct PutKeyInput {
            pub id: String,
            pub region: String,
            pub key_spec: KeySpec,
            pub key_usage: KeyUsageType,
            pub material: Option<Blob>,
            pub description: Option<String>,
            pub policy: Option<String>,
            pub tags: Option<Vec<Tag>>,
            pub aliases: Option<Vec<String>>,
            pub enabled: Option<bool>,
            pub rotation_period_in_days: Option<i32>,
        }
        pub struct PutKeyOutput {}
    }
}

/// The operation, of a service that no registry has.
#[allow(
    missing_docs,
    unreachable_pub,
    reason = "the macro declares public statics"
)]
pub(super) mod operations {
    use ::schema::{Protocol, ServiceSchema};

    /// The service.
    pub static SERVICE: ServiceSchema = ServiceSchema {
        id: "claviger",
        endpoint_prefix: "claviger",
        signing_name: "claviger",
        api_version: "2026-11-24",
        target_prefix: "",
        rpc_name: "",
        protocols: &[Protocol::RestJson1],
        xml_namespace: "",
        global: false,
        operations: OPERATIONS,
        unserved: &[],
    };

    ::schema::operations! {SERVICE:
        PUT_KEY: PutKey(PutKeyInput) -> PutKeyOutput {
            "POST" "/" 200,
            PUT_KEY_REQUEST -> NOTHING,
            []
        }
    }
}
