//! A picture size as it is typed: `960x540`.

use std::str::FromStr;

use kinema::core::MAX_OUTPUT_SIZE;

/// Width and height in pixels, each 1 to [`MAX_OUTPUT_SIZE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureSize {
    pub width: u32,
    pub height: u32,
}

impl FromStr for PictureSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = || format!("`{text}` is not a size; write width x height in pixels, such as 960x540");
        let (width, height) = text.split_once(['x', 'X']).ok_or_else(form)?;
        let side = |name: &str, word: &str| {
            let digits_only = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
            let pixels = digits_only.then(|| word.parse::<u64>().unwrap_or(u64::MAX)).ok_or_else(form)?;
            u32::try_from(pixels)
                .ok()
                .filter(|side| (1..=MAX_OUTPUT_SIZE).contains(side))
                .ok_or_else(|| format!("the {name} {word} is not possible; use 1 to {MAX_OUTPUT_SIZE} pixels"))
        };
        Ok(Self { width: side("width", width)?, height: side("height", height)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_parsed_within_the_limits() {
        let size = |text: &str| text.parse::<PictureSize>().map(|size| (size.width, size.height));
        assert_eq!(size("960x540"), Ok((960, 540)));
        assert_eq!(size("1X16384"), Ok((1, 16_384)));
        for text in ["", "960", "960x", "x540", "-1x5", "9.5x5", "960x540x3", "+1x1"] {
            assert!(size(text).is_err_and(|error| error.contains("is not a size")), "{text}");
        }
        for text in ["0x540", "960x0", "16385x1", "1x99999999999999999999999"] {
            assert!(size(text).is_err_and(|error| error.contains("use 1 to 16384 pixels")), "{text}");
        }
    }
}
