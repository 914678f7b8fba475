//! ARNs, partitions, account ids and unique ids as types.
