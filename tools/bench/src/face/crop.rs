//! Pictures, and the parts of them that networks are shown.

use kinema::neural::{NeuralError, Tensor};
use kinema_core::{PixelFormat, Plane};

/// A picture of display colour, sRGB-encoded, 0..1; the top row first.
#[derive(Clone, Debug)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pixels: Vec<[f32; 3]>,
}

/// What lies outside of a picture.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Border {
    Black,
    Repeated,
}

/// A turned rectangle, in pixels; y points down and a positive rotation, in radians, is clockwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Region {
    pub centre: [f32; 2],
    pub size: [f32; 2],
    pub rotation: f32,
}

impl Region {
    /// Where a place of the rectangle, 0..1 from its own left and top, lies in the picture.
    pub fn to_picture(self, [u, v]: [f32; 2]) -> [f32; 2] {
        let (x, y) = ((u - 0.5) * self.size[0], (v - 0.5) * self.size[1]);
        let (sin, cos) = self.rotation.sin_cos();
        [self.centre[0] + x * cos - y * sin, self.centre[1] + x * sin + y * cos]
    }
}

impl Picture {
    /// None if the plane is not of 8-bit display colour.
    pub fn from_display(plane: &Plane) -> Option<Self> {
        let (width, height) = (plane.width as usize, plane.height as usize);
        if plane.format != PixelFormat::Rgba8Srgb || plane.data.len() != width * height * 4 {
            return None;
        }
        let pixels = plane.data.chunks_exact(4).map(|p| [p[0], p[1], p[2]].map(|v| f32::from(v) / 255.0)).collect();
        Some(Self { width, height, pixels })
    }

    fn pixel(&self, x: i64, y: i64, border: Border) -> [f32; 3] {
        let inside = |value: i64, size: usize| value.clamp(0, size as i64 - 1);
        let (near_x, near_y) = (inside(x, self.width), inside(y, self.height));
        if border == Border::Black && (near_x, near_y) != (x, y) {
            return [0.0; 3];
        }
        self.pixels.get(near_y as usize * self.width + near_x as usize).copied().unwrap_or([0.0; 3])
    }

    /// Between pixels, linearly; (0, 0) is the first pixel.
    fn sample(&self, [x, y]: [f32; 2], border: Border) -> [f32; 3] {
        let (left, top) = (x.floor(), y.floor());
        let (right_share, low_share) = (x - left, y - top);
        let at = |dx: i64, dy: i64| self.pixel(left as i64 + dx, top as i64 + dy, border);
        let (a, b, c, d) = (at(0, 0), at(1, 0), at(0, 1), at(1, 1));
        std::array::from_fn(|channel| {
            let upper = a[channel] + (b[channel] - a[channel]) * right_share;
            let lower = c[channel] + (d[channel] - c[channel]) * right_share;
            upper + (lower - upper) * low_share
        })
    }

    /// A region as a network's input of `side` x `side`, red, green, blue. As MediaPipe's converter, which is OpenCV's
    /// `warpPerspective`: pixel `n` is taken at `n / side` of the region, without averaging
    /// (mediapipe/calculators/tensor/image_to_tensor_converter_opencv.cc).
    pub fn crop(&self, region: Region, side: usize, border: Border) -> Result<Tensor, NeuralError> {
        let mut data = vec![0.0; 3 * side * side];
        for row in 0..side {
            for column in 0..side {
                let place = [column, row].map(|n| n as f32 / side as f32);
                let colour = self.sample(region.to_picture(place), border);
                for (channel, value) in colour.into_iter().enumerate() {
                    data[(channel * side + row) * side + column] = value;
                }
            }
        }
        Tensor::new(vec![1, 3, side, side], data)
    }

    /// A region in grey, averaged down to `side` x `side`. Grey is OpenCV's: 0.299 red, 0.587 green, 0.114 blue of the
    /// encoded values.
    pub fn grey(&self, region: Region, side: usize) -> Result<Tensor, NeuralError> {
        let spacing = region.size[0].max(region.size[1]) / side as f32;
        let taps = (spacing.ceil() as usize).clamp(1, 16);
        let mut data = Vec::with_capacity(side * side);
        for row in 0..side {
            for column in 0..side {
                let mut sum = 0.0;
                for tap in 0..taps * taps {
                    let within = [tap % taps, tap / taps].map(|n| (n as f32 + 0.5) / taps as f32);
                    let place = [(column as f32 + within[0]) / side as f32, (row as f32 + within[1]) / side as f32];
                    let [x, y] = region.to_picture(place);
                    let [red, green, blue] = self.sample([x - 0.5, y - 0.5], Border::Repeated);
                    sum += 0.299 * red + 0.587 * green + 0.114 * blue;
                }
                data.push(sum / (taps * taps) as f32);
            }
        }
        Tensor::new(vec![1, 1, side, side], data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red grows to the right, green downwards.
    fn ramp(width: usize, height: usize) -> Picture {
        let pixel = |n: usize| [(n % width) as f32 / 100.0, (n / width) as f32 / 100.0, 0.5];
        Picture { width, height, pixels: (0..width * height).map(pixel).collect() }
    }

    #[test]
    fn a_crop_follows_place_size_and_rotation() {
        let picture = ramp(40, 40);
        let region = Region { centre: [20.0, 16.0], size: [8.0, 8.0], rotation: 0.0 };
        let crop = picture.crop(region, 4, Border::Black).expect("a tensor");
        let (red, green) = crop.data()[..32].split_at(16);
        assert!((red[0] - 0.16).abs() < 1e-5 && (red[3] - 0.22).abs() < 1e-5, "{red:?}");
        assert!((green[0] - 0.12).abs() < 1e-5 && (green[12] - 0.18).abs() < 1e-5, "{green:?}");
        // A quarter turn clockwise: the region's right is the picture's bottom.
        let turned = Region { rotation: std::f32::consts::FRAC_PI_2, ..region };
        let [x, y] = turned.to_picture([1.0, 0.5]);
        assert!((x - 20.0).abs() < 1e-4 && (y - 20.0).abs() < 1e-4, "{x} {y}");
    }

    #[test]
    fn outside_is_black_or_the_edge() {
        let picture = ramp(4, 4);
        let region = Region { centre: [-10.0, 2.0], size: [2.0, 2.0], rotation: 0.0 };
        let blue = |border| picture.crop(region, 1, border).expect("a tensor").data()[2];
        assert_eq!((blue(Border::Black), blue(Border::Repeated)), (0.0, 0.5));
    }

    #[test]
    fn grey_is_the_mean_of_what_it_covers() {
        let picture = ramp(64, 64);
        let region = Region { centre: [32.0, 32.0], size: [32.0, 32.0], rotation: 0.0 };
        let grey = picture.grey(region, 2).expect("a tensor");
        // The first quarter covers pixels 16 to 31, whose mean is 23.5, in both directions.
        let expected = 0.299 * 0.235 + 0.587 * 0.235 + 0.114 * 0.5;
        assert!((grey.data()[0] - expected).abs() < 1e-4, "{} {expected}", grey.data()[0]);
    }
}
