//! Where a picture is looked at from, relative to the camera that took it.

use bevy_math::{Quat, Vec2, Vec3};
use serde::{Deserialize, Serialize};

/// A pinhole camera. Space: the camera of the picture stands at the origin and looks along -z, x right, y up; lengths
/// are metres when depth is metric, else nearest distances. The principal point is the middle of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    pub position: Vec3,
    /// Of the camera: world from view. Identity looks along -z.
    pub rotation: Quat,
    /// Focal length in widths of the picture; larger shows less. About 0.9 for a phone.
    pub focal_widths: f32,
    /// Moves everything in the view to the right and down, widths, without turning the camera: the shifted lens that
    /// makes two parallel cameras converge without bending what is upright.
    pub lens_shift_widths: Vec2,
}

impl View {
    /// The camera of the picture itself.
    pub fn of_picture(focal_widths: f32) -> Self {
        Self { position: Vec3::ZERO, rotation: Quat::IDENTITY, focal_widths, lens_shift_widths: Vec2::ZERO }
    }

    /// Where the ray of a pixel of this view crosses z = -1 when it starts at the origin, and so where it meets the
    /// picture at distance infinity. `None` for a ray that never gets in front of the picture's camera.
    pub fn slope(&self, pixel: Vec2, width: usize, height: usize) -> Option<Vec2> {
        let direction = self.rotation * self.direction_in_view(pixel, width, height);
        (direction.z < -1e-4).then(|| Vec2::new(direction.x, direction.y) / -direction.z)
    }

    fn direction_in_view(&self, pixel: Vec2, width: usize, height: usize) -> Vec3 {
        let axis = middle(width, height) + self.lens_shift_widths * width as f32;
        let from_middle = (pixel - axis) / (self.focal_widths * width as f32);
        Vec3::new(from_middle.x, -from_middle.y, -1.0)
    }

    /// Origin and direction of the ray of a pixel. The direction's length is such that ray parameter = distance along
    /// the axis of this view.
    pub fn ray(&self, pixel: Vec2, width: usize, height: usize) -> (Vec3, Vec3) {
        (self.position, self.rotation * self.direction_in_view(pixel, width, height))
    }

    /// Pixel and inverse distance along the axis of this view of a point; `None` behind it.
    pub fn project(&self, point: Vec3, width: usize, height: usize) -> Option<(Vec2, f32)> {
        let in_view = self.rotation.conjugate() * (point - self.position);
        let inverse = 1.0 / -in_view.z;
        (in_view.z < 0.0 && inverse.is_finite()).then(|| {
            let focal_px = self.focal_widths * width as f32;
            let axis = middle(width, height) + self.lens_shift_widths * width as f32;
            (axis + Vec2::new(in_view.x, -in_view.y) * inverse * focal_px, inverse)
        })
    }
}

/// The middle of a picture in pixels.
pub fn middle(width: usize, height: usize) -> Vec2 {
    Vec2::new(width as f32 - 1.0, height as f32 - 1.0) * 0.5
}

/// The point that a pixel of the picture shows.
pub fn unprojected(pixel: Vec2, inverse_depth: f32, focal_widths: f32, width: usize, height: usize) -> Vec3 {
    View::of_picture(focal_widths).direction_in_view(pixel, width, height) / inverse_depth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_goes_to_the_pixel_whose_ray_meets_it() {
        let view = View {
            position: Vec3::new(0.1, -0.2, 0.3),
            rotation: Quat::from_euler(bevy_math::EulerRot::YXZ, 0.2, -0.1, 0.05),
            focal_widths: 1.1,
            lens_shift_widths: Vec2::new(0.02, -0.01),
        };
        let pixel = Vec2::new(17.25, 40.5);
        let (origin, direction) = view.ray(pixel, 64, 48);
        let (back, inverse) = view.project(origin + direction * 2.5, 64, 48).unwrap();
        assert!((back - pixel).length() < 1e-4 && (inverse - 0.4).abs() < 1e-6);
        let picture = View::of_picture(0.9);
        let point = unprojected(pixel, 0.25, 0.9, 64, 48);
        let (back, inverse) = picture.project(point, 64, 48).unwrap();
        assert!((back - pixel).length() < 1e-4 && (inverse - 0.25).abs() < 1e-6);
    }
}
