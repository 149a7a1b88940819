//! Reads WAV files: RIFF/WAVE with integer or float PCM (Microsoft and IBM, "Multimedia programming interface and data
//! specifications 1.0", 1991; `WAVEFORMATEXTENSIBLE`, 2001). Written here because that is all that is needed, and so that every
//! refusal names the remedy.

use std::path::{Path, PathBuf};

use kinema_core::{AssetError, Blame, Blamed};

/// The mean of all channels, -1..1.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    pub samples_per_sec: u32,
    pub samples: Vec<f32>,
}

/// Why a sound cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    /// The reference leads nowhere.
    #[error(transparent)]
    Asset(#[from] AssetError),
    /// The file cannot be read.
    #[error("{}: cannot be read ({source})", file.display())]
    Read { file: PathBuf, source: std::io::Error },
    /// The file is not a WAV file that this program understands.
    #[error("{}: {message}", file.display())]
    Form { file: PathBuf, message: String },
}

impl Blamed for SoundError {
    fn blame(&self) -> Blame {
        match self {
            SoundError::Asset(error) => error.blame(),
            SoundError::Read { .. } => Blame::Machine,
            SoundError::Form { .. } => Blame::User,
        }
    }
}

/// A file above this is refused: two hours of 48 kHz stereo at 16 bits.
const MOST_BYTES: u64 = 1_400_000_000;
const SAMPLE_RATES: std::ops::RangeInclusive<u32> = 8_000..=384_000;
const CONVERT: &str = "convert it, for instance with `ffmpeg -i IN -ac 1 -c:a pcm_s16le OUT.wav`";

const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xFFFE;

/// Reads a file.
pub fn read(file: &Path) -> Result<Sound, SoundError> {
    let read_error = |source| SoundError::Read { file: file.to_owned(), source };
    let form_error = |message| SoundError::Form { file: file.to_owned(), message };
    let length = std::fs::metadata(file).map_err(read_error)?.len();
    if length > MOST_BYTES {
        return Err(form_error(format!("is {length} bytes long, more than the {MOST_BYTES} that are read; cut it")));
    }
    let bytes = std::fs::read(file).map_err(read_error)?;
    parse(&bytes).map_err(form_error)
}

/// How samples are stored.
#[derive(Clone, Copy, Debug)]
struct Format {
    is_float: bool,
    channels: usize,
    samples_per_sec: u32,
    bits: u16,
}

/// Reads the bytes of a file; an error says what is wrong and what helps.
pub fn parse(bytes: &[u8]) -> Result<Sound, String> {
    match (bytes.get(0..4), bytes.get(8..12)) {
        (Some(b"RIFF"), Some(b"WAVE")) => {}
        (Some(b"RF64" | b"RIFX"), _) => return Err(format!("is an RF64 or RIFX file, which is not read; {CONVERT}")),
        _ => return Err(format!("is not a WAV file (it does not begin with RIFF and WAVE); {CONVERT}")),
    }
    let mut format = None;
    let mut at = 12;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = usize::try_from(le(&head[4..])).unwrap_or(usize::MAX);
        let end = at.saturating_add(8).saturating_add(length);
        let Some(body) = bytes.get(at + 8..end) else {
            let name = String::from_utf8_lossy(&head[..4]).into_owned();
            let present = bytes.len() - at - 8;
            return Err(format!(
                "is truncated: its part `{name}` of {length} bytes ends after {present}; copy it again"
            ));
        };
        match &head[..4] {
            b"fmt " => format = Some(parse_format(body)?),
            b"data" => {
                let format =
                    format.ok_or("has sound before its description (`data` before `fmt `); export it again")?;
                return decode(format, body);
            }
            _ => {}
        }
        // Parts begin at even places.
        at = end.saturating_add(length % 2);
    }
    Err("has no sound: the part `data` is missing; export it again".to_owned())
}

/// A number of up to eight bytes, the lowest first.
fn le(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

fn parse_format(body: &[u8]) -> Result<Format, String> {
    let field = |at: usize, length: usize| body.get(at..at + length).map(le);
    let short = "has a damaged description (the part `fmt ` is too short); export it again";
    let number = |at: usize, length: usize| field(at, length).ok_or(short);
    let mut tag = number(0, 2)? as u16;
    if tag == EXTENSIBLE {
        // The first two bytes of the sub-format are the tag that it extends.
        tag = number(24, 2)? as u16;
    }
    let format = Format {
        is_float: tag == FLOAT,
        channels: number(2, 2)? as usize,
        samples_per_sec: u32::try_from(number(4, 4)?).unwrap_or(0),
        bits: number(14, 2)? as u16,
    };
    match (tag, format.bits) {
        (PCM, 8 | 16 | 24 | 32) | (FLOAT, 32 | 64) => {}
        (PCM | FLOAT, bits) => return Err(format!("has samples of {bits} bits, which are not read; {CONVERT}")),
        (codec, _) => return Err(format!("is compressed (codec {codec:#06x}), which is not read; {CONVERT}")),
    }
    if format.channels == 0 {
        return Err(format!("says that it has no channels; {CONVERT}"));
    }
    if !SAMPLE_RATES.contains(&format.samples_per_sec) {
        let rate = format.samples_per_sec;
        let (least, most) = (SAMPLE_RATES.start(), SAMPLE_RATES.end());
        return Err(format!("has {rate} samples a second, outside of {least} to {most}; {CONVERT}"));
    }
    Ok(format)
}

fn decode(format: Format, body: &[u8]) -> Result<Sound, String> {
    let width = usize::from(format.bits / 8);
    let frame = width * format.channels;
    if body.len() < frame {
        return Err("has no samples; export it again".to_owned());
    }
    let mono = body.chunks_exact(frame).map(|frame| {
        let sum: f64 = frame.chunks_exact(width).map(|sample| value(format, sample)).sum();
        (sum / format.channels as f64) as f32
    });
    let samples: Vec<f32> = mono.collect();
    if samples.iter().any(|sample| !sample.is_finite()) {
        return Err(format!("holds samples that are not numbers; {CONVERT}"));
    }
    Ok(Sound { samples_per_sec: format.samples_per_sec, samples })
}

fn value(format: Format, sample: &[u8]) -> f64 {
    let raw = le(sample);
    match (format.is_float, format.bits) {
        (true, 32) => f64::from(f32::from_bits(raw as u32)),
        (true, _) => f64::from_bits(raw),
        // Eight bits are unsigned, all others are signed.
        (false, 8) => (raw as f64 - 128.0) / 128.0,
        (false, bits) => {
            let shift = 64 - u32::from(bits);
            ((raw << shift).cast_signed() >> shift) as f64 / 2_f64.powi(i32::from(bits) - 1)
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A file of one tag, bit depth and samples, one channel.
    pub fn file(tag: u16, bits: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let frame = bits / 8 * channels;
        bytes.extend(b"RIFF");
        bytes.extend((36 + data.len() as u32).to_le_bytes());
        bytes.extend(b"WAVEfmt ");
        bytes.extend(16_u32.to_le_bytes());
        bytes.extend([tag.to_le_bytes(), channels.to_le_bytes()].concat());
        bytes.extend([rate, rate * u32::from(frame)].map(u32::to_le_bytes).concat());
        bytes.extend([frame.to_le_bytes(), bits.to_le_bytes()].concat());
        bytes.extend(b"data");
        bytes.extend((data.len() as u32).to_le_bytes());
        bytes.extend(data);
        bytes
    }

    fn samples(tag: u16, bits: u16, data: &[u8]) -> Vec<f32> {
        parse(&file(tag, bits, 1, 16_000, data)).unwrap_or_else(|error| panic!("{error}")).samples
    }

    #[test]
    fn every_width_gives_the_same_numbers() {
        assert_eq!(samples(PCM, 8, &[0, 128, 192]), [-1.0, 0.0, 0.5]);
        assert_eq!(samples(PCM, 16, &[0, 0x80, 0, 0, 0, 0x40]), [-1.0, 0.0, 0.5]);
        assert_eq!(samples(PCM, 24, &[0, 0, 0x80, 0, 0, 0, 0, 0, 0x40]), [-1.0, 0.0, 0.5]);
        assert_eq!(samples(PCM, 32, &[0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40]), [-1.0, 0.0, 0.5]);
        assert_eq!(samples(FLOAT, 32, &[(-1.0_f32), 0.0, 0.5].map(f32::to_le_bytes).concat()), [-1.0, 0.0, 0.5]);
        assert_eq!(samples(FLOAT, 64, &[(-1.0_f64), 0.0, 0.5].map(f64::to_le_bytes).concat()), [-1.0, 0.0, 0.5]);
    }

    #[test]
    fn channels_are_averaged_other_parts_skipped_and_extensible_understood() {
        let stereo = parse(&file(PCM, 16, 2, 8000, &[0, 0x40, 0, 0, 0, 0, 0, 0])).expect("a sound");
        assert_eq!(stereo.samples, [0.25, 0.0]);
        let mut with_list = file(PCM, 8, 1, 8000, &[192]);
        with_list.splice(12..12, [b"LIST".to_vec(), 3_u32.to_le_bytes().to_vec(), vec![1, 2, 3, 0]].concat());
        assert_eq!(parse(&with_list).expect("a sound").samples, [0.5]);
        let mut extensible = file(EXTENSIBLE, 16, 1, 8000, &[0, 0x40]);
        extensible[16..20].copy_from_slice(&40_u32.to_le_bytes());
        extensible.splice(36..36, [vec![22, 0, 16, 0, 0, 0, 0, 0, 1, 0], vec![0; 14]].concat());
        assert_eq!(parse(&extensible).expect("a sound").samples, [0.5]);
    }

    #[test]
    fn refusals_say_what_is_wrong() {
        let good = file(PCM, 16, 1, 16_000, &[1, 2, 3, 4]);
        let refused = |bytes: &[u8]| parse(bytes).expect_err("refused");
        assert!(refused(b"ID3 an MP3 file").contains("not a WAV file"));
        assert!(refused(&good[..46]).contains("truncated"));
        assert!(refused(&good[..36]).contains("`data` is missing"));
        assert!(refused(&file(2, 4, 1, 16_000, &[1; 8])).contains("compressed (codec 0x0002)"));
        assert!(refused(&file(PCM, 12, 1, 16_000, &[1; 8])).contains("12 bits"));
        assert!(refused(&file(PCM, 16, 0, 16_000, &[1; 8])).contains("no channels"));
        assert!(refused(&file(PCM, 16, 1, 4000, &[1; 8])).contains("4000 samples a second"));
        assert!(refused(&file(PCM, 16, 1, 16_000, &[])).contains("no samples"));
        assert!(refused(&file(FLOAT, 32, 1, 16_000, &f32::NAN.to_le_bytes())).contains("not numbers"));
    }

    #[test]
    fn no_beginning_and_no_flipped_byte_of_a_file_panics() {
        let good = file(PCM, 24, 2, 44_100, &[7; 60]);
        for end in 0..good.len() {
            let _ = parse(&good[..end]);
        }
        for at in 0..44 {
            for byte in [0, 1, 127, 128, 255] {
                let mut bad = good.clone();
                bad[at] = byte;
                let _ = parse(&bad);
            }
        }
    }
}
