// What the kernels of contact share: twins of plugins/cloth/src/device/contact_types.rs. Metres, and metres times kg, where nothing else is said.
#define_import_path cloth::contact_types

// Written when settings or rooms change.
struct Contact {
    // Slab about a plane that nothing enters; bound of margins; least and most reach.
    floor: f32,
    largest_margin: f32,
    least_reach: f32,
    most_reach: f32,
    // Substeps that detection looks ahead; recovery of thickness in a substep; friction where vertices have none of their own.
    horizon: f32,
    recovery: f32,
    friction: f32,
    // 1 if they have.
    has_own_friction: f32,
    // s.
    substep_secs: f32,
    // All slots; those of bodies of triangles begin at `first_body`.
    vertices: u32,
    bodies: u32,
    near_room: u32,
    // Of the push.
    iterations: u32,
    first_body: u32,
    // Of all bodies of triangles together: vertices, triangles, patches of triangles.
    body_vertices: u32,
    body_triangles: u32,
    body_patches: u32,
    // For pairs with them: recovery in a substep, friction where vertices have none of their own, the way out of a body in a substep.
    body_recovery: f32,
    body_friction: f32,
    exit: f32,
    // How far bodies of triangles may be held back by cloth, 0 if they never give way; the way back in a substep.
    deepest_dent: f32,
    catch_up: f32,
    pad_a: u32,
    pad_b: u32,
}

// What contact keeps of a slot: a vertex of a cloth or of a body of triangles, or nothing (what stands between two cloths).
struct ContactVertex {
    // What the path may become until detection must run again. By `renew`.
    reach: f32,
    // Half the thickness; largest radius of the circles through the corners of its triangles; friction. By the processor, once.
    half_thickness: f32,
    chord: f32,
    friction: f32,
    // Path relative to the common motion since detection; what may be added in this substep; their sum.
    path: f32,
    margin: f32,
    path_ahead: f32,
    // Round of truncation in which it was last shortened.
    shortened: u32,
    // 1 if it is part of a recorded pair. By `mark`.
    is_recorded: atomic<u32>,
    // Share of its displacement that is left, in units of 2^-24, times 2^8; and the number of the body it is shortened for, from 1, or 0 for cloth. By `hold_apart`.
    fraction: atomic<u32>,
    // NOTHING, OF_CLOTH, or OF_BODY plus the number of the body. By the processor, once.
    kind: u32,
    // Of a cloth: 1 if it is inside a body of triangles. By `find_inside`, `note_inside` and `bring_out`. Of a body: 1 if it is not where it should be. By
    // `send_bodies`, `shorten` and `finish`.
    is_inside: u32,
    // The nearest near triangle of a body: twice the distance in units, and one if it shows its back. By `measure`.
    nearest: atomic<u32>,
    // Displacement before bodies of triangles carried it. By `approach`.
    before_x: f32,
    before_y: f32,
    before_z: f32,
    // Of a cloth: its mass over the substep's length, kg/s, and what is missing from it. By the processor, once.
    mass_high: f32,
    mass_low: f32,
}

const NOTHING: u32 = 0u;
const OF_CLOTH: u32 = 1u;
const OF_BODY: u32 = 2u;
// Of `nearest`: no triangle at all.
const NO_TRIANGLE: u32 = 0xffffffffu;

// Most iterations of the push before truncation, as many as `handing` has.
const MORE_PUSHES: u32 = 32u;

// Counts, sums and decisions, all of them integers. `begin_substep` clears those of a substep, `renew` those of a detection.
struct Progress {
    // Of the last detection: nodes of the grid, pairs of patches, pairs; the shift that the largest box needs.
    nodes: atomic<u32>,
    patch_pairs: atomic<u32>,
    pairs: atomic<u32>,
    shift: atomic<u32>,
    // Whether detection runs in this substep; whether a body is near; bits of the longest throw by a body; near pairs.
    must_detect: atomic<u32>,
    is_supported: atomic<u32>,
    thrown: atomic<u32>,
    near: atomic<u32>,
    // Sums of displacements in units of 2^-14 m, and how many: of what is free, and of what is free and recorded.
    common_x: atomic<i32>,
    common_y: atomic<i32>,
    common_z: atomic<i32>,
    common_count: atomic<u32>,
    recorded_x: atomic<i32>,
    recorded_y: atomic<i32>,
    recorded_z: atomic<i32>,
    recorded_count: atomic<u32>,
    // Whether a pin is recorded; substeps begun in this submission; detections and emergency stops so far.
    has_pins: atomic<u32>,
    substep: atomic<u32>,
    detections: atomic<u32>,
    stopped: atomic<u32>,
    // Most of each in this submission: what a room must hold.
    most_nodes: atomic<u32>,
    most_patch_pairs: atomic<u32>,
    most_pairs: atomic<u32>,
    most_near: atomic<u32>,
    // 0 before the first detection, and after a body of triangles has jumped; it lasts.
    is_detected: atomic<u32>,
    // Whether margins and near pairs are (again) to be found.
    is_due: atomic<u32>,
    // Bits of the longest way on which bodies of triangles carried a vertex.
    carried: atomic<u32>,
    // Vertices that are inside bodies; near pairs with bodies; near pairs that do not count because a vertex is inside.
    inside: atomic<u32>,
    near_bodies: atomic<u32>,
    dropped: atomic<u32>,
    // Substeps of this submission for which paths of bodies of triangles are told.
    path_substeps: atomic<u32>,
    // MAY_BE_INSIDE, which lasts, and HAS_PASSED.
    judging: atomic<u32>,
    // Bits of the largest inverse mass of the cloths.
    lightest: atomic<u32>,
    // Pairs that no plane parted, in each round of truncation.
    failing: array<atomic<u32>, 16>,
    // The same in each of the iterations of the push before them.
    handing: array<atomic<u32>, 32>,
    // What cloth has given in this submission to each body of simple shape, then of triangles: impulses along three axes in units of 2^-40 N s, each a low and
    // a high word, then angular impulses likewise.
    given: array<atomic<u32>>,
}

// Whether cloth may be in bodies; whether an edge or a corner has passed one in this substep.
const MAY_BE_INSIDE: u32 = 1u;
const HAS_PASSED: u32 = 2u;

// A recorded pair.
struct Pair {
    vertices: vec4<u32>,
    // VERTEX_TRIANGLE or EDGE_EDGE.
    kind: u32,
    // Sum of the half thicknesses.
    thickness: f32,
    // Their distance when it was last measured, plus the paths until then.
    budget: f32,
    pad: u32,
}

// What a substep knows of a pair that is near.
struct Near {
    vertices: vec4<u32>,
    // Of the closest points.
    weights: vec4<f32>,
    // Unit normal from the second to the first primitive, and the gap.
    normal_gap: vec4<f32>,
    // Distance to keep; friction; PUSHES and its fellows; normal push so far.
    wanted: f32,
    friction: f32,
    flags: u32,
    pushed: f32,
    // Friction so far in this substep.
    rubbed: vec4<f32>,
    // Heights of the first three vertices above the last one along the normal; room between the primitives.
    heights: vec4<f32>,
}

// It pushes; two edges; with a body of triangles; does not count, because a vertex is inside.
const PUSHES: u32 = 1u;
const EDGES: u32 = 2u;
const HAS_BODY: u32 = 4u;
const DROPPED: u32 = 8u;

const VERTEX_TRIANGLE: u32 = 0u;
const EDGE_EDGE: u32 = 1u;

// What a dispatch among several of one kernel is told.
struct Round {
    // Round of truncation, or iteration of the push before it, from 1.
    index: u32,
    // ALWAYS, WITH_BODIES (if any pair with a body of triangles is near), HANDING (if pairs failed in the iteration `index`).
    when: u32,
    // 1 for pairs with bodies of triangles only.
    only_bodies: u32,
    // Of `push_all`; 0 for those of the settings.
    iterations: u32,
}

const ALWAYS: u32 = 0u;
const WITH_BODIES: u32 = 1u;
const HANDING: u32 = 2u;

// A body of simple shape at the end of a substep.
struct Body {
    // Whole units of its centre; POINT and its fellows.
    place: vec4<i32>,
    // The rest of its centre; what is added on all sides.
    offset: vec4<f32>,
    // Its axes. With them friction, the way in a substep by which what is inside it is brought out, and nothing.
    axis_u: vec4<f32>,
    axis_v: vec4<f32>,
    axis_w: vec4<f32>,
    // m/s and half the length; rad/s and the radius; half the sides of a box.
    velocity: vec4<f32>,
    spin: vec4<f32>,
    half_size: vec4<f32>,
}

const POINT: i32 = 0;
const SEGMENT: i32 = 1;
const HALF_SPACE: i32 = 2;
const BOX: i32 = 3;
const CYLINDER: i32 = 4;
