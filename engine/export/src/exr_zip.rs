//! OpenEXR's ZIP compression of one block, as in `ImfZip.cpp`: bytes taken apart, differences, deflate.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Compresses a block of little-endian samples. What does not get smaller is returned as it is, which readers recognise
/// by its length.
pub(crate) fn zip_block(raw: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(raw.len() / 2), Compression::fast());
    encoder.write_all(&predict(raw))?;
    let zipped = encoder.finish()?;
    Ok(if zipped.len() < raw.len() { zipped } else { raw.to_vec() })
}

/// First all even bytes, then all odd ones, each as its difference from the one before, plus 128: the high bytes of
/// neighbouring samples are much alike, and then mostly equal.
fn predict(raw: &[u8]) -> Vec<u8> {
    let mut apart = vec![0; raw.len()];
    let (even, odd) = apart.split_at_mut(raw.len().div_ceil(2));
    let (pairs, last) = raw.as_chunks::<2>();
    for ((even, odd), pair) in even.iter_mut().zip(odd).zip(pairs) {
        [*even, *odd] = *pair;
    }
    if let (Some(even), [last]) = (even.last_mut(), last) {
        *even = *last;
    }
    let differences = apart.windows(2).map(|pair| match pair {
        [before, value] => value.wrapping_sub(*before).wrapping_add(128),
        _ => 0,
    });
    apart.first().copied().into_iter().chain(differences).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_stays_and_the_others_are_differences() {
        assert_eq!(predict(&[10, 200, 12, 199, 11]), [10, 130, 127, (200 - 11 + 128_i32) as u8, 127]);
        assert!(predict(&[]).is_empty());
    }

    #[test]
    fn a_block_never_grows() {
        let mut state = 1_u32;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(4096)
        .collect();
        assert_eq!(zip_block(&noise).expect("in memory"), noise);
        assert!(zip_block(&[7; 4096]).expect("in memory").len() < 100);
    }
}
