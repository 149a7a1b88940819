//! Pictures are checked once, here; the encoders behind may rely on their shape.

use kinema_core::{Aov, Picture, PixelFormat, Plane};

use crate::error::ExportError;
use crate::plan::{Plan, StillKind};

/// Formats an EXR can take a plane in.
fn exr_formats(aov: Aov) -> &'static [PixelFormat] {
    match aov {
        Aov::Display => &[],
        Aov::Beauty | Aov::Normal => &[PixelFormat::Rgba16Float, PixelFormat::Rgba32Float],
        Aov::Depth => &[PixelFormat::R32Float],
        Aov::Motion => &[PixelFormat::Rg32Float],
        Aov::Albedo => &[PixelFormat::Rgba8Unorm, PixelFormat::Rgba16Float, PixelFormat::Rgba32Float],
        Aov::PartId => &[PixelFormat::R32Uint],
    }
}

/// The display plane a PNG is made from. An 8-bit PNG takes the renderer's own bytes where it can.
pub(crate) fn display_plane(picture: &Picture, kind: StillKind) -> Option<&Plane> {
    let find = |format| picture.planes.iter().find(|plane| plane.aov == Aov::Display && plane.format == format);
    match kind {
        StillKind::Png8 => find(PixelFormat::Rgba8Srgb).or_else(|| find(PixelFormat::Rgba16Float)),
        StillKind::Png16 => find(PixelFormat::Rgba16Float),
        StillKind::ExrHalf | StillKind::ExrFloat => None,
    }
}

/// The planes of the EXR files, in the plan's order.
pub(crate) fn exr_planes<'a>(plan: &Plan, picture: &'a Picture) -> Vec<&'a Plane> {
    let find = |aov: &Aov| picture.planes.iter().find(|plane| plane.aov == *aov);
    plan.exr_planes.iter().filter_map(find).collect()
}

/// Whether the picture is what the plan announced: all planes there, of the right size and of a format that can be
/// written. Refused before it is queued, so that the error comes out at the call that caused it.
pub(crate) fn check_picture(plan: &Plan, picture: &Picture) -> Result<(), ExportError> {
    let refuse = |problem| Err(ExportError::Picture { frame: picture.frame, problem });
    for plane in &picture.planes {
        let (width, height) = (plan.settings.width, plan.settings.height);
        if (plane.width, plane.height) != (width, height) {
            let (aov, w, h) = (plane.aov, plane.width, plane.height);
            return refuse(format!("its {aov} plane is {w}x{h} pixels, expected {width}x{height}"));
        }
        let expected = width as usize * height as usize * plane.format.bytes_per_pixel();
        if plane.data.len() != expected {
            let (aov, len) = (plane.aov, plane.data.len());
            return refuse(format!("its {aov} plane holds {len} bytes, expected {expected}"));
        }
    }
    for &kind in plan.stills.iter().filter(|kind| !kind.is_exr()) {
        if display_plane(picture, kind).is_none() {
            let wanted = if kind == StillKind::Png16 { "Rgba16Float" } else { "Rgba8Srgb or Rgba16Float" };
            return refuse(format!("it has no display plane in {wanted}"));
        }
    }
    for &aov in &plan.exr_planes {
        match picture.planes.iter().find(|plane| plane.aov == aov) {
            None => return refuse(format!("it has no {aov} plane")),
            Some(plane) if !exr_formats(aov).contains(&plane.format) => {
                return refuse(format!("its {aov} plane is {:?}, expected {:?}", plane.format, exr_formats(aov)));
            }
            Some(_) => {}
        }
    }
    Ok(())
}
