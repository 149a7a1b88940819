//! Frames of a set as the engine draws them, with the exact distance of every pixel.

use std::sync::Arc;

use bevy::math::{Vec2, Vec3};
use kinema::gpu::CaptureOrder;
use kinema::parallax::raster::{Raster, Rgba};
use kinema::parallax::transfer::linear_from_srgb;
use kinema::parallax::view::{View, unprojected};
use kinema::{Session, SessionSettings};
use kinema_core::{Aov, LoadedShot, Picture};

use crate::BenchError;

/// One frame.
pub struct Drawn {
    /// sRGB-encoded red, green and blue, tight rows.
    pub rgb8: Vec<u8>,
    /// 1 / metres along the view axis at the centre of each pixel, 0 in the sky.
    pub inverse_depth: Raster<f32>,
}

impl Drawn {
    /// Every frame of a shot.
    ///
    /// # Errors
    /// No device, or what drawing fails by.
    pub fn all(shot: LoadedShot) -> Result<(Vec<Self>, String), BenchError> {
        let frames = i64::from(shot.shot.timeline.frames);
        let mut session = Session::new(Arc::new(shot), SessionSettings::default())?;
        let order = CaptureOrder { frame: None, aovs: vec![Aov::Display, Aov::Depth], display_half: false };
        let mut pictures = Vec::new();
        for frame in 0..frames {
            pictures.extend(session.draw(frame, Some(order.clone()))?);
        }
        pictures.extend(session.flush()?);
        pictures.sort_by_key(|picture| picture.frame);
        let driver = session.driver();
        Ok((pictures.iter().filter_map(Self::of).collect(), driver))
    }

    fn of(picture: &Picture) -> Option<Self> {
        let (display, depth) = (picture.plane(Aov::Display)?, picture.plane(Aov::Depth)?);
        let rgb8 = display.data.chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
        let inverse = |bytes: &[u8]| {
            let metres = bytes.try_into().map_or(f32::INFINITY, f32::from_le_bytes);
            if metres > 0.0 { 1.0 / metres } else { 0.0 }
        };
        let values = depth.data.chunks_exact(4).map(inverse).collect();
        Some(Self { rgb8, inverse_depth: Raster::from_data(depth.width as usize, depth.height as usize, values)? })
    }

    /// Linear and opaque.
    pub fn colour(&self) -> Raster<Rgba> {
        let (width, height) = self.inverse_depth.size();
        let linear: Vec<f32> = (0..=255u8).map(|v| linear_from_srgb(f32::from(v) / 255.0)).collect();
        Raster::from_fn(width, height, |x, y| {
            let at = (y * width + x) * 3;
            let [r, g, b] = [0, 1, 2].map(|c| linear[usize::from(self.rgb8[at + c])]);
            [r, g, b, 1.0]
        })
    }

    /// Which pixels show what `picture`, taken from the origin, does not show although it looks that way: the disoccluded
    /// band. `self` was taken by `view`, which differs in position alone.
    pub fn disoccluded(&self, picture: &Self, view: &View) -> Raster<bool> {
        let (width, height) = self.inverse_depth.size();
        let of_picture = View::of_picture(view.focal_widths);
        let nearest = picture.inverse_depth.range().1;
        Raster::from_fn(width, height, |x, y| {
            let pixel = Vec2::new(x as f32, y as f32);
            let inverse_depth = self.inverse_depth.at(x, y);
            let (seen_at, expected) = if inverse_depth > 0.0 {
                let point: Vec3 = view.position + unprojected(pixel, inverse_depth, view.focal_widths, width, height);
                let Some(seen) = of_picture.project(point, width, height) else { return false };
                seen
            } else {
                (pixel, 0.0)
            };
            let inside = seen_at.x >= 0.0
                && seen_at.y >= 0.0
                && seen_at.x <= width as f32 - 1.0
                && seen_at.y <= height as f32 - 1.0;
            if !inside {
                return false;
            }
            let (left, top) = (seen_at.x.floor() as isize, seen_at.y.floor() as isize);
            let corners = [(0, 0), (1, 0), (0, 1), (1, 1)];
            let farthest = corners
                .into_iter()
                .map(|(dx, dy)| picture.inverse_depth.clamped(left + dx, top + dy))
                .fold(f32::INFINITY, f32::min);
            // All that the picture shows around there is nearer, by more than a rounding.
            farthest > 1.02 * expected + 0.004 * nearest
        })
    }
}
