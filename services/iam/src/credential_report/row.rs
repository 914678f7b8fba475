//! The report's rows: 22 columns, the root user first.

use super::snapshot::Everything;
use crate::access_key::AccessKeyRecord;
use crate::entity::ROOT_OWNER;
use crate::password_policy::PasswordPolicyRecord;
use crate::signing_certificate::SigningCertificateRecord;
use jiff::Timestamp;
use kernel::last_used::LastUse;

const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

const NONE: &str = "N/A";
const NOT_SUPPORTED: &str = "not_supported";
const NO_INFORMATION: &str = "no_information";

/// The whole report in CSV, without a line end after the last row.
pub(super) fn report(everything: &Everything, policy: Option<&PasswordPolicyRecord>) -> String {
    let mut lines = vec![COLUMNS.join(",")];
    lines.push(line(&root(everything)));
    lines.extend(
        (0..everything.users.len())
            .filter_map(|index| user(everything, policy, index))
            .map(|row| line(&row)),
    );
    lines.join("\n")
}

fn root(everything: &Everything) -> Vec<String> {
    let mut row = vec![
        "<root_account>".to_owned(),
        everything.root_arn.clone(),
        date(everything.account_created),
    ];
    row.extend([NOT_SUPPORTED, NO_INFORMATION, NOT_SUPPORTED, NOT_SUPPORTED].map(str::to_owned));
    credentials(&mut row, everything, ROOT_OWNER);
    row
}

fn user(
    everything: &Everything,
    policy: Option<&PasswordPolicyRecord>,
    index: usize,
) -> Option<Vec<String>> {
    let (arn, user) = everything.users.get(index)?;
    let mut row = vec![user.name.clone(), arn.clone(), date(Some(user.created))];
    match everything.passwords.get(&user.id) {
        Some(password) => {
            let next = policy.and_then(|policy| policy.expiry(password.changed));
            let used = user
                .password_last_used
                .map_or_else(|| NO_INFORMATION.to_owned(), |used| date(Some(used)));
            row.extend([
                "true".to_owned(),
                used,
                date(Some(password.changed)),
                date(next),
            ]);
        }
        None => row.extend(["false", NONE, NONE, NONE].map(str::to_owned)),
    }
    credentials(&mut row, everything, &user.id);
    Some(row)
}

/// MFA, two access keys and two certificates.
fn credentials(row: &mut Vec<String>, everything: &Everything, owner: &str) {
    row.push(everything.with_mfa.contains(owner).to_string());
    let keys = everything
        .access_keys
        .get(owner)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for place in 0..2 {
        access_key(row, keys.get(place));
    }
    let certificates = everything
        .certificates
        .get(owner)
        .map(Vec::as_slice)
        .unwrap_or_default();
    for place in 0..2 {
        certificate(row, certificates.get(place));
    }
}

fn access_key(row: &mut Vec<String>, key: Option<&(AccessKeyRecord, Option<LastUse>)>) {
    let Some((key, used)) = key else {
        row.extend(["false", NONE, NONE, NONE, NONE].map(str::to_owned));
        return;
    };
    row.extend([
        key.active.to_string(),
        date(Some(key.created)),
        date(used.as_ref().map(|used| used.at)),
    ]);
    match used {
        Some(used) => row.extend([used.region.clone(), used.service.clone()]),
        None => row.extend([NONE, NONE].map(str::to_owned)),
    }
}

fn certificate(row: &mut Vec<String>, certificate: Option<&SigningCertificateRecord>) {
    match certificate {
        Some(certificate) => row.extend([
            certificate.active.to_string(),
            date(Some(certificate.uploaded)),
        ]),
        None => row.extend(["false", NONE].map(str::to_owned)),
    }
}

/// `2026-11-24T12:00:00+00:00`
fn date(time: Option<Timestamp>) -> String {
    time.map_or_else(
        || NONE.to_owned(),
        |time| time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
    )
}

/// A row; fields with a comma, which user names can have, stand in quotation marks (RFC 4180).
fn line(row: &[String]) -> String {
    let fields: Vec<_> = row
        .iter()
        .map(|field| {
            if field.contains([',', '"']) {
                format!("\"{}\"", field.replace('"', "\"\""))
            } else {
                field.clone()
            }
        })
        .collect();
    fields.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entity::UserRecord;
    use std::collections::{HashMap, HashSet};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn user_record(id: &str, name: &str) -> UserRecord {
        serde_json::from_value(serde_json::json!({
            "id": id, "name": name, "path": "/", "created": "2026-01-02T03:04:05.6Z"
        }))
        .unwrap()
    }

    #[test]
    fn a_report_has_22_columns_and_the_root_user_first() {
        let key = AccessKeyRecord {
            id: "AKIA1".into(),
            owner: "AIDA1".into(),
            sealed: String::new(),
            active: true,
            created: at("2026-02-01T00:00:00Z"),
        };
        let used = LastUse {
            at: at("2026-03-01T00:00:00Z"),
            service: "iam".into(),
            region: "us-east-1".into(),
        };
        let password = serde_json::json!({
            "created": "2026-01-03T00:00:00Z", "changed": "2026-01-04T00:00:00Z", "reset_required": false, "hash": ""
        });
        let everything = Everything {
            root_arn: "arn:aws:iam::111122223333:root".into(),
            account_created: Some(at("2026-01-01T00:00:00Z")),
            users: vec![
                (
                    "arn:aws:iam::111122223333:user/alice".into(),
                    user_record("AIDA1", "alice"),
                ),
                (
                    "arn:aws:iam::111122223333:user/b,c".into(),
                    user_record("AIDA2", "b,c"),
                ),
            ],
            passwords: HashMap::from([(
                "AIDA1".to_owned(),
                serde_json::from_value(password).unwrap(),
            )]),
            access_keys: HashMap::from([("AIDA1".to_owned(), vec![(key, Some(used))])]),
            certificates: HashMap::new(),
            with_mfa: HashSet::from([ROOT_OWNER.to_owned()]),
        };
        let report = report(&everything, None);
        let lines: Vec<_> = report.lines().collect();
        assert_eq!(lines[0].split(',').count(), 22);
        assert_eq!(
            lines[1],
            "<root_account>,arn:aws:iam::111122223333:root,2026-01-01T00:00:00+00:00,not_supported,no_information,\
             not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
        );
        assert_eq!(
            lines[2],
            "alice,arn:aws:iam::111122223333:user/alice,2026-01-02T03:04:05+00:00,true,no_information,\
             2026-01-04T00:00:00+00:00,N/A,false,true,2026-02-01T00:00:00+00:00,2026-03-01T00:00:00+00:00,us-east-1,\
             iam,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
        );
        assert!(lines[3].starts_with(
            "\"b,c\",\"arn:aws:iam::111122223333:user/b,c\",2026-01-02T03:04:05+00:00,false,N/A"
        ));
        assert_eq!(lines.len(), 4);
    }
}
