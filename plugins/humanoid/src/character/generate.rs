//! People made up from a seed: what is asked for is kept, what is left open is drawn so that it fits together.

use std::collections::BTreeMap;

use kinema_core::Seed;

use super::{
    Character, SCHEMA_VERSION,
    chance::{age_slider, ancestry, around, eye_colour, grey_share, hair_colour, pick, tone_of, within},
    constraints::{Constraints, HairColour, Span},
    features,
};
use crate::{
    phenotype::Phenotype,
    settings::{BeardStyle, Cloth, Eyes, Hair, HairStyle, Human, Parting, Skin},
};

/// Makes people up. The same seed, constraints and index give the same person.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Generator {
    pub seed: u64,
    pub constraints: Constraints,
}

/// Left open, people are adults.
const ADULT_YEARS: Span = Span::new(18.0, 85.0);
const SLIDER: Span = Span::new(0.02, 0.98);

/// Colours of suits and shoes, linear Rec.709. No suit has a colour that skin has.
const SUITS: [[f32; 3]; 10] = [
    [0.035, 0.050, 0.085],
    [0.140, 0.260, 0.300],
    [0.120, 0.055, 0.060],
    [0.060, 0.110, 0.070],
    [0.185, 0.205, 0.215],
    [0.050, 0.048, 0.050],
    [0.045, 0.165, 0.150],
    [0.090, 0.080, 0.150],
    [0.150, 0.040, 0.100],
    [0.080, 0.140, 0.210],
];
const SHOES: [[f32; 3]; 4] =
    [[0.020, 0.019, 0.018], [0.065, 0.036, 0.020], [0.120, 0.110, 0.100], [0.035, 0.040, 0.055]];

impl Generator {
    /// The person number `index` of this seed.
    pub fn person(&self, index: u64) -> Character {
        let stream = |name: &str| Seed::for_part(self.seed, &format!("person {index}"), name);
        let wanted = &self.constraints;
        let years = years(&mut stream("age"), wanted.age_years);
        let (shares, tone) = colouring(&mut stream("skin"), wanted);
        let phenotype = phenotype(&mut stream("build"), wanted, years, shares);
        let (hair, natural) = hair(&mut stream("hair"), wanted, years, phenotype.gender, shares);
        let mut cloth = stream("cloth");
        Character {
            schema: SCHEMA_VERSION,
            name: String::new(),
            phenotype: rounded(phenotype),
            local: features::draw(&mut stream("face"), years, phenotype.weight),
            face: resting_face(&mut stream("lids"), years),
            skin: Skin {
                pattern: (stream("pattern").next_u64() % 1000) as u16,
                ..skin(&mut stream("blood"), tone, years)
            },
            eyes: eyes(&mut stream("eyes"), wanted, shares, natural),
            hair,
            suit: dyed(&mut cloth, &SUITS, Human::default().suit),
            shoes: dyed(&mut cloth, &SHOES, Human::default().shoes),
        }
    }
}

fn years(seed: &mut Seed, wanted: Option<Span>) -> f32 {
    // Of a narrow range all ages are alike; of a wide one people of 30 to 50 are the most.
    match wanted.unwrap_or(ADULT_YEARS) {
        span if span.most - span.least < 40.0 => span.least + (span.most - span.least) * seed.unit_f32(),
        span => within(seed, 42.0, 18.0, span),
    }
}

/// Ancestry and skin tone, which go together.
fn colouring(seed: &mut Seed, wanted: &Constraints) -> ([f32; 3], f32) {
    let shares = ancestry(seed, wanted.ancestry, wanted.tone);
    let (mean, sigma) = tone_of(shares);
    (shares, within(seed, mean, sigma, wanted.tone.unwrap_or(Span::new(0.03, 0.95))))
}

fn phenotype(seed: &mut Seed, wanted: &Constraints, years: f32, [african, asian, caucasian]: [f32; 3]) -> Phenotype {
    let gender = match wanted.gender {
        Some(span) => within(seed, span.nearest_to(span.middle().round()), 0.06, span),
        None if seed.unit_f32() < 0.5 => within(seed, 1.0, 0.07, Span::new(0.85, 1.0)),
        None => within(seed, 0.0, 0.07, Span::new(0.0, 0.15)),
    };
    let grown = ((years - 12.0) / 8.0).clamp(0.0, 1.0);
    let aged = ((years - 30.0) / 60.0).clamp(0.0, 1.0);
    // Of adults, men have more muscle; it goes with age, and fat comes until about 60.
    let muscle_mean = 0.48 + grown * (0.1 * (1.0 - gender)) - 0.2 * aged;
    let weight_mean =
        0.44 + 0.14 * ((years - 20.0) / 40.0).clamp(0.0, 1.0) - 0.1 * ((years - 70.0) / 20.0).clamp(0.0, 1.0);
    let muscle = within(seed, muscle_mean, 0.11, wanted.muscle.unwrap_or(SLIDER));
    // A strong build weighs more.
    let weight = within(seed, weight_mean + 0.2 * (muscle - 0.5).max(0.0), 0.12, wanted.weight.unwrap_or(SLIDER));
    let height = within(seed, 0.5 - 0.1 * aged, 0.15, wanted.height.unwrap_or(SLIDER));
    let proportions = within(seed, 0.45, 0.14, Span::new(0.15, 0.8));
    let cupsize = within(seed, 0.4 + 0.3 * (weight - 0.5), 0.12, Span::new(0.1, 0.8));
    let firmness = within(seed, 0.62 - 0.35 * aged, 0.1, Span::new(0.1, 0.9));
    Phenotype {
        gender,
        age: age_slider(years),
        muscle,
        weight,
        height,
        proportions,
        cupsize,
        firmness,
        african,
        asian,
        caucasian,
    }
}

/// Hair, and the colour it had before it turned grey.
fn hair(seed: &mut Seed, wanted: &Constraints, years: f32, gender: f32, shares: [f32; 3]) -> (Hair, HairColour) {
    let drawn = hair_colour(seed, shares);
    let share = grey_share(seed, years);
    let natural = match wanted.hair_colour {
        None | Some(HairColour::Grey | HairColour::White) => drawn,
        Some(colour) => colour,
    };
    let own = around(seed, natural.colour(), 0.18);
    // White hair looks grey while dark hair is left between.
    let grey = HairColour::Grey.colour().map(|channel| channel + 0.26 * ((years - 60.0) / 30.0).clamp(0.0, 1.0));
    let colour = match wanted.hair_colour {
        None => mixed(own, grey, share),
        Some(colour @ (HairColour::Grey | HairColour::White)) => around(seed, colour.colour(), 0.08),
        Some(_) => own,
    };
    let span = wanted.hair_length_m.unwrap_or(Span::new(0.004, 0.6));
    let style = pick(seed, &styles(years, gender, shares, span), HairStyle::Crop);
    let mut hair = Hair::styled(style);
    let length_m = if years < 2.5 { 0.010 } else { hair.length_m * within(seed, 1.0, 0.12, Span::new(0.7, 1.3)) };
    hair.length_m = rounded_to(length_m.clamp(span.least, span.most), 1e4);
    hair.colour = colour.map(|channel| rounded_to(channel, 1e4));
    hair.part = pick(seed, &[(Parting::Left, 3.0), (Parting::Right, 1.5), (Parting::Centre, 1.0)], Parting::Left);
    // Hair thins with the years: with most men from forty on, with women later and less. How much is our judgement.
    let thinning = ((years - 35.0) / 50.0).clamp(0.0, 1.0);
    let share = seed.unit_f32();
    hair.receding = rounded_to(thinning * (0.15 + 0.75 * share) * (1.0 - 0.85 * gender), 1e3);
    hair.density = rounded_to(1.0 - 0.25 * thinning * (0.4 + 0.6 * share), 1e3);
    if gender < 0.3 && years > 20.0 && seed.unit_f32() < 0.35 {
        let styles = [
            (BeardStyle::Stubble, 3.0),
            (BeardStyle::Full, 1.5),
            (BeardStyle::Goatee, 0.7),
            (BeardStyle::Moustache, 0.5),
        ];
        hair.beard.style = pick(seed, &styles, BeardStyle::Stubble);
    }
    (hair, natural)
}

/// Styles that a person may wear, with weights: our judgement. A length that is asked for leaves those that have it.
fn styles(years: f32, gender: f32, [african, ..]: [f32; 3], span: Span) -> Vec<(HairStyle, f32)> {
    use HairStyle::{Bald, Bob, Bun, Buzz, Coils, Crop, Curly, Long, Ponytail, SidePart, Wavy};
    if !(span.most > 0.0) {
        return vec![(Bald, 1.0)];
    }
    let (coiled, grown) = (african, if years < 2.5 { 0.0 } else { 1.0 });
    let (her, his) = (gender, 1.0 - gender);
    let old = ((years - 55.0) / 20.0).clamp(0.0, 1.0);
    let all = [
        (Crop, his * 3.0 + her * old * 1.5 + 1.0 - grown),
        (SidePart, (his * 2.0 + her * 0.3) * (1.0 - coiled)),
        (Buzz, his * (1.0 + 2.0 * coiled) + 0.3 * (1.0 - grown)),
        (Curly, (0.4 * his + 0.8 * her) * grown),
        (Coils, (0.6 * his + 3.0 * her) * coiled * 2.0 * grown),
        (Bob, her * 2.0 * (1.0 - coiled) * grown),
        (Long, her * 2.0 * (1.0 - coiled) * (1.0 - old) * grown),
        (Wavy, her * 2.0 * (1.0 - coiled) * grown),
        (Ponytail, her * 1.5 * (1.0 - 0.5 * old) * grown),
        (Bun, her * (0.8 + old) * grown),
    ];
    let fits = |style: HairStyle| {
        let length_m = Hair::styled(style).length_m;
        (span.least..=span.most).contains(&length_m)
    };
    let fitting: Vec<(HairStyle, f32)> = all.into_iter().filter(|(style, _)| fits(*style)).collect();
    // A length that no style has by itself, such as a centimetre, is a crop cut to it.
    if fitting.iter().any(|(_, weight)| *weight > 0.0) { fitting } else { vec![(Crop, 1.0)] }
}

fn mixed(from: [f32; 3], to: [f32; 3], share: f32) -> [f32; 3] {
    let mut mixed = from;
    mixed.iter_mut().zip(to).for_each(|(channel, to)| *channel += (to - *channel) * share);
    mixed
}

fn skin(seed: &mut Seed, tone: f32, years: f32) -> Skin {
    let mut skin = Skin::default();
    let aged = ((years - 40.0) / 50.0).clamp(0.0, 1.0);
    skin.tone = rounded_to(tone, 1e3);
    skin.redness = rounded_to(within(seed, 0.4 + 0.1 * aged, 0.12, Span::new(0.1, 0.8)), 1e3);
    // Old skin makes less oil.
    skin.roughness = rounded_to(within(seed, 0.48 + 0.07 * aged, 0.04, Span::new(0.38, 0.64)), 1e3);
    // Freckles come with very light skin, and not to everybody.
    let fair = ((0.3 - tone) / 0.2).clamp(0.0, 1.0);
    skin.freckles = rounded_to((0.05 + 0.6 * fair * (seed.unit_f32() - 0.4).max(0.0) + 0.15 * aged).min(1.0), 1e3);
    skin.blemishes = rounded_to((0.22 * seed.unit_f32()).max(0.05), 1e3);
    skin
}

fn eyes(seed: &mut Seed, wanted: &Constraints, shares: [f32; 3], hair: HairColour) -> Eyes {
    let mut eyes = Eyes::default();
    let drawn = eye_colour(seed, shares, hair);
    let colour = around(seed, wanted.eye_colour.unwrap_or(drawn).colour(), 0.15);
    eyes.iris_colour = colour.map(|channel| rounded_to(channel, 1e4));
    eyes.pupil = rounded_to(within(seed, 0.36, 0.03, Span::new(0.3, 0.42)), 1e3);
    eyes
}

/// Lids rest a little lower with age, and nobody's two eyes are quite alike.
fn resting_face(seed: &mut Seed, years: f32) -> BTreeMap<String, f32> {
    let aged = ((years - 30.0) / 60.0).clamp(0.0, 1.0);
    let open = within(seed, 0.15 - 0.07 * aged, 0.03, Span::new(0.0, 0.26));
    let sides = ["eyeWideLeft", "eyeWideRight"].map(|name| (name, open + 0.012 * seed.normal().clamp(-2.0, 2.0)));
    sides.into_iter().map(|(name, weight)| (name.to_owned(), rounded_to(weight.clamp(0.0, 0.3), 1e3))).collect()
}

fn dyed(seed: &mut Seed, colours: &[[f32; 3]], cloth: Cloth) -> Cloth {
    let choices: Vec<([f32; 3], f32)> = colours.iter().map(|&colour| (colour, 1.0)).collect();
    let colour = pick(seed, &choices, cloth.colour);
    Cloth { colour: around(seed, colour, 0.12).map(|channel| rounded_to(channel, 1e4)), ..cloth }
}

/// Files show what was drawn, so it is drawn no finer than they show.
fn rounded(mut phenotype: Phenotype) -> Phenotype {
    for (_, range, field) in Phenotype::sliders() {
        let value = field(&mut phenotype);
        *value = rounded_to(*value, 1e3).clamp(*range.start(), *range.end());
    }
    phenotype
}

fn rounded_to(value: f32, steps: f32) -> f32 {
    (value * steps).round() / steps
}
