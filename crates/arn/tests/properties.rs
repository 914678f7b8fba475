//! Properties of ARNs and ids over arbitrary input.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use arn::{AccountId, Arn, Partition, UniqueIdPrefix, account_of_key_id, generate};
use proptest::prelude::*;

fn partition() -> impl Strategy<Value = Partition> {
    prop::sample::select(Partition::ALL.to_vec())
}

fn account() -> impl Strategy<Value = AccountId> {
    (0..=999_999_999_999u64).prop_map(|number| AccountId::from_u64(number).unwrap())
}

proptest! {
    #[test]
    fn what_is_built_is_parsed_back(
        partition in partition(),
        service in "[a-z][a-z0-9-]{0,20}",
        region in "([a-z]{2}-[a-z]{4,9}-[1-9])?",
        owner in "([0-9]{12}|aws|)",
        resource in "[^\\p{Cc}]{1,80}",
    ) {
        let built = Arn::new(partition, &service, &region, &owner, &resource).unwrap();
        let parsed = Arn::parse(built.as_str()).unwrap();
        prop_assert_eq!(&parsed, &built);
        prop_assert_eq!(parsed.to_string(), built.as_str());
        prop_assert_eq!(parsed.partition(), partition);
        prop_assert_eq!(parsed.service(), service);
        prop_assert_eq!(parsed.region(), region);
        prop_assert_eq!(parsed.account(), &owner);
        prop_assert_eq!(parsed.account_id(), AccountId::parse(&owner).ok());
        prop_assert_eq!(parsed.resource(), resource);
    }

    #[test]
    fn iam_arns_are_parsed_back(
        partition in partition(),
        account in account(),
        kind in "(user|role|group|policy|instance-profile)",
        path in "/([!-~]{1,20}/){0,3}",
        name in "[\\w+=,.@-]{1,64}",
    ) {
        let built = Arn::iam(partition, account, &kind, &path, &name);
        prop_assert_eq!(Arn::parse(built.as_str()), Ok(built.clone()));
        prop_assert_eq!(built.iam_path(), Some(path.as_str()));
        prop_assert_eq!(built.iam_name(), Some(name.as_str()));
        prop_assert_eq!(built.account_id(), Some(account));
    }

    #[test]
    fn junk_never_panics_and_what_parses_prints_itself(text in "(arn:)?(aws)?[:*a-z0-9/ \\PC]{0,60}") {
        if let Ok(arn) = Arn::parse(&text) {
            prop_assert_eq!(arn.as_str(), text);
        }
    }

    #[test]
    fn any_text_as_an_id_never_panics(id in "(AKIA|ASIA)?\\PC{0,20}") {
        let _ = account_of_key_id(&id);
        let _ = UniqueIdPrefix::of(&id);
    }

    #[test]
    fn a_key_id_carries_its_account(account in account(), random: [u8; 16], temporary: bool) {
        let prefix = if temporary { UniqueIdPrefix::TemporaryKey } else { UniqueIdPrefix::AccessKey };
        let id = generate(prefix, Some(account), random);
        prop_assert_eq!(id.len(), 20);
        prop_assert_eq!(account_of_key_id(&id), Some(account));
    }
}
