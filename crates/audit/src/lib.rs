//! CloudTrail-shaped event records in durable hash-chained segments.
