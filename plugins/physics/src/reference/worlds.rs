//! The worlds of the cases: shots written as JSON, as a program would.

use std::path::Path;
use std::sync::Arc;

use kinema_core::{Diagnostics, Format, LoadedShot, PartRegistry, Seed, Wind, parse_shot};
use serde_json::{Value, json};

use crate::{Fluid, Joint, PhysicsMaterial, PhysicsWorld, Rigid};

/// Frames a second of all cases; substeps make the steps finer.
pub const FRAMES_PER_SEC: u32 = 120;

/// The kinds of parts that this crate owns, with their rules.
pub fn part_registry() -> PartRegistry {
    let mut registry = PartRegistry::default();
    registry.register::<Rigid>().register::<Joint>().register::<PhysicsWorld>();
    registry.register::<PhysicsMaterial>().register::<Fluid>().register::<Wind>();
    registry.register_check(crate::scene::check_scene);
    registry
}

/// A shot of `parts` at [`FRAMES_PER_SEC`].
///
/// # Errors
/// What is wrong with the parts.
pub fn shot_of(parts: Value, frames: u32, substeps: u32) -> Result<Arc<LoadedShot>, Diagnostics> {
    let document = json!({
        "schema": 1,
        "timeline": { "rate": format!("{FRAMES_PER_SEC}/1"), "frames": frames, "substeps": substeps },
        "output": { "width": 8, "height": 8 },
        "parts": parts,
    });
    let text = document.to_string();
    parse_shot(text.as_bytes(), Path::new("case.json"), Format::Json, &part_registry()).map(Arc::new)
}

/// A part of kind Rigid.
pub fn rigid(id: &str, position: [f64; 3], rotation_deg: [f64; 3], settings: Value) -> Value {
    json!({ "id": id, "position": position, "rotation_deg": rotation_deg, "part": { "Rigid": settings } })
}

fn floor(settings: Value) -> Value {
    let mut floor = json!({ "shape": "HalfSpace", "body": "Fixed" });
    if let (Some(floor), Value::Object(settings)) = (floor.as_object_mut(), settings) {
        floor.extend(settings);
    }
    rigid("floor", [0.0; 3], [0.0; 3], floor)
}

/// A block of 0.4 x 0.2 x 0.4 m at rest on a slope.
pub(super) fn incline(angle_deg: f64, friction: f64) -> Value {
    let (sin, cos) = angle_deg.to_radians().sin_cos();
    let tilt = [0.0, 0.0, -angle_deg];
    let slope = json!({ "shape": "HalfSpace", "body": "Fixed", "friction": friction });
    let block = json!({ "shape": { "Box": { "size_m": [0.4, 0.2, 0.4] } }, "friction": friction, "can_sleep": false });
    json!([rigid("slope", [0.0; 3], tilt, slope), rigid("block", [sin * 0.1, cos * 0.1, 0.0], tilt, block)])
}

/// A ball on a hinge, held up to one side.
pub(super) fn pendulum(length_m: f64, radius_m: f64, amplitude_rad: f64) -> Value {
    let hook = json!({ "shape": { "Ball": { "radius_m": 0.01 } }, "body": "Fixed" });
    let bob = json!({ "shape": { "Ball": { "radius_m": radius_m } }, "can_sleep": false });
    let place = [length_m * amplitude_rad.sin(), -length_m * amplitude_rad.cos(), 0.0];
    json!([
        rigid("hook", [0.0; 3], [0.0; 3], hook),
        rigid("bob", place, [0.0, 0.0, amplitude_rad.to_degrees()], bob),
        hinge("hinge", "bob", [0.0; 3], length_m),
    ])
}

fn hinge(id: &str, body: &str, anchor_a_m: [f64; 3], length_m: f64) -> Value {
    json!({ "id": id, "part": { "Joint": {
        "body_a": "hook", "body_b": body, "kind": { "Revolute": { "axis": [0.0, 0.0, 1.0] } },
        "anchor_a_m": anchor_a_m, "anchor_b_m": [0.0, length_m, 0.0],
    } } })
}

/// A free box that spins.
pub(super) fn spinning_box(size_m: [f64; 3], angular_rad_s: [f64; 3]) -> Value {
    let body = json!({
        "shape": { "Box": { "size_m": size_m } }, "angular_velocity_rad_s": angular_rad_s, "gravity_scale": 0.0,
        "can_sleep": false,
    });
    json!([rigid("racket", [0.0; 3], [0.0; 3], body)])
}

/// Bricks of 0.4 x 0.2 x 0.2 m, crosswise one on the other.
pub(super) fn tower(bricks: u32) -> Value {
    let mut parts = vec![floor(json!({}))];
    for level in 0..bricks {
        let brick = json!({ "shape": { "Box": { "size_m": [0.4, 0.2, 0.2] } }, "can_sleep": false });
        let turn = [0.0, 90.0 * f64::from(level % 2), 0.0];
        parts.push(rigid(&format!("brick{level}"), [0.0, 0.1 + 0.2 * f64::from(level), 0.0], turn, brick));
    }
    json!(parts)
}

/// Distance of the rods: the balls are 5 mm apart, so that at fine steps one collision follows the other.
const CRADLE_PITCH_M: f64 = 0.105;

/// Five balls of radius 0.05 m on rods of 1 m; the first is held up to one side.
pub(super) fn cradle(amplitude_rad: f64) -> Value {
    let mut parts =
        vec![rigid("hook", [0.0; 3], [0.0; 3], json!({ "shape": { "Ball": { "radius_m": 0.001 } }, "body": "Fixed" }))];
    for index in 0..5 {
        let x = CRADLE_PITCH_M * f64::from(index);
        let angle = if index == 0 { -amplitude_rad } else { 0.0 };
        let ball = json!({
            "shape": { "Ball": { "radius_m": 0.05 } }, "density_kg_m3": 7800.0, "restitution": 1.0, "friction": 0.0,
            "can_sleep": false,
        });
        let id = format!("ball{index}");
        let place = [x + angle.sin(), -angle.cos(), 0.0];
        parts.push(rigid(&id, place, [0.0, 0.0, angle.to_degrees()], ball));
        parts.push(hinge(&format!("rod{index}"), &id, [x, 0.0, 0.0], 1.0));
    }
    json!(parts)
}

/// A ball above a floor, bounce between the two as given.
pub(super) fn falling_ball(height_m: f64, restitution: f64) -> Value {
    let ball = json!({ "shape": { "Ball": { "radius_m": 0.1 } }, "restitution": restitution, "can_sleep": false });
    json!([floor(json!({ "restitution": restitution })), rigid("ball", [0.0, height_m + 0.1, 0.0], [0.0; 3], ball)])
}

/// A raft of 1 x 0.5 x 1 m and the given density in water; `above_m` is its middle over the surface.
pub(super) fn raft(density_kg_m3: f64, above_m: f64, drag_coefficient: f64) -> Value {
    let raft = json!({ "shape": { "Box": { "size_m": [1.0, 0.5, 1.0] } }, "density_kg_m3": density_kg_m3 });
    json!([
        { "id": "water", "part": { "Fluid": { "drag_coefficient": drag_coefficient } } },
        rigid("raft", [0.0, above_m, 0.0], [0.0; 3], raft),
    ])
}

/// Everything there is at once: terrain, water, gusts, a compound, a material, a sensor, joints of which one breaks.
pub fn everything() -> Value {
    let mut number = {
        let mut seed = Seed(11);
        move || f64::from(seed.unit_f32())
    };
    let heights: Vec<f64> = (0..81).map(|_| number() * 0.3).collect();
    let terrain = json!({ "shape": { "Terrain": { "size_m": [8.0, 8.0], "heights": { "Numbers": {
        "columns": 9, "heights_m": heights } } } }, "body": "Fixed", "material": "earth" });
    let gate = json!({ "shape": { "Box": { "size_m": [8.0, 1.0, 8.0] } }, "body": "Fixed", "sensor": true });
    let pivot = json!({ "shape": { "Ball": { "radius_m": 0.05 } }, "body": "Fixed" });
    let mut parts = vec![
        rigid("ground", [0.0; 3], [0.0; 3], terrain),
        json!({ "id": "earth", "part": { "PhysicsMaterial": { "friction": 0.8, "friction_rule": "Max",
            "pairs": [{ "with": "steel", "friction": 0.3, "restitution": 0.2 }] } } }),
        json!({ "id": "steel", "part": { "PhysicsMaterial": { "friction": 0.2, "restitution": 0.6 } } }),
        json!({ "id": "pool", "position": [0.0, 0.4, 0.0], "part": { "Fluid": { "size_m": [4.0, 4.0] } } }),
        json!({ "id": "gusts", "part": { "Wind": { "flow": { "Gusty": {
            "velocity_m_s": [4.0, 0.0, 1.0], "gust_m_s": 2.0, "length_m": 1.5 } } } } }),
        json!({ "id": "whirl", "part": { "Wind": { "flow": { "Vortex": {
            "peak_speed_m_s": 8.0, "core_radius_m": 0.5, "updraft_m_s": 3.0 } } } } }),
        rigid("gate", [0.0, 1.5, 0.0], [0.0; 3], gate),
        rigid("pivot", [0.0, 3.0, 0.0], [0.0; 3], pivot),
    ];
    for index in 0..40 {
        let size = 0.15 + 0.2 * number();
        let shape = match index % 4 {
            0 => json!({ "Box": { "size_m": [size, size * 0.7, size * 1.3] } }),
            1 => json!({ "Ball": { "radius_m": size * 0.5 } }),
            2 => json!({ "Compound": { "pieces": [
                { "shape": { "Box": { "size_m": [size, 0.05, 0.05] } } },
                { "shape": { "Ball": { "radius_m": 0.06 } }, "position_m": [size * 0.5, 0.0, 0.0] },
            ] } }),
            _ => json!({ "Capsule": { "radius_m": size * 0.3, "half_height_m": size * 0.4 } }),
        };
        let mut body = json!({ "shape": shape, "density_kg_m3": 200.0 + 900.0 * number(), "air_drag": {} });
        if index % 3 == 0 {
            body["material"] = json!("steel");
        }
        let place = [3.0 * number() - 1.5, 1.0 + 0.1 * f64::from(index), 3.0 * number() - 1.5];
        parts.push(rigid(&format!("body{index}"), place, [360.0 * number(), 360.0 * number(), 0.0], body));
    }
    for (id, body, breaks) in [("strong", "body0", 1e6), ("weak", "body4", 5.0)] {
        let kind = json!({ "Rope": { "length_m": 0.5 } });
        parts.push(json!({ "id": id, "part": { "Joint": {
            "body_a": "pivot", "body_b": body, "kind": kind, "break_force_n": breaks } } }));
    }
    json!(parts)
}

/// `count` boxes of 0.2 m that fall into a heap.
pub fn heap(count: u32) -> Value {
    let mut seed = Seed(5);
    let mut parts = vec![floor(json!({}))];
    for index in 0..count {
        let grid = |step: u32| f64::from(step) * 0.25;
        let place = [grid(index % 10) - 1.1, 0.2 + grid(index / 100), grid(index / 10 % 10) - 1.1];
        let turn = [0.0, 90.0 * f64::from(seed.unit_f32()), 0.0];
        let body = json!({ "shape": { "Box": { "size_m": [0.2, 0.2, 0.2] } }, "can_sleep": false });
        parts.push(rigid(&format!("box{index}"), place, turn, body));
    }
    json!(parts)
}
