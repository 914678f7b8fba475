//! How often proofs were tried: a code of six digits is soon guessed by whoever may guess for ever.

use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Attempts that may fail before the first pause.
const FREE: u32 = 5;
/// The first pause, in seconds; each further failure doubles it.
const FIRST_PAUSE: i64 = 30;
/// The longest pause, in seconds.
const LONGEST_PAUSE: i64 = 15 * 60;

#[derive(Debug, Clone)]
struct Tried {
    failures: u32,
    paused_until: Option<Timestamp>,
    /// The request that the last attempt belongs to: its repetitions after a conflict are no new attempts.
    request: String,
}

/// Attempts since the server started, by device. An attempt counts before
/// its code is compared, so that guesses sent at once do not escape the count.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<String, Tried>>);

impl Attempts {
    /// Counts an attempt.
    ///
    /// # Errors
    /// The end of the pause during which no attempt is heard.
    pub(super) fn begin(
        &self,
        device: &str,
        request: &str,
        now: Timestamp,
    ) -> Result<(), Timestamp> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = all.entry(device.to_owned()).or_insert_with(|| Tried {
            failures: 0,
            paused_until: None,
            request: String::new(),
        });
        if tried.request == request {
            return Ok(());
        }
        if let Some(end) = tried.paused_until.filter(|end| now < *end) {
            return Err(end);
        }
        tried.failures = tried.failures.saturating_add(1);
        request.clone_into(&mut tried.request);
        if let Some(over) = tried.failures.checked_sub(FREE) {
            let pause = FIRST_PAUSE
                .saturating_mul(1 << over.min(10))
                .min(LONGEST_PAUSE);
            tried.paused_until = now.checked_add(SignedDuration::from_secs(pause)).ok();
        }
        Ok(())
    }

    /// Forgets the failures of a device whose code was right.
    pub(super) fn succeeded(&self, device: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tried) = all.get_mut(device) {
            tried.failures = 0;
            tried.paused_until = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn failures_end_in_pauses_that_grow_to_a_limit() {
        let attempts = Attempts::default();
        let begin = |request: u32, second| attempts.begin("d", &request.to_string(), at(second));
        for request in 1..=5 {
            assert_eq!(begin(request, 0), Ok(()));
        }
        assert_eq!(begin(6, 29), Err(at(30)));
        assert_eq!(begin(6, 30), Ok(()));
        assert_eq!(begin(7, 30), Err(at(90)));
        for request in 10..40 {
            let _ = begin(request, i64::from(request) * 1000);
        }
        assert_eq!(begin(50, 39_001), Err(at(39_900)));
        assert_eq!(attempts.begin("other", "50", at(39_001)), Ok(()));
    }

    #[test]
    fn a_request_counts_once_and_success_forgets() {
        let attempts = Attempts::default();
        for _ in 0..20 {
            assert_eq!(attempts.begin("d", "same", at(0)), Ok(()));
        }
        for request in 0..4 {
            attempts.begin("d", &request.to_string(), at(0)).unwrap();
        }
        assert!(attempts.begin("d", "late", at(0)).is_err());
        attempts.succeeded("d");
        assert_eq!(attempts.begin("d", "late", at(0)), Ok(()));
    }
}
