//! The shot document and what every part of Kinema agrees on: clock, frame sets, part types, tracks, pictures, errors.
//!
//! A shot is read with [`load_shot`], which reports everything that is wrong with it at once, put into a Bevy world
//! with [`spawn_shot`] and played by [`DirectorPlugin`]. Plugins add kinds of parts with
//! [`ShotAppExt::register_shot_part`].
//!
//! Space: right handed, y up, metres; characters face +z, cameras look along -z. Colours are linear Rec.709 unless a
//! name says otherwise.

mod assets;
mod cache;
mod check;
mod check_parts;
mod check_tracks;
mod clock;
mod curve;
mod document;
mod error;
mod fault;
mod figures;
mod findings;
pub mod gltf;
mod load;
mod look;
mod migrate;
mod motion;
mod nearest;
mod packs;
mod part;
mod physical_world;
mod picture;
mod registry;
mod report;
mod scene;
mod schedule;
mod schema;
mod seed;
mod shared;
mod shot;
mod solids;
mod track;
mod tree;
mod wind;

pub use assets::{AssetError, resolve_asset};
pub use cache::{BakeStore, BuildIdentity, cache_dir, sha256_hex};
pub use clock::{FrameRate, FrameRateError, FrameTime, MAX_FPS};
pub use document::{
    Base, ShotDocument, check_document, document_kind, document_kinds, document_schema, document_to_ron, load_document,
    parse_document,
};
pub use error::{Blame, Blamed, Diagnostic, Diagnostics, Severity};
pub use fault::{Fault, Faults};
pub use figures::{
    DrivenFigure, Figure, FigureDrive, FigureJoint, FigurePose, FigureSide, FigureSource, FigureStance, FiguresAppExt,
    OpenFigureDrives, OpenFigures, Segment,
};
pub use load::{Format, LoadedShot, load_shot, parse_shot, shot_to_json, shot_to_ron};
pub use look::{AntiAliasing, Bloom, Look, MotionBlur, MsaaSamples, ToneMapping};
pub use motion::rotation_from_deg;
pub use nearest::nearest;
pub use packs::{Pack, PackError, PackManifest, PackSource, Unpack, Wheel, pack_dir, pack_manifest};
pub use part::{PartBody, Property, PropertyInfo, PropertyShape, ScalarSetter, ShotPart};
pub use physical_world::PhysicsWorld;
pub use picture::{Aov, Picture, PixelFormat, Plane, UnknownAov};
pub use registry::{PartRegistry, ShotAppExt, ShotCheck};
pub use report::{PartReport, ShotReport};
pub use scene::{ActiveShot, DirectorPlugin, PartEntities, PartId, PartIndex, PartVisible, direct, spawn_shot};
pub use schedule::{FrameSet, SolidsStepped, ViewPlaced};
pub use schema::{shot_schema, unenforced_schema_keywords};
pub use seed::Seed;
pub use shot::{
    Curve, Handle, Key, MAX_ID_LEN, MAX_OUTPUT_SIZE, MAX_PARENT_DEPTH, MAX_PARTS, Output, Part, SCHEMA_VERSION, Shot,
    Timeline, Track, Value,
};
pub use solids::{OpenSolids, Solid, SolidForm, SolidImpulse, SolidPlace, SolidSource, SolidsAppExt, YieldingSolids};
pub use track::Sampler;
pub use tree::ser::WriteError;
pub use wind::{AIR_DENSITY_KG_M3, Wind, WindField, WindFlow, WindSource};
