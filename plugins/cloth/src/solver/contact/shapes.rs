//! Bodies of simple shape: exact distances, no mesh, no limit to the depth from which a vertex is brought out.
//!
//! Each vertex sees each shape by itself, so nothing needs to be summed. Distances: Quilez' collection of exact signed distances, derived anew.

use super::push::limited;
use crate::solver::exact::{add, mul, recip, rsqrt, sub};
use crate::solver::position::{difference, split};
use crate::solver::vec3::V3;

/// A core in the shape's own axes, metres. [`Body::rounding_m`] makes it thicker on all sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Core {
    /// A point; with rounding a sphere.
    Point,
    /// From `-half_length_m` to `half_length_m` along the second axis; with rounding a capsule.
    Segment {
        /// Half its length.
        half_length_m: f32,
    },
    /// Everything below the plane through the centre whose normal is the second axis.
    HalfSpace,
    /// A box.
    Box {
        /// Half its sides.
        half_size_m: V3,
    },
    /// About the second axis. A disc is a short one.
    Cylinder {
        /// Radius.
        radius_m: f32,
        /// Half its length.
        half_length_m: f32,
    },
}

impl Core {
    /// Signed distance of a point, and the outward direction there.
    pub fn distance(&self, p: V3) -> (f32, V3) {
        let up = V3::new(0.0, 1.0, 0.0);
        match *self {
            Core::Point => (p.length(), p.normalised_or(up)),
            Core::Segment { half_length_m } => {
                let nearest = V3::new(0.0, p.y.clamp(-half_length_m, half_length_m), 0.0);
                let d = p.sub(nearest);
                (d.length(), d.normalised_or(V3::new(1.0, 0.0, 0.0)))
            }
            Core::HalfSpace => (p.y, up),
            Core::Box { half_size_m: h } => {
                let beyond = V3::new(sub(p.x.abs(), h.x), sub(p.y.abs(), h.y), sub(p.z.abs(), h.z));
                let outside = V3::new(beyond.x.max(0.0), beyond.y.max(0.0), beyond.z.max(0.0));
                let sign = |x: f32, of: f32| if of < 0.0 { -x } else { x };
                let signed = |v: V3| V3::new(sign(v.x, p.x), sign(v.y, p.y), sign(v.z, p.z));
                if outside.length_squared() > 0.0 {
                    (outside.length(), signed(outside.normalised_or(up)))
                } else if beyond.x >= beyond.y && beyond.x >= beyond.z {
                    (beyond.x, signed(V3::new(1.0, 0.0, 0.0)))
                } else if beyond.y >= beyond.z {
                    (beyond.y, signed(up))
                } else {
                    (beyond.z, signed(V3::new(0.0, 0.0, 1.0)))
                }
            }
            Core::Cylinder { radius_m, half_length_m } => {
                let radial = V3::new(p.x, 0.0, p.z);
                let outward = radial.normalised_or(V3::new(1.0, 0.0, 0.0));
                let axial = if p.y < 0.0 { up.neg() } else { up };
                let (beside, above) = (sub(radial.length(), radius_m), sub(p.y.abs(), half_length_m));
                if beside > 0.0 && above > 0.0 {
                    let d = outward.scale(beside).add(axial.scale(above));
                    (d.length(), d.normalised_or(outward))
                } else if beside > above {
                    (beside, outward)
                } else {
                    (above, axial)
                }
            }
        }
    }
}

/// A body of simple shape, as it is at the end of the present substep.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Body {
    /// Its shape.
    pub core: Core,
    /// Added on all sides, metres.
    pub rounding_m: f32,
    /// Whole units of its centre.
    pub q: [i32; 3],
    /// The rest of its centre, metres.
    pub offset_m: V3,
    /// Its axes, unit vectors at right angles, right-handed.
    pub axes: [V3; 3],
    /// m/s.
    pub velocity_m_s: V3,
    /// rad/s.
    pub angular_velocity_rad_s: V3,
    /// Its Coulomb friction coefficient: that of the pair, or, where each cloth has its own, one side of the mean.
    pub friction: f32,
    /// Speed, m/s, with which what is inside it is brought out.
    pub recovery_m_s: f32,
}

/// A body that moves farther in a substep has jumped: it drags nothing along, and what is then inside is brought out.
const JUMP_M: f32 = 0.1;

impl Body {
    /// At rest, upright.
    pub fn new(core: Core, rounding_m: f32, centre_m: [f64; 3], friction: f32) -> Body {
        let centre = centre_m.map(crate::solver::position::from_metres);
        Body {
            core,
            rounding_m,
            q: centre.map(|c| c.0),
            offset_m: V3::from_array(centre.map(|c| c.1)),
            axes: [V3::new(1.0, 0.0, 0.0), V3::new(0.0, 1.0, 0.0), V3::new(0.0, 0.0, 1.0)],
            velocity_m_s: V3::ZERO,
            angular_velocity_rad_s: V3::ZERO,
            friction,
            recovery_m_s: 1.0,
        }
    }

    /// Moves it by one substep.
    pub fn advance(&mut self, dt_secs: f32) {
        let offset = self.offset_m.add(self.velocity_m_s.scale(dt_secs)).to_array().map(split);
        for (q, o) in self.q.iter_mut().zip(offset) {
            *q = q.wrapping_add(o.0);
        }
        self.offset_m = V3::from_array(offset.map(|o| o.1));
        let turn = self.angular_velocity_rad_s.scale(dt_secs);
        if turn.length_squared() > 0.0 {
            // Second order in the angle, then made orthonormal; exact enough for small substeps.
            let turned = self.axes.map(|a| a.add(turn.cross(a)).add(turn.cross(turn.cross(a)).scale(0.5)));
            let x = turned[0].normalised_or(self.axes[0]);
            let y = turned[1].sub(x.scale(x.dot(turned[1]))).normalised_or(self.axes[1]);
            self.axes = [x, y, x.cross(y)];
        }
    }

    /// Distance, outward normal and position relative to the centre, of a point.
    pub(super) fn distance(&self, q: [i32; 3], offset_m: V3) -> (f32, V3, V3) {
        let relative = difference(q, offset_m, self.q, self.offset_m);
        let [x, y, z] = self.axes;
        let (distance, n) = self.core.distance(V3::new(relative.dot(x), relative.dot(y), relative.dot(z)));
        (sub(distance, self.rounding_m), x.scale(n.x).add(y.scale(n.y)).add(z.scale(n.z)), relative)
    }

    /// What is added to the clearance of vertices whose triangles reach `chord_m` from them, metres: without it the middle of a triangle, which nothing else keeps
    /// off, would sink into a round body by as much (the sagitta). Flat sides need none; edges of boxes are not provided for.
    pub fn sagitta_m(&self, chord_m: f32) -> f32 {
        match self.core {
            Core::Point | Core::Segment { .. } => {
                mul(mul(chord_m, chord_m), recip(mul(2.0, self.rounding_m).max(chord_m))).min(chord_m)
            }
            Core::HalfSpace | Core::Box { .. } | Core::Cylinder { .. } => 0.0,
        }
    }

    /// How far it reaches from its centre, metres; infinite for a half-space.
    pub(super) fn reach_m(&self) -> f32 {
        let core_m = match self.core {
            Core::Point => 0.0,
            Core::Segment { half_length_m } => half_length_m,
            Core::HalfSpace => f32::INFINITY,
            Core::Box { half_size_m } => half_size_m.length(),
            Core::Cylinder { radius_m, half_length_m } => add(radius_m, half_length_m),
        };
        add(core_m, self.rounding_m)
    }

    /// How far its surface moves in a substep at a point relative to the centre.
    fn surface_motion(&self, relative: V3, dt_secs: f32) -> V3 {
        let motion = self.velocity_m_s.add(self.angular_velocity_rad_s.cross(relative)).scale(dt_secs);
        if motion.length() < JUMP_M { motion } else { V3::ZERO }
    }
}

/// What a vertex has got from one body in this substep, metres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Touch {
    /// Normal push.
    pub pushed_m: f32,
    /// Friction.
    pub rubbed_m: V3,
}

/// A vertex in a substep: where it began and how far it has come.
#[derive(Clone, Copy, Debug)]
pub struct Moving {
    /// Whole units.
    pub q: [i32; 3],
    /// Rest, metres.
    pub rest_m: V3,
    /// Displacement so far, metres.
    pub displacement_m: V3,
}

/// Keeps a vertex `clearance_m` off a body on which it has the coefficient `friction`; returns its new displacement.
pub fn push_off(body: &Body, vertex: Moving, clearance_m: f32, friction: f32, dt_secs: f32, touch: &mut Touch) -> V3 {
    let d = vertex.displacement_m;
    let (distance, normal, relative) = body.distance(vertex.q, vertex.rest_m.add(d));
    let missing = sub(clearance_m, distance);
    if missing <= 0.0 && touch.pushed_m <= 0.0 {
        return d;
    }
    let motion = body.surface_motion(relative, dt_secs);
    // Where the vertex would be if it had stuck to the body tells how deep it was before; from there it is brought out at a bounded speed.
    let before = body.distance(vertex.q, vertex.rest_m.add(motion)).0;
    let wanted = clearance_m.min(add(before, mul(body.recovery_m_s, dt_secs)));
    let pushed = add(touch.pushed_m, sub(wanted, distance)).max(0.0);
    let slip = d.sub(motion);
    let along = slip.sub(normal.scale(normal.dot(slip)));
    let rubbed = limited(touch.rubbed_m.sub(along), mul(friction, pushed));
    let change = normal.scale(sub(pushed, touch.pushed_m)).add(rubbed.sub(touch.rubbed_m));
    *touch = Touch { pushed_m: pushed, rubbed_m: rubbed };
    d.add(change)
}

/// The angle of the second axis from the vertical, as axes: a tilted half-space or cylinder. Preparation.
pub fn axes_with_second_along(second: V3) -> [V3; 3] {
    let y = second.scale(rsqrt(second.length_squared()));
    let helper = if y.x.abs() < 0.7 { V3::new(1.0, 0.0, 0.0) } else { V3::new(0.0, 0.0, 1.0) };
    let z = helper.cross(y).normalised_or(V3::new(0.0, 0.0, 1.0));
    [y.cross(z), y, z]
}

#[cfg(test)]
#[path = "shapes_tests.rs"]
mod tests;
