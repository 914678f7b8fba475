//! IAM Access Analyzer.
//!
//! No operation is served yet. The service is known, so that each of its calls is
//! authenticated, its input checked where the shapes are generated, and answered with
//! a clear `NotImplemented`.

pub mod api;

/// Makes the service known.
pub fn register(registry: &mut kernel::Registry) {
    registry.service(&api::operations::SERVICE);
}
