//! The sRGB transfer function, IEC 61966-2-1, exact through tables.

use std::sync::LazyLock;

use half::f16;

/// Display-linear to sRGB-encoded, both 0..=1.
fn encode(linear: f64) -> f64 {
    if linear <= 0.003_130_8 { linear * 12.92 } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

/// sRGB-encoded to display-linear, both 0..=1.
fn decode(encoded: f64) -> f64 {
    if encoded <= 0.040_45 { encoded / 12.92 } else { ((encoded + 0.055) / 1.055).powf(2.4) }
}

/// A half has 65536 values: one look-up replaces a power per sample.
static U16_FROM_HALF: LazyLock<Vec<u16>> =
    LazyLock::new(|| (0..=u16::MAX).map(|bits| (encode(displayable(bits)) * 65_535.0).round() as u16).collect());

static U8_FROM_HALF: LazyLock<Vec<u8>> =
    LazyLock::new(|| (0..=u16::MAX).map(|bits| (encode(displayable(bits)) * 255.0).round() as u8).collect());

static LINEAR_FROM_U16: LazyLock<Vec<f32>> =
    LazyLock::new(|| (0..=u16::MAX).map(|value| decode(f64::from(value) / 65_535.0) as f32).collect());

/// What a screen can show of a half: NaN and below to 0, +infinity and above to 1.
fn displayable(bits: u16) -> f64 {
    let value = f16::from_bits(bits).to_f64();
    if value > 0.0 { value.min(1.0) } else { 0.0 }
}

/// 16-bit sRGB of a display-linear half given by its bits.
pub(crate) fn srgb16_from_half(bits: u16) -> u16 {
    U16_FROM_HALF.get(usize::from(bits)).copied().unwrap_or_default()
}

/// 8-bit sRGB of a display-linear half given by its bits.
pub(crate) fn srgb8_from_half(bits: u16) -> u8 {
    U8_FROM_HALF.get(usize::from(bits)).copied().unwrap_or_default()
}

/// Display-linear of 16-bit sRGB; an 8-bit value is given as `value * 257`.
pub(crate) fn linear_from_srgb16(value: u16) -> f32 {
    LINEAR_FROM_U16.get(usize::from(value)).copied().unwrap_or_default()
}

/// 8-bit sRGB of display-linear, clamped; NaN to 0.
pub(crate) fn srgb8_from_linear(linear: f32) -> u8 {
    let inside = if linear > 0.0 { f64::from(linear.min(1.0)) } else { 0.0 };
    (encode(inside) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_of_the_standard() {
        let half = |value: f32| f16::from_f32(value).to_bits();
        assert_eq!(srgb8_from_half(half(0.18)), 118, "photographic grey");
        assert_eq!(srgb16_from_half(half(0.0)), 0);
        assert_eq!(srgb16_from_half(half(1.0)), 65_535);
        assert_eq!(srgb16_from_half(half(0.5)), 48_192, "0.5 encodes to 0.735357 of 65535");
    }

    #[test]
    fn what_no_screen_can_show_becomes_black_or_white() {
        for value in [f32::NAN, f32::NEG_INFINITY, -1.0] {
            assert_eq!(srgb16_from_half(f16::from_f32(value).to_bits()), 0, "{value}");
        }
        for value in [f32::INFINITY, 7.0] {
            assert_eq!(srgb16_from_half(f16::from_f32(value).to_bits()), 65_535, "{value}");
        }
        assert_eq!(srgb8_from_linear(f32::NAN), 0);
    }

    #[test]
    fn decoding_and_encoding_are_inverse_for_every_8_bit_value() {
        for value in 0..=255_u8 {
            assert_eq!(srgb8_from_linear(linear_from_srgb16(u16::from(value) * 257)), value);
        }
    }
}
