//! Asking for roles, in few words.

use super::{A, House, Keys};
use service_sts::api::operations::{AssumeRole, GetCallerIdentity};
use service_sts::api::types::{AssumeRoleInput, AssumeRoleOutput, GetCallerIdentityInput, Tag};
use wire::ResponseError;

pub const ASSUME: &[&str] = &["sts:AssumeRole"];
pub const ALL: &[&str] = &["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

pub fn of(account: &str, role: &str) -> AssumeRoleInput {
    AssumeRoleInput {
        role_arn: format!("arn:aws:iam::{account}:role/{role}"),
        role_session_name: "run".into(),
        ..AssumeRoleInput::default()
    }
}

pub async fn assume(
    house: &House,
    who: &Keys,
    input: AssumeRoleInput,
) -> Result<AssumeRoleOutput, ResponseError> {
    house.call(AssumeRole, who, input).await
}

pub async fn keys(house: &House, who: &Keys, input: AssumeRoleInput) -> Keys {
    assume(house, who, input)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
        .credentials
        .unwrap()
        .into()
}

pub async fn arn(house: &House, who: &Keys) -> Result<String, ResponseError> {
    house
        .call(GetCallerIdentity, who, GetCallerIdentityInput {})
        .await
        .map(|identity| identity.arn.unwrap())
}

pub fn refused(outcome: Result<AssumeRoleOutput, ResponseError>) -> (String, String) {
    match outcome {
        Ok(_) => panic!("wrongly allowed"),
        Err(error) => (error.code, error.message.unwrap_or_default()),
    }
}

pub fn denial(user: &str, action: &str, account: &str, role: &str) -> (String, String) {
    let text = format!(
        "User: arn:aws:iam::{A}:user/{user} is not authorized to perform: {action} on resource: \
         arn:aws:iam::{account}:role/{role}"
    );
    ("AccessDenied".into(), text)
}

pub fn tag(key: &str, value: &str) -> Tag {
    Tag {
        key: key.into(),
        value: value.into(),
    }
}

pub fn root(account: &str) -> String {
    format!("arn:aws:iam::{account}:root")
}
