//! The order of a frame: no two systems of Kinema may touch the same data in an undefined order, which would be part of the
//! picture; what its passes took is told on request.

use std::path::Path;
use std::sync::Arc;

use bevy::app::Update;
use bevy::ecs::schedule::{LogLevel, ScheduleBuildSettings, Schedules};
use kinema::core::{Format, parse_shot};
use kinema::{Session, SessionSettings, part_registry};

#[test]
fn passes_are_timed_on_request_alone() {
    let shot = r#"(schema: 1, timeline: (rate: "24/1", frames: 4), output: (width: 64, height: 64), parts: [
        (id: "eye", position: (0, 1, 0), rotation_deg: (-60, 0, 0), part: Camera()), (id: "sun", part: Sun()), (id: "ground", part: Ground(pattern: Plain)),
    ])"#;
    for pass_times in [false, true] {
        let shot = parse_shot(shot.as_bytes(), Path::new("plain.shot.ron"), Format::Ron, &part_registry());
        let shot = Arc::new(shot.unwrap_or_else(|errors| panic!("{errors}")));
        let mut session =
            Session::new(shot, SessionSettings { pass_times, ..SessionSettings::default() }).expect("a device");
        for frame in 0..4 {
            session.draw(frame, None).expect("a frame");
        }
        let work = session.pass_work();
        assert_eq!(!work.is_empty(), pass_times);
        if let Some(main) = work.get("main_opaque_pass_3d") {
            assert!(main.device_ms > 0.0 && main.fragments > 64.0, "{main:?}");
        } else {
            assert!(!pass_times, "{work:?}");
        }
    }
}

#[test]
fn the_frame_has_no_ambiguities() {
    let shot = r#"(schema: 1, timeline: (rate: "24/1", frames: 1), output: (width: 16, height: 16))"#;
    let shot = parse_shot(shot.as_bytes(), Path::new("empty.shot.ron"), Format::Ron, &part_registry());
    let shot = shot.unwrap_or_else(|errors| panic!("{errors}"));
    let mut session = Session::new(Arc::new(shot), SessionSettings::default()).expect("a device");
    let world = session.world_mut();
    let mut schedule = world.resource_mut::<Schedules>().remove(Update).expect("Update exists");
    schedule.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        ..ScheduleBuildSettings::default()
    });
    let text = match schedule.initialize(world) {
        Ok(_) => String::new(),
        Err(error) => error.to_string(schedule.graph(), world),
    };
    // Bevy's own systems of this schedule are in none of the frame's sets; the exclusive director conflicts with all.
    let ours: Vec<&str> = text.lines().filter(|line| line.matches("in set").count() == 2).collect();
    assert!(ours.is_empty(), "{text}");
    assert!(schedule.systems_len() > 5, "only {} systems", schedule.systems_len());
}
