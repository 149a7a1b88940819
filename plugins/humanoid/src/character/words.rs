//! Constraints as text: `woman, about 60, heavy build, dark skin, grey hair`.
//!
//! The text is a list of clauses, divided by commas, `with` and the like. In a clause an adjective is about the next noun,
//! else about the last one, else about the person: `tall woman with long grey hair`. A number is an age, with `about`,
//! `under`, `over`, `between 20 and 30`, `20 to 30`, `60s`. `very` and `slightly` move a range. Anything else is an error
//! that names the word: a description that is half understood would be half ignored.

use std::fmt;

use kinema_core::{Blame, Blamed, nearest};

use super::{
    constraints::{Constraints, Span},
    vocabulary::{self, ABOUT, ABOVE, ADJECTIVES, BELOW, BREAKS, DEGREES, FILLERS, NOUNS, Topic, Trait, YOUNG_NOUNS},
};

/// Years that `about` adds and takes.
const ABOUT_YEARS: f32 = 3.0;
const OLDEST_YEARS: f32 = 90.0;
/// An adjective of age such as `young` alone means people from here on.
const GROWN_FROM_YEARS: f32 = 18.0;

/// Why a description is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misunderstanding {
    /// No word that describes a person, and the nearest one that does.
    Unknown { word: String, nearest: Option<String> },
    /// An adjective that says nothing of what it stands beside; what it could be said of.
    Vague { word: String, examples: String },
    /// Asks for something that an earlier word excludes.
    Contradiction { word: String, earlier: String },
    /// No age that a person can have here.
    Age { word: String },
}

impl fmt::Display for Misunderstanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown { word, nearest } => {
                write!(f, "`{word}` is not a word that is understood of a person")?;
                nearest.as_ref().map_or(Ok(()), |near| write!(f, " (did you mean `{near}`?)"))
            }
            Self::Vague { word, examples } => write!(f, "`{word}` does not say of what; write {examples}"),
            Self::Contradiction { word, earlier } => write!(f, "`{word}` contradicts `{earlier}`"),
            Self::Age { word } => {
                write!(
                    f,
                    "`{word}` is no age; write years from 0 to {OLDEST_YEARS}, and sizes in words, such as `tall`"
                )
            }
        }
    }
}

/// Everything that is not understood in a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misunderstood(pub Vec<Misunderstanding>);

impl fmt::Display for Misunderstood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.0.iter().enumerate() {
            write!(f, "{}{one}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Misunderstood {}

impl Blamed for Misunderstood {
    fn blame(&self) -> Blame {
        Blame::User
    }
}

/// What `text` asks of a person.
pub fn parse(text: &str) -> Result<Constraints, Misunderstood> {
    let mut reader = Reader::default();
    for clause in clauses(text) {
        reader.clause(&clause);
    }
    reader.finish()
}

/// Words of one clause, in lower case; hyphens inside of words divide them but in `middle-aged`.
fn clauses(text: &str) -> Vec<Vec<String>> {
    let mut clauses = vec![Vec::new()];
    for word in text.to_lowercase().replace([',', ';', '.', ':'], " , ").split_whitespace() {
        if word == "," || BREAKS.contains(&word) {
            clauses.push(Vec::new());
            continue;
        }
        let parts: Vec<&str> = if word == "middle-aged" { vec![word] } else { word.split(['-', '–']).collect() };
        if let Some(clause) = clauses.last_mut() {
            clause.extend(parts.into_iter().filter(|part| !part.is_empty()).map(str::to_owned));
        }
    }
    clauses
}

#[derive(Default)]
struct Reader {
    sum: Constraints,
    /// Each trait that was asked for, with its word.
    asked: Vec<(Trait, String)>,
    wrong: Vec<Misunderstanding>,
    /// Whether the age may be a child's.
    may_be_young: bool,
}

impl Reader {
    fn clause(&mut self, words: &[String]) {
        let topics: Vec<Option<Topic>> =
            words.iter().map(|word| NOUNS.iter().find(|noun| noun.0 == word).map(|noun| noun.1)).collect();
        let mut outwards = None;
        let mut place = 0;
        while let Some(word) = words.get(place) {
            if let Some(used) = self.age(words, place) {
                place += used;
                continue;
            }
            let known = |list: &[&str]| list.contains(&word.as_str());
            if let Some((_, far)) = DEGREES.iter().find(|degree| degree.0 == word) {
                outwards = Some(*far);
                place += 1;
                continue;
            }
            let after = topics.iter().skip(place + 1).flatten().next();
            let before = topics.iter().take(place).flatten().next_back();
            let topic = after.or(before).copied();
            if let Some((.., traits)) = NOUNS.iter().find(|noun| noun.0 == word) {
                self.may_be_young |= YOUNG_NOUNS.contains(&word.as_str());
                traits.iter().for_each(|&one| self.ask(one, word));
            } else if let Some((_, meanings)) = ADJECTIVES.iter().find(|adjective| adjective.0 == word) {
                self.adjective(word, meanings, topic, outwards);
            } else if !known(&FILLERS) && !known(&ABOUT) {
                let near = nearest(word, vocabulary::words());
                self.wrong.push(Misunderstanding::Unknown { word: word.clone(), nearest: near });
            }
            outwards = None;
            place += 1;
        }
    }

    fn adjective(&mut self, word: &str, meanings: &[(Topic, Trait)], topic: Option<Topic>, outwards: Option<bool>) {
        let of = |topic: Topic| meanings.iter().find(|(about, _)| *about == topic).map(|(_, meaning)| *meaning);
        let only = (meanings.len() == 1).then(|| meanings.first().map(|(_, meaning)| *meaning)).flatten();
        let meaning = topic.and_then(of).or(only).or_else(|| {
            // `black woman`, but not `black build`.
            topic.is_none_or(|topic| topic == Topic::Person).then(|| of(Topic::Person)).flatten()
        });
        match meaning {
            Some(meaning) => self.ask(outwards.map_or(meaning, |far| moved(meaning, far)), word),
            None => {
                let nouns = meanings.iter().filter_map(|(topic, _)| {
                    let noun = match topic {
                        Topic::Person => return None,
                        Topic::Build => "build",
                        Topic::Height => "height",
                        Topic::Skin => "skin",
                        Topic::Hair => "hair",
                        Topic::Eyes => "eyes",
                    };
                    Some(format!("`{word} {noun}`"))
                });
                let examples = nouns.collect::<Vec<_>>().join(" or ");
                self.wrong.push(Misunderstanding::Vague { word: word.to_owned(), examples });
            }
        }
    }

    /// Reads an age that begins at `place`; how many words it takes.
    fn age(&mut self, words: &[String], place: usize) -> Option<usize> {
        let word = |step: usize| words.get(place + step).map_or("", String::as_str);
        let number = |step: usize| years(word(step));
        let (span, mut used, said) = if word(0) == "between" {
            let (Some(low), Some(high)) = (number(1), number(3)) else {
                self.wrong.push(Misunderstanding::Age { word: word(0).to_owned() });
                return Some(1);
            };
            (Span::new(low.least, high.most), 4, format!("between {} {} {}", word(1), word(2), word(3)))
        } else if let Some(number) = number(1).filter(|_| ABOUT.contains(&word(0))) {
            (Span::new(number.least - ABOUT_YEARS, number.most + ABOUT_YEARS), 2, word(1).to_owned())
        } else if let (true, Some(number)) = (BELOW.contains(&word(0)), number(1).or_else(|| number(2))) {
            (Span::new(0.0, number.least), 2 + usize::from(years(word(1)).is_none()), format!("under {}", number.least))
        } else if let (true, Some(number)) = (ABOVE.contains(&word(0)), number(1).or_else(|| number(2))) {
            let used = 2 + usize::from(years(word(1)).is_none());
            (Span::new(number.most, OLDEST_YEARS), used, format!("over {}", number.most))
        } else {
            let first = number(0)?;
            match number(1).map(|last| (last, 2)).or_else(|| Some((number(2).filter(|_| word(1) == "to")?, 3))) {
                Some((last, used)) => (Span::new(first.least, last.most), used, word(0).to_owned()),
                None => (first, 1, word(0).to_owned()),
            }
        };
        // `60 years old`: here `old` is no adjective.
        while ["year", "years", "old"].contains(&word(used)) {
            used += 1;
        }
        let is_size = ["cm", "m", "kg", "lb", "lbs", "ft", "feet", "inches"].contains(&word(used));
        if is_size || span.most > OLDEST_YEARS || span.least > span.most {
            self.wrong.push(Misunderstanding::Age { word: words.get(place..place + used).unwrap_or(&[]).join(" ") });
            return Some(used + usize::from(is_size));
        }
        self.may_be_young |= span.least < GROWN_FROM_YEARS && span.most < OLDEST_YEARS;
        self.ask(Trait::Age(Span::new(span.least.max(0.0), span.most)), &said);
        Some(used)
    }

    fn ask(&mut self, wanted: Trait, word: &str) {
        let sum = &mut self.sum;
        let fits = match wanted {
            Trait::Gender(span) => narrow(&mut sum.gender, span),
            Trait::Age(span) => narrow(&mut sum.age_years, span),
            Trait::Weight(span) => narrow(&mut sum.weight, span),
            Trait::Muscle(span) => narrow(&mut sum.muscle, span),
            Trait::Height(span) => narrow(&mut sum.height, span),
            Trait::Tone(span) => narrow(&mut sum.tone, span),
            Trait::HairLength(span) => narrow(&mut sum.hair_length_m, span),
            Trait::Ancestry(ancestry) => same(&mut sum.ancestry, ancestry),
            Trait::HairColour(colour) => same(&mut sum.hair_colour, colour),
            Trait::EyeColour(colour) => same(&mut sum.eye_colour, colour),
        };
        if fits {
            self.asked.push((wanted, word.to_owned()));
            return;
        }
        let of_the_same =
            |(other, _): &&(Trait, String)| std::mem::discriminant(other) == std::mem::discriminant(&wanted);
        let earlier = self.asked.iter().rev().find(of_the_same).map(|(_, word)| word.clone()).unwrap_or_default();
        self.wrong.push(Misunderstanding::Contradiction { word: word.to_owned(), earlier });
    }

    fn finish(mut self) -> Result<Constraints, Misunderstood> {
        if let Some(age) = &mut self.sum.age_years
            && !self.may_be_young
        {
            age.least = age.least.max(GROWN_FROM_YEARS).min(age.most);
        }
        if self.wrong.is_empty() { Ok(self.sum) } else { Err(Misunderstood(self.wrong)) }
    }
}

/// `60` is that year, `60s` ten of them.
fn years(word: &str) -> Option<Span> {
    let number = |digits: &str| digits.parse::<u16>().ok().map(f32::from);
    match word.strip_suffix('s') {
        Some(decade) => number(decade).map(|first| Span::new(first, first + 9.0)),
        None => number(word).map(|years| Span::new(years, years)),
    }
}

fn narrow(slot: &mut Option<Span>, span: Span) -> bool {
    let both = slot.map_or(Some(span), |old| old.and(span));
    if both.is_some() {
        *slot = both;
    }
    both.is_some()
}

fn same<T: PartialEq>(slot: &mut Option<T>, wanted: T) -> bool {
    let fits = slot.as_ref().is_none_or(|old| *old == wanted);
    if fits {
        *slot = Some(wanted);
    }
    fits
}

/// A range moved away from the middle of its slider, or towards it. Colours stay.
fn moved(meaning: Trait, outwards: bool) -> Trait {
    let shift = |span: Span, middle: f32, end: f32| {
        let (width, up) = (span.most - span.least, span.middle() > middle);
        let by = if up == outwards { 0.6 * width } else { -0.6 * width };
        Span::new((span.least + by).clamp(0.0, end), (span.most + by).clamp(0.0, end))
    };
    match meaning {
        Trait::Weight(span) => Trait::Weight(shift(span, 0.5, 0.98)),
        Trait::Muscle(span) => Trait::Muscle(shift(span, 0.5, 0.98)),
        Trait::Height(span) => Trait::Height(shift(span, 0.5, 0.98)),
        Trait::Tone(span) => Trait::Tone(shift(span, 0.4, 0.98)),
        Trait::Age(span) => Trait::Age(shift(span, 40.0, OLDEST_YEARS)),
        Trait::HairLength(span) => Trait::HairLength(shift(span, 0.035, 0.08)),
        other => other,
    }
}
