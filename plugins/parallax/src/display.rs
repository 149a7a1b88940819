//! A photograph as light that the look turns into the photograph again.
//!
//! What a camera's software made for screens went through a curve like the look's once already. The inverse of the look's
//! curve is light that comes out of it as the photograph, so that a plate beside rendered things keeps its contrast.

use kinema_core::ToneMapping;

use crate::raster::Rgba;

/// AgX spans these exponents of two about middle grey (Sobotka's configuration, as Bevy's shader has it).
const AGX_LEAST_EV: f32 = -10.0;
const AGX_SPAN_EV: f32 = 16.5;
const MIDDLE_GREY: f32 = 0.18;
/// Into AgX's working space, rows; from Bevy's shader.
const AGX_INSET: [[f32; 3]; 3] = [
    [0.842_479_06, 0.078_433_6, 0.079_223_75],
    [0.042_328_24, 0.878_468_64, 0.079_166_13],
    [0.042_375_65, 0.078_433_6, 0.879_143],
];
/// Steps of a curve's table.
const STEPS: usize = 1024;
/// Reinhard's curve reaches 1 at infinity; this is taken for it.
const REINHARD_MOST: f32 = 24.0;

/// Inverts the curve of a look for displayed light, 0..=1.
#[derive(Clone, Debug)]
pub enum SceneLight {
    /// Light is shown as it is, or the curve has no inverse of its channels here (TonyMcMapface, BlenderFilmic: those
    /// photographs come out with the look's own contrast).
    Same,
    Reinhard,
    Agx {
        /// Displayed light at evenly spaced exponents.
        curve: Vec<f32>,
        outset: [[f32; 3]; 3],
    },
    Aces {
        from_display: [[f32; 3]; 3],
        to_scene: [[f32; 3]; 3],
    },
}

impl SceneLight {
    /// Of a look's tone mapping.
    pub fn of(tone_mapping: ToneMapping) -> Self {
        match tone_mapping {
            ToneMapping::None | ToneMapping::TonyMcMapface | ToneMapping::BlenderFilmic => Self::Same,
            ToneMapping::Reinhard => Self::Reinhard,
            ToneMapping::AgX => Self::Agx {
                curve: (0..=STEPS).map(|i| agx_curve(i as f32 / STEPS as f32)).collect(),
                outset: inverse(AGX_INSET),
            },
            ToneMapping::AcesFitted => Self::Aces { from_display: inverse(ACES_OUT), to_scene: inverse(ACES_IN) },
        }
    }

    /// The light that is shown as `display`; both linear and multiplied by opacity, which stays.
    pub fn of_display(&self, display: Rgba) -> Rgba {
        let [r, g, b, a] = display;
        if a <= 0.0 {
            return [0.0; 4];
        }
        let shown = [r, g, b].map(|v| (v / a).clamp(0.0, 1.0));
        let light = match self {
            Self::Same => return display,
            Self::Reinhard => shown.map(|v| (v / (1.0 - v).max(1e-6)).min(REINHARD_MOST)),
            Self::Agx { curve, outset } => times(outset, shown.map(|v| agx_light(curve, v))),
            Self::Aces { from_display, to_scene } => times(to_scene, times(from_display, shown).map(aces_light)),
        };
        let [r, g, b] = light.map(|v| v.max(0.0) * a);
        [r, g, b, a]
    }
}

/// AgX's default contrast over its normalised exponent, as displayed light: the polynomial of degree six that Wrensch
/// ("Minimal AgX Implementation", 2023) fitted to Sobotka's table, decoded with its exponent 2.2.
fn agx_curve(x: f32) -> f32 {
    let encoded = [15.5, -40.14, 31.96, -6.868, 0.429_8, 0.119_1, -0.002_32].iter().fold(0.0, |sum, c| sum * x + c);
    encoded.clamp(0.0, 1.0).powf(2.2)
}

fn agx_light(curve: &[f32], shown: f32) -> f32 {
    let after = curve.partition_point(|v| *v < shown).clamp(1, curve.len() - 1);
    let (low, high) = (curve[after - 1], curve[after]);
    let share = ((shown - low) / (high - low).max(1e-9)).clamp(0.0, 1.0);
    let x = (after as f32 - 1.0 + share) / STEPS as f32;
    MIDDLE_GREY * (AGX_LEAST_EV + AGX_SPAN_EV * x).exp2()
}

/// Hill's fit of ACES, rows (as Bevy's shader has them).
const ACES_IN: [[f32; 3]; 3] =
    [[0.597_19, 0.354_58, 0.048_23], [0.076_00, 0.908_34, 0.015_66], [0.028_40, 0.133_83, 0.837_77]];
const ACES_OUT: [[f32; 3]; 3] =
    [[1.604_75, -0.531_08, -0.073_67], [-0.102_08, 1.108_13, -0.006_05], [-0.003_27, -0.072_76, 1.076_02]];

/// Of y = (v (v + a) - b) / (v (c v + d) + e), the larger root.
fn aces_light(shown: f32) -> f32 {
    let (a, b, c, d, e) = (0.024_578_6, 0.000_090_537, 0.983_729, 0.432_951, 0.238_081);
    let shown = shown.clamp(0.0, 0.99);
    let (square, linear, rest) = (1.0 - c * shown, a - d * shown, -b - e * shown);
    (-linear + (linear * linear - 4.0 * square * rest).max(0.0).sqrt()) / (2.0 * square)
}

fn times(rows: &[[f32; 3]; 3], v: [f32; 3]) -> [f32; 3] {
    rows.map(|row| row[0] * v[0] + row[1] * v[1] + row[2] * v[2])
}

fn inverse(rows: [[f32; 3]; 3]) -> [[f32; 3]; 3] {
    bevy_math::Mat3::from_cols_array_2d(&rows).inverse().to_cols_array_2d()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each curve forwards, from Bevy's shader.
    fn shown(tone_mapping: ToneMapping, light: [f32; 3]) -> [f32; 3] {
        match tone_mapping {
            ToneMapping::Reinhard => light.map(|v| v / (1.0 + v)),
            ToneMapping::AgX => times(&AGX_INSET, light)
                .map(|v| agx_curve((((v / MIDDLE_GREY).log2() - AGX_LEAST_EV) / AGX_SPAN_EV).clamp(0.0, 1.0))),
            ToneMapping::AcesFitted => {
                let fit =
                    |v: f32| (v * (v + 0.024_578_6) - 0.000_090_537) / (v * (0.983_729 * v + 0.432_951) + 0.238_081);
                times(&ACES_OUT, times(&ACES_IN, light).map(fit)).map(|v| v.clamp(0.0, 1.0))
            }
            _ => light,
        }
    }

    #[test]
    fn light_is_shown_as_the_photograph_again() {
        for tone_mapping in [ToneMapping::None, ToneMapping::Reinhard, ToneMapping::AgX, ToneMapping::AcesFitted] {
            let inverse = SceneLight::of(tone_mapping);
            for colour in [[0.18, 0.18, 0.18], [0.5, 0.3, 0.2], [0.02, 0.03, 0.05], [0.9, 0.85, 0.8]] {
                let [r, g, b] = colour;
                let [lr, lg, lb, a] = inverse.of_display([0.5 * r, 0.5 * g, 0.5 * b, 0.5]);
                assert_eq!(a, 0.5);
                let back = shown(tone_mapping, [2.0 * lr, 2.0 * lg, 2.0 * lb]);
                for (got, want) in back.iter().zip(colour) {
                    assert!((got - want).abs() < 0.004, "{tone_mapping:?} {colour:?}: {back:?}");
                }
            }
            let black = inverse.of_display([0.0, 0.0, 0.0, 1.0]);
            assert!(black.iter().all(|v| v.is_finite()) && black[0] < 0.01, "{tone_mapping:?} {black:?}");
            let white = inverse.of_display([1.0; 4]);
            assert!(white.iter().all(|v| v.is_finite() && *v < 30.0), "{tone_mapping:?} {white:?}");
        }
    }
}
