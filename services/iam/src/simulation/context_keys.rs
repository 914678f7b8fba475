//! The condition keys that policies ask for: what a simulation of them needs.

use super::entity::EntityArn;
use super::source;
use crate::IamError;
use crate::api::operations::{GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy};
use crate::api::types::{
    GetContextKeysForCustomPolicyInput, GetContextKeysForCustomPolicyOutput,
    GetContextKeysForPolicyResponse, GetContextKeysForPrincipalPolicyInput,
    GetContextKeysForPrincipalPolicyOutput,
};
use kernel::{Call, Check, Operation, Plan};
use policy::{Document, DocumentKind};

impl Operation for GetContextKeysForCustomPolicy {
    type Error = IamError;

    fn plan(_: &mut Call, _: &GetContextKeysForCustomPolicyInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new(
            "iam:GetContextKeysForCustomPolicy",
            "*",
        )))
    }

    async fn handle(
        _: &mut Call,
        input: GetContextKeysForCustomPolicyInput,
    ) -> Result<GetContextKeysForCustomPolicyOutput, IamError> {
        answer(&input.policy_input_list, Vec::new())
    }
}

impl Operation for GetContextKeysForPrincipalPolicy {
    type Error = IamError;

    fn plan(
        call: &mut Call,
        input: &GetContextKeysForPrincipalPolicyInput,
    ) -> Result<Plan, IamError> {
        let entity = EntityArn::source(call, &input.policy_source_arn)?;
        entity
            .check(call, "iam:GetContextKeysForPrincipalPolicy")
            .map(Plan::new)
    }

    async fn handle(
        call: &mut Call,
        input: GetContextKeysForPrincipalPolicyInput,
    ) -> Result<GetContextKeysForPrincipalPolicyOutput, IamError> {
        let entity = EntityArn::source(call, &input.policy_source_arn)?;
        let sources = source::of_entity(call, &entity)?;
        let keys = sources
            .iter()
            .flat_map(|source| source.written.document.context_keys())
            .collect();
        answer(&input.policy_input_list.unwrap_or_default(), keys)
    }
}

/// The keys of the texts and those that are known already, sorted and without repetitions.
fn answer(
    texts: &[String],
    mut keys: Vec<String>,
) -> Result<GetContextKeysForPolicyResponse, IamError> {
    for text in texts {
        keys.extend(document(text)?.context_keys());
    }
    keys.sort_by_key(|key| key.to_lowercase());
    keys.dedup_by_key(|key| key.to_lowercase());
    Ok(GetContextKeysForPolicyResponse {
        context_key_names: Some(keys),
    })
}

/// A policy of any kind: those of resources and of roles have keys too.
fn document(text: &str) -> Result<Document, IamError> {
    let identity = policy::parse(text, DocumentKind::Inline);
    let others = [DocumentKind::Resource, DocumentKind::Trust];
    identity.or_else(|errors| {
        others
            .into_iter()
            .find_map(|kind| policy::parse(text, kind).ok())
            .ok_or_else(|| IamError::InvalidInput(policy::aws_message(&errors)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_policies_of_every_kind() {
        let identity = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}","Condition":{"Bool":{"aws:SecureTransport":"true"}}}}"#;
        let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"x","AWS:USERNAME":"bob"}}}}"#;
        let answer = answer(&[identity.into(), trust.into()], Vec::new()).unwrap();
        assert_eq!(
            answer.context_key_names.unwrap(),
            ["aws:SecureTransport", "aws:username", "sts:ExternalId"]
        );
        assert!(matches!(document("{"), Err(IamError::InvalidInput(_))));
    }
}
