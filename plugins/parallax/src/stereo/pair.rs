//! Pairs of views and how they are put into one picture.

use bevy_math::Vec2;
use serde::{Deserialize, Serialize};

use crate::raster::{Raster, Rgba};
use crate::view::View;

/// Two parallel cameras with shifted lenses: no keystone, no vertical disparity (Woods et al., "Image distortions in
/// stereoscopic video systems", SPIE 1993).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StereoSettings {
    /// Distance between the eyes in the unit of depth (metres, or nearest distances). Larger is deeper, and tires.
    pub baseline: f32,
    /// 1 / distance of what lies on the screen: nearer things come out of it. 0 puts everything in front of it.
    pub convergence_inverse_depth: f32,
}

/// Where both pictures go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum StereoLayout {
    /// Left eye left, twice as wide.
    SideBySide,
    /// Left eye above, twice as high.
    TopBottom,
}

/// Filters of the glasses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub enum Anaglyph {
    /// Red left, green and blue right: full colours, red things flicker.
    RedCyan,
    /// The least squares mixture for red and cyan glasses (Dubois, "A projection method to generate anaglyph stereo
    /// images", ICASSP 2001): duller reds, no rivalry.
    Dubois,
}

/// Left and right eye of a view, half the baseline to each side.
pub fn stereo_views(view: &View, settings: &StereoSettings) -> [View; 2] {
    [-0.5, 0.5].map(|side| {
        let offset = settings.baseline * side;
        let mut eye = *view;
        eye.position += view.rotation * bevy_math::Vec3::X * offset;
        eye.lens_shift_widths += Vec2::X * (offset * settings.convergence_inverse_depth * view.focal_widths);
        eye
    })
}

/// Position in the left picture minus position in the right one of a point at a distance: f B / Z, less what puts the
/// convergence distance on the screen. Pixels of a picture `width` wide.
pub fn disparity_px(inverse_depth: f32, settings: &StereoSettings, focal_widths: f32, width: usize) -> f32 {
    focal_widths * width as f32 * settings.baseline * (inverse_depth - settings.convergence_inverse_depth)
}

/// Both pictures in one. They must have the same size.
pub fn packed(left: &Raster<Rgba>, right: &Raster<Rgba>, layout: StereoLayout) -> Raster<Rgba> {
    let (width, height) = left.size();
    match layout {
        StereoLayout::SideBySide => Raster::from_fn(2 * width, height, |x, y| {
            if x < width { left.at(x, y) } else { right.clamped((x - width) as isize, y as isize) }
        }),
        StereoLayout::TopBottom => Raster::from_fn(width, 2 * height, |x, y| {
            if y < height { left.at(x, y) } else { right.clamped(x as isize, (y - height) as isize) }
        }),
    }
}

/// Both pictures for coloured glasses. Linear, as its inputs.
pub fn anaglyph(left: &Raster<Rgba>, right: &Raster<Rgba>, kind: Anaglyph) -> Raster<Rgba> {
    // Rows: red, green, blue out; columns: red, green, blue of the left and then of the right eye.
    const DUBOIS: [[f32; 6]; 3] = [
        [0.437, 0.449, 0.164, -0.011, -0.032, -0.007],
        [-0.062, -0.062, -0.024, 0.377, 0.761, 0.009],
        [-0.048, -0.050, -0.017, -0.026, -0.093, 1.234],
    ];
    let (width, height) = left.size();
    Raster::from_fn(width, height, |x, y| {
        let (l, r) = (left.at(x, y), right.clamped(x as isize, y as isize));
        match kind {
            Anaglyph::RedCyan => [l[0], r[1], r[2], l[3].max(r[3])],
            Anaglyph::Dubois => {
                let six = [l[0], l[1], l[2], r[0], r[1], r[2]];
                let mix = |row: &[f32; 6]| row.iter().zip(six).map(|(m, v)| m * v).sum::<f32>().max(0.0);
                [mix(&DUBOIS[0]), mix(&DUBOIS[1]), mix(&DUBOIS[2]), l[3].max(r[3])]
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{LayerSettings, build_layers};
    use crate::reference::SceneRenderer;

    /// Colour says which column of the picture a rendered pixel comes from, so disparity can be read off exactly.
    #[test]
    fn rendered_disparity_is_f_b_over_z_less_convergence() {
        let (width, height) = (240, 60);
        let ramp = Raster::from_fn(width, height, |x, _| [x as f32 / width as f32, 0.5, 0.5, 1.0]);
        // A slanted plane and a curved surface, both gentle.
        for bend in [0.0f32, 0.15] {
            let depth = Raster::from_fn(width, height, |x, y| {
                0.4 + 0.5 * x as f32 / width as f32 + bend * ((x as f32 * 0.04).sin() + (y as f32 * 0.05).cos()) * 0.3
            });
            let image = build_layers(&ramp, &depth, &LayerSettings::default()).unwrap();
            let settings = StereoSettings { baseline: 0.06, convergence_inverse_depth: 0.6 };
            let [left, right] = stereo_views(&View::of_picture(0.9), &settings)
                .map(|view| SceneRenderer::new(&image, 0.9).render(&view, width, height).colour);
            let column = |eye: &Raster<Rgba>, x: usize, y: usize| eye.at(x, y)[0] * width as f32;
            let mut worst = 0.0f32;
            for y in (5..height - 5).step_by(7) {
                for x in 30..width - 30 {
                    let source = column(&left, x, y);
                    // The same column in the right picture, between two of its pixels.
                    let Some(at) = (1..width).find(|&i| column(&right, i, y) >= source) else { continue };
                    let (before, after) = (column(&right, at - 1, y), column(&right, at, y));
                    let found = at as f32 - 1.0 + (source - before) / (after - before);
                    let expected = disparity_px(depth.bilinear(source, y as f32), &settings, 0.9, width);
                    worst = worst.max((x as f32 - found - expected).abs());
                }
            }
            println!("bend {bend}: worst disparity error {worst} px");
            assert!(worst < 0.05, "{worst}");
        }
    }

    #[test]
    fn layouts_hold_both_pictures_and_glasses_keep_grey() {
        let left = Raster::filled(4, 3, [0.3, 0.3, 0.3, 1.0]);
        let right = Raster::filled(4, 3, [0.6, 0.6, 0.6, 1.0]);
        let side = packed(&left, &right, StereoLayout::SideBySide);
        assert_eq!((side.size(), side.at(3, 2)[0], side.at(4, 0)[0]), ((8, 3), 0.3, 0.6));
        let above = packed(&left, &right, StereoLayout::TopBottom);
        assert_eq!((above.size(), above.at(3, 2)[0], above.at(0, 3)[0]), ((4, 6), 0.3, 0.6));
        assert_eq!(anaglyph(&left, &right, Anaglyph::RedCyan).at(0, 0), [0.3, 0.6, 0.6, 1.0]);
        let same = anaglyph(&left, &left, Anaglyph::Dubois).at(1, 1);
        assert!(same[..3].iter().all(|v| (v - 0.3).abs() < 0.02), "{same:?}");
    }
}
