//! How tall people are in the picture.

use bevy::camera::{Camera, Camera3d, Projection};
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;

/// Height of a grown person, metres. The same for everybody: a child is then drawn a little finer than it needs.
const HEIGHT_M: f32 = 1.8;

/// Everything that decides how tall a part appears.
#[derive(SystemParam)]
pub struct View<'w, 's> {
    cameras: Query<'w, 's, (&'static Camera, &'static Projection, &'static Transform), With<Camera3d>>,
    parts: Query<'w, 's, (&'static Transform, Option<&'static ChildOf>), Without<Camera3d>>,
}

impl View<'_, '_> {
    /// Pixels that a person is tall who stands `way` from the origin of `part`; infinite without a camera. `picture_px` is the
    /// height of the picture where the camera does not say.
    pub fn height_px(&self, part: Entity, way: Vec3, picture_px: u32) -> f32 {
        let Some((camera, Projection::Perspective(lens), eye)) = self.cameras.iter().next() else {
            return f32::INFINITY;
        };
        let picture_px = camera.physical_target_size().map_or(picture_px, |size| size.y);
        height_px(eye.translation, lens.fov, picture_px as f32, self.world_from(part) * Mat4::from_translation(way))
    }

    /// Bevy's global transforms are a frame late at this point.
    fn world_from(&self, part: Entity) -> Mat4 {
        let mut place = Mat4::IDENTITY;
        let mut at = Some(part);
        while let Some((transform, parent)) = at.and_then(|at| self.parts.get(at).ok()) {
            place = transform.to_matrix() * place;
            at = parent.map(ChildOf::parent);
        }
        place
    }
}

fn height_px(eye: Vec3, fov_rad: f32, picture_px: f32, world_from_part: Mat4) -> f32 {
    let feet = world_from_part.transform_point3(Vec3::ZERO);
    let up = world_from_part.transform_vector3(Vec3::Y * HEIGHT_M);
    let along = ((eye - feet).dot(up) / up.length_squared()).clamp(0.0, 1.0);
    let distance = (feet + up * along).distance(eye);
    up.length() / distance * 0.5 * picture_px / (0.5 * fov_rad).tan()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::detail::Level;

    #[test]
    fn a_person_is_as_tall_as_optics_say() {
        // At 90 degrees the picture is twice as tall as it is away.
        let px = |z: f32, scale: f32| {
            height_px(
                Vec3::Y,
                std::f32::consts::FRAC_PI_2,
                1000.0,
                Mat4::from_scale_rotation_translation(Vec3::splat(scale), Quat::IDENTITY, Vec3::new(0.0, 0.0, -z)),
            )
        };
        assert!((px(0.9, 1.0) - 1000.0).abs() < 0.1, "{}", px(0.9, 1.0));
        assert!((px(9.0, 1.0) - 100.0).abs() < 0.1);
        assert!((px(9.0, 0.5) - 50.0).abs() < 1.0);
        assert_eq!(Level::of_height(px(9.0, 1.0)), Level::Low);
        assert_eq!(Level::of_height(px(0.0, 1.0)), Level::Full, "a camera inside of the person");
        assert_eq!(Level::of_height(f32::NAN), Level::Full);
    }
}
