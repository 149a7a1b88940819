//! Heights of terrain: a grid of numbers, from the shot or from a picture.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use image::{ColorType, DynamicImage, ImageDecoder, ImageReader};

use crate::rounded_box::SurfaceMesh;

/// Why heights cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HeightsError {
    /// The numbers do not fill whole rows.
    #[error("{count} heights do not make whole rows of {columns}, two at least; add or remove heights")]
    Rows {
        /// Numbers given.
        count: usize,
        /// Numbers in a row.
        columns: u32,
    },
    /// A height that is no number.
    #[error("height {0} is not a number; write one")]
    NotANumber(usize),
    /// The file is not a picture that can be read.
    #[error("{file}: {message}; save it as a grey PNG with 16 bits")]
    Picture {
        /// The file.
        file: String,
        /// What is wrong.
        message: String,
    },
}

/// Most pixels along a side of a picture.
const MAX_SIDE_PX: u32 = 4096;

/// Heights over a rectangle, row after row along x; the first row is the one at the lowest z.
#[derive(Debug, Clone, PartialEq)]
pub struct HeightGrid {
    /// Heights in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
    /// Metres.
    pub heights_m: Vec<f32>,
}

impl HeightGrid {
    /// A grid of numbers.
    ///
    /// # Errors
    /// [`HeightsError`] for rows that are not whole, fewer than two of them, or a number that is none.
    pub fn from_numbers(columns: u32, heights_m: &[f32]) -> Result<Self, HeightsError> {
        let rows = heights_m.len().checked_div(columns as usize).unwrap_or(0);
        if columns < 2 || rows < 2 || rows * columns as usize != heights_m.len() {
            return Err(HeightsError::Rows { count: heights_m.len(), columns });
        }
        match heights_m.iter().position(|height| !height.is_finite()) {
            Some(index) => Err(HeightsError::NotANumber(index)),
            None => Ok(Self { columns: columns as usize, rows, heights_m: heights_m.to_vec() }),
        }
    }

    /// A grey PNG: black is `lowest_m`, white `highest_m`.
    ///
    /// # Errors
    /// [`HeightsError::Picture`] when the file is no grey picture of 2 to 4096 pixels each way.
    pub fn from_png(file: &Path, lowest_m: f32, highest_m: f32) -> Result<Self, HeightsError> {
        let fail = |message: String| HeightsError::Picture { file: file.display().to_string(), message };
        let opened = File::open(file).map_err(|error| fail(error.to_string()))?;
        let reader = ImageReader::with_format(BufReader::new(opened), image::ImageFormat::Png);
        let decoder = reader.into_decoder().map_err(|error| fail(error.to_string()))?;
        let (width, height) = decoder.dimensions();
        if ![width, height].iter().all(|side| (2..=MAX_SIDE_PX).contains(side)) {
            return Err(fail(format!("it has {width} x {height} pixels, not 2 to {MAX_SIDE_PX} each way")));
        }
        if !matches!(decoder.color_type(), ColorType::L8 | ColorType::L16) {
            return Err(fail(format!("its pixels are {:?}, not grey", decoder.color_type())));
        }
        let picture = DynamicImage::from_decoder(decoder).map_err(|error| fail(error.to_string()))?;
        let span_m = highest_m - lowest_m;
        let levels = picture.to_luma16();
        let heights_m = levels.pixels().map(|pixel| {
            let [level] = pixel.0;
            lowest_m + span_m * (f32::from(level) / f32::from(u16::MAX))
        });
        Self::from_numbers(width, &heights_m.collect::<Vec<_>>())
    }

    fn height_m(&self, row: usize, column: usize) -> f32 {
        let nearest = row.min(self.rows - 1) * self.columns + column.min(self.columns - 1);
        self.heights_m.get(nearest).copied().unwrap_or(0.0)
    }

    /// The surface over `size_m` along x and z, around the origin: each cell split from (+x, -z) to (-x, +z), as the collision
    /// engine splits it; normals by central differences.
    pub fn surface(&self, size_m: [f32; 2]) -> SurfaceMesh {
        let [width_m, depth_m] = size_m;
        let (across, along) = ((self.columns - 1) as f32, (self.rows - 1) as f32);
        let (cell_x_m, cell_z_m) = (width_m / across, depth_m / along);
        let mut mesh = SurfaceMesh::default();
        for row in 0..self.rows {
            for column in 0..self.columns {
                let (u, v) = (column as f32 / across, row as f32 / along);
                mesh.positions_m.push([(u - 0.5) * width_m, self.height_m(row, column), (v - 0.5) * depth_m]);
                let (west, east) = (column.saturating_sub(1), (column + 1).min(self.columns - 1));
                let (north, south) = (row.saturating_sub(1), (row + 1).min(self.rows - 1));
                let slope_x = (self.height_m(row, east) - self.height_m(row, west)) / (cell_x_m * (east - west) as f32);
                let slope_z =
                    (self.height_m(south, column) - self.height_m(north, column)) / (cell_z_m * (south - north) as f32);
                let length = (slope_x * slope_x + 1.0 + slope_z * slope_z).sqrt();
                mesh.normals.push([-slope_x / length, 1.0 / length, -slope_z / length]);
                mesh.uv.push([u, v]);
            }
        }
        let columns = self.columns as u32;
        for row in 0..self.rows as u32 - 1 {
            for column in 0..columns - 1 {
                let corner = row * columns + column;
                let below = corner + columns;
                mesh.triangles.push([corner, below, corner + 1]);
                mesh.triangles.push([below, below + 1, corner + 1]);
            }
        }
        mesh
    }
}
