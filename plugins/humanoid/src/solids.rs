//! People as others collide with them: skin, suit and shoes of every frame. Crowds are not solid.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::math::{Mat4, Vec3};
use kinema_core::{
    BakeStore, Fault, Faults, FigureDrive, FigurePose, LoadedShot, Property, Seed, ShotPart, Solid, SolidForm,
    SolidPlace, SolidSource, sha256_hex,
};

use crate::{
    figure::Figure,
    figures::{LAYERS, LEVEL, humans, key, triangles},
    motion::clips::Clips,
    settings::Human,
    voices::Voices,
    wardrobe::Wardrobe,
};

/// Coulomb friction coefficient of skin and suit: our judgement.
const FRICTION: f32 = 0.45;

struct People {
    shot: Arc<LoadedShot>,
    properties: Vec<Property<Human>>,
    people: Vec<(usize, Figure)>,
    solids: Vec<Solid>,
    voices: Voices,
    clips: Clips,
    drives: Vec<Box<dyn FigureDrive>>,
    key: String,
}

/// Opens them; see [`kinema_core::SolidsAppExt`].
pub(crate) fn open_solids(shot: &Arc<LoadedShot>, store: &BakeStore) -> Result<Option<Box<dyn SolidSource>>, Fault> {
    let humans = humans(shot);
    if humans.is_empty() {
        return Ok(None);
    }
    let wardrobe = Wardrobe::shared().map_err(|error| Fault::of(&error))?;
    let triangles = triangles(&wardrobe);
    let vertices = LAYERS.map(|layer| wardrobe.surface(LEVEL, layer).len()).iter().sum();
    let form = SolidForm::Mesh { vertices, triangles: triangles.into() };
    let drives = shot.figure_drives(store)?;
    let mut key = key(shot);
    for drive in &drives {
        key = sha256_hex(format!("{key} {}", drive.key()).as_bytes());
    }
    let mut people = People {
        shot: shot.clone(),
        properties: Human::properties(),
        people: Vec::new(),
        solids: Vec::new(),
        voices: Voices::default(),
        clips: Clips::default(),
        drives,
        key,
    };
    for (part_index, id, _) in humans {
        // The same life signs as in the picture.
        let mut figure = Figure::new(wardrobe.clone(), Seed::for_part(shot.shot.seed, id, "idle"));
        figure.set_level(LEVEL);
        people.people.push((part_index, figure));
        people.solids.push(Solid { part_index, form: form.clone(), friction: FRICTION });
    }
    Ok(Some(Box::new(people)))
}

impl SolidSource for People {
    fn solids(&self) -> &[Solid] {
        &self.solids
    }

    fn key(&self) -> &str {
        &self.key
    }

    fn places(&mut self, frame: i64) -> Result<Vec<SolidPlace>, Fault> {
        let rate = self.shot.shot.timeline.rate;
        let mut faults = Faults::default();
        let mut places = Vec::with_capacity(self.people.len());
        let mut driven = BTreeMap::new();
        for drive in &mut self.drives {
            driven.extend(drive.poses(frame)?);
        }
        for (part_index, figure) in &mut self.people {
            let Some(mut human) = self.shot.part_at(*part_index, &self.properties, frame as f64) else { continue };
            human.clamp();
            let voice = self.voices.of(&human.speech, &self.shot.base_dir, &mut faults);
            figure.attune(rate, voice);
            figure.lend_clips(self.clips.of(&human.motion.clips, &self.shot.base_dir, true, &mut faults));
            let world = self.shot.world_transform_at(*part_index, frame as f64);
            let pose = driven.get(part_index).map(|pose: &FigurePose| pose.seen_from(&world));
            figure.set_driven(&human, rate.secs_at(frame as f64), pose.as_ref());
            let world: Mat4 = world.to_matrix();
            let of_layer = |layer| figure.vertices(layer).positions;
            let vertices = LAYERS.into_iter().flat_map(of_layer);
            let vertices = vertices.map(|place| world.transform_point3(Vec3::from_array(place))).collect();
            places.push(SolidPlace::Vertices(vertices));
        }
        match faults.take_first() {
            Some(fault) => Err(fault),
            None => Ok(places),
        }
    }
}
