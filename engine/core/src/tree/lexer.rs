//! From characters to tokens, for both notations.

use super::{Kind, Span};
use crate::error::Diagnostic;
use crate::findings::Findings;
use crate::load::Format;

/// The three kinds of brackets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    Paren,
    Square,
    Curly,
}

impl Bracket {
    pub(super) fn open(self) -> char {
        match self {
            Bracket::Paren => '(',
            Bracket::Square => '[',
            Bracket::Curly => '{',
        }
    }

    pub(super) fn close(self) -> char {
        match self {
            Bracket::Paren => ')',
            Bracket::Square => ']',
            Bracket::Curly => '}',
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    Open(Bracket),
    Close(Bracket),
    Comma,
    Colon,
    Hash,
    Bang,
    Word(String),
    Text(String),
    /// An integer or a float.
    Number(Kind),
    /// Something that was already reported.
    Bad,
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

impl Token {
    pub(super) fn describe(&self) -> String {
        match &self.kind {
            TokenKind::Open(bracket) => format!("`{}`", bracket.open()),
            TokenKind::Close(bracket) => format!("`{}`", bracket.close()),
            TokenKind::Comma => "`,`".to_owned(),
            TokenKind::Colon => "`:`".to_owned(),
            TokenKind::Hash => "`#`".to_owned(),
            TokenKind::Bang => "`!`".to_owned(),
            TokenKind::Word(word) => format!("`{}`", shortened(word)),
            TokenKind::Text(text) => format!("text {:?}", shortened(text)),
            TokenKind::Number(kind) => format!("number {}", super::print::number_text(kind)),
            TokenKind::Bad => "something malformed".to_owned(),
            TokenKind::End => "end of the file".to_owned(),
        }
    }
}

/// Long pieces of input are cut in messages.
pub(super) fn shortened(text: &str) -> String {
    match text.chars().nth(40) {
        None => text.to_owned(),
        Some(_) => text.chars().take(37).chain("...".chars()).collect(),
    }
}

#[derive(Clone)]
pub(super) struct Lexer<'a> {
    pub(super) rest: std::str::Chars<'a>,
    pub(super) span: Span,
    pub(super) format: Format,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, format: Format) -> Self {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        Self { rest: text.chars(), span: Span { line: 1, column: 1 }, format }
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }

    pub(super) fn peek_second(&self) -> Option<char> {
        self.rest.clone().nth(1)
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.span.line = self.span.line.saturating_add(1);
            self.span.column = 1;
        } else {
            self.span.column = self.span.column.saturating_add(1);
        }
        Some(c)
    }

    pub(super) fn bump_if(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.bump();
        }
        there
    }

    pub(super) fn take_while(&mut self, mut wanted: impl FnMut(char) -> bool) -> &'a str {
        let before = self.rest.as_str();
        while self.peek().is_some_and(&mut wanted) {
            self.bump();
        }
        // By length, because comparing the whole rest would make reading quadratic.
        before.get(..before.len() - self.rest.as_str().len()).unwrap_or(before)
    }

    /// Whether the next character that is neither space nor comment is a colon.
    pub(super) fn colon_follows(&self) -> bool {
        let mut ahead = self.clone();
        let mut unread = Findings::new(None);
        ahead.skip_blank(&mut unread);
        ahead.peek() == Some(':')
    }

    fn skip_blank(&mut self, findings: &mut Findings) {
        loop {
            self.take_while(char::is_whitespace);
            if self.peek() != Some('/') || !matches!(self.peek_second(), Some('/' | '*')) {
                return;
            }
            let start = self.span;
            if self.format == Format::Json {
                let message = "JSON has no comments";
                findings.add(error_at(start, message).help("remove the comment, or write the shot as .shot.ron"));
            }
            self.bump();
            if self.bump_if('/') {
                self.take_while(|c| c != '\n');
            } else {
                self.bump();
                self.skip_block_comment(start, findings);
            }
        }
    }

    /// After the opening `/*`; comments nest.
    fn skip_block_comment(&mut self, start: Span, findings: &mut Findings) {
        let mut open = 1_u64;
        while open > 0 {
            match self.bump() {
                Some('*') if self.bump_if('/') => open -= 1,
                Some('/') if self.bump_if('*') => open += 1,
                Some(_) => {}
                None => {
                    findings.add(error_at(start, "the comment is not closed").expected("`*/`"));
                    return;
                }
            }
        }
    }

    pub(super) fn next(&mut self, findings: &mut Findings) -> Token {
        self.skip_blank(findings);
        let span = self.span;
        let single = |kind| Token { kind, span };
        let Some(c) = self.peek() else { return single(TokenKind::End) };
        let punctuation = match c {
            '(' => Some(TokenKind::Open(Bracket::Paren)),
            ')' => Some(TokenKind::Close(Bracket::Paren)),
            '[' => Some(TokenKind::Open(Bracket::Square)),
            ']' => Some(TokenKind::Close(Bracket::Square)),
            '{' => Some(TokenKind::Open(Bracket::Curly)),
            '}' => Some(TokenKind::Close(Bracket::Curly)),
            ',' => Some(TokenKind::Comma),
            ':' => Some(TokenKind::Colon),
            '#' => Some(TokenKind::Hash),
            '!' => Some(TokenKind::Bang),
            _ => None,
        };
        if let Some(kind) = punctuation {
            self.bump();
            return single(kind);
        }
        let read = match c {
            '"' => self.text(),
            '\'' => self.character(),
            '0'..='9' | '+' | '-' | '.' => self.number(),
            c if c == '_' || c.is_alphabetic() => self.word(),
            c => {
                // One message for a whole run of garbage.
                self.take_while(|other| other == c);
                Err(error_at(span, format!("unexpected character {c:?}")).into())
            }
        };
        match read {
            Ok(kind) => single(kind),
            Err(error) => {
                findings.add(*error);
                single(TokenKind::Bad)
            }
        }
    }

    /// A name, or a text with a prefix: `r"..."`, `r#"..."#`, `b"..."`.
    fn word(&mut self) -> Result<TokenKind, Box<Diagnostic>> {
        let span = self.span;
        let word = self.take_while(|c| c == '_' || c.is_alphanumeric());
        let ron = self.format == Format::Ron;
        match (word, self.peek()) {
            ("r", Some('"')) if ron => self.raw_text(),
            ("r", Some('#')) if ron && matches!(self.peek_second(), Some('"' | '#')) => self.raw_text(),
            // r#type: a name that is a Rust keyword.
            ("r", Some('#')) if ron => {
                self.bump();
                Ok(TokenKind::Word(self.take_while(|c| c == '_' || c.is_alphanumeric()).to_owned()))
            }
            ("b" | "br", Some('"')) if ron => {
                self.text()?;
                Err(error_at(span, "byte texts are not supported").help("write a text without the `b`").into())
            }
            _ => Ok(TokenKind::Word(word.to_owned())),
        }
    }
}

pub(super) fn error_at(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(message).place(span.line, span.column)
}
