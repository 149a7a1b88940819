//! `journal.jsonl`: one line per commit, appended and synced. The only place that says a frame exists.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::commit::{NewFile, commit};
use crate::digest::sha256_of_file;
use crate::error::ExportError;
use crate::identity::JournalHeader;
use crate::settings::MovieFormat;

pub(crate) const JOURNAL_NAME: &str = "journal.jsonl";

/// One committed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// Relative to the output folder, with `/`.
    pub path: String,
    /// Names of the planes in an EXR file; empty for everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planes: Vec<String>,
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

impl FileRecord {
    /// Where the file lies, or `None` if a forged journal points out of the output folder.
    pub(crate) fn absolute(&self, out_dir: &Path) -> Option<PathBuf> {
        let relative = Path::new(&self.path);
        let stays_inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
        (stays_inside && !self.path.is_empty()).then(|| out_dir.join(relative))
    }

    /// Whether the file on disk still is what was committed. Any doubt is a no.
    pub(crate) fn verifies(&self, out_dir: &Path) -> bool {
        let Some(path) = self.absolute(out_dir) else { return false };
        let same_length = path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == self.bytes);
        same_length && sha256_of_file(&path).is_ok_and(|(_, sha256)| sha256 == self.sha256)
    }
}

/// One committed frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRecord {
    pub frame: i64,
    pub files: Vec<FileRecord>,
}

/// One finished movie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovieRecord {
    pub format: MovieFormat,
    #[serde(flatten)]
    pub file: FileRecord,
    /// The encoder that made it, for instance `libx264 (ffmpeg 5.1.9)`.
    pub encoder: String,
    /// First and last frame shown, both inclusive.
    pub frames: [i64; 2],
    /// Width and height in pixels; may differ from the frames' by the notes below.
    pub size: [u32; 2],
    /// What was done to the pictures besides encoding them.
    pub notes: Vec<String>,
    /// SHA-256 over the frames' hashes and the way of encoding: equal inputs need no second encoding.
    pub inputs_sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Frame(FrameRecord),
    Movie(MovieRecord),
}

/// What an earlier export left.
pub(crate) struct JournalContent {
    pub header: JournalHeader,
    pub frames: BTreeMap<i64, FrameRecord>,
    /// By path.
    pub movies: BTreeMap<String, MovieRecord>,
    /// Complete lines that cannot be read. Their frames are rendered again.
    pub damaged_lines: usize,
    /// Length up to and including the last complete line.
    sound_bytes: u64,
}

/// The journal, open for appending.
pub(crate) struct Journal {
    path: PathBuf,
    file: File,
}

impl Journal {
    /// Reads the journal in `out_dir`; `None` if there is none. A torn last line, left by a kill during the write,
    /// counts for nothing.
    pub fn read(out_dir: &Path) -> Result<Option<JournalContent>, ExportError> {
        let path = out_dir.join(JOURNAL_NAME);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(ExportError::io("read", &path))?,
        };
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).map_err(ExportError::io("read", &path))?;
        let header = serde_json::from_slice(&line).map_err(|error| ExportError::JournalDamaged {
            path: path.clone(),
            problem: format!("its first line is not a header ({error})"),
        })?;
        let mut content = JournalContent {
            header,
            frames: BTreeMap::new(),
            movies: BTreeMap::new(),
            damaged_lines: 0,
            sound_bytes: line.len() as u64,
        };
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line).map_err(ExportError::io("read", &path))?;
            if line.last() != Some(&b'\n') {
                return Ok(Some(content));
            }
            content.sound_bytes += line.len() as u64;
            match serde_json::from_slice(&line) {
                Ok(Line::Frame(record)) => {
                    content.frames.insert(record.frame, record);
                }
                Ok(Line::Movie(record)) => {
                    content.movies.insert(record.file.path.clone(), record);
                }
                Err(_) => content.damaged_lines += 1,
            }
        }
    }

    /// Starts a journal with nothing but its header, atomically, replacing any other.
    pub fn create(out_dir: &Path, header: &JournalHeader) -> Result<Self, ExportError> {
        let path = out_dir.join(JOURNAL_NAME);
        let bytes = to_line(header).map_err(ExportError::io("write", &path))?;
        commit(out_dir, "new", &[NewFile::beside_the_journal(JOURNAL_NAME, bytes)])?;
        Self::open(path)
    }

    /// Goes on behind the last complete line of `content`.
    pub fn resume(out_dir: &Path, content: &JournalContent) -> Result<Self, ExportError> {
        let journal = Self::open(out_dir.join(JOURNAL_NAME))?;
        let cut = journal.file.set_len(content.sound_bytes).and_then(|()| journal.file.sync_all());
        cut.map_err(ExportError::io("write", &journal.path))?;
        Ok(journal)
    }

    fn open(path: PathBuf) -> Result<Self, ExportError> {
        let file = OpenOptions::new().append(true).open(&path).map_err(ExportError::io("open", &path))?;
        Ok(Self { path, file })
    }

    /// Says, for good, that a frame exists.
    pub fn add_frame(&mut self, record: &FrameRecord) -> Result<(), ExportError> {
        self.append(&Line::Frame(record.clone()))
    }

    /// Says, for good, that a movie exists.
    pub fn add_movie(&mut self, record: &MovieRecord) -> Result<(), ExportError> {
        self.append(&Line::Movie(record.clone()))
    }

    fn append(&mut self, line: &Line) -> Result<(), ExportError> {
        let sound_bytes = self.file.metadata().map(|metadata| metadata.len());
        let written = to_line(line).and_then(|bytes| {
            self.file.write_all(&bytes)?;
            self.file.sync_data()
        });
        if let (Err(_), Ok(length)) = (&written, sound_bytes) {
            // A full disk may have taken half the line. What follows must not be glued to it; if cutting fails too,
            // the next reader still ignores the torn end.
            let _ = self.file.set_len(length);
        }
        written.map_err(ExportError::io("write", &self.path))
    }
}

fn to_line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Identity;

    fn header() -> JournalHeader {
        JournalHeader {
            journal: JournalHeader::VERSION,
            base_name: "shot".into(),
            width: 4,
            height: 2,
            rate: "24/1".parse().expect("a rate"),
            identity: Identity {
                shot_sha256: "ab".into(),
                shot_name: "Shot".into(),
                build: "0.1.0".into(),
                driver: "none".into(),
                settings: serde_json::json!({"quality": "high"}),
            },
        }
    }

    fn record(frame: i64) -> FrameRecord {
        let file =
            FileRecord { path: format!("frames/shot.{frame:04}.png"), planes: vec![], bytes: 3, sha256: "cd".into() };
        FrameRecord { frame, files: vec![file] }
    }

    #[test]
    fn every_truncation_keeps_exactly_the_complete_lines_and_can_go_on() {
        let out = tempfile::tempdir().expect("a folder");
        let mut journal = Journal::create(out.path(), &header()).expect("created");
        journal.add_frame(&record(0)).expect("added");
        journal.add_frame(&record(1)).expect("added");
        drop(journal);
        let path = out.path().join(JOURNAL_NAME);
        let whole = std::fs::read(&path).expect("read");
        let ends: Vec<usize> =
            whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
        assert_eq!(ends.len(), 3);
        for length in ends[0]..=whole.len() {
            std::fs::write(&path, &whole[..length]).expect("truncated");
            let content = Journal::read(out.path()).expect("readable").expect("there");
            let complete = ends[1..].iter().filter(|end| **end <= length).count();
            assert_eq!(content.frames.len(), complete, "after {length} bytes");
            assert_eq!(content.damaged_lines, 0);
            let mut journal = Journal::resume(out.path(), &content).expect("resumed");
            journal.add_frame(&record(7)).expect("added");
            let content = Journal::read(out.path()).expect("readable").expect("there");
            assert_eq!((content.frames.len(), content.damaged_lines), (complete + 1, 0), "after {length} bytes");
        }
    }

    #[test]
    fn damage_inside_costs_one_line_and_a_damaged_header_is_an_error() {
        let out = tempfile::tempdir().expect("a folder");
        let mut journal = Journal::create(out.path(), &header()).expect("created");
        journal.add_frame(&record(0)).expect("added");
        journal.add_frame(&record(1)).expect("added");
        let path = out.path().join(JOURNAL_NAME);
        let text = std::fs::read_to_string(&path).expect("read");
        std::fs::write(&path, text.replacen("{\"frame\":{\"frame\":0", "{\"fra\u{0}\"", 1)).expect("damaged");
        let content = Journal::read(out.path()).expect("readable").expect("there");
        assert_eq!(content.header, header());
        assert_eq!((content.frames.keys().copied().collect::<Vec<_>>(), content.damaged_lines), (vec![1], 1));

        std::fs::write(&path, b"{\"journal\":").expect("damaged");
        let error = Journal::read(out.path()).err().expect("no header");
        assert!(error.to_string().contains("--overwrite"), "{error}");
    }

    #[test]
    fn forged_paths_never_leave_the_folder() {
        for path in ["../x", "/etc/passwd", "a/../../x", ""] {
            let file = FileRecord { path: path.into(), planes: vec![], bytes: 0, sha256: String::new() };
            assert_eq!(file.absolute(Path::new("/out")), None, "{path}");
        }
    }
}
