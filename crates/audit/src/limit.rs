//! CloudTrail's size limits (AWS: "CloudTrail record contents"), in bytes.

/// A whole event.
pub(crate) const EVENT: usize = 256 * 1024;
/// `requestParameters` and `responseElements`, each; more is omitted.
pub(crate) const PARAMETERS: usize = 100 * 1024;
/// `additionalEventData`; more is omitted.
pub(crate) const ADDITIONAL: usize = 28 * 1024;
/// Texts that callers can choose the length of; more is cut.
pub(crate) const TEXT: usize = 1024;
