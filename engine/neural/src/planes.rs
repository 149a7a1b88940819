//! Planes of a picture to and from tensors of shape `[1, channels, height, width]`.

use half::f16;
use kinema_core::{Aov, PixelFormat, Plane};

use crate::{NeuralError, Tensor};

/// Components of a pixel that carry the AOV's meaning; alpha does not.
fn channels(aov: Aov, format: PixelFormat) -> Option<usize> {
    use PixelFormat::*;
    match (aov, format) {
        (Aov::Display, Rgba8Srgb | Rgba16Float) | (Aov::Albedo, Rgba8Unorm) => Some(3),
        (Aov::Beauty | Aov::Normal, Rgba16Float | Rgba32Float) => Some(3),
        (Aov::Motion, Rg32Float) => Some(2),
        (Aov::Depth, R32Float) => Some(1),
        _ => None,
    }
}

/// Bytes of one component.
fn component_bytes(format: PixelFormat) -> usize {
    match format {
        PixelFormat::Rgba8Srgb | PixelFormat::Rgba8Unorm => 1,
        PixelFormat::Rgba16Float => 2,
        PixelFormat::Rgba32Float | PixelFormat::R32Float | PixelFormat::Rg32Float | PixelFormat::R32Uint => 4,
    }
}

/// Values as stored: 8-bit components become 0..=1 and stay in their encoding (sRGB for the 8-bit display), floats are
/// taken as they are, with depth's infinity. Alpha is dropped.
///
/// # Errors
/// [`NeuralError::Plane`] for part ids; [`NeuralError::Shape`] when the plane's bytes do not fit its size.
pub fn plane_to_tensor(plane: &Plane) -> Result<Tensor, NeuralError> {
    let channels = known_channels(plane.aov, plane.format)?;
    if plane.data.len() != plane.expected_len() {
        return Err(NeuralError::Shape {
            tensor: plane.aov.to_string(),
            problem: format!("{} bytes, but its size needs {}", plane.data.len(), plane.expected_len()),
        });
    }
    let pixels = plane.width as usize * plane.height as usize;
    let component = component_bytes(plane.format);
    let mut data = vec![0.0; channels * pixels];
    for (index, pixel) in plane.data.chunks_exact(plane.format.bytes_per_pixel()).enumerate() {
        for (channel, bytes) in pixel.chunks_exact(component).take(channels).enumerate() {
            data[channel * pixels + index] = decode(bytes);
        }
    }
    Tensor::new(vec![1, channels, plane.height as usize, plane.width as usize], data)
}

/// The reverse of [`plane_to_tensor`]. 8-bit components are clamped and rounded; alpha becomes 1, for normals 0 where
/// there is nothing.
///
/// # Errors
/// [`NeuralError::Plane`] for part ids; [`NeuralError::Shape`] when the tensor is not `[1, channels, height, width]`.
pub fn tensor_to_plane(tensor: &Tensor, aov: Aov, format: PixelFormat) -> Result<Plane, NeuralError> {
    let channels = known_channels(aov, format)?;
    let wrong = || NeuralError::Shape {
        tensor: aov.to_string(),
        problem: format!("shape {:?}, expected [1, {channels}, height, width]", tensor.shape()),
    };
    let Some([1, found, height, width]) = tensor.nchw() else { return Err(wrong()) };
    let (Ok(width_px), Ok(height_px)) = (u32::try_from(width), u32::try_from(height)) else { return Err(wrong()) };
    if found != channels {
        return Err(wrong());
    }
    let pixels = width * height;
    let has_alpha = format.bytes_per_pixel() / component_bytes(format) == 4;
    let mut data = Vec::with_capacity(pixels * format.bytes_per_pixel());
    for index in 0..pixels {
        let values = (0..channels).map(|channel| tensor.data()[channel * pixels + index]);
        values.clone().for_each(|value| encode(value, format, &mut data));
        if has_alpha {
            let nothing = aov == Aov::Normal && values.clone().all(|value| value == 0.0);
            encode(if nothing { 0.0 } else { 1.0 }, format, &mut data);
        }
    }
    Ok(Plane { aov, format, width: width_px, height: height_px, data })
}

fn known_channels(aov: Aov, format: PixelFormat) -> Result<usize, NeuralError> {
    channels(aov, format).ok_or(NeuralError::Plane { aov, format })
}

fn decode(bytes: &[u8]) -> f32 {
    match *bytes {
        [byte] => f32::from(byte) / 255.0,
        [a, b] => f16::from_le_bytes([a, b]).to_f32(),
        [a, b, c, d] => f32::from_le_bytes([a, b, c, d]),
        // `component_bytes` knows no other size.
        _ => f32::NAN,
    }
}

fn encode(value: f32, format: PixelFormat, out: &mut Vec<u8>) {
    match component_bytes(format) {
        1 => out.push((value.clamp(0.0, 1.0) * 255.0).round() as u8),
        2 => out.extend(f16::from_f32(value).to_le_bytes()),
        _ => out.extend(value.to_le_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(aov: Aov, format: PixelFormat, data: Vec<u8>) -> Plane {
        Plane { aov, format, width: 2, height: 1, data }
    }

    fn halves(values: [f32; 8]) -> Vec<u8> {
        values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()
    }

    #[test]
    fn channels_are_planar_and_round_trip() {
        let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>();
        let planes = [
            (
                plane(Aov::Beauty, PixelFormat::Rgba16Float, halves([0.5, 2.0, 64.0, 1.0, 0.25, 0.0, 8.0, 1.0])),
                vec![0.5, 0.25, 2.0, 0.0, 64.0, 8.0],
            ),
            (
                plane(Aov::Normal, PixelFormat::Rgba16Float, halves([0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0])),
                vec![0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
            ),
            (
                plane(Aov::Albedo, PixelFormat::Rgba8Unorm, vec![0, 255, 51, 255, 255, 0, 102, 255]),
                vec![0.0, 1.0, 1.0, 0.0, 0.2, 0.4],
            ),
            (plane(Aov::Depth, PixelFormat::R32Float, floats(&[3.5, f32::INFINITY])), vec![3.5, f32::INFINITY]),
            (plane(Aov::Motion, PixelFormat::Rg32Float, floats(&[1.0, -2.0, 3.0, -4.0])), vec![1.0, 3.0, -2.0, -4.0]),
        ];
        for (plane, expected) in planes {
            let tensor = plane_to_tensor(&plane).expect("a tensor");
            assert_eq!(tensor.shape(), [1, expected.len() / 2, 1, 2], "{}", plane.aov);
            assert_eq!(tensor.data(), expected, "{}", plane.aov);
            assert_eq!(tensor_to_plane(&tensor, plane.aov, plane.format).expect("a plane"), plane);
        }
    }

    #[test]
    fn what_cannot_be_a_tensor_is_named() {
        let ids = plane(Aov::PartId, PixelFormat::R32Uint, vec![0; 8]);
        assert!(plane_to_tensor(&ids).expect_err("ids").to_string().starts_with("AOV `id` as R32Uint"));
        let short = plane(Aov::Depth, PixelFormat::R32Float, vec![0; 7]);
        assert_eq!(
            plane_to_tensor(&short).expect_err("short").to_string(),
            "tensor `depth`: 7 bytes, but its size needs 8"
        );
        let tensor = Tensor::new(vec![1, 2, 1, 1], vec![0.0; 2]).expect("a tensor");
        let error = tensor_to_plane(&tensor, Aov::Beauty, PixelFormat::Rgba16Float).expect_err("two channels");
        assert_eq!(error.to_string(), "tensor `beauty`: shape [1, 2, 1, 1], expected [1, 3, height, width]");
    }

    #[test]
    fn eight_bits_are_rounded_not_cut() {
        let tensor = Tensor::new(vec![1, 3, 1, 1], vec![-1.0, 0.5, 7.0]).expect("a tensor");
        let plane = tensor_to_plane(&tensor, Aov::Albedo, PixelFormat::Rgba8Unorm).expect("a plane");
        assert_eq!(plane.data, [0, 128, 255, 255]);
    }
}
