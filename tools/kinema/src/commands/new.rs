//! `kinema new`: a commented shot to begin with, or a person made up.

use kinema::humanoid::character::{Character, Generator, words};

use super::{publish, stem};
use crate::args::{NewArgs, Template};
use crate::exit::CliError;
use crate::output;

/// What stands for the shot's name in every template.
const UNNAMED: &str = "name: \"untitled\"";

/// What the name of a person's file ends in.
const PERSON: &str = ".human.ron";

pub fn run(args: &NewArgs) -> Result<(), CliError> {
    let file = &args.file;
    if file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(PERSON)) {
        return new_person(args);
    }
    if args.like.is_some() || args.seed.is_some() {
        return Err(CliError::Refused(format!(
            "`--like` and `--seed` are for people, and `{}` is not a name for one; write one that ends in {PERSON}",
            file.display()
        )));
    }
    if !file.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".ron")) {
        return Err(CliError::Refused(format!(
            "`{}` is not a name for a new shot; write one that ends in .shot.ron, such as `{}.shot.ron`",
            file.display(),
            Some(stem(file)).filter(|stem| !stem.is_empty()).unwrap_or("hello".into())
        )));
    }
    let text = text(args.template.unwrap_or(Template::Minimal), &stem(file));
    publish::save(file, text.as_bytes(), args.force)?;
    let shown = file.display();
    output::line(&format!("wrote {shown}; next: kinema render {shown} --out out/{}", stem(file)))
}

fn new_person(args: &NewArgs) -> Result<(), CliError> {
    let file = &args.file;
    if args.template.is_some() {
        return Err(CliError::Refused(format!("`--template` is for shots, and `{}` is a person", file.display())));
    }
    let words = args.like.as_deref().unwrap_or_default();
    let constraints = words::parse(words).map_err(|wrong| CliError::Refused(format!("--like: {wrong}")))?;
    let generator = Generator { seed: args.seed.unwrap_or(0), constraints };
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(PERSON).unwrap_or_default().to_owned();
    let text = Character { name, ..generator.person(0) }.to_ron();
    let text = text.map_err(|error| CliError::Refused(error.to_string()))?;
    let like = if words.is_empty() { String::new() } else { format!(" --like {words:?}") };
    // How to make the same person again.
    let text = format!("// kinema new{like} --seed {}\n{text}", generator.seed);
    publish::save(file, text.as_bytes(), args.force)?;
    let shown = file.display();
    output::line(&format!(
        "wrote {shown}; a shot beside it names it in a person: Human(character: {:?})",
        file.file_name().unwrap_or_default().to_string_lossy()
    ))
}

fn text(template: Template, name: &str) -> String {
    let text = match template {
        Template::Minimal => include_str!("../../templates/minimal.shot.ron"),
        Template::Person => include_str!("../../templates/person.shot.ron"),
        Template::Physics => include_str!("../../templates/physics.shot.ron"),
    };
    // Rust and RON escape text alike.
    text.replacen(UNNAMED, &format!("name: {name:?}"), 1)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clap::ValueEnum;
    use kinema::core::{Format, parse_shot};

    use super::*;

    #[test]
    fn every_template_is_a_valid_shot_with_the_name_of_its_file() {
        let registry = kinema::part_registry();
        for template in Template::value_variants() {
            let text = text(*template, "a \"quoted\" name");
            let file = PathBuf::from("new.shot.ron");
            let shot = parse_shot(text.as_bytes(), &file, Format::Ron, &registry);
            let shot = shot.unwrap_or_else(|errors| panic!("{template:?}: {errors}"));
            assert_eq!(shot.shot.name, "a \"quoted\" name");
            assert!(shot.warnings.is_empty(), "{template:?}: {:?}", shot.warnings);
            assert!(text.contains("//"), "{template:?} has no comments");
        }
    }
}
