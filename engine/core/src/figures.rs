//! People as others need them: what fits hulls to a body, lets it fall, dresses it or measures it from another plugin.
//!
//! Whoever owns figures says in its `build` how they are opened for a shot ([`FiguresAppExt::register_figures`]); whoever moves
//! them against their animation says how that is opened ([`FiguresAppExt::register_figure_drives`]). A shot carries both, so that any
//! simulation reaches them: [`LoadedShot::figures`], [`LoadedShot::figure_drives`]. In a picture the pose comes as a component,
//! [`DrivenFigure`].
//!
//! Figures are animated, drives take that animation and make another pose of it; the owner of the figures draws that pose
//! and shows it to what collides. So a drive opens figures, never the other way round but to show them.

use std::sync::Arc;

use bevy_app::App;
use bevy_ecs::component::Component;
use bevy_math::{Isometry3d, Vec3};
use bevy_transform::components::GlobalTransform;

use crate::cache::{BakeStore, BuildIdentity};
use crate::fault::Fault;
use crate::load::LoadedShot;
use crate::registry::PartRegistry;
use crate::solids::OpenSolids;

/// A side of a figure: its own left is at +x when it faces +z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FigureSide {
    Left,
    Right,
}

/// A stretch of a body that is stiff enough to be one solid. Every joint belongs to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    Pelvis,
    Abdomen,
    Chest,
    Neck,
    Head,
    UpperArm(FigureSide),
    Forearm(FigureSide),
    Hand(FigureSide),
    Thigh(FigureSide),
    Shin(FigureSide),
    Foot(FigureSide),
}

/// A joint of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureJoint {
    /// The name its owner gives it.
    pub name: String,
    /// Its parent, which comes before it; none for the first joint alone.
    pub parent: Option<usize>,
    /// What it moves.
    pub segment: Segment,
}

/// World from joint, one for each joint of a figure, metres. Bind poses are in the figure's own space instead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FigurePose {
    pub joints: Vec<Isometry3d>,
}

/// A jointed body with its skin, in the shape it has at frame 0 and with its part's scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Position of its part in the document, from 0.
    pub part_index: usize,
    /// The part's id.
    pub id: String,
    /// Parents before children.
    pub joints: Vec<FigureJoint>,
    /// The pose in which `vertices_m` are bound to the joints: arms and legs a little away from the body.
    pub bind: FigurePose,
    /// Skin, clothes and shoes that are part of the body, in the bind pose, metres in the figure's own space: origin between
    /// the feet, +y up, facing +z. The same vertices, in the same order, as those of the figure's
    /// [`Solid`](crate::Solid).
    pub vertices_m: Vec<Vec3>,
    /// Corners of the surface, counter-clockwise seen from outside. Holes are where one piece of clothing ends below another.
    pub triangles: Arc<[[u32; 3]]>,
    /// The joint that moves a vertex the most.
    pub strongest_joint: Vec<u16>,
}

/// How a figure stands for a fitting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FigureStance {
    /// How far the straight arms are away from hanging down, degrees: 90 is a T.
    pub arms_deg: f32,
    /// How far each leg is away from straight down, degrees.
    pub legs_deg: f32,
}

/// The figures of one kind in one shot.
pub trait FigureSource: Send + Sync {
    /// Who there is; the same in every frame.
    fn figures(&self) -> &[Figure];

    /// Changes whenever the figures or their animation could: part of the key of bakes that use them.
    fn key(&self) -> &str;

    /// Where the joints are at `frame`, as animated, one pose for each of [`figures`](Self::figures).
    ///
    /// # Errors
    /// What the animation can fail with.
    fn poses(&mut self, frame: i64) -> Result<Vec<FigurePose>, Fault>;

    /// A figure standing for a fitting, soles on the ground of its part's place at frame 0; empty for one that is not there.
    fn stance(&self, figure: usize, stance: FigureStance) -> FigurePose;

    /// Where the vertices of a figure are in a pose, metres, world space, with a face at rest; empty for a figure that is not
    /// there.
    fn surface(&mut self, figure: usize, pose: &FigurePose) -> Vec<Vec3>;
}

/// What moves figures against their animation in one shot.
pub trait FigureDrive: Send + Sync {
    /// Positions in the document, from 0, of the parts of the figures it may move.
    fn part_indices(&self) -> &[usize];

    /// Changes whenever what it shows could.
    fn key(&self) -> &str;

    /// The poses that figures have at `frame` instead of the animated ones, with their parts; a figure that is as animated is
    /// left out.
    ///
    /// # Errors
    /// What a simulation can fail with.
    fn poses(&mut self, frame: i64) -> Result<Vec<(usize, FigurePose)>, Fault>;
}

/// Opens the figures of a kind; `None` if the shot has none.
pub type OpenFigures = fn(&Arc<LoadedShot>) -> Result<Option<Box<dyn FigureSource>>, Fault>;

/// Opens what moves figures; `None` if nothing does. Simulations keep their bakes in the store.
pub type OpenFigureDrives = fn(&Arc<LoadedShot>, &BakeStore) -> Result<Option<Box<dyn FigureDrive>>, Fault>;

/// How what a shot cannot hold itself is opened, in the order of registration, and by which build.
#[derive(Clone, Debug, Default)]
pub(crate) struct Openers {
    pub(crate) figures: Vec<OpenFigures>,
    pub(crate) drives: Vec<OpenFigureDrives>,
    pub(crate) solids: Vec<OpenSolids>,
    pub(crate) scenery: Vec<OpenSolids>,
    pub(crate) build: BuildIdentity,
}

/// What a simulation makes of a figure's pose, for whoever draws it. On the entity of the figure's part.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct DrivenFigure {
    /// The frame being made.
    pub frame: i64,
    /// The poses at the frame before and at the frame; none where it is as animated.
    pub poses: [Option<FigurePose>; 2],
}

impl DrivenFigure {
    /// The pose at `frame`; none where it is as animated or not known.
    pub fn at(&self, frame: i64) -> Option<&FigurePose> {
        let [before, now] = &self.poses;
        match self.frame.checked_sub(frame)? {
            0 => now.as_ref(),
            1 => before.as_ref(),
            _ => None,
        }
    }
}

impl LoadedShot {
    /// The figures of the shot, of all kinds.
    ///
    /// # Errors
    /// What a source says.
    pub fn figures(self: &Arc<Self>) -> Result<Vec<Box<dyn FigureSource>>, Fault> {
        self.openers.figures.iter().filter_map(|open| open(self).transpose()).collect()
    }

    /// What moves the figures of the shot against their animation.
    ///
    /// # Errors
    /// What a drive says.
    pub fn figure_drives(self: &Arc<Self>, store: &BakeStore) -> Result<Vec<Box<dyn FigureDrive>>, Fault> {
        self.openers.drives.iter().filter_map(|open| open(self, store).transpose()).collect()
    }

    /// The build that makes bakes of this shot; empty in an app that has not said which it is.
    pub fn build(&self) -> &BuildIdentity {
        &self.openers.build
    }
}

impl Figure {
    /// The joint where a segment begins; none if it has none.
    pub fn first_joint(&self, segment: Segment) -> Option<usize> {
        self.joints.iter().position(|joint| joint.segment == segment)
    }

    /// Each joint of a pose as its parent sees it; the first as the world does.
    pub fn locals(&self, pose: &FigurePose) -> Vec<Isometry3d> {
        let at = |joint: usize| pose.joints.get(joint).copied().unwrap_or_default();
        let local = |(joint, of): (usize, &FigureJoint)| match of.parent {
            Some(parent) => at(parent).inverse() * at(joint),
            None => at(joint),
        };
        self.joints.iter().enumerate().map(local).collect()
    }

    /// The pose of joints that are given as their parents see them.
    pub fn assembled(&self, locals: &[Isometry3d]) -> FigurePose {
        let mut pose = FigurePose::default();
        for (of, local) in self.joints.iter().zip(locals) {
            let above = of.parent.and_then(|parent| pose.joints.get(parent)).copied().unwrap_or_default();
            let Isometry3d { rotation, translation } = above * *local;
            pose.joints.push(Isometry3d { rotation: rotation.normalize(), translation });
        }
        pose
    }

    /// A pose on the way from `from` (`share` 0) to `to` (1): each joint turns by the shortest way as its parent sees it, the
    /// first goes straight.
    pub fn between(&self, from: &FigurePose, to: &FigurePose, share: f32) -> FigurePose {
        let mix = |(a, b): (Isometry3d, Isometry3d)| Isometry3d {
            rotation: a.rotation.slerp(b.rotation, share),
            translation: a.translation.lerp(b.translation, share),
        };
        self.assembled(&self.locals(from).into_iter().zip(self.locals(to)).map(mix).collect::<Vec<_>>())
    }
}

impl FigurePose {
    /// The pose as it is in the space of something placed at `world`, with its scale taken out.
    pub fn seen_from(&self, world: &GlobalTransform) -> Self {
        let there = world.affine().inverse();
        let turn = world.rotation().inverse();
        let seen = |joint: &Isometry3d| Isometry3d {
            rotation: turn * joint.rotation,
            translation: there.transform_point3a(joint.translation),
        };
        Self { joints: self.joints.iter().map(seen).collect() }
    }

    /// Whether every number is one.
    pub fn is_finite(&self) -> bool {
        self.joints.iter().all(|joint| joint.rotation.is_finite() && joint.translation.is_finite())
    }
}

impl PartRegistry {
    /// Says how figures of a kind are opened.
    pub fn register_figures(&mut self, open: OpenFigures) -> &mut Self {
        self.openers.figures.push(open);
        self
    }

    /// Says how what moves figures is opened.
    pub fn register_figure_drives(&mut self, open: OpenFigureDrives) -> &mut Self {
        self.openers.drives.push(open);
        self
    }

    /// Says which build this is, for the keys of bakes.
    pub fn set_build(&mut self, build: BuildIdentity) -> &mut Self {
        self.openers.build = build;
        self
    }
}

/// For plugins that own figures or move them.
pub trait FiguresAppExt {
    /// Lets others use the figures that `open` opens, in shots loaded from now on.
    fn register_figures(&mut self, open: OpenFigures) -> &mut Self;

    /// Lets figures be moved by what `open` opens, in shots loaded from now on.
    fn register_figure_drives(&mut self, open: OpenFigureDrives) -> &mut Self;
}

impl FiguresAppExt for App {
    fn register_figures(&mut self, open: OpenFigures) -> &mut Self {
        self.init_resource::<PartRegistry>();
        self.world_mut().resource_mut::<PartRegistry>().register_figures(open);
        self
    }

    fn register_figure_drives(&mut self, open: OpenFigureDrives) -> &mut Self {
        self.init_resource::<PartRegistry>();
        self.world_mut().resource_mut::<PartRegistry>().register_figure_drives(open);
        self
    }
}

#[cfg(test)]
mod tests {
    use bevy_math::Quat;
    use bevy_transform::components::Transform;

    use super::*;

    fn chain() -> Figure {
        let joint = |name: &str, parent| FigureJoint { name: name.into(), parent, segment: Segment::Pelvis };
        Figure {
            part_index: 0,
            id: "a".into(),
            joints: vec![joint("hip", None), joint("knee", Some(0)), joint("ankle", Some(1))],
            bind: FigurePose::default(),
            vertices_m: Vec::new(),
            triangles: [].into(),
            strongest_joint: Vec::new(),
        }
    }

    fn bent(degrees: f32) -> FigurePose {
        let turn = Isometry3d::from_rotation(Quat::from_rotation_x(degrees.to_radians()));
        let down = Isometry3d::from_translation(Vec3::NEG_Y);
        chain().assembled(&[Isometry3d::from_translation(Vec3::Y), down * turn, down])
    }

    #[test]
    fn a_pose_taken_apart_and_put_together_is_the_same() {
        let pose = bent(70.0);
        assert!(
            pose.joints[2]
                .translation
                .distance(Vec3::new(0.0, -70_f32.to_radians().cos(), -70_f32.to_radians().sin()).into())
                < 1e-6
        );
        let again = chain().assembled(&chain().locals(&pose));
        for (a, b) in pose.joints.iter().zip(&again.joints) {
            assert!(a.translation.distance(b.translation) < 1e-6 && a.rotation.angle_between(b.rotation) < 1e-3);
        }
    }

    #[test]
    fn half_way_between_two_poses_limbs_keep_their_length() {
        let half = chain().between(&bent(0.0), &bent(90.0), 0.5);
        for pair in half.joints.windows(2) {
            assert!((pair[0].translation.distance(pair[1].translation) - 1.0).abs() < 1e-6);
        }
        assert!(half.joints[1].rotation.angle_between(Quat::from_rotation_x(45_f32.to_radians())) < 1e-3);
    }

    #[test]
    fn a_pose_is_seen_from_a_place_without_its_scale() {
        let place =
            Transform::from_xyz(1.0, 0.0, 0.0).with_scale(Vec3::splat(2.0)).with_rotation(Quat::from_rotation_y(1.0));
        let seen = bent(0.0).seen_from(&place.into());
        let back = place.transform_point(seen.joints[0].translation.into());
        assert!(back.distance(Vec3::Y) < 1e-6);
        assert!((place.rotation * seen.joints[0].rotation).angle_between(Quat::IDENTITY) < 1e-3);
    }

    #[test]
    fn a_driven_pose_belongs_to_its_frame_and_the_one_before() {
        let driven = DrivenFigure { frame: 5, poses: [None, Some(bent(0.0))] };
        assert!(driven.at(5).is_some() && driven.at(4).is_none() && driven.at(6).is_none() && driven.at(3).is_none());
        assert!(driven.at(i64::MIN).is_none());
    }
}
