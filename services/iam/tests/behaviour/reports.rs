//! The credential report.

use crate::house::{House, allow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

async fn lines(house: &House) -> Vec<String> {
    let report = house.done("GetCredentialReport", &[]).await;
    assert_eq!(report.text("ReportFormat"), Some("text/csv"));
    let content = STANDARD.decode(report.text("Content").unwrap()).unwrap();
    String::from_utf8(content)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn a_report_shows_every_user_and_lasts_four_hours() {
    let house = House::new();
    house
        .refused("GetCredentialReport", &[], "ReportNotPresent")
        .await;
    house.user("ada", &allow("iam:*", "*")).await;
    let first = house.done("GenerateCredentialReport", &[]).await;
    assert_eq!(first.text("State"), Some("STARTED"));
    house.done("CreateUser", &[("UserName", "bob")]).await;
    house.wait(4 * 3600 - 10);
    let second = house.done("GenerateCredentialReport", &[]).await;
    assert_eq!(second.text("State"), Some("COMPLETE"));
    let report = lines(&house).await;
    assert_eq!(report.len(), 3);
    assert!(report[1].starts_with("<root_account>,arn:aws:iam::111122223333:root,"));
    assert!(
        report[2].starts_with(
            "ada,arn:aws:iam::111122223333:user/ada,2026-11-24T12:00:00+00:00,false,N/A"
        )
    );
    assert!(report.iter().all(|line| line.split(',').count() == 22));
    house.wait(20);
    house
        .refused("GetCredentialReport", &[], "ReportExpired")
        .await;
    house.done("GenerateCredentialReport", &[]).await;
    assert_eq!(lines(&house).await.len(), 4);
}
