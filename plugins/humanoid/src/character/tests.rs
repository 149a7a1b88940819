//! Character files, the words that describe people, and people made up.

use std::{collections::BTreeSet, path::Path};

use kinema_core::{Format, PartRegistry, check_document, document_kind, document_schema, parse_document, parse_shot};

use super::{
    chance::age_slider,
    features::{FEATURES, MOST_SIGMAS},
    words::{self, Misunderstanding},
    *,
};
use crate::{Body, HumanoidPlugin, agreement::basis, anny::topology::Region};

fn registry() -> PartRegistry {
    let mut app = bevy::app::App::new();
    app.add_plugins(HumanoidPlugin);
    app.world().resource::<PartRegistry>().clone()
}

/// The person of a shot beside a character file with this text, or the messages.
fn person(character: &str, human: &str) -> Result<Human, String> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("anna.human.ron"), character).expect("written");
    std::fs::write(folder.path().join("anna.txt"), character).expect("written");
    let text = format!(
        "(schema: 1, timeline: (rate: \"24/1\", frames: 1), output: (width: 64, height: 64),\n parts: [(id: \"anna\", part: Human({human}))])"
    );
    let file = folder.path().join("a.shot.ron");
    let shot = parse_shot(text.as_bytes(), &file, Format::Ron, &registry());
    let shot = shot.map_err(|errors| errors.to_string().replace(&folder.path().display().to_string(), "DIR"))?;
    Ok(shot.shot.parts[0].part.get::<Human>().expect("a person").clone())
}

const ANNA: &str = "Character(schema: 1, name: \"Anna\",
  phenotype: (gender: 1, age: 0.9), local: {\"nose-hump-incr\": 0.4, \"chin-width-incr\": -0.2},
  skin: (tone: 0.7, redness: 0.2), suit: (colour: (0.1, 0.2, 0.3), roughness: 0.6))";

#[test]
fn what_a_shot_writes_wins_field_by_field_and_the_rest_is_the_files() {
    let human =
        person(ANNA, "character: \"anna.human.ron\", skin: (tone: 0.28), local: {\"chin-width-incr\": 0.5}, smile: 1")
            .expect("loads");
    assert_eq!((human.phenotype.gender, human.phenotype.age, human.phenotype.weight), (1.0, 0.9, 0.5));
    // 0.28 is the default of the type: it counts as written all the same.
    assert_eq!((human.skin.tone, human.skin.redness, human.skin.roughness), (0.28, 0.2, 0.5));
    assert_eq!((human.local["nose-hump-incr"], human.local["chin-width-incr"]), (0.4, 0.5));
    assert_eq!((human.suit.colour, human.smile), ([0.1, 0.2, 0.3], 1.0));
    assert_eq!(human.shoes, Human::default().shoes);
    let whole = person(ANNA, "character: Some(\"anna.human.ron\")").expect("loads");
    let (anna, _) = parse_document::<Character>(ANNA.as_bytes(), Path::new("a.human.ron"), Format::Ron).expect("loads");
    assert_eq!(Human { character: None, ..whole }, anna.to_human());
    assert_eq!(person(ANNA, "").expect("loads"), Human::default());
}

#[test]
fn mistakes_are_told_in_the_file_that_holds_them() {
    let told = |character: &str, human: &str| person(character, human).expect_err("refused");
    let from = "character: \"anna.human.ron\"";
    let message = told("Character(schema: 1,\n  skin: (ton: 0.5))", from);
    assert!(message.starts_with("DIR/anna.human.ron:2:10: error: skin"), "{message}");
    assert!(message.contains("did you mean `tone`?") && message.ends_with("1 error"), "{message}");
    let message = told("(schema: 1, skin: (tone: 1.5))", from);
    assert!(message.starts_with("DIR/anna.human.ron:1:26: error: skin.tone: 1.5 is outside of 0 to 1"), "{message}");
    let message = told("(schema: 1, local: {\"nose-hump-inc\": 0.1})", from);
    assert!(message.contains("anna.human.ron:1:") && message.contains("nose-hump-incr"), "{message}");
    let message = told("(schema: 1, smile: 1)", from);
    assert!(message.contains("anna.human.ron:1:13") && message.contains("smile"), "{message}");
    assert!(told("(schema: 2)", from).contains("schema"));
    assert!(told("(name: \"x\")", from).contains("schema"));
    assert!(told("(schema: 1", from).contains("anna.human.ron:1:"));
    let message = told(ANNA, "character: \"anna.human.ron\",\n skin: (tone: 7)");
    assert!(message.starts_with("DIR/a.shot.ron:3:15: error: parts[0].part.Human.skin.tone"), "{message}");
    for (file, expected) in [
        ("ana.human.ron", "did you mean `anna.human.ron`?"),
        ("../anna.human.ron", "leads out of"),
        ("/etc/passwd", "absolute path"),
        ("anna.txt", "ends in .human.ron"),
    ] {
        let message = told(ANNA, &format!("character: \"{file}\""));
        assert!(message.contains(expected), "{file}: {message}");
    }
}

#[test]
fn a_character_is_checked_alone_and_has_a_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let (good, bad) = (folder.path().join("a.human.ron"), folder.path().join("b.human.ron"));
    std::fs::write(&good, Character::default().to_ron().expect("written")).expect("written");
    std::fs::write(&bad, "(schema: 1, hair: (length_m: 3))").expect("written");
    let registry = registry();
    assert_eq!(document_kind(&good, &registry), Some("human"));
    assert_eq!(check_document(&good, &registry), Ok(vec![]));
    assert!(check_document(&bad, &registry).expect_err("refused").to_string().contains("outside of 0 to 0.6"));
    let schema = document_schema("human", &registry).expect("a schema");
    assert_eq!(schema["additionalProperties"], false);
    // Everything in a character is in a person, under the same name with the same default.
    let human = serde_json::to_value(Human::default()).expect("a value");
    let character = serde_json::to_value(Character::default()).expect("a value");
    for (name, value) in character.as_object().expect("fields") {
        if !["schema", "name"].contains(&name.as_str()) {
            assert_eq!(&human[name], value, "{name}");
        }
    }
    let empty = parse_document::<Character>(b"(schema: 1)", Path::new("a.human.ron"), Format::Ron).expect("loads").0;
    assert_eq!(empty, Character::default());
}

#[test]
fn descriptions_are_understood() {
    let wanted = words::parse("woman, about 60, heavy build, dark skin, grey hair").expect("understood");
    assert_eq!(wanted.gender, Some(Span::new(0.85, 1.0)));
    assert_eq!(wanted.age_years, Some(Span::new(57.0, 63.0)));
    assert_eq!(wanted.weight, Some(Span::new(0.72, 0.92)));
    assert_eq!(wanted.tone, Some(Span::new(0.68, 0.9)));
    assert_eq!((wanted.hair_colour, wanted.muscle), (Some(HairColour::Grey), None));
    let wanted = words::parse("Tall, blue-eyed young woman with long red hair").expect("understood");
    assert_eq!((wanted.eye_colour, wanted.hair_colour), (Some(EyeColour::Blue), Some(HairColour::Red)));
    assert_eq!((wanted.age_years, wanted.height), (Some(Span::new(18.0, 30.0)), Some(Span::new(0.7, 0.92))));
    assert!(wanted.hair_length_m.expect("long").least > 0.05);
    for (text, years) in [
        ("a man of 45 years", (45.0, 45.0)),
        ("60-year-old", (60.0, 60.0)),
        ("in her 60s", (60.0, 69.0)),
        ("between 20 and 30", (20.0, 30.0)),
        ("20-30", (20.0, 30.0)),
        ("20 to 30 years old", (20.0, 30.0)),
        ("woman under 30", (18.0, 30.0)),
        ("man older than 70", (70.0, 90.0)),
        ("boy", (4.0, 15.0)),
        ("girl, about 10", (7.0, 13.0)),
        ("middle-aged person", (42.0, 58.0)),
    ] {
        let span = words::parse(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}")).age_years.expect(text);
        assert_eq!((span.least, span.most), years, "{text}");
    }
    let short = words::parse("short man, short hair").expect("understood");
    assert_eq!((short.height.expect("short").most, short.hair_length_m.expect("short").most), (0.3, 0.022));
    let very = words::parse("very heavy woman").expect("understood").weight.expect("heavy");
    assert!(very.least > 0.8 && very.most <= 0.98);
    assert_eq!(words::parse("").expect("nothing is asked"), Constraints::default());
}

#[test]
fn what_is_not_understood_is_named_with_the_nearest_word_and_everything_at_once() {
    let told = |text: &str| words::parse(text).expect_err(text);
    assert_eq!(
        told("womn, hevy build, gray hair").0,
        [("womn", "woman"), ("hevy", "heavy")]
            .map(|(word, near)| Misunderstanding::Unknown { word: word.to_owned(), nearest: Some(near.to_owned()) })
    );
    for (text, expected) in [
        ("woman, xqzzy", "`xqzzy` is not a word that is understood of a person"),
        ("woman, man", "`man` contradicts `woman`"),
        ("thin, heavy build", "`heavy` contradicts `thin`"),
        ("old child", "`child` contradicts `old`"),
        ("blond black hair", "`black` contradicts `blond`"),
        ("woman, grey", "`grey` does not say of what; write `grey hair` or `grey eyes`"),
        ("180 cm tall", "`180` is no age"),
        ("woman of 200", "`200` is no age"),
        ("between 40 and 30", "is no age"),
    ] {
        let message = told(text).to_string();
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn words_have_one_meaning_and_are_all_read() {
    let mut seen = BTreeSet::new();
    for word in vocabulary::words() {
        assert!(seen.insert(word), "{word} stands twice");
        assert_eq!(word, word.to_lowercase());
        let text = format!("{word} 30 30 hair skin eyes build height person");
        if let Err(wrong) = words::parse(&text) {
            let unknown =
                |one: &Misunderstanding| matches!(one, Misunderstanding::Unknown { word: not, .. } if not == word);
            assert!(!wrong.0.iter().any(unknown), "{text}: {wrong}");
        }
    }
}

fn many(text: &str, count: u64) -> Vec<Character> {
    let constraints = words::parse(text).unwrap_or_else(|wrong| panic!("{text}: {wrong}"));
    (0..count).map(|index| Generator { seed: 4, constraints }.person(index)).collect()
}

#[test]
fn made_up_people_are_what_was_asked_for_and_the_same_every_time() {
    let wanted = "woman, about 60, heavy build, dark skin, grey hair";
    for character in many(wanted, 100) {
        let years = (character.phenotype.age - 2.0 / 3.0) * 3.0 * 65.0 + 25.0;
        assert!((56.7..=63.3).contains(&years), "{years}");
        assert!(character.phenotype.gender >= 0.85 && (0.72..=0.92).contains(&character.phenotype.weight));
        assert!((0.68..=0.9).contains(&character.skin.tone));
        let [r, g, b] = character.hair.colour;
        assert!(r > 0.2 && (r - b).abs() < 0.08 && (r - g).abs() < 0.08, "{:?}", character.hair.colour);
    }
    let african = many(wanted, 100).iter().filter(|character| character.phenotype.african > 0.3).count();
    assert!(african > 80, "dark skin goes with an ancestry that has it: {african} of 100");
    assert_eq!(many(wanted, 5), many(wanted, 5));
    let other = Generator { seed: 5, constraints: words::parse(wanted).expect("understood") };
    assert_ne!(many(wanted, 1)[0], other.person(0));
    for text in ["boy", "baby", "black man", "asian woman with blue eyes", "bald man over 80", "teenager, very tall"] {
        for character in many(text, 40) {
            let text = character.to_ron().expect("written");
            let read = parse_document::<Character>(text.as_bytes(), Path::new("x.human.ron"), Format::Ron);
            let (read, warnings) = read.unwrap_or_else(|errors| panic!("{text}\n{errors}"));
            assert!(warnings.is_empty());
            assert_eq!(read, character, "a file holds all of a person");
        }
    }
}

#[test]
fn what_is_left_open_goes_together() {
    let people = many("", 2000);
    let mean = |of: &dyn Fn(&Character) -> Option<f32>| {
        let values: Vec<f32> = people.iter().filter_map(of).collect();
        assert!(values.len() > 100, "{}", values.len());
        values.iter().sum::<f32>() / values.len() as f32
    };
    let brightness = |c: &Character| c.hair.colour.iter().sum::<f32>() / 3.0;
    let (old, young) = (age_slider(70.0), age_slider(35.0));
    let grey = |c: &Character| c.hair.colour[2] / c.hair.colour[0].max(1e-4);
    assert!(
        mean(&|c| (c.phenotype.age > old).then(|| grey(c)))
            > mean(&|c| (c.phenotype.age < young).then(|| grey(c))) + 0.15
    );
    assert!(
        mean(&|c| (c.skin.tone > 0.6).then(|| brightness(c))) < mean(&|c| (c.skin.tone < 0.25).then(|| brightness(c)))
    );
    assert!(
        mean(&|c| (c.phenotype.gender < 0.5).then_some(c.phenotype.muscle))
            > mean(&|c| (c.phenotype.gender > 0.5).then_some(c.phenotype.muscle)) + 0.04
    );
    assert!(
        mean(&|c| (c.phenotype.african > 0.7).then_some(c.skin.tone))
            > mean(&|c| (c.phenotype.caucasian > 0.7).then_some(c.skin.tone)) + 0.35
    );
    assert!(people.iter().all(|c| c.phenotype.age >= age_slider(18.0)), "left open, people are adults");
    let women = people.iter().filter(|c| c.phenotype.gender > 0.5).count();
    assert!((850..1150).contains(&women), "{women}");
}

#[test]
fn features_of_faces_are_centred_limited_and_a_little_asymmetric() {
    let faces: Vec<_> = (0..3000).map(|n| features::draw(&mut kinema_core::Seed(n), 25.0, 0.5)).collect();
    for feature in &FEATURES {
        let name = if feature.is_pair { format!("l-{}", feature.name) } else { feature.name.to_owned() };
        assert!(basis().local(&name).is_some(), "{name} is a local change of the basis");
        let values: Vec<f32> = faces.iter().map(|face| face.get(&name).copied().unwrap_or(0.0)).collect();
        let mean = values.iter().sum::<f32>() / 3000.0;
        let sigma = (values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 3000.0).sqrt();
        assert!(mean.abs() < 0.1 * feature.sigma, "{name}: mean {mean}");
        assert!((0.8..1.1).contains(&(sigma / feature.sigma)), "{name}: {sigma} for {}", feature.sigma);
        let most = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
        assert!(most <= MOST_SIGMAS * (feature.sigma + 0.03), "{name}: {most}");
        if feature.is_pair {
            let right = format!("r-{}", feature.name);
            assert!(basis().local(&right).is_some());
            let apart = |face: &BTreeMap<String, f32>| {
                (face.get(&name).unwrap_or(&0.0) - face.get(&right).unwrap_or(&0.0)).abs()
            };
            let apart: Vec<f32> = faces.iter().map(apart).collect();
            assert!(
                apart.iter().all(|apart| *apart < 0.12) && apart.iter().filter(|apart| **apart > 0.02).count() > 1000
            );
        }
    }
}

/// Rest positions of the head of somebody, shifted so that the head bone's fixed part does not count.
fn head_of(body: &mut Body, character: &Character) -> Vec<bevy::math::Vec3> {
    let locals = character.local.iter();
    let locals: Vec<(u16, f32)> = locals.map(|(name, v)| (basis().local(name).expect("a name") as u16, *v)).collect();
    body.reshape(&character.phenotype, &locals);
    let basis = basis();
    let quads = basis.topology.quads.iter().zip(&basis.topology.regions);
    let mut rows: Vec<u32> = quads.filter(|(_, of)| **of == Region::Head).flat_map(|(quad, _)| *quad).collect();
    rows.sort_unstable();
    rows.dedup();
    let points: Vec<_> = rows.iter().map(|&row| body.shape()[row as usize]).collect();
    let mean = points.iter().copied().sum::<bevy::math::Vec3>() / points.len() as f32;
    points.into_iter().map(|point| point - mean).collect()
}

#[test]
fn every_face_is_its_own_and_none_is_monstrous() {
    let mut body = Body::new(basis());
    let mut faces = Vec::new();
    for character in many("", 40) {
        let plain = Character { local: BTreeMap::new(), ..character.clone() };
        let (own, plain_head) = (head_of(&mut body, &character), head_of(&mut body, &plain));
        let moved = own.iter().zip(&plain_head).map(|(a, b)| a.distance(*b));
        let most = moved.clone().fold(0.0, f32::max);
        let mean = moved.sum::<f32>() / own.len() as f32;
        assert!(own.iter().all(|point| point.is_finite()));
        assert!(most < 0.028 && mean < 0.008, "a point of the head moves by {most} m, the mean by {mean}");
        // The same phenotype for all: what differs is the features alone.
        faces.push(head_of(&mut body, &Character { phenotype: Phenotype::default(), ..character }));
    }
    let (mut least, mut pairs) = (f32::MAX, 0);
    for (index, one) in faces.iter().enumerate() {
        for other in &faces[..index] {
            let sum: f32 = one.iter().zip(other).map(|(a, b)| a.distance_squared(*b)).sum();
            least = least.min((sum / one.len() as f32).sqrt());
            pairs += 1;
        }
    }
    println!("the two most alike of {pairs} pairs of faces differ by {:.2} mm", least * 1e3);
    assert!(least > 0.0012, "two faces differ by only {least} m");
}
