//! How full the server is. While it is nearly full, connections that do nothing make room.

use super::watch::Activity;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch as signal};
use tokio::time::Instant;

/// The longest that a connection of a nearly full server may do nothing.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// The connections that the server may have.
pub(super) struct Crowd {
    permits: Arc<Semaphore>,
    count: Arc<Count>,
}

struct Count {
    most: usize,
    patience: Duration,
    open: AtomicUsize,
    // Fewer than a quarter of the places are free.
    crowded: signal::Sender<bool>,
}

impl Count {
    fn tell(&self) {
        self.crowded.send_if_modified(|crowded| {
            // Read under the channel's lock: who comes last tells what is so.
            let free = self.most.saturating_sub(self.open.load(Ordering::SeqCst));
            let now = free.saturating_mul(4) < self.most;
            std::mem::replace(crowded, now) != now
        });
    }
}

impl Crowd {
    /// Of at most so many connections, which may do nothing for so long where there are many.
    pub(super) fn new(most: usize, patience: Duration) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self {
            permits: Arc::new(Semaphore::new(most)),
            count: Arc::new(Count {
                most,
                patience,
                open: AtomicUsize::new(0),
                crowded: signal::Sender::new(false),
            }),
        }
    }

    /// Waits for a free place; `None` never comes while the server runs.
    pub(super) async fn permit(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.permits).acquire_owned().await.ok()
    }

    /// A connection takes its place.
    pub(super) fn enter(&self, permit: OwnedSemaphorePermit) -> Place {
        self.count.open.fetch_add(1, Ordering::SeqCst);
        self.count.tell();
        Place {
            count: Arc::clone(&self.count),
            _permit: permit,
        }
    }
}

/// A connection's place, until it is dropped.
pub(super) struct Place {
    count: Arc<Count>,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.count.open.fetch_sub(1, Ordering::SeqCst);
        self.count.tell();
    }
}

impl Place {
    /// Resolves when the server is nearly full and the connection has done nothing for
    /// the crowd's patience.
    pub(super) async fn make_room(&self, activity: &Activity) {
        let mut crowded = self.count.crowded.subscribe();
        loop {
            if crowded.wait_for(|crowded| *crowded).await.is_err() {
                return;
            }
            let now = Instant::now();
            let until = activity.waits_since().unwrap_or(now) + self.count.patience;
            if until <= now {
                return;
            }
            tokio::time::sleep_until(until).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    async fn places(crowd: &Crowd, count: usize) -> Vec<Place> {
        let mut places = Vec::new();
        for _ in 0..count {
            let permit = crowd.permit().await.unwrap();
            places.push(crowd.enter(permit));
        }
        places
    }

    async fn leaves(place: &Place, activity: &Activity, within: Duration) -> bool {
        tokio::time::timeout(within, place.make_room(activity))
            .await
            .is_ok()
    }

    #[tokio::test(flavor = "current_thread")]
    async fn only_a_nearly_full_server_sends_the_idle_away() {
        let crowd = Crowd::new(8, PATIENCE);
        let mut taken = places(&crowd, 6).await;
        let activity = Activity::new();
        let long = 3 * PATIENCE;
        assert!(!leaves(&taken[0], &activity, long).await);
        taken.extend(places(&crowd, 1).await);
        assert!(leaves(&taken[0], &activity, PATIENCE / 2).await);
        taken.pop();
        assert!(
            !leaves(&taken[0], &activity, long).await,
            "there is room again"
        );
    }

    #[tokio::test(flavor = "current_thread")]
    async fn who_waits_for_an_answer_stays() {
        let crowd = Crowd::new(1, PATIENCE);
        let taken = places(&crowd, 1).await;
        let activity = Activity::new();
        let busy = activity.begin(false);
        assert!(!leaves(&taken[0], &activity, 3 * PATIENCE).await);
        drop(busy);
        assert!(!leaves(&taken[0], &activity, PATIENCE / 4).await);
        assert!(leaves(&taken[0], &activity, 2 * PATIENCE).await);
    }
}
