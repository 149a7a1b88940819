//! Pictures to look at, from tests.

use std::path::Path;

use crate::raster::{Raster, Rgba};
use crate::transfer::SrgbTable;

/// Writes a PNG of what is seen over a grey ground.
pub fn save(path: &Path, of: &Raster<Rgba>) {
    let table = SrgbTable::default();
    let ground = 0.15;
    let bytes: Vec<u8> =
        of.data().iter().flat_map(|p| [0, 1, 2].map(|c| table.byte(p[c] + (1.0 - p[3]) * ground))).collect();
    image::save_buffer(path, &bytes, of.width() as u32, of.height() as u32, image::ColorType::Rgb8).unwrap();
}
