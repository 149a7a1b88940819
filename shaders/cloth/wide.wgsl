// Integers of 64 bits as a low and a high word, and exact products of floats in them: the twin of `product_units` in
// plugins/cloth/src/solver/contact/exchange.rs. WGSL has neither such integers nor doubles. No spaces or units of its own.
#define_import_path cloth::wide

// Twos complement.
fn negated(x: vec2<u32>) -> vec2<u32> {
    let low = ~x.x + 1u;
    return vec2<u32>(low, ~x.y + select(0u, 1u, low == 0u));
}

// The low and the high word of a product in units of 2^-40, rounded to the nearest, halves away from zero; nothing of what is no normal number.
fn product_units(a: f32, b: f32) -> vec2<u32> {
    let bits_a = bitcast<u32>(a);
    let bits_b = bitcast<u32>(b);
    let exponent_a = (bits_a >> 23u) & 255u;
    let exponent_b = (bits_b >> 23u) & 255u;
    if exponent_a == 0u || exponent_b == 0u || exponent_a == 255u || exponent_b == 255u {
        return vec2<u32>();
    }
    let mantissa_a = (bits_a & 0x007fffffu) | 0x00800000u;
    let mantissa_b = (bits_b & 0x007fffffu) | 0x00800000u;
    // Halves of 12 bits: their products fit a word.
    let low_a = mantissa_a & 4095u;
    let high_a = mantissa_a >> 12u;
    let low_b = mantissa_b & 4095u;
    let high_b = mantissa_b >> 12u;
    let middle = low_a * high_b + high_a * low_b;
    let top = high_a * high_b;
    let first = low_a * low_b;
    let second = first + (middle << 12u);
    let third = second + (top << 24u);
    let carries = select(0u, 1u, second < first) + select(0u, 1u, third < second);
    var product = vec2<u32>(third, (middle >> 20u) + (top >> 8u) + carries);
    // Mantissas are integers of 2^-150, units 2^-40.
    let shift = i32(exponent_a + exponent_b) - 260;
    if shift > 15 {
        product = vec2<u32>(0u, 0x40000000u);
    } else if shift > 0 {
        let by = u32(shift);
        product = vec2<u32>(product.x << by, (product.y << by) | (product.x >> (32u - by)));
        if product.y >= 0x40000000u {
            product = vec2<u32>(0u, 0x40000000u);
        }
    } else if shift < -48 {
        product = vec2<u32>();
    } else if shift < 0 {
        let by = u32(-shift);
        // Half of what is shifted out, then down.
        let half_bit = by - 1u;
        let half = vec2<u32>(select(0u, 1u << (half_bit & 31u), half_bit < 32u), select(0u, 1u << (half_bit & 31u), half_bit >= 32u));
        let low = product.x + half.x;
        let high = product.y + half.y + select(0u, 1u, low < half.x);
        if by >= 32u {
            product = vec2<u32>(high >> (by - 32u), 0u);
        } else {
            product = vec2<u32>((low >> by) | (high << (32u - by)), high >> by);
        }
    }
    if ((bits_a ^ bits_b) & 0x80000000u) != 0u {
        return negated(product);
    }
    return product;
}

fn sum_of(a: vec2<u32>, b: vec2<u32>) -> vec2<u32> {
    let low = a.x + b.x;
    return vec2<u32>(low, a.y + b.y + select(0u, 1u, low < a.x));
}
