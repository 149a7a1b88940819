//! A picture as a network's input: resized, in its colour space, in planes.

use crate::depth::ChannelOrder;
use crate::{NeuralError, Tensor};

/// A picture to be looked at. Rows from the top, three values a pixel: red, green, blue.
#[derive(Clone, Copy, Debug)]
pub struct Picture<'a> {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height * 3` values.
    pub pixels: Pixels<'a>,
}

/// The values of a picture and their encoding. Primaries are those of Rec.709.
#[derive(Clone, Copy, Debug)]
pub enum Pixels<'a> {
    /// sRGB-encoded, 0..=255.
    Srgb8(&'a [u8]),
    /// sRGB-encoded, 0..=1; what lies outside is clamped.
    Srgb(&'a [f32]),
    /// Linear light, 1 is display white; what lies outside 0..=1 is clamped.
    Linear(&'a [f32]),
}

impl Picture<'_> {
    pub(crate) fn check(&self) -> Result<(), NeuralError> {
        let found = match self.pixels {
            Pixels::Srgb8(values) => values.len(),
            Pixels::Srgb(values) | Pixels::Linear(values) => values.len(),
        };
        let Picture { width, height, .. } = self;
        let expected = width.checked_mul(*height).and_then(|pixels| pixels.checked_mul(3));
        if expected.is_none_or(|expected| expected == 0 || expected != found) {
            return Err(NeuralError::Shape {
                tensor: "picture".to_owned(),
                problem: format!("{found} values, but {width}x{height} pixels need 3 each and there must be one"),
            });
        }
        let bad = match self.pixels {
            Pixels::Srgb8(_) => 0,
            Pixels::Srgb(values) | Pixels::Linear(values) => values.iter().filter(|value| value.is_nan()).count(),
        };
        if bad > 0 {
            let problem = format!("{bad} of {found} values are NaN");
            return Err(NeuralError::Values { tensor: "picture".to_owned(), problem });
        }
        Ok(())
    }

    /// `[1, 3, height, width]` of `size` (width, height), 0..=1, in linear light or sRGB-encoded.
    ///
    /// Resizing is linear interpolation, widened to the footprint of a new pixel where the picture shrinks, as networks
    /// are trained with. It works on sRGB-encoded values, as those who train do.
    pub(crate) fn to_tensor(
        self,
        [width, height]: [usize; 2],
        linear: bool,
        order: ChannelOrder,
    ) -> Result<Tensor, NeuralError> {
        let across = Taps::new(self.width, width);
        let down = Taps::new(self.height, height);
        let mut sums = vec![0.0f32; width * height * 3];
        let mut row = vec![0.0f32; width * 3];
        // Row by row of the picture, so that a large one needs no copy of itself. Each row counts for a few new ones.
        let mut first_new = 0;
        for y in 0..self.height {
            self.resize_row(y, &across, &mut row);
            while down.taps[first_new].end() <= y {
                first_new += 1;
            }
            for (new_y, tap) in down.taps.iter().enumerate().skip(first_new) {
                if tap.first > y {
                    break;
                }
                // A tap after this one may begin earlier and end later only by its width; one that is over weighs 0.
                let Some(weight) = tap.weights.get(y - tap.first) else { continue };
                let into = &mut sums[new_y * width * 3..][..width * 3];
                into.iter_mut().zip(&row).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        let pixels = width * height;
        let mut data = vec![0.0; 3 * pixels];
        for (index, colour) in sums.chunks_exact(3).enumerate() {
            for (channel, &value) in colour.iter().enumerate() {
                let plane = match order {
                    ChannelOrder::Rgb => channel,
                    ChannelOrder::Bgr => 2 - channel,
                };
                data[plane * pixels + index] = if linear { decode_srgb(value) } else { value };
            }
        }
        Tensor::new(vec![1, 3, height, width], data)
    }

    fn resize_row(&self, y: usize, across: &Taps, row: &mut [f32]) {
        let start = y * self.width * 3;
        let value = |index: usize| match self.pixels {
            Pixels::Srgb8(values) => f32::from(values[start + index]) / 255.0,
            Pixels::Srgb(values) => values[start + index].clamp(0.0, 1.0),
            Pixels::Linear(values) => encode_srgb(values[start + index].clamp(0.0, 1.0)),
        };
        for (colour, tap) in row.chunks_exact_mut(3).zip(&across.taps) {
            colour.fill(0.0);
            for (x, weight) in (tap.first..).zip(&tap.weights) {
                for (channel, sum) in colour.iter_mut().enumerate() {
                    *sum += weight * value(x * 3 + channel);
                }
            }
        }
    }
}

/// What each new pixel of a line is made of.
struct Taps {
    taps: Vec<Tap>,
}

struct Tap {
    first: usize,
    weights: Vec<f32>,
}

impl Tap {
    fn end(&self) -> usize {
        self.first + self.weights.len()
    }
}

impl Taps {
    /// Triangles as wide as two new or two old pixels, whichever are larger; pixel centres at halves.
    fn new(old: usize, new: usize) -> Self {
        let scale = old as f64 / new as f64;
        let reach = scale.max(1.0);
        let tap = |index: usize| {
            let centre = (index as f64 + 0.5) * scale;
            let first = (centre - reach).floor().max(0.0) as usize;
            let end = ((centre + reach).ceil() as usize).clamp(first + 1, old);
            let first = first.min(end - 1);
            let mut weights: Vec<f64> =
                (first..end).map(|i| (1.0 - ((i as f64 + 0.5 - centre) / reach).abs()).max(0.0)).collect();
            let sum: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|weight| *weight /= sum);
            Tap { first, weights: weights.into_iter().map(|weight| weight as f32).collect() }
        };
        Self { taps: (0..new).map(tap).collect() }
    }
}

/// IEC 61966-2-1.
fn encode_srgb(linear: f32) -> f32 {
    if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

/// IEC 61966-2-1.
fn decode_srgb(encoded: f32) -> f32 {
    if encoded <= 0.040_45 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resized(width: usize, height: usize, values: &[f32], size: [usize; 2]) -> Vec<f32> {
        let rgb: Vec<f32> = values.iter().flat_map(|v| [*v, 0.0, 1.0]).collect();
        let picture = Picture { width, height, pixels: Pixels::Srgb(&rgb) };
        picture.check().expect("a picture");
        let tensor = picture.to_tensor(size, false, ChannelOrder::Rgb).expect("a tensor");
        let pixels = size[0] * size[1];
        assert!(tensor.data()[pixels..2 * pixels].iter().all(|v| *v == 0.0));
        assert!(tensor.data()[2 * pixels..].iter().all(|v| (v - 1.0).abs() < 1e-6));
        tensor.data()[..pixels].to_vec()
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let values = [0.0, 0.25, 0.5, 0.75, 1.0, 0.125];
        assert_eq!(resized(3, 2, &values, [3, 2]), values);
    }

    #[test]
    fn a_slope_stays_a_slope_larger_and_smaller() {
        let values: Vec<f32> = (0..12).map(|i| (i % 12) as f32 / 16.0).collect();
        for new in [5, 24] {
            let scale = 12.0 / new as f32;
            let got = resized(12, 1, &values, [new, 3]);
            let reach = scale.max(1.0);
            for (x, value) in got[new..2 * new].iter().enumerate() {
                let centre = (x as f32 + 0.5) * scale;
                // At the ends the triangle is cut.
                if centre - reach >= 0.0 && centre + reach <= 12.0 {
                    assert!((value - (centre - 0.5) / 16.0).abs() < 3e-3, "{new}: {x}: {value}");
                }
            }
        }
    }

    #[test]
    fn nothing_between_new_pixels_is_lost() {
        // One white pixel of 64 leaves about a 64th of white wherever it is; at the rim triangles are cut, so less or more.
        for at in [0, 7, 42, 63] {
            let mut values = vec![0.0; 64];
            values[at] = 1.0;
            let got = resized(8, 8, &values, [2, 2]);
            let mean = got.iter().sum::<f32>() / 4.0;
            assert!((0.007..0.03).contains(&mean), "{at}: {mean}");
        }
    }

    #[test]
    fn encodings_meet() {
        let bytes = [0u8, 55, 188, 255, 128, 3];
        let encoded: Vec<f32> = bytes.iter().map(|b| f32::from(*b) / 255.0).collect();
        let linear: Vec<f32> = encoded.iter().map(|v| decode_srgb(*v)).collect();
        let all = [Pixels::Srgb8(&bytes), Pixels::Srgb(&encoded), Pixels::Linear(&linear)];
        let tensor = |pixels, linear, order| {
            let picture = Picture { width: 2, height: 1, pixels };
            picture.to_tensor([2, 1], linear, order).expect("a tensor").data().to_vec()
        };
        let expected = tensor(all[0], false, ChannelOrder::Rgb);
        assert_eq!(expected, [encoded[0], encoded[3], encoded[1], encoded[4], encoded[2], encoded[5]]);
        for pixels in all {
            let got = tensor(pixels, false, ChannelOrder::Rgb);
            assert!(got.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "{pixels:?}");
            let got = tensor(pixels, true, ChannelOrder::Bgr);
            let order = [2, 5, 1, 4, 0, 3].map(|i| linear[i]);
            assert!(got.iter().zip(&order).all(|(a, b)| (a - b).abs() < 1e-6), "{pixels:?}");
        }
    }
}
