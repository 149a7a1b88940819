//! Frames as they are typed: `0..24`, `0..=23`, `7`.

use std::ops::Range;
use std::str::FromStr;

/// A range of frames with at least one frame in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameRange(pub Range<i64>);

impl FromStr for FrameRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = |word: &str| {
            word.trim().parse::<i64>().ok().filter(|frame| (0..i64::from(u32::MAX)).contains(frame)).ok_or_else(|| {
                format!("`{word}` is not a frame number; write 0..24 for frames 0 to 23, 0..=23 for the same, or 7 for one frame")
            })
        };
        let range = match text.split_once("..") {
            None => {
                let frame = whole(text)?;
                frame..frame + 1
            }
            Some((start, end)) => match end.strip_prefix('=') {
                Some(last) => whole(start)?..whole(last)? + 1,
                None => whole(start)?..whole(end)?,
            },
        };
        if range.is_empty() {
            return Err(format!(
                "{text} names no frame: A..B stops before B; write {start}..{after} or {start} for one frame",
                start = range.start,
                after = range.start + 1
            ));
        }
        Ok(Self(range))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_name_frames() {
        let range = |text: &str| text.parse::<FrameRange>().map(|range| range.0);
        assert_eq!(range("0..24"), Ok(0..24));
        assert_eq!(range("0..=23"), Ok(0..24));
        assert_eq!(range("7"), Ok(7..8));
        assert_eq!(range("5..=5"), Ok(5..6));
    }

    #[test]
    fn what_names_no_frame_is_refused() {
        for text in ["", "..", "0..", "..4", "a..b", "-3..2", "1.5", "0...4", "9999999999999999999", "4294967296"] {
            let error = text.parse::<FrameRange>().expect_err(text);
            assert!(error.contains("is not a frame number"), "{text}: {error}");
        }
        for text in ["5..5", "5..4", "5..=4"] {
            let error = text.parse::<FrameRange>().expect_err(text);
            assert!(error.ends_with("write 5..6 or 5 for one frame"), "{text}: {error}");
        }
    }
}
