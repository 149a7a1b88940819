//! ffmpeg as a child process: a border for crashes and for licences.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::error::ExportError;

/// How much of ffmpeg's complaints an error repeats.
const LAST_LINES: usize = 8;
/// How often an ending ffmpeg is looked at. Affects no byte of any output.
const POLL: Duration = Duration::from_millis(5);

/// An ffmpeg that starts, and what it can encode.
pub(crate) struct Ffmpeg {
    pub program: PathBuf,
    /// As it calls itself, for instance `5.1.9-0+deb12u1`.
    pub version: String,
    encoders: BTreeSet<String>,
}

impl Ffmpeg {
    /// Asks the given program, or `ffmpeg` on the search path, for its version and encoders.
    pub fn find(program: Option<&Path>) -> Result<Self, ExportError> {
        let program = program.unwrap_or(Path::new("ffmpeg")).to_path_buf();
        let missing = |source| ExportError::FfmpegMissing { program: program.clone(), source };
        let output = Command::new(&program).arg("-encoders").stdin(Stdio::null()).output().map_err(missing)?;
        if !output.status.success() {
            return Err(missing(io::Error::other(format!("`-encoders` ended with {}", output.status))));
        }
        let banner = String::from_utf8_lossy(&output.stderr);
        let version = banner.split_once("ffmpeg version ").and_then(|(_, rest)| rest.split_whitespace().next());
        let version = version.unwrap_or("of unknown version").to_owned();
        let listing = String::from_utf8_lossy(&output.stdout);
        let encoders = listing.lines().filter_map(|line| line.split_whitespace().nth(1)).map(str::to_owned).collect();
        Ok(Self { program, version, encoders })
    }

    pub fn has_encoder(&self, name: &str) -> bool {
        self.encoders.contains(name)
    }

    /// Runs one encoding. `next` fills the buffer with the next file for ffmpeg's standard input and returns `false`
    /// when there is none left. `shown_path` is the movie an error is about. Returns the number of frames ffmpeg wrote.
    pub fn encode(
        &self,
        arguments: &[OsString],
        shown_path: &Path,
        stop: &AtomicBool,
        mut next: impl FnMut(&mut Vec<u8>) -> Result<bool, ExportError>,
    ) -> Result<u64, ExportError> {
        let mut command = Command::new(&self.program);
        command.args(["-v", "error", "-nostats", "-nostdin", "-y", "-progress", "pipe:1"]).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Only errors from the AV1 encoder too, which does not listen to `-v`.
        command.env("SVT_LOG", "1").env("AV_LOG_FORCE_NOCOLOR", "1");
        own_process_group(&mut command);
        let child = command.spawn();
        let mut child = child.map_err(|source| ExportError::FfmpegMissing { program: self.program.clone(), source })?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        thread::scope(|scope| {
            let complaints = scope.spawn(move || stderr.map(last_lines).unwrap_or_default());
            let frames = scope.spawn(move || stdout.map(frames_reported).unwrap_or_default());
            let fed = feed(&mut child, stop, &mut next);
            if fed.is_err() {
                // It may be gone already; then there is nothing to kill.
                let _ = child.kill();
            }
            let ended = wait(&mut child, stop);
            let last_lines = complaints.join().unwrap_or_default();
            fed?;
            let failed = |status| ExportError::FfmpegFailed { path: shown_path.into(), status, last_lines };
            match ended {
                Some(status) if stop.load(Ordering::Acquire) && !status.success() => Err(ExportError::Stopped),
                Some(status) if status.success() => Ok(frames.join().unwrap_or_default()),
                status => Err(failed(status)),
            }
        })
    }
}

/// A Ctrl-C on the terminal goes to every process of the group. ffmpeg must not die of it on its own: whether to stop
/// is the caller's decision, made through the stop flag.
pub(crate) fn own_process_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(not(unix))]
    let _ = command;
}

/// Writes everything to ffmpeg's standard input and closes it. An ffmpeg that ends early is not an error here: its exit
/// status and its own words say more than the broken pipe.
fn feed(
    child: &mut Child,
    stop: &AtomicBool,
    next: &mut impl FnMut(&mut Vec<u8>) -> Result<bool, ExportError>,
) -> Result<(), ExportError> {
    let Some(mut stdin) = child.stdin.take() else { return Ok(()) };
    let mut buffer = Vec::new();
    loop {
        if stop.load(Ordering::Acquire) {
            return Err(ExportError::Stopped);
        }
        buffer.clear();
        if !next(&mut buffer)? || stdin.write_all(&buffer).is_err() {
            return Ok(());
        }
    }
}

fn wait(child: &mut Child, stop: &AtomicBool) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if stop.load(Ordering::Acquire) => {
                let _ = child.kill();
                return child.wait().ok();
            }
            Ok(None) => thread::sleep(POLL),
            Err(_) => return None,
        }
    }
}

/// What a program said last, at most a few lines.
pub(crate) fn last_lines(stderr: impl Read) -> Vec<String> {
    let mut lines = VecDeque::with_capacity(LAST_LINES);
    let mut reader = BufReader::new(stderr);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        if !text.is_empty() {
            if lines.len() == LAST_LINES {
                lines.pop_front();
            }
            lines.push_back(text);
        }
        line.clear();
    }
    lines.into()
}

/// The last `frame=` of ffmpeg's progress report.
fn frames_reported(stdout: impl Read) -> u64 {
    let lines = BufReader::new(stdout).lines().map_while(Result::ok);
    lines.filter_map(|line| line.strip_prefix("frame=")?.trim().parse().ok()).last().unwrap_or_default()
}

/// `file:` keeps ffmpeg from reading a protocol or an option into a path.
pub(crate) fn file_url(path: &Path) -> OsString {
    let mut url = OsString::from("file:");
    url.push(path);
    url
}
