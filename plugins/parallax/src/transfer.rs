//! The sRGB transfer function (IEC 61966-2-1).

/// Linear light from an encoded value 0..=1.
pub fn linear_from_srgb(encoded: f32) -> f32 {
    if encoded <= 0.04045 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

/// The encoded value 0..=1 of linear light; clips what is outside.
pub fn srgb_from_linear(linear: f32) -> f32 {
    let linear = linear.clamp(0.0, 1.0);
    if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

/// sRGB bytes from linear light by table; at most 0.7 of a step from the formula.
#[derive(Clone, Debug)]
pub struct SrgbTable(Vec<u8>);

/// A linear value this long apart in the table is at most 0.2 steps apart where sRGB is steepest (12.92 x 255).
const TABLE_STEPS: usize = 1 << 14;

impl Default for SrgbTable {
    fn default() -> Self {
        let byte = |i: usize| (srgb_from_linear(i as f32 / TABLE_STEPS as f32) * 255.0 + 0.5) as u8;
        Self((0..=TABLE_STEPS).map(byte).collect())
    }
}

impl SrgbTable {
    /// The byte for linear light; clips, and takes NaN as black.
    #[inline]
    pub fn byte(&self, linear: f32) -> u8 {
        self.0[(linear.clamp(0.0, 1.0) * TABLE_STEPS as f32 + 0.5) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_formula_and_bytes_survive() {
        let table = SrgbTable::default();
        for byte in 0..=255u8 {
            assert_eq!(table.byte(linear_from_srgb(f32::from(byte) / 255.0)), byte);
        }
        for i in 0..1000 {
            let linear = i as f32 / 999.0;
            assert!((f32::from(table.byte(linear)) - srgb_from_linear(linear) * 255.0).abs() < 0.71, "{linear}");
        }
        assert_eq!((table.byte(f32::NAN), table.byte(-1.0), table.byte(9.0)), (0, 0, 255));
    }
}
