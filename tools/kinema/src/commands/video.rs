//! The frames of a video with their depth.

use std::path::{Path, PathBuf};

use kinema::core::FrameRate;
use kinema::export::{ExportError, MovieReader};
use kinema::parallax::network::{DepthNetwork, shipped_model};
use kinema::parallax::raster::{Raster, Rgba};
use kinema::parallax::transfer::linear_from_srgb;
use kinema::parallax::video::{SteadyDepth, SteadyFrame};

use super::depth;
use crate::args::PhotographArgs;
use crate::exit::CliError;
use crate::output::{Screen, count};

/// By its name; whatever ffmpeg reads may have any other.
pub fn is_video(path: &Path) -> bool {
    const VIDEOS: [&str; 10] = ["mp4", "mov", "webm", "mkv", "avi", "m4v", "mpg", "mpeg", "mts", "3gp"];
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| VIDEOS.contains(&ending.as_str()))
}

/// Depth in a file is that of one picture.
pub fn refuse_depth_file(args: &PhotographArgs) -> Result<(), CliError> {
    if args.depth.is_some() {
        let text = "--depth goes with a photograph; a video's is guessed frame by frame";
        return Err(CliError::Refused(text.to_owned()));
    }
    Ok(())
}

/// A video that is read once, one frame in memory.
pub struct Video {
    /// How many it has.
    pub frames: usize,
    /// Scenes that were begun.
    pub scenes: usize,
    reader: MovieReader,
    network: DepthNetwork,
    steady: SteadyDepth,
    linear: Vec<f32>,
    rgb: Vec<u8>,
    path: PathBuf,
}

impl Video {
    /// Frames larger than `longest_side_px` are made smaller.
    pub fn open(args: &PhotographArgs, longest_side_px: u32) -> Result<Self, CliError> {
        let path = &args.photo;
        let model = args.depth_model.clone().or_else(shipped_model);
        let model = model.ok_or_else(|| depth::no_network(path))?;
        Ok(Self {
            frames: MovieReader::count(path, None)?,
            scenes: 0,
            reader: MovieReader::open(path, longest_side_px, None)?,
            network: DepthNetwork::load(&model)?,
            steady: SteadyDepth::default(),
            linear: (0..=255u8).map(|v| linear_from_srgb(f32::from(v) / 255.0)).collect(),
            rgb: Vec::new(),
            path: path.clone(),
        })
    }

    /// Pixels of a frame.
    pub fn size(&self) -> (usize, usize) {
        self.reader.size()
    }

    pub fn rate(&self) -> FrameRate {
        self.reader.rate()
    }

    /// The next frame, linear, and its depth. Asked [`frames`](Self::frames) times.
    pub fn next(&mut self) -> Result<(Raster<Rgba>, SteadyFrame), CliError> {
        if !self.reader.next_frame(&mut self.rgb)? {
            // It had more frames when they were counted.
            let (path, last_lines) = (self.path.clone(), self.reader.problems().to_vec());
            return Err(ExportError::MovieUnreadable { path, last_lines }.into());
        }
        let (width, height) = self.reader.size();
        let pixels = self.rgb.as_chunks::<3>().0.iter();
        let pixels = pixels.map(|p| p.map(|v| self.linear[usize::from(v)])).map(|[r, g, b]| [r, g, b, 1.0]);
        let colour = Raster::from_data(width, height, pixels.collect());
        // As many as its size says, by its own promise.
        let colour = colour.unwrap_or_else(|| Raster::filled(width, height, [0.0; 4]));
        let (raw, convention) = self.network.depth(&colour)?;
        let frame = self.steady.push(&colour, &raw, convention)?;
        self.scenes += usize::from(frame.is_cut || self.scenes == 0);
        Ok((colour, frame))
    }

    /// What is worth knowing once the last frame is read.
    pub fn warn(&mut self, screen: &Screen) -> Result<(), CliError> {
        // Reads the end of the stream, with which complaints come.
        while self.reader.next_frame(&mut self.rgb)? {}
        let (path, frames) = (self.path.display(), self.reader.frames_read());
        if let [first, ..] = self.reader.problems() {
            screen.note(&format!(
                "warning: {path} ends early or is damaged: {} could be read; ffmpeg said: {first}",
                count(frames, "frame")
            ));
        }
        Ok(())
    }
}
