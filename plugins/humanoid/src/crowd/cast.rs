//! The people of a crowd and where their vertices are. No rendering in here.

use std::{collections::BTreeMap, sync::Arc};

use bevy::math::{Affine3A, DQuat, Quat, Vec3};
use kinema_core::Seed;

use super::Crowd;
use crate::{
    batch::Batch,
    body::{Body, BodyState},
    character::Generator,
    face::{compose::Moment, settings::EmotionKind},
    figure::{Layer, Vertices},
    idle::life_signs,
    look::{
        detail::Level,
        eyes::EyeBall,
        hair::scalp,
        skin::{self, SkinChart, complexion::Complexion},
        surface::{Surface, gather},
    },
    motion::build::{Build, Subject},
    motion::clips::BodyClips,
    motion::settings::{Gesture, GestureKind, Side},
    pose::{self, Standing},
    settings::{Hair, Human},
    skeleton::RestBones,
    skinning::DualBones,
    wardrobe::Wardrobe,
};

/// Bodies that are evaluated together: what they need stays in the processor's cache.
const TOGETHER: usize = 16;
/// How far hair stands off from the scalp.
const SWELLING_M: f32 = 0.014;
/// What people do who stand about.
const GESTURES: [(GestureKind, f64); 7] = [
    (GestureKind::ArmsCrossed, 1e5),
    (GestureKind::HandsOnHips, 1e5),
    (GestureKind::Think, 1e5),
    (GestureKind::Wave, 3.0),
    (GestureKind::Clap, 4.0),
    (GestureKind::Nod, 2.0),
    (GestureKind::ShakeHead, 2.5),
];
/// What is drawn as skin, and what as cloth.
const MESHES: [&[Layer]; 2] = [&[Layer::Head, Layer::Hands, Layer::Teeth, Layer::Tongue], &[Layer::Suit, Layer::Shoes]];

/// One of the crowd.
#[derive(Clone, Debug)]
struct Member {
    human: Human,
    seed: Seed,
    crowd_from_member: Affine3A,
    bones: RestBones,
    rest: Vec<DQuat>,
    build: Build,
    locals: Vec<(u16, f32)>,
    head_lift_m: Vec<f32>,
}

/// A crowd's people.
#[derive(Clone, Debug)]
pub struct Cast {
    wardrobe: Arc<Wardrobe>,
    members: Vec<Member>,
    surfaces: BTreeMap<Layer, Surface>,
    ball: EyeBall,
    /// Nobody follows a recording.
    clips: BodyClips,
    /// Colours of skin and of cloth, linear Rec.709.
    pub colours: [Vec<[f32; 4]>; 2],
    /// Triangles of skin and of cloth.
    pub indices: [Vec<u32>; 2],
}

impl Cast {
    /// Makes the people of `crowd` up.
    pub fn new(wardrobe: Arc<Wardrobe>, crowd: &Crowd) -> Self {
        let level = crowd.detail.level();
        let mut outfit = wardrobe.outfit.clone();
        let template: Vec<Vec3> = wardrobe.basis.template.iter().map(|&p| Vec3::from_array(p)).collect();
        outfit.fit(&template);
        let mut surfaces = BTreeMap::new();
        for layer in MESHES.into_iter().flatten().copied() {
            let Some(reduced) = wardrobe.levels().get(level, layer) else { continue };
            let full = outfit.surface(layer);
            // A layer that this level leaves out is of nothing.
            if !reduced.of_full.is_empty() {
                let mut surface = reduced.surface.clone();
                surface.lift_m = gather(&full.lift_m, &reduced.of_full);
                surfaces.insert(layer, surface);
            }
        }
        let ball = coarse(&EyeBall::new(&Human::default().eyes, 1), level);
        let mut cast = Self {
            members: Vec::new(),
            surfaces,
            ball,
            clips: BodyClips::default(),
            colours: <[_; 2]>::default(),
            indices: <[_; 2]>::default(),
            wardrobe,
        };
        let generator = Generator { seed: crowd.seed, constraints: crowd.people };
        for index in 0..crowd.count {
            let human = person(&generator, crowd, index);
            cast.paint(&human, level);
            cast.members.push(cast.member(human, crowd, index));
        }
        cast
    }

    fn member(&self, human: Human, crowd: &Crowd, index: u32) -> Member {
        let basis = &self.wardrobe.basis;
        let locals = pose::local_changes(&human, basis);
        let mut body = Body::new(basis.clone());
        body.reshape(&human.phenotype, &locals);
        let bones = body.rest_bones().clone();
        let rest = pose::rest_deltas(basis, &bones, human.rest);
        let subject = Subject {
            basis,
            bones: &bones,
            shape: body.shape(),
            shoes: &self.wardrobe.outfit.shoes,
            dual_bones: DualBones::default(),
        };
        let build = Build::measure(&subject, &rest);
        let chart = self.wardrobe.levels().get(crowd.detail.level(), Layer::Head).and_then(|head| head.chart.as_ref());
        let scalp = chart.map(|chart| covered(chart, &human.hair)).unwrap_or_default();
        let lifts = self.surfaces.get(&Layer::Head).map(|head| head.lift_m.as_slice()).unwrap_or_default();
        // Hair is drawn as a swelling of the scalp.
        let head_lift_m = lifts.iter().zip(scalp).map(|(lift, scalp)| lift + scalp * SWELLING_M).collect();
        let seed = Seed::for_part(crowd.seed, &format!("member {index}"), "idle");
        let crowd_from_member = place(crowd, index);
        Member { human, seed, crowd_from_member, bones, rest, build, locals, head_lift_m }
    }

    /// Appends the colours and triangles of one person.
    fn paint(&mut self, human: &Human, level: Level) {
        let complexion = Complexion::new(human.skin.tone, human.skin.redness);
        let hair = human.hair.as_coloured();
        let flat = |[r, g, b]: [f32; 3], surface: &Surface| vec![[r, g, b, 1.0]; surface.len()];
        for (mesh, layers) in MESHES.into_iter().enumerate() {
            for (layer, surface) in layers.iter().filter_map(|layer| Some((*layer, self.surfaces.get(layer)?))) {
                let chart = self.wardrobe.levels().get(level, layer).and_then(|reduced| reduced.chart.as_ref());
                let first = self.colours[mesh].len() as u32;
                self.colours[mesh].extend(match (chart, layer) {
                    (Some(chart), _) => {
                        let mut shade = skin::hair_shade(chart, &hair);
                        for (shade, covered) in shade.iter_mut().zip(covered(chart, &hair)) {
                            *shade = shade.max(covered);
                        }
                        skin::paint(chart, &shade, &complexion, &hair)
                    }
                    (None, Layer::Suit) => flat(human.suit.colour, surface),
                    (None, Layer::Shoes) => flat(human.shoes.colour, surface),
                    (None, Layer::Teeth) => flat([0.45, 0.42, 0.36], surface),
                    _ => flat([0.30, 0.09, 0.08], surface),
                });
                self.indices[mesh].extend(surface.indices.iter().map(|index| first + index));
            }
        }
        for stream in [1, 2] {
            let first = self.colours[0].len() as u32;
            self.colours[0].extend(coarse(&EyeBall::new(&human.eyes, stream), level).colours);
            self.indices[0].extend(self.ball.indices.iter().map(|index| first + index));
        }
    }

    /// Number of people.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Skin and cloth of everybody at `seconds`, in the crowd's space. `batch` is one over all rows.
    pub fn vertices(&mut self, batch: &mut Batch, seconds: f64, secs_per_frame: f64) -> [Vertices; 2] {
        let mut meshes = [0, 1].map(|mesh: usize| Vertices {
            positions: Vec::with_capacity(self.colours[mesh].len()),
            normals: Vec::with_capacity(self.colours[mesh].len()),
            tangents: Vec::new(),
        });
        let members = std::mem::take(&mut self.members);
        let mut rows = Vec::new();
        for together in members.chunks(TOGETHER) {
            let states: Vec<(BodyState, bool)> =
                together.iter().map(|member| self.state(member, seconds, secs_per_frame)).collect();
            let (states, grounded): (Vec<BodyState>, Vec<bool>) = states.into_iter().unzip();
            batch.evaluate(&states, &mut rows);
            for ((member, rows), grounded) in together.iter().zip(&rows).zip(grounded) {
                self.put(member, rows, grounded, &mut meshes);
            }
        }
        self.members = members;
        meshes
    }

    fn state(&self, member: &Member, seconds: f64, secs_per_frame: f64) -> (BodyState, bool) {
        let life = life_signs(&member.human.idle, member.seed, seconds);
        let moment = Moment { seed: member.seed, seconds, secs_per_frame, voice: None };
        let standing = Standing {
            basis: &self.wardrobe.basis,
            bones: &member.bones,
            rest: &member.rest,
            clips: &self.clips,
            build: &member.build,
        };
        let (mut state, grounded) = pose::body_state(&member.human, &standing, &life, &moment);
        state.local_changes.clone_from(&member.locals);
        (state, grounded)
    }

    /// Appends one person to the meshes.
    fn put(&mut self, member: &Member, rows: &[Vec3], grounded: bool, meshes: &mut [Vertices; 2]) {
        let outfit = &self.wardrobe.outfit;
        let height = |row: &u32| rows.get(*row as usize).map_or(f32::INFINITY, |p| p.y);
        let lowest = outfit.sole_rows.iter().map(height).fold(f32::INFINITY, f32::min);
        let up = if grounded || !lowest.is_finite() { 0.0 } else { outfit.sole_lift_m - lowest };
        let place = member.crowd_from_member * Affine3A::from_translation(Vec3::Y * up);
        let mut push = |mesh: usize, position: Vec3, normal: Vec3| {
            meshes[mesh].positions.push(place.transform_point3(position).to_array());
            meshes[mesh].normals.push(place.transform_vector3(normal).to_array());
        };
        let (mut positions, mut normals) = (Vec::new(), Vec::new());
        for (mesh, layers) in MESHES.into_iter().enumerate() {
            for layer in layers {
                let Some(surface) = self.surfaces.get_mut(layer) else { continue };
                if *layer == Layer::Head {
                    surface.lift_m.clone_from(&member.head_lift_m);
                }
                surface.evaluate(rows, &mut positions, &mut normals);
                for (&position, &normal) in positions.iter().zip(&normals) {
                    push(mesh, Vec3::from_array(position), Vec3::from_array(normal));
                }
            }
        }
        for rig in &self.wardrobe.eyes {
            let (centre, radius, turn) = rig.locate(rows);
            for (&position, &normal) in self.ball.positions.iter().zip(&self.ball.normals) {
                push(0, centre + turn * Vec3::from_array(position) * radius, turn * Vec3::from_array(normal));
            }
        }
    }
}

/// How much hair covers each vertex of a chart, 0..1. There are no strands to cover it.
fn covered(chart: &SkinChart, hair: &Hair) -> Vec<f32> {
    let points = chart.template.iter().zip(&chart.regions_a);
    let share = points.map(|(&[x, y, z, _], &[_, _, ear, _])| {
        if x.abs() > 0.2 || !hair.has_scalp_hair() {
            return 0.0;
        }
        scalp::density(Vec3::new(x, y, z), hair) * (1.0 - ear)
    });
    share.collect()
}

fn coarse(ball: &EyeBall, level: Level) -> EyeBall {
    let (rings, segments) = level.eye_steps();
    ball.coarse(rings, segments)
}

/// Person number `index`: the generator's, with an expression and something to do.
fn person(generator: &Generator, crowd: &Crowd, index: u32) -> Human {
    let mut human = generator.person(u64::from(index)).to_human();
    let mut chance = Seed::for_part(crowd.seed, &format!("member {index}"), "mood");
    if chance.unit_f32() < crowd.expressive {
        let kinds = EmotionKind::ALL;
        let kind = kinds[chance.next_u64() as usize % kinds.len()];
        *human.emotion.get_mut(kind) = chance.range(0.3..0.9);
    }
    human.head.yaw_deg = 14.0 * chance.normal().clamp(-2.5, 2.5);
    human.head.pitch_deg = 4.0 * chance.normal().clamp(-2.0, 2.0);
    human.gaze.yaw_deg = 8.0 * chance.normal().clamp(-2.0, 2.0);
    human.idle.glances = 1.0;
    human.idle.sway = chance.range(0.8..1.8);
    if chance.unit_f32() < crowd.busy {
        let (kind, duration_secs) = GESTURES[chance.next_u64() as usize % GESTURES.len()];
        let is_lasting = duration_secs > 100.0;
        let side = if chance.unit_f32() < 0.5 { Side::Left } else { Side::Right };
        // What is short comes again, at a moment of this person's own.
        let start = f64::from(chance.range(0.0..8.0));
        let again = if is_lasting { 1 } else { 40 };
        for round in 0..again {
            let start_secs = if is_lasting { -1e4 } else { start + f64::from(round) * (duration_secs + 5.0) };
            human.motion.gestures.push(Gesture { kind, start_secs, duration_secs, side, intensity: 1.0, at: None });
        }
    }
    human
}

/// Where person `index` stands: a cell of a grid over the area, not quite in its middle.
fn place(crowd: &Crowd, index: u32) -> Affine3A {
    let [width, depth] = crowd.area_m;
    let columns = ((crowd.count as f32 * width / depth).sqrt().round() as u32).clamp(1, crowd.count.max(1));
    let lines = crowd.count.div_ceil(columns);
    let (column, line) = (index % columns, index / columns);
    let mut chance = Seed::for_part(crowd.seed, &format!("member {index}"), "place");
    let cell = [width / columns as f32, depth / lines as f32];
    // Nobody comes closer to the edge of a cell than half a metre, as far as it is that large.
    let mut along = |number: u32, size: f32| {
        let free = (size - 0.6).max(0.1 * size) / size;
        (number as f32 + 0.5 + free * chance.range(-0.5..0.5)) * size
    };
    let at = Vec3::new(along(column, cell[0]) - 0.5 * width, 0.0, along(line, cell[1]) - 0.5 * depth);
    let turn_deg = crowd.facing_deg + crowd.scatter_deg * chance.range(-1.0..1.0);
    Affine3A::from_rotation_translation(Quat::from_rotation_y(turn_deg.to_radians()), at)
}
