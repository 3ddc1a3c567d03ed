//! Which programs are still running: each holds a lock on a file of its own, which the system
//! releases when it ends, however it ends.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A running program, in the eyes of others.
#[derive(Debug)]
pub(crate) struct Owner {
    name: String,
    path: PathBuf,
    /// Locked until it is dropped.
    _file: File,
}

/// Owners that one process has made.
static COUNT: AtomicU32 = AtomicU32::new(0);

impl Owner {
    /// Makes itself known in a folder.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!(
            "{}-{}-{}",
            std::process::id(),
            since.as_nanos(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let path = path_of(folder, &name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // Locked before others can see it.
        let unseen = path.with_extension("new");
        let file = private(&mut options).open(&unseen)?;
        file.lock()?;
        fs::rename(&unseen, &path)?;
        Ok(Self {
            name,
            path,
            _file: file,
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // One that stays is found unlocked, and so of nobody.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether a program is running. One that is stopped is: it may go on.
pub(crate) fn is_running(folder: &Path, name: &str) -> io::Result<bool> {
    let path = path_of(folder, name);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Removes the files of programs that have ended.
pub(crate) fn tidy(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_of_nobody = path.extension().is_some_and(|extension| extension == "owner")
            && File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if is_of_nobody {
            let _ = fs::remove_file(path);
        }
    }
}

fn path_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.owner"))
}

/// A folder for the user alone, where the system knows such a thing.
pub(crate) fn create_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// For the user alone, where the system knows such a thing.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_running_until_it_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let owner = Owner::new(folder.path()).unwrap();
        let name = owner.name().to_owned();
        assert!(is_running(folder.path(), &name).unwrap());
        tidy(folder.path());
        assert!(is_running(folder.path(), &name).unwrap());
        drop(owner);
        assert!(!is_running(folder.path(), &name).unwrap());
        assert!(!is_running(folder.path(), "1-2-3").unwrap());
    }
}
