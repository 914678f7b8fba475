//! The way of a call: authenticate, decode, plan, decide, handle, commit, audit, respond.
