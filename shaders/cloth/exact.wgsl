// Arithmetic that every device does alike: the twin of plugins/cloth/src/solver/{exact,vec3}.rs, same names and same order of operations.
//
// With EXACT each operation is closed by `rounded`: the bits pass through an xor with a uniform that is zero, which no compiler can
// see through, so that nothing is contracted, rearranged or widened; what is not above the least normal number becomes zero. Without EXACT the
// barrier is compiled out and reciprocals are the device's own: the fast mode, whose bits differ from device to device.
// Signs are changed on the bits, because a device may make `-x` into `0 - x`. No spaces or units of its own.
#define_import_path cloth::exact

// x is zero, always. Written once, by whoever binds a kernel.
@group(0) @binding(0) var<uniform> exact_zero: vec4<u32>;

fn rounded(x: f32) -> f32 {
#ifdef EXACT
    let bits = bitcast<u32>(x) ^ exact_zero.x;
    return bitcast<f32>(select(bits, 0u, (bits & 0x7fffffffu) <= 0x00800000u));
#else
    return x;
#endif
}

fn rounded3(v: vec3<f32>) -> vec3<f32> {
#ifdef EXACT
    let bits = bitcast<vec3<u32>>(v) ^ vec3<u32>(exact_zero.x);
    let is_zero = (bits & vec3<u32>(0x7fffffffu)) <= vec3<u32>(0x00800000u);
    return bitcast<vec3<f32>>(select(bits, vec3<u32>(0u), is_zero));
#else
    return v;
#endif
}

fn add(a: f32, b: f32) -> f32 {
    return rounded(a + b);
}

fn sub(a: f32, b: f32) -> f32 {
    return rounded(a - b);
}

fn mul(a: f32, b: f32) -> f32 {
    return rounded(a * b);
}

fn neg(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) ^ 0x80000000u);
}

fn magnitude(x: f32) -> f32 {
    return bitcast<f32>(bitcast<u32>(x) & 0x7fffffffu);
}

fn is_nan(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

fn is_finite(x: f32) -> bool {
    return (bitcast<u32>(x) & 0x7fffffffu) < 0x7f800000u;
}

fn recip(x: f32) -> f32 {
#ifdef EXACT
    let bits = bitcast<u32>(x);
    let a = magnitude(x);
    var y = bitcast<f32>(0x7ef311c7u - (bits & 0x7fffffffu));
    y = mul(y, sub(2.0, mul(a, y)));
    y = mul(y, sub(2.0, mul(a, y)));
    y = mul(y, sub(2.0, mul(a, y)));
    return select(y, neg(y), x < 0.0);
#else
    return 1.0 / x;
#endif
}

fn div(a: f32, b: f32) -> f32 {
    return mul(a, recip(b));
}

fn rsqrt(x: f32) -> f32 {
#ifdef EXACT
    let half = mul(0.5, x);
    var y = bitcast<f32>(0x5f375a86u - (bitcast<u32>(x) >> 1u));
    y = mul(y, sub(1.5, mul(half, mul(y, y))));
    y = mul(y, sub(1.5, mul(half, mul(y, y))));
    y = mul(y, sub(1.5, mul(half, mul(y, y))));
    return y;
#else
    return inverseSqrt(x);
#endif
}

// Zero of anything that is not a normal positive number.
fn root(x: f32) -> f32 {
    let value = mul(x, rsqrt(x));
    return select(0.0, value, x >= 1.17549435e-38);
}

// The smaller and the larger of two numbers that are not NaN; `a` where they are equal.
fn smaller(a: f32, b: f32) -> f32 {
    return select(a, b, b < a);
}

fn larger(a: f32, b: f32) -> f32 {
    return select(a, b, b > a);
}

fn add3(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
    return rounded3(a + b);
}

fn sub3(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
    return rounded3(a - b);
}

fn scale(v: vec3<f32>, s: f32) -> vec3<f32> {
    return rounded3(v * s);
}

fn add_scaled(a: vec3<f32>, b: vec3<f32>, s: f32) -> vec3<f32> {
    return add3(a, scale(b, s));
}

fn neg3(v: vec3<f32>) -> vec3<f32> {
    return bitcast<vec3<f32>>(bitcast<vec3<u32>>(v) ^ vec3<u32>(0x80000000u));
}

// (x x' + y y') + z z'. Named apart from WGSL's own, which may round otherwise.
fn inner(a: vec3<f32>, b: vec3<f32>) -> f32 {
    let p = rounded3(a * b);
    return add(add(p.x, p.y), p.z);
}

fn outer(a: vec3<f32>, b: vec3<f32>) -> vec3<f32> {
    return sub3(rounded3(a.yzx * b.zxy), rounded3(a.zxy * b.yzx));
}

fn length_squared(v: vec3<f32>) -> f32 {
    return inner(v, v);
}

fn magnitude3(v: vec3<f32>) -> f32 {
    return root(length_squared(v));
}

// v / |v|, or the fallback where the square of the length is not a normal positive number.
fn normalised_or(v: vec3<f32>, fallback: vec3<f32>) -> vec3<f32> {
    let square = length_squared(v);
    let unit = scale(v, rsqrt(square));
    return select(fallback, unit, square >= 1.17549435e-38);
}
