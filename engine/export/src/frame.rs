//! From a picture to the files of its frame, in memory.

use kinema_core::Picture;

use crate::commit::NewFile;
use crate::error::ExportError;
use crate::exr::{ColourDepth, encode_exr};
use crate::plan::{Plan, StillKind};
use crate::planes::{display_plane, exr_planes};
use crate::png::{EncodedPng, encode_png8, encode_png16};

/// The encoded files of one frame.
pub(crate) struct EncodedFrame {
    pub files: Vec<NewFile>,
    pub warnings: Vec<String>,
}

/// Encodes every file of a picture that [`check_picture`](crate::planes::check_picture) has accepted.
pub(crate) fn encode_frame(plan: &Plan, picture: &Picture) -> Result<EncodedFrame, ExportError> {
    let mut frame = EncodedFrame { files: Vec::with_capacity(plan.stills.len()), warnings: Vec::new() };
    for &kind in &plan.stills {
        let path = plan.still_path(kind, picture.frame);
        let bytes = match kind {
            StillKind::Png8 | StillKind::Png16 => {
                let png = encode_png(picture, kind).map_err(|problem| refused(&path, problem))?;
                if png.sanitised_pixels > 0 {
                    let count = png.sanitised_pixels;
                    frame
                        .warnings
                        .push(format!("`{path}`: {count} pixels were NaN or infinite, written as black or white"));
                }
                png.bytes
            }
            StillKind::ExrHalf | StillKind::ExrFloat => {
                let depth = if kind == StillKind::ExrHalf { ColourDepth::Half } else { ColourDepth::Float };
                encode_exr(&exr_planes(plan, picture), depth, plan.settings.rate)
                    .map_err(|error| refused(&path, error.to_string()))?
            }
        };
        let (name, planes) = (plan.still_name(kind, picture.frame), plan.planes_of(kind));
        frame.files.push(NewFile { folder: kind.folder(), name, planes, bytes });
    }
    Ok(frame)
}

fn encode_png(picture: &Picture, kind: StillKind) -> Result<EncodedPng, String> {
    let plane = display_plane(picture, kind).ok_or("the picture has no display plane for it")?;
    let encoded = if kind == StillKind::Png16 { encode_png16(plane) } else { encode_png8(plane) };
    encoded.map_err(|error| error.to_string())
}

fn refused(path: &str, problem: String) -> ExportError {
    ExportError::Encode { path: path.to_owned(), problem }
}
