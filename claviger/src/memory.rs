//! Keeps what the process has in memory out of files: no core dumps, no swap where allowed.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// No core dump of this process is written, and no other process of the same user reads its
/// memory. Of no effect where the system does not know of it.
pub(crate) fn refuse_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // A limit may always be lowered.
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Keeps all pages in memory from their first use on, those that come later too. Says why it
/// cannot.
pub(crate) fn refuse_swap() -> Result<(), String> {
    // Under a limit, every later allocation could fail.
    if !may_lock_all() {
        return Err("neither CAP_IPC_LOCK nor an unlimited RLIMIT_MEMLOCK is there".to_owned());
    }
    let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
    mlockall(all).map_err(|error| error.to_string())
}

fn may_lock_all() -> bool {
    use rustix::thread::{CapabilitySet, capabilities};
    let capable = capabilities(None)
        .is_ok_and(|capabilities| capabilities.effective.contains(CapabilitySet::IPC_LOCK));
    capable || getrlimit(Resource::Memlock).current.is_none()
}
