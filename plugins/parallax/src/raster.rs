//! Pictures in memory: rows from the top, pixel centres at whole numbers.

use crate::workers::for_rows;

/// A rectangle of values, tight rows, the top one first. Never empty.
///
/// Positions are in pixels and the centre of the first pixel is (0, 0): what lies at 1.5 is half-way between two.
#[derive(Clone, Debug, PartialEq)]
pub struct Raster<T> {
    width: usize,
    height: usize,
    data: Vec<T>,
}

/// Colour with opacity. Linear Rec.709 unless a name says otherwise; whether colour is multiplied by opacity is said
/// where one is handed over.
pub type Rgba = [f32; 4];

impl<T: Copy> Raster<T> {
    /// All pixels alike.
    ///
    /// # Panics
    /// When a side is 0, which the readers of files refuse before.
    pub fn filled(width: usize, height: usize, value: T) -> Self {
        assert!(width > 0 && height > 0, "a raster has at least one pixel");
        Self { width, height, data: vec![value; width * height] }
    }

    /// Each pixel from its place (x, y).
    pub fn from_fn(width: usize, height: usize, mut value: impl FnMut(usize, usize) -> T) -> Self {
        assert!(width > 0 && height > 0, "a raster has at least one pixel");
        let mut data = Vec::with_capacity(width * height);
        for y in 0..height {
            data.extend((0..width).map(|x| value(x, y)));
        }
        Self { width, height, data }
    }

    /// As [`from_fn`](Self::from_fn), rows on all cores.
    pub fn par_fn(width: usize, height: usize, value: impl Fn(usize, usize) -> T + Sync) -> Self
    where
        T: Send,
    {
        let mut raster = Self::filled(width, height, value(0, 0));
        for_rows(&mut raster.data, width, |y, row| {
            for (x, pixel) in row.iter_mut().enumerate() {
                *pixel = value(x, y);
            }
        });
        raster
    }

    /// Takes pixels that exist; `None` when their number does not fit.
    pub fn from_data(width: usize, height: usize, data: Vec<T>) -> Option<Self> {
        (width > 0 && height > 0 && data.len() == width * height).then_some(Self { width, height, data })
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn height(&self) -> usize {
        self.height
    }

    /// (width, height).
    pub fn size(&self) -> (usize, usize) {
        (self.width, self.height)
    }

    pub fn data(&self) -> &[T] {
        &self.data
    }

    pub fn data_mut(&mut self) -> &mut [T] {
        &mut self.data
    }

    pub fn at(&self, x: usize, y: usize) -> T {
        self.data[y * self.width + x]
    }

    pub fn set(&mut self, x: usize, y: usize, value: T) {
        self.data[y * self.width + x] = value;
    }

    /// The pixel at (x, y), or the nearest one that exists.
    pub fn clamped(&self, x: isize, y: isize) -> T {
        let x = x.clamp(0, self.width as isize - 1) as usize;
        let y = y.clamp(0, self.height as isize - 1) as usize;
        self.data[y * self.width + x]
    }

    pub fn row(&self, y: usize) -> &[T] {
        &self.data[y * self.width..(y + 1) * self.width]
    }

    /// Another kind of value for every pixel.
    pub fn map<U: Copy>(&self, change: impl Fn(T) -> U) -> Raster<U> {
        Raster { width: self.width, height: self.height, data: self.data.iter().map(|&v| change(v)).collect() }
    }
}

impl Raster<f32> {
    /// Between pixels, linearly; outside as at the border.
    #[inline]
    pub fn bilinear(&self, x: f32, y: f32) -> f32 {
        let (x0, fx) = split(x, self.width);
        let (y0, fy) = split(y, self.height);
        let x1 = (x0 + 1).min(self.width - 1);
        let (top, bottom) = (y0 * self.width, (y0 + 1).min(self.height - 1) * self.width);
        let upper = self.data[top + x0] + (self.data[top + x1] - self.data[top + x0]) * fx;
        let lower = self.data[bottom + x0] + (self.data[bottom + x1] - self.data[bottom + x0]) * fx;
        upper + (lower - upper) * fy
    }

    /// Another size, linearly; pictures that get smaller are averaged over what each new pixel covers.
    pub fn resized(&self, width: usize, height: usize) -> Self {
        if (width, height) == self.size() {
            return self.clone();
        }
        let wide = self.map(|v| [v]);
        resized(&wide, width, height).map(|v| v[0])
    }

    /// Smallest and largest value.
    pub fn range(&self) -> (f32, f32) {
        self.data.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &v| (low.min(v), high.max(v)))
    }
}

impl Raster<Rgba> {
    /// Another size, as [`Raster::<f32>::resized`]; colour must be multiplied by opacity.
    pub fn resized_colour(&self, width: usize, height: usize) -> Self {
        if (width, height) == self.size() { self.clone() } else { resized(self, width, height) }
    }

    /// Between pixels, linearly; outside as at the border.
    #[inline]
    pub fn bilinear_colour(&self, x: f32, y: f32) -> Rgba {
        let (x0, fx) = split(x, self.width);
        let (y0, fy) = split(y, self.height);
        let x1 = (x0 + 1).min(self.width - 1);
        let (top, bottom) = (y0 * self.width, (y0 + 1).min(self.height - 1) * self.width);
        let corners = [self.data[top + x0], self.data[top + x1], self.data[bottom + x0], self.data[bottom + x1]];
        std::array::from_fn(|c| {
            let upper = corners[0][c] + (corners[1][c] - corners[0][c]) * fx;
            let lower = corners[2][c] + (corners[3][c] - corners[2][c]) * fx;
            upper + (lower - upper) * fy
        })
    }
}

/// The pixel at or before a position and how far the position is past it, 0..=1.
#[inline]
fn split(position: f32, length: usize) -> (usize, f32) {
    // `max` and `min` send NaN to the first pixel, where `clamp` would keep it.
    let inside = position.max(0.0).min((length - 1) as f32);
    let whole = inside as usize;
    (whole, inside - whole as f32)
}

fn resized<const N: usize>(from: &Raster<[f32; N]>, width: usize, height: usize) -> Raster<[f32; N]> {
    let along_x = Taps::new(from.width, width);
    let along_y = Taps::new(from.height, height);
    let mut narrow = vec![[0.0; N]; width * from.height];
    for y in 0..from.height {
        let row = from.row(y);
        for x in 0..width {
            narrow[y * width + x] = along_x.sum(x, |i| row[i]);
        }
    }
    Raster::from_fn(width, height, |x, y| along_y.sum(y, |i| narrow[i * width + x]))
}

/// Weights of a tent as wide as the larger of both pixels.
struct Taps {
    first: Vec<usize>,
    weights: Vec<Vec<f32>>,
}

impl Taps {
    fn new(from: usize, to: usize) -> Self {
        let scale = from as f64 / to as f64;
        let radius = scale.max(1.0);
        let mut taps = Self { first: Vec::with_capacity(to), weights: Vec::with_capacity(to) };
        for i in 0..to {
            let centre = (i as f64 + 0.5) * scale - 0.5;
            let first = ((centre - radius).floor() as isize).max(0) as usize;
            let last = ((centre + radius).ceil() as usize).min(from - 1);
            let weight = |j: usize| (1.0 - (j as f64 - centre).abs() / radius).max(0.0);
            let sum: f64 = (first..=last).map(weight).sum();
            taps.first.push(first);
            taps.weights.push((first..=last).map(|j| (weight(j) / sum) as f32).collect());
        }
        taps
    }

    fn sum<const N: usize>(&self, to: usize, value: impl Fn(usize) -> [f32; N]) -> [f32; N] {
        let mut sum = [0.0; N];
        for (i, weight) in self.weights[to].iter().enumerate() {
            let v = value(self.first[to] + i);
            for c in 0..N {
                sum[c] += v[c] * weight;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bilinear_reproduces_a_plane_and_holds_the_border() {
        let plane = Raster::from_fn(5, 4, |x, y| 2.0 * x as f32 - 3.0 * y as f32);
        assert!((plane.bilinear(1.25, 2.5) - (2.5 - 7.5)).abs() < 1e-6);
        assert_eq!(plane.bilinear(-4.0, 0.0), 0.0);
        assert_eq!(plane.bilinear(99.0, 0.0), 8.0);
        assert_eq!(plane.bilinear(f32::NAN, 0.0), 0.0);
    }

    #[test]
    fn another_size_keeps_the_mean_and_a_plane() {
        let plane = Raster::from_fn(40, 20, |x, y| x as f32 + y as f32);
        let half = plane.resized(20, 10);
        // The centre of a pixel of the small picture lies between two of the large one.
        assert!((half.at(5, 5) - (10.5 + 10.5)).abs() < 1e-4, "{}", half.at(5, 5));
        let large = plane.resized(80, 40);
        assert!((large.at(41, 21) - (20.25 + 10.25)).abs() < 1e-4, "{}", large.at(41, 21));
    }
}
