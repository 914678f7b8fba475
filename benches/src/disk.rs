//! How fast the disk is: one small append and one `fdatasync` after the other.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// Appends of 512 bytes that are durable in a second, one after the other.
pub(crate) fn serial_syncs(place: &Path, window: Duration) -> anyhow::Result<f64> {
    let path = place.join("sync-rate");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let begin = Instant::now();
    let mut count = 0_u32;
    while begin.elapsed() < window {
        file.write_all(&[7; 512])?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / begin.elapsed().as_secs_f64();
    std::fs::remove_file(&path)?;
    Ok(rate)
}
