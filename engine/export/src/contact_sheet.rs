//! Twelve evenly spaced frames on one picture, shrunk by a box filter in linear light.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::Path;

use ::png::{BitDepth, Decoder};

use crate::commit::{NewFile, commit};
use crate::error::ExportError;
use crate::journal::{FileRecord, FrameRecord};
use crate::plan::Plan;
use crate::png::encode_rgb;
use crate::transfer::{linear_from_srgb16, srgb8_from_linear};

pub(crate) const CONTACT_SHEET_NAME: &str = "contact_sheet.png";

const COLUMNS: usize = 4;
const ROWS: usize = 3;
/// Longest side of a thumbnail. Small frames are never enlarged.
const THUMBNAIL_SIDE_PX: u32 = 320;
const GAP_PX: usize = 8;
/// 8-bit sRGB grey between the frames.
const BACKGROUND: u8 = 24;

/// Writes the sheet and returns its record; `None` if the export has no PNG to make it from.
pub(crate) fn write_contact_sheet(
    plan: &Plan,
    committed: &BTreeMap<i64, FrameRecord>,
) -> Result<Option<FileRecord>, ExportError> {
    let Some(kind) = plan.png_source(false) else { return Ok(None) };
    let settings = &plan.settings;
    let longest = settings.width.max(settings.height);
    let side = longest.min(THUMBNAIL_SIDE_PX);
    let [width, height] = [settings.width, settings.height].map(|px| ((px * side).div_ceil(longest)) as usize);
    let frames: Vec<i64> =
        evenly_spaced(&settings.frames).into_iter().filter(|frame| committed.contains_key(frame)).collect();
    let (columns, rows) = (frames.len().min(COLUMNS), frames.len().div_ceil(COLUMNS));
    let sheet_width = columns * (width + GAP_PX) + GAP_PX;
    let sheet_height = rows * (height + GAP_PX) + GAP_PX;
    let mut sheet = vec![BACKGROUND; sheet_width * sheet_height * 3];
    for (index, &frame) in frames.iter().enumerate() {
        let thumbnail = shrink(&settings.out_dir.join(plan.still_path(kind, frame)), width, height)?;
        let left = GAP_PX + (index % COLUMNS) * (width + GAP_PX);
        let top = GAP_PX + (index / COLUMNS) * (height + GAP_PX);
        let rows_of_sheet = sheet.chunks_exact_mut(sheet_width * 3).skip(top);
        for (row, line) in rows_of_sheet.zip(thumbnail.chunks_exact(width * 3)) {
            for (target, linear) in row.iter_mut().skip(left * 3).zip(line) {
                *target = srgb8_from_linear(*linear);
            }
        }
    }
    let refused = |problem: String| ExportError::Encode { path: CONTACT_SHEET_NAME.into(), problem };
    let bytes = encode_rgb(sheet_width as u32, sheet_height as u32, BitDepth::Eight, &sheet)
        .map_err(|error| refused(error.to_string()))?;
    let written = commit(&settings.out_dir, "sheet", &[NewFile::beside_the_journal(CONTACT_SHEET_NAME, bytes)])?;
    Ok(written.into_iter().next())
}

/// Up to twelve frames, the first and the last among them.
fn evenly_spaced(frames: &Range<i64>) -> Vec<i64> {
    let count = frames.end - frames.start;
    let shown = count.min((COLUMNS * ROWS) as i64);
    (0..shown).map(|index| frames.start + index * (count - 1) / (shown - 1).max(1)).collect()
}

/// Linear RGB of a PNG, averaged over equal boxes; row by row, so that a 16k frame needs no more memory than a small
/// one.
fn shrink(path: &Path, width: usize, height: usize) -> Result<Vec<f32>, ExportError> {
    let changed = |problem: String| ExportError::FrameChanged { path: path.into(), problem };
    let file = File::open(path).map_err(ExportError::io("read", path))?;
    let mut reader = Decoder::new(BufReader::new(file)).read_info().map_err(|error| changed(error.to_string()))?;
    let (source_width, source_height) = reader.info().size();
    let is_16_bit = reader.info().bit_depth == BitDepth::Sixteen;
    let columns = shares(source_width as usize, width);
    let rows = shares(source_height as usize, height);
    let mut sums = vec![0.0; width * height * 3];
    for row_share in rows {
        let row = reader.next_row().map_err(|error| changed(error.to_string()))?;
        let row = row.ok_or_else(|| changed("it ends early".into()))?;
        let line = shrink_row(row.data(), is_16_bit, &columns, width);
        let targets = sums.chunks_exact_mut(width * 3).skip(row_share.target);
        for (target, weight) in targets.zip(row_share.weights) {
            for (sum, value) in target.iter_mut().zip(&line) {
                *sum += weight * value;
            }
        }
    }
    Ok(sums)
}

fn shrink_row(row: &[u8], is_16_bit: bool, columns: &[Share], width: usize) -> Vec<f32> {
    let mut line = vec![0.0; width * 3];
    let mut add = |column: &Share, pixel: [u16; 3]| {
        let linear = pixel.map(linear_from_srgb16);
        let targets = line.chunks_exact_mut(3).skip(column.target);
        for (target, weight) in targets.zip(column.weights) {
            for (sum, value) in target.iter_mut().zip(linear) {
                *sum += weight * value;
            }
        }
    };
    if is_16_bit {
        for (column, &[r0, r1, g0, g1, b0, b1]) in columns.iter().zip(row.as_chunks::<6>().0) {
            add(column, [[r0, r1], [g0, g1], [b0, b1]].map(u16::from_be_bytes));
        }
    } else {
        for (column, rgb) in columns.iter().zip(row.as_chunks::<3>().0) {
            add(column, rgb.map(|value| u16::from(value) * 257));
        }
    }
    line
}

/// Where one source pixel goes when `source` pixels become `target` pixels, `target <= source`: to one box, or to two
/// neighbours if it lies on their border. The weights of each box sum up to one.
struct Share {
    target: usize,
    weights: [f32; 2],
}

fn shares(source: usize, target: usize) -> Vec<Share> {
    // In units in which a source pixel is `target` long and a box is `source` long, everything is an integer.
    let share = |pixel: usize| {
        let start = pixel * target;
        let first_box = start / source;
        let in_first = ((first_box + 1) * source - start).min(target);
        let weights = [in_first, target - in_first].map(|units| units as f32 / source as f32);
        Share { target: first_box, weights }
    };
    (0..source).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_box_is_filled_exactly_once() {
        for (source, target) in [(960, 320), (961, 320), (7, 3), (5, 5), (1, 1), (1000, 1)] {
            let mut boxes = vec![0.0; target];
            for share in shares(source, target) {
                for (at, weight) in (share.target..).zip(share.weights) {
                    if weight > 0.0 {
                        boxes[at] += weight;
                    }
                }
            }
            assert!(boxes.iter().all(|sum: &f32| (sum - 1.0).abs() < 1e-5), "{source} to {target}: {boxes:?}");
        }
    }

    #[test]
    fn first_and_last_frame_are_on_the_sheet() {
        assert_eq!(evenly_spaced(&(48..49)), [48]);
        assert_eq!(evenly_spaced(&(0..3)), [0, 1, 2]);
        let many = evenly_spaced(&(0..96));
        assert_eq!((many.len(), many[0], many[11]), (12, 0, 95));
    }

    #[test]
    fn averages_in_linear_light() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("checks.png");
        let checks: Vec<u8> = (0..16).flat_map(|at| [if (at + at / 4) % 2 == 0 { 255 } else { 0 }; 3]).collect();
        std::fs::write(&path, encode_rgb(4, 4, BitDepth::Eight, &checks).expect("encoded")).expect("written");
        let small = shrink(&path, 2, 2).expect("shrunk");
        assert!(small.iter().all(|value| (value - 0.5).abs() < 1e-6), "{small:?}");
        assert_eq!(srgb8_from_linear(small[0]), 188, "not 128, which averaging encoded values gives");
    }
}
