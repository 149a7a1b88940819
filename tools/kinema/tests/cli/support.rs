//! Runs the program and compares what it leaves.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::shots;

/// Nothing these tests start takes longer, unless it hangs.
const DEADLINE: Duration = Duration::from_secs(180);

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Writes `text` as a shot into `folder` and returns its path.
pub fn shot_in(folder: &Path, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join("tiny.shot.ron");
    fs::write(&path, text).expect("a shot is written");
    path
}

/// The program with its arguments.
pub fn kinema<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kinema"));
    command.args(arguments);
    command
}

/// `kinema render SHOT --out OUT --format png --json` with a single kind of file per frame.
pub fn render(shot: &Path, out: &Path) -> Command {
    let mut command = kinema(["render"]);
    command.arg(shot).arg("--out").arg(out).args(["--format", "png", "--json"]);
    command
}

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// The exit status, a part of what standard error says, and that nobody sees a panic.
    #[track_caller]
    pub fn must(&self, code: i32, part: &str) {
        assert_eq!(self.code(), Some(code), "{self:#?}");
        assert!(self.stderr.contains(part), "standard error does not say `{part}`: {self:#?}");
        for panic in ["internal error", "thread '"] {
            assert!(!self.stderr.lines().any(|line| line.starts_with(panic)), "{self:#?}");
        }
    }

    /// The JSON objects on standard output.
    pub fn events(&self) -> Vec<serde_json::Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("a JSON object on every line")).collect()
    }

    /// The events of one kind.
    pub fn events_of(&self, kind: &str) -> Vec<serde_json::Value> {
        self.events().into_iter().filter(|event| event["kind"] == kind).collect()
    }
}

/// Runs to the end.
pub fn run(command: &mut Command) -> Ran {
    let files = folder();
    let (out, err) = (files.path().join("out"), files.path().join("err"));
    command.stdin(Stdio::null());
    command.stdout(fs::File::create(&out).expect("a file")).stderr(fs::File::create(&err).expect("a file"));
    let mut child = command.spawn().expect("the program starts");
    let status = wait(&mut child);
    let text = |path| String::from_utf8(fs::read(path).expect("a file")).expect("UTF-8");
    Ran { status, stdout: text(&out), stderr: text(&err) }
}

fn wait(child: &mut Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if started.elapsed() > DEADLINE {
            child.kill().expect("killed");
            panic!("the program hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A program whose events are read while it runs.
pub struct Running {
    pub child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    events: String,
    stderr: PathBuf,
    _files: TempDir,
}

impl Running {
    pub fn start(command: &mut Command) -> Self {
        let files = folder();
        let stderr = files.path().join("err");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(fs::File::create(&stderr).expect("a file"));
        let mut child = command.spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines, events: String::new(), stderr, _files: files }
    }

    /// Waits for the next event of this kind; false if the program ends before.
    pub fn wait_for(&mut self, kind: &str) -> bool {
        for line in self.lines.by_ref() {
            let line = line.expect("UTF-8");
            let found = line.contains(&format!("\"kind\":\"{kind}\""));
            self.events.push_str(&line);
            self.events.push('\n');
            if found {
                return true;
            }
        }
        false
    }

    /// Waits for the end.
    pub fn finish(mut self) -> Ran {
        self.wait_for("no event is called this, so all are read");
        let status = wait(&mut self.child);
        Ran { status, stdout: self.events, stderr: fs::read_to_string(&self.stderr).expect("UTF-8") }
    }
}

/// Every file below `out`, by relative path, but the lock and the journal, whose lines come in any order.
pub fn files_below(out: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut files, mut folders) = (BTreeMap::new(), vec![out.to_path_buf()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().is_some_and(|name| name != ".kinema.lock" && name != "journal.jsonl") {
                let bytes = fs::read(&path).expect("a file");
                files.insert(path.strip_prefix(out).expect("below").to_path_buf(), bytes);
            }
        }
    }
    files
}

/// Frame numbers of the journal's complete lines, in their order.
pub fn journal_frames(out: &Path) -> Vec<i64> {
    let text = fs::read(out.join("journal.jsonl")).unwrap_or_default();
    let lines = text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let lines = lines.map(|line| serde_json::from_slice::<serde_json::Value>(line).expect("a complete line is sound"));
    lines.filter_map(|line| line["frame"]["frame"].as_i64()).collect()
}

/// What an undisturbed render of [`shots::moving`] leaves; made once for all tests.
pub fn undisturbed() -> &'static BTreeMap<PathBuf, Vec<u8>> {
    static FILES: OnceLock<BTreeMap<PathBuf, Vec<u8>>> = OnceLock::new();
    FILES.get_or_init(|| {
        let folder = folder();
        let shot = shot_in(folder.path(), shots::moving());
        let out = folder.path().join("out");
        let ran = run(&mut render(&shot, &out));
        ran.must(0, "");
        let files = files_below(&out);
        let frames = files.keys().filter(|path| path.starts_with("frames")).count();
        assert_eq!(frames, shots::MOVING_FRAMES, "{:?}", files.keys());
        files
    })
}

/// Same names, same bytes; says which file differs.
#[track_caller]
pub fn must_equal(found: &BTreeMap<PathBuf, Vec<u8>>, expected: &BTreeMap<PathBuf, Vec<u8>>) {
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected));
    for (path, bytes) in found {
        assert!(Some(bytes) == expected.get(path), "{} differs", path.display());
    }
}
