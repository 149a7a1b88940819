//! The table of action units: number, name, muscle, and the shapes that show it.
//!
//! Numbers, names and muscles: P. Ekman, W. V. Friesen and J. C. Hager, "Facial Action Coding System: the manual", 2002.
//! Which shape shows which unit: M. Ozel, "ARKit to FACS: blendshape cheat sheet" (melindaozel.com), which is one shape to
//! one unit for most; where a unit needs several shapes (AU 9 also lowers the inner brow, AU 17 also pushes the upper lip)
//! the weights follow the appearance changes that the manual describes and are this project's judgement.
//!
//! Left out, as no shape of the 52 shows them: 21 (neck tightener), 31 (jaw clencher), 32 (lip bite), 35 (cheek suck), 36
//! (tongue bulge), 37 (lip wipe), 38 and 39 (nostril dilator and compressor), 40 (sniff), and 50 and above but the eyes'
//! 61 to 66. Turns of the head (51 to 58) are `head`. The shapes `mouthLeft` and `mouthRight` belong to no unit.

use super::{
    ActionUnit, Shape, Sidedness,
    Sidedness::{Both, OneSide, Whole},
};
use crate::face::{
    settings::FacePart,
    settings::FacePart::{Lower, Upper},
    shapes::Action,
};

const fn unit(
    number: u8,
    name: &'static str,
    muscle: &'static str,
    sides: Sidedness,
    part: FacePart,
    shapes: &'static [Shape],
) -> ActionUnit {
    ActionUnit { number, name, muscle, sides, part, shapes }
}

const fn pair(stem: &str, weight: f32) -> Shape {
    Shape::Pair(Action::pair(stem), weight)
}

const fn single(name: &str, weight: f32) -> Shape {
    Shape::Single(Action::named(name), weight)
}

const fn sides(to_left: &str, to_right: &str, weight: f32) -> Shape {
    Shape::Sides(Action::named(to_left), Action::named(to_right), weight)
}

/// All units that the 52 shapes can show, by number.
pub const ACTION_UNITS: [ActionUnit; 42] = [
    unit(1, "inner brow raiser", "frontalis, pars medialis", Both, Upper, &[single("browInnerUp", 1.0)]),
    unit(2, "outer brow raiser", "frontalis, pars lateralis", Both, Upper, &[pair("browOuterUp", 1.0)]),
    unit(
        4,
        "brow lowerer",
        "corrugator supercilii, depressor supercilii, depressor glabellae",
        Both,
        Upper,
        &[pair("browDown", 1.0)],
    ),
    unit(5, "upper lid raiser", "levator palpebrae superioris", Both, Upper, &[pair("eyeWide", 1.0)]),
    unit(
        6,
        "cheek raiser",
        "orbicularis oculi, pars orbitalis",
        Both,
        Upper,
        &[pair("cheekSquint", 1.0), pair("eyeSquint", 0.5), pair("eyeBlink", 0.08)],
    ),
    unit(7, "lid tightener", "orbicularis oculi, pars palpebralis", Both, Upper, &[pair("eyeSquint", 1.0)]),
    unit(8, "lips toward each other", "orbicularis oris", Whole, Lower, &[single("mouthClose", 1.0)]),
    unit(
        9,
        "nose wrinkler",
        "levator labii superioris alaeque nasi",
        Both,
        Lower,
        &[
            pair("noseSneer", 1.0),
            pair("mouthUpperUp", 0.4),
            pair("browDown", 0.25),
            pair("cheekSquint", 0.35),
            pair("eyeSquint", 0.3),
        ],
    ),
    unit(
        10,
        "upper lip raiser",
        "levator labii superioris",
        Both,
        Lower,
        &[pair("mouthUpperUp", 1.0), pair("noseSneer", 0.2)],
    ),
    unit(
        11,
        "nasolabial deepener",
        "zygomaticus minor",
        Both,
        Lower,
        &[pair("mouthUpperUp", 0.35), pair("cheekSquint", 0.2)],
    ),
    unit(12, "lip corner puller", "zygomaticus major", Both, Lower, &[pair("mouthSmile", 1.0)]),
    unit(
        13,
        "sharp lip puller",
        "levator anguli oris",
        Both,
        Lower,
        &[pair("mouthSmile", 0.45), pair("mouthDimple", 0.25), single("cheekPuff", 0.15)],
    ),
    unit(14, "dimpler", "buccinator", Both, Lower, &[pair("mouthDimple", 1.0), pair("mouthPress", 0.2)]),
    unit(15, "lip corner depressor", "depressor anguli oris", Both, Lower, &[pair("mouthFrown", 1.0)]),
    unit(16, "lower lip depressor", "depressor labii inferioris", Both, Lower, &[pair("mouthLowerDown", 1.0)]),
    unit(
        17,
        "chin raiser",
        "mentalis",
        Whole,
        Lower,
        &[single("mouthShrugLower", 1.0), single("mouthShrugUpper", 0.45)],
    ),
    unit(18, "lip pucker", "incisivii labii superioris and inferioris", Whole, Lower, &[single("mouthPucker", 1.0)]),
    unit(19, "tongue show", "genioglossus", Whole, Lower, &[single("tongueOut", 1.0), single("jawOpen", 0.2)]),
    unit(20, "lip stretcher", "risorius with platysma", Both, Lower, &[pair("mouthStretch", 1.0)]),
    unit(22, "lip funneler", "orbicularis oris", Whole, Lower, &[single("mouthFunnel", 1.0)]),
    unit(
        23,
        "lip tightener",
        "orbicularis oris",
        Both,
        Lower,
        &[
            single("mouthRollUpper", 0.4),
            single("mouthRollLower", 0.45),
            pair("mouthPress", 0.15),
            pair("mouthFrown", 0.1),
        ],
    ),
    unit(
        24,
        "lip pressor",
        "orbicularis oris",
        Both,
        Lower,
        // The pack's shape also lifts the corners by 5 mm, as no pressed lips do.
        &[
            pair("mouthPress", 0.7),
            pair("mouthFrown", 0.45),
            single("mouthRollUpper", 0.15),
            single("mouthRollLower", 0.2),
        ],
    ),
    unit(
        25,
        "lips part",
        "depressor labii inferioris, or relaxed mentalis or orbicularis oris",
        Whole,
        Lower,
        &[pair("mouthLowerDown", 0.35), pair("mouthUpperUp", 0.2)],
    ),
    unit(
        26,
        "jaw drop",
        "relaxed masseter, temporalis and internal pterygoid",
        Whole,
        Lower,
        &[single("jawOpen", 0.45)],
    ),
    unit(27, "mouth stretch", "pterygoids, digastric", Whole, Lower, &[single("jawOpen", 1.0)]),
    unit(
        28,
        "lip suck",
        "orbicularis oris",
        Whole,
        Lower,
        &[single("mouthRollUpper", 1.0), single("mouthRollLower", 1.0), single("jawOpen", 0.08)],
    ),
    unit(29, "jaw thrust", "external pterygoid", Whole, Lower, &[single("jawForward", 1.0)]),
    unit(30, "jaw sideways", "external pterygoid", OneSide, Lower, &[sides("jawLeft", "jawRight", 1.0)]),
    unit(
        33,
        "cheek blow",
        "relaxed buccinator, orbicularis oris",
        Whole,
        Lower,
        &[single("cheekPuff", 0.8), single("mouthPucker", 0.3)],
    ),
    unit(
        34,
        "cheek puff",
        "relaxed buccinator, orbicularis oris",
        Whole,
        Lower,
        &[single("cheekPuff", 1.0), pair("mouthPress", 0.25)],
    ),
    unit(41, "lid droop", "relaxed levator palpebrae superioris", Both, Upper, &[pair("eyeBlink", 0.3)]),
    unit(42, "slit", "orbicularis oculi", Both, Upper, &[pair("eyeBlink", 0.6), pair("eyeSquint", 0.2)]),
    unit(43, "eyes closed", "relaxed levator palpebrae superioris", Both, Upper, &[pair("eyeBlink", 1.0)]),
    unit(
        44,
        "squint",
        "orbicularis oculi, pars palpebralis",
        Both,
        Upper,
        &[pair("eyeSquint", 1.0), pair("eyeBlink", 0.15), pair("browDown", 0.2)],
    ),
    unit(
        45,
        "blink",
        "relaxed levator palpebrae superioris, orbicularis oculi, pars palpebralis",
        Both,
        Upper,
        &[pair("eyeBlink", 1.0)],
    ),
    unit(
        46,
        "wink",
        "orbicularis oculi, pars palpebralis",
        OneSide,
        Upper,
        &[pair("eyeBlink", 1.0), pair("cheekSquint", 0.45)],
    ),
    unit(
        61,
        "eyes turn left",
        "lateral and medial rectus",
        Whole,
        Upper,
        &[single("eyeLookOutLeft", 1.0), single("eyeLookInRight", 1.0)],
    ),
    unit(
        62,
        "eyes turn right",
        "medial and lateral rectus",
        Whole,
        Upper,
        &[single("eyeLookInLeft", 1.0), single("eyeLookOutRight", 1.0)],
    ),
    unit(63, "eyes up", "superior rectus, inferior oblique", Whole, Upper, &[pair("eyeLookUp", 1.0)]),
    unit(64, "eyes down", "inferior rectus, superior oblique", Whole, Upper, &[pair("eyeLookDown", 1.0)]),
    unit(65, "walleye", "lateral rectus", Both, Upper, &[pair("eyeLookOut", 1.0)]),
    unit(66, "cross-eye", "medial rectus", Both, Upper, &[pair("eyeLookIn", 1.0)]),
];
