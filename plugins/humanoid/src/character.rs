//! Who a person is, without what they do: the files `*.human.ron`, and people made up from a seed.
//!
//! | module | gives |
//! |---|---|
//! | [`generate`] | a person from a seed and constraints |
//! | [`constraints`] | what a made-up person must be like |
//! | [`words`] | the same as text: `woman, about 60, heavy build, grey hair` |
//! | [`chance`] | the distributions that people are drawn from |
//! | [`features`] | how far each local change of the face varies |

pub mod chance;
pub mod constraints;
pub mod features;
pub mod generate;
mod vocabulary;
pub mod words;

use std::collections::BTreeMap;

use kinema_core::{PartReport, ShotDocument, ShotPart, WriteError, document_to_ron};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use constraints::{Ancestry, Constraints, EyeColour, HairColour, Span};
pub use generate::Generator;

use crate::{
    phenotype::Phenotype,
    settings::{Cloth, Eyes, Hair, Human, Skin},
};

/// The version of the format that this build writes.
pub const SCHEMA_VERSION: u32 = 1;

/// Who a person is: the content of a `*.human.ron` file. Every field but the first two is one of [`Human`], with the same
/// meaning and the same default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Character {
    /// Version of this format.
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// For people; nothing depends on it.
    #[serde(default)]
    pub name: String,
    /// Age, build and ancestry.
    #[serde(default)]
    pub phenotype: Phenotype,
    /// Local changes by name, such as `nose-hump-incr`, each -1 (the opposite) .. 1.
    #[serde(default)]
    pub local: BTreeMap<String, f32>,
    /// How the face rests: facial actions (ARKit's 52 names) and their weights, 0..1.
    #[serde(default = "resting_face")]
    pub face: BTreeMap<String, f32>,
    #[serde(default)]
    pub skin: Skin,
    #[serde(default)]
    pub eyes: Eyes,
    #[serde(default)]
    pub hair: Hair,
    /// The opaque bodysuit every person wears. It can be coloured, not removed.
    #[serde(default = "suit")]
    pub suit: Cloth,
    /// The shoes every person wears.
    #[serde(default = "shoes")]
    pub shoes: Cloth,
}

fn resting_face() -> BTreeMap<String, f32> {
    Human::default().face
}

fn suit() -> Cloth {
    Human::default().suit
}

fn shoes() -> Cloth {
    Human::default().shoes
}

impl Default for Character {
    fn default() -> Self {
        Self::of(&Human::default())
    }
}

impl Character {
    /// Who `human` is.
    pub fn of(human: &Human) -> Self {
        Self {
            schema: SCHEMA_VERSION,
            name: String::new(),
            phenotype: human.phenotype,
            local: human.local.clone(),
            face: human.face.clone(),
            skin: human.skin,
            eyes: human.eyes,
            hair: human.hair,
            suit: human.suit,
            shoes: human.shoes,
        }
    }

    /// The person, standing at ease.
    pub fn to_human(&self) -> Human {
        Human {
            phenotype: self.phenotype,
            local: self.local.clone(),
            face: self.face.clone(),
            skin: self.skin,
            eyes: self.eyes,
            hair: self.hair,
            suit: self.suit,
            shoes: self.shoes,
            ..Human::default()
        }
    }

    /// The text of a `*.human.ron` file, with every field written.
    pub fn to_ron(&self) -> Result<String, WriteError> {
        document_to_ron(self, "Character")
    }
}

impl ShotDocument for Character {
    const KIND: &'static str = "human";

    fn check(&self, report: &mut PartReport<'_>) {
        self.to_human().check(report);
    }
}

#[cfg(test)]
mod tests;
