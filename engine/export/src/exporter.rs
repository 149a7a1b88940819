//! The exporter: what callers hold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread;

use crossbeam_channel::{Receiver, unbounded};
use kinema_core::Picture;

use crate::commit::{remove_leftovers, sync_folder};
use crate::contact_sheet::{CONTACT_SHEET_NAME, write_contact_sheet};
use crate::error::ExportError;
use crate::event::{ExportEvent, ExportReport, SuspendReport};
use crate::ffmpeg::Ffmpeg;
use crate::identity::JournalHeader;
use crate::journal::{FileRecord, FrameRecord, JOURNAL_NAME, Journal, JournalContent, MovieRecord};
use crate::lock::FolderLock;
use crate::manifest::{MANIFEST_NAME, write_manifest};
use crate::movie::MovieMaker;
use crate::plan::{Plan, StillKind};
use crate::planes::check_picture;
use crate::settings::ExportSettings;
use crate::workers::{Progress, Shared, Workers, hold};

/// Takes pictures, leaves committed files. See the crate documentation for what ends up where.
///
/// All methods but [`finish`](Self::finish) and [`suspend`](Self::suspend) take `&self`; an exporter may be shared
/// between threads. Dropping it commits what was submitted, as `suspend` does, without a report.
pub struct Exporter {
    // Dropped first: the threads end before the lock is released.
    workers: Workers,
    shared: Arc<Shared>,
    events: Receiver<ExportEvent>,
    movie_maker: Option<MovieMaker>,
    earlier_movies: BTreeMap<String, MovieRecord>,
    submitted: Mutex<BTreeSet<i64>>,
    frames_reused: usize,
    stop: Arc<AtomicBool>,
    _lock: FolderLock,
}

impl Exporter {
    /// Prepares a folder, and everything that could fail before the first frame is drawn: settings, ffmpeg and its
    /// encoders, the folder, its lock, and the frames in it.
    ///
    /// Frames of an earlier run are kept if the run had the same identity and their files verify by SHA-256. Errors
    /// name the file and the remedy; nothing is drawn or discarded before all checks have passed.
    pub fn open(settings: ExportSettings) -> Result<Self, ExportError> {
        let plan = Plan::resolve(settings)?;
        let movie_maker = if plan.movies.is_empty() {
            None
        } else {
            Some(MovieMaker::new(&plan, Ffmpeg::find(plan.settings.ffmpeg.as_deref())?)?)
        };
        let out_dir = &plan.settings.out_dir;
        fs::create_dir_all(out_dir).map_err(ExportError::io("create the folder", out_dir))?;
        let lock = FolderLock::take(out_dir)?;

        let header = JournalHeader::of(&plan.settings);
        let earlier = earlier_export(&plan, &header)?;
        prepare_folders(&plan)?;
        let journal = match &earlier {
            Some(content) => Journal::resume(out_dir, content)?,
            None => Journal::create(out_dir, &header)?,
        };

        let (events_in, events) = unbounded();
        let mut progress = Progress::default();
        let mut earlier_movies = BTreeMap::new();
        let mut dropped = Vec::new();
        let mut damaged_lines = 0;
        if let Some(content) = earlier {
            (progress.committed, dropped) = verify(out_dir, content.frames, plan.settings.encoder_threads);
            earlier_movies = content.movies;
            damaged_lines = content.damaged_lines;
        }
        let frames_reused = plan.frame_count() - plan.missing(&progress.committed).len();
        progress.done = frames_reused;
        let shared = Arc::new(Shared::new(plan, progress, journal, events_in));
        for frame in dropped {
            shared.warn(format!("frame {frame} of an earlier run is missing or changed on disk and is rendered again"));
        }
        if damaged_lines > 0 {
            shared.warn(format!("`{JOURNAL_NAME}` has {damaged_lines} damaged lines; their frames are rendered again"));
        }
        let workers = Workers::start(&shared)?;
        Ok(Self {
            workers,
            shared,
            events,
            movie_maker,
            earlier_movies,
            submitted: Mutex::default(),
            frames_reused,
            stop: Arc::default(),
            _lock: lock,
        })
    }

    /// Frames of the range that are not committed yet, ascending. Right after [`open`](Self::open): what to draw.
    pub fn remaining(&self) -> Vec<i64> {
        self.shared.plan.missing(&hold(&self.shared.progress).committed)
    }

    /// Hands over a picture; waits while every encoder thread is busy and the queue is full.
    ///
    /// Fails if the picture is not what the settings announced, if its frame is not wanted or was delivered before, and
    /// with the first error of an encoder thread, after which nothing is accepted any more.
    pub fn submit(&self, picture: Picture) -> Result<(), ExportError> {
        self.shared.check()?;
        check_picture(&self.shared.plan, &picture)?;
        let frame = picture.frame;
        let refuse = |problem: &str| Err(ExportError::Picture { frame, problem: problem.into() });
        if !self.shared.plan.settings.frames.contains(&frame) {
            return refuse("it is outside the frame range");
        }
        let is_done = |record| self.shared.plan.is_satisfied_by(record);
        if hold(&self.shared.progress).committed.get(&frame).is_some_and(is_done) {
            return refuse("it is committed already");
        }
        if !hold(&self.submitted).insert(frame) {
            return refuse("it was delivered twice");
        }
        self.workers.submit(picture)
    }

    /// News of this export. Events queue up until they are read; several receivers share them, each event goes to one.
    pub fn events(&self) -> Receiver<ExportEvent> {
        self.events.clone()
    }

    /// Set it to make [`finish`](Self::finish) end early with [`ExportError::Stopped`], for instance from a Ctrl-C
    /// handler while a movie is encoded. Frames are not affected.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Waits for the encoder threads, then makes movies, contact sheet and manifest. Fails without a manifest if any
    /// frame of the range is missing; the folder stays resumable whatever happens.
    pub fn finish(mut self) -> Result<ExportReport, ExportError> {
        self.drain()?;
        let shared = &self.shared;
        let (plan, out_dir) = (&shared.plan, &shared.plan.settings.out_dir);
        let missing = self.remaining();
        if let Some(&first) = missing.first() {
            return Err(ExportError::FramesMissing { count: missing.len(), first });
        }
        let committed = hold(&shared.progress).committed.clone();
        let contact_sheet = write_contact_sheet(plan, &committed)?;
        if contact_sheet.is_some() {
            shared.tell(ExportEvent::ContactSheetWritten { path: CONTACT_SHEET_NAME.into() });
        }
        let mut movies = Vec::new();
        if let Some(maker) = &self.movie_maker {
            for &format in &plan.movies {
                let earlier = self.earlier_movies.get(&plan.movie_name(format));
                let movie = maker.make(shared, format, &committed, earlier, &self.stop)?;
                movies.push(movie);
            }
        }
        write_manifest(plan, &committed, &movies, contact_sheet.as_ref())?;
        // The ffmpeg of an export that was killed may have lived on for a moment and left its movie after our start.
        remove_leftovers(out_dir, |name| is_ours(plan, name))?;
        shared.tell(ExportEvent::ManifestWritten { path: MANIFEST_NAME.into() });
        let progress = hold(&shared.progress);
        Ok(ExportReport {
            out_dir: out_dir.clone(),
            frames_committed: progress.frames_committed,
            frames_reused: self.frames_reused,
            frame_bytes: progress.frame_bytes,
            movies,
            contact_sheet: contact_sheet.map(|file| out_dir.join(file.path)),
            manifest: out_dir.join(MANIFEST_NAME),
            warnings: progress.warnings.clone(),
        })
    }

    /// Commits what was submitted and stops there. A later [`open`](Self::open) with the same settings goes on.
    pub fn suspend(mut self) -> Result<SuspendReport, ExportError> {
        self.drain()?;
        let frames_left = self.remaining().len();
        let plan = &self.shared.plan;
        Ok(SuspendReport {
            out_dir: plan.settings.out_dir.clone(),
            frames_done: plan.frame_count() - frames_left,
            frames_left,
            warnings: hold(&self.shared.progress).warnings.clone(),
        })
    }

    fn drain(&mut self) -> Result<(), ExportError> {
        let ended = self.workers.drain();
        // An encoder's own words are worth more than the news that it is gone.
        self.shared.check()?;
        ended
    }
}

/// The earlier export to go on with, after everything that forbids it is ruled out or, with `overwrite`, discarded.
fn earlier_export(plan: &Plan, header: &JournalHeader) -> Result<Option<JournalContent>, ExportError> {
    let settings = &plan.settings;
    let content = match Journal::read(&settings.out_dir) {
        Err(ExportError::JournalDamaged { .. }) if settings.overwrite => None,
        content => content?,
    };
    let Some(content) = content else {
        if settings.overwrite {
            return Ok(None);
        }
        return refuse_foreign_files(plan).map(|()| None);
    };
    let differences = content.header.differences(header);
    if differences.is_empty() {
        return Ok(Some(content));
    }
    if !settings.overwrite {
        return Err(ExportError::IdentityDiffers { out_dir: settings.out_dir.clone(), differences });
    }
    discard(&settings.out_dir, &content)?;
    Ok(None)
}

/// Without a journal, files under the names this export would use are somebody else's.
fn refuse_foreign_files(plan: &Plan) -> Result<(), ExportError> {
    let out_dir = &plan.settings.out_dir;
    let stills = plan.stills.iter().filter(|kind| out_dir.join(kind.folder()).exists());
    let stills = stills.flat_map(|&kind| plan.settings.frames.clone().map(move |frame| plan.still_path(kind, frame)));
    let movies = plan.movies.iter().map(|&format| plan.movie_name(format));
    match stills.chain(movies).map(|path| out_dir.join(path)).find(|path| path.exists()) {
        Some(path) => Err(ExportError::ForeignFile { path }),
        None => Ok(()),
    }
}

/// Removes every file an earlier export recorded; its journal goes first, so that a kill in between leaves no claim.
fn discard(out_dir: &Path, content: &JournalContent) -> Result<(), ExportError> {
    let derived = [JOURNAL_NAME, MANIFEST_NAME, CONTACT_SHEET_NAME].map(|name| out_dir.join(name));
    let frames = content.frames.values().flat_map(|frame| &frame.files);
    let recorded = frames.chain(content.movies.values().map(|movie| &movie.file));
    let recorded = recorded.filter_map(|file: &FileRecord| file.absolute(out_dir));
    for path in derived.into_iter().chain(recorded) {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ExportError::io("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Creates the folders of the stills and clears all folders of what a kill left half-written.
fn prepare_folders(plan: &Plan) -> Result<(), ExportError> {
    let out_dir = &plan.settings.out_dir;
    let is_ours = |name: &str| is_ours(plan, name);
    remove_leftovers(out_dir, is_ours)?;
    for kind in StillKind::ALL {
        let folder = out_dir.join(kind.folder());
        if plan.stills.contains(&kind) {
            fs::create_dir_all(&folder).map_err(ExportError::io("create the folder", &folder))?;
        }
        remove_leftovers(&folder, is_ours)?;
    }
    sync_folder(out_dir)
}

/// Whether a file of the output folder is one that this export writes.
fn is_ours(plan: &Plan, name: &str) -> bool {
    let of_the_shot = name.strip_prefix(plan.settings.base_name.as_str()).is_some_and(|rest| rest.starts_with('.'));
    of_the_shot || [JOURNAL_NAME, MANIFEST_NAME, CONTACT_SHEET_NAME].contains(&name)
}

/// Splits recorded frames into those whose files are what was committed, and the numbers of the others. Reads
/// everything, on as many threads as encode.
fn verify(
    out_dir: &Path,
    frames: BTreeMap<i64, FrameRecord>,
    thread_count: usize,
) -> (BTreeMap<i64, FrameRecord>, Vec<i64>) {
    let records: Vec<FrameRecord> = frames.into_values().collect();
    let share = records.len().div_ceil(thread_count).max(1);
    let sound: Vec<bool> = thread::scope(|scope| {
        let check = |share: &[FrameRecord]| -> Vec<bool> {
            share.iter().map(|record| record.files.iter().all(|file| file.verifies(out_dir))).collect()
        };
        let threads: Vec<_> =
            records.chunks(share).map(|share| (share.len(), scope.spawn(move || check(share)))).collect();
        let results = threads.into_iter();
        results.flat_map(|(len, thread)| thread.join().unwrap_or_else(|_| vec![false; len])).collect()
    });
    let mut kept = BTreeMap::new();
    let mut dropped = Vec::new();
    for (record, is_sound) in records.into_iter().zip(sound) {
        if is_sound {
            kept.insert(record.frame, record);
        } else {
            dropped.push(record.frame);
        }
    }
    (kept, dropped)
}
