//! From tokens to the tree. Errors are reported and stepped over, so that one run finds many of them; every step
//! consumes a token or leaves a bracket, so that it always ends.

use super::lexer::{Bracket, Lexer, Token, TokenKind, error_at};
use super::scalars::non_finite;
use super::{Field, Keys, Kind, Node, Span};
use crate::findings::Findings;
use crate::load::Format;

/// The largest document in bytes.
pub(crate) const MAX_TEXT_LEN: usize = 64 << 20;
/// The deepest nesting of brackets.
pub(crate) const MAX_DEPTH: usize = 128;
/// The most values in a document; bounds memory to a small multiple of [`MAX_TEXT_LEN`].
const MAX_VALUES: usize = 4_000_000;

/// Reads a document. `None` if there is any error; all of them are then in `findings`.
pub(crate) fn parse(text: &[u8], format: Format, findings: &mut Findings) -> Option<Node> {
    if text.len() > MAX_TEXT_LEN {
        findings.add(
            crate::Diagnostic::error(format!("the shot is larger than {} MiB", MAX_TEXT_LEN >> 20))
                .help("move large data into asset files and refer to them"),
        );
        return None;
    }
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => {
            findings.add(not_utf8(text, error.valid_up_to()));
            return None;
        }
    };
    let mut parser = Parser {
        lexer: Lexer::new(text, format),
        format,
        findings,
        peeked: None,
        open: Vec::new(),
        values: 0,
        skip: false,
        stopped: false,
    };
    parser.attributes();
    let node = parser.value();
    let after = parser.peek().clone();
    if !parser.stopped && after.kind != TokenKind::End {
        let message = format!("unexpected {} after the end of the shot", after.describe());
        parser.findings.add(error_at(after.span, message).expected("the end of the file"));
    }
    (!parser.findings.has_errors()).then_some(node)
}

fn not_utf8(bytes: &[u8], offset: usize) -> crate::Diagnostic {
    let valid = bytes.get(..offset).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or_default();
    let mut lexer = Lexer::new(valid, Format::Ron);
    while lexer.bump().is_some() {}
    let byte = bytes.get(offset).copied().unwrap_or_default();
    error_at(lexer.span, format!("the file is not UTF-8 text: byte 0x{byte:02X} at offset {offset}"))
        .help("save the file in the encoding UTF-8")
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    format: Format,
    findings: &'a mut Findings,
    peeked: Option<Token>,
    /// The brackets that are open, outermost first.
    open: Vec<(Bracket, Span)>,
    values: usize,
    /// The current element is damaged: skip to its end without further messages.
    skip: bool,
    /// A limit was exceeded or the text ended; every loop leaves.
    stopped: bool,
}

impl Parser<'_> {
    fn peek(&mut self) -> &Token {
        let (lexer, findings) = (&mut self.lexer, &mut *self.findings);
        self.peeked.get_or_insert_with(|| lexer.next(findings))
    }

    fn next(&mut self) -> Token {
        match self.peeked.take() {
            Some(token) => token,
            None => self.lexer.next(self.findings),
        }
    }

    fn next_if(&mut self, wanted: &TokenKind) -> bool {
        let there = self.peek().kind == *wanted;
        if there {
            self.peeked = None;
        }
        there
    }

    /// Reports the next token, which stays.
    fn unexpected_next(&mut self, expected: &str) {
        let token = self.peek().clone();
        self.unexpected(&token, expected);
    }

    fn unexpected(&mut self, found: &Token, expected: &str) {
        self.skip = true;
        // What is malformed was reported when it was read.
        if found.kind != TokenKind::Bad {
            self.findings.add(error_at(found.span, format!("unexpected {}", found.describe())).expected(expected));
        }
    }

    fn stop(&mut self, at: Span, message: String, help: &str) {
        self.stopped = true;
        self.findings.add(error_at(at, message).help(help));
    }

    /// `#![enable(...)]` before the value: this reader always has these extensions on.
    fn attributes(&mut self) {
        const KNOWN: [&str; 4] =
            ["implicit_some", "unwrap_newtypes", "unwrap_variant_newtypes", "explicit_struct_names"];
        while self.format == Format::Ron && self.peek().kind == TokenKind::Hash {
            self.next();
            let opening = [
                TokenKind::Bang,
                TokenKind::Open(Bracket::Square),
                TokenKind::Word("enable".to_owned()),
                TokenKind::Open(Bracket::Paren),
            ];
            for wanted in opening {
                if !self.next_if(&wanted) {
                    return self.unexpected_next("an attribute such as `#![enable(implicit_some)]`");
                }
            }
            loop {
                let token = self.next();
                match &token.kind {
                    TokenKind::Word(word) if KNOWN.contains(&word.as_str()) => {}
                    TokenKind::Word(word) => {
                        let error = error_at(token.span, format!("there is no extension `{word}`"));
                        self.findings.add(error.expected(format!("one of {}", KNOWN.join(", "))));
                    }
                    TokenKind::Comma => {}
                    TokenKind::Close(Bracket::Paren) => break,
                    _ => return self.unexpected(&token, "the names of extensions and `)`"),
                }
            }
            if !self.next_if(&TokenKind::Close(Bracket::Square)) {
                return self.unexpected_next("`]`");
            }
        }
        self.skip = false;
    }

    fn value(&mut self) -> Node {
        let token = self.next();
        let span = token.span;
        self.values += 1;
        if self.values > MAX_VALUES {
            let message = format!("the shot has more than {MAX_VALUES} values");
            self.stop(span, message, "move large data into asset files and refer to them");
            return Node { span, kind: Kind::Null };
        }
        let kind = match token.kind {
            TokenKind::Open(bracket) => self.bracketed(bracket, span),
            TokenKind::Word(word) => self.word(word, span),
            TokenKind::Text(text) => Kind::String(text),
            TokenKind::Number(kind) => kind,
            // These end the surrounding element, whose loop consumes them.
            TokenKind::Close(_) | TokenKind::Comma | TokenKind::End => {
                self.unexpected(&token, "a value");
                self.peeked = Some(token);
                Kind::Null
            }
            TokenKind::Colon | TokenKind::Hash | TokenKind::Bang | TokenKind::Bad => {
                self.unexpected(&token, "a value");
                Kind::Null
            }
        };
        Node { span, kind }
    }

    fn word(&mut self, word: String, span: Span) -> Kind {
        match (word.as_str(), self.format) {
            ("true", _) => return Kind::Bool(true),
            ("false", _) => return Kind::Bool(false),
            ("null", Format::Json) => return Kind::Null,
            _ => {}
        }
        if let Some(value) = non_finite(&word) {
            return Kind::Float(value);
        }
        if self.format == Format::Json {
            let error = error_at(span, format!("unexpected `{}`", super::lexer::shortened(&word)));
            self.findings.add(error.expected("a value").help("texts need double quotes"));
            return Kind::Null;
        }
        let inner = if self.peek().kind == TokenKind::Open(Bracket::Paren) {
            let open = self.next();
            Some(Box::new(Node { span: open.span, kind: self.bracketed(Bracket::Paren, open.span) }))
        } else {
            None
        };
        Kind::Tagged { name: word, inner }
    }

    /// After an opening bracket.
    fn bracketed(&mut self, bracket: Bracket, span: Span) -> Kind {
        if self.open.len() >= MAX_DEPTH {
            let message = format!("brackets nest more than {MAX_DEPTH} deep");
            self.stop(span, message, "a shot needs far fewer levels; look for a bracket that is never closed");
            return Kind::Null;
        }
        self.open.push((bracket, span));
        let kind = match (bracket, self.format) {
            (Bracket::Paren, Format::Json) => {
                self.findings.add(
                    error_at(span, "unexpected `(`")
                        .expected("a value")
                        .help("JSON groups fields in `{}` and lists in `[]`"),
                );
                self.list(bracket)
            }
            (Bracket::Paren, Format::Ron) => {
                let named = matches!(self.peek().kind, TokenKind::Word(_)) && self.lexer.colon_follows();
                if named { self.map(bracket) } else { self.list(bracket) }
            }
            (Bracket::Square, _) => self.list(bracket),
            (Bracket::Curly, _) => self.map(bracket),
        };
        self.open.pop();
        kind
    }

    fn list(&mut self, bracket: Bracket) -> Kind {
        let mut items = Vec::new();
        self.elements(bracket, |parser| {
            let item = parser.value();
            items.push(item);
        });
        Kind::List { items, tuple: bracket == Bracket::Paren }
    }

    fn map(&mut self, bracket: Bracket) -> Kind {
        let mut fields = Vec::new();
        let names = bracket == Bracket::Paren;
        self.elements(bracket, |parser| fields.extend(parser.entry(names)));
        Kind::Map { fields, keys: if names { Keys::Names } else { Keys::Texts } }
    }

    /// `name: value`, or `key: value` in curly brackets.
    fn entry(&mut self, names: bool) -> Option<Field> {
        let token = self.next();
        let span = token.span;
        let name = match (&token.kind, self.format) {
            (TokenKind::Word(word), Format::Ron) => word.clone(),
            (TokenKind::Text(text), _) if !names => text.clone(),
            (TokenKind::Number(kind), Format::Ron) if !names => super::print::number_text(kind),
            _ => {
                let expected = match (names, self.format) {
                    (true, _) => "the name of a field",
                    (false, Format::Json) => "the name of a field in double quotes",
                    (false, Format::Ron) => "a key",
                };
                self.unexpected(&token, expected);
                return None;
            }
        };
        if !self.next_if(&TokenKind::Colon) {
            self.unexpected_next(&format!("`:` after `{}`", super::lexer::shortened(&name)));
            return None;
        }
        let value = self.value();
        Some(Field { name, span, value })
    }

    /// Calls `element` for each element up to the closing bracket.
    fn elements(&mut self, bracket: Bracket, mut element: impl FnMut(&mut Self)) {
        while !self.stopped {
            match self.peek().kind {
                TokenKind::Close(other) if other == bracket => {
                    self.next();
                    return;
                }
                TokenKind::Close(other) => {
                    self.mismatched(other);
                    // Either a bracket was forgotten, and this one closes another, or it is the wrong one.
                    let outer = self.open.iter().rev().skip(1).any(|(open, _)| *open == other);
                    if !outer {
                        self.next();
                    }
                    return;
                }
                TokenKind::End => return self.ends_early(),
                TokenKind::Comma => {
                    self.unexpected_next("a value");
                    self.skip = false;
                    self.next();
                }
                _ => {
                    element(self);
                    self.separator(bracket);
                }
            }
        }
    }

    /// After an element: the comma, or a message that it is missing.
    fn separator(&mut self, bracket: Bracket) {
        if std::mem::take(&mut self.skip) {
            self.skip_element();
        }
        if self.stopped {
            return;
        }
        match self.peek().kind {
            TokenKind::Comma => {
                let comma = self.next();
                if self.format == Format::Json && self.peek().kind == TokenKind::Close(bracket) {
                    let message = format!("the comma before `{}` is one too many", bracket.close());
                    self.findings.add(error_at(comma.span, message).help("JSON has no trailing commas"));
                }
            }
            TokenKind::Close(_) | TokenKind::End => {}
            // Most likely only the comma was forgotten: what can be an element is read as one.
            TokenKind::Word(_) | TokenKind::Text(_) | TokenKind::Number(_) | TokenKind::Open(_) => {
                self.unexpected_next(&format!("`,` or `{}`", bracket.close()));
                self.skip = false;
            }
            TokenKind::Colon | TokenKind::Hash | TokenKind::Bang | TokenKind::Bad => {
                self.unexpected_next(&format!("`,` or `{}`", bracket.close()));
                self.skip = false;
                self.skip_element();
                self.next_if(&TokenKind::Comma);
            }
        }
    }

    /// To the comma or closing bracket that ends the current element.
    fn skip_element(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek().kind {
                TokenKind::End => return,
                TokenKind::Comma if depth == 0 => return,
                TokenKind::Close(_) if depth == 0 => return,
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) => depth -= 1,
                _ => {}
            }
            self.next();
        }
    }

    fn mismatched(&mut self, other: Bracket) {
        let at = self.peek().span;
        let Some((bracket, span)) = self.open.last().copied() else { return };
        let message = format!("`{}` does not close the `{}` of {span}", other.close(), bracket.open());
        self.findings.add(error_at(at, message).expected(format!("`{}`", bracket.close())));
    }

    fn ends_early(&mut self) {
        let at = self.peek().span;
        let Some((bracket, span)) = self.open.last().copied() else { return };
        let message = format!("the file ends, but the `{}` of {span} is not closed", bracket.open());
        self.stop(at, message, "was the file cut off?");
    }
}
