//! Reads BVH files (Biovision Hierarchy; there is no standard, this follows M. Meredith and S. Maddock, "Motion capture
//! file formats explained", University of Sheffield CS-01-11, 2001). Angles are degrees and channels apply in the order
//! they are listed, as products from left to right.
//!
//! What a file can get wrong without losing the motion is repaired and told as a warning; everything else is an error
//! with its line.

use std::path::Path;

use bevy::math::{DQuat, DVec3};

use super::{
    clip::{Clip, Loaded, Skeleton},
    error::{ClipError, read_file},
};

const MOST_BYTES: u64 = 512 << 20;
const MOST_JOINTS: usize = 2_000;
/// Joints times frames: half an hour of sixty joints at 120 Hz fits.
const MOST_ROTATIONS: usize = 16_000_000;
/// Assumed where a file does not say how long a frame lasts.
const USUAL_RATE_HZ: f64 = 30.0;
const RATES_HZ: std::ops::RangeInclusive<f64> = 0.1..=10_000.0;

/// Reads a file.
pub fn read(file: &Path) -> Result<Loaded, ClipError> {
    parse(&read_file(file, MOST_BYTES)?, file)
}

/// What one number of a frame means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Channel {
    Position(usize),
    Rotation(usize),
    Unknown,
}

#[derive(Default)]
struct Hierarchy {
    skeleton: Skeleton,
    channels: Vec<(usize, Channel)>,
    warnings: Vec<String>,
}

/// Reads the bytes of a file; `file` is only used in messages.
pub fn parse(bytes: &[u8], file: &Path) -> Result<Loaded, ClipError> {
    let text = String::from_utf8_lossy(bytes);
    let mut words = Words { file, lines: text.lines().enumerate(), line: 0, rest: "" };
    words.expect("HIERARCHY")?;
    let mut hierarchy = Hierarchy::default();
    hierarchy.read(&mut words)?;
    words.expect("MOTION")?;
    let declared = words.labelled("Frames:")?;
    let declared =
        declared.parse::<usize>().map_err(|_| words.error(format!("`{declared}` is not a number of frames")))?;
    words.expect("Frame")?;
    let frame_secs = words.labelled("Time:")?;
    let frame_secs: f64 = frame_secs.parse().unwrap_or(f64::NAN);
    let mut rate_hz = 1.0 / frame_secs;
    if !RATES_HZ.contains(&rate_hz) {
        hierarchy.warnings.push(format!(
            "line {}: a frame of {frame_secs} s; {USUAL_RATE_HZ} frames a second are assumed",
            words.line
        ));
        rate_hz = USUAL_RATE_HZ;
    }
    let mut rows = hierarchy.frames(&mut words, declared)?;
    let (joints, frames) = (hierarchy.skeleton.len(), rows.len().checked_div(hierarchy.channels.len()).unwrap_or(0));
    if frames == 0 {
        return Err(words.error("there is no frame; export the motion, not only the skeleton"));
    }
    if joints.saturating_mul(frames) > MOST_ROTATIONS {
        let message = format!("{frames} frames of {joints} joints are more than can be used; cut the motion");
        return Err(words.error(message));
    }
    rows.truncate(frames * hierarchy.channels.len());
    Ok(hierarchy.finish(&rows, frames, rate_hz))
}

struct Words<'a> {
    file: &'a Path,
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
    line: usize,
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        loop {
            let rest = self.rest.trim_start();
            if !rest.is_empty() {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (word, rest) = rest.split_at(end);
                self.rest = rest;
                return Some(word);
            }
            let (index, line) = self.lines.next()?;
            (self.line, self.rest) = (index + 1, line);
        }
    }

    /// The rest of the current line up to an opening brace: names may hold spaces.
    fn name(&mut self) -> &'a str {
        let (name, rest) = self.rest.split_at(self.rest.find('{').unwrap_or(self.rest.len()));
        self.rest = rest;
        name.trim()
    }

    fn error(&self, message: impl Into<String>) -> ClipError {
        ClipError::form(self.file, self.line.max(1), message)
    }

    fn word(&mut self, what: &str) -> Result<&'a str, ClipError> {
        self.next()
            .ok_or_else(|| self.error(format!("the file ends where {what} is expected; copy or export it again")))
    }

    fn expect(&mut self, keyword: &str) -> Result<(), ClipError> {
        let word = self.word(&format!("`{keyword}`"))?;
        if word.eq_ignore_ascii_case(keyword) {
            return Ok(());
        }
        Err(self.error(format!("expected `{keyword}`, found `{}`", shown(word))))
    }

    /// The value behind a label, which some programs write without a space between.
    fn labelled(&mut self, label: &str) -> Result<&'a str, ClipError> {
        let word = self.word(&format!("`{label}`"))?;
        match word.get(..label.len()) {
            Some(head) if head.eq_ignore_ascii_case(label) => match word.get(label.len()..) {
                Some(value) if !value.is_empty() => Ok(value),
                _ => self.word(&format!("a value for `{label}`")),
            },
            _ => Err(self.error(format!("expected `{label}`, found `{}`", shown(word)))),
        }
    }

    fn offset(&mut self) -> Result<DVec3, ClipError> {
        let mut offset = DVec3::ZERO;
        for axis in 0..3 {
            let word = self.word("a number")?;
            offset[axis] = word
                .parse()
                .ok()
                .filter(|number: &f64| number.abs() < 1e9)
                .ok_or_else(|| self.error(format!("`{}` is not an offset", shown(word))))?;
        }
        Ok(offset)
    }
}

/// A word short enough for a message.
fn shown(word: &str) -> String {
    word.chars().take(40).collect()
}

impl Hierarchy {
    /// Everything up to the end of the root's block. The open blocks are a list, not a recursion, so that depth costs
    /// memory alone.
    fn read(&mut self, words: &mut Words) -> Result<(), ClipError> {
        words.expect("ROOT")?;
        let root = words.name();
        self.joint(root, None, words)?;
        words.expect("{")?;
        let mut open = vec![0_usize];
        while let Some(&joint) = open.last() {
            let word = words.word("`}`")?;
            match word.to_ascii_uppercase().as_str() {
                "OFFSET" => {
                    let offset = words.offset()?;
                    if let Some(slot) = self.skeleton.offsets.get_mut(joint) {
                        *slot = offset;
                    }
                }
                "CHANNELS" => self.channels_of(joint, words)?,
                "JOINT" => {
                    let name = words.name();
                    open.push(self.joint(name, Some(joint), words)?);
                    words.expect("{")?;
                }
                "END" => {
                    words.name();
                    words.expect("{")?;
                    let mut end = DVec3::ZERO;
                    loop {
                        match words.word("`}`")? {
                            "}" => break,
                            word if word.eq_ignore_ascii_case("OFFSET") => end = words.offset()?,
                            word => return Err(words.error(format!("expected `}}`, found `{}`", shown(word)))),
                        }
                    }
                    // The tip of a chain is a joint that does not turn: it gives hands, feet and head their direction.
                    let tip = self.joint("", Some(joint), words)?;
                    if let Some(slot) = self.skeleton.offsets.get_mut(tip) {
                        *slot = end;
                    }
                }
                "}" => {
                    open.pop();
                }
                _ => {
                    return Err(
                        words.error(format!("expected JOINT, OFFSET, CHANNELS or `}}`, found `{}`", shown(word)))
                    );
                }
            }
        }
        Ok(())
    }

    fn joint(&mut self, name: &str, parent: Option<usize>, words: &Words) -> Result<usize, ClipError> {
        let joint = self.skeleton.len();
        if joint >= MOST_JOINTS {
            return Err(words.error(format!("more than {MOST_JOINTS} joints; this is not the skeleton of a person")));
        }
        let mut own = shown(name);
        if own.is_empty() {
            let above = parent.and_then(|parent| self.skeleton.names.get(parent)).map_or("joint", String::as_str);
            own = format!("{above} end");
        } else if self.skeleton.names.contains(&own) {
            self.warnings
                .push(format!("line {}: a second joint `{own}`; it keeps its motion but not its name", words.line));
            own = format!("{own} {joint}");
        }
        self.skeleton.names.push(own);
        self.skeleton.parents.push(parent);
        self.skeleton.rotations.push(DQuat::IDENTITY);
        self.skeleton.offsets.push(DVec3::ZERO);
        Ok(joint)
    }

    fn channels_of(&mut self, joint: usize, words: &mut Words) -> Result<(), ClipError> {
        let word = words.word("the number of channels")?;
        let count: usize = word
            .parse()
            .ok()
            .filter(|count| *count <= 12)
            .ok_or_else(|| words.error(format!("`{}` is not a number of channels", shown(word))))?;
        for _ in 0..count {
            let word = words.word("a channel")?;
            let channel = match word.to_ascii_lowercase().as_str() {
                "xposition" => Channel::Position(0),
                "yposition" => Channel::Position(1),
                "zposition" => Channel::Position(2),
                "xrotation" => Channel::Rotation(0),
                "yrotation" => Channel::Rotation(1),
                "zrotation" => Channel::Rotation(2),
                "offset" | "joint" | "{" | "}" | "end" => {
                    return Err(words.error(format!("expected {count} channels, found `{word}` before the last one")));
                }
                _ => {
                    self.warnings.push(format!(
                        "line {}: the channel `{}` is not known and not used",
                        words.line,
                        shown(word)
                    ));
                    Channel::Unknown
                }
            };
            self.channels.push((joint, channel));
        }
        Ok(())
    }

    /// All numbers of all frames; broken ones are replaced by those of the frame before.
    fn frames(&mut self, words: &mut Words, declared: usize) -> Result<Vec<f64>, ClipError> {
        let width = self.channels.len();
        let first_line = words.line + 1;
        let mut rows: Vec<f64> = Vec::new();
        let (mut broken, mut first_broken) = (0_usize, 0);
        let most = declared.saturating_mul(width);
        while let Some(word) = words.next() {
            if rows.len() >= most {
                self.warnings.push(format!(
                    "line {}: there is more than the {declared} frames that are declared; the rest is not used",
                    words.line
                ));
                break;
            }
            let value = word.parse::<f64>();
            let Ok(value) = value else {
                return Err(words.error(format!("`{}` is not a number", shown(word))));
            };
            let usable = value.abs() < 1e9;
            if !usable {
                (broken, first_broken) = (broken + 1, if broken == 0 { words.line } else { first_broken });
            }
            let before = rows.len().checked_sub(width).and_then(|at| rows.get(at)).copied().unwrap_or(0.0);
            rows.push(if usable { value } else { before });
            if rows.len() > MOST_ROTATIONS.saturating_mul(3) {
                return Err(words.error("the motion is longer than can be used; cut it"));
            }
        }
        if broken > 0 {
            self.warnings.push(format!(
                "line {first_broken}: {broken} values are not finite; those of the frame before are used"
            ));
        }
        let frames = rows.len().checked_div(width).unwrap_or(0);
        if frames < declared {
            self.warnings.push(format!(
                "from line {first_line}: {frames} whole frames instead of the {declared} that are declared"
            ));
        }
        Ok(rows)
    }

    fn finish(self, rows: &[f64], frames: usize, rate_hz: f64) -> Loaded {
        let Self { skeleton, channels, warnings } = self;
        let joints = skeleton.len();
        let mut rotations = vec![DQuat::IDENTITY; joints * frames];
        let mut moves: Vec<(usize, Vec<DVec3>)> = Vec::new();
        for &(joint, channel) in &channels {
            if matches!(channel, Channel::Position(_)) && moves.last().is_none_or(|(last, _)| *last != joint) {
                let rest = skeleton.offsets.get(joint).copied().unwrap_or(DVec3::ZERO);
                moves.push((joint, vec![rest; frames]));
            }
        }
        for (frame, row) in rows.chunks_exact(channels.len().max(1)).enumerate() {
            for (&(joint, channel), &value) in channels.iter().zip(row) {
                match channel {
                    Channel::Rotation(axis) => {
                        let turn = DQuat::from_axis_angle(DVec3::AXES[axis], value.to_radians());
                        if let Some(slot) = rotations.get_mut(frame * joints + joint) {
                            *slot *= turn;
                        }
                    }
                    Channel::Position(axis) => {
                        let places = moves.iter_mut().find(|(moving, _)| *moving == joint);
                        if let Some(place) = places.and_then(|(_, places)| places.get_mut(frame)) {
                            place[axis] = value;
                        }
                    }
                    Channel::Unknown => {}
                }
            }
        }
        for rotation in &mut rotations {
            *rotation = rotation.normalize();
        }
        Loaded { clip: Clip { rest: skeleton, rate_hz, rotations, moves }, warnings }
    }
}
