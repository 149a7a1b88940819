//! The words that describe a person, and what each means of what.

use super::constraints::{Ancestry, EyeColour, HairColour, Span};

/// What an adjective can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    Person,
    Build,
    Height,
    Skin,
    Hair,
    Eyes,
}

/// One thing that is asked of a person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Trait {
    Gender(Span),
    /// Years.
    Age(Span),
    Weight(Span),
    Muscle(Span),
    Height(Span),
    Tone(Span),
    Ancestry(Ancestry),
    HairColour(HairColour),
    HairLength(Span),
    EyeColour(EyeColour),
}

use Topic::{Build, Eyes, Hair, Height, Person, Skin};

const FEMALE: Trait = Trait::Gender(Span::new(0.85, 1.0));
const MALE: Trait = Trait::Gender(Span::new(0.0, 0.15));
const GROWN: Trait = age(18.0, 90.0);

const fn age(least: f32, most: f32) -> Trait {
    Trait::Age(Span::new(least, most))
}

const fn weight(least: f32, most: f32) -> Trait {
    Trait::Weight(Span::new(least, most))
}

const fn muscle(least: f32, most: f32) -> Trait {
    Trait::Muscle(Span::new(least, most))
}

const fn height(least: f32, most: f32) -> Trait {
    Trait::Height(Span::new(least, most))
}

const fn tone(least: f32, most: f32) -> Trait {
    Trait::Tone(Span::new(least, most))
}

const fn length(least_m: f32, most_m: f32) -> Trait {
    Trait::HairLength(Span::new(least_m, most_m))
}

/// Nouns: the word, what adjectives beside it are about, and what it says itself.
pub const NOUNS: &[(&str, Topic, &[Trait])] = &[
    ("person", Person, &[]),
    ("human", Person, &[]),
    ("somebody", Person, &[]),
    ("adult", Person, &[age(20.0, 65.0)]),
    ("woman", Person, &[FEMALE, GROWN]),
    ("lady", Person, &[FEMALE, GROWN]),
    ("female", Person, &[FEMALE]),
    ("man", Person, &[MALE, GROWN]),
    ("gentleman", Person, &[MALE, GROWN]),
    ("male", Person, &[MALE]),
    ("girl", Person, &[FEMALE, age(4.0, 15.0)]),
    ("boy", Person, &[MALE, age(4.0, 15.0)]),
    ("child", Person, &[age(4.0, 12.0)]),
    ("kid", Person, &[age(4.0, 12.0)]),
    ("baby", Person, &[age(0.3, 2.0)]),
    ("toddler", Person, &[age(1.0, 3.5)]),
    ("teenager", Person, &[age(13.0, 19.0)]),
    ("teen", Person, &[age(13.0, 19.0)]),
    ("grandmother", Person, &[FEMALE, age(60.0, 88.0)]),
    ("grandfather", Person, &[MALE, age(60.0, 88.0)]),
    ("build", Build, &[]),
    ("built", Build, &[]),
    ("body", Build, &[]),
    ("figure", Build, &[]),
    ("weight", Build, &[]),
    ("height", Height, &[]),
    ("skin", Skin, &[]),
    ("skinned", Skin, &[]),
    ("complexion", Skin, &[]),
    ("hair", Hair, &[]),
    ("haired", Hair, &[]),
    ("eye", Eyes, &[]),
    ("eyes", Eyes, &[]),
    ("eyed", Eyes, &[]),
];

/// Nouns that mean people who are not grown up.
pub const YOUNG_NOUNS: [&str; 8] = ["girl", "boy", "child", "kid", "baby", "toddler", "teenager", "teen"];

/// Adjectives: the word, and what it says of each topic. The first is meant where no noun says otherwise and the word has
/// no meaning for a person.
pub const ADJECTIVES: &[(&str, &[(Topic, Trait)])] = &[
    ("androgynous", &[(Person, Trait::Gender(Span::new(0.4, 0.6)))]),
    ("young", &[(Person, age(0.0, 30.0))]),
    ("teenage", &[(Person, age(13.0, 19.0))]),
    ("middle-aged", &[(Person, age(42.0, 58.0))]),
    ("old", &[(Person, age(65.0, 85.0))]),
    ("elderly", &[(Person, age(70.0, 88.0))]),
    ("thin", &[(Person, weight(0.1, 0.28)), (Build, weight(0.1, 0.28))]),
    ("skinny", &[(Person, weight(0.02, 0.2)), (Build, weight(0.02, 0.2))]),
    ("slim", &[(Person, weight(0.22, 0.38)), (Build, weight(0.22, 0.38))]),
    ("slender", &[(Person, weight(0.2, 0.36)), (Build, weight(0.2, 0.36))]),
    ("lean", &[(Person, weight(0.2, 0.36)), (Build, weight(0.2, 0.36))]),
    ("slight", &[(Person, weight(0.2, 0.36)), (Build, weight(0.2, 0.36))]),
    ("stocky", &[(Person, weight(0.58, 0.75)), (Build, weight(0.58, 0.75))]),
    ("sturdy", &[(Person, weight(0.56, 0.7)), (Build, weight(0.56, 0.7))]),
    ("plump", &[(Person, weight(0.65, 0.8)), (Build, weight(0.65, 0.8))]),
    ("chubby", &[(Person, weight(0.65, 0.8)), (Build, weight(0.65, 0.8))]),
    ("overweight", &[(Person, weight(0.7, 0.9)), (Build, weight(0.7, 0.9))]),
    ("heavy", &[(Person, weight(0.72, 0.92)), (Build, weight(0.72, 0.92))]),
    ("large", &[(Person, weight(0.72, 0.92)), (Build, weight(0.72, 0.92))]),
    ("fat", &[(Person, weight(0.78, 0.97)), (Build, weight(0.78, 0.97))]),
    ("athletic", &[(Person, muscle(0.65, 0.82)), (Build, muscle(0.65, 0.82))]),
    ("fit", &[(Person, muscle(0.58, 0.75)), (Build, muscle(0.58, 0.75))]),
    ("muscular", &[(Person, muscle(0.74, 0.95)), (Build, muscle(0.74, 0.95))]),
    ("strong", &[(Person, muscle(0.65, 0.88)), (Build, muscle(0.65, 0.88))]),
    ("frail", &[(Person, muscle(0.1, 0.3)), (Build, muscle(0.1, 0.3))]),
    ("tall", &[(Person, height(0.7, 0.92)), (Build, height(0.7, 0.92)), (Height, height(0.7, 0.92))]),
    (
        "short",
        &[
            (Person, height(0.08, 0.3)),
            (Build, height(0.08, 0.3)),
            (Height, height(0.08, 0.3)),
            (Hair, length(0.008, 0.022)),
        ],
    ),
    ("small", &[(Person, height(0.08, 0.3)), (Build, height(0.08, 0.3)), (Height, height(0.08, 0.3))]),
    ("petite", &[(Person, height(0.08, 0.28)), (Build, height(0.08, 0.28))]),
    (
        "average",
        &[
            (Build, weight(0.42, 0.58)),
            (Height, height(0.42, 0.58)),
            (Skin, tone(0.32, 0.5)),
            (Hair, length(0.025, 0.045)),
        ],
    ),
    (
        "medium",
        &[
            (Build, weight(0.42, 0.58)),
            (Height, height(0.42, 0.58)),
            (Skin, tone(0.32, 0.5)),
            (Hair, length(0.025, 0.045)),
        ],
    ),
    ("normal", &[(Build, weight(0.42, 0.58)), (Height, height(0.42, 0.58))]),
    (
        "dark",
        &[
            (Person, tone(0.68, 0.9)),
            (Skin, tone(0.68, 0.9)),
            (Hair, Trait::HairColour(HairColour::DarkBrown)),
            (Eyes, Trait::EyeColour(EyeColour::DarkBrown)),
        ],
    ),
    (
        "light",
        &[
            (Skin, tone(0.1, 0.26)),
            (Hair, Trait::HairColour(HairColour::LightBrown)),
            (Eyes, Trait::EyeColour(EyeColour::Grey)),
            (Build, weight(0.22, 0.38)),
        ],
    ),
    ("fair", &[(Skin, tone(0.08, 0.22)), (Hair, Trait::HairColour(HairColour::Blond))]),
    ("pale", &[(Person, tone(0.03, 0.15)), (Skin, tone(0.03, 0.15))]),
    ("olive", &[(Skin, tone(0.36, 0.5))]),
    ("tanned", &[(Person, tone(0.36, 0.5)), (Skin, tone(0.36, 0.5))]),
    (
        "brown",
        &[
            (Hair, Trait::HairColour(HairColour::Brown)),
            (Skin, tone(0.5, 0.7)),
            (Eyes, Trait::EyeColour(EyeColour::Brown)),
        ],
    ),
    (
        "black",
        &[
            (Person, Trait::Ancestry(Ancestry::African)),
            (Hair, Trait::HairColour(HairColour::Black)),
            (Skin, tone(0.74, 0.95)),
            (Eyes, Trait::EyeColour(EyeColour::DarkBrown)),
        ],
    ),
    (
        "white",
        &[
            (Person, Trait::Ancestry(Ancestry::Caucasian)),
            (Hair, Trait::HairColour(HairColour::White)),
            (Skin, tone(0.05, 0.25)),
        ],
    ),
    ("african", &[(Person, Trait::Ancestry(Ancestry::African))]),
    ("asian", &[(Person, Trait::Ancestry(Ancestry::Asian))]),
    ("caucasian", &[(Person, Trait::Ancestry(Ancestry::Caucasian))]),
    ("european", &[(Person, Trait::Ancestry(Ancestry::Caucasian))]),
    ("mixed", &[(Person, Trait::Ancestry(Ancestry::Mixed))]),
    ("blond", &[(Hair, Trait::HairColour(HairColour::Blond))]),
    ("blonde", &[(Hair, Trait::HairColour(HairColour::Blond))]),
    ("brunette", &[(Hair, Trait::HairColour(HairColour::Brown))]),
    ("red", &[(Hair, Trait::HairColour(HairColour::Red))]),
    ("ginger", &[(Hair, Trait::HairColour(HairColour::Red))]),
    ("grey", &[(Hair, Trait::HairColour(HairColour::Grey)), (Eyes, Trait::EyeColour(EyeColour::Grey))]),
    ("gray", &[(Hair, Trait::HairColour(HairColour::Grey)), (Eyes, Trait::EyeColour(EyeColour::Grey))]),
    ("silver", &[(Hair, Trait::HairColour(HairColour::Grey))]),
    ("bald", &[(Hair, length(0.0, 0.0))]),
    ("shaved", &[(Hair, length(0.0, 0.0))]),
    ("cropped", &[(Hair, length(0.004, 0.012))]),
    ("long", &[(Hair, length(0.055, 0.08))]),
    ("blue", &[(Eyes, Trait::EyeColour(EyeColour::Blue))]),
    ("green", &[(Eyes, Trait::EyeColour(EyeColour::Green))]),
    ("hazel", &[(Eyes, Trait::EyeColour(EyeColour::Hazel))]),
];

/// Words that only hold others together.
pub const FILLERS: [&str; 20] = [
    "a", "an", "the", "of", "and", "is", "her", "his", "their", "in", "at", "looks", "looking", "years", "year", "age",
    "aged", "head", "ancestry", "descent",
];

/// Words that begin a new clause, as a comma does.
pub const BREAKS: [&str; 5] = ["with", "who", "has", "having", "but"];

/// Words that move a range, and whether outwards.
pub const DEGREES: [(&str, bool); 8] = [
    ("very", true),
    ("extremely", true),
    ("really", true),
    ("rather", false),
    ("quite", false),
    ("fairly", false),
    ("slightly", false),
    ("somewhat", false),
];

/// Words before a number of years.
pub const ABOUT: [&str; 6] = ["about", "around", "roughly", "approximately", "circa", "nearly"];
pub const BELOW: [&str; 4] = ["under", "below", "younger", "until"];
pub const ABOVE: [&str; 5] = ["over", "above", "older", "past", "least"];

/// Every word that is understood.
pub fn words() -> impl Iterator<Item = &'static str> {
    let nouns = NOUNS.iter().map(|noun| noun.0);
    let degrees = DEGREES.iter().map(|degree| degree.0);
    let others = FILLERS.into_iter().chain(BREAKS).chain(["between"]).chain(ABOUT).chain(BELOW).chain(ABOVE);
    nouns.chain(ADJECTIVES.iter().map(|adjective| adjective.0)).chain(degrees).chain(others)
}
