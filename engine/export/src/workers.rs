//! Encoder threads: from queued pictures to committed frames.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, bounded};
use kinema_core::Picture;

use crate::commit::commit;
use crate::error::ExportError;
use crate::event::ExportEvent;
use crate::frame::encode_frame;
use crate::journal::{FrameRecord, Journal};
use crate::plan::Plan;

/// What the caller's thread and the encoder threads share.
pub(crate) struct Shared {
    pub plan: Plan,
    pub progress: Mutex<Progress>,
    pub journal: Mutex<Journal>,
    pub events: Sender<ExportEvent>,
    /// Set with the first error; pictures that are queued then are dropped, none is accepted.
    failed: AtomicBool,
    failure: Mutex<Option<ExportError>>,
}

/// What is on disk.
#[derive(Default)]
pub(crate) struct Progress {
    /// Every verified frame, also outside the range and with other formats.
    pub committed: BTreeMap<i64, FrameRecord>,
    /// How many frames of the range satisfy the plan.
    pub done: usize,
    pub frames_committed: usize,
    pub frame_bytes: u64,
    pub warnings: Vec<String>,
}

/// A lock whose holder panicked still guards sound data here: every update is a single insertion or addition.
pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub fn new(plan: Plan, progress: Progress, journal: Journal, events: Sender<ExportEvent>) -> Self {
        Self {
            plan,
            progress: Mutex::new(progress),
            journal: Mutex::new(journal),
            events,
            failed: AtomicBool::new(false),
            failure: Mutex::new(None),
        }
    }

    pub fn tell(&self, event: ExportEvent) {
        // Nobody has to listen.
        let _ = self.events.send(event);
    }

    pub fn warn(&self, message: String) {
        hold(&self.progress).warnings.push(message.clone());
        self.tell(ExportEvent::Warning { message });
    }

    pub fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// Keeps the first error for whoever asks next.
    fn fail(&self, error: ExportError) {
        // Under the lock: another thread's failure must not count as a first one after this was taken.
        let mut first = hold(&self.failure);
        if !self.has_failed() {
            *first = Some(error);
            self.failed.store(true, Ordering::Release);
        }
    }

    /// The first error, once; afterwards [`ExportError::AlreadyFailed`].
    pub fn check(&self) -> Result<(), ExportError> {
        if !self.has_failed() {
            return Ok(());
        }
        Err(hold(&self.failure).take().unwrap_or(ExportError::AlreadyFailed))
    }

    fn encode_and_commit(&self, picture: Picture) -> Result<(), ExportError> {
        let settings = &self.plan.settings;
        let encoded = encode_frame(&self.plan, &picture)?;
        let frame = picture.frame;
        // The pixels are not needed while waiting for the disk.
        drop(picture);
        for message in encoded.warnings {
            self.warn(message);
        }
        let mut files = commit(&settings.out_dir, &frame.to_string(), &encoded.files)?;
        let bytes = files.iter().map(|file| file.bytes).sum();
        if let Some(earlier) = hold(&self.progress).committed.get(&frame) {
            // The frame was there in other formats; what was not replaced still is.
            let replaced: Vec<String> = files.iter().map(|file| file.path.clone()).collect();
            files.extend(earlier.files.iter().filter(|file| !replaced.contains(&file.path)).cloned());
        }
        let record = FrameRecord { frame, files };
        hold(&self.journal).add_frame(&record)?;
        let mut progress = hold(&self.progress);
        progress.committed.insert(frame, record);
        progress.done += 1;
        progress.frames_committed += 1;
        progress.frame_bytes += bytes;
        let (committed, total) = (progress.done, self.plan.frame_count());
        // Told while the lock is held, so that listeners see `committed` only grow.
        self.tell(ExportEvent::FrameCommitted { frame, bytes, committed, total });
        Ok(())
    }
}

/// The encoder threads and the queue in front of them. Dropping finishes what is queued.
pub(crate) struct Workers {
    queue: Option<Sender<Picture>>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts the threads. The queue holds one picture per thread: enough that none waits, bounded so that memory is.
    pub fn start(shared: &Arc<Shared>) -> Result<Self, ExportError> {
        let count = shared.plan.settings.encoder_threads;
        let (queue, pictures) = bounded(count);
        let mut workers = Self { queue: Some(queue), threads: Vec::with_capacity(count) };
        for index in 0..count {
            let (shared_of_thread, pictures) = (Arc::clone(shared), pictures.clone());
            let thread = thread::Builder::new()
                .name(format!("encoder {index}"))
                .spawn(move || encode_all(&shared_of_thread, &pictures))
                .map_err(ExportError::io("start an encoder thread for", &shared.plan.settings.out_dir))?;
            workers.threads.push(thread);
        }
        Ok(workers)
    }

    /// Queues a picture; waits while the queue is full.
    pub fn submit(&self, picture: Picture) -> Result<(), ExportError> {
        let queue = self.queue.as_ref().ok_or(ExportError::AlreadyFailed)?;
        queue.send(picture).map_err(|_| ExportError::EncoderLost)
    }

    /// Waits until everything queued is committed.
    pub fn drain(&mut self) -> Result<(), ExportError> {
        self.queue = None;
        let ended: Vec<_> = self.threads.drain(..).map(JoinHandle::join).collect();
        if ended.iter().any(Result::is_err) { Err(ExportError::EncoderLost) } else { Ok(()) }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        // Whoever drops an exporter without `finish` or `suspend` is handling another error already.
        let _ = self.drain();
    }
}

fn encode_all(shared: &Shared, pictures: &Receiver<Picture>) {
    for picture in pictures {
        if shared.has_failed() {
            continue;
        }
        if let Err(error) = shared.encode_and_commit(picture) {
            shared.fail(error);
        }
    }
}
