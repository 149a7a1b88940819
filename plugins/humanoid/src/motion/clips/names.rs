//! Joint names: one table over the conventions of CMU and other BVH files, Mixamo, VRM and glTF humanoids, MakeHuman,
//! game engines, Biped and SMPL.

use super::clip::Skeleton;
use super::joints::{JointMap, Limb, Side};

/// What a joint is, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Hips,
    Spine,
    Neck,
    Head,
    Limb(Limb),
    /// The collar bone where there is an upper arm as well, the upper arm otherwise.
    Shoulder,
    /// The lower leg where there is an upper leg as well, the upper leg otherwise.
    Leg,
    /// The toes where there is an ankle as well, the foot otherwise.
    Foot,
    Finger(usize),
}

/// Names without side, separators and digits at their end. Of the words with two meanings see [`Role`].
const NAMES: [(&str, Role); 63] = [
    ("hips", Role::Hips),
    ("pelvis", Role::Hips),
    ("root", Role::Hips),
    ("hip", Role::Hips),
    ("spine", Role::Spine),
    ("lowerback", Role::Spine),
    ("abdomen", Role::Spine),
    ("waist", Role::Spine),
    ("torso", Role::Spine),
    ("chest", Role::Spine),
    ("upperchest", Role::Spine),
    ("spineupper", Role::Spine),
    ("spinelower", Role::Spine),
    ("neck", Role::Neck),
    ("neckupper", Role::Neck),
    ("necklower", Role::Neck),
    ("head", Role::Head),
    ("clavicle", Role::Limb(Limb::Clavicle)),
    ("collar", Role::Limb(Limb::Clavicle)),
    ("collarbone", Role::Limb(Limb::Clavicle)),
    ("shoulder", Role::Shoulder),
    ("shldr", Role::Limb(Limb::UpperArm)),
    ("arm", Role::Limb(Limb::UpperArm)),
    ("uparm", Role::Limb(Limb::UpperArm)),
    ("upperarm", Role::Limb(Limb::UpperArm)),
    ("shldrbend", Role::Limb(Limb::UpperArm)),
    ("forearm", Role::Limb(Limb::LowerArm)),
    ("lowerarm", Role::Limb(Limb::LowerArm)),
    ("lowarm", Role::Limb(Limb::LowerArm)),
    ("elbow", Role::Limb(Limb::LowerArm)),
    ("forearmbend", Role::Limb(Limb::LowerArm)),
    ("hand", Role::Limb(Limb::Hand)),
    ("wrist", Role::Limb(Limb::Hand)),
    ("upleg", Role::Limb(Limb::UpperLeg)),
    ("upperleg", Role::Limb(Limb::UpperLeg)),
    ("thigh", Role::Limb(Limb::UpperLeg)),
    ("femur", Role::Limb(Limb::UpperLeg)),
    ("thighbend", Role::Limb(Limb::UpperLeg)),
    ("leg", Role::Leg),
    ("lowleg", Role::Limb(Limb::LowerLeg)),
    ("lowerleg", Role::Limb(Limb::LowerLeg)),
    ("knee", Role::Limb(Limb::LowerLeg)),
    ("shin", Role::Limb(Limb::LowerLeg)),
    ("calf", Role::Limb(Limb::LowerLeg)),
    ("tibia", Role::Limb(Limb::LowerLeg)),
    ("ankle", Role::Limb(Limb::Foot)),
    ("foot", Role::Foot),
    ("toe", Role::Limb(Limb::Toes)),
    ("toes", Role::Limb(Limb::Toes)),
    ("toebase", Role::Limb(Limb::Toes)),
    ("ball", Role::Limb(Limb::Toes)),
    ("thumb", Role::Finger(0)),
    ("handthumb", Role::Finger(0)),
    ("index", Role::Finger(1)),
    ("handindex", Role::Finger(1)),
    ("middle", Role::Finger(2)),
    ("handmiddle", Role::Finger(2)),
    ("ring", Role::Finger(3)),
    ("handring", Role::Finger(3)),
    ("little", Role::Finger(4)),
    ("pinky", Role::Finger(4)),
    ("handpinky", Role::Finger(4)),
    ("handlittle", Role::Finger(4)),
];

/// Beginnings that say whose rig it is and nothing else.
const PREFIXES: [&str; 8] = ["mixamorig", "valvebiped", "bip01", "bip001", "bip", "character1", "jbip", "def"];

/// A name taken apart: what is left without rig, side and separators, and the side.
fn take_apart(name: &str) -> (String, Option<Side>) {
    let name = name.rsplit([':', '|']).next().unwrap_or(name);
    // Where a small letter meets a capital a word begins: `LeftUpLeg`, `lShldr`.
    let mut spaced = String::with_capacity(name.len() + 8);
    let letters: Vec<char> = name.chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        let is_small = |at: Option<usize>| {
            at.and_then(|at| letters.get(at)).is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        };
        let starts_word = is_small(at.checked_sub(1)) || letters.get(at + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && starts_word {
            spaced.push(' ');
        }
        spaced.push(if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { ' ' });
    }
    let mut words: Vec<&str> = spaced.split_whitespace().collect();
    let mut side = None;
    if words.len() > 1 && PREFIXES.contains(&words.concat().as_str()) {
        return (words.concat(), None);
    }
    // A rig's own name may itself be two words: `Character1`, `J Bip`.
    for count in [2, 1] {
        if words.len() > count && words.get(..count).is_some_and(|head| PREFIXES.contains(&head.concat().as_str())) {
            words.drain(..count);
        }
    }
    for (word, which) in [("left", Side::Left), ("l", Side::Left), ("right", Side::Right), ("r", Side::Right)] {
        if side.is_none()
            && words.len() > 1
            && let Some(at) = words.iter().position(|known| *known == word)
        {
            words.remove(at);
            side = Some(which);
        }
    }
    if words.len() > 1 && words.first() == Some(&"c") {
        words.remove(0);
    }
    let mut bare = words.concat();
    if side.is_none() {
        // `leftUpperLeg` written without capitals.
        for (word, which) in [("left", Side::Left), ("right", Side::Right)] {
            if let Some(rest) =
                bare.strip_prefix(word).or_else(|| bare.strip_suffix(word)).filter(|rest| !rest.is_empty())
            {
                (side, bare) = (Some(which), rest.to_owned());
                break;
            }
        }
    }
    (bare, side)
}

/// What MakeHuman's own finger names mean, `finger2-1.L`: one is the thumb.
fn numbered_finger(bare: &str) -> Option<usize> {
    let digits = bare.strip_prefix("finger")?;
    let finger = digits.chars().next()?.to_digit(10)?;
    (digits.len() >= 2).then_some(usize::try_from(finger).ok()?.checked_sub(1)?).filter(|finger| *finger < 5)
}

fn role_of(bare: &str) -> Option<Role> {
    if let Some(finger) = numbered_finger(bare) {
        return Some(Role::Finger(finger));
    }
    let known = |name: &str| NAMES.iter().find(|(known, _)| *known == name).map(|(_, role)| *role);
    // VRM spells phalanges out: `IndexProximal`. Of the bones in the palm only the thumb's moves like a finger.
    let phalanx = ["proximal", "intermediate", "distal", "metacarpal"].iter().find_map(|end| bare.strip_suffix(end));
    if bare.ends_with("metacarpal") && !bare.contains("thumb") {
        return None;
    }
    let stripped = phalanx.unwrap_or(bare).trim_end_matches(|c: char| c.is_ascii_digit());
    known(bare).or_else(|| known(stripped))
}

/// The joints that the names tell.
pub fn map(skeleton: &Skeleton) -> JointMap {
    let read: Vec<(usize, Option<Role>, Option<Side>)> = skeleton
        .names
        .iter()
        .enumerate()
        .map(|(joint, name)| {
            let (bare, side) = take_apart(name);
            (joint, role_of(&bare), side)
        })
        .collect();
    let mut map = JointMap::default();
    let has = |wanted: Role| read.iter().any(|(_, role, side)| *role == Some(wanted) && side.is_some());
    let (has_arm, has_leg, has_ankle) = (
        has(Role::Limb(Limb::UpperArm)),
        has(Role::Limb(Limb::UpperLeg)) || has(Role::Hips),
        has(Role::Limb(Limb::Foot)),
    );
    for &(joint, role, side) in &read {
        match (role, side) {
            (Some(Role::Hips), Some(side)) if !has(Role::Limb(Limb::UpperLeg)) => map.push(side, Limb::UpperLeg, joint),
            (Some(Role::Hips), None) => map.hips_candidates.push(joint),
            (Some(Role::Spine), None) => map.spine.push(joint),
            (Some(Role::Neck), None) => map.neck.push(joint),
            (Some(Role::Head), None) if map.head.is_none() => map.head = Some(joint),
            (Some(Role::Limb(limb)), Some(side)) => map.push(side, limb, joint),
            (Some(Role::Shoulder), Some(side)) => {
                map.push(side, if has_arm { Limb::Clavicle } else { Limb::UpperArm }, joint);
            }
            (Some(Role::Leg), Some(side)) => {
                map.push(side, if has_leg { Limb::LowerLeg } else { Limb::UpperLeg }, joint)
            }
            (Some(Role::Foot), Some(side)) => map.push(side, if has_ankle { Limb::Toes } else { Limb::Foot }, joint),
            (Some(Role::Finger(finger)), Some(side)) => map.push_finger(side, finger, joint),
            _ => {}
        }
    }
    map.tidy(skeleton);
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart_whatever_the_convention() {
        for (name, bare, side) in [
            ("mixamorig:LeftUpLeg", "upleg", Some(Side::Left)),
            ("mixamorigLeftUpLeg", "upleg", Some(Side::Left)),
            ("Bip01 R UpperArm", "upperarm", Some(Side::Right)),
            ("lShldr", "shldr", Some(Side::Left)),
            ("upperarm01.R", "upperarm01", Some(Side::Right)),
            ("thigh_l", "thigh", Some(Side::Left)),
            ("leftLowerArm", "lowerarm", Some(Side::Left)),
            ("J_Bip_C_UpperChest", "upperchest", None),
            ("R_Knee", "knee", Some(Side::Right)),
            ("Character1_LeftHandThumb1", "handthumb1", Some(Side::Left)),
            ("rightfoot", "foot", Some(Side::Right)),
            ("Hips", "hips", None),
            ("LThumb", "thumb", Some(Side::Left)),
            ("LHipJoint", "hipjoint", Some(Side::Left)),
        ] {
            assert_eq!(take_apart(name), (bare.to_owned(), side), "{name}");
        }
        assert_eq!(role_of("indexproximal"), Some(Role::Finger(1)));
        assert_eq!(role_of("finger21"), Some(Role::Finger(1)));
        assert_eq!(role_of("spine3"), Some(Role::Spine));
        assert_eq!(role_of("hipjoint"), None);
        assert_eq!((role_of("indexmetacarpal"), role_of("thumbmetacarpal")), (None, Some(Role::Finger(0))));
        assert_eq!(role_of("headend"), None);
    }
}
