//! FLIP for low dynamic range pictures: how different a viewer sees two pictures when flipping between them.
//!
//! Andersson, Nilsson, Akenine-Möller, Oskarsson, Åström, Fairchild: "FLIP: A Difference Evaluator for Alternating
//! Images", HPG 2020. Colour: opponent space (YCxCz) filtered with the eye's contrast sensitivity, Hunt-adjusted
//! CIELab, HyAB distance. Structure: edges and points found with Gaussian derivatives in the unfiltered luminance.
//! The result is 0 (same) to 1 (as different as can be) for each pixel. The numbers in the tests below come from
//! the authors' own evaluator (`flip_fixture.py` beside this file).
//!
//! A pixel at the border sees its own picture's edge repeated outwards, as in that evaluator.

use std::f32::consts::PI;

/// An sRGB-encoded picture of eight bits a channel: rows from the top, three bytes a pixel, no padding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SrgbImage {
    pub width: usize,
    pub height: usize,
    pub rgb: Vec<u8>,
}

impl SrgbImage {
    /// `rgba`: four bytes a pixel; the fourth is left out, as FLIP has no notion of coverage.
    pub fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Self {
        assert_eq!(rgba.len(), width * height * 4, "rgba bytes of a {width}x{height} picture");
        let rgb = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        Self { width, height, rgb }
    }
}

/// The error of each pixel, 0..=1, rows from the top.
#[derive(Clone, Debug)]
pub struct FlipMap {
    pub width: usize,
    pub height: usize,
    pub error: Vec<f32>,
}

impl FlipMap {
    /// The mean error: the figure that tolerances bound.
    pub fn mean(&self) -> f32 {
        let sum: f64 = self.error.iter().map(|&e| f64::from(e)).sum();
        (sum / self.error.len().max(1) as f64) as f32
    }

    pub fn max(&self) -> f32 {
        self.error.iter().copied().fold(0.0, f32::max)
    }

    /// The error as a picture: black through violet and orange to pale yellow.
    pub fn heat_map(&self) -> SrgbImage {
        let rgb = self.error.iter().flat_map(|&e| heat_colour(e)).collect();
        SrgbImage { width: self.width, height: self.height, rgb }
    }
}

/// The paper's viewing conditions: a 3840 pixel, 0.7 m wide screen seen from 0.7 m.
pub const PIXELS_PER_DEGREE: f32 = 0.7 * (3840.0 / 0.7) * (PI / 180.0);

/// Exponent of the colour difference (q_c), and of the feature difference (q_f).
const COLOUR_EXPONENT: f32 = 0.7;
const FEATURE_EXPONENT: f32 = 0.5;
/// Colour differences up to this share of the largest (p_c) are spread over this share of the range (p_t).
const COLOUR_KNEE: f32 = 0.4;
const COLOUR_KNEE_VALUE: f32 = 0.95;
/// Width of the feature detectors in degrees of the visual field (w).
const FEATURE_WIDTH_DEG: f32 = 0.082;

/// Contrast sensitivity in space: a sum of `amplitude * sqrt(pi / scale) * exp(-pi^2 r^2 / scale)`, r in degrees,
/// one row for each of Y, Cx, Cz (Table 1 of the paper).
const SENSITIVITY: [&[(f32, f32)]; 3] = [&[(1.0, 0.0047)], &[(1.0, 0.0053)], &[(34.1, 0.04), (13.5, 0.025)]];
/// The widest Gaussian above decides the radius of all of them.
const SENSITIVITY_WIDEST_SCALE: f32 = 0.04;

/// Compares two pictures of the same size at [`PIXELS_PER_DEGREE`].
pub fn flip(reference: &SrgbImage, test: &SrgbImage) -> FlipMap {
    let (width, height) = (reference.width, reference.height);
    assert_eq!((width, height), (test.width, test.height), "FLIP compares pictures of one size");
    assert_eq!(reference.rgb.len(), width * height * 3, "bytes of the reference");
    assert_eq!(test.rgb.len(), width * height * 3, "bytes of the test picture");
    let (opponent_a, opponent_b) = (opponent_planes(reference), opponent_planes(test));
    let (seen_a, seen_b) = (seen_lab(&opponent_a, width, height), seen_lab(&opponent_b, width, height));
    let (features_a, features_b) =
        (Features::of(&opponent_a[0], width, height), Features::of(&opponent_b[0], width, height));
    let largest = hyab(hunt_lab([0.0, 1.0, 0.0]), hunt_lab([0.0, 0.0, 1.0])).powf(COLOUR_EXPONENT);
    let error = (0..width * height)
        .map(|i| {
            let colour = spread_colour(hyab(seen_a[i], seen_b[i]).powf(COLOUR_EXPONENT), largest);
            let edge = (features_a.edge[i] - features_b.edge[i]).abs();
            let point = (features_a.point[i] - features_b.point[i]).abs();
            let feature = (edge.max(point) / 2.0_f32.sqrt()).powf(FEATURE_EXPONENT).clamp(0.0, 1.0);
            colour.powf(1.0 - feature)
        })
        .collect();
    FlipMap { width, height, error }
}

/// Equation 5: gives the small differences, which matter, nearly the whole range.
fn spread_colour(difference: f32, largest: f32) -> f32 {
    let knee = COLOUR_KNEE * largest;
    if difference < knee {
        difference * COLOUR_KNEE_VALUE / knee
    } else {
        COLOUR_KNEE_VALUE + (difference - knee) / (largest - knee) * (1.0 - COLOUR_KNEE_VALUE)
    }
}

/// HyAB: city-block in lightness, Euclidean in chroma; holds for large differences.
fn hyab(a: [f32; 3], b: [f32; 3]) -> f32 {
    (a[0] - b[0]).abs() + (a[1] - b[1]).hypot(a[2] - b[2])
}

/// CIELab of a linear Rec.709 colour, chroma scaled by lightness (the Hunt effect).
fn hunt_lab(linear: [f32; 3]) -> [f32; 3] {
    let [x, y, z] = white_relative_xyz(linear).map(lab_curve);
    let lightness = 116.0 * y - 16.0;
    [lightness, 0.01 * lightness * 500.0 * (x - y), 0.01 * lightness * 200.0 * (y - z)]
}

fn lab_curve(t: f32) -> f32 {
    const DELTA: f32 = 6.0 / 29.0;
    if t > DELTA * DELTA * DELTA { t.cbrt() } else { t / (3.0 * DELTA * DELTA) + 4.0 / 29.0 }
}

/// Linear Rec.709 to XYZ (D65).
const XYZ_FROM_LINEAR: [[f32; 3]; 3] = [
    [10_135_552.0 / 24_577_794.0, 8_788_810.0 / 24_577_794.0, 4_435_075.0 / 24_577_794.0],
    [2_613_072.0 / 12_288_897.0, 8_788_810.0 / 12_288_897.0, 887_015.0 / 12_288_897.0],
    [1_425_312.0 / 73_733_382.0, 8_788_810.0 / 73_733_382.0, 70_074_185.0 / 73_733_382.0],
];

/// XYZ divided by that of white, so that white is (1, 1, 1).
fn white_relative_xyz(linear: [f32; 3]) -> [f32; 3] {
    XYZ_FROM_LINEAR.map(|row| {
        let white: f32 = row.iter().sum();
        (row[0] * linear[0] + row[1] * linear[1] + row[2] * linear[2]) / white
    })
}

/// The inverse of [`white_relative_xyz`], by Cramer's rule on the same matrix so that the two cannot drift apart.
fn linear_from_white_relative_xyz(relative: [f32; 3]) -> [f32; 3] {
    let m = XYZ_FROM_LINEAR.map(|row| row.map(f64::from));
    let xyz: [f64; 3] = std::array::from_fn(|i| f64::from(relative[i]) * m[i].iter().sum::<f64>());
    let determinant = |c: [[f64; 3]; 3]| {
        c[0][0] * (c[1][1] * c[2][2] - c[1][2] * c[2][1]) - c[0][1] * (c[1][0] * c[2][2] - c[1][2] * c[2][0])
            + c[0][2] * (c[1][0] * c[2][1] - c[1][1] * c[2][0])
    };
    let whole = determinant(m);
    std::array::from_fn(|channel| {
        let mut replaced = m;
        for (row, value) in replaced.iter_mut().zip(xyz) {
            row[channel] = value;
        }
        (determinant(replaced) / whole) as f32
    })
}

/// sRGB bytes to the three opponent planes Y, Cx, Cz.
fn opponent_planes(image: &SrgbImage) -> [Vec<f32>; 3] {
    let decoded: Vec<f32> = (0..=255_u8).map(decode_srgb).collect();
    let mut planes = [const { Vec::new() }; 3];
    for pixel in image.rgb.chunks_exact(3) {
        let [x, y, z] = white_relative_xyz([
            decoded[usize::from(pixel[0])],
            decoded[usize::from(pixel[1])],
            decoded[usize::from(pixel[2])],
        ]);
        planes[0].push(116.0 * y - 16.0);
        planes[1].push(500.0 * (x - y));
        planes[2].push(200.0 * (y - z));
    }
    planes
}

fn decode_srgb(byte: u8) -> f32 {
    let encoded = f32::from(byte) / 255.0;
    if encoded <= 0.04045 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

/// What the eye resolves of the opponent planes, as Hunt-adjusted Lab.
fn seen_lab(opponent: &[Vec<f32>; 3], width: usize, height: usize) -> Vec<[f32; 3]> {
    let [luma, red_green, blue_yellow]: [Vec<f32>; 3] =
        std::array::from_fn(|channel| filter_sensitivity(&opponent[channel], width, height, SENSITIVITY[channel]));
    (0..width * height)
        .map(|i| {
            let y = (luma[i] + 16.0) / 116.0;
            let relative = [y + red_green[i] / 500.0, y, y - blue_yellow[i] / 200.0];
            hunt_lab(linear_from_white_relative_xyz(relative).map(|channel| channel.clamp(0.0, 1.0)))
        })
        .collect()
}

/// Each Gaussian of the sum is separable, so each is two passes over rows and columns; together they sum to one.
fn filter_sensitivity(plane: &[f32], width: usize, height: usize, gaussians: &[(f32, f32)]) -> Vec<f32> {
    let radius = (3.0 * (SENSITIVITY_WIDEST_SCALE / (2.0 * PI * PI)).sqrt() * PIXELS_PER_DEGREE).ceil() as i32;
    let kernels: Vec<(f32, Vec<f32>)> = gaussians
        .iter()
        .map(|&(amplitude, scale)| {
            let taps =
                (-radius..=radius).map(|i| (-(PI * i as f32 / PIXELS_PER_DEGREE).powi(2) / scale).exp()).collect();
            (amplitude * (PI / scale).sqrt(), taps)
        })
        .collect();
    let total: f32 = kernels.iter().map(|(weight, taps)| weight * taps.iter().sum::<f32>().powi(2)).sum();
    let mut filtered = vec![0.0; plane.len()];
    for (weight, taps) in &kernels {
        let part = convolve(plane, width, height, taps, taps);
        for (sum, value) in filtered.iter_mut().zip(part) {
            *sum += weight / total * value;
        }
    }
    filtered
}

/// `rows` is applied along x, then `columns` along y; both have odd lengths, and the border pixel repeats.
fn convolve(plane: &[f32], width: usize, height: usize, rows: &[f32], columns: &[f32]) -> Vec<f32> {
    let pass = |source: &[f32], taps: &[f32], along_x: bool| -> Vec<f32> {
        let radius = (taps.len() / 2) as isize;
        let (length, stride) = if along_x { (width, 1) } else { (height, width) };
        (0..source.len())
            .map(|i| {
                let place = if along_x { i % width } else { i / width };
                let start = i - place * stride;
                let at = |offset: isize| {
                    let clamped = (place as isize + offset).clamp(0, length as isize - 1) as usize;
                    source[start + clamped * stride]
                };
                (-radius..).zip(taps).map(|(offset, tap)| tap * at(offset)).sum()
            })
            .collect()
    };
    pass(&pass(plane, rows, true), columns, false)
}

/// Strength of edges and of points in the luminance, from first and second Gaussian derivatives.
struct Features {
    edge: Vec<f32>,
    point: Vec<f32>,
}

impl Features {
    fn of(luma: &[f32], width: usize, height: usize) -> Self {
        let sigma = 0.5 * FEATURE_WIDTH_DEG * PIXELS_PER_DEGREE;
        let radius = (3.0 * sigma).ceil() as i32;
        let normalised: Vec<f32> = luma.iter().map(|y| (y + 16.0) / 116.0).collect();
        let gauss: Vec<f32> = (-radius..=radius).map(|i| (-(i * i) as f32 / (2.0 * sigma * sigma)).exp()).collect();
        let gauss_sum: f32 = gauss.iter().sum();
        let smooth: Vec<f32> = gauss.iter().map(|g| g / gauss_sum).collect();
        let first: Vec<f32> = (-radius..=radius).zip(&gauss).map(|(i, g)| -(i as f32) * g).collect();
        let second: Vec<f32> =
            (-radius..=radius).zip(&gauss).map(|(i, g)| ((i * i) as f32 / (sigma * sigma) - 1.0) * g).collect();
        let magnitude = |kernel: Vec<f32>| -> Vec<f32> {
            let kernel = balance(kernel);
            let x = convolve(&normalised, width, height, &kernel, &smooth);
            let y = convolve(&normalised, width, height, &smooth, &kernel);
            x.into_iter().zip(y).map(|(x, y)| x.hypot(y)).collect()
        };
        Self { edge: magnitude(first), point: magnitude(second) }
    }
}

/// Scales the positive weights to sum to 1 and the negative ones to sum to -1.
fn balance(kernel: Vec<f32>) -> Vec<f32> {
    let positive: f32 = kernel.iter().filter(|w| **w > 0.0).sum();
    let negative: f32 = -kernel.iter().filter(|w| **w < 0.0).sum::<f32>();
    kernel.into_iter().map(|w| if w > 0.0 { w / positive } else { w / negative }).collect()
}

/// A perceptually even ramp in sRGB: seven steps of matplotlib's `magma`, joined by straight lines.
fn heat_colour(error: f32) -> [u8; 3] {
    const STEPS: [[f32; 3]; 7] = [
        [0.0, 0.0, 4.0],
        [43.0, 17.0, 94.0],
        [114.0, 31.0, 129.0],
        [183.0, 55.0, 121.0],
        [241.0, 96.0, 93.0],
        [254.0, 175.0, 119.0],
        [252.0, 253.0, 191.0],
    ];
    let place = error.clamp(0.0, 1.0) * (STEPS.len() - 1) as f32;
    let lower = (place as usize).min(STEPS.len() - 2);
    let share = place - lower as f32;
    std::array::from_fn(|c| (STEPS[lower][c] + (STEPS[lower + 1][c] - STEPS[lower][c]) * share).round() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDTH: usize = 96;
    const HEIGHT: usize = 64;
    /// Single precision on both sides; measured differences are below 2e-6.
    const TOLERANCE: f32 = 1e-4;

    fn picture(colour: impl Fn(usize, usize) -> [u8; 3]) -> SrgbImage {
        let rgb = (0..HEIGHT).flat_map(|y| (0..WIDTH).map(move |x| (x, y))).flat_map(|(x, y)| colour(x, y)).collect();
        SrgbImage { width: WIDTH, height: HEIGHT, rgb }
    }

    fn reference_colour(x: usize, y: usize) -> [u8; 3] {
        let checker = (x / 2 + y / 2).is_multiple_of(2) && x < WIDTH / 2;
        let blue = if x >= 72 {
            240
        } else if checker {
            200
        } else {
            60
        };
        [(x * 255 / (WIDTH - 1)) as u8, (y * 255 / (HEIGHT - 1)) as u8, blue]
    }

    fn assert_agrees(test: &SrgbImage, mean: f32, max: f32, pixels: [(usize, usize, f32); 5]) {
        let map = flip(&picture(reference_colour), test);
        assert!((map.mean() - mean).abs() < TOLERANCE, "mean {} instead of {mean}", map.mean());
        assert!((map.max() - max).abs() < TOLERANCE, "max {} instead of {max}", map.max());
        for (x, y, expected) in pixels {
            let error = map.error[y * WIDTH + x];
            assert!((error - expected).abs() < TOLERANCE, "pixel {x},{y}: {error} instead of {expected}");
        }
    }

    // The numbers below: `flip_fixture.py`, flip-evaluator 1.7.

    #[test]
    fn a_wrong_hue_agrees_with_the_authors_evaluator() {
        let test = picture(|x, y| {
            let [r, g, b] = reference_colour(x, y);
            if (56..80).contains(&x) && (16..40).contains(&y) { [b, g, r] } else { [r, g, b] }
        });
        let pixels = [(0, 0, 0.0), (20, 30, 0.0), (57, 17, 0.575724), (71, 40, 0.239715), (95, 63, 0.0)];
        assert_agrees(&test, 0.074990, 0.848503, pixels);
    }

    #[test]
    fn a_shift_by_one_pixel_agrees_with_the_authors_evaluator() {
        let test = picture(|x, y| reference_colour(x.saturating_sub(1), y));
        let pixels = [(0, 0, 0.101560), (20, 30, 0.057821), (57, 17, 0.065456), (71, 40, 0.345932), (95, 63, 0.069917)];
        assert_agrees(&test, 0.083599, 0.370046, pixels);
    }

    #[test]
    fn grain_agrees_with_the_authors_evaluator() {
        let test = picture(|x, y| {
            let up = ((x * 73 + y * 151 + x * y * 7) / 5) % 2 == 1;
            reference_colour(x, y).map(|c| if up { c.saturating_add(24) } else { c.saturating_sub(24) })
        });
        let pixels = [(0, 0, 0.286513), (20, 30, 0.135563), (57, 17, 0.139308), (71, 40, 0.136207), (95, 63, 0.294232)];
        assert_agrees(&test, 0.177101, 0.460854, pixels);
    }

    #[test]
    fn a_picture_equals_itself_and_black_is_far_from_white() {
        let same = flip(&picture(reference_colour), &picture(reference_colour));
        assert_eq!(same.max(), 0.0);
        let far = flip(&picture(|_, _| [0; 3]), &picture(|_, _| [255; 3]));
        assert!(far.error.iter().all(|e| *e > 0.9), "black against white: {}", far.mean());
    }

    #[test]
    fn the_heat_map_runs_from_black_to_pale_yellow() {
        let map = FlipMap { width: 3, height: 1, error: vec![0.0, 0.5, 1.0] };
        assert_eq!(map.heat_map().rgb, [0, 0, 4, 183, 55, 121, 252, 253, 191]);
    }
}
