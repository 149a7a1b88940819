// Where the threads of a fabric lie: a library. In: pattern coordinates in threads, footprints of a pixel in threads; out: slopes,
// directions and shades of the surface that is seen there. Drafts of weaves are those of textile books: the warp lies over a pick when
// the place in the repeat is below `over`. Threads as arcs over cylinders: P. Irawan and S. Marschner, "Specular reflection from
// woven cloth", 2012. What is finer than a pixel fades into its mean and into variances of slopes.
#define_import_path kinema_shaders::cloth::fabric_weave

#import kinema_shaders::cloth::fabric_types::Fabric
#import kinema_shaders::gpu::fibre::mixed

const TAU: f32 = 6.2831853;
// Slope of a thread where it goes under another, and of its sides; our judgement of how much of a circle is seen.
const CRIMP: f32 = 0.55;
const ROUND: f32 = 0.85;

struct Threads {
    // Share of what is seen that is warp, 0..1.
    warp: f32,
    // Slopes of the side that is seen, along u and v.
    slope: vec2<f32>,
    // Variances of slopes that are not drawn, along and across threads.
    hidden: vec2<f32>,
    // Light that reaches between threads; its mean is 1.
    open: f32,
    // Factors of the colours of warp and weft; their means are 1 where neither covers the other.
    shade: vec2<f32>,
    // Unit directions of the fibres of warp and weft, along u and v.
    warp_along: vec2<f32>,
    weft_along: vec2<f32>,
}

fn lattice(at: vec2<f32>, salt: u32) -> f32 {
    let cell = vec2<u32>(vec2<i32>(at));
    return f32(mixed(cell.x + mixed(cell.y + salt)) >> 8u) / 16777216.0;
}

// Smooth noise of one feature a unit, -1..1, and its slopes.
fn noise(at: vec2<f32>, salt: u32) -> vec3<f32> {
    let cell = floor(at);
    let t = at - cell;
    let s = t * t * (3.0 - 2.0 * t);
    let rise = 6.0 * t * (1.0 - t);
    let low = vec2(lattice(cell, salt), lattice(cell + vec2(1.0, 0.0), salt));
    let high = vec2(lattice(cell + vec2(0.0, 1.0), salt), lattice(cell + vec2(1.0, 1.0), salt));
    let ends = mix(low, high, s.y);
    return 2.0 * vec3(
        mix(ends.x, ends.y, s.x) - 0.5,
        (ends.y - ends.x) * rise.x,
        (mix(high.x, high.y, s.x) - mix(low.x, low.y, s.x)) * rise.y,
    );
}

// How much of a feature of one unit is drawn when a pixel covers `width` of it.
fn resolved(width: f32) -> f32 {
    return 1.0 - smoothstep(0.18, 0.50, width);
}

// What differs from thread to thread and along each: `across` counts threads, `along` is in thread pitches too.
fn unevenness(across: f32, along: f32, width: vec2<f32>, salt: u32) -> f32 {
    let own = noise(vec2(floor(across) + 0.5, along / 24.0), salt).x * resolved(width.x);
    let few = noise(vec2(across / 5.0, along / 70.0), salt + 1u).x * resolved(width.x / 5.0);
    let many = noise(vec2(across / 31.0, along / 300.0), salt + 2u).x * resolved(width.x / 31.0);
    return 0.26 * own + 0.16 * few + 0.10 * many;
}

// Lines of fibres within a thread, seen from near. Coordinates in thread pitches.
fn fibres(across: f32, along: f32, width: f32, twist: f32) -> f32 {
    let fine = 1.0 - smoothstep(0.03, 0.10, width);
    return fine * noise(vec2(9.0 * (across - twist * along), 0.8 * along), 77u).x;
}

// Share of a stripe of this duty and period 1 in a window about `x`.
fn stripe(x: f32, width: f32, duty: f32) -> f32 {
    let half = 0.5 * max(width, 1e-3);
    let ends = vec2(x + half, x - half);
    let sums = floor(ends) * duty + min(fract(ends), vec2(duty));
    return (sums.x - sums.y) / (2.0 * half);
}

fn wrap(x: f32, n: f32) -> f32 {
    return x - n * floor(x / n);
}

fn woven(at: vec2<f32>, width: vec2<f32>, fabric: Fabric, is_front: bool) -> Threads {
    let repeat = fabric.weave.y;
    let over = fabric.weave.z;
    let step = fabric.weave.w;
    let relief = fabric.threads.z;
    let cell = floor(at);
    let inner = at - cell;
    let place = wrap(cell.y + step * cell.x, repeat);
    let warp_is_up = place < over;
    let is_warp = warp_is_up == is_front;
    // The float that is seen: where in it this cell lies, and its length, in cells.
    let under = repeat - over;
    let weft_place = wrap(fabric.light.w * (place + 1.0) - 1.0, repeat);
    let first = select(place - over, select(weft_place, place, is_warp), warp_is_up);
    let long = select(under, over, warp_is_up);
    let along = first + select(inner.x, inner.y, is_warp);
    let t = 2.0 * select(inner.y, inner.x, is_warp) - 1.0;
    let to_end = min(along, long - along);
    let dive = max(1.0 - 2.0 * to_end, 0.0);
    let dive_slope = CRIMP * dive * select(-1.0, 1.0, along < 0.5 * long);
    let side_slope = -ROUND * t;

    let near = resolved(max(width.x, width.y));
    // Twills show their diagonals when their threads are no longer seen.
    let is_twill = step == 1.0 && repeat > 2.5;
    let diagonal = (at.x + at.y - 0.5) / repeat;
    let diagonal_width = (width.x + width.y) / repeat;
    let mid = select(0.0, 1.0 - smoothstep(0.3, 0.7, diagonal_width), is_twill);
    let warp_share = select(under, over, is_front) / repeat;
    let band = stripe(diagonal, diagonal_width, over / repeat);
    let seen_band = select(1.0 - band, band, is_front);
    let ribs = -0.16 * sin(TAU * (diagonal - 0.5 * over / repeat)) * select(-1.0, 1.0, is_front);

    var out: Threads;
    out.warp = mix(mix(warp_share, seen_band, mid), select(0.0, 1.0, is_warp), near);
    let cell_slope = select(vec2(dive_slope, side_slope), vec2(side_slope, dive_slope), is_warp);
    out.slope = relief * (near * cell_slope + (1.0 - near) * mid * vec2(ribs));
    let lengths = 0.5 * repeat;
    out.hidden = relief * relief * (1.0 - near * near) * vec2(CRIMP * CRIMP / (3.0 * lengths), ROUND * ROUND / 3.0);
    let gap = smoothstep(0.5, 1.0, abs(t));
    let shaded = (1.0 - 0.6 * gap) * (1.0 - 0.4 * dive * dive);
    let mean = 0.85 * (1.0 - 0.4 / (3.0 * lengths));
    out.open = mix(1.0, shaded / mean, near * min(relief, 1.0));
    let uneven = fabric.threads.w;
    let lines = 0.28 * fibres(0.5 * t, along, max(width.x, width.y), fabric.light.z);
    // Threads that are seldom on top lie deeper, in the shade of the others.
    let recessed = 0.4 + 0.6 * smoothstep(vec2(0.0), vec2(0.5), vec2(warp_share, 1.0 - warp_share));
    out.shade = recessed * (1.0 + uneven * vec2(
        unevenness(at.x, at.y, width, 3u),
        unevenness(at.y, at.x, width.yx, 11u),
    ) + lines);
    let turn = vec2(sin(fabric.light.z), cos(fabric.light.z));
    out.warp_along = turn;
    out.weft_along = vec2(turn.y, -turn.x);
    return out;
}

// Stocking stitch: columns of V, each side a leg that rises outwards. v runs down. The wrong side shows rows of arcs.
fn knitted(at: vec2<f32>, width: vec2<f32>, fabric: Fabric, is_front: bool) -> Threads {
    let relief = fabric.threads.z;
    // Wales are wider than courses are high.
    let pitch = vec2(1.0 / fabric.threads.x, 1.0 / fabric.threads.y);
    let x = fract(at.x) - 0.5;
    let side = select(-1.0, 1.0, x > 0.0);
    let outwards = 2.0 * abs(x);
    let rise = 1.1;
    var across = fract(-at.y - rise * outwards);
    var s = 2.0 * outwards - 1.0;
    var along = normalize(vec2(0.5 * side * pitch.x, -rise * pitch.y));
    if !is_front {
        let wave = 0.30 * cos(TAU * at.x);
        across = fract(-at.y + wave);
        s = 0.0;
        along = normalize(vec2(pitch.x, 0.30 * TAU * sin(TAU * at.x) * -pitch.y));
    }
    let t = 2.0 * across - 1.0;
    // Towards rising `across`, which is up the cloth.
    var up = vec2(along.y, -along.x);
    up = select(up, -up, up.y > 0.0);
    let dive = max((abs(s) - 0.35) / 0.65, 0.0);
    let near = resolved(max(1.6 * width.x, width.y));
    var out: Threads;
    out.warp = 1.0;
    out.slope = near * relief * (along * (-CRIMP * sign(s) * dive) + up * (-ROUND * t));
    out.hidden = relief * relief * (1.0 - near * near) * vec2(0.18, 0.22);
    let shaded = (1.0 - 0.62 * smoothstep(0.45, 1.0, abs(t))) * (1.0 - 0.45 * dive * dive);
    out.open = mix(1.0, shaded / select(0.83, 0.745, is_front), near * min(relief, 1.0));
    let lines = 0.28 * fibres(0.5 * t, s, max(width.x, width.y), 0.4);
    // One yarn runs along a course.
    out.shade = vec2(1.0 + fabric.threads.w * unevenness(at.y, at.x, width.yx, 5u) + lines);
    let mean_along = select(vec2(1.0, 0.0), vec2(0.0, 1.0), is_front);
    out.warp_along = normalize(mix(mean_along, along * sign(dot(along, mean_along)), near));
    out.weft_along = vec2(1.0, 0.0);
    return out;
}

// Grain of leather: cells with creases between them (S. Worley, "A cellular texture basis function", SIGGRAPH 1996). The flesh
// side is plain suede.
fn grained(at: vec2<f32>, width: vec2<f32>, fabric: Fabric, is_front: bool) -> Threads {
    var out: Threads;
    out.warp = 1.0;
    out.warp_along = vec2(0.0, 1.0);
    out.weft_along = vec2(1.0, 0.0);
    out.open = 1.0;
    out.shade = vec2(1.0 + 0.12 * fabric.threads.w * noise(at / 40.0, 21u).x);
    let relief = fabric.threads.z;
    if !is_front {
        out.hidden = vec2(0.5);
        return out;
    }
    let bend = vec2(noise(at / 3.1, 31u).x, noise(at / 3.1, 32u).x);
    let p = at + 0.45 * bend;
    let base = floor(p);
    var near_square = 9.0;
    var next_square = 9.0;
    var to_near = vec2(0.0);
    var to_next = vec2(0.0);
    for (var i = 0; i < 9; i++) {
        let cell = base + vec2(f32(i % 3 - 1), f32(i / 3 - 1));
        let centre = cell + 0.15 + 0.7 * vec2(lattice(cell, 41u), lattice(cell, 42u));
        let to = p - centre;
        let square = dot(to, to);
        let is_nearest = square < near_square;
        let is_next = !is_nearest && square < next_square;
        next_square = select(select(next_square, square, is_next), near_square, is_nearest);
        to_next = select(select(to_next, to, is_next), to_near, is_nearest);
        near_square = select(near_square, square, is_nearest);
        to_near = select(to_near, to, is_nearest);
    }
    let to_edge = sqrt(next_square) - sqrt(near_square);
    let uphill = normalize(to_next + vec2(1e-5, 0.0)) - normalize(to_near + vec2(1e-5, 0.0));
    // Pebbles: steep at the crease, round to the middle.
    let away = min(to_edge / 0.55, 1.0);
    let steep = (1.0 - away) * (1.0 - away);
    // Grains stand out more in some places than in others.
    let stand = 0.75 + 0.45 * noise(at / 9.0, 33u).x;
    let drawn = resolved(0.8 * max(width.x, width.y));
    let fine = resolved(3.0 * max(width.x, width.y));
    let wrinkle = noise(3.7 * p, 51u).yz;
    out.slope = relief * (drawn * 0.42 * stand * steep * uphill + fine * 0.07 * wrinkle);
    out.hidden = relief * relief * vec2(0.02 * (1.0 - drawn * drawn));
    let crease = max(1.0 - to_edge / 0.22, 0.0);
    out.open = mix(1.0, (1.0 - 0.38 * stand * crease * crease) / 0.965, drawn * min(relief, 1.0));
    return out;
}

// `uv`: metres; `dx`, `dy`: what they change by from pixel to pixel.
fn threads_at(uv: vec2<f32>, dx: vec2<f32>, dy: vec2<f32>, fabric: Fabric, is_front: bool) -> Threads {
    let per_m = fabric.threads.xy;
    let at = uv * per_m;
    let footprint_m = sqrt(dx * dx + dy * dy);
    let width = footprint_m * per_m;
    let kind = fabric.weave.x;
    var out: Threads;
    if kind < 0.5 {
        out = woven(at, width, fabric, is_front);
    } else if kind < 1.5 {
        out = knitted(at, width, fabric, is_front);
    } else if kind < 2.5 {
        out = grained(at, width, fabric, is_front);
    } else {
        out.warp = 1.0;
        out.open = 1.0;
        out.shade = vec2(1.0);
        out.warp_along = vec2(0.0, 1.0);
        out.weft_along = vec2(1.0, 0.0);
    }
    // Nothing that was woven lies quite flat: waves of some millimetres and centimetres.
    let width_m = max(footprint_m.x, footprint_m.y);
    let waves = noise(uv * 45.0, 61u).yz * resolved(45.0 * width_m) + 0.7 * noise(uv * 140.0, 62u).yz * resolved(140.0 * width_m);
    out.slope += 0.014 * fabric.threads.w * waves * select(-1.0, 1.0, is_front);
    return out;
}
