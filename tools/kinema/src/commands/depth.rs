//! `kinema depth`: the depth of a photograph at its size, with edges where the photograph has them.

use std::path::Path;

use kinema::parallax::input::DepthConvention;
use kinema::parallax::layers::LayerSettings;
use kinema::parallax::network::shipped_model;
use kinema::parallax::stereo::{DepthScale, depth_exr, depth_png16};
use kinema::parallax::{DepthSource, PlateSource};

use super::{depth_video, publish};
use crate::args::{Convention, DepthArgs, PhotographArgs};
use crate::exit::CliError;
use crate::output::{self, Screen};

/// Longest side that is kept; four bytes a pixel cost nothing beside what layers do.
const LONGEST_SIDE_PX: usize = 4096;

pub fn run(args: &DepthArgs, screen: &Screen) -> Result<(), CliError> {
    let ending = args.out.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    if let Some(target) = depth_video::Target::of(&args.out, args.exr) {
        return depth_video::run(args, target, screen);
    }
    if !matches!(ending.as_str(), "png" | "exr") {
        return Err(CliError::Refused(format!(
            "`{}` is no name for depth; write one that ends in .png or .exr, or, for a video, in .mp4, .webm, .mov or .gif",
            args.out.display()
        )));
    }
    if args.exr {
        return Err(CliError::Refused("--exr is for the frames of a video, in a folder".to_owned()));
    }
    publish::check(&args.out, args.force)?;
    let source = source(&args.photograph, LayerSettings::default(), LONGEST_SIDE_PX)?;
    let (photograph, depth) = source.read().map_err(|error| depth_video::hinted(error, &args.photograph.photo))?;
    for note in &photograph.notes {
        screen.note(&format!("warning: {}: {note}", args.photograph.photo.display()));
    }
    if depth.repaired_share > 0.0 {
        screen
            .note(&format!("warning: {:.1} % of the depth was repaired from beside it", depth.repaired_share * 100.0));
    }
    let bytes = match (ending.as_str(), depth.is_metric) {
        ("png", _) => depth_png16(&depth.values)?,
        (_, true) => depth_exr(&depth.values, DepthScale::Distance)?,
        (_, false) => depth_exr(&depth.values, DepthScale::Normalised)?,
    };
    publish::save(&args.out, &bytes, args.force)?;
    let (width, height) = depth.values.size();
    let unit = if depth.is_metric { "metres" } else { "no unit" };
    if args.quiet {
        return Ok(());
    }
    output::line(&format!("wrote {}: {width}x{height}, depth in {unit}", args.out.display()))
}

/// A photograph as it was named, with its depth.
pub fn source(args: &PhotographArgs, layers: LayerSettings, longest_side_px: usize) -> Result<PlateSource, CliError> {
    let convention = args.convention.map(|convention| match convention {
        Convention::Metres => DepthConvention::MetricDepth,
        Convention::InverseMetres => DepthConvention::MetricInverse,
        Convention::NearWhite => DepthConvention::RelativeNearWhite,
        Convention::NearBlack => DepthConvention::RelativeNearBlack,
        Convention::FarWhite => DepthConvention::RelativeDepth,
    });
    let depth = match (&args.depth, args.depth_model.clone().or_else(shipped_model)) {
        (Some(path), _) => DepthSource::File { path: path.clone(), convention },
        (None, Some(model)) => DepthSource::guessed(model),
        (None, None) => return Err(no_network(&args.photo)),
    };
    Ok(PlateSource { photograph: args.photo.clone(), depth, inpainting: None, layers, longest_side_px })
}

pub fn no_network(photo: &Path) -> CliError {
    CliError::Refused(format!(
        "`{}` alone says nothing of how far things are, and the network that guesses it is not here; pass --depth \
         FILE, a grey picture of the same shape in which near is white, or an EXR in metres, or --depth-model DIR",
        photo.display()
    ))
}
