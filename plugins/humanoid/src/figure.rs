//! One person ready to be drawn: settings and a moment in, vertices and colours out. No rendering in here.

mod detail;
mod hair;

use std::sync::Arc;

use bevy::ecs::component::Component;
use bevy::math::{Affine3A, DQuat, Quat, Vec3};
use kinema_core::{FigurePose, FrameRate, Seed};

use self::{detail::AtLevel, hair::grown_by};
use crate::{
    body::{Body, BodyState, FaceWeights},
    face::{compose::Moment, lip_sync::MouthTrack},
    idle::life_signs,
    look::{
        detail::Level,
        eyes::EyeBall,
        hair::{fibres::Strands, rooted::Rooted},
        outfit::Outfit,
        skin::{self, SkinChart, complexion::Complexion},
    },
    motion::{
        build::{Build, Subject},
        clips::{BodyClips, Source},
    },
    phenotype::Phenotype,
    pose::{self, Standing},
    settings::{Cloth, Eyes, Hair, Human, RestPose},
    skinning::{Blend, Skinning},
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
}

impl Layer {
    /// All layers.
    pub const ALL: [Layer; 6] = [Layer::Head, Layer::Hands, Layer::Suit, Layer::Shoes, Layer::Teeth, Layer::Tongue];
}

/// Positions and normals of one layer, and tangents with handedness where it has any (the suit).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vertices {
    pub positions: Vec<[f32; 3]>,
    pub normals: Vec<[f32; 3]>,
    pub tangents: Vec<[f32; 4]>,
}

/// What colours are made from: they are painted again when it changes.
type Paint = (f32, f32, Eyes, Hair, Cloth, Cloth);

/// A person's body with everything that is drawn of it.
#[derive(Component, Clone, Debug)]
pub struct Figure {
    wardrobe: Arc<Wardrobe>,
    body: Body,
    rest_deltas: Vec<DQuat>,
    rest_of: Option<(Phenotype, Vec<(u16, f32)>, RestPose, Skinning)>,
    /// Measured with `rest_of`.
    build: Option<Build>,
    outfit: Outfit,
    balls: [EyeBall; 2],
    complexion: Complexion,
    /// Shade of hair on head and hands.
    shades: [Vec<f32>; 2],
    painted: Option<Paint>,
    /// Strands of the scalp and the level they were grown for.
    hair: Option<(u32, Strands)>,
    hair_of: Option<(Phenotype, Vec<(u16, f32)>, RestPose, Hair)>,
    /// Takes the hair from the head at ease to what hangs at ease, and how often hair has grown.
    hang_from_hair: Affine3A,
    grown: u32,
    short_hair: Rooted,
    hang_bone: usize,
    head_bone: usize,
    seed: Seed,
    secs_per_frame: f64,
    voice: Option<Arc<MouthTrack>>,
    clips: BodyClips,
    at_level: AtLevel,
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
            balls: [EyeBall::default(), EyeBall::default()],
            complexion: Complexion::default(),
            shades: Default::default(),
            painted: None,
            hair: None,
            hair_of: None,
            hang_from_hair: Affine3A::IDENTITY,
            grown: 0,
            short_hair: Rooted::default(),
            hang_bone: wardrobe.basis.bone("spine01").unwrap_or(0),
            head_bone: wardrobe.basis.bone("head").unwrap_or(0),
            seed,
            secs_per_frame: FrameRate::FILM.frame_secs(),
            voice: None,
            clips: BodyClips::default(),
            at_level: AtLevel::default(),
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

    /// Gives the recordings that the layers of `motion.clips` name, one for each layer.
    pub fn lend_clips(&mut self, sources: Vec<Option<Arc<Source>>>) {
        self.clips.set(sources);
    }

    /// Brings the person to `human` at `seconds`.
    pub fn set(&mut self, human: &Human, seconds: f64) -> Changes {
        self.set_driven(human, seconds, None)
    }

    /// Brings the person to `human` at `seconds`, but in the pose `driven`, if there is one: joints in the part's space, of which
    /// the rotations count and where the first one is.
    pub fn set_driven(&mut self, human: &Human, seconds: f64, driven: Option<&FigurePose>) -> Changes {
        let colours = self.paint(human);
        let Some(mut state) = self.posed(human, seconds) else { return Changes::default() };
        if let Some(pose) = driven {
            state.take_pose(pose, &self.wardrobe.basis.skeleton);
        }
        let vertices = self.body.evaluate(&state);
        let hair_of = (state.phenotype, state.local_changes, human.rest, grown_by(&human.hair));
        let hair = self.hair_of.as_ref() != Some(&hair_of);
        if hair {
            self.grow_hair(&human.hair);
            self.hair_of = Some(hair_of);
        }
        if vertices || colours {
            self.dress_level();
        }
        Changes { vertices: vertices || hair, colours, hair }
    }

    /// What the body is asked for by `human` at `seconds`, standing where it belongs; shape and measures are brought up to
    /// date, vertices are not.
    pub fn posed(&mut self, human: &Human, seconds: f64) -> Option<BodyState> {
        let basis = self.wardrobe.basis.clone();
        let locals = pose::local_changes(human, &basis);
        if self.body.reshape(&human.phenotype, &locals) {
            self.outfit.fit(self.body.shape());
        }
        let rest_of = (human.phenotype, locals, human.rest, human.skinning);
        if self.rest_of.as_ref() != Some(&rest_of) {
            self.rest_deltas = pose::rest_deltas(&basis, self.body.rest_bones(), human.rest);
            self.build = Some(Build::measure(&self.subject(human), &self.rest_deltas));
            self.rest_of = Some(rest_of);
        }
        if !human.motion.acts.is_empty()
            && let Some(mut build) = self.build.take()
        {
            build.measure_rolls(&self.subject(human));
            self.build = Some(build);
        }
        self.clips.fit(&basis, self.body.rest_bones());
        let (mut state, grounded) = self.state(human, seconds)?;
        if human.stand_on_ground && !grounded {
            state.root.y += self.height_over_soles(&state);
        }
        Some(state)
    }

    /// How far over the ground movement has brought the person from its part's place, metres; of the shape that was set last.
    pub fn way(&self, human: &Human, seconds: f64) -> Vec3 {
        let moves = !human.motion.acts.is_empty() || !human.motion.clips.is_empty();
        let state = if moves { self.state(human, seconds) } else { None };
        state.map_or(Vec3::ZERO, |(state, _)| state.root.as_vec3().with_y(0.0))
    }

    /// What the body is asked for by `human` at `seconds`, and whether its feet are on the ground already; none for a person
    /// who was never measured.
    fn state(&self, human: &Human, seconds: f64) -> Option<(BodyState, bool)> {
        let basis = &self.wardrobe.basis;
        let life = life_signs(&human.idle, self.seed, seconds);
        let moment =
            Moment { seed: self.seed, seconds, secs_per_frame: self.secs_per_frame, voice: self.voice.as_deref() };
        let (bones, build) = (self.body.rest_bones(), self.build.as_ref()?);
        let standing = Standing { basis, bones, rest: &self.rest_deltas, clips: &self.clips, build };
        Some(pose::body_state(human, &standing, &life, &moment))
    }

    /// What is measured of the body.
    fn subject(&self, human: &Human) -> Subject<'_> {
        let basis = &*self.wardrobe.basis;
        Subject {
            basis,
            bones: self.body.rest_bones(),
            shape: self.body.shape(),
            shoes: &self.outfit.shoes,
            dual_bones: basis.dual_bones(&human.skinning),
        }
    }

    /// How high the root must be for the lowest sole to touch y = 0. Only the soles are posed for this.
    pub(crate) fn height_over_soles(&self, state: &BodyState) -> f64 {
        let basis = &self.wardrobe.basis;
        let bones = self.body.rest_bones().pose(&basis.skeleton, &state.deltas, bevy::math::DVec3::ZERO);
        let blend = Blend::new(&bones.skin_from_rest, state.dual_bones);
        let height = |row: usize| {
            let rest = self.body.shape().get(row).copied().unwrap_or(Vec3::ZERO);
            blend.moved(rest, basis.influences(row)).y
        };
        let lowest = self.outfit.sole_rows.iter().map(|&row| height(row as usize)).fold(f32::INFINITY, f32::min);
        if lowest.is_finite() { f64::from(self.outfit.sole_lift_m - lowest) } else { 0.0 }
    }

    fn paint(&mut self, human: &Human) -> bool {
        let wanted = (human.skin.tone, human.skin.redness, human.eyes, human.hair, human.suit, human.shoes);
        if self.painted.as_ref() == Some(&wanted) {
            return false;
        }
        let wardrobe = &self.wardrobe;
        let [head, hands] = &wardrobe.charts;
        let hair = human.hair.as_coloured();
        self.complexion = Complexion::new(human.skin.tone, human.skin.redness);
        self.shades = [head, hands].map(|chart| skin::hair_shade(chart, &hair));
        let [head_shade, hands_shade] = &self.shades;
        self.outfit.head.colours = skin::paint(head, head_shade, &self.complexion, &hair);
        self.outfit.hands.colours = skin::paint(hands, hands_shade, &self.complexion, &hair);
        self.outfit.dye(human);
        self.balls = [1, 2].map(|stream| EyeBall::new(&human.eyes, stream));
        self.painted = Some(wanted);
        true
    }

    /// Where the head's joint is, in the part's space.
    pub fn head(&self) -> Vec3 {
        self.body.bones().heads.get(self.head_bone).map_or(Vec3::ZERO, |head| head.as_vec3())
    }

    /// Takes what rests with the head to where the head is.
    pub fn head_from_rest(&self) -> Affine3A {
        self.body.bones().skin_from_rest.get(self.head_bone).copied().unwrap_or(Affine3A::IDENTITY)
    }

    /// The left and the right eyeball, unit balls that look along +z.
    pub fn balls(&self) -> &[EyeBall; 2] {
        if self.at_level.level == Level::Full { &self.balls } else { &self.at_level.balls }
    }

    /// Centre, radius and orientation of an eyeball (0 left, 1 right) where the body is now, and the margins of its upper and
    /// lower lid (see [`EyeRig::lids`](crate::look::eyes::EyeRig::lids)).
    pub fn eye(&self, side: usize) -> (Vec3, f32, Quat, [[f32; 3]; 2]) {
        let rig = &self.wardrobe.eyes[side.min(1)];
        let (centre, radius, turn) = rig.locate(self.body.positions());
        (centre, radius, Quat::from_mat3(&turn), rig.lids(self.body.positions()))
    }

    /// How much of the light around reaches teeth and tongue, 0..1.
    pub fn mouth_light(&self) -> f32 {
        self.wardrobe.mouth.light(self.body.positions())
    }

    /// Where a layer of skin lies on the template, and its regions; none for other layers.
    pub fn chart(&self, layer: Layer) -> Option<&SkinChart> {
        if let Some(reduced) = self.reduced(self.at_level.level, layer) {
            return reduced.chart.as_ref();
        }
        let [head, hands] = &self.wardrobe.charts;
        match layer {
            Layer::Head => Some(head),
            Layer::Hands => Some(hands),
            _ => None,
        }
    }

    /// How much hair shades the vertices of a layer of skin, 0..1.
    pub fn hair_shade(&self, layer: Layer) -> &[f32] {
        let [head, hands] = if self.at_level.level == Level::Full { &self.shades } else { &self.at_level.shades };
        if layer == Layer::Hands { hands } else { head }
    }

    /// The colours of the skin.
    pub fn complexion(&self) -> &Complexion {
        &self.complexion
    }

    /// The weights of the facial actions that the vertices show.
    pub fn face(&self) -> FaceWeights {
        self.body.face()
    }

    /// What the person is made from.
    pub fn wardrobe(&self) -> &Arc<Wardrobe> {
        &self.wardrobe
    }

    /// How far the vertices of a layer stand off from the body, metres.
    pub fn lifts_m(&self, layer: Layer) -> &[f32] {
        &self.shown(layer).lift_m
    }

    /// Corners of a box that holds a layer where the body is now, metres; `None` for a layer without vertices.
    pub fn bounds(&self, layer: Layer) -> Option<[Vec3; 2]> {
        self.shown(layer).bounds(self.body.positions())
    }

    /// Triangles of a layer.
    pub fn indices(&self, layer: Layer) -> &[u32] {
        &self.shown(layer).indices
    }

    /// Vertex colours of a layer, linear Rec.709.
    pub fn colours(&self, layer: Layer) -> &[[f32; 4]] {
        &self.shown(layer).colours
    }

    /// Vertices of a layer where the body is now.
    pub fn vertices(&mut self, layer: Layer) -> Vertices {
        let mut out = Vertices::default();
        let surface = match self.at_level.surfaces.get_mut(&layer) {
            Some(reduced) => reduced,
            None => self.outfit.surface_mut(layer),
        };
        surface.evaluate(self.body.positions(), &mut out.positions, &mut out.normals);
        out.tangents = surface.tangents(&out.normals);
        out
    }

    /// Places of a layer's vertices on its texture map, as Bevy counts them; none for a layer without tangents.
    pub fn map_coordinates(&self, layer: Layer) -> Vec<[f32; 2]> {
        self.shown(layer).map_coordinates()
    }
}
