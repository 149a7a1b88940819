//! A command's words, taken one by one; what is left over is an error that names the command's help.

use crate::error::{TaskError, TaskResult};

pub struct Arguments {
    command: &'static str,
    words: Vec<String>,
}

impl Arguments {
    pub fn new(command: &'static str, words: Vec<String>) -> Self {
        Self { command, words }
    }

    /// Takes `--name VALUE`, or `--name=VALUE`; none when it is absent.
    pub fn option(&mut self, name: &str) -> TaskResult<Option<String>> {
        let with_value = format!("{name}=");
        if let Some(place) = self.words.iter().position(|word| word.starts_with(&with_value)) {
            return Ok(self.words.remove(place).strip_prefix(&with_value).map(str::to_owned));
        }
        let Some(place) = self.words.iter().position(|word| word == name) else {
            return Ok(None);
        };
        if self.words.get(place + 1).is_none_or(|value| value.starts_with('-')) {
            return Err(self.misuse(format!("`{name}` needs a value")));
        }
        self.words.remove(place);
        Ok(Some(self.words.remove(place)))
    }

    /// Takes the next word that is not an option; none at the end.
    pub fn next_word(&mut self) -> Option<String> {
        let place = self.words.iter().position(|word| !word.starts_with('-'))?;
        Some(self.words.remove(place))
    }

    /// Takes all that is left, options included.
    pub fn rest(self) -> Vec<String> {
        self.words
    }

    /// Takes all words that are left; an option among them is an error.
    pub fn words(mut self) -> TaskResult<Vec<String>> {
        let words = std::iter::from_fn(|| self.next_word()).collect();
        self.finish()?;
        Ok(words)
    }

    /// Nothing may be left.
    pub fn finish(self) -> TaskResult {
        match self.words.first() {
            None => Ok(()),
            Some(word) => Err(self.misuse(format!("`{word}` means nothing here"))),
        }
    }

    /// A mistake in these arguments.
    pub fn misuse(&self, message: String) -> TaskError {
        TaskError::user(format!("{}: {message}", self.command), format!("see `cargo xtask {} --help`", self.command))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Arguments {
        Arguments::new("test", words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn options_come_in_both_spellings_and_any_place() {
        let mut taken = arguments(&["one", "--package", "core", "two"]);
        assert_eq!(taken.option("--package").expect("has a value").as_deref(), Some("core"));
        assert_eq!(taken.words().expect("two words"), ["one", "two"]);
        let mut joined = arguments(&["--package=core"]);
        assert_eq!(joined.option("--package").expect("has a value").as_deref(), Some("core"));
        joined.finish().expect("nothing is left");
    }

    #[test]
    fn an_option_without_its_value_is_a_mistake() {
        let error = arguments(&["--package", "--other"]).option("--package").expect_err("no value");
        assert_eq!(error.exit_code, 2);
    }

    #[test]
    fn what_is_left_over_is_named() {
        let error = arguments(&["--fast"]).words().expect_err("an unknown option");
        assert!(error.message.contains("--fast"), "{error}");
        let error = arguments(&["extra"]).finish().expect_err("an extra word");
        assert!(error.message.contains("extra"), "{error}");
    }
}
