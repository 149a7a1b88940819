//! A Bevy app without a window. The caller pumps it: one [`App::update`] draws one frame, whenever the caller
//! says so, and no clock is read.

use std::time::Duration;

use bevy::camera::RenderTarget;
use bevy::prelude::*;
use bevy::render::extract_component::ExtractComponent;
use bevy::render::render_resource::{
    CachedPipelineState, Extent3d, PipelineCache, TextureDimension, TextureFormat, TextureUsages,
};
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice};
use bevy::render::settings::RenderCreation;
use bevy::render::{RenderApp, RenderPlugin};
use bevy::time::TimeUpdateStrategy;
use bevy::window::{ExitCondition, WindowPlugin};

use crate::GpuError;
use crate::device;

/// Size of the picture, pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadlessSettings {
    pub width: u32,
    pub height: u32,
}

/// The image the captured camera draws into.
#[derive(Resource, Clone, Debug)]
pub struct OutputTarget {
    pub image: Handle<Image>,
    pub width: u32,
    pub height: u32,
}

/// Marks the camera whose picture is captured. At most one per app.
#[derive(Component, Clone, Copy, Debug, Default, ExtractComponent)]
pub struct CaptureCamera;

/// Settling draws pictures of this part of the full width and height.
const SETTLE_SHRINK: u32 = 4;
/// How many updates [`settle`] grants before it gives up. Shader assets arrive within ten.
const SETTLE_UPDATES: u32 = 240;

/// Adds Bevy without a window, with a device of Kinema's choice and no clock.
///
/// # Errors
/// [`GpuError::NoDevice`] when the Vulkan loader lists no adapter, before Bevy could panic over it.
pub fn add_headless_bevy(app: &mut App) -> Result<(), GpuError> {
    if device::adapters().is_empty() {
        return Err(GpuError::NoDevice);
    }
    app.add_plugins(
        DefaultPlugins
            .build()
            .disable::<bevy::app::TerminalCtrlCHandlerPlugin>()
            .set(WindowPlugin {
                primary_window: None,
                primary_cursor_options: None,
                exit_condition: ExitCondition::DontExit,
                close_when_requested: false,
            })
            .set(RenderPlugin {
                render_creation: RenderCreation::Automatic(Box::new(device::wgpu_settings())),
                synchronous_pipeline_compilation: true,
                ..default()
            }),
    );
    app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
    Ok(())
}

/// Finishes plugin set-up and makes the target. Call once, after every plugin was added.
///
/// # Errors
/// [`GpuError::TooLarge`] when the device cannot draw the size.
pub fn finish(app: &mut App, settings: HeadlessSettings) -> Result<(), GpuError> {
    while app.plugins_state() == bevy::app::PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();

    let limit = app.world().resource::<RenderDevice>().limits().max_texture_dimension_2d;
    if settings.width > limit || settings.height > limit {
        return Err(GpuError::TooLarge {
            width: settings.width,
            height: settings.height,
            limit,
            device: app.world().resource::<RenderAdapterInfo>().name.clone(),
        });
    }
    let mut image = Image::new_uninit(
        Extent3d { width: settings.width, height: settings.height, depth_or_array_layers: 1 },
        TextureDimension::D2,
        TextureFormat::Rgba8UnormSrgb,
        bevy::asset::RenderAssetUsages::RENDER_WORLD,
    );
    image.texture_descriptor.usage =
        TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC | TextureUsages::TEXTURE_BINDING;
    let image = app.world_mut().resource_mut::<Assets<Image>>().add(image);
    app.insert_resource(OutputTarget { image, width: settings.width, height: settings.height });
    app.add_systems(PreUpdate, aim_capture_camera);
    Ok(())
}

fn aim_capture_camera(target: Res<OutputTarget>, cameras: Query<Entity, Added<CaptureCamera>>, mut commands: Commands) {
    for camera in &cameras {
        commands.entity(camera).insert(RenderTarget::Image(target.image.clone().into()));
    }
}

/// Updates until every pipeline that the scene needs exists, so that the next captured frame is complete. Waits with a
/// small picture, which needs the same pipelines and little time, and ends with one of full size.
///
/// # Errors
/// [`GpuError::Pipeline`] when a shader does not compile, [`GpuError::NeverReady`] when waiting does not end.
pub fn settle(app: &mut App) -> Result<(), GpuError> {
    let full = app.world().get_resource::<OutputTarget>().map(|target| (target.width, target.height));
    let small = full.map(|(width, height)| [width, height].map(|side| (side / SETTLE_SHRINK).max(1)));
    if let Some([width, height]) = small {
        resize(app.world_mut(), width, height);
        wait_for_pipelines(app)?;
    }
    if let Some((width, height)) = full {
        resize(app.world_mut(), width, height);
    }
    wait_for_pipelines(app)
}

/// Gives the target another size; what is drawn from the next update on has it.
fn resize(world: &mut World, width: u32, height: u32) {
    let Some(mut target) = world.get_resource_mut::<OutputTarget>() else { return };
    (target.width, target.height) = (width, height);
    let handle = target.image.clone();
    if let Some(mut image) = world.resource_mut::<Assets<Image>>().get_mut(&handle) {
        image.resize(Extent3d { width, height, depth_or_array_layers: 1 });
    }
}

/// Updates until two in a row find the same pipelines, all of them ready.
fn wait_for_pipelines(app: &mut App) -> Result<(), GpuError> {
    let mut known = pipeline_states(app.sub_app(RenderApp).world().resource::<PipelineCache>())
        .map(|(count, ready)| if ready { count } else { 0 })?;
    for update in 0..SETTLE_UPDATES {
        app.update();
        let render_world = app.sub_app(RenderApp).world();
        let cache = render_world.resource::<PipelineCache>();
        let (count, ready) = pipeline_states(cache)?;
        tracing::debug!(update, pipelines = count, ready, "settling");
        // A ready cache can still grow: a material's pipeline is asked for one update after its asset arrives.
        if ready && count > 0 && count == known {
            return Ok(());
        }
        known = if ready { count } else { 0 };
    }
    let waiting = app.sub_app(RenderApp).world().resource::<PipelineCache>().waiting_pipelines().count();
    Err(GpuError::NeverReady { waiting, updates: SETTLE_UPDATES })
}

/// Number of pipelines and whether all of them are usable.
fn pipeline_states(cache: &PipelineCache) -> Result<(usize, bool), GpuError> {
    let mut count = 0;
    let mut ready = true;
    for pipeline in cache.pipelines() {
        count += 1;
        match &pipeline.state {
            CachedPipelineState::Ok(_) => {}
            CachedPipelineState::Queued | CachedPipelineState::Creating(_) => ready = false,
            CachedPipelineState::Err(error) => {
                use bevy::shader::ShaderCacheError as E;
                if matches!(error, E::ShaderNotLoaded(_) | E::ShaderImportNotYetAvailable) {
                    ready = false;
                } else {
                    return Err(GpuError::Pipeline { pipeline: format!("#{count}"), message: error.to_string() });
                }
            }
        }
    }
    Ok((count, ready && cache.waiting_pipelines().next().is_none()))
}
