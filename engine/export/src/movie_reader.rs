//! Movies in: frames of a stranger's video, one after the other, decoded by ffmpeg as a child process.
//!
//! ffmpeg turns the picture upright as the file says, makes pixels square, and repeats or drops frames where a phone did
//! not hold its rate. Through the pipe comes YUV4MPEG2 (`yuv4mpeg(5)` of the mjpegtools), because it says its size and its
//! rate itself: 4:4:4, 8 bits, full range, matrix of BT.709.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use kinema_core::FrameRate;

use crate::error::ExportError;
use crate::ffmpeg::{file_url, last_lines, own_process_group};

/// A movie that is being read. Holds one frame at a time, whatever the length of the movie.
#[derive(Debug)]
pub struct MovieReader {
    path: PathBuf,
    program: PathBuf,
    child: Child,
    stream: BufReader<ChildStdout>,
    complaints: Option<JoinHandle<Vec<String>>>,
    problems: Vec<String>,
    size: (usize, usize),
    rate: FrameRate,
    frames_read: usize,
    planes: Vec<u8>,
}

/// Lines of a stream that is no YUV4MPEG2 are not read for ever.
const LONGEST_LINE: u64 = 512;

impl MovieReader {
    /// Opens a movie; larger frames are made smaller until no side is longer than `longest_side_px`. `ffmpeg` is the
    /// program, `ffmpeg` on the search path if absent.
    ///
    /// # Errors
    /// [`ExportError::FfmpegMissing`]; [`ExportError::MovieUnreadable`] with ffmpeg's own words when there is no frame.
    pub fn open(path: &Path, longest_side_px: u32, ffmpeg: Option<&Path>) -> Result<Self, ExportError> {
        std::fs::File::open(path).map_err(ExportError::io("read", path))?;
        let program = ffmpeg.unwrap_or(Path::new("ffmpeg")).to_path_buf();
        let mut command = Command::new(&program);
        command.args(["-v", "error", "-nostdin", "-i"]).arg(file_url(path)).args(arguments(longest_side_px));
        command.env("AV_LOG_FORCE_NOCOLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        own_process_group(&mut command);
        let missing = |source| ExportError::FfmpegMissing { program: program.clone(), source };
        let mut child = command.spawn().map_err(missing)?;
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(missing(io::Error::other("it has no output")));
        };
        let mut reader = Self {
            path: path.to_path_buf(),
            program,
            child,
            stream: BufReader::new(stdout),
            complaints: Some(thread::spawn(move || last_lines(stderr))),
            problems: Vec::new(),
            size: (0, 0),
            rate: FrameRate::FILM,
            frames_read: 0,
            planes: Vec::new(),
        };
        let header = reader.line()?;
        let Some((size, rate)) = header.as_deref().and_then(parse_header) else {
            return Err(reader.unreadable());
        };
        (reader.size, reader.rate) = (size, rate);
        reader.planes.resize(3 * size.0 * size.1, 0);
        Ok(reader)
    }

    /// How many frames [`open`](Self::open) would give, by decoding them all: what a file says of its own length is often
    /// wrong, above all when it was cut off.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`next_frame`](Self::next_frame).
    pub fn count(path: &Path, ffmpeg: Option<&Path>) -> Result<usize, ExportError> {
        const SMALL_PX: u32 = 16;
        let mut reader = Self::open(path, SMALL_PX, ffmpeg)?;
        while reader.next_frame(&mut Vec::new())? {}
        Ok(reader.frames_read)
    }

    /// Width and height of every frame, pixels.
    pub fn size(&self) -> (usize, usize) {
        self.size
    }

    /// Frames a second.
    pub fn rate(&self) -> FrameRate {
        self.rate
    }

    /// Frames that were read so far.
    pub fn frames_read(&self) -> usize {
        self.frames_read
    }

    /// What ffmpeg complained of, once the last frame is read; empty for a sound file. A file that ends early has fewer
    /// frames and says so here.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// Reads the next frame: red, green, blue, 8 bits each, encoded as the movie's transfer has them (close to sRGB), rows
    /// from the top. `false` when there is none left; then [`problems`](Self::problems) is complete.
    ///
    /// # Errors
    /// [`ExportError::MovieUnreadable`] when not one frame could be read.
    pub fn next_frame(&mut self, rgb: &mut Vec<u8>) -> Result<bool, ExportError> {
        let is_frame = self.line()?.is_some_and(|line| line.starts_with("FRAME"));
        // A frame that is cut off in the pipe was cut off with ffmpeg itself; what it said comes with the end.
        if !is_frame || self.stream.read_exact(&mut self.planes).is_err() {
            self.finish();
            return if self.frames_read == 0 { Err(self.unreadable()) } else { Ok(false) };
        }
        rgb_from_planes(&self.planes, rgb);
        self.frames_read += 1;
        Ok(true)
    }

    fn line(&mut self) -> Result<Option<String>, ExportError> {
        let mut line = Vec::new();
        let mut limited = (&mut self.stream).take(LONGEST_LINE);
        limited.read_until(b'\n', &mut line).map_err(ExportError::io("read from ffmpeg", &self.path))?;
        Ok((!line.is_empty()).then(|| String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    fn finish(&mut self) {
        let Some(complaints) = self.complaints.take() else { return };
        let ended = self.child.wait();
        self.problems = complaints.join().unwrap_or_default();
        if let Ok(status) = ended
            && !status.success()
        {
            self.problems.push(format!("{} ended with {status}", self.program.display()));
        }
    }

    fn unreadable(&mut self) -> ExportError {
        // It has written what is no movie, or nothing; it may be gone already.
        let _ = self.child.kill();
        self.finish();
        ExportError::MovieUnreadable { path: self.path.clone(), last_lines: self.problems.clone() }
    }
}

impl Drop for MovieReader {
    fn drop(&mut self) {
        // Who stops reading in the middle leaves an ffmpeg that waits for its pipe.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn arguments(longest_side_px: u32) -> Vec<OsString> {
    // `V` passes over covers and thumbnails, which are streams of one picture.
    let share = format!("min(1\\,{longest_side_px}/max(iw*sar\\,ih))");
    let side = |length: &str| format!("max(1\\,round({length}*{share}))");
    let filter = format!(
        "scale=w={}:h={}:out_color_matrix=bt709:out_range=pc:flags=area+accurate_rnd+full_chroma_int,setsar=1",
        side("iw*sar"),
        side("ih")
    );
    let words =
        ["-map", "0:V:0", "-vf", &filter, "-pix_fmt", "yuv444p", "-strict", "-1", "-f", "yuv4mpegpipe", "pipe:1"];
    words.map(OsString::from).to_vec()
}

/// `YUV4MPEG2 W1920 H1080 F30000:1001 Ip A1:1 C444 ...`
fn parse_header(line: &str) -> Option<((usize, usize), FrameRate)> {
    let mut words = line.strip_prefix("YUV4MPEG2 ")?.split(' ');
    let of = |tag: char| words.clone().find_map(|word| word.strip_prefix(tag));
    let (width, height): (usize, usize) = (of('W')?.parse().ok()?, of('H')?.parse().ok()?);
    let (num, den) = of('F')?.split_once(':')?;
    let is_444 = words.any(|word| word.starts_with("C444") && !word.starts_with("C444p"));
    let rate = FrameRate::new(num.parse().ok()?, den.parse().ok()?).ok()?;
    (width > 0 && height > 0 && is_444).then_some(((width, height), rate))
}

/// BT.709 with full range, Rec. ITU-R BT.709-6 item 3.
fn rgb_from_planes(planes: &[u8], rgb: &mut Vec<u8>) {
    let (luma, chroma) = planes.split_at(planes.len() / 3);
    let (blue, red) = chroma.split_at(chroma.len() / 2);
    rgb.clear();
    rgb.reserve(planes.len());
    for ((&y, &cb), &cr) in luma.iter().zip(blue).zip(red) {
        let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
        let parts = [y + 1.574_8 * cr, y - 0.187_324 * cb - 0.468_124 * cr, y + 1.855_6 * cb];
        // The conversion saturates: below 0 is 0, above 255 is 255.
        rgb.extend(parts.map(|v| (v + 0.5) as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_says_size_and_rate_or_is_none() {
        let rate = FrameRate::new(30_000, 1001).expect("a rate");
        assert_eq!(parse_header("YUV4MPEG2 W96 H64 F30000:1001 Ip A1:1 C444 XYSCSS=444"), Some(((96, 64), rate)));
        for wrong in
            ["YUV4MPEG2 W96 H64 F30:1 Ip C420", "YUV4MPEG2 W96 F30:1 C444", "P6", "YUV4MPEG2 W96 H64 F0:0 C444"]
        {
            assert_eq!(parse_header(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn pure_colours_come_out_of_the_matrix() {
        let mut rgb = Vec::new();
        // White, black, red and blue of the full range.
        rgb_from_planes(&[255, 0, 54, 18, 128, 128, 99, 255, 128, 128, 255, 116], &mut rgb);
        let near = [255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255];
        assert!(rgb.iter().zip(near).all(|(&got, want)| i32::from(got).abs_diff(want) <= 2), "{rgb:?}");
    }
}
