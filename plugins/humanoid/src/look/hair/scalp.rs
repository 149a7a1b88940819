//! Where hair grows on the head: the hairline and the density behind it, on the template (metres, y up, facing +z).

use bevy::math::Vec3;

use super::super::{noise, skin::LEFT_EYE};
use super::settings::Hair;

/// Where the whorl of the crown lies on the template; hair grows away from it.
pub const WHORL: Vec3 = Vec3::new(0.012, 0.826, -0.010);

/// The hairline seen from the side: z of the head and height over the eyes. High at the forehead, a corner at the temple,
/// down in front of the ear, around it, and low at the nape.
const LINE: [(f32, f32); 13] = [
    (-0.200, -0.082),
    (-0.036, -0.080),
    (-0.010, -0.074),
    (0.012, -0.062),
    (0.030, -0.036),
    (0.046, -0.014),
    (0.060, -0.008),
    (0.072, -0.018),
    (0.081, -0.010),
    (0.090, 0.024),
    (0.104, 0.054),
    (0.124, 0.0700),
    (0.200, 0.0700),
];

/// How far a point lies behind the hairline, metres; negative in front of it.
pub fn behind_hairline(p: Vec3, receding: f32) -> f32 {
    let line = LINE.array_windows().find(|[_, (z, _)]| p.z < *z).map_or(LINE[12].1, |[(z0, y0), (z1, y1)]| {
        let t = ((p.z - z0) / (z1 - z0)).clamp(0.0, 1.0);
        y0 + (y1 - y0) * t
    });
    let front = ((p.z - 0.085) / 0.03).clamp(0.0, 1.0);
    // A slight peak in the middle; corners at the temples.
    let peak = -0.005 * (-(p.x / 0.014).powi(2)).exp();
    let corner = 0.004 * (-((p.x.abs() - 0.042) / 0.014).powi(2)).exp();
    let bald = receding.clamp(0.0, 1.0)
        * (0.012 + 0.030 * (-((p.x.abs() - 0.040) / 0.020).powi(2)).exp())
        * ((p.z - 0.06) / 0.03).clamp(0.0, 1.0);
    // No hairline is a curve: it wanders in the large and frays in the small.
    let wander = 0.0022 * noise::value(p * 70.0, 71) + 0.0012 * noise::value(p * 260.0, 73);
    let above = p.y - LEFT_EYE.y - line - (peak + corner) * front - bald - wander;
    // On the top of the head, height says little about the distance to the line: there depth counts.
    let forehead = 0.133 - (p.x.abs() / 0.075).powi(2) * 0.03 - p.z - bald * 1.6;
    if p.z > 0.10 { above.min(forehead + 0.012).max(above * 0.55) } else { above }
}

/// How densely hair grows at a point, 0..1 for a full head, without the ears.
pub fn density(p: Vec3, hair: &Hair) -> f32 {
    let behind = behind_hairline(p, hair.receding);
    let edge = (behind / 0.017).clamp(0.0, 1.0);
    let edge = edge * (0.25 + 0.75 * edge);
    let crown = (-(p - WHORL).length_squared() / (0.045_f32).powi(2)).exp();
    let top = ((p.y - 0.80) / 0.03).clamp(0.0, 1.0);
    let thin = 1.0 - hair.receding.clamp(0.0, 1.0) * (0.85 * crown + 0.45 * top).min(0.92);
    edge * thin
}

/// How much shorter and finer hairs are near the hairline, 0 (baby hair) .. 1.
pub fn maturity(p: Vec3, hair: &Hair) -> f32 {
    let behind = behind_hairline(p, hair.receding);
    let t = ((behind + 0.001) / 0.012).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// How far the skin below takes on the colour of roots and stubble, 0..1.
pub fn tint(p: Vec3, hair: &Hair) -> f32 {
    if !hair.has_scalp_hair() {
        return 0.16 * density(p, hair);
    }
    let short = 1.0 - (hair.length_m / 0.03).clamp(0.0, 1.0);
    density(p, hair) * hair.density.clamp(0.0, 1.0) * (0.62 + 0.10 * short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forehead_is_bare_the_top_full_and_the_edge_soft() {
        let hair = Hair::default();
        let forehead = |y: f32| density(Vec3::new(0.0, y, 0.148), &hair);
        assert_eq!(forehead(0.77), 0.0);
        assert!(density(Vec3::new(0.0, 0.846, 0.06), &hair) > 0.95);
        assert!(density(Vec3::new(0.06, 0.78, 0.0), &hair) > 0.95);
        let mut last = 0.0;
        for step in 0..60 {
            // Up the forehead, along its surface.
            let t = step as f32 / 59.0;
            let now = density(Vec3::new(0.0, 0.795 + 0.04 * t, 0.147 - 0.035 * t * t), &hair);
            assert!(now >= last - 0.2 && now - last < 0.25, "a jump to {now}");
            last = now;
        }
        assert!(last > 0.9);
    }

    #[test]
    fn receding_bares_the_temples_and_thins_the_crown() {
        let (full, bare) = (Hair::default(), Hair { receding: 1.0, ..Hair::default() });
        for p in [Vec3::new(0.042, 0.822, 0.112), WHORL] {
            assert!(density(p, &bare) < 0.4 * density(p, &full), "{p}");
        }
        let side = Vec3::new(0.07, 0.76, 0.01);
        assert!(density(side, &bare) > 0.9);
    }
}
