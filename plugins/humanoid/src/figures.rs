//! People as other plugins know them: joints, skin, and the pose of every frame. Crowds are left out.

use std::sync::Arc;

use bevy::math::{Affine3A, DMat3, DQuat, DVec3, Isometry3d, Quat, Vec3};
use bevy::transform::components::GlobalTransform;
use kinema_core::{
    Fault, Faults, FigureJoint, FigurePose, FigureSide, FigureSource, FigureStance, LoadedShot, Property, Seed,
    Segment, ShotPart, resolve_asset, sha256_hex,
};

use crate::{
    anny::basis::BodyBasis,
    body::{Body, BodyState},
    figure::{Figure, Layer},
    look::{detail::Level, surface::Surface},
    motion::clips::Clips,
    pose,
    settings::{Eyes, Human, Skin},
    skinning::{Blend, DualBones},
    wardrobe::Wardrobe,
};

/// What of a person is solid. Teeth and tongue lie within.
pub(crate) const LAYERS: [Layer; 4] = [Layer::Head, Layer::Hands, Layer::Suit, Layer::Shoes];
/// About 3,700 vertices: the finest of them are hands and face.
pub(crate) const LEVEL: Level = Level::Medium;

/// A person and what is known of them in every frame.
struct Person {
    part_index: usize,
    figure: Figure,
    /// Of the part at frame 0.
    world: GlobalTransform,
    /// Rest places of the body's rows, metres, before the part's scale.
    shape: Vec<Vec3>,
    /// Of the part at frame 0.
    scale: f32,
    dual_bones: DualBones,
    surfaces: Vec<Surface>,
}

struct People {
    shot: Arc<LoadedShot>,
    properties: Vec<Property<Human>>,
    people: Vec<Person>,
    figures: Vec<kinema_core::Figure>,
    clips: Clips,
    key: String,
}

/// The humans of a shot: position, id and settings.
pub(crate) fn humans(shot: &LoadedShot) -> Vec<(usize, &str, &Human)> {
    let parts = shot.shot.parts.iter().enumerate();
    parts.filter_map(|(index, part)| Some((index, part.id.as_str(), part.part.get::<Human>()?))).collect()
}

/// What the motion of the people of a shot depends on: the build, their settings but for looks, where they are, what tracks
/// do, and what recordings hold.
pub(crate) fn key(shot: &LoadedShot) -> String {
    let without_looks = |human: &Human| Human {
        skin: Skin::default(),
        eyes: Eyes::default(),
        hair: Default::default(),
        suit: Human::default().suit,
        shoes: Human::default().shoes,
        detail: Default::default(),
        ..human.clone()
    };
    let humans: Vec<(&str, Human)> =
        humans(shot).into_iter().map(|(_, id, human)| (id, without_looks(human))).collect();
    let files = humans.iter().flat_map(|(_, human)| &human.motion.clips).map(|layer| {
        // A file that cannot be read is a fault when the person moves.
        let bytes = resolve_asset(&shot.base_dir, &layer.file).ok().and_then(|file| std::fs::read(file).ok());
        bytes.map(|bytes| sha256_hex(&bytes))
    });
    let files: Vec<Option<String>> = files.collect();
    let document = &shot.shot;
    let places: Vec<_> = document
        .parts
        .iter()
        .map(|part| (&part.id, &part.parent, [part.position, part.rotation_deg, part.scale]))
        .collect();
    let looks = ["skin/", "eyes/", "hair/", "suit/", "shoes/"];
    let is_look = |target: &str| {
        let (id, property) = target.split_once('/').unwrap_or((target, ""));
        property == "visible"
            || humans.iter().any(|(human, _)| *human == id) && looks.iter().any(|look| property.starts_with(look))
    };
    let tracks: Vec<_> = document.tracks.iter().filter(|track| !is_look(&track.target)).collect();
    let rate = document.timeline.rate.to_string();
    let parts = (env!("CARGO_PKG_VERSION"), &shot.build().0, rate, document.seed, humans, places, tracks, files);
    // A document that could be loaded can be written.
    sha256_hex(&serde_json::to_vec(&parts).unwrap_or_default())
}

/// Opens them; see [`kinema_core::FiguresAppExt`].
pub(crate) fn open_figures(shot: &Arc<LoadedShot>) -> Result<Option<Box<dyn FigureSource>>, Fault> {
    let humans = humans(shot);
    if humans.is_empty() {
        return Ok(None);
    }
    let wardrobe = Wardrobe::shared().map_err(|error| Fault::of(&error))?;
    let mut people = People {
        shot: shot.clone(),
        properties: Human::properties(),
        people: Vec::new(),
        figures: Vec::new(),
        clips: Clips::default(),
        key: key(shot),
    };
    let triangles: Arc<[[u32; 3]]> = triangles(&wardrobe).into();
    for (part_index, id, _) in humans {
        // The same life signs as in the picture.
        let mut figure = Figure::new(wardrobe.clone(), Seed::for_part(shot.shot.seed, id, "idle"));
        figure.set_level(LEVEL);
        let world = shot.world_transform_at(part_index, 0.0);
        let mut person = Person {
            part_index,
            figure,
            world,
            shape: Vec::new(),
            scale: even_scale(id, &world)?,
            dual_bones: DualBones::default(),
            surfaces: Vec::new(),
        };
        let state = people.state(&mut person, 0)?;
        person.dual_bones = state.dual_bones;
        person.figure.dress_level();
        person.shape = person.figure.body().shape().to_vec();
        person.surfaces = LAYERS.map(|layer| person.figure.shown(layer).clone()).into();
        people.figures.push(person.described(id, triangles.clone()));
        people.people.push(person);
    }
    Ok(Some(Box::new(people)))
}

/// Triangles of all solid layers, one after the other.
pub(crate) fn triangles(wardrobe: &Wardrobe) -> Vec<[u32; 3]> {
    let mut all = Vec::new();
    let mut first = 0;
    for layer in LAYERS {
        let surface = wardrobe.surface(LEVEL, layer);
        all.extend(surface.indices.as_chunks::<3>().0.iter().map(|corners| corners.map(|corner| corner + first)));
        first += surface.len() as u32;
    }
    all
}

/// How much larger than life a part is.
fn even_scale(id: &str, world: &GlobalTransform) -> Result<f32, Fault> {
    let scale = world.scale();
    let spread = scale.max_element() / scale.min_element();
    if scale.min_element() > 0.0 && spread <= 1.001 {
        return Ok(scale.element_sum() / 3.0);
    }
    let message =
        format!("part `{id}`: a person who is scaled by {scale} has no joints that others can use; scale evenly");
    Err(Fault { blame: kinema_core::Blame::User, message })
}

/// Which stretch of the body a bone moves.
fn segment(bone: &str) -> Segment {
    let side = if bone.ends_with(".R") { FigureSide::Right } else { FigureSide::Left };
    let starts = |list: &[&str]| list.iter().any(|start| bone.starts_with(start));
    match bone {
        _ if starts(&["root", "pelvis", "spine05"]) => Segment::Pelvis,
        _ if starts(&["spine04", "spine03"]) => Segment::Abdomen,
        _ if starts(&["neck"]) => Segment::Neck,
        _ if starts(&["head", "eye"]) => Segment::Head,
        _ if starts(&["upperarm"]) => Segment::UpperArm(side),
        _ if starts(&["lowerarm"]) => Segment::Forearm(side),
        _ if starts(&["wrist", "finger", "metacarpal"]) => Segment::Hand(side),
        _ if starts(&["upperleg"]) => Segment::Thigh(side),
        _ if starts(&["lowerleg"]) => Segment::Shin(side),
        _ if starts(&["foot", "toe"]) => Segment::Foot(side),
        // Upper spine, collar bones and shoulder blades.
        _ => Segment::Chest,
    }
}

/// Joints of a posed body in its part's space.
fn joints_of(body: &Body, state: &BodyState) -> Vec<Isometry3d> {
    let skeleton = &body.basis().skeleton;
    let posed = body.rest_bones().pose(skeleton, &state.deltas, state.root);
    let joint = |((head, rotation), reference): ((&DVec3, &DQuat), &DMat3)| {
        let turn = *rotation * DQuat::from_mat3(reference);
        Isometry3d::new(head.as_vec3(), turn.as_quat().normalize())
    };
    posed.heads.iter().zip(&posed.rotations).zip(&skeleton.reference).map(joint).collect()
}

/// The bone that moves each vertex of a surface the most.
fn strongest_bones(surface: &Surface, basis: &BodyBasis) -> Vec<u16> {
    let stencils = surface.stencils();
    let strongest = stencils.start.windows(2).map(|bounds| {
        let mut sums = std::collections::BTreeMap::<u16, f32>::new();
        for entry in bounds[0] as usize..bounds[1] as usize {
            let (Some(&row), Some(&share)) = (stencils.rows.get(entry), stencils.weights.get(entry)) else { continue };
            for (bone, weight) in basis.influences(row as usize) {
                *sums.entry(bone).or_default() += share * weight;
            }
        }
        sums.into_iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map_or(0, |(bone, _)| bone)
    });
    let strongest: Vec<u16> = strongest.collect();
    surface.source.iter().map(|&stencil| strongest.get(stencil as usize).copied().unwrap_or(0)).collect()
}

impl Person {
    /// World from the part's space, without its scale.
    fn placed(&self, world: &GlobalTransform, joints: Vec<Isometry3d>) -> FigurePose {
        let (_, rotation, translation) = world.to_scale_rotation_translation();
        let place = Isometry3d::new(translation, rotation);
        let scaled = |joint: Isometry3d| place * Isometry3d { translation: joint.translation * self.scale, ..joint };
        FigurePose { joints: joints.into_iter().map(scaled).collect() }
    }

    /// The bind pose in the figure's own space, scaled.
    fn bind(&self) -> FigurePose {
        let rest = self.figure.body().rest_bones();
        let joint = |(head, turn): (&DVec3, &DMat3)| {
            Isometry3d::new(head.as_vec3() * self.scale, Quat::from_mat3(&turn.as_mat3()).normalize())
        };
        FigurePose { joints: rest.heads.iter().zip(&rest.orientations).map(joint).collect() }
    }

    fn described(&mut self, id: &str, triangles: Arc<[[u32; 3]]>) -> kinema_core::Figure {
        let basis = self.figure.body().basis().clone();
        let names = basis.skeleton.names.iter().zip(&basis.skeleton.parents).enumerate();
        let joints = names.map(|(bone, (name, &parent))| FigureJoint {
            name: name.clone(),
            parent: (bone > 0).then_some(usize::from(parent)),
            segment: segment(name),
        });
        let joints = joints.collect();
        let bind = self.bind();
        let vertices_m = self.surface(&bind, &bind);
        let strongest_joint = self.surfaces.iter().flat_map(|surface| strongest_bones(surface, &basis)).collect();
        kinema_core::Figure {
            part_index: self.part_index,
            id: id.to_owned(),
            joints,
            bind,
            vertices_m,
            triangles,
            strongest_joint,
        }
    }

    fn surface(&mut self, bind: &FigurePose, pose: &FigurePose) -> Vec<Vec3> {
        let joints = bind.joints.iter().zip(&pose.joints);
        // Before the part's scale, so that what stands off from the skin is scaled as in the picture.
        let unscaled = |mut moved: Isometry3d| {
            moved.translation /= self.scale;
            Affine3A::from(moved)
        };
        let from_bind: Vec<Affine3A> = joints.map(|(bind, now)| unscaled(*now * bind.inverse())).collect();
        let blend = Blend::new(&from_bind, self.dual_bones);
        let basis = self.figure.body().basis();
        let rows = self.shape.iter().enumerate();
        let rows: Vec<Vec3> = rows.map(|(row, &rest)| blend.moved(rest, basis.influences(row))).collect();
        let (mut all, mut positions, mut normals) = (Vec::new(), Vec::new(), Vec::new());
        for surface in &mut self.surfaces {
            surface.evaluate(&rows, &mut positions, &mut normals);
            all.extend(positions.iter().map(|place| Vec3::from_array(*place) * self.scale));
        }
        all
    }
}

impl People {
    fn state(&mut self, person: &mut Person, frame: i64) -> Result<BodyState, Fault> {
        let rate = self.shot.shot.timeline.rate;
        let mut faults = Faults::default();
        let mut human = self.shot.part_at(person.part_index, &self.properties, frame as f64).unwrap_or_default();
        human.clamp();
        person.figure.attune(rate, None);
        let clips = self.clips.of(&human.motion.clips, &self.shot.base_dir, true, &mut faults);
        person.figure.lend_clips(clips);
        match faults.take_first() {
            Some(fault) => Err(fault),
            None => Ok(person.figure.posed(&human, rate.secs_at(frame as f64)).unwrap_or_default()),
        }
    }
}

impl FigureSource for People {
    fn figures(&self) -> &[kinema_core::Figure] {
        &self.figures
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn poses(&mut self, frame: i64) -> Result<Vec<FigurePose>, Fault> {
        let mut people = std::mem::take(&mut self.people);
        let pose = |person: &mut Person| {
            let state = self.state(person, frame)?;
            let world = self.shot.world_transform_at(person.part_index, frame as f64);
            let joints = joints_of(person.figure.body(), &state);
            Ok(person.placed(&world, joints))
        };
        let poses = people.iter_mut().map(pose).collect();
        self.people = people;
        poses
    }

    fn stance(&self, figure: usize, stance: FigureStance) -> FigurePose {
        let Some(person) = self.people.get(figure) else { return FigurePose::default() };
        let body = person.figure.body();
        let mut state = BodyState {
            deltas: pose::fitting_deltas(body.basis(), body.rest_bones(), stance),
            dual_bones: person.dual_bones,
            ..BodyState::default()
        };
        state.root.y = person.figure.height_over_soles(&state);
        person.placed(&person.world, joints_of(body, &state))
    }

    fn surface(&mut self, figure: usize, pose: &FigurePose) -> Vec<Vec3> {
        match (self.people.get_mut(figure), self.figures.get(figure)) {
            (Some(person), Some(described)) => person.surface(&described.bind, pose),
            _ => Vec::new(),
        }
    }
}
