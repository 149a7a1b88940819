//! Pictures side by side on one sheet: reads and writes the PNGs that kinema writes, so that xtask needs no further crate.

use std::io::{Read, Write};

use flate2::{Compression, Crc, read::ZlibDecoder, write::ZlibEncoder};

const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
const CHANNELS: usize = 3;
/// Pixels between pictures and around them, and their 8-bit grey.
const GAP: usize = 6;
const GREY: u8 = 24;

/// An opaque picture, 8 bits a channel, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

/// Lays equal pictures out in rows of `columns`.
pub fn sheet(pictures: &[Picture], columns: usize) -> Result<Picture, String> {
    let first = pictures.first().ok_or("there are no pictures")?;
    if columns == 0 || pictures.iter().any(|one| (one.width, one.height) != (first.width, first.height)) {
        return Err("the pictures of a sheet are of different sizes".to_owned());
    }
    let width = columns * (first.width + GAP) + GAP;
    let height = pictures.len().div_ceil(columns) * (first.height + GAP) + GAP;
    let mut rgb = vec![GREY; width * height * CHANNELS];
    for (index, picture) in pictures.iter().enumerate() {
        let (left, top) = (GAP + index % columns * (first.width + GAP), GAP + index / columns * (first.height + GAP));
        let rows = rgb.chunks_exact_mut(width * CHANNELS).skip(top);
        for (row, line) in rows.zip(picture.rgb.chunks_exact(picture.width * CHANNELS)) {
            for (to, from) in row.iter_mut().skip(left * CHANNELS).zip(line) {
                *to = *from;
            }
        }
    }
    Ok(Picture { width, height, rgb })
}

/// Reads an 8-bit RGB PNG without interlacing.
pub fn read(bytes: &[u8]) -> Result<Picture, String> {
    let mut rest = bytes.strip_prefix(&SIGNATURE).ok_or("it is not a PNG")?;
    let (mut size, mut packed) = (None, Vec::new());
    while let Some((kind, data, after)) = chunk(rest) {
        match kind {
            b"IHDR" => size = Some(header(data)?),
            b"IDAT" => packed.extend_from_slice(data),
            _ => {}
        }
        rest = after;
    }
    let (width, height) = size.ok_or("it has no header")?;
    let stride = width * CHANNELS;
    let mut lines = Vec::new();
    let most = ((stride + 1) * height) as u64;
    ZlibDecoder::new(packed.as_slice()).take(most).read_to_end(&mut lines).map_err(|error| error.to_string())?;
    if lines.len() as u64 != most {
        return Err("it ends early".to_owned());
    }
    let mut rgb: Vec<u8> = Vec::with_capacity(stride * height);
    let mut above = vec![0_u8; stride];
    for line in lines.chunks_exact(stride + 1) {
        let (filter, coded) = line.split_first().ok_or("it ends early")?;
        above = unfiltered(*filter, coded, &above)?;
        rgb.extend_from_slice(&above);
    }
    Ok(Picture { width, height, rgb })
}

/// Writes an 8-bit RGB PNG.
pub fn write(picture: &Picture) -> std::io::Result<Vec<u8>> {
    let stride = picture.width * CHANNELS;
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::best());
    let mut above = vec![0_u8; stride];
    for line in picture.rgb.chunks_exact(stride) {
        packer.write_all(&[PAETH])?;
        let coded: Vec<u8> =
            (0..stride).map(|at| value(line, at).wrapping_sub(predicted(PAETH, line, &above, at))).collect();
        packer.write_all(&coded)?;
        above.copy_from_slice(line);
    }
    let mut header = Vec::new();
    for side in [picture.width, picture.height] {
        header.extend((side as u32).to_be_bytes());
    }
    header.extend([8, 2, 0, 0, 0]);
    let mut bytes = SIGNATURE.to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", packer.finish()?), (b"IEND", Vec::new())] {
        let mut crc = Crc::new();
        crc.update(kind);
        crc.update(&data);
        bytes.extend((data.len() as u32).to_be_bytes());
        bytes.extend(kind);
        bytes.extend(&data);
        bytes.extend(crc.sum().to_be_bytes());
    }
    Ok(bytes)
}

/// The first chunk's kind and content, and what follows it. Checksums are left to whoever shows the picture.
fn chunk(bytes: &[u8]) -> Option<(&[u8; 4], &[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (data, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((kind, data, rest.get(4..)?))
}

fn header(data: &[u8]) -> Result<(usize, usize), String> {
    let (width, rest) = data.split_first_chunk::<4>().ok_or("its header ends early")?;
    let (height, rest) = rest.split_first_chunk::<4>().ok_or("its header ends early")?;
    let [width, height] = [width, height].map(|side| u32::from_be_bytes(*side) as usize);
    // Bits a channel, colour type, compression, filter, interlacing.
    if rest != [8, 2, 0, 0, 0] || width == 0 || width.max(height) > 1 << 15 {
        return Err("it is not a plain 8-bit RGB picture".to_owned());
    }
    Ok((width, height))
}

const PAETH: u8 = 4;

fn unfiltered(filter: u8, coded: &[u8], above: &[u8]) -> Result<Vec<u8>, String> {
    if filter > PAETH {
        return Err(format!("there is no filter {filter}"));
    }
    let mut line = coded.to_vec();
    for at in 0..line.len() {
        let value = value(&line, at).wrapping_add(predicted(filter, &line, above, at));
        if let Some(slot) = line.get_mut(at) {
            *slot = value;
        }
    }
    Ok(line)
}

fn value(line: &[u8], at: usize) -> u8 {
    line.get(at).copied().unwrap_or(0)
}

/// What the filter predicts from the left, the above and the above left neighbour (PNG specification, section 9).
fn predicted(filter: u8, line: &[u8], above: &[u8], at: usize) -> u8 {
    let before = at.checked_sub(CHANNELS);
    let (a, b, c) = (before.map_or(0, |at| value(line, at)), value(above, at), before.map_or(0, |at| value(above, at)));
    match filter {
        0 => 0,
        1 => a,
        2 => b,
        3 => ((u16::from(a) + u16::from(b)) / 2) as u8,
        _ => {
            let [left, up, corner] = [a, b, c].map(i16::from);
            let distance = |one: i16| (left + up - corner - one).abs();
            if distance(left) <= distance(up) && distance(left) <= distance(corner) {
                a
            } else if distance(up) <= distance(corner) {
                b
            } else {
                c
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: usize, height: usize, seed: u32) -> Picture {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        Picture { width, height, rgb: (0..width * height * 3).map(|_| next()).collect() }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for (width, height) in [(1, 1), (7, 3), (64, 40)] {
            let picture = picture(width, height, 5);
            assert_eq!(read(&write(&picture).expect("written")), Ok(picture));
        }
    }

    #[test]
    fn every_filter_is_undone() {
        let (above, line) = ([9_u8, 200, 30, 40, 250, 60], [1_u8, 2, 255, 4, 90, 6]);
        for filter in 0..=PAETH {
            let coded: Vec<u8> = (0..6).map(|at| line[at].wrapping_sub(predicted(filter, &line, &above, at))).collect();
            assert_eq!(unfiltered(filter, &coded, &above), Ok(line.to_vec()), "{filter}");
        }
        assert!(unfiltered(5, &line, &above).is_err());
    }

    #[test]
    fn a_sheet_holds_every_picture_at_its_place() {
        let pictures: Vec<Picture> = (0..5).map(|seed| picture(4, 3, seed)).collect();
        let sheet = sheet(&pictures, 3).expect("a sheet");
        assert_eq!((sheet.width, sheet.height), (3 * (4 + GAP) + GAP, 2 * (3 + GAP) + GAP));
        for (index, one) in pictures.iter().enumerate() {
            let (left, top) = (GAP + index % 3 * (4 + GAP), GAP + index / 3 * (3 + GAP));
            for row in 0..3 {
                let from = ((top + row) * sheet.width + left) * 3;
                assert_eq!(sheet.rgb[from..from + 12], one.rgb[row * 12..(row + 1) * 12], "{index}");
            }
        }
        assert_eq!(&sheet.rgb[..3], [GREY; 3]);
    }

    #[test]
    fn damaged_and_other_pictures_are_refused() {
        let bytes = write(&picture(8, 8, 1)).expect("written");
        for length in [0, 7, 20, 40, bytes.len() - 14] {
            assert!(read(&bytes[..length]).is_err(), "{length}");
        }
        let mut grey = bytes.clone();
        grey[25] = 0;
        assert!(read(&grey).is_err());
        assert!(sheet(&[], 3).is_err());
        assert!(sheet(&[picture(2, 2, 1), picture(3, 2, 1)], 2).is_err());
    }
}
