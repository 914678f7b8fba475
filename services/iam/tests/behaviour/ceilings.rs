//! Policies of an organization above the account, put into the world beside all operations.

use kernel::world::{Account, Ceilings, Projection, ProjectionError, World};
use policy::{DocumentKind, Policy};
use std::sync::Arc;
use store::Change;

/// The record's kind. Its value is a list of levels, root first, each a list of service control policies.
pub(crate) const KIND: &str = "test.ceilings";

/// From such records to the world.
pub(crate) struct CeilingsProjection;

impl Projection for CeilingsProjection {
    fn kinds(&self) -> &'static [&'static str] {
        &[KIND]
    }

    fn project(&self, change: &Change, world: &mut World) -> Result<(), ProjectionError> {
        let levels: Vec<Vec<String>> =
            serde_json::from_slice(change.value.as_deref().unwrap()).unwrap();
        let compile = |text: &String| {
            let kind = DocumentKind::ServiceControl;
            Arc::new(Policy::parse_and_compile(text, kind, "scp").unwrap())
        };
        world.put_account(Account {
            id: change.key.account().parse().unwrap(),
            name: "of a test".into(),
            ceilings: Some(Arc::new(Ceilings {
                service: levels
                    .iter()
                    .map(|level| level.iter().map(compile).collect())
                    .collect(),
                resource: Vec::new(),
            })),
            record: change.key.clone(),
        });
        Ok(())
    }
}
