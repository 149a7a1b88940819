//! What is typed for the commands that begin with a photograph.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use kinema::core::FrameRate;
use kinema::parallax::cameras::CameraKey;

use crate::picture_size::PictureSize;

/// A photograph and where its depth comes from.
#[derive(Args, Debug)]
pub struct PhotographArgs {
    /// JPEG, PNG, Radiance HDR or OpenEXR, or a video that ffmpeg can read.
    pub photo: PathBuf,

    /// Its depth: grey PNG of 8 or 16 bits, PFM or EXR, of any size and the photograph's shape.
    #[arg(long, value_name = "FILE")]
    pub depth: Option<PathBuf>,

    /// A network that guesses it: a folder with model.toml, or a bare .onnx of the Depth Anything V2 family; the project's
    /// own, if neither is given.
    #[arg(long, value_name = "DIR", conflicts_with = "depth")]
    pub depth_model: Option<PathBuf>,

    /// What the numbers of the depth say; if left out, metres for EXR and PFM, near is white for grey pictures.
    #[arg(long, value_enum, value_name = "MEANING", requires = "depth")]
    pub convention: Option<Convention>,
}

/// What the numbers of a depth say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Convention {
    /// Distance in metres.
    Metres,
    /// 1 / distance, in 1 / metre.
    InverseMetres,
    /// Grey, near is white, evenly in 1 / distance: what networks give.
    NearWhite,
    /// Grey, near is black, evenly in 1 / distance.
    NearBlack,
    /// Grey, near is black, evenly in distance: a renderer's normalised depth.
    FarWhite,
}

const DEPTH_HELP: &str = "\
A video is read frame by frame (ffmpeg decodes it) and its depth is held still: scale, offset and slow drift that a network
has anew in every frame are taken out along the motion of the picture. A cut begins a new scale. Black is infinitely far,
white 1.25 times nearer than the nearest point of a scene's first frame.

Examples:
  kinema depth photo.jpg --out depth.png
  kinema depth photo.jpg --depth small.png --out depth.png
  kinema depth photo.jpg --depth-model depth_anything_v2_vits.onnx --out depth.png
  kinema depth photo.jpg --depth scan.exr --convention metres --out depth.exr
  kinema depth clip.mp4 --out depth.mp4
  kinema depth clip.mp4 --out frames --exr";

#[derive(Args, Debug)]
#[command(after_help = DEPTH_HELP)]
pub struct DepthArgs {
    #[command(flatten)]
    pub photograph: PhotographArgs,

    /// Where to. Of a photograph: .png is grey with 16 bits, near is white; .exr has metres in channel Z, or, where the unit is
    /// unknown, 0 (far) to 1 (near) in channel Y. Of a video: .mp4, .webm, .mov or .gif, or a folder for frames as .png.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,

    /// Frames in the folder are .exr: metres in channel Z, or, where the unit is unknown, 1 / distance in channel Y.
    #[arg(long)]
    pub exr: bool,

    /// Replace files that exist.
    #[arg(long)]
    pub force: bool,

    /// Show warnings and errors only.
    #[arg(short, long)]
    pub quiet: bool,
}

const PARALLAX_HELP: &str = "\
The photograph is cut into layers where its depth jumps, each completed behind the ones before it, and the camera goes
only as far as they reach: no frame has a hole. Layers are kept; a second film of the same photograph starts at once.

Of a video (.mp4, .mov, .webm, .mkv and the like) every frame is cut into layers, and those are followed through time: what
was seen before something moved in front of it stays as it was, and so does what was invented. The film is as long as
the video; the camera moves while it plays.

Examples:
  kinema parallax photo.jpg --out clip.mp4
  kinema parallax photo.jpg --depth depth.png --preset handheld --out clip.mp4
  kinema parallax photo.jpg --depth depth.exr --preset orbit --secs 6 --focus-blur 0.01 --out clip.webm
  kinema parallax photo.jpg --focus-blur 0.02 --focus 1:0 --out pull.mp4
  kinema parallax photo.jpg --keys 0:-1,0,0 0.5:0,0.3,-1 1:1,0,0 --out path.mp4
  kinema parallax photo.jpg --depth depth.png --stereo side-by-side --out sbs.mp4
  kinema parallax clip.mp4 --preset orbit --out moved.mp4
  kinema parallax photo.jpg --depth depth.png --mesh photo.glb --points photo.ply";

#[derive(Args, Debug)]
#[command(after_help = PARALLAX_HELP)]
pub struct ParallaxArgs {
    #[command(flatten)]
    pub photograph: PhotographArgs,

    /// The film: .mp4, .webm, .mov or .gif.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["mesh", "points"])]
    pub out: Option<PathBuf>,

    /// How the camera moves.
    #[arg(long, value_enum, default_value_t = Move::Dolly)]
    pub preset: Move,

    /// How far, as a share of what the layers allow: 0 stands still, 1 shows most of what was invented.
    #[arg(long, value_name = "SHARE", default_value_t = 0.6)]
    pub amount: f32,

    /// Length of the film of a photograph, seconds; 4, if left out.
    #[arg(long, value_name = "SECS")]
    pub secs: Option<f32>,

    /// Frames a second of the film of a photograph, such as 24/1 or 30000/1001; 30/1, if left out.
    #[arg(long, value_name = "RATE")]
    pub rate: Option<FrameRate>,

    /// Pixels of one eye's picture; the photograph's own up to 1920 on the longer side, a video's up to 960, if left out.
    #[arg(long, value_name = "WxH")]
    pub size: Option<PictureSize>,

    /// Angle between the photograph's left and right edge, degrees. 60 is a phone.
    #[arg(long, value_name = "DEG", default_value_t = 60.0)]
    pub fov: f32,

    /// Surfaces behind each other at most, 1 to 6.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=6))]
    pub layers: u8,

    /// How far the nearest thing may move against the farthest, in widths of the photograph, 0.005 to 0.3.
    #[arg(long, value_name = "WIDTHS", default_value_t = 0.08)]
    pub reach: f32,

    /// Blur of what is out of focus, in widths of the picture, 0 to 0.1. 0.01 is a portrait.
    #[arg(long, value_name = "WIDTHS", default_value_t = 0.0)]
    pub focus_blur: f32,

    /// What is sharp: 0 is the farthest point, 1 the nearest; `1:0` pulls focus from near to far while the camera moves.
    #[arg(long, value_name = "SHARE[:SHARE]", value_parser = focus, requires = "focus_blur")]
    pub focus: Option<[f32; 2]>,

    /// A path instead of a preset: keys `AT:RIGHT,UP,BACK`, at a share of the time, in units of as far as the layers allow.
    #[arg(long, value_name = "KEY", num_args = 2.., value_parser = camera_key, conflicts_with = "preset", allow_hyphen_values = true)]
    pub keys: Vec<CameraKey>,

    /// A network that makes up what is behind things: a bare .onnx of the LaMa family, or a folder with model.toml. Patches of
    /// the photograph, if left out.
    #[arg(long, value_name = "FILE")]
    pub inpaint_model: Option<PathBuf>,

    /// Two eyes.
    #[arg(long, value_enum, value_name = "LAYOUT")]
    pub stereo: Option<Stereo>,

    /// Where what is behind things is made up; the film is the same.
    #[arg(long, value_enum, value_name = "WHERE", default_value_t = ComputeWhere::Fastest)]
    pub compute_on: ComputeWhere,

    /// Write the layers as a textured mesh too, .glb.
    #[arg(long, value_name = "FILE")]
    pub mesh: Option<PathBuf>,

    /// Write all layers as points too, .ply.
    #[arg(long, value_name = "FILE")]
    pub points: Option<PathBuf>,

    /// Replace files that exist.
    #[arg(long)]
    pub force: bool,

    /// One JSON object a line on standard output, for machines.
    #[arg(long)]
    pub json: bool,

    /// Show warnings and errors only.
    #[arg(short, long)]
    pub quiet: bool,
}

/// `0.8`, or `1:0` for the beginning and the end.
fn focus(text: &str) -> Result<[f32; 2], String> {
    let (begin, end) = text.split_once(':').unwrap_or((text, text));
    let share = |text: &str| match text.trim().parse::<f32>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("`{text}` is no share; use 0 (the farthest point) to 1 (the nearest), or two such as 1:0")),
    };
    Ok([share(begin)?, share(end)?])
}

/// `0.5:1,0,-0.5`.
fn camera_key(text: &str) -> Result<CameraKey, String> {
    let key = text.split_once(':').and_then(|(at, place)| {
        let place: Vec<f32> = place.split(',').map(|v| v.trim().parse().ok()).collect::<Option<_>>()?;
        Some(CameraKey { at: at.trim().parse().ok()?, position: place.try_into().ok()? })
    });
    let is_fine = |key: &CameraKey| (0.0..=1.0).contains(&key.at) && key.position.iter().all(|v| v.abs() <= 10.0);
    key.filter(is_fine)
        .ok_or_else(|| format!("`{text}` is no key; write AT:RIGHT,UP,BACK with AT from 0 to 1, such as 0.5:1,0,-0.5"))
}

/// Camera moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Move {
    /// Slowly forward, with a little to the side.
    Dolly,
    /// Once around; ends where it began.
    Orbit,
    /// Forward while the lens widens, "vertigo".
    ZoomDolly,
    /// A person holding the camera.
    Handheld,
}

/// What completes layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ComputeWhere {
    /// A GPU where there is one, else the processor.
    Fastest,
    /// The processor.
    Processor,
    /// The first graphics device, be it software, which is slow.
    Device,
}

/// How two eyes' pictures go into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Stereo {
    /// Left eye left, twice as wide.
    SideBySide,
    /// Left eye above, twice as high.
    TopBottom,
    /// For red and cyan glasses, with little rivalry (Dubois).
    Anaglyph,
    /// For red and cyan glasses, in full colours.
    RedCyan,
}
