//! How alike two pictures are.

use crate::raster::{Raster, Rgba};
use crate::transfer::srgb_from_linear;

/// Peak signal to noise ratio in dB of sRGB-encoded red, green and blue over the pixels where `over` is true; infinite
/// for equal pictures, NaN over no pixel. Clear pixels count as the black that they show.
pub fn psnr_db(a: &Raster<Rgba>, b: &Raster<Rgba>, over: &Raster<bool>) -> f64 {
    let (mut sum, mut count) = (0.0f64, 0.0f64);
    for ((a, b), _) in a.data().iter().zip(b.data()).zip(over.data()).filter(|(_, over)| **over) {
        for c in 0..3 {
            let d = f64::from(srgb_from_linear(a[c]) - srgb_from_linear(b[c]));
            sum += d * d;
        }
        count += 3.0;
    }
    if count == 0.0 { f64::NAN } else { -10.0 * (sum / count).log10() }
}
