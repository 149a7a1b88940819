//! Texts and numbers of both notations.

use super::lexer::{Lexer, TokenKind, error_at, shortened};
use super::{Kind, Span};
use crate::error::Diagnostic;
use crate::load::Format;

fn not_closed(span: Span) -> Box<Diagnostic> {
    error_at(span, "the text is not closed").expected("a closing `\"`").into()
}

impl Lexer<'_> {
    /// A text in double quotes.
    pub(super) fn text(&mut self) -> Result<TokenKind, Box<Diagnostic>> {
        let start = self.span;
        self.bump();
        let mut text = String::new();
        let mut wrong = None;
        loop {
            let at = self.span;
            match self.peek() {
                None => return Err(not_closed(start)),
                Some('"') => {
                    self.bump();
                    return wrong.map_or(Ok(TokenKind::Text(text)), Err);
                }
                Some('\\') => {
                    self.bump();
                    match self.escape(at) {
                        Ok(c) => text.extend(c),
                        Err(error) => wrong = wrong.or(Some(error)),
                    }
                }
                // JSON texts end on their line, so a forgotten quote does not swallow the rest of the file.
                Some('\n') if self.format == Format::Json => return Err(not_closed(start)),
                Some(c) if c < ' ' && self.format == Format::Json => {
                    self.bump();
                    let message = format!("the control character {c:?} must be escaped in JSON");
                    wrong = wrong.or_else(|| Some(error_at(at, message).into()));
                }
                Some(c) => {
                    self.bump();
                    text.push(c);
                }
            }
        }
    }

    /// What follows a backslash. `None` for a line continuation.
    fn escape(&mut self, at: Span) -> Result<Option<char>, Box<Diagnostic>> {
        let unknown = |c: Option<char>| {
            Box::new(match c {
                Some(c) => error_at(at, format!("there is no escape `\\{}`", c.escape_debug()))
                    .help("write `\\\\` for a backslash"),
                None => error_at(at, "the text ends in a backslash"),
            })
        };
        let ron = self.format == Format::Ron;
        // A line end stays, because JSON texts end there.
        let c = self.peek();
        if c.is_some_and(|c| c != '\n') {
            self.bump();
        }
        let character = match c {
            Some('"') => '"',
            Some('\\') => '\\',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('/') if !ron => '/',
            Some('b') if !ron => '\u{8}',
            Some('f') if !ron => '\u{C}',
            Some('0') if ron => '\0',
            Some('\'') if ron => '\'',
            Some('x') if ron => self.code_point(at, 2)?,
            Some('u') if ron => return self.braced_code_point(at).map(Some),
            Some('u') => return self.utf16_escape(at).map(Some),
            Some('\n') if ron => {
                self.take_while(char::is_whitespace);
                return Ok(None);
            }
            other => return Err(unknown(other)),
        };
        Ok(Some(character))
    }

    fn hex_digits(&mut self, at: Span, most: usize) -> Result<u32, Box<Diagnostic>> {
        let mut left = most;
        let digits = self.take_while(|c| {
            let wanted = left > 0 && c.is_ascii_hexdigit();
            left = left.saturating_sub(1);
            wanted
        });
        u32::from_str_radix(digits, 16).map_err(|_| error_at(at, "the escape needs hexadecimal digits").into())
    }

    fn code_point(&mut self, at: Span, digits: usize) -> Result<char, Box<Diagnostic>> {
        let code = self.hex_digits(at, digits)?;
        char::from_u32(code).ok_or_else(|| error_at(at, format!("there is no character {code:x}")).into())
    }

    fn braced_code_point(&mut self, at: Span) -> Result<char, Box<Diagnostic>> {
        let form = || {
            let error = error_at(at, "the escape is not complete");
            Box::new(error.expected("`\\u{...}` with 1 to 6 hexadecimal digits"))
        };
        if !self.bump_if('{') {
            return Err(form());
        }
        let c = self.code_point(at, 6)?;
        if self.bump_if('}') { Ok(c) } else { Err(form()) }
    }

    /// `\uXXXX`, twice for characters beyond 16 bits.
    fn utf16_escape(&mut self, at: Span) -> Result<char, Box<Diagnostic>> {
        let lone = || {
            let error = error_at(at, "the escape is half of a character");
            Box::new(error.expected("a pair such as `\\ud83d\\ude00`"))
        };
        let before = self.span.column;
        let first = self.hex_digits(at, 4)?;
        if self.span.column != before + 4 {
            let error = error_at(at, "the escape is not complete");
            return Err(error.expected("`\\u` with 4 hexadecimal digits").into());
        }
        if !(0xD800..0xE000).contains(&first) {
            return char::from_u32(first).ok_or_else(lone);
        }
        if !(self.bump_if('\\') && self.bump_if('u')) {
            return Err(lone());
        }
        let second = self.hex_digits(at, 4)?;
        let units = [first, second].map(|unit| u16::try_from(unit).unwrap_or_default());
        match char::decode_utf16(units).next() {
            Some(Ok(c)) => Ok(c),
            _ => Err(lone()),
        }
    }

    /// From the `#` or `"` of `r#"..."#`.
    pub(super) fn raw_text(&mut self) -> Result<TokenKind, Box<Diagnostic>> {
        let start = self.span;
        let hashes = self.take_while(|c| c == '#').len();
        if !self.bump_if('"') {
            return Err(error_at(start, "the raw text has no opening quote").expected("`r#\"...\"#`").into());
        }
        let mut text = String::new();
        while let Some(c) = self.bump() {
            if c == '"' {
                let mut found = 0;
                while found < hashes && self.bump_if('#') {
                    found += 1;
                }
                if found == hashes {
                    return Ok(TokenKind::Text(text));
                }
                text.push('"');
                text.extend(std::iter::repeat_n('#', found));
            } else {
                text.push(c);
            }
        }
        Err(not_closed(start))
    }

    /// A character in single quotes, which counts as a text.
    pub(super) fn character(&mut self) -> Result<TokenKind, Box<Diagnostic>> {
        let start = self.span;
        self.bump();
        if self.format == Format::Json {
            self.take_while(|c| !matches!(c, '\'' | '\n'));
            self.bump_if('\'');
            return Err(error_at(start, "unexpected single quote").help("texts need double quotes").into());
        }
        let c = match self.peek() {
            Some('\\') => {
                self.bump();
                self.escape(start)?
            }
            Some('\'' | '\n') => None,
            _ => self.bump(),
        };
        match c {
            Some(c) if self.bump_if('\'') => Ok(TokenKind::Text(c.to_string())),
            _ => {
                // A text in single quotes is stepped over if it ends on this line.
                let mut ahead = self.clone();
                ahead.take_while(|c| !matches!(c, '\'' | '\n'));
                if ahead.bump_if('\'') {
                    *self = ahead;
                }
                let error = error_at(start, "single quotes hold one character");
                Err(error.help("write a text in double quotes").into())
            }
        }
    }

    /// A number; signs, letters, points and underscores that touch it belong to it.
    pub(super) fn number(&mut self) -> Result<TokenKind, Box<Diagnostic>> {
        let start = self.span;
        let mut last = ' ';
        let mut radix = false;
        let mut count = 0_usize;
        let text = self.take_while(|c| {
            let exponent_sign = matches!(last, 'e' | 'E') && !radix;
            let part = c.is_alphanumeric() || matches!(c, '_' | '.');
            let wanted = part || (matches!(c, '+' | '-') && (count == 0 || exponent_sign));
            radix |= last == '0' && matches!(c, 'x' | 'b' | 'o') && count <= 2;
            last = c;
            count += 1;
            wanted
        });
        let kind = match self.format {
            Format::Ron => ron_number(text),
            Format::Json => json_number(text),
        };
        kind.map(TokenKind::Number).ok_or_else(|| {
            let error = error_at(start, format!("`{}` is not a number", shortened(text)));
            Box::new(match self.format {
                Format::Ron => error,
                Format::Json => error.help("JSON numbers look like 12, -0.5 or 1e-3"),
            })
        })
    }
}

/// A word that means a number that is not finite; validation refuses it with the field's name.
pub(super) fn non_finite(word: &str) -> Option<f64> {
    match word {
        "inf" | "Infinity" | "infinity" => Some(f64::INFINITY),
        "NaN" | "nan" => Some(f64::NAN),
        _ => None,
    }
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn whole(negative: bool, digits: &str, radix: u32) -> Option<Kind> {
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    let fits = !negative || magnitude <= i64::MIN.unsigned_abs();
    fits.then_some(Kind::Integer { negative: negative && magnitude != 0, magnitude })
}

fn ron_number(text: &str) -> Option<Kind> {
    let (negative, rest) = split_sign(text);
    if let Some(value) = non_finite(rest) {
        return Some(Kind::Float(if negative { -value } else { value }));
    }
    let radix = match rest.get(..2) {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    let digits: String = rest.chars().filter(|c| *c != '_').collect();
    if radix != 10 {
        let digits = digits.get(2..)?;
        return if digits.starts_with(['+', '-']) { None } else { whole(negative, digits, radix) };
    }
    if rest.starts_with('_') || !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    decimal(negative, &digits)
}

/// Digits without a sign: an integer if it looks like one and fits in 64 bits, else the nearest float.
fn decimal(negative: bool, digits: &str) -> Option<Kind> {
    if digits.bytes().all(|b| b.is_ascii_digit())
        && let Some(kind) = whole(negative, digits, 10)
    {
        return Some(kind);
    }
    if !digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    let value: f64 = digits.parse().ok()?;
    Some(Kind::Float(if negative { -value } else { value }))
}

fn json_number(text: &str) -> Option<Kind> {
    if let Some(rest) = text.strip_prefix('-')
        && let Some(value) = non_finite(rest)
    {
        return Some(Kind::Float(-value));
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let (integer, fraction) = match mantissa.split_once('.') {
        Some((integer, fraction)) => (integer, Some(fraction)),
        None => (mantissa, None),
    };
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let no_leading_zero = integer == "0" || !integer.starts_with('0');
    let exponent_ok = exponent.is_none_or(|e| all_digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    if !(all_digits(integer) && no_leading_zero && fraction.is_none_or(all_digits) && exponent_ok) {
        return None;
    }
    decimal(text.starts_with('-'), digits)
}
