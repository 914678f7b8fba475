//! What Prometheus scrapes.

use kernel::Host;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::time::Duration;

/// Upper bounds of the buckets of call durations, in seconds.
const BUCKETS: [f64; 13] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    service: &'static str,
    operation: &'static str,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServiceLabels {
    service: &'static str,
}

/// The server's metrics.
pub(crate) struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    durations: Family<ServiceLabels, Histogram, fn() -> Histogram>,
    connections: Gauge,
    revision: Gauge,
    trail: Gauge,
    host: Arc<Host>,
}

impl Metrics {
    pub(crate) fn new(host: Arc<Host>) -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
        let mut metrics = Self {
            registry: Registry::with_prefix("claviger"),
            calls: Family::default(),
            durations: Family::new_with_constructor(histogram),
            connections: Gauge::default(),
            revision: Gauge::default(),
            trail: Gauge::default(),
            host,
        };
        let registry = &mut metrics.registry;
        registry.register(
            "requests",
            "Calls answered, by error code; - for none",
            metrics.calls.clone(),
        );
        registry.register(
            "request_duration_seconds",
            "How long calls took",
            metrics.durations.clone(),
        );
        registry.register(
            "connections",
            "Open connections",
            metrics.connections.clone(),
        );
        registry.register(
            "store_revision",
            "Commits since the store began",
            metrics.revision.clone(),
        );
        registry.register(
            "trail_records",
            "Records in the audit trail",
            metrics.trail.clone(),
        );
        metrics
    }

    /// Counts a call.
    pub(super) fn call(
        &self,
        service: &'static str,
        operation: &'static str,
        code: &str,
        took: Duration,
    ) {
        self.calls
            .get_or_create(&CallLabels {
                service,
                operation,
                code: code.to_owned(),
            })
            .inc();
        self.durations
            .get_or_create(&ServiceLabels { service })
            .observe(took.as_secs_f64());
    }

    /// Counts a connection as long as the answer lives.
    pub(super) fn connection(&self) -> Counted {
        self.connections.inc();
        Counted(self.connections.clone())
    }

    /// All metrics in the OpenMetrics text format.
    pub(super) fn encode(&self) -> Result<String, std::fmt::Error> {
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        self.revision.set(number(self.host.store.revision().0));
        self.trail.set(number(self.host.trail.head().sequence));
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A connection that is counted.
pub(super) struct Counted(Gauge);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}
