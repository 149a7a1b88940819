//! `kinema bake`: the simulations of a shot, rigid bodies and cloth, ahead of drawing it.

use std::sync::atomic::Ordering;

use kinema::cloth::{ClothBaker, ClothSettings};
use kinema::core::LoadedShot;
use kinema::physics::{PhysicsEvent, PhysicsSettings, RigidBaker, SharedBaker};
use serde_json::json;

use super::load;
use crate::args::BakeArgs;
use crate::exit::CliError;
use crate::interrupt;
use crate::output::{self, Screen};
use crate::progress::Progress;

pub fn run(args: &BakeArgs, screen: &Screen) -> Result<(), CliError> {
    let cancel = interrupt::flag(screen, "stopping after the frame that is being simulated")?;
    let shot = load(&args.shot, screen)?;
    let store = PhysicsSettings::default().store();
    // Held before the cloth opens it, so that both make one simulation.
    let rigid = SharedBaker::open(&shot, &store)?;
    let settings = ClothSettings::default();
    let mut cloth = ClothBaker::open(&shot, &settings, shot.build())?;
    let bodies = rigid.lock().bake().moving();
    let (cloths, particles) = cloth.as_ref().map_or((0, 0), |baker| (baker.bake().cloths(), baker.bake().particles()));
    let is_complete =
        |cloth: &Option<ClothBaker>| rigid.lock().is_complete() && cloth.as_ref().is_none_or(ClothBaker::is_complete);
    let was_there = is_complete(&cloth);
    // The last frame also brings the one after it, for motion vectors.
    let total = shot.shot.timeline.frames as usize + 1;
    let mut progress =
        (!args.json && !args.quiet && !was_there).then(|| Progress::start(screen, "simulating", total, 0));
    let mut done = 0;
    while !is_complete(&cloth) && done < total {
        if cancel.load(Ordering::Relaxed) {
            drop(progress);
            let message = format!("stopped after {done} of {total} frames; nothing is kept of an unfinished bake");
            return Err(CliError::Interrupted(message));
        }
        // Cloth may lead the bodies.
        if let Some(cloth) = &mut cloth {
            cloth.advance_to(done as i64)?;
        }
        rigid.lock().advance_to(done as i64)?;
        // The last frame drawn also brought the one after it.
        done = if is_complete(&cloth) { total } else { done + 1 };
        if let Some(progress) = &mut progress {
            progress.advance_to(done);
        }
        if args.json {
            output::json(&json!({ "kind": "frame_simulated", "frames_done": done, "total": total }))?;
        }
    }
    drop(progress);
    let mut baker = rigid.lock();
    let bytes = baker.store(&store)? + cloth.as_mut().map_or(Ok(0), |baker| baker.store(&settings.store()))?;
    if args.json {
        tell_events(&shot, &baker)?;
        let cloth_key = cloth.as_ref().map(ClothBaker::key);
        return output::json(&json!({
            "kind": "complete", "key": baker.key(), "bodies": bodies, "cloth_key": cloth_key, "cloths": cloths, "particles": particles,
            "frames": total, "bytes": bytes, "reused": was_there, "events": baker.bake().events().len(),
        }));
    }
    if args.quiet {
        return Ok(());
    }
    let place = store.dir().display();
    let mut things = Vec::new();
    if bodies > 0 {
        things.push(if bodies == 1 { "1 moving body".to_owned() } else { format!("{bodies} moving bodies") });
    }
    if cloths > 0 {
        things.push(format!("{} of {particles} particles", output::count(cloths, "cloth")));
    }
    output::line(&match (things.is_empty(), was_there) {
        (true, _) => "nothing to bake: no part of this shot is moved by physics".to_owned(),
        (_, true) => format!("{}: the bake is there already, in {place}", things.join(" and ")),
        (_, false) => format!("{}: {total} frames baked into {place}, {bytes} bytes", things.join(" and ")),
    })
}

/// One object for each sensor entered or left and each joint broken: when, in substeps since frame 0, and which parts.
fn tell_events(shot: &LoadedShot, baker: &RigidBaker) -> Result<(), CliError> {
    let id = |part: u32| shot.shot.parts.get(part as usize).map(|part| part.id.as_str());
    for timed in baker.bake().events() {
        let substep = timed.substep;
        output::json(&match timed.event {
            PhysicsEvent::Entered { sensor, body } => {
                json!({ "kind": "entered", "substep": substep, "sensor": id(sensor), "body": id(body) })
            }
            PhysicsEvent::Left { sensor, body } => {
                json!({ "kind": "left", "substep": substep, "sensor": id(sensor), "body": id(body) })
            }
            PhysicsEvent::Broke { joint } => json!({ "kind": "broke", "substep": substep, "joint": id(joint) }),
        })?;
    }
    Ok(())
}
