//! `kinema bake`: the physics of a shot, ahead of drawing it.

use std::sync::atomic::Ordering;

use kinema::core::LoadedShot;
use kinema::physics::{PhysicsEvent, PhysicsSettings, RigidBaker};
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
    let mut baker = RigidBaker::open(&shot, &store)?;
    let bodies = baker.bake().moving();
    let was_there = baker.is_complete();
    // The last frame also brings the one after it, for motion vectors.
    let total = shot.shot.timeline.frames as usize + 1;
    let mut progress =
        (!args.json && !args.quiet && !was_there).then(|| Progress::start(screen, "simulating", total, 0));
    while !baker.is_complete() {
        if cancel.load(Ordering::Relaxed) {
            drop(progress);
            let done = baker.bake().frames();
            let message = format!("stopped after {done} of {total} frames; nothing is kept of an unfinished bake");
            return Err(CliError::Interrupted(message));
        }
        baker.advance_to(i64::from(baker.bake().frames()))?;
        let done = baker.bake().frames() as usize;
        if let Some(progress) = &mut progress {
            progress.advance_to(done);
        }
        if args.json {
            output::json(&json!({ "kind": "frame_simulated", "frames_done": done, "total": total }))?;
        }
    }
    drop(progress);
    let bytes = baker.store(&store)?;
    if args.json {
        tell_events(&shot, &baker)?;
        return output::json(&json!({
            "kind": "complete", "key": baker.key(), "bodies": bodies, "frames": total, "bytes": bytes, "reused": was_there,
            "events": baker.bake().events().len(),
        }));
    }
    if args.quiet {
        return Ok(());
    }
    let things = if bodies == 1 { "1 moving body".to_owned() } else { format!("{bodies} moving bodies") };
    let place = store.dir().display();
    output::line(&match (bodies, was_there) {
        (0, _) => "nothing to bake: no part of this shot is moved by physics".to_owned(),
        (_, true) => format!("{things}: the bake is there already, in {place}"),
        (_, false) => format!("{things}: {total} frames baked into {place}, {bytes} bytes"),
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
