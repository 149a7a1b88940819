//! The optics of a thin lens.

/// Vertical field of view in radians of a lens on a sensor `sensor_width_mm` wide whose height follows from the
/// picture's aspect ratio (width over height): 2 atan(height / (2 focal length)), the pinhole model.
pub fn vertical_fov_rad(focal_length_mm: f32, sensor_width_mm: f32, aspect: f32) -> f32 {
    2.0 * (sensor_height_mm(sensor_width_mm, aspect) / (2.0 * focal_length_mm)).atan()
}

/// Height of the used part of the sensor, millimetres.
pub fn sensor_height_mm(sensor_width_mm: f32, aspect: f32) -> f32 {
    sensor_width_mm / aspect
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_frame_50_mm_lens_sees_39_6_degrees_across_and_27_down() {
        let aspect = 1.5;
        let vertical = vertical_fov_rad(50.0, 36.0, aspect);
        assert!((vertical.to_degrees() - 26.99).abs() < 0.01, "{}", vertical.to_degrees());
        let horizontal = 2.0 * ((vertical / 2.0).tan() * aspect).atan();
        assert!((horizontal.to_degrees() - 39.60).abs() < 0.01, "{}", horizontal.to_degrees());
    }

    #[test]
    fn the_sensor_is_as_wide_whatever_the_picture() {
        assert_eq!(sensor_height_mm(36.0, 2.0), 18.0);
        assert_eq!(sensor_height_mm(36.0, 1.0), 36.0);
    }
}
