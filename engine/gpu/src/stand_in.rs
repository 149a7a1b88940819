//! What stands for a material of a plugin's own wherever only Bevy's standard one is understood: in AOVs and in
//! exported scenes. The alternative, that those know every material there is, would make a new material touch them all.

use bevy::asset::Handle;
use bevy::ecs::component::Component;
use bevy::pbr::StandardMaterial;

/// The standard surface nearest to what an entity's own material looks like. Base colour, texture, roughness, opacity and
/// culling are read; the mesh's vertex colours count as with any standard material.
#[derive(Component, Clone, Debug)]
pub struct StandInSurface(pub Handle<StandardMaterial>);
