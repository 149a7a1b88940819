//! The shading of hair on the CPU: the same formulae as `shaders/humanoid/hair_bsdf.wgsl`; a test compares
//! the constants.
//!
//! Three lobes after S. Marschner et al., "Light Scattering from Human Hair Fibers", 2003, in the fits of B. Karis,
//! "Physically Based Hair Shading in Unreal", 2016, but with the absorption of the fibre in place of a base colour: his
//! `C^(0.5 ...)` and `C^(0.8 ...)` are paths of two radii and of 3.2. What light does after it went through a fibre is one
//! diffuse lobe with the colour of a mass of hair. What of the transmitted lobe is not seen directly feeds it. His transmitted
//! lobe is scaled by 0.94 (the 4.04 was 3.98): as it was, a white fibre gave back 4 % more than it took.

use bevy::math::Vec3;

use crate::look::hair::pigment;

/// Index of refraction of hair.
pub const IOR: f32 = 1.55;
/// Tilt of the scales of the fibre, radians (2 degrees), towards the root.
pub const TILT: f32 = 0.035;
/// Share of light that enters a fibre and leaves it on the other side where nothing is absorbed.
pub const TRANSMITTED: f32 = 0.82;

/// Directions at a fibre: sines against the plane across it, the cosine of the angle about it, and that between the rays.
#[derive(Clone, Copy, Debug)]
pub struct Geometry {
    pub sin_light: f32,
    pub sin_view: f32,
    pub cos_phi: f32,
    pub view_dot_light: f32,
}

impl Geometry {
    /// Of unit vectors: the fibre towards its tip, towards the light, towards the eye.
    pub fn new(tangent: Vec3, light: Vec3, view: Vec3) -> Self {
        let (sin_light, sin_view) = (tangent.dot(light), tangent.dot(view));
        let (a, b) = (light - tangent * sin_light, view - tangent * sin_view);
        let cos_phi = a.dot(b) / (a.length_squared() * b.length_squared() + 1e-8).sqrt();
        Self { sin_light, sin_view, cos_phi: cos_phi.clamp(-1.0, 1.0), view_dot_light: view.dot(light) }
    }
}

fn gauss(width: f32, x: f32) -> f32 {
    (-0.5 * x * x / (width * width)).exp() / ((std::f32::consts::TAU).sqrt() * width)
}

fn fresnel(cos: f32) -> f32 {
    let f0 = ((1.0 - IOR) / (1.0 + IOR)).powi(2);
    f0 + (1.0 - f0) * (1.0 - cos.clamp(0.0, 1.0)).powi(5)
}

/// Light scattered once, per solid angle, with the cosine of the incident ray in it. `through` (0..1) is how much of the
/// transmitted lobe is seen directly; reflections against the light are seen as far.
pub fn single(g: &Geometry, absorption: Vec3, roughness: f32, through: f32) -> Vec3 {
    let cos_d = {
        let half = 0.5 * (g.sin_view.clamp(-1.0, 1.0).asin() - g.sin_light.clamp(-1.0, 1.0).asin());
        half.cos().max(0.05)
    };
    let sum = g.sin_light + g.sin_view;
    let cos_half = (0.5 + 0.5 * g.cos_phi).max(0.0).sqrt();
    let width = roughness * roughness;
    let damp = |path: f32| (absorption * -path).map(f32::exp);

    let r = gauss(width * std::f32::consts::SQRT_2 * cos_half.max(0.1), sum + 2.0 * TILT)
        * 0.25
        * cos_half
        * fresnel((0.5 + 0.5 * g.view_dot_light).max(0.0).sqrt())
        * (1.0 + (through - 1.0) * (-g.view_dot_light).clamp(0.0, 1.0));

    let bent = 1.0 / (1.19 / cos_d + 0.36 * cos_d);
    let h = (cos_half * (1.0 + bent * (0.6 - 0.8 * g.cos_phi))).min(1.0);
    let f = fresnel(cos_d * (1.0 - h * h).max(0.0).sqrt());
    let tt = damp(2.0 * (1.0 - (h * bent).powi(2)).max(0.0).sqrt() / cos_d)
        * (gauss(0.5 * width, sum - TILT) * (1.0 - f).powi(2) * (-3.65 * g.cos_phi - 4.04).exp() * through);

    let f = fresnel(0.5 * cos_d);
    let trt = damp(3.2 / cos_d)
        * (gauss(2.0 * width, sum - 4.0 * TILT) * (1.0 - f).powi(2) * f * (17.0 * g.cos_phi - 16.78).exp());
    Vec3::splat(r) + tt + trt
}

/// Light scattered many times, per solid angle, with the cosine of the incident ray in it. `normal` is that of the mass.
pub fn multiple(g: &Geometry, normal_dot_light: f32, absorption: Vec3, through: f32) -> Vec3 {
    let wrapped = (0.5 * normal_dot_light + 0.5).max(0.0).powi(2) * 0.75;
    // Along a fibre less is scattered than across it.
    let across = 1.0 - g.sin_light * g.sin_light;
    let behind = (-g.view_dot_light).clamp(0.0, 1.0);
    let lobe = wrapped * (0.6 + 0.4 * across) / std::f32::consts::PI;
    pigment::colour_of(absorption) * (lobe * TRANSMITTED * (1.0 - through * behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums over directions of the sphere, evenly spread, times the solid angle of each.
    fn over_sphere(value: impl Fn(Vec3) -> f32) -> f32 {
        let (rows, columns) = (240, 120);
        let mut sum = 0.0;
        for row in 0..rows {
            let x = (row as f32 + 0.5) / rows as f32 * 2.0 - 1.0;
            for column in 0..columns {
                let turn = (column as f32 + 0.5) / columns as f32 * std::f32::consts::TAU;
                let r = (1.0 - x * x).sqrt();
                sum += value(Vec3::new(x, r * turn.cos(), r * turn.sin()));
            }
        }
        sum * (4.0 * std::f32::consts::PI / (rows * columns) as f32)
    }

    fn ray(inclination: f32, turn: f32) -> Vec3 {
        let (sin, cos) = inclination.sin_cos();
        Vec3::new(sin, cos * turn.cos(), cos * turn.sin())
    }

    /// A single fibre in a white furnace, then a mass of fibres: lit evenly from above, and from below as far as it lets
    /// light through.
    #[test]
    fn a_white_furnace_gives_no_more_than_it_takes() {
        let (mut most_single, mut most): (f32, f32) = (0.0, 0.0);
        for inclination in [0.0, 0.3, 0.7, 1.1, -0.5] {
            for roughness in [0.2, 0.3, 0.45] {
                for absorption in [pigment::LEAST_ABSORPTION, 0.1, 1.0, 10.0] {
                    let absorption = Vec3::splat(absorption);
                    let light = ray(inclination, 0.0);
                    let alone =
                        over_sphere(|view| single(&Geometry::new(Vec3::X, light, view), absorption, roughness, 1.0).x);
                    most_single = most_single.max(alone);
                    for (turn, through) in [(0.0, 0.0), (0.0, 0.55), (0.9, 0.3), (1.4, 0.55)] {
                        let view = ray(inclination, turn);
                        let sum = over_sphere(|light| {
                            let g = Geometry::new(Vec3::X, light, view);
                            let reaches = if light.y > 0.0 { 1.0 } else { through };
                            let all =
                                single(&g, absorption, roughness, through) + multiple(&g, light.y, absorption, through);
                            all.x * reaches
                        });
                        most = most.max(sum);
                        assert!(sum > 0.01, "hair is never quite black: {sum}");
                    }
                }
            }
        }
        println!("white furnace: at most {most_single:.3} from a fibre, {most:.3} from a mass");
        assert!(most_single <= 1.0 && most <= 1.0, "{most_single} {most}");
    }

    #[test]
    fn single_scattering_is_reciprocal() {
        // These fits keep the cosine of the incident ray within them and are symmetric in light and eye as they stand.
        for (a, b, c, d) in [(0.1, 0.3, -0.4, 2.0), (0.7, -1.0, 0.2, 0.4), (-0.3, 3.0, 0.5, 0.1)] {
            let (light, view) = (ray(a, b), ray(c, d));
            let forth = single(&Geometry::new(Vec3::X, light, view), Vec3::splat(0.4), 0.3, 1.0);
            let back = single(&Geometry::new(Vec3::X, view, light), Vec3::splat(0.4), 0.3, 1.0);
            assert!((forth - back).length() <= 1e-4 * forth.length().max(1e-3), "{forth} {back}");
        }
    }

    #[test]
    fn the_reflected_highlight_lies_nearer_to_the_root_than_the_coloured_one() {
        let light = Vec3::Y;
        // The eye moves from the root's side to the tip's.
        let peak = |lobe: &dyn Fn(f32) -> f32| {
            (-600..600).map(|i| i as f32 * 1e-3).max_by(|a, b| lobe(*a).total_cmp(&lobe(*b))).unwrap_or_default()
        };
        let at = |x: f32| Geometry::new(Vec3::X, light, Vec3::new(x, (1.0 - x * x).sqrt(), 0.0));
        let dark = peak(&|x| single(&at(x), Vec3::splat(40.0), 0.25, 0.0).x);
        let both = peak(&|x| single(&at(x), Vec3::ZERO, 0.25, 0.0).x - single(&at(x), Vec3::splat(40.0), 0.25, 0.0).x);
        assert!(dark < -0.04 && both > 0.08, "{dark} {both}");
    }

    #[test]
    fn the_shader_has_the_same_constants() {
        let source = kinema_shaders::HAIR_BSDF.source;
        let constant = |name: &str| -> f32 {
            let start = format!("const {name}: f32 = ");
            let line = source.lines().find_map(|line| line.strip_prefix(&start)).unwrap();
            line.trim_end_matches(';').parse().unwrap()
        };
        assert_eq!([constant("IOR"), constant("TILT"), constant("TRANSMITTED")], [IOR, TILT, TRANSMITTED]);
        let slope = -pigment::colour_of(Vec3::ONE).x.ln();
        assert!((constant("SLOPE") - slope).abs() < 1e-4, "{slope}");
        for term in ["-3.65 * g.cos_phi - 4.04", "17.0 * g.cos_phi - 16.78", "1.19 / cos_d + 0.36 * cos_d"] {
            assert!(source.contains(term) && include_str!("reference.rs").contains(term), "{term}");
        }
    }
}
