//! Whether the server can answer calls.

use super::admin;
use super::site::Site;
use crate::assemble::enforcement_word;
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::{Map, Value, json};

/// `200` where calls can be answered, else `503` with the reasons.
pub(super) fn page(site: &Site) -> Response<Bytes> {
    let host = site.kernel.host();
    let failures = failures(site);
    let status = if failures.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let mut page = json!({
        "status": if failures.is_empty() { "running" } else { "failing" },
        "version": env!("CARGO_PKG_VERSION"),
        "account": host.settings.account.to_string(),
        "region": host.settings.region,
        "store": site.store_kind,
        "enforcement": enforcement_word(host.settings.enforcement),
        "services": services(site),
    });
    if let (Value::Object(members), false) = (&mut page, failures.is_empty()) {
        members.insert("failures".to_owned(), failures.into());
    }
    admin::json(status, &page)
}

/// Why calls cannot be answered. Texts for operators, without anything secret.
fn failures(site: &Site) -> Vec<String> {
    let host = site.kernel.host();
    let mut failures = Vec::new();
    if let Err(error) = host.store.snapshot() {
        failures.push(format!("store: {error}"));
    }
    if let Some(error) = host.trail.failure() {
        failures.push(format!("audit trail: {error}"));
    }
    if let Some(error) = site.pump.failure() {
        failures.push(format!("outbox: {error}"));
    }
    if let Some(cause) = host.world().unsound() {
        failures.push(format!("world: {cause}"));
    }
    failures
}

/// The services of AWS that answer operations.
fn services(site: &Site) -> Map<String, Value> {
    let mut services = Map::new();
    for operation in site.kernel.registry().served() {
        if operation.service.id != "claviger" {
            services.insert(operation.service.id.to_owned(), "available".into());
        }
    }
    services
}
