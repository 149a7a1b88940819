// What skin looks like at one point: albedo; fine relief, folds and gloss. A library; entry files are skin.vert, skin.frag and
// skin_irradiance.frag. Points are given on the template (metres, the same for every person, shape and pose), so that
// every mark stays with the flesh. Derived side: `GpuSkin` in plugins/humanoid/src/materials/gpu_types.rs.
//
// Relief: plates and pores from one cellular noise (S. Worley, "A cellular texture basis function", SIGGRAPH 1996);
// random numbers by pcg3d (M. Jarzynski and M. Olano, "Hash functions for GPU rendering", JCGT 9(3), 2020); normals from
// the relief's gradient without tangents (M. Mikkelsen, "Bump mapping unparametrized surfaces on the GPU", 2010).
// What is finer than a pixel fades out and becomes roughness.
#define_import_path kinema_shaders::humanoid::skin

struct Skin {
    // Diffuse albedo of plain skin, linear Rec.709; a: pigment 0 (very light) .. 1 (very dark).
    albedo: vec4<f32>,
    // Change of ln(albedo) per unit of extra pigment, and per unit of extra blood.
    per_pigment: vec4<f32>,
    per_blood: vec4<f32>,
    // Of the shade below hair, linear Rec.709.
    hair: vec4<f32>,
    // Perceptual roughness, oil 0..1, sweat 0..1, strength of pores 0..2.
    surface: vec4<f32>,
    // Freckles, blemishes, veins, wrinkles of age, each 0..1.
    marks: vec4<f32>,
    // Redness 0..1, blush -1 (pale) .. 1, the person's place in the noise 0..9, 1 when the subsurface pass adds the diffuse light.
    flow: vec4<f32>,
    // Muscles, 0..1 each: brow up left, right, brow down left, right.
    brows: vec4<f32>,
    // Squint left, right, sneer left, right.
    eyes: vec4<f32>,
    // Smile left, right, pucker, chin up.
    mouth: vec4<f32>,
}

// Shares of regions at a point, 0..1 each.
struct SkinRegions {
    lips: f32,
    lids: f32,
    ears: f32,
    nails: f32,
    // Where blood shows: cheeks, nose, ears, knuckles.
    flush: f32,
    // The shade of hair, beard and brows at their roots.
    shade: f32,
    inner_mouth: f32,
}

struct SkinSurface {
    // Gradients in template space, metres per metre: of the fine relief and of the folds.
    relief: vec3<f32>,
    fold: vec3<f32>,
    perceptual_roughness: f32,
    // 0 in creases and pores .. 1.
    openness: f32,
}

// Extra blood of lips; the same in look/skin/complexion.rs, which a test compares.
const LIP_BLOOD: f32 = 2.1;
const LEFT_EYE: vec3<f32> = vec3<f32>(0.0308, 0.7284, 0.1245);
// Size of a cell of the relief, metres: pores of cheeks lie about that far apart.
const CELL_M: f32 = 0.00085;

// Under multisampling a fragment's inputs may lie a little outside of its triangle, and so out of their range.
fn skin_regions(vertex_a: vec4<f32>, vertex_b: vec3<f32>) -> SkinRegions {
    let a = saturate(vertex_a);
    let b = saturate(vertex_b);
    return SkinRegions(a.x, a.y, a.z, a.w, b.x, b.y, b.z);
}

fn pcg3d(at: vec3<i32>) -> vec3<u32> {
    var v = bitcast<vec3<u32>>(at) * 1664525u + 1013904223u;
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    v ^= v >> vec3<u32>(16u);
    v.x += v.y * v.z;
    v.y += v.z * v.x;
    v.z += v.x * v.y;
    return v;
}

fn random3(at: vec3<i32>) -> vec3<f32> {
    return vec3<f32>(pcg3d(at) >> vec3<u32>(8u)) / 16777216.0;
}

// One number from a lattice point: three odd multipliers and a finaliser; pcg3d costs three times as much.
fn random1(at: vec3<i32>) -> f32 {
    let v = bitcast<vec3<u32>>(at) * vec3<u32>(0x9E3779B1u, 0x85EBCA77u, 0xC2B2AE3Du);
    var h = v.x ^ (v.y << 7u) ^ v.z ^ (v.y >> 5u);
    h = (h ^ (h >> 15u)) * 0x2C1B3C6Du;
    h = (h ^ (h >> 13u)) * 0x297A2D39u;
    return f32((h ^ (h >> 16u)) >> 8u) / 16777216.0;
}

// Smooth noise of one feature per unit, -1..1.
fn noise(at: vec3<f32>) -> f32 {
    let cell = floor(at);
    let t = at - cell;
    let s = t * t * (3.0 - 2.0 * t);
    let i = vec3<i32>(cell);
    let c00 = mix(random1(i), random1(i + vec3(1, 0, 0)), s.x);
    let c10 = mix(random1(i + vec3(0, 1, 0)), random1(i + vec3(1, 1, 0)), s.x);
    let c01 = mix(random1(i + vec3(0, 0, 1)), random1(i + vec3(1, 0, 1)), s.x);
    let c11 = mix(random1(i + vec3(0, 1, 1)), random1(i + vec3(1, 1, 1)), s.x);
    return mix(mix(c00, c10, s.y), mix(c01, c11, s.y), s.z) * 2.0 - 1.0;
}

// The same noise with its slope, per unit.
fn noise_sloped(at: vec3<f32>) -> Sloped {
    let cell = floor(at);
    let t = at - cell;
    let s = t * t * (3.0 - 2.0 * t);
    let ds = 6.0 * t * (1.0 - t);
    let i = vec3<i32>(cell);
    let x0 = vec4<f32>(random1(i), random1(i + vec3(0, 1, 0)), random1(i + vec3(0, 0, 1)), random1(i + vec3(0, 1, 1)));
    let x1 = vec4<f32>(random1(i + vec3(1, 0, 0)), random1(i + vec3(1, 1, 0)), random1(i + vec3(1, 0, 1)), random1(i + vec3(1, 1, 1)));
    let along_x = mix(x0, x1, s.x);
    let along_y = mix(along_x.xz, along_x.yw, s.y);
    let rise_x = mix((x1 - x0).xz, (x1 - x0).yw, s.y);
    let slope = vec3<f32>(
        mix(rise_x.x, rise_x.y, s.z) * ds.x,
        mix(along_x.y - along_x.x, along_x.w - along_x.z, s.z) * ds.y,
        (along_y.y - along_y.x) * ds.z,
    );
    return Sloped(mix(along_y.x, along_y.y, s.z) * 2.0 - 1.0, 2.0 * slope);
}

fn fractal(at: vec3<f32>) -> f32 {
    return (noise(at) + 0.5 * noise(at * 2.03 + 17.0) + 0.25 * noise(at * 4.1 + 41.0)) / 1.75;
}

struct Cells {
    near: f32,
    next: f32,
    // From the nearest and from the next centre to the point, unit length.
    from_near: vec3<f32>,
    from_next: vec3<f32>,
    random: vec3<f32>,
}

// The two nearest of randomly placed centres, one in the middle half of each unit cell, so that eight cells hold them.
fn cells(at: vec3<f32>) -> Cells {
    let base = vec3<i32>(floor(at - 0.5));
    var near = 9.0;
    var next = 9.0;
    var to_near = vec3<f32>(0.0);
    var to_next = vec3<f32>(0.0);
    var id = vec3<f32>(0.0);
    for (var corner = 0; corner < 8; corner++) {
        let cell = base + vec3(corner & 1, (corner >> 1u) & 1, corner >> 2u);
        let jitter = random3(cell);
        let to = at - (vec3<f32>(cell) + 0.2 + 0.6 * jitter);
        let squared = dot(to, to);
        let is_nearest = squared < near;
        let is_next = !is_nearest && squared < next;
        next = select(select(next, squared, is_next), near, is_nearest);
        to_next = select(select(to_next, to, is_next), to_near, is_nearest);
        near = select(near, squared, is_nearest);
        to_near = select(to_near, to, is_nearest);
        id = select(id, jitter, is_nearest);
    }
    near = sqrt(near);
    next = sqrt(next);
    return Cells(near, next, to_near / max(near, 1e-4), to_next / max(next, 1e-4), fract(id * 7.31));
}

// How much of a feature of this size survives in a pixel of this footprint, 0..1.
fn resolved(size_m: f32, footprint_m: f32) -> f32 {
    return 1.0 - smoothstep(0.30, 0.85, footprint_m / size_m);
}

// A height and what it changes by along each axis of the template, metres and metres per metre; or any other quantity.
struct Sloped {
    value: f32,
    slope: vec3<f32>,
}

fn product(a: Sloped, b: Sloped) -> Sloped {
    return Sloped(a.value * b.value, a.slope * b.value + b.slope * a.value);
}

// A crease with this distance to its middle and half width, as a height of -1..0.
fn crease(away_m: Sloped, half_width_m: f32) -> Sloped {
    let t = clamp(1.0 - abs(away_m.value) / half_width_m, 0.0, 1.0);
    let rise = 6.0 * t * (1.0 - t) * sign(away_m.value) / half_width_m;
    return Sloped(-t * t * (3.0 - 2.0 * t), away_m.slope * rise);
}

// A smooth step from 0 below `from` to 1 above `to`; falls where `to` is the lower.
fn ramp(from_: f32, to: f32, x: Sloped) -> Sloped {
    let t = clamp((x.value - from_) / (to - from_), 0.0, 1.0);
    return Sloped(t * t * (3.0 - 2.0 * t), x.slope * (6.0 * t * (1.0 - t) / (to - from_)));
}

// A soft window, 1 inside.
fn window(x: Sloped, low: f32, high: f32, soft: f32) -> Sloped {
    return product(ramp(low - soft, low + soft, x), ramp(high + soft, high - soft, x));
}

// Distance to the middle of the nearest of lines that lie `period` apart.
fn nearest_line(x: Sloped, period: f32) -> Sloped {
    return Sloped((fract(x.value / period) - 0.5) * period, x.slope);
}

fn deeper(sum: Sloped, fold: Sloped, depth: f32) -> Sloped {
    return Sloped(sum.value + fold.value * depth, sum.slope + fold.slope * depth);
}

// Folds that muscles and years draw, metres, with their slope. Places and depths are our judgement, from anatomy: folds run
// across the pull of the muscle below them. Each fades where it is finer than the pixel's footprint.
fn folds(p: vec3<f32>, footprint_m: f32, skin: Skin) -> Sloped {
    var height = Sloped(0.0, vec3<f32>(0.0));
    if p.z < 0.05 || p.y < 0.55 || abs(p.x) > 0.09 {
        return height;
    }
    let is_left = p.x > 0.0;
    let side = select(1u, 0u, is_left);
    let outwards = vec3<f32>(select(-1.0, 1.0, is_left), 0.0, 0.0);
    let up = vec3<f32>(0.0, 1.0, 0.0);
    let q = vec3<f32>(abs(p.x), p.y, p.z) - LEFT_EYE;
    let x = Sloped(q.x, outwards);
    let y = Sloped(q.y, up);
    let middle = Sloped(abs(p.x), outwards);
    let years = skin.marks.w;
    let n = noise_sloped(p * 55.0 + skin.flow.z);
    let wander = Sloped(n.value * 0.0022, n.slope * (55.0 * 0.0022));
    // Across the forehead: lines of uneven distance, broken by a second, slower wandering.
    let raise = mix(0.5 * (skin.brows.x + skin.brows.y), skin.brows[side], smoothstep(0.0, 0.02, abs(p.x)));
    let brow_depth = (0.00026 * raise + 0.00018 * years) * resolved(0.0080, footprint_m);
    if brow_depth > 0.0 && q.y > 0.026 {
        let slow = noise_sloped(vec3<f32>(p.x * 14.0, p.y * 60.0, p.z * 14.0) + 3.0 * skin.flow.z);
        let warp = slow.slope * vec3<f32>(14.0, 60.0, 14.0);
        let bent = Sloped(q.y + wander.value + 0.0030 * slow.value, up + wander.slope + 0.0030 * warp);
        let forehead = product(window(y, 0.032, 0.072, 0.006), ramp(0.058, 0.035, middle));
        let broken = Sloped(0.75 - 0.35 * slow.value, -0.35 * warp);
        height = deeper(height, product(product(crease(nearest_line(bent, 0.0105), 0.0040), forehead), broken), brow_depth);
    }
    // Between the brows, upright.
    let frown = max(skin.brows.z, skin.brows.w);
    let frown_depth = (0.00042 * frown + 0.00018 * years) * resolved(0.0068, footprint_m);
    if frown_depth > 0.0 && abs(p.x) < 0.012 {
        let away = Sloped(abs(p.x) - 0.0065 + 0.4 * wander.value, outwards + 0.4 * wander.slope);
        height = deeper(height, product(crease(away, 0.0034), window(y, 0.006, 0.034, 0.005)), frown_depth);
    }
    // Fans at the outer corners of the eyes.
    let corner = vec2<f32>(q.x - 0.0165, q.y + 0.001);
    let reach = max(length(corner), 1e-4);
    let fan_depth = (0.00022 * max(skin.eyes[side], 0.6 * skin.mouth[side]) + 0.00016 * years) * resolved(0.0040, footprint_m);
    if fan_depth > 0.0 && reach < 0.031 && corner.x > 0.0 {
        let radial = (corner.x * outwards + corner.y * up) / reach;
        let turning = (corner.x * up - corner.y * outwards) / (reach * reach);
        let far = Sloped(reach, radial);
        let cosine = Sloped(corner.x / reach, (outwards - radial * (corner.x / reach)) / reach);
        let fan = product(window(far, 0.009, 0.026, 0.004), ramp(0.1, 0.5, cosine));
        let angle = Sloped(atan2(corner.y, corner.x) + 40.0 * wander.value + 0.17, turning + 40.0 * wander.slope);
        let away = product(nearest_line(angle, 0.34), far);
        height = deeper(height, product(crease(away, 0.0020), fan), fan_depth);
    }
    // Below the eyes, along the lids.
    let bag_depth = (0.00016 * skin.eyes[side] + 0.00012 * years) * resolved(0.0022, footprint_m);
    if bag_depth > 0.0 && q.y < -0.006 && q.y > -0.025 {
        let bag = product(window(x, -0.014, 0.014, 0.004), window(y, -0.022, -0.009, 0.003));
        let line = Sloped(q.y + 7.0 * q.x * q.x + 0.5 * wander.value, up + 14.0 * q.x * outwards + 0.5 * wander.slope);
        height = deeper(height, product(crease(nearest_line(line, 0.0036), 0.0011), bag), bag_depth);
    }
    // On the sides of the nose.
    let bunny_depth = 0.00040 * skin.eyes[side + 2u] * resolved(0.0034, footprint_m);
    if bunny_depth > 0.0 {
        let bunny = product(window(middle, 0.005, 0.016, 0.003), window(y, -0.026, -0.006, 0.004));
        let slant = Sloped(q.y - 0.6 * abs(p.x) + 0.5 * wander.value, up - 0.6 * outwards + 0.5 * wander.slope);
        height = deeper(height, product(crease(nearest_line(slant, 0.0052), 0.0017), bunny), bunny_depth);
    }
    // From the wings of the nose to the corners of the mouth.
    let cheek_depth = (0.00030 * skin.mouth[side] + 0.00040 * years) * resolved(0.0150, footprint_m);
    if cheek_depth > 0.0 && q.y < -0.036 && q.y > -0.084 {
        let along = clamp((-0.040 - q.y) / 0.038, 0.0, 1.0);
        let cheek_line = 0.0215 + 0.0130 * along + 0.004 * along * along;
        let falls = select(0.0, -1.0 / 0.038, along > 0.0 && along < 1.0) * (0.0130 + 0.008 * along);
        let away = Sloped(abs(p.x) - cheek_line + 0.3 * wander.value, outwards - falls * up + 0.3 * wander.slope);
        height = deeper(height, product(crease(away, 0.0075), window(y, -0.078, -0.042, 0.006)), cheek_depth);
    }
    return height;
}

fn skin_albedo(p: vec3<f32>, footprint_m: f32, regions: SkinRegions, skin: Skin) -> vec3<f32> {
    let seed = skin.flow.z * 13.7;
    let bare = clamp(1.0 - regions.shade - regions.inner_mouth, 0.0, 1.0);
    // Pigment and blood, in units of the two derivatives.
    let blotch = fractal(p * 62.0 + seed);
    var mottle = resolved(0.0024, footprint_m);
    if mottle > 0.0 {
        mottle *= noise(p * 420.0 + seed);
    }
    var speck = resolved(0.0011, footprint_m);
    if speck > 0.0 {
        speck *= noise(p * 900.0 - seed);
    }
    var pigment = 0.05 * blotch + 0.04 * mottle + 0.05 * speck + 0.06 * regions.lids;
    var blood = 0.16 * noise(p * 105.0 - seed) - 0.10 * blotch + 0.12 * mottle - 0.10 * speck + 0.35 * regions.lids;
    blood += regions.flush * (skin.flow.x + 0.9 * skin.flow.y) - 0.25 * max(-skin.flow.y, 0.0);
    if skin.marks.x + skin.marks.y > 0.0 {
        let spot_size = 0.0042;
        let spots = cells(p / spot_size + seed);
        let sharp = resolved(0.5 * spot_size, footprint_m);
        let sunny = clamp(0.35 + 0.65 * regions.flush, 0.0, 1.0) * bare;
        let size = 0.10 + 0.22 * spots.random.y;
        let freckle = smoothstep(size, 0.4 * size, spots.near) * step(spots.random.x, 0.9 * skin.marks.x);
        pigment += 0.32 * freckle * sunny * sharp * (0.5 + 0.5 * spots.random.z);
        let blemish = smoothstep(0.30, 0.05, spots.near) * step(0.985 - 0.05 * skin.marks.y, spots.random.z);
        blood += 0.7 * blemish * skin.marks.y * bare * select(0.0, 1.0, abs(p.x) < 0.2);
    }
    if regions.lips > 0.0 {
        blood += regions.lips * (LIP_BLOOD + 0.25 * fractal(p * 200.0) + 0.2 * lip_grooves(p, footprint_m, seed));
    }
    var albedo = skin.albedo.rgb * exp(skin.per_pigment.rgb * pigment + skin.per_blood.rgb * blood);
    // Veins show blue where skin is thin: their blood swallows red first.
    let thin = max(regions.lids, 0.4 * bare) * skin.marks.z;
    if thin > 0.0 {
        let vein = smoothstep(0.16, 0.0, abs(noise(p * 38.0 + 3.0 * seed)));
        albedo *= mix(vec3<f32>(1.0), vec3<f32>(0.92, 0.975, 1.0), vein * thin);
    }
    albedo = mix(albedo, mix(albedo, vec3<f32>(0.72, 0.46, 0.40), 0.45), regions.nails);
    albedo = mix(albedo, vec3<f32>(0.24, 0.055, 0.048), regions.inner_mouth);
    albedo = mix(albedo, skin.hair.rgb, regions.shade);
    return clamp(albedo, vec3<f32>(0.002), vec3<f32>(0.98));
}

// Lips have upright grooves; -1..1.
fn lip_grooves(p: vec3<f32>, footprint_m: f32, seed: f32) -> f32 {
    return noise(vec3<f32>(p.x * 620.0, p.y * 90.0, p.z * 200.0) + seed) * resolved(0.0018, footprint_m);
}

fn skin_surface(p: vec3<f32>, footprint_m: f32, openness: f32, regions: SkinRegions, skin: Skin) -> SkinSurface {
    var out: SkinSurface;
    let seed = skin.flow.z * 13.7;
    let bare = clamp(1.0 - regions.shade - regions.inner_mouth, 0.0, 1.0);
    let on_face = select(0.0, 1.0, abs(p.x) < 0.2);
    // Relief: plates parted by furrows, pores in some of them.
    let strength = skin.surface.w * bare * (1.0 - 0.8 * regions.nails) * (1.0 - 0.75 * regions.lids);
    let oily = clamp(0.45 + 0.8 * regions.flush, 0.0, 1.2);
    let fine = resolved(CELL_M, footprint_m);
    out.relief = vec3<f32>(0.0);
    var pit = 0.0;
    if fine * strength > 0.01 {
        let c = cells(p / CELL_M);
        let furrow = smoothstep(0.26, 0.0, c.next - c.near);
        let plate = (c.from_next - c.from_near) * furrow * 0.20;
        let radius = 0.20 + 0.20 * c.random.y;
        let is_pore = step(c.random.x, 0.30 + 0.45 * oily) * on_face * (1.0 - regions.lips);
        let depth = smoothstep(radius, 0.0, c.near);
        pit = depth * is_pore;
        let wall = 4.0 * depth * (1.0 - depth);
        out.relief = (plate + c.from_near * wall * is_pore * 0.75 * oily) * strength * fine;
    }
    // A soft unevenness of a few millimetres everywhere.
    let uneven = resolved(0.004, footprint_m) * 0.10;
    if uneven > 0.0 {
        let slope = noise_sloped(p * 330.0).slope * 0.2;
        out.relief += slope * uneven * bare * (0.4 + skin.surface.w);
    }
    if regions.lips > 0.0 {
        out.relief.x += regions.lips * lip_grooves(p, footprint_m, seed) * 0.25;
    }

    let fold = folds(p, footprint_m, skin);
    out.fold = fold.slope;
    out.openness = openness * (1.0 - 0.55 * pit * fine - clamp(-fold.value * 1400.0, 0.0, 0.45));
    // What the pixel no longer resolves widens the highlight.
    let lost = 0.035 * strength * (1.0 - fine);
    let wet = clamp(max(skin.surface.z * (0.55 + 0.45 * noise(p * 140.0)), 0.45 * regions.lips), 0.0, 1.0);
    let oil = skin.surface.y * oily * on_face;
    var rough = skin.surface.x * (1.0 - 0.18 * oil);
    rough = mix(rough, 0.30, wet);
    rough = mix(rough, 0.24, regions.nails);
    rough = mix(rough, 0.22, regions.inner_mouth);
    rough = mix(rough, 0.75, regions.shade);
    out.perceptual_roughness = clamp(sqrt(sqrt(rough * rough * rough * rough + lost)), 0.15, 0.95);
    return out;
}

// Bends the world normal by a relief given as screen-space differences of its height, metres per pixel.
fn bent_normal(
    normal: vec3<f32>,
    dx_world: vec3<f32>,
    dy_world: vec3<f32>,
    dx_height: f32,
    dy_height: f32,
) -> vec3<f32> {
    let r1 = cross(dy_world, normal);
    let r2 = cross(normal, dx_world);
    let area = dot(dx_world, r1);
    let gradient = sign(area) * (dx_height * r1 + dy_height * r2);
    return normalize(abs(area) * normal - gradient + normal * 1e-12);
}
