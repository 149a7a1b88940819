//! Time that each pass of a frame takes on the device.
//!
//! Bevy's own passes and Kinema's carry timestamps; a device without timestamp queries reports none. Measuring makes a
//! software device finish each pass before the next, so a frame takes a little longer than it would.

use std::collections::BTreeMap;

use bevy::diagnostic::DiagnosticsStore;
use bevy::prelude::*;
use bevy::render::diagnostic::RenderDiagnosticsPlugin;
use serde::Serialize;

/// What one pass did in a frame, means of the frames since measuring began (at most the last 120).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PassWork {
    /// Time on the device, milliseconds.
    pub device_ms: f64,
    /// Vertex shader invocations. Zero where the device does not count them.
    pub vertices: f64,
    /// Fragment shader invocations. Zero where the device does not count them.
    pub fragments: f64,
}

/// Switches measuring on. Call before [`crate::headless::finish`].
pub fn record_pass_times(app: &mut App) {
    app.add_plugins(RenderDiagnosticsPlugin);
}

/// What has been measured, by the pass's name. Empty without [`record_pass_times`].
pub fn pass_work(world: &World) -> BTreeMap<String, PassWork> {
    let mut work = BTreeMap::<String, PassWork>::new();
    let Some(store) = world.get_resource::<DiagnosticsStore>() else {
        return work;
    };
    for diagnostic in store.iter() {
        let mut components = diagnostic.path().components().skip_while(|component| *component == "render");
        let Some((pass, quantity)) = components.next().zip(components.last()) else {
            continue;
        };
        let mean = diagnostic.average().unwrap_or_default();
        let add = |field: fn(&mut PassWork) -> &mut f64, work: &mut BTreeMap<String, PassWork>| {
            *field(work.entry(pass.to_owned()).or_default()) += mean;
        };
        match quantity {
            "elapsed_gpu" => add(|pass| &mut pass.device_ms, &mut work),
            "vertex_shader_invocations" => add(|pass| &mut pass.vertices, &mut work),
            "fragment_shader_invocations" => add(|pass| &mut pass.fragments, &mut work),
            _ => {}
        }
    }
    work
}

/// Forgets what was measured so far.
pub fn clear_pass_work(world: &mut World) {
    if let Some(mut store) = world.get_resource_mut::<DiagnosticsStore>() {
        for diagnostic in store.iter_mut() {
            diagnostic.clear_history();
        }
    }
}
