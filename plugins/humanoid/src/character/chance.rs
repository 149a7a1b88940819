//! The distributions that made-up people are drawn from. Where no source is named the figures are our judgement: they
//! want to be plausible, not a census.

use kinema_core::Seed;

use super::constraints::{Ancestry, EyeColour, HairColour, Span};

/// Years at evenly spaced anchors of the age slider: newborn, baby, child, adult, old.
const AGE_ANCHORS_YEARS: [f32; 5] = [0.0, 1.0, 11.0, 25.0, 90.0];
const FIRST_AGE: f32 = -1.0 / 3.0;

/// The age slider at this many years.
pub fn age_slider(years: f32) -> f32 {
    let place = AGE_ANCHORS_YEARS
        .array_windows()
        .zip([0.0_f32, 1.0, 2.0, 3.0])
        .find_map(|([low, high], step)| (years < *high).then(|| step + ((years - low) / (high - low)).clamp(0.0, 1.0)));
    FIRST_AGE + place.unwrap_or(4.0) / 3.0
}

/// A normal distribution cut off at both ends, drawn by rejection; its middle if hardly anything of it lies inside.
pub fn within(seed: &mut Seed, mean: f32, sigma: f32, span: Span) -> f32 {
    for _ in 0..24 {
        let drawn = mean + sigma * seed.normal();
        if drawn >= span.least && drawn <= span.most {
            return drawn;
        }
    }
    // The span lies in a tail: uniform over the part nearest to the mean.
    let near = span.nearest_to(mean);
    let far = if near - span.least < span.most - near { span.most } else { span.least };
    near + (far - near).clamp(-sigma, sigma) * seed.unit_f32()
}

/// One of several with these weights; the first if they are all zero.
pub fn pick<T: Copy>(seed: &mut Seed, choices: &[(T, f32)], otherwise: T) -> T {
    let sum: f32 = choices.iter().map(|(_, weight)| weight.max(0.0)).sum();
    let mut rest = seed.unit_f32() * sum;
    for &(choice, weight) in choices {
        rest -= weight.max(0.0);
        if rest < 0.0 {
            return choice;
        }
    }
    otherwise
}

/// Mean and spread of skin tone of the basis' three ancestries, in the order African, Asian, Caucasian.
const TONES: [(f32, f32); 3] = [(0.74, 0.13), (0.36, 0.14), (0.20, 0.09)];

/// Shares of African, Asian and Caucasian ancestry; where only a tone is asked for, one that has it.
pub fn ancestry(seed: &mut Seed, wanted: Option<Ancestry>, tone: Option<Span>) -> [f32; 3] {
    let likely = |place: usize| {
        let (mean, sigma) = TONES.get(place).copied().unwrap_or((0.4, 0.2));
        tone.map_or(1.0, |span| (-0.5 * ((span.nearest_to(mean) - mean) / sigma).powi(2)).exp())
    };
    let main = match wanted {
        Some(Ancestry::African) => 0,
        Some(Ancestry::Asian) => 1,
        Some(Ancestry::Caucasian) => 2,
        Some(Ancestry::Mixed) | None => pick(seed, &[(0, likely(0)), (1, likely(1)), (2, likely(2))], 2),
    };
    let share = match wanted {
        Some(Ancestry::Mixed) => seed.range(0.45..0.6),
        Some(_) => seed.range(0.9..1.0),
        // Most people say one thing of themselves, some two.
        None if seed.unit_f32() < 0.2 => seed.range(0.5..0.8),
        None => seed.range(0.85..1.0),
    };
    let split = seed.unit_f32();
    let mut shares = [0.0; 3];
    for (step, part) in [(0, share), (1, (1.0 - share) * split), (2, (1.0 - share) * (1.0 - split))] {
        if let Some(slot) = shares.get_mut((main + step) % 3) {
            *slot = part;
        }
    }
    shares
}

/// Mean skin tone of these shares and the spread around it.
pub fn tone_of(shares: [f32; 3]) -> (f32, f32) {
    let of = |pick: fn(&(f32, f32)) -> f32| shares.iter().zip(&TONES).map(|(share, tone)| share * pick(tone)).sum();
    (of(|tone| tone.0), of(|tone| tone.1))
}

/// When half of a person's hair is grey, years, and how fast it turns: with these, 73 % of people between 45 and 65 have
/// some grey hair and 27 % of all hair is grey. S. Panhard, I. Lozano and G. Loussouarn, "Greying of the human hair: a
/// worldwide survey, revisiting the '50' rule of thumb", Br. J. Dermatol. 167, 2012, count 74 % and 27 %.
const HALF_GREY_YEARS: (f32, f32) = (66.0, 12.0);
const GREYING_YEARS: f32 = 6.5;

/// The share of grey hair at an age, 0..1.
pub fn grey_share(seed: &mut Seed, years: f32) -> f32 {
    let half = HALF_GREY_YEARS.0 + HALF_GREY_YEARS.1 * seed.normal();
    1.0 / (1.0 + ((half - years) / GREYING_YEARS).exp())
}

/// The natural colour of hair before it turns grey.
pub fn hair_colour(seed: &mut Seed, shares: [f32; 3]) -> HairColour {
    use HairColour::{Black, Blond, Brown, DarkBrown, LightBrown, Red};
    // Light hair needs two light parents: its share falls with the square.
    let [african, asian, caucasian] = shares;
    let light = caucasian * caucasian;
    let choices = [
        (Black, 0.75 * african + 0.65 * asian + 0.06 * caucasian),
        (DarkBrown, 0.25 * african + 0.33 * asian + 0.34 * caucasian),
        (Brown, 0.30 * light),
        (LightBrown, 0.14 * light),
        (Blond, 0.12 * light),
        (Red, 0.04 * light),
    ];
    pick(seed, &choices, DarkBrown)
}

/// The colour of irises; light eyes go with light hair and skin.
pub fn eye_colour(seed: &mut Seed, shares: [f32; 3], hair: HairColour) -> EyeColour {
    use EyeColour::{Blue, Brown, DarkBrown, Green, Grey, Hazel};
    let [african, asian, caucasian] = shares;
    let fair = match hair {
        HairColour::Blond | HairColour::Red | HairColour::LightBrown => 1.8,
        HairColour::Black => 0.4,
        _ => 1.0,
    };
    let light = caucasian * caucasian * fair;
    let choices = [
        (DarkBrown, 0.75 * african + 0.7 * asian + 0.12 * caucasian),
        (Brown, 0.25 * african + 0.3 * asian + 0.30 * caucasian),
        (Hazel, 0.14 * light),
        (Green, 0.10 * light),
        (Blue, 0.26 * light),
        (Grey, 0.07 * light),
    ];
    pick(seed, &choices, Brown)
}

/// A colour with a little of its own in each channel.
pub fn around(seed: &mut Seed, colour: [f32; 3], spread: f32) -> [f32; 3] {
    let all = spread * seed.normal();
    colour.map(|channel| (channel * (all + 0.3 * spread * seed.normal()).clamp(-0.5, 0.5).exp()).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_slider_meets_its_anchors_and_rises() {
        for (years, slider) in [(0.0, -1.0 / 3.0), (1.0, 0.0), (11.0, 1.0 / 3.0), (25.0, 2.0 / 3.0), (90.0, 1.0)] {
            assert!((age_slider(years) - slider).abs() < 1e-6, "{years}: {}", age_slider(years));
        }
        assert!((0..899).all(|n| age_slider(n as f32 * 0.1) < age_slider((n + 1) as f32 * 0.1)));
        assert_eq!((age_slider(-5.0), age_slider(120.0)), (FIRST_AGE, 1.0));
    }

    #[test]
    fn hair_turns_grey_as_the_survey_counts() {
        let mut seed = Seed(5);
        let (mut some, mut sum, count) = (0, 0.0, 20_000);
        for _ in 0..count {
            let years = seed.range(45.0..65.0);
            let share = grey_share(&mut seed, years);
            some += u32::from(share > 0.05);
            sum += share;
        }
        let (some, mean) = (f64::from(some) / f64::from(count), f64::from(sum) / f64::from(count));
        assert!((some - 0.74).abs() < 0.03 && (mean - 0.27).abs() < 0.02, "{some} have some, {mean} is grey");
        let mean = |years: f32| (0..2000).map(|n| grey_share(&mut Seed(n), years)).sum::<f32>() / 2000.0;
        assert!(mean(25.0) < 0.02 && mean(85.0) > 0.8, "{} {}", mean(25.0), mean(85.0));
    }

    #[test]
    fn drawn_numbers_stay_inside_even_of_a_span_in_the_tail() {
        let mut seed = Seed(9);
        for _ in 0..500 {
            assert!((0.4..=0.6).contains(&within(&mut seed, 0.5, 0.2, Span::new(0.4, 0.6))));
            assert!((0.9..=0.95).contains(&within(&mut seed, 0.1, 0.05, Span::new(0.9, 0.95))));
            assert_eq!(within(&mut seed, 0.1, 0.05, Span::new(0.7, 0.7)), 0.7);
        }
    }

    #[test]
    fn light_eyes_and_hair_are_rare_where_they_are_rare() {
        let mut seed = Seed(1);
        let mut light = [0; 2];
        for (place, shares) in [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]].into_iter().enumerate() {
            for _ in 0..1000 {
                let hair = hair_colour(&mut seed, shares);
                let eyes = eye_colour(&mut seed, shares, hair);
                light[place] += usize::from(matches!(eyes, EyeColour::Blue | EyeColour::Green | EyeColour::Grey));
            }
        }
        assert_eq!(light[0], 0);
        assert!((200..650).contains(&light[1]), "{light:?}");
    }
}
