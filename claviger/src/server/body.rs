//! Reading request bodies within limits.

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, EXPECT};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::time::Duration;

/// The longest time that a body may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// What of a body that is too large is read and dropped, so that clients which only
/// listen after they have sent see the answer; in bytes, and for how long.
const DRAIN: usize = 16 * 1024 * 1024;
const DRAIN_DEADLINE: Duration = Duration::from_secs(5);

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is larger than the limit.
    TooLarge,
    /// It did not come in time.
    TooSlow,
    /// The connection broke.
    Broken,
}

/// Reads a whole body of at most `limit` bytes.
pub(super) async fn read(
    headers: &HeaderMap,
    mut body: Incoming,
    limit: usize,
) -> Result<Bytes, BodyError> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let too_large = declared
        .is_some_and(|length| usize::try_from(length).map_or(true, |length| length > limit));
    // A client that asks first has sent nothing yet: the answer stops it.
    if too_large && headers.contains_key(EXPECT) {
        return Err(BodyError::TooLarge);
    }
    let outcome = if too_large {
        Err(BodyError::TooLarge)
    } else {
        match tokio::time::timeout(DEADLINE, collect(&mut body, limit)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(BodyError::TooSlow),
        }
    };
    if outcome == Err(BodyError::TooLarge) {
        // Whether the rest came or not, the answer is the same.
        let _ = tokio::time::timeout(DRAIN_DEADLINE, drain(&mut body)).await;
    }
    outcome
}

async fn collect(body: &mut Incoming, limit: usize) -> Result<Bytes, BodyError> {
    let mut first: Option<Bytes> = None;
    let mut more: Option<BytesMut> = None;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| BodyError::Broken)?.into_data() else {
            continue;
        };
        let held = first.as_ref().map_or(0, Bytes::len) + more.as_ref().map_or(0, BytesMut::len);
        if held.saturating_add(data.len()) > limit {
            return Err(BodyError::TooLarge);
        }
        // Most bodies come in one frame, which needs no copy.
        match (first.take(), &mut more) {
            (None, None) => first = Some(data),
            (Some(start), _) => {
                let mut joined = BytesMut::with_capacity((start.len() + data.len()).max(4096));
                joined.extend_from_slice(&start);
                joined.extend_from_slice(&data);
                more = Some(joined);
            }
            (None, Some(joined)) => joined.extend_from_slice(&data),
        }
    }
    Ok(first
        .or_else(|| more.map(BytesMut::freeze))
        .unwrap_or_default())
}

async fn drain(body: &mut Incoming) {
    let mut dropped = 0;
    while let Some(Ok(frame)) = body.frame().await {
        dropped += frame.data_ref().map_or(0, Bytes::len);
        if dropped > DRAIN {
            return;
        }
    }
}
