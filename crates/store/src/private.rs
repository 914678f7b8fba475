//! Files and directories that only the user of the process can open.

use crate::StoreError;
use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::Path,
};

/// Creates the directory with mode 0700, or makes sure that nobody else can write to it.
///
/// An existing directory may be readable: the files in it are not.
pub(crate) fn prepare_directory(path: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .collect();
    builder
        .create(path)
        .map_err(StoreError::io("cannot create the data directory"))?;
    for created in missing {
        sync_directory(parent(created))?;
    }
    refuse_mode(path, 0o022, 0o700)
}

/// Creates a new file with mode 0600 for reading and writing.
pub(crate) fn create_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes sure that nobody else can open the file.
pub(crate) fn check_file(path: &Path) -> Result<(), StoreError> {
    refuse_mode(path, 0o077, 0o600)
}

#[cfg(unix)]
fn refuse_mode(path: &Path, refused: u32, wanted: u32) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).map_err(StoreError::io("cannot read permissions"))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & refused != 0 {
        return Err(StoreError::Permissions {
            path: path.to_owned(),
            mode,
            wanted,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_mode(_path: &Path, _refused: u32, _wanted: u32) -> Result<(), StoreError> {
    Ok(())
}

/// Makes creations, renames and removals in the directory durable.
pub(crate) fn sync_directory(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(StoreError::io("cannot sync a directory"))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The directory of a file; the current one where the path names none.
pub(crate) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// The claim on a data directory, which ends with the value or with the process.
#[derive(Debug)]
pub(crate) struct DirectoryLock {
    _file: File,
}

impl DirectoryLock {
    pub(crate) fn take(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("claviger.lock");
        let opened = create_file(&path).or_else(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => OpenOptions::new().read(true).write(true).open(&path),
            _ => Err(error),
        });
        let file = opened.map_err(StoreError::io("cannot open the lock file"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
                path: directory.to_owned(),
            }),
            Err(TryLockError::Error(error)) => {
                Err(StoreError::io("cannot lock the data directory")(error))
            }
        }
    }
}

/// Removes a file that may not exist.
pub(crate) fn remove_file(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(StoreError::io("cannot remove a file")(error))
        }
        _ => Ok(()),
    }
}
