//! ARNs, partitions, account ids and unique ids as types, each parsed once.
//!
//! This crate refuses to know patterns (an [`Arn`] names one resource; `*` in a
//! policy belongs to the `policy` crate), I/O, clocks and sources of randomness.
//!
//! ```
//! use arn::{AccountId, Arn, Partition};
//!
//! let account: AccountId = "123456789012".parse()?;
//! let user = Arn::iam(Partition::Aws, account, "user", "/staff/", "ada");
//! assert_eq!(user.as_str(), "arn:aws:iam::123456789012:user/staff/ada");
//!
//! let parsed = Arn::parse("arn:aws-cn:kms:cn-north-1:123456789012:key/1234")?;
//! assert_eq!(parsed.partition(), Partition::AwsCn);
//! assert_eq!(parsed.account_id(), Some(account));
//! assert_eq!((parsed.resource_type(), parsed.resource_id()), ("key", "1234"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod account;
mod iam;
mod name;
mod partition;
mod unique_id;

pub use account::{AccountId, ParseAccountIdError};
pub use name::{Arn, MAX_ARN_BYTES, ParseArnError};
pub use partition::{ParsePartitionError, Partition};
pub use unique_id::{UniqueIdPrefix, account_of_key_id, generate};
