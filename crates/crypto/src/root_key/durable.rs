//! Files that are there whole or not at all, whatever kills the process.

use crate::{Random, SystemRandom};
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The ending of files that are on their way.
const PARTIAL: &str = ".partial";

/// Creates a new file that only its owner can open.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file under a temporary name, syncs it, and links it to its name, which fails where
/// the name is taken. A crash leaves no half file under the name.
pub(super) fn create_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let partial = new_partial(path);
    let written = create(&partial)
        .and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()
        })
        .and_then(|()| fs::hard_link(&partial, path));
    // A partial file that stays behind is as private as the file.
    let removed = fs::remove_file(&partial);
    written.and(removed).and_then(|()| sync_parent(path))
}

/// Puts a file in the place of another one: after a crash the name has the one or the other.
/// Not for two processes at a time.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut partial = OsString::from(path);
    partial.push(PARTIAL);
    let partial = PathBuf::from(partial);
    remove(&partial)?;
    let mut file = create(&partial)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&partial, path)?;
    sync_parent(path)
}

/// Removes a file that may not be there, durably.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => sync_parent(path),
    }
}

/// Removes what crashes left on its way to a file.
pub(super) fn remove_partials(path: &Path) -> io::Result<()> {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return Ok(());
    };
    for entry in fs::read_dir(parent(path))? {
        let entry = entry?;
        let other = entry.file_name();
        let is_partial = other.to_str().is_some_and(|other| {
            other.ends_with(PARTIAL)
                && other
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with('.'))
        });
        if is_partial {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

/// A name beside the file, a new one each time: what a crash left must not be in the way.
fn new_partial(path: &Path) -> PathBuf {
    let mut number = [0; 8];
    SystemRandom::new().fill(&mut number);
    let mut name = OsString::from(path);
    name.push(format!(".{:016x}{PARTIAL}", u64::from_be_bytes(number)));
    PathBuf::from(name)
}

fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn sync_parent(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(parent(path))?.sync_all()
    } else {
        Ok(())
    }
}

/// The permission bits of a file that others than its owner have access to.
#[cfg(unix)]
pub(super) fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode() & 0o777;
    Ok((mode & 0o077 != 0).then_some(mode))
}

/// The permission bits of a file that others than its owner have access to.
#[cfg(not(unix))]
pub(super) fn open_to_others(_file: &File) -> io::Result<Option<u32>> {
    Ok(None)
}
