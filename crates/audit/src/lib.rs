//! CloudTrail-shaped event records in durable hash-chained segments.
//!
//! An [`Event`] becomes one CloudTrail record as JSON; [`redact`] and [`Json::redacted`] turn a
//! call's input or output into the JSON that may stand in it. A [`Trail`] writes records to
//! append-only segment files, one `fdatasync` for all records that wait, and resolves a
//! [`Ticket`] only when its record is durable. A [`Reader`] iterates and follows a trail, also
//! from another process; [`verify`] walks the chain over all segments.
//!
//! This crate refuses to lose an acknowledged record, to go on after an I/O error, to write a
//! secret, and to read a clock: every time comes in with the event.
//!
//! What the chain proves and what it does not: each record's hash covers the hash before it, so
//! an edit, a deletion, an insertion or a reordering inside the trail breaks it. A hash has no
//! key: whoever can rewrite *all* files after a change can compute a new chain, and whoever cuts
//! whole records off the end leaves a valid shorter one. Both are found by comparing with a
//! [`Head`] that was kept elsewhere ([`verify_against`]).
//!
//! ```
//! use audit::{Event, EventId, Options, Position, Reader, Trail, UserIdentity};
//!
//! let folder = tempfile::tempdir().unwrap();
//! let (trail, _) = Trail::open(&folder.path().join("trail"), Options::default()).unwrap();
//! let mut event = Event::new(
//!     "iam.amazonaws.com",
//!     "CreateUser",
//!     "us-east-1",
//!     "2026-11-24T12:00:00Z".parse().unwrap(),
//!     EventId::from_random([7; 16]),
//! );
//! event.user_identity = UserIdentity::root("111122223333", "aws");
//! let sequence = trail.append(event.to_bytes()).wait().unwrap();
//! assert_eq!(sequence, 1);
//!
//! let mut reader = Reader::open(&folder.path().join("trail"), Position::Start);
//! assert_eq!(reader.next().unwrap().unwrap().sequence, 1);
//! ```

mod directory;
mod error;
mod event;
mod frame;
mod hash;
mod identity;
mod json;
mod limit;
mod memory;
mod reader;
mod redact;
mod segment;
mod shared;
mod text;
mod ticket;
mod trail;
mod verify;
mod writer;

pub use error::{AppendError, AuditError, Fault, OutboxError};
pub use event::{Event, EventId, Resource, TlsDetails};
pub use frame::{Head, MAX_EVENT_BYTES};
pub use identity::{IdentityType, SessionContext, SessionIssuer, UserIdentity};
pub use json::Json;
pub use reader::{Position, Reader};
pub use redact::{HIDDEN, redact};
pub use segment::Entry;
pub use ticket::Ticket;
pub use trail::{Options, Recovery, Trail};
pub use verify::{Damage, Report, verify, verify_against};
