//! How each movie format is encoded.
//!
//! Every choice that a player can see is explicit: matrix, range, primaries and transfer are converted or tagged, never
//! left to a default. The pictures are sRGB-encoded, so the transfer is tagged `iec61966-2-1` where the format has room
//! for it; ProRes (SMPTE RDD 36) has not and says `bt709`, which is what editors expect of a display-referred master.
//! `+bitexact` keeps versions, dates and processor-dependent rounding out of the bytes; thread counts are fixed because
//! x264's output depends on them.

use kinema_core::FrameRate;

use crate::error::ExportError;
use crate::ffmpeg::Ffmpeg;
use crate::settings::MovieFormat;

/// Longest side of a GIF.
const GIF_SIDE_PX: u32 = 640;
/// Browsers play GIF delays below two hundredths of a second as ten.
const GIF_FPS: u32 = 50;
/// SVT-AV1 refuses less.
const SVT_SIDE_PX: u32 = 64;

/// Encoding of one movie, ready for any number of frames.
#[derive(Clone, Debug)]
pub(crate) struct Recipe {
    /// ffmpeg's name of the encoder.
    pub encoder: &'static str,
    /// Read 16-bit PNG where there is one.
    pub prefers_16_bit: bool,
    /// Pixels of the movie.
    pub size: [u32; 2],
    /// What happens to the pictures besides encoding.
    pub notes: Vec<String>,
    /// Filters from RGB to the encoder's pixels.
    pub filter: String,
    /// Arguments between the inputs and the output, without the filter.
    pub output: Vec<String>,
    /// Whether a first pass must find the palette.
    pub needs_palette: bool,
    /// Whether every frame is shown. Only GIF drops some, at high rates.
    pub keeps_every_frame: bool,
}

impl Recipe {
    pub fn of(
        format: MovieFormat,
        width: u32,
        height: u32,
        rate: FrameRate,
        ffmpeg: &Ffmpeg,
    ) -> Result<Self, ExportError> {
        let require = |candidates: &[&'static str], format: &'static str| {
            let found = candidates.iter().copied().find(|name| ffmpeg.has_encoder(name));
            let wanted = candidates.first().copied().unwrap_or_default();
            found.ok_or(ExportError::FfmpegLacksEncoder { program: ffmpeg.program.clone(), wanted, format })
        };
        Ok(match format {
            MovieFormat::Mp4H264 => h264(require(&["libx264"], "mp4")?, width, height),
            MovieFormat::WebmAv1 => {
                let small = width.min(height) < SVT_SIDE_PX;
                let candidates: &[_] = if small { &["libaom-av1"] } else { &["libsvtav1", "libaom-av1"] };
                av1(require(candidates, "webm")?, width, height)
            }
            MovieFormat::MovProRes4444 => prores(require(&["prores_ks"], "mov")?, width, height),
            MovieFormat::Gif => gif(require(&["gif"], "gif")?, width, height, rate),
        })
    }

    /// Arguments that read PNG frames from standard input.
    pub fn input(rate: FrameRate) -> Vec<String> {
        words(&format!("-f image2pipe -framerate {}/{} -c:v png -threads 4 -i pipe:0", rate.num(), rate.den()))
    }
}

/// CRF 17 is hard to tell from the frames; `faster` because slower presets take longer than drawing some frames does. Looking ahead on
/// threads of its own, x264 gives other bytes in about one of 25 runs on a busy machine.
fn h264(encoder: &'static str, width: u32, height: u32) -> Recipe {
    let (size, notes, edges) = even(width, height, "gbrp");
    Recipe {
        encoder,
        prefers_16_bit: false,
        size,
        notes,
        filter: format!("{edges}{}", yuv("yuv420p", SRGB)),
        output: words("-c:v libx264 -preset faster -crf 17 -profile:v high -threads 4 -x264-params sync-lookahead=0:lookahead-threads=1 -chroma_sample_location left")
            .into_iter()
            .chain(tags(SRGB))
            .chain(words("-movflags +faststart -f mp4"))
            .collect(),
        needs_palette: false,
        keeps_every_frame: true,
    }
}

/// Ten bits: no banding in evening skies, and decoders of the Main profile must read them.
fn av1(encoder: &'static str, width: u32, height: u32) -> Recipe {
    let (size, notes, edges) = even(width, height, "gbrp12le");
    let codec = if encoder == "libsvtav1" {
        "-c:v libsvtav1 -preset 8 -crf 28"
    } else {
        "-c:v libaom-av1 -cpu-used 6 -crf 28 -b:v 0 -threads 4"
    };
    Recipe {
        encoder,
        prefers_16_bit: true,
        size,
        notes,
        filter: format!("{edges}{}", yuv("yuv420p10le", SRGB)),
        output: words(codec).into_iter().chain(tags(SRGB)).chain(words("-f webm")).collect(),
        needs_palette: false,
        keeps_every_frame: true,
    }
}

fn prores(encoder: &'static str, width: u32, height: u32) -> Recipe {
    Recipe {
        encoder,
        prefers_16_bit: true,
        size: [width, height],
        notes: Vec::new(),
        filter: yuv("yuv444p10le", BT_709),
        output: words("-c:v prores_ks -profile:v 4444 -vendor apl0 -threads 4")
            .into_iter()
            .chain(tags(BT_709))
            .chain(words("-movflags +faststart -f mov"))
            .collect(),
        needs_palette: false,
        keeps_every_frame: true,
    }
}

fn gif(encoder: &'static str, width: u32, height: u32, rate: FrameRate) -> Recipe {
    let mut notes = Vec::new();
    let mut filter = String::from("format=rgb24");
    let longest = width.max(height);
    let mut size = [width, height];
    if longest > GIF_SIDE_PX {
        size = size.map(|side| (side * GIF_SIDE_PX).div_ceil(longest));
        notes.push(format!("a preview of {}x{} pixels", size[0], size[1]));
        filter += &format!(",scale={}:{}:flags=area+accurate_rnd+bitexact", size[0], size[1]);
    }
    let every = rate.num().div_ceil(rate.den().saturating_mul(GIF_FPS)).max(1);
    if every > 1 {
        notes.push(format!("one of {every} frames is shown, GIF has at most {GIF_FPS} a second"));
        filter += &format!(",select=not(mod(n\\,{every}))");
    }
    Recipe {
        encoder,
        prefers_16_bit: false,
        size,
        notes,
        filter,
        output: words("-c:v gif -loop 0 -f gif"),
        needs_palette: true,
        keeps_every_frame: every == 1,
    }
}

const SRGB: &str = "iec61966-2-1";
const BT_709: &str = "bt709";

/// RGB to limited-range Y'CbCr with the BT.709 matrix, and frames that know it.
fn yuv(pixels: &str, transfer: &str) -> String {
    format!(
        "scale=in_range=pc:out_range=tv:out_color_matrix=bt709:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,\
         format={pixels},setparams=range=tv:color_primaries=bt709:color_trc={transfer}:colorspace=bt709"
    )
}

/// The same for the encoder and the container.
fn tags(transfer: &str) -> Vec<String> {
    words(&format!("-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc {transfer}"))
}

/// 4:2:0 needs even sides. The last column or row is repeated once: no picture is lost, and no black line appears.
fn even(width: u32, height: u32, rgb: &str) -> ([u32; 2], Vec<String>, String) {
    let size = [width.next_multiple_of(2), height.next_multiple_of(2)];
    let (right, bottom) = (size[0] - width, size[1] - height);
    if right + bottom == 0 {
        return (size, Vec::new(), String::new());
    }
    let note = format!("{width}x{height} has an odd side; the edge is repeated to {}x{}", size[0], size[1]);
    let filter =
        format!("format={rgb},pad={}:{}:0:0,fillborders=right={right}:bottom={bottom}:mode=smear,", size[0], size[1]);
    (size, vec![note], filter)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}
