//! The optimistic check: did anything that a commit relies on change after its base?

use crate::{Read, RecordKey, Revision, commit::Prepared};
use std::collections::{HashMap, VecDeque};

/// Changes that are kept in memory for the check.
pub(crate) const DEFAULT_CAPACITY: usize = 65_536;

/// The keys that changed lately.
#[derive(Debug)]
pub(crate) struct Window {
    // INVARIANT: every change after `floor` is in `recent`, in the order of the revisions, and
    // `latest` has the newest revision of each key in `recent`.
    floor: Revision,
    recent: VecDeque<(Revision, RecordKey)>,
    latest: HashMap<RecordKey, Revision>,
    capacity: usize,
}

impl Window {
    /// A window that knows nothing of what led to the current revision.
    pub(crate) fn new(current: Revision, capacity: usize) -> Self {
        Self {
            floor: current,
            recent: VecDeque::new(),
            latest: HashMap::new(),
            capacity,
        }
    }

    /// Whether nothing that the commit relies on changed after its base. Says no where it cannot know.
    pub(crate) fn permits(&self, commit: &Prepared, current: Revision) -> bool {
        if commit.base < self.floor || commit.base > current {
            return false;
        }
        let changed = |key: &RecordKey| self.latest.get(key).is_some_and(|at| *at > commit.base);
        let keys = commit.reads.iter().filter_map(|read| match read {
            Read::Key(key) => Some(key),
            Read::Prefix(_) => None,
        });
        !commit.writes.keys().chain(keys).any(changed) && !self.range_changed(commit)
    }

    // Walks the changes after the base, of which there are few, and not the whole range.
    fn range_changed(&self, commit: &Prepared) -> bool {
        let start = self
            .recent
            .partition_point(|(revision, _)| *revision <= commit.base);
        commit.reads.iter().any(|read| match read {
            Read::Key(_) => false,
            Read::Prefix(prefix) => self
                .recent
                .range(start..)
                .any(|(_, key)| prefix.contains(key)),
        })
    }

    /// Takes note of the changes of the next revision.
    pub(crate) fn record<'a>(
        &mut self,
        revision: Revision,
        keys: impl Iterator<Item = &'a RecordKey>,
    ) {
        for key in keys {
            self.recent.push_back((revision, key.clone()));
            self.latest.insert(key.clone(), revision);
        }
        while self.recent.len() > self.capacity {
            let Some((evicted, key)) = self.recent.pop_front() else {
                return;
            };
            self.floor = evicted;
            if self.latest.get(&key) == Some(&evicted) {
                self.latest.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Commit, Prefix};

    fn key(name: &str) -> RecordKey {
        RecordKey::new("a", "", "k", name).unwrap()
    }

    fn reading(base: u64, reads: Vec<Read>) -> Prepared {
        Prepared::new(Commit {
            base: Revision(base),
            reads,
            ..Commit::default()
        })
        .unwrap()
    }

    #[test]
    fn key_range_and_write_are_checked() {
        let mut window = Window::new(Revision(5), 100);
        window.record(Revision(6), [key("x")].iter());
        let current = Revision(6);
        let range = Read::Prefix(Prefix::new("a", "", "k", "x").unwrap());
        let other = Read::Prefix(Prefix::new("a", "", "k", "y").unwrap());
        for (base, reads, permitted) in [
            (5, vec![Read::Key(key("x"))], false),
            (6, vec![Read::Key(key("x"))], true),
            (5, vec![Read::Key(key("y"))], true),
            (5, vec![range.clone()], false),
            (6, vec![range], true),
            (5, vec![other], true),
            (4, vec![], false),
            (7, vec![], false),
        ] {
            let commit = reading(base, reads);
            assert_eq!(window.permits(&commit, current), permitted, "{commit:?}");
        }
        let mut blind = reading(5, Vec::new());
        assert!(window.permits(&blind, current));
        blind.writes.insert(key("x"), None);
        assert!(!window.permits(&blind, current));
    }

    #[test]
    fn an_evicted_change_is_never_missed() {
        let mut window = Window::new(Revision(0), 3);
        for revision in 1..=10 {
            let keys = [key("hot"), key(&revision.to_string())];
            window.record(Revision(revision), keys.iter());
            for base in 0..revision {
                let reads = vec![Read::Key(key(&revision.to_string()))];
                assert!(!window.permits(&reading(base, reads), Revision(revision)));
                let reads = vec![Read::Key(key("hot"))];
                assert!(!window.permits(&reading(base, reads), Revision(revision)));
            }
            assert!(window.recent.len() <= 3 && window.latest.len() <= 3);
        }
        assert!(window.permits(&reading(10, vec![Read::Key(key("hot"))]), Revision(10)));
    }
}
