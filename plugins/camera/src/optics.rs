//! Lens and sensor.

use kinema_core::Output;

/// What a lens and a sensor make of a picture's shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frustum {
    /// Full vertical angle of view, radians.
    pub vertical_fov_rad: f32,
    /// Width over height.
    pub aspect: f32,
    /// Height of the part of the sensor that the picture uses, metres.
    pub sensor_height_m: f32,
}

/// Thin lens focused at infinity; breathing is left out. The sensor's given side belongs to the picture's longer side,
/// Blender's sensor fit Auto. Output sizes are at least 1.
pub fn frustum(focal_length_mm: f32, sensor_width_mm: f32, output: &Output) -> Frustum {
    let (width, height) = (output.width.max(1) as f32, output.height.max(1) as f32);
    let sensor_height_mm = sensor_width_mm * height / width.max(height);
    Frustum {
        vertical_fov_rad: 2.0 * (0.5 * sensor_height_mm / focal_length_mm).atan(),
        aspect: width / height,
        sensor_height_m: sensor_height_mm * 1e-3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn horizontal_deg(f: &Frustum) -> f32 {
        2.0 * ((0.5 * f.vertical_fov_rad).tan() * f.aspect).atan().to_degrees()
    }

    #[test]
    fn focal_lengths_give_their_textbook_angles() {
        // Full frame, horizontally: 24 mm 73.7, 50 mm 39.6, 85 mm 23.9 degrees.
        for (focal, angle) in [(24.0, 73.74), (50.0, 39.60), (85.0, 23.91)] {
            let f = frustum(focal, 36.0, &Output { width: 1920, height: 1080 });
            assert!((horizontal_deg(&f) - angle).abs() < 0.05, "{focal} mm: {}", horizontal_deg(&f));
        }
        let square = frustum(50.0, 36.0, &Output { width: 500, height: 500 });
        assert!((square.vertical_fov_rad.to_degrees() - 39.60).abs() < 0.05);
    }

    #[test]
    fn a_tall_picture_uses_the_long_side_upright() {
        let f = frustum(50.0, 36.0, &Output { width: 1080, height: 1920 });
        assert!((f.vertical_fov_rad.to_degrees() - 39.60).abs() < 0.05);
        assert!((f.sensor_height_m - 0.036).abs() < 1e-6);
    }
}
