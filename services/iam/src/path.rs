//! Paths of roles, policies and instance profiles.

use crate::IamError;

/// Prefixes that only AWS's own entities have ("IAM identifiers"), and whose they are.
const RESERVED: [(&str, &str); 2] = [
    ("/aws-service-role/", "AWS Service linked Roles"),
    ("/aws-reserved/", "AWS reserved roles"),
];

/// The path that a request asks for, `/` where it asks for none.
///
/// # Errors
/// `InvalidInput` for paths that are reserved for AWS.
pub fn checked(path: Option<String>) -> Result<String, IamError> {
    let path = path.unwrap_or_else(|| "/".into());
    // No customer's entity may look like one of AWS's, in whatever letter case.
    let folded = path.to_ascii_lowercase();
    match RESERVED
        .iter()
        .find(|(prefix, _)| folded.starts_with(prefix))
    {
        Some((prefix, whose)) => Err(IamError::InvalidInput(format!(
            "Path prefix '{prefix}' can only be used for {whose}"
        ))),
        None => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_aws_are_not_for_customers() {
        assert_eq!(checked(None).unwrap(), "/");
        assert_eq!(
            checked(Some("/team/aws-reserved/".into())).unwrap(),
            "/team/aws-reserved/"
        );
        let error = checked(Some("/aws-service-role/x.amazonaws.com/".into())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Path prefix '/aws-service-role/' can only be used for AWS Service linked Roles"
        );
        assert!(checked(Some("/AWS-Reserved/sso.amazonaws.com/".into())).is_err());
    }
}
