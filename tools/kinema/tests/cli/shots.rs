//! Small shots that render in a moment.

/// Frames of [`moving`].
pub const MOVING_FRAMES: usize = 24;

/// A ball that crosses the picture.
pub fn moving() -> String {
    shot(MOVING_FRAMES, "")
}

/// A tiny shot with `frames` frames and further `parts`, each followed by a comma.
pub fn shot(frames: usize, parts: &str) -> String {
    let last = frames.max(2) - 1;
    format!(
        r#"(
    schema: 1,
    timeline: (rate: "24/1", frames: {frames}, substeps: 1),
    output: (width: 64, height: 36),
    parts: [
        (id: "camera", position: (0.0, 0.5, 4.0), part: Camera()),
        (id: "light", part: Environment(source: Uniform(nits: 400))),
        (id: "ball", position: (-1.0, 0.5, 0.0), part: Rigid(shape: Ball(radius_m: 0.5), body: Kinematic)),
        {parts}
    ],
    tracks: [
        (target: "ball/position/x", keys: [(frame: 0, value: -1.0), (frame: {last}, value: 1.0)]),
    ],
    look: (anti_aliasing: None),
)
"#
    )
}

/// A part that shows a mesh file.
pub fn mesh(file: &str) -> String {
    format!(r#"(id: "mesh", part: Rigid(shape: Mesh(file: "{file}"), body: Fixed)),"#)
}

/// A part that is lit by a picture; the shot has another light, which comes first.
pub fn picture_light(file: &str) -> String {
    format!(r#"(id: "picture", part: Environment(source: Image(file: "{file}"))),"#)
}
