//! Area `physics`: rigid bodies against the formulas of mechanics, and the time of a step.

mod mujoco;

use std::collections::BTreeMap;
use std::time::Instant;

use kinema::physics::RigidWorld;
use kinema::physics::reference::cases::{Case, Outcome, SUBSTEPS, cases, resumes_bit_equal};
use kinema::physics::reference::worlds::{FRAMES_PER_SEC, everything, heap, shot_of};

use self::mujoco::Mujoco;
use crate::stats::{measured, median, ratio_of_medians};
use crate::{BenchArgs, BenchError, BenchReport, Machine};

/// Bodies whose step is timed.
const BODIES: u32 = 1000;
/// Steps before that, in which the heap falls together.
const SETTLING_STEPS: u32 = 120;
/// Substeps of a frame of 1/120 s at which snapshots are compared, and how many of them.
const SNAPSHOT: (u32, u64) = (2, 480);

pub fn run(args: &BenchArgs, tell: &mut dyn FnMut(&str)) -> Result<BenchReport, BenchError> {
    let mut peer = args.peer.as_ref().map(|_| Mujoco::start()).transpose()?;
    let mut metrics = BTreeMap::new();
    let mut notes = Vec::new();
    let mut worst: (f64, &str) = (0.0, "none");
    for case in cases() {
        tell(case.name);
        let outcomes = SUBSTEPS.map(|substeps| case.run(substeps));
        let mut errors = Vec::new();
        for (outcome, substeps) in outcomes.into_iter().zip(SUBSTEPS) {
            let outcome = outcome?;
            metrics.insert(format!("physics.{}_err_{}hz", case.name, hertz(substeps)), outcome.error);
            errors.push(outcome);
        }
        if let Some(finest) = errors.last().filter(|finest| !(finest.error <= worst.0)) {
            worst = (finest.error, case.name);
        }
        notes.push(line(&case, &errors, peer.as_mut(), &mut metrics)?);
    }
    metrics.insert("physics.accuracy_worst_err".to_owned(), worst.0);
    notes.push(format!(
        "accuracy_worst_err: the largest error of all cases at {} steps a second, that of {}.",
        hertz(SUBSTEPS[SUBSTEPS.len() - 1]),
        worst.1
    ));
    tell("snapshots");
    metrics.insert("physics.snapshot_bit_equal".to_owned(), f64::from(u8::from(snapshots_are_bit_equal()?)));
    notes.push(
        "snapshot_bit_equal: 1 if every case, and a world of terrain, liquid, wind, sensors and breaking joints, ends with the \
         same bits and events after a restore half-way into another world."
            .to_owned(),
    );
    let turns = match (args.quick, &peer) {
        (true, _) => 30,
        (false, None) => 240,
        // A step of its takes many times as long.
        (false, Some(_)) => 60,
    };
    tell(&format!("{BODIES} bodies, {turns} steps"));
    notes.push(time_steps(turns, peer.as_mut(), &mut metrics)?);
    Ok(BenchReport { area: args.area.clone(), machine: Machine::here("no graphics device".to_owned()), metrics, notes })
}

fn hertz(substeps: u32) -> u32 {
    FRAMES_PER_SEC * substeps
}

/// What a case measured at the finest step, and beside it the peer.
fn line(
    case: &Case,
    outcomes: &[Outcome],
    peer: Option<&mut Mujoco>,
    metrics: &mut BTreeMap<String, f64>,
) -> Result<String, BenchError> {
    let errors: Vec<String> = outcomes.iter().map(|outcome| format!("{:.2e}", outcome.error)).collect();
    let mut text = format!(
        "{} ({}): exact {:.6}, measured {:.6}; errors {}",
        case.name,
        case.quantity,
        case.exact,
        outcomes.last().map_or(f64::NAN, |outcome| outcome.measured),
        errors.join(", ")
    );
    if let Some(peer) = peer.filter(|_| mujoco::CASES.contains(&case.name)) {
        let mut theirs = Vec::new();
        for substeps in SUBSTEPS {
            let error = case.error_of(peer.case(case.name, hertz(substeps))?);
            metrics.insert(format!("physics.mujoco_{}_err_{}hz", case.name, hertz(substeps)), error);
            theirs.push(format!("{error:.2e}"));
        }
        text += &format!("; MuJoCo's {}", theirs.join(", "));
    }
    Ok(text + ".")
}

fn snapshots_are_bit_equal() -> Result<bool, BenchError> {
    let (substeps, steps) = SNAPSHOT;
    let mut shots = cases().iter().map(|case| case.shot(substeps)).collect::<Result<Vec<_>, _>>()?;
    shots.push(shot_of(everything(), 1, substeps)?);
    for shot in shots {
        if !resumes_bit_equal(&shot, steps)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Times single steps of a heap, the peer's in turns with ours.
fn time_steps(
    turns: u32,
    mut peer: Option<&mut Mujoco>,
    metrics: &mut BTreeMap<String, f64>,
) -> Result<String, BenchError> {
    let mut world = RigidWorld::from_shot(&shot_of(heap(BODIES), 1, 1)?)?;
    for _ in 0..SETTLING_STEPS {
        world.step()?;
    }
    if let Some(peer) = &mut peer {
        peer.heap(BODIES, FRAMES_PER_SEC)?;
        peer.steps_ms(SETTLING_STEPS)?;
    }
    let (mut ours_ms, mut theirs_ms) = (Vec::new(), Vec::new());
    for _ in 0..turns {
        let start = Instant::now();
        world.step()?;
        ours_ms.push(start.elapsed().as_secs_f64() * 1e3);
        if let Some(peer) = &mut peer {
            theirs_ms.push(peer.steps_ms(1)?);
        }
    }
    let name = format!("physics.step_{BODIES}_bodies_ms");
    metrics.insert(name.clone(), measured(&name, median(&ours_ms))?);
    if !theirs_ms.is_empty() {
        let name = format!("physics.mujoco_step_{BODIES}_bodies_ms");
        metrics.insert(name.clone(), measured(&name, median(&theirs_ms))?);
        let name = format!("physics.step_{BODIES}_bodies_speed_ratio_vs_mujoco");
        metrics.insert(name.clone(), measured(&name, ratio_of_medians(&theirs_ms, &ours_ms))?);
    }
    Ok(format!(
        "step_{BODIES}_bodies: medians of {turns} steps of 1/{FRAMES_PER_SEC} s, on one thread, of boxes that fell into a heap for \
         {SETTLING_STEPS} steps and stay awake."
    ))
}
