//! What both simulations take: actions, resources and the policies of the request.

use super::source::Source;
use crate::IamError;
use crate::api::types::{
    ContextEntry, PolicySourceType, SimulateCustomPolicyInput, SimulatePrincipalPolicyInput,
};
use arn::AccountId;
use policy::DocumentKind;

/// `ResourceHandlingOption` of `RunInstances` ("Supported platforms", Amazon EC2 User Guide).
const HANDLING: [&str; 6] = [
    "EC2-Classic-InstanceStore",
    "EC2-Classic-EBS",
    "EC2-VPC-InstanceStore",
    "EC2-VPC-InstanceStore-Subnet",
    "EC2-VPC-EBS",
    "EC2-VPC-EBS-Subnet",
];

/// The common part of the two requests, as it was written.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) policies: Vec<String>,
    pub(crate) boundaries: Vec<String>,
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) resource_policy: Option<String>,
    pub(crate) resource_owner: Option<String>,
    pub(crate) context: Vec<ContextEntry>,
    pub(crate) handling: Option<String>,
    pub(crate) max_items: Option<i32>,
    pub(crate) marker: Option<String>,
}

impl Raw {
    /// The common part of `SimulateCustomPolicy`.
    pub(crate) fn of_custom(input: SimulateCustomPolicyInput) -> Self {
        Self {
            policies: input.policy_input_list,
            boundaries: input
                .permissions_boundary_policy_input_list
                .unwrap_or_default(),
            actions: input.action_names,
            resources: input.resource_arns.unwrap_or_default(),
            resource_policy: input.resource_policy,
            resource_owner: input.resource_owner,
            context: input.context_entries.unwrap_or_default(),
            handling: input.resource_handling_option,
            max_items: input.max_items,
            marker: input.marker,
        }
    }

    /// The common part of `SimulatePrincipalPolicy`.
    pub(crate) fn of_principal(input: SimulatePrincipalPolicyInput) -> Self {
        Self {
            policies: input.policy_input_list.unwrap_or_default(),
            boundaries: input
                .permissions_boundary_policy_input_list
                .unwrap_or_default(),
            actions: input.action_names,
            resources: input.resource_arns.unwrap_or_default(),
            resource_policy: input.resource_policy,
            resource_owner: input.resource_owner,
            context: input.context_entries.unwrap_or_default(),
            handling: input.resource_handling_option,
            max_items: input.max_items,
            marker: input.marker,
        }
    }

    /// The identity policies of the request.
    ///
    /// # Errors
    /// `InvalidInput` for a document that is none.
    pub(crate) fn identity(&mut self) -> Result<Vec<Source>, IamError> {
        numbered(
            "PolicyInputList",
            std::mem::take(&mut self.policies),
            DocumentKind::Inline,
        )
    }

    /// The permissions boundary of the request.
    ///
    /// # Errors
    /// `InvalidInput` for a document that is none, and for more than one.
    pub(crate) fn boundary(&mut self) -> Result<Option<Source>, IamError> {
        let texts = std::mem::take(&mut self.boundaries);
        if texts.len() > 1 {
            return Err(IamError::InvalidInput(
                "Only one permissions boundary policy can be simulated.".into(),
            ));
        }
        let parameter = "PermissionsBoundaryPolicyInputList";
        Ok(numbered(parameter, texts, DocumentKind::Inline)?.pop())
    }

    /// Checks the actions, the resources and how they are to be handled. No resource is left where all are meant.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub(crate) fn check(&mut self) -> Result<(), IamError> {
        for action in &self.actions {
            check_action(action)?;
        }
        if *self.resources == ["*"] {
            self.resources.clear();
        }
        if let Some(wrong) = self.resources.iter().find(|resource| !is_arn(resource)) {
            return Err(IamError::InvalidInput(format!(
                "ResourceNames are not in a valid ARN format: {wrong}."
            )));
        }
        let Some(option) = &self.handling else {
            return Ok(());
        };
        let refused = |reason: String| {
            Err(IamError::InvalidInput(format!(
                "Invalid input resource handling options. {reason}."
            )))
        };
        if !HANDLING.contains(&option.as_str()) {
            return refused(format!("There is no option {option}"));
        }
        let other = |action: &&String| !action.eq_ignore_ascii_case("ec2:RunInstances");
        match self.actions.iter().find(other) {
            Some(action) => refused(format!(
                "Action does not support resource handling options: {action}"
            )),
            None => Ok(()),
        }
    }

    /// `ResourceOwner`: an account, written as an ARN of it.
    ///
    /// # Errors
    /// `InvalidInput`.
    pub(crate) fn owner(&self) -> Result<Option<AccountId>, IamError> {
        let Some(text) = &self.resource_owner else {
            return Ok(None);
        };
        match text.splitn(6, ':').collect::<Vec<_>>()[..] {
            ["arn", partition, "iam", "", account, resource]
                if !partition.is_empty() && !resource.is_empty() =>
            {
                AccountId::parse(account).ok()
            }
            _ => None,
        }
        .map(Some)
        .ok_or_else(|| {
            IamError::InvalidInput(format!("'{text}' is not a valid as a Resource Owner."))
        })
    }
}

/// Policies of a parameter, named by their place in it.
///
/// # Errors
/// `InvalidInput` for a document that is none.
pub(crate) fn numbered(
    parameter: &str,
    texts: Vec<String>,
    kind: DocumentKind,
) -> Result<Vec<Source>, IamError> {
    let texts = texts.into_iter().enumerate();
    texts
        .map(|(index, text)| Source::input(parameter, index + 1, text, kind))
        .collect()
}

/// `ResourcePolicy` as the policy of a resource, or of a role whom others assume.
///
/// # Errors
/// `InvalidInput` for a document that is none.
pub(crate) fn resource_policy(text: &str, kind: DocumentKind) -> Result<Source, IamError> {
    Source::given(
        "ResourcePolicy".into(),
        text.to_owned(),
        kind,
        PolicySourceType::ResourcePolicy,
    )
}

fn check_action(action: &str) -> Result<(), IamError> {
    let invalid = |reason| {
        Err(IamError::InvalidInput(format!(
            "The action {action} is invalid: {reason}."
        )))
    };
    match action.split_once(':') {
        None => invalid("it needs the prefix of a service"),
        Some((service, name)) if service.is_empty() || name.is_empty() || name.contains(':') => {
            invalid("it must have a service and a name")
        }
        _ if action.contains(['*', '?']) => invalid("wildcards are not supported"),
        _ => Ok(()),
    }
}

fn is_arn(text: &str) -> bool {
    matches!(
        text.splitn(6, ':').collect::<Vec<_>>()[..],
        ["arn", partition, service, _, _, resource]
            if !partition.is_empty() && !service.is_empty() && !resource.is_empty()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw() -> Raw {
        Raw {
            policies: Vec::new(),
            boundaries: Vec::new(),
            actions: vec!["s3:GetObject".into()],
            resources: Vec::new(),
            resource_policy: None,
            resource_owner: None,
            context: Vec::new(),
            handling: None,
            max_items: None,
            marker: None,
        }
    }

    fn refusal(raw: &mut Raw) -> String {
        raw.check().unwrap_err().to_string()
    }

    #[test]
    fn all_resources_are_no_list() {
        let mut all = raw();
        all.resources = vec!["*".into()];
        all.check().unwrap();
        assert!(all.resources.is_empty());
        all.resources = vec!["*".into(), "arn:aws:s3:::b".into()];
        assert_eq!(
            refusal(&mut all),
            "ResourceNames are not in a valid ARN format: *."
        );
    }

    #[test]
    fn actions_have_a_service_and_a_name() {
        for wrong in ["GetObject", ":x", "s3:", "s3:*", "s3:Get?bject", "a:b:c"] {
            let mut asked = raw();
            asked.actions.push(wrong.into());
            assert!(refusal(&mut asked).starts_with(&format!("The action {wrong} is invalid")));
        }
    }

    #[test]
    fn resources_are_handled_for_run_instances_only() {
        let mut asked = raw();
        asked.handling = Some("EC2-VPC-EBS".into());
        assert_eq!(
            refusal(&mut asked),
            "Invalid input resource handling options. Action does not support resource handling options: s3:GetObject."
        );
        asked.actions = vec!["ec2:RunInstances".into()];
        asked.check().unwrap();
        asked.handling = Some("EC2-Moon".into());
        assert!(asked.check().is_err());
    }

    #[test]
    fn an_owner_is_the_arn_of_an_account() {
        let owner = |text: &str| {
            Raw {
                resource_owner: Some(text.into()),
                ..raw()
            }
            .owner()
        };
        let root = owner("arn:aws:iam::112233445566:root").unwrap().unwrap();
        assert_eq!(root.as_str(), "112233445566");
        assert_eq!(
            owner("112233445566").unwrap_err().to_string(),
            "'112233445566' is not a valid as a Resource Owner."
        );
        assert!(owner("arn:aws:iam::12:root").is_err());
        assert!(owner("arn:aws:s3:::bucket").is_err());
    }
}
