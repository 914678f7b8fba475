//! A service that exists only here and asks for the code of an MFA device, as STS does.

use kernel::{Call, Failure, MfaError, Operation, Plan, Registry};
use schema::{Http, Member, OperationSchema, OperationShape, Protocol, Schema, ServiceSchema};

/// The signing name and the version.
pub(crate) const SERVICE: (&str, &str) = ("proof", "2026-01-01");

static TEXT: Schema = Schema::string("text");
static INPUT: Schema = Schema::structure("ProveRequest").members(&[
    Member::new("SerialNumber", &TEXT).required(),
    Member::new("TokenCode", &TEXT).required(),
]);
static OUTPUT: Schema = Schema::structure("ProveResponse");

static PROOF: ServiceSchema = ServiceSchema {
    id: "proof",
    endpoint_prefix: "proof",
    signing_name: "proof",
    api_version: "2026-01-01",
    target_prefix: "",
    rpc_name: "",
    protocols: &[Protocol::AwsQuery],
    xml_namespace: "https://proof.example/",
    global: false,
    operations: &[&PROVE],
    unserved: &[],
};

static PROVE: OperationSchema = OperationSchema {
    name: "Prove",
    service: &PROOF,
    http: Http {
        method: "POST",
        uri: "/",
        status: 200,
    },
    input: &INPUT,
    output: &OUTPUT,
    result_wrapper: Some("ProveResult"),
    errors: &[],
    unsigned: false,
};

pub(crate) fn register(registry: &mut Registry) {
    registry.service(&PROOF).serve::<Prove>();
}

schema::structures! {
    pub struct ProveInput {
        pub serial_number: String,
        pub token_code: String,
    }
    pub struct ProveOutput {}
}

pub(crate) struct Prove;

impl OperationShape for Prove {
    type Input = ProveInput;
    type Output = ProveOutput;
    const SCHEMA: &'static OperationSchema = &PROVE;
}

impl Operation for Prove {
    type Error = Failure;

    fn plan(_call: &mut Call, _input: &ProveInput) -> Result<Plan, Failure> {
        Ok(Plan::authenticated())
    }

    async fn handle(call: &mut Call, input: ProveInput) -> Result<ProveOutput, Failure> {
        call.verify_mfa(&input.serial_number, &input.token_code)
            .map(|()| ProveOutput {})
            .map_err(|error| {
                let code = match error {
                    MfaError::UnknownDevice => "UnknownDevice",
                    MfaError::InvalidCode => "InvalidCode",
                    MfaError::Failure(_) => "Failure",
                };
                Failure::modelled(code, 403, error.to_string())
            })
    }
}
