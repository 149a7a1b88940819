// A person's vertices: facial shapes and skinning of the body's rows, then the surface that follows them.
//
// Three entry points, run one after the other: `rows` (one invocation a row), `stencils` (one a vertex of the subdivided
// surface), `vertices` (one a drawn vertex; it also makes normal and tangent and keeps where the vertex was). Skinning as in
// plugins/humanoid/src/body.rs, linear blend and dual quaternion (Kavan et al. 2008) mixed by what the bones ask for;
// stencils and normals as in plugins/humanoid/src/look/surface.rs, tangents as in look/tangents.rs. Those are the CPU oracle.
// Spaces: everything in the person's own space, metres. Workgroups of 64 in a line; no workgroup memory, no subgroups.

struct BodyCall {
    // How many rows, stencils and drawn vertices there are.
    rows: u32,
    stencils: u32,
    vertices: u32,
    // Where the vertices go, in floats: the first vertex, from one vertex to the next, and inside of a vertex the position,
    // the normal, the tangent and the position before this call. NOWHERE where one of the last three is not wanted.
    first: u32,
    stride: u32,
    position: u32,
    normal: u32,
    tangent: u32,
    previous: u32,
}

// What a bone does to a rest position that only it moves.
struct Bone {
    // Three rows of a 3 x 4 matrix.
    rows: array<vec4<f32>, 3>,
    // The same as a unit dual quaternion.
    real: vec4<f32>,
    dual: vec4<f32>,
    // 1 where it wants to be blended as a dual quaternion, 0 as a matrix.
    is_dual: f32,
}

const NOWHERE: u32 = 0xffffffffu;

// Written by the person when its pose, face or meshes change.
@group(0) @binding(0) var<uniform> call: BodyCall;
// Weights of the facial actions, in metres per unit of a shape; by the person.
@group(0) @binding(1) var<storage, read> face: array<f32>;
// By the person.
@group(0) @binding(2) var<storage, read> bones: array<Bone>;
// Rest positions without the face, three floats a row; by the person when its shape changes.
@group(0) @binding(3) var<storage, read> shape: array<f32>;
// How far each drawn vertex stands off along its normal; by the person when its shape changes.
@group(0) @binding(4) var<storage, read> lift: array<f32>;

// `rows`: list bounds of each row, then entries. A facial entry is an action and an offset in whole units, two 16-bit
// numbers a word; a skinning entry is a bone and the bits of its weight. By the basis, once.
@group(1) @binding(0) var<storage, read> face_start: array<u32>;
@group(1) @binding(1) var<storage, read> face_entry: array<vec2<u32>>;
@group(1) @binding(2) var<storage, read> skin_start: array<u32>;
@group(1) @binding(3) var<storage, read> skin_entry: array<vec2<u32>>;
// By `rows`, for `stencils`.
@group(1) @binding(4) var<storage, read_write> posed: array<f32>;

// `stencils`: list bounds of each stencil, then entries of a row and the bits of its weight. By the surface, once.
@group(2) @binding(0) var<storage, read> stencil_start: array<u32>;
@group(2) @binding(1) var<storage, read> stencil_entry: array<vec2<u32>>;
// By `stencils`, for `vertices`.
@group(2) @binding(2) var<storage, read_write> moved: array<f32>;

// `vertices`: list bounds of the triangles around each stencil, their other two corners in order, and the stencil of each
// drawn vertex. By the surface, once.
@group(3) @binding(0) var<storage, read> fan_start: array<u32>;
@group(3) @binding(1) var<storage, read> fan_entry: array<vec2<u32>>;
@group(3) @binding(2) var<storage, read> source: array<u32>;
// List bounds of each drawn vertex, then what each of its triangles adds to the tangent: the stencils of its other corners,
// the second with the top bit set where the map is mirrored, and the bits of the weights of the edges that lead there.
@group(3) @binding(3) var<storage, read> tangent_start: array<u32>;
@group(3) @binding(4) var<storage, read> tangent_term: array<vec4<u32>>;
// The mesh's vertex buffer.
@group(3) @binding(5) var<storage, read_write> mesh: array<f32>;

fn whole(word: u32) -> vec2<f32> {
    let bits = bitcast<i32>(word);
    return vec2<f32>(f32((bits << 16u) >> 16u), f32(bits >> 16u));
}

@compute @workgroup_size(64)
fn rows(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    if row >= call.rows {
        return;
    }
    var rest = vec3<f32>(shape[row * 3u], shape[row * 3u + 1u], shape[row * 3u + 2u]);
    for (var i = face_start[row]; i < face_start[row + 1u]; i += 1u) {
        let entry = face_entry[i];
        let low = whole(entry.x);
        let high = whole(entry.y);
        rest += vec3<f32>(low.y, high.x, high.y) * face[entry.x & 0xffffu];
    }
    var sum = vec3<f32>(0.0);
    var dual_share = 0.0;
    for (var i = skin_start[row]; i < skin_start[row + 1u]; i += 1u) {
        let entry = skin_entry[i];
        let weight = bitcast<f32>(entry.y);
        sum += weight * moved_by(entry.x, vec4<f32>(rest, 1.0));
        dual_share += weight * bones[entry.x].is_dual;
    }
    if dual_share > 0.0 {
        sum = mix(sum, moved_by_dual_quaternions(row, rest), dual_share);
    }
    posed[row * 3u] = sum.x;
    posed[row * 3u + 1u] = sum.y;
    posed[row * 3u + 2u] = sum.z;
}

fn moved_by(bone: u32, place: vec4<f32>) -> vec3<f32> {
    return vec3<f32>(
        dot(bones[bone].rows[0], place),
        dot(bones[bone].rows[1], place),
        dot(bones[bone].rows[2], place),
    );
}

// The mean of the bones' dual quaternions, each with the sign nearest to the heaviest one's.
fn moved_by_dual_quaternions(row: u32, rest: vec3<f32>) -> vec3<f32> {
    var pivot = vec4<f32>(0.0, 0.0, 0.0, 1.0);
    var heaviest = -1.0;
    for (var i = skin_start[row]; i < skin_start[row + 1u]; i += 1u) {
        let weight = bitcast<f32>(skin_entry[i].y);
        if weight >= heaviest {
            heaviest = weight;
            pivot = bones[skin_entry[i].x].real;
        }
    }
    var real = vec4<f32>(0.0);
    var dual = vec4<f32>(0.0);
    for (var i = skin_start[row]; i < skin_start[row + 1u]; i += 1u) {
        let bone = skin_entry[i].x;
        let weight = bitcast<f32>(skin_entry[i].y);
        let signed_weight = select(weight, -weight, dot(bones[bone].real, pivot) < 0.0);
        real += bones[bone].real * signed_weight;
        dual += bones[bone].dual * signed_weight;
    }
    let inverse_length = inverseSqrt(max(dot(real, real), 1e-18));
    real *= inverse_length;
    dual *= inverse_length;
    let turned = rest + 2.0 * cross(real.xyz, cross(real.xyz, rest) + real.w * rest);
    return turned + 2.0 * (real.w * dual.xyz - dual.w * real.xyz + cross(real.xyz, dual.xyz));
}

fn posed_at(row: u32) -> vec3<f32> {
    return vec3<f32>(posed[row * 3u], posed[row * 3u + 1u], posed[row * 3u + 2u]);
}

@compute @workgroup_size(64)
fn stencils(@builtin(global_invocation_id) id: vec3<u32>) {
    let stencil = id.x;
    if stencil >= call.stencils {
        return;
    }
    var sum = vec3<f32>(0.0);
    for (var i = stencil_start[stencil]; i < stencil_start[stencil + 1u]; i += 1u) {
        let entry = stencil_entry[i];
        sum += posed_at(entry.x) * bitcast<f32>(entry.y);
    }
    moved[stencil * 3u] = sum.x;
    moved[stencil * 3u + 1u] = sum.y;
    moved[stencil * 3u + 2u] = sum.z;
}

fn moved_at(stencil: u32) -> vec3<f32> {
    return vec3<f32>(moved[stencil * 3u], moved[stencil * 3u + 1u], moved[stencil * 3u + 2u]);
}

fn got(at: u32) -> vec3<f32> {
    return vec3<f32>(mesh[at], mesh[at + 1u], mesh[at + 2u]);
}

fn put(at: u32, value: vec3<f32>) {
    mesh[at] = value.x;
    mesh[at + 1u] = value.y;
    mesh[at + 2u] = value.z;
}

// Along the first coordinate of the texture map, and the map's handedness.
fn tangent_of(vertex: u32, at: vec3<f32>, normal: vec3<f32>) -> vec4<f32> {
    var sum = vec3<f32>(0.0);
    var mirrored = 0u;
    for (var i = tangent_start[vertex]; i < tangent_start[vertex + 1u]; i += 1u) {
        let term = tangent_term[i];
        mirrored |= term.y;
        let to_next = moved_at(term.x) - at;
        let to_last = moved_at(term.y & 0x7fffffffu) - at;
        sum += to_next * bitcast<f32>(term.z) + to_last * bitcast<f32>(term.w);
    }
    let along = sum - normal * dot(normal, sum);
    let size = length(along);
    let tangent = select(vec3<f32>(0.0), along / size, size > 0.0);
    return vec4<f32>(tangent, select(1.0, -1.0, (mirrored >> 31u) != 0u));
}

@compute @workgroup_size(64)
fn vertices(@builtin(global_invocation_id) id: vec3<u32>) {
    let vertex = id.x;
    if vertex >= call.vertices {
        return;
    }
    let stencil = source[vertex];
    let at = moved_at(stencil);
    var area = vec3<f32>(0.0);
    for (var i = fan_start[stencil]; i < fan_start[stencil + 1u]; i += 1u) {
        let others = fan_entry[i];
        area += cross(moved_at(others.x) - at, moved_at(others.y) - at);
    }
    let size = length(area);
    let normal = select(vec3<f32>(0.0, 1.0, 0.0), area / size, size > 0.0);
    let to = call.first + vertex * call.stride;
    let place = at + normal * lift[vertex];
    if call.previous != NOWHERE {
        put(to + call.previous, got(to + call.position));
    }
    put(to + call.position, place);
    if call.normal != NOWHERE {
        put(to + call.normal, normal);
    }
    if call.tangent != NOWHERE {
        let tangent = tangent_of(vertex, at, normal);
        put(to + call.tangent, tangent.xyz);
        mesh[to + call.tangent + 3u] = tangent.w;
    }
}
