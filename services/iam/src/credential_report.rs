//! The credential report: every user of the account and the state of its credentials
//! ("Generate credential reports for your AWS account").

mod row;
mod snapshot;

use crate::api::operations::{GenerateCredentialReport, GetCredentialReport};
use crate::api::types::{
    GenerateCredentialReportInput, GenerateCredentialReportOutput, GetCredentialReportInput,
    GetCredentialReportOutput, ReportFormatType, ReportStateType,
};
use crate::{IamError, password_policy, time};
use jiff::{SignedDuration, Timestamp};
use kernel::{Call, Check, Entity, Operation, Plan, Registry};
use serde::{Deserialize, Serialize};

/// How long a report counts; until then no other is made.
const LIFE: SignedDuration = SignedDuration::from_hours(4);
/// The key of the account's one report.
const KEY: &str = "report";

/// Adds the operations on the credential report to the registry.
pub fn register(registry: &mut Registry) {
    registry
        .serve::<GenerateCredentialReport>()
        .serve::<GetCredentialReport>();
}

/// The account's last report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialReportRecord {
    /// When it was made.
    pub generated: Timestamp,
    /// The report in CSV (RFC 4180).
    pub content: String,
}

impl Entity for CredentialReportRecord {
    const KIND: &'static str = "iam.credential-report";
}

impl CredentialReportRecord {
    fn counts(&self, now: Timestamp) -> bool {
        now.duration_since(self.generated) < LIFE
    }
}

impl Operation for GenerateCredentialReport {
    type Error = IamError;

    fn plan(_call: &mut Call, _input: &GenerateCredentialReportInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:GenerateCredentialReport", "*")))
    }

    async fn handle(
        call: &mut Call,
        _input: GenerateCredentialReportInput,
    ) -> Result<GenerateCredentialReportOutput, IamError> {
        if call
            .load::<CredentialReportRecord>(KEY)?
            .is_some_and(|report| report.counts(call.now))
        {
            return Ok(GenerateCredentialReportOutput {
                state: Some(ReportStateType::Complete),
                description: None,
            });
        }
        let policy = password_policy::current(call)?;
        let content = row::report(&snapshot::take(call)?, policy.as_ref());
        call.save(
            KEY,
            &CredentialReportRecord {
                generated: time::seconds(call.now),
                content,
            },
        )?;
        Ok(GenerateCredentialReportOutput {
            state: Some(ReportStateType::Started),
            description: Some("No report exists. Starting a new report generation task".into()),
        })
    }
}

impl Operation for GetCredentialReport {
    type Error = IamError;

    fn plan(_call: &mut Call, _input: &GetCredentialReportInput) -> Result<Plan, IamError> {
        Ok(Plan::new(Check::new("iam:GetCredentialReport", "*")))
    }

    async fn handle(
        call: &mut Call,
        _input: GetCredentialReportInput,
    ) -> Result<GetCredentialReportOutput, IamError> {
        let report = call.load::<CredentialReportRecord>(KEY)?.ok_or_else(|| {
            IamError::ReportNotPresent(
                "No credential report exists. Use GenerateCredentialReport to generate one.".into(),
            )
        })?;
        if !report.counts(call.now) {
            return Err(IamError::ReportExpired(
                "The credential report has expired. Use GenerateCredentialReport to generate another.".into(),
            ));
        }
        Ok(GetCredentialReportOutput {
            content: Some(report.content.into_bytes().into()),
            report_format: Some(ReportFormatType::TextCsv),
            generated_time: Some(report.generated),
        })
    }
}
