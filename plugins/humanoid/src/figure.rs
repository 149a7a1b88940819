//! One person ready to be drawn: settings and a moment in, vertices and colours out. No rendering in here.

use std::sync::Arc;

use bevy::ecs::component::Component;
use bevy::math::{Affine3A, DQuat, Quat, Vec3};
use kinema_core::{FrameRate, Seed};

use crate::{
    body::Body,
    face::{compose::Moment, lip_sync::MouthTrack},
    idle::life_signs,
    look::{
        cards::Wisps,
        eyes::EyeBall,
        hair::{self, RigidMesh},
        outfit::Outfit,
        skin,
    },
    motion::build::Build,
    phenotype::Phenotype,
    pose::{self, Standing},
    settings::{Cloth, Eyes, Hair, Human, RestPose, Skin},
    wardrobe::Wardrobe,
};

/// The meshes of a person whose vertices move every frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Head,
    Hands,
    Suit,
    Shoes,
    Teeth,
    Tongue,
    Lashes,
    Brows,
    LeftEye,
    RightEye,
}

impl Layer {
    /// All layers.
    pub const ALL: [Layer; 10] = [
        Layer::Head,
        Layer::Hands,
        Layer::Suit,
        Layer::Shoes,
        Layer::Teeth,
        Layer::Tongue,
        Layer::Lashes,
        Layer::Brows,
        Layer::LeftEye,
        Layer::RightEye,
    ];
}

/// Positions and normals of one layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vertices {
    pub positions: Vec<[f32; 3]>,
    pub normals: Vec<[f32; 3]>,
}

/// What colours are made from: they are painted again when it changes.
type Paint = (Skin, Eyes, Hair, Cloth, Cloth);

/// A person's body with everything that is drawn of it.
#[derive(Component, Clone, Debug)]
pub struct Figure {
    wardrobe: Arc<Wardrobe>,
    body: Body,
    rest_deltas: Vec<DQuat>,
    rest_of: Option<(Phenotype, Vec<(u16, f32)>, RestPose)>,
    /// Measured with `rest_of`.
    build: Option<Build>,
    outfit: Outfit,
    brows: Wisps,
    balls: [EyeBall; 2],
    painted: Option<Paint>,
    hair: RigidMesh,
    hair_of: Option<(Phenotype, Vec<(u16, f32)>, Hair)>,
    head_bone: usize,
    seed: Seed,
    secs_per_frame: f64,
    voice: Option<Arc<MouthTrack>>,
}

/// What [`Figure::set`] changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub vertices: bool,
    pub colours: bool,
    pub hair: bool,
}

impl Figure {
    /// A person who has not been set yet. `seed` makes life signs individual.
    pub fn new(wardrobe: Arc<Wardrobe>, seed: Seed) -> Self {
        Self {
            body: Body::new(wardrobe.basis.clone()),
            rest_deltas: Vec::new(),
            rest_of: None,
            build: None,
            outfit: wardrobe.outfit.clone(),
            brows: Wisps::default(),
            balls: [EyeBall::default(), EyeBall::default()],
            painted: None,
            hair: RigidMesh::default(),
            hair_of: None,
            head_bone: wardrobe.basis.bone("head").unwrap_or(0),
            seed,
            secs_per_frame: FrameRate::FILM.frame_secs(),
            voice: None,
            wardrobe,
        }
    }

    /// The body.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Tells how long a frame is, for what the settings give in frames, and what their voice file says. Until then a
    /// second has 24 frames and the file says nothing.
    pub fn attune(&mut self, rate: FrameRate, voice: Option<Arc<MouthTrack>>) {
        self.secs_per_frame = rate.frame_secs();
        self.voice = voice;
    }

    /// Brings the person to `human` at `seconds`.
    pub fn set(&mut self, human: &Human, seconds: f64) -> Changes {
        let basis = self.wardrobe.basis.clone();
        let colours = self.paint(human);
        let life = life_signs(&human.idle, self.seed, seconds);
        let voice = self.voice.clone();
        let moment = Moment { seed: self.seed, seconds, secs_per_frame: self.secs_per_frame, voice: voice.as_deref() };
        let locals = pose::local_changes(human, &basis);
        if self.body.reshape(&human.phenotype, &locals) {
            self.outfit.fit(self.body.shape());
        }
        let rest_of = (human.phenotype, locals, human.rest);
        if self.rest_of.as_ref() != Some(&rest_of) {
            self.rest_deltas = pose::rest_deltas(&basis, self.body.rest_bones(), human.rest);
            let soles = (self.outfit.sole_rows.as_slice(), self.outfit.sole_lift_m);
            let bones = self.body.rest_bones();
            self.build = Some(Build::measure(&basis, bones, self.body.shape(), soles, &self.rest_deltas));
            self.rest_of = Some(rest_of);
        }
        let Some(build) = &self.build else { return Changes::default() };
        let standing = Standing { basis: &basis, bones: self.body.rest_bones(), rest: &self.rest_deltas, build };
        let (mut state, grounded) = pose::body_state(human, &standing, &life, &moment);
        if human.stand_on_ground && !grounded {
            state.root.y = self.height_over_soles(&state.deltas);
        }
        let vertices = self.body.evaluate(&state);
        let hair_of = (state.phenotype, state.local_changes, human.hair);
        let hair = self.hair_of.as_ref() != Some(&hair_of);
        if hair {
            self.grow_hair(&human.hair);
            self.hair_of = Some(hair_of);
        }
        Changes { vertices: vertices || hair, colours, hair }
    }

    /// How high the root must be for the lowest sole to touch y = 0. Only the soles are posed for this.
    fn height_over_soles(&self, deltas: &[DQuat]) -> f64 {
        let basis = &self.wardrobe.basis;
        let bones = self.body.rest_bones().pose(&basis.skeleton, deltas, bevy::math::DVec3::ZERO);
        let height = |row: u32| {
            let row = row as usize;
            let bound = |i: usize| basis.weight_start.get(i).map_or(0, |&at| at as usize);
            let rest = self.body.shape().get(row).copied().unwrap_or(Vec3::ZERO);
            let entries = bound(row)..bound(row + 1);
            let pairs = basis
                .weight_bone
                .get(entries.clone())
                .into_iter()
                .flatten()
                .zip(basis.weight.get(entries).into_iter().flatten());
            let moved = pairs.map(|(&bone, &weight)| {
                let transform = bones.skin_from_rest.get(usize::from(bone)).unwrap_or(&Affine3A::IDENTITY);
                transform.transform_point3(rest).y * weight
            });
            moved.sum::<f32>()
        };
        let lowest = self.outfit.sole_rows.iter().map(|&row| height(row)).fold(f32::INFINITY, f32::min);
        if lowest.is_finite() { f64::from(self.outfit.sole_lift_m - lowest) } else { 0.0 }
    }

    fn paint(&mut self, human: &Human) -> bool {
        let wanted = (human.skin, human.eyes, human.hair, human.suit, human.shoes);
        if self.painted.as_ref() == Some(&wanted) {
            return false;
        }
        let wardrobe = &self.wardrobe;
        for surface in [&mut self.outfit.head, &mut self.outfit.hands] {
            skin::paint(surface, &wardrobe.basis, &wardrobe.masks, &human.skin, &human.hair);
        }
        self.outfit.dye(human);
        self.balls = [1, 2].map(|stream| EyeBall::new(&human.eyes, stream));
        self.brows = hair::brows(&wardrobe.basis, &wardrobe.head_rows, &wardrobe.row_normals, &human.hair);
        self.painted = Some(wanted);
        true
    }

    fn grow_hair(&mut self, settings: &Hair) {
        let mut vertices = Vertices::default();
        self.outfit.head.evaluate(self.body.shape(), &mut vertices.positions, &mut vertices.normals);
        let vectors = |list: &[[f32; 3]]| list.iter().map(|&v| Vec3::from_array(v)).collect::<Vec<_>>();
        let (positions, normals) = (vectors(&vertices.positions), vectors(&vertices.normals));
        let wardrobe = &self.wardrobe;
        self.hair =
            hair::grow(&self.outfit.head, &wardrobe.head_template, &wardrobe.scalp, &positions, &normals, settings);
    }

    /// The hair, in rest space; [`Figure::head_from_rest`] puts it onto the head.
    pub fn hair(&self) -> &RigidMesh {
        &self.hair
    }

    /// Takes what rests with the head to where the head is.
    pub fn head_from_rest(&self) -> Affine3A {
        self.body.bones().skin_from_rest.get(self.head_bone).copied().unwrap_or(Affine3A::IDENTITY)
    }

    /// Triangles of a layer.
    pub fn indices(&self, layer: Layer) -> &[u32] {
        match layer {
            Layer::Brows => &self.brows.indices,
            Layer::LeftEye => &self.balls[0].indices,
            Layer::RightEye => &self.balls[1].indices,
            _ => self.outfit.surface(layer).map_or(&[], |surface| &surface.indices),
        }
    }

    /// Vertex colours of a layer, linear Rec.709.
    pub fn colours(&self, layer: Layer) -> &[[f32; 4]] {
        match layer {
            Layer::Brows => &self.brows.colours,
            Layer::LeftEye => &self.balls[0].colours,
            Layer::RightEye => &self.balls[1].colours,
            _ => self.outfit.surface(layer).map_or(&[], |surface| &surface.colours),
        }
    }

    /// Vertices of a layer where the body is now.
    pub fn vertices(&mut self, layer: Layer) -> Vertices {
        let mut out = Vertices::default();
        match layer {
            Layer::Brows => {
                let turn = Quat::from_mat3a(&self.head_from_rest().matrix3);
                let radius = |rows: &[Vec3]| self.wardrobe.eyes[0].locate(rows).1;
                let size = radius(self.body.shape()) / self.wardrobe.eye_radius_m.max(f32::MIN_POSITIVE);
                self.brows.evaluate(self.body.positions(), turn, size, &mut out.positions, &mut out.normals);
            }
            Layer::LeftEye | Layer::RightEye => {
                let side = usize::from(layer == Layer::RightEye);
                let (Some(ball), Some(rig)) = (self.balls.get(side), self.wardrobe.eyes.get(side)) else { return out };
                let (centre, radius, turn) = rig.locate(self.body.positions());
                out.positions.extend(ball.directions.iter().map(|&d| (centre + turn * d * radius).to_array()));
                out.normals.extend(ball.normals.iter().map(|&n| (turn * n).to_array()));
            }
            _ => {
                if let Some(surface) = self.outfit.surface_mut(layer) {
                    surface.evaluate(self.body.positions(), &mut out.positions, &mut out.normals);
                }
            }
        }
        out
    }
}
