//! The forms of a resource that AWS takes when it stores a policy.

use crate::error::SyntaxErrorKind as Kind;

const PARTITIONS: [&str; 10] = [
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
    "aws-eu",
    "*",
];

const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// What AWS finds wrong with the form of a resource.
pub(crate) fn error(resource: &str) -> Option<Kind> {
    if resource == "*" {
        return None;
    }
    let Some((_, after_prefix)) = resource.split_once(':') else {
        return Some(Kind::NotAnArn(resource.to_owned()));
    };
    let (partition, after_partition) = after_prefix
        .split_once(':')
        .map_or((after_prefix, None), |(a, b)| (a, Some(b)));
    if !PARTITIONS.contains(&partition) {
        return Some(Kind::Partition {
            partition: partition.to_owned(),
            arn: spelled_out(partition, after_partition),
        });
    }
    let Some(rest) = after_partition else {
        return Some(Kind::ResourceVendor);
    };
    let mut parts = rest.splitn(4, ':');
    let service = parts.next().unwrap_or_default();
    let region = parts.next();
    let path = parts.nth(1);
    if service.contains(['*', '?']) {
        return Some(Kind::ResourceVendor);
    }
    if let Some(kind) = region_error(resource, service, region, path) {
        return Some(kind);
    }
    if service == "iam" && path.is_some_and(|path| !iam_path(path)) {
        return Some(Kind::IamPath(resource.to_owned()));
    }
    let incomplete =
        service.is_empty() || (resource.matches(':').count() < 5 && resource.contains("::"));
    incomplete.then(|| Kind::IncompleteArn(resource.to_owned()))
}

/// The ARN as AWS prints it: `arn:` in front, missing parts as `*`.
fn spelled_out(partition: &str, rest: Option<&str>) -> String {
    let mut parts = rest.unwrap_or("*").splitn(4, ':');
    let mut arn = format!("arn:{partition}");
    for _ in 0..4 {
        arn.push(':');
        arn.push_str(parts.next().unwrap_or("*"));
    }
    arn
}

fn region_error(
    resource: &str,
    service: &str,
    region: Option<&str>,
    path: Option<&str>,
) -> Option<Kind> {
    let region = region?;
    let path = path?;
    let without = matches!(region, "" | "*");
    match service {
        "iam" if !without => Some(Kind::Region {
            resource: resource.to_owned(),
            iam: true,
        }),
        "s3" if !without && !path.starts_with("accesspoint/") => Some(Kind::Region {
            resource: resource.to_owned(),
            iam: false,
        }),
        _ => None,
    }
}

fn iam_path(path: &str) -> bool {
    // AWS's own managed policies have role templates, though its message does not list them.
    path.starts_with(['*', '$'])
        || path.starts_with("role-template/")
        || path == "root"
        || IAM_PATHS.iter().any(|known| path.starts_with(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_have_the_forms_that_aws_takes() {
        for good in [
            "*",
            "arn:aws:s3:::bucket/*",
            "arn:aws:sqs:*",
            "arn:*:iam::*:*",
            "arn:aws:s3:eu-west-1:1:accesspoint/x",
        ] {
            assert_eq!(error(good), None, "{good}");
        }
        assert_eq!(error("bucket"), Some(Kind::NotAnArn("bucket".into())));
        assert_eq!(error("arn:aws:s*:::bucket"), Some(Kind::ResourceVendor));
        assert_eq!(
            error("arn:aws::::bucket"),
            Some(Kind::IncompleteArn("arn:aws::::bucket".into()))
        );
        assert_eq!(spelled_out("x", None), "arn:x:*:*:*:*");
        assert_eq!(spelled_out("x", Some("s3:::b:c")), "arn:x:s3:::b:c");
    }
}
