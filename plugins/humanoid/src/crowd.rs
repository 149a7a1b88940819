//! Many people in few meshes: the shot part `Crowd`.
//!
//! Everybody has a phenotype, a face, clothes, a stance and life signs of their own, from one seed. Bodies are evaluated
//! together by [`crate::Batch`] and drawn at a reduced level of detail into two meshes, skin and cloth: a crowd of 200 costs
//! two draws. What a single [`Human`](crate::Human) has beyond that, such as hair of strands, speech and tracks, a crowd has
//! not.

mod cast;
mod draw;

use bevy::ecs::component::Component;
use kinema_core::{PartReport, ShotPart};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::cast::Cast;
pub(crate) use self::draw::{SharedBatch, draw_crowds};
use crate::{
    character::{Constraints, Span},
    look::detail::Level,
    shot::check_number,
};

/// People standing about. The origin is the middle of their area, on the ground.
#[derive(Component, Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Crowd {
    /// How many, 1..1000. A hundred more cost about as much as one person in close-up.
    #[schemars(range(min = 1, max = 1000))]
    pub count: u32,
    /// Size of the area in x and z, metres, 0.5..1000. People keep apart as far as it lets them.
    pub area_m: [f32; 2],
    /// Another seed, other people.
    pub seed: u64,
    /// What all of them are like. What is left open is drawn for each.
    pub people: Constraints,
    /// Where they face: turn about y from +z, positive to +x, degrees, -360..360.
    pub facing_deg: f32,
    /// How far each turns from there at most, degrees, 0..180.
    pub scatter_deg: f32,
    /// Share of those who show an emotion, 0..1.
    pub expressive: f32,
    /// Share of those who do something with their hands or head, 0..1.
    pub busy: f32,
    /// How finely they are drawn.
    pub detail: CrowdDetail,
}

impl Default for Crowd {
    fn default() -> Self {
        Self {
            count: 50,
            area_m: [10.0, 10.0],
            seed: 1,
            people: Constraints::default(),
            facing_deg: 0.0,
            scatter_deg: 180.0,
            expressive: 0.5,
            busy: 0.4,
            detail: CrowdDetail::Low,
        }
    }
}

/// How finely each person of a crowd is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum CrowdDetail {
    /// About 12,000 vertices.
    High,
    /// About 4,000.
    Medium,
    /// At most 1,500.
    #[default]
    Low,
}

impl CrowdDetail {
    /// The level of detail.
    pub fn level(self) -> Level {
        match self {
            CrowdDetail::High => Level::High,
            CrowdDetail::Medium => Level::Medium,
            CrowdDetail::Low => Level::Low,
        }
    }
}

impl ShotPart for Crowd {
    const KIND: &'static str = "Crowd";

    fn check(&self, report: &mut PartReport<'_>) {
        if !(1..=1000).contains(&self.count) {
            report.error("count", format!("{} people are outside of 1 to 1000", self.count), "take several crowds");
        }
        for size in self.area_m {
            check_number(report, "area_m", size, &(0.5..=1000.0));
        }
        check_number(report, "facing_deg", self.facing_deg, &(-360.0..=360.0));
        check_number(report, "scatter_deg", self.scatter_deg, &(0.0..=180.0));
        check_number(report, "expressive", self.expressive, &(0.0..=1.0));
        check_number(report, "busy", self.busy, &(0.0..=1.0));
        let of = &self.people;
        for (name, span, most) in [
            ("gender", of.gender, 1.0),
            ("age_years", of.age_years, 90.0),
            ("weight", of.weight, 1.0),
            ("muscle", of.muscle, 1.0),
            ("height", of.height, 1.0),
            ("tone", of.tone, 1.0),
            ("hair_length_m", of.hair_length_m, 1.0),
        ] {
            let Some(Span { least, most: end }) = span else { continue };
            for value in [least, end] {
                check_number(report, &format!("people.{name}"), value, &(0.0..=most));
            }
            if !(least <= end) {
                report.error(format!("people.{name}"), format!("{least} is more than {end}"), "write the least first");
            }
        }
    }
}
