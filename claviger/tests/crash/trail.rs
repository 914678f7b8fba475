//! What the trail says of the calls.

use super::common::caller::Answer;
use super::common::{PATIENCE, run, stderr, stdout, text};
use kernel::{Clock, SystemClock};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::{Duration, Instant};

/// A call that was answered, and how.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    request_id: String,
    action: Option<String>,
    code: Option<String>,
}

impl Acknowledged {
    pub(crate) fn of(action: &str, answer: &Answer) -> Self {
        Self {
            request_id: answer.request_id.clone(),
            action: Some(action.to_owned()),
            code: (answer.status != 200).then(|| answer.value("Code").unwrap()),
        }
    }

    /// A call that read something and succeeded.
    pub(crate) fn read(request_id: String) -> Self {
        Self {
            request_id,
            action: None,
            code: None,
        }
    }

    pub(crate) fn is_write(&self) -> bool {
        let reads = |action: &String| ["Get", "List"].iter().any(|verb| action.starts_with(verb));
        self.code.is_none() && self.action.as_ref().is_some_and(|action| !reads(action))
    }
}

/// A moment before now, as `--since` takes it.
pub(crate) fn now() -> String {
    (SystemClock.now() - Duration::from_secs(1)).to_string()
}

/// Walks the hash chain of a data directory that no server uses.
pub(crate) fn verify(data: &Path) {
    let output = run(&["events", "--verify", "--data", text(data)]);
    assert!(
        output.status.success(),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    assert!(stdout(&output).contains("intact"), "{}", stdout(&output));
}

/// Every acknowledged call has exactly one event, which says what the client was told.
/// What a kill left in the store's outbox comes to the trail soon after the start.
pub(crate) fn holds_once(data: &Path, since: String, acknowledged: &[Acknowledged]) {
    let begin = Instant::now();
    loop {
        let events = events(data, &since);
        let missing = acknowledged
            .iter()
            .filter(|call| !events.contains_key(&call.request_id))
            .count();
        if missing == 0 {
            return compare(&events, acknowledged);
        }
        assert!(
            begin.elapsed() < PATIENCE,
            "{missing} acknowledged calls are not in the trail"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Name and error code of each event, by request id.
fn events(data: &Path, since: &str) -> HashMap<String, (String, Option<String>)> {
    let output = run(&["events", "--data", text(data), "--since", since]);
    assert!(output.status.success(), "{}", stderr(&output));
    let (mut events, mut ids) = (HashMap::new(), HashSet::new());
    for line in stdout(&output).lines() {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| event[name].as_str().map(ToOwned::to_owned);
        assert!(
            ids.insert(field("eventID").unwrap()),
            "an event stands in the trail twice: {line}"
        );
        if let Some(request_id) = field("requestID") {
            let told = (field("eventName").unwrap(), field("errorCode"));
            assert!(
                events.insert(request_id, told).is_none(),
                "a call has two events: {line}"
            );
        }
    }
    events
}

fn compare(events: &HashMap<String, (String, Option<String>)>, acknowledged: &[Acknowledged]) {
    for call in acknowledged {
        let (name, code) = &events[&call.request_id];
        assert_eq!(code, &call.code, "{call:?}");
        assert!(
            call.action.as_ref().is_none_or(|action| action == name),
            "{call:?} is {name} in the trail"
        );
    }
}
