//! One shot in one headless app, drawn frame by frame.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use bevy::anti_alias::taa::TemporalAntiAliasing;
use bevy::app::App;
use bevy::prelude::*;
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice};
use kinema_camera::ShotCamera;
use kinema_core::{ActiveShot, Faults, FrameSet, FrameTime, LoadedShot, Picture, spawn_shot};
use kinema_export::Identity;
use kinema_gpu::capture::{flush_pictures, take_pictures};
use kinema_gpu::pass_times;
use kinema_gpu::{CaptureCamera, CaptureOrder, HeadlessSettings, OutputTarget, PassWork, headless};

use crate::{KinemaError, KinemaPlugins, build_identity};

/// How a [`Session`] draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionSettings {
    /// Width and height in pixels instead of the shot's own.
    pub size: Option<(u32, u32)>,
    /// Measure the time of each pass on the device: see [`Session::pass_work`].
    pub pass_times: bool,
}

/// A headless app that holds one shot.
///
/// The caller says which frame is drawn when; no clock is read. Pictures come back a few frames later, in order.
pub struct Session {
    app: App,
    settled: bool,
}

/// Seconds spent per frame set since timing was switched on, in [`FrameSet::ORDER`].
#[derive(Resource, Clone, Debug, Default)]
pub struct StageTimes {
    pub secs: [f64; FrameSet::ORDER.len()],
    last: Option<Instant>,
}

impl StageTimes {
    fn charge(&mut self, set: FrameSet) {
        let now = Instant::now();
        if let Some(last) = self.last.replace(now)
            && let Some(index) = FrameSet::ORDER.iter().position(|other| *other == set)
        {
            self.secs[index] += (now - last).as_secs_f64();
        }
    }
}

impl Session {
    /// Makes the app and puts the shot into it. Nothing is drawn yet.
    ///
    /// # Errors
    /// No device, a size that the device cannot draw.
    pub fn new(shot: Arc<LoadedShot>, settings: SessionSettings) -> Result<Self, KinemaError> {
        let output = &shot.shot.output;
        let (width, height) = settings.size.unwrap_or((output.width, output.height));
        let mut app = App::new();
        headless::add_headless_bevy(&mut app)?;
        app.add_plugins(KinemaPlugins).add_systems(Last, mark_capture_camera);
        if settings.pass_times {
            pass_times::record_pass_times(&mut app);
        }
        headless::finish(&mut app, HeadlessSettings { width, height })?;
        spawn_shot(app.world_mut(), shot);
        Ok(Self { app, settled: false })
    }

    /// The device and driver that draw: part of every frame's identity.
    pub fn driver(&self) -> String {
        self.app
            .world()
            .get_resource::<RenderAdapterInfo>()
            .map(kinema_gpu::device::driver_identity)
            .unwrap_or_default()
    }

    /// Width and height of the pictures, pixels.
    pub fn size(&self) -> (u32, u32) {
        self.app.world().get_resource::<OutputTarget>().map_or((0, 0), |target| (target.width, target.height))
    }

    /// The Bevy world, for programs that add things of their own to a shot.
    pub fn world_mut(&mut self) -> &mut World {
        self.app.world_mut()
    }

    /// Loads and compiles everything that drawing around `frame` needs, so that the first captured frame is complete.
    ///
    /// # Errors
    /// A shader that does not build, a missing camera, a part that could not be made.
    pub fn settle(&mut self, frame: i64) -> Result<(), KinemaError> {
        self.set_frame(frame, CaptureOrder::default());
        headless::settle(&mut self.app)?;
        self.check_faults(frame)?;
        let world = self.app.world_mut();
        if world.query_filtered::<Entity, With<CaptureCamera>>().iter(world).next().is_none() {
            return Err(KinemaError::NoCamera);
        }
        pass_times::clear_pass_work(world);
        self.settled = true;
        Ok(())
    }

    /// What its frames belong to: two sessions with equal identities draw equal frames.
    pub fn identity(&self) -> Identity {
        let (width, height) = self.size();
        let shot = self.app.world().get_resource::<ActiveShot>();
        Identity {
            shot_sha256: shot.map(|shot| shot.sha256.clone()).unwrap_or_default(),
            shot_name: shot.map(|shot| shot.shot.name.clone()).unwrap_or_default(),
            build: build_identity(),
            driver: self.driver(),
            settings: serde_json::json!({ "size": [width, height] }),
        }
    }

    /// Forgets temporal history before the next frame. The camera does so by itself where frames do not follow each
    /// other; a plan also needs it where a chunk's warm-up happens to go on from the last frame drawn.
    pub fn reset_history(&mut self) {
        let world = self.app.world_mut();
        for mut taa in world.query::<&mut TemporalAntiAliasing>().iter_mut(world) {
            taa.reset = true;
        }
    }

    /// Draws `frame`. With an order, its picture is among those that this or a later call returns.
    ///
    /// # Errors
    /// A fault of a plugin; a device that fails.
    pub fn draw(&mut self, frame: i64, order: Option<CaptureOrder>) -> Result<Vec<Picture>, KinemaError> {
        if !self.settled {
            self.settle(frame)?;
        }
        let order = CaptureOrder { frame: order.as_ref().map(|_| frame), ..order.unwrap_or_default() };
        self.set_frame(frame, order);
        self.restart_stage();
        self.app.update();
        self.check_faults(frame)?;
        self.charge_draw();
        let pictures = take_pictures(&mut self.app)?;
        self.charge(FrameSet::Deliver);
        Ok(pictures)
    }

    /// Waits for the pictures still on their way.
    ///
    /// # Errors
    /// A device that fails.
    pub fn flush(&mut self) -> Result<Vec<Picture>, KinemaError> {
        Ok(flush_pictures(&mut self.app)?)
    }

    /// Starts to measure where time goes. The device is then waited for after each frame, so that drawing is charged
    /// to Draw; totals are those of a serial run.
    pub fn measure_stages(&mut self) {
        self.app.insert_resource(StageTimes::default());
        let [clock, direct, perceive, simulate, deform, ..] = FrameSet::ORDER;
        for set in [clock, direct, perceive, simulate, deform] {
            let charge = move |mut times: ResMut<StageTimes>| times.charge(set);
            match FrameSet::ORDER.iter().skip_while(|other| **other != set).nth(1) {
                Some(next) => self.app.add_systems(Update, charge.after(set).before(*next)),
                None => self.app.add_systems(Update, charge.after(set)),
            };
        }
    }

    /// What [`Session::measure_stages`] has gathered.
    pub fn stage_times(&self) -> Option<&StageTimes> {
        self.app.world().get_resource::<StageTimes>()
    }

    /// What each pass of a frame did since [`Session::settle`], by the pass's name. Empty unless
    /// [`SessionSettings::pass_times`] is set and the device has timestamp queries.
    pub fn pass_work(&self) -> BTreeMap<String, PassWork> {
        pass_times::pass_work(self.app.world())
    }

    /// Charges time that the caller spent on behalf of `set`, such as encoding.
    pub fn charge(&mut self, set: FrameSet) {
        if let Some(mut times) = self.app.world_mut().get_resource_mut::<StageTimes>() {
            times.charge(set);
        }
    }

    fn restart_stage(&mut self) {
        if let Some(mut times) = self.app.world_mut().get_resource_mut::<StageTimes>() {
            times.last = Some(Instant::now());
        }
    }

    fn charge_draw(&mut self) {
        if self.app.world().contains_resource::<StageTimes>() {
            let poll = bevy::render::render_resource::PollType::wait_indefinitely();
            if let Err(error) = self.app.world().resource::<RenderDevice>().poll(poll) {
                tracing::warn!("stage times are incomplete: waiting for the device failed: {error}");
            }
            self.charge(FrameSet::Draw);
        }
    }

    fn set_frame(&mut self, frame: i64, order: CaptureOrder) {
        let world = self.app.world_mut();
        world.resource_mut::<FrameTime>().frame = frame;
        world.insert_resource(order);
    }

    fn check_faults(&mut self, frame: i64) -> Result<(), KinemaError> {
        match self.app.world_mut().resource_mut::<Faults>().take_first() {
            Some(fault) => Err(KinemaError::Fault { frame, fault }),
            None => Ok(()),
        }
    }
}

fn mark_capture_camera(cameras: Query<Entity, Added<ShotCamera>>, mut commands: Commands) {
    for camera in &cameras {
        commands.entity(camera).insert(CaptureCamera);
    }
}
