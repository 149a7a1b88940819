//! The face: what settings, seed and time make of the 52 facial actions. Pure functions, no Bevy, nothing remembered.
//!
//! | module | gives |
//! |---|---|
//! | [`action_units`] | FACS action units and what each does with the 52 shapes |
//! | [`emotions`] | seven emotions as action units |
//! | [`micro`] | micro-expressions from keys and from a seeded generator |
//! | [`speech`], [`visemes`] | a phoneme track as mouth shapes with coarticulation |
//! | [`wav`], [`formants`], [`lip_sync`] | mouth shapes from a recorded voice |
//! | [`eye_motion`], [`blinks`] | fixations, saccades, drift, vergence; lids |
//! | [`correctives`] | combinations that shapes do not add up to |
//! | [`anatomy`] | the last step: what muscles, lids, lips and jaw can do together |
//! | [`compose`] | all of it in order |

pub mod action_units;
pub mod anatomy;
pub mod blinks;
pub mod chance;
pub mod compose;
pub mod correctives;
pub mod curves;
pub mod emotions;
pub mod eye_motion;
pub mod formants;
pub mod lip_sync;
pub mod micro;
pub mod settings;
pub mod shapes;
pub mod shot;
pub mod speech;
pub mod visemes;
pub mod wav;
