//! How far a camera may go.

use bevy_math::Vec2;

use crate::layers::LayeredImage;
use crate::view::{View, middle};

/// Whether a move stays inside of its picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Framing {
    /// With the focal length multiplied by `zoom`.
    Fits { zoom: f32 },
    /// Not even with the largest zoom allowed.
    TooWide,
}

/// Rays this close to the border of the picture are inside of it.
const BORDER_PX: f32 = 1.0;

/// The smallest zoom with which every ray of every view ends inside the picture, whatever lies along it.
pub fn framing_of<I: Iterator<Item = View>>(
    image: &LayeredImage,
    picture_focal_widths: f32,
    views: impl Fn() -> I,
    most_zoom: f32,
) -> Framing {
    let fits = |zoom: f32| {
        views().all(|mut view| {
            view.focal_widths *= zoom;
            view.lens_shift_widths *= zoom;
            border_is_inside(image, picture_focal_widths, &view)
        })
    };
    if fits(1.0) {
        return Framing::Fits { zoom: 1.0 };
    }
    if !fits(most_zoom) {
        return Framing::TooWide;
    }
    let (mut low, mut high) = (1.0, most_zoom);
    for _ in 0..8 {
        let zoom = 0.5 * (low + high);
        if fits(zoom) { high = zoom } else { low = zoom }
    }
    Framing::Fits { zoom: high }
}

/// Whether rays along the border of a view stay inside of the picture over all of its depths. The picture is convex and
/// a ray's line straight, so the ends of the line and the rays of the border speak for all between.
fn border_is_inside(image: &LayeredImage, picture_focal_widths: f32, view: &View) -> bool {
    let (width, height) = (image.width(), image.height());
    let (last_x, last_y) = (width as f32 - 1.0, height as f32 - 1.0);
    let focal_px = picture_focal_widths * width as f32;
    const POINTS: usize = 8;
    let around = (0..=POINTS)
        .map(|i| i as f32 / POINTS as f32)
        .flat_map(|s| [[0.0, s], [1.0, s], [s, 0.0], [s, 1.0]].map(|[x, y]| Vec2::new(x * last_x, y * last_y)));
    around.into_iter().all(|pixel| {
        let Some(slope) = view.slope(pixel, width, height) else { return false };
        [image.nearest, image.farthest].iter().all(|&q| {
            let at = slope * (1.0 + q * view.position.z) + Vec2::new(view.position.x, view.position.y) * q;
            let at = middle(width, height) + Vec2::new(at.x, -at.y) * focal_px;
            at.x >= BORDER_PX && at.y >= BORDER_PX && at.x <= last_x - BORDER_PX && at.y <= last_y - BORDER_PX
        })
    })
}

/// How far a point in the middle of the picture moves against infinity in a view, pixels.
pub fn shift_px_at(view: &View, inverse_depth: f32, picture_focal_widths: f32, width: usize) -> f32 {
    Vec2::new(view.position.x, view.position.y).length() * inverse_depth * picture_focal_widths * width as f32
}
