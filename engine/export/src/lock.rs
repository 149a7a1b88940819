//! One writer per folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::ExportError;

const LOCK_NAME: &str = ".kinema.lock";

/// A folder locked for this process. The kernel releases the lock however the process ends, so none is ever stale; the
/// file itself stays, because removing it would let two writers lock two different files.
pub(crate) struct FolderLock(File);

impl FolderLock {
    pub fn take(out_dir: &Path) -> Result<Self, ExportError> {
        let path = out_dir.join(LOCK_NAME);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = file.map_err(ExportError::io("write", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Only to name the other process; without it the message is still right.
                let _ = file.read_to_string(&mut holder);
                return Err(ExportError::Locked { out_dir: out_dir.into(), holder: holder.trim().parse().ok() });
            }
            Err(TryLockError::Error(error)) => return Err(ExportError::io("lock", &path)(error)),
        }
        let note = file.rewind().and_then(|()| file.set_len(0)).and_then(|()| writeln!(file, "{}", std::process::id()));
        note.map_err(ExportError::io("write", &path))?;
        Ok(Self(file))
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        // Closing alone is not enough: a child process that another thread is just starting may hold a copy of the
        // descriptor, and with it the lock, until it has become another program. If this fails, closing comes next.
        let _ = self.0.unlock();
    }
}
