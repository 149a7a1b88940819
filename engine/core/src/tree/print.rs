//! The tree as RON text, in the layout of the project's own shots.

use std::fmt::Write;

use super::{Keys, Kind, Node};

/// Lines longer than this are broken, one value a line.
const WIDTH: usize = 100;
const INDENT: usize = 4;

/// A number as both notations write it; integers keep no point, floats always have one or an exponent.
pub fn number_text(kind: &Kind) -> String {
    match kind {
        Kind::Integer { negative, magnitude } => format!("{}{magnitude}", if *negative { "-" } else { "" }),
        Kind::Float(value) => format!("{value:?}"),
        _ => String::new(),
    }
}

/// The whole document with a final newline.
pub fn to_ron(node: &Node) -> String {
    let mut text = String::new();
    print(node, 0, 0, &mut text);
    text.push('\n');
    text
}

/// Prints on one line where that fits after `used` columns, else broken over lines at `depth`.
fn print(node: &Node, depth: usize, used: usize, out: &mut String) {
    let room = WIDTH.saturating_sub(used);
    let mut line = String::new();
    if inline(node, room, &mut line) {
        out.push_str(&line);
        return;
    }
    match &node.kind {
        Kind::Tagged { name, inner: Some(inner) } => {
            out.push_str(name);
            match inner.unwrapped() {
                // `Name([` and `])` keep one level of indentation for a single list.
                only if !std::ptr::eq(only, inner.as_ref()) => {
                    out.push('(');
                    print(only, depth, used + name.len() + 1, out);
                    out.push(')');
                }
                _ => print(inner, depth, used + name.len(), out),
            }
        }
        Kind::List { items, tuple } => {
            let (open, close) = if *tuple { ('(', ')') } else { ('[', ']') };
            let names = std::iter::repeat_n(None, items.len());
            block(open, close, names.zip(items), depth, out);
        }
        Kind::Map { fields, keys } => {
            let (open, close) = brackets(*keys);
            let named = fields.iter().map(|field| (Some(key_text(*keys, &field.name)), &field.value));
            block(open, close, named, depth, out);
        }
        // A scalar is printed whatever its length.
        _ => {
            let _ = inline(node, usize::MAX, out);
        }
    }
}

fn block<'a>(
    open: char,
    close: char,
    entries: impl Iterator<Item = (Option<String>, &'a Node)>,
    depth: usize,
    out: &mut String,
) {
    out.push(open);
    out.push('\n');
    for (name, value) in entries {
        let indent = (depth + 1) * INDENT;
        out.extend(std::iter::repeat_n(' ', indent));
        let mut used = indent + 1;
        if let Some(name) = name {
            used += name.len() + 2;
            out.push_str(&name);
            out.push_str(": ");
        }
        print(value, depth + 1, used, out);
        out.push_str(",\n");
    }
    out.extend(std::iter::repeat_n(' ', depth * INDENT));
    out.push(close);
}

/// Appends the node on one line; false, with `out` unfinished, once it is longer than `room`.
fn inline(node: &Node, room: usize, out: &mut String) -> bool {
    match &node.kind {
        Kind::Null => out.push_str("None"),
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Integer { .. } | Kind::Float(_) => out.push_str(&number_text(&node.kind)),
        Kind::String(text) => out.push_str(&quoted(text)),
        Kind::List { items, tuple } => {
            out.push(if *tuple { '(' } else { '[' });
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                if !inline(item, room, out) {
                    return false;
                }
            }
            out.push(if *tuple { ')' } else { ']' });
        }
        Kind::Map { fields, keys } => {
            let (open, close) = brackets(*keys);
            out.push(open);
            for (index, field) in fields.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                out.push_str(&key_text(*keys, &field.name));
                out.push_str(": ");
                if !inline(&field.value, room, out) {
                    return false;
                }
            }
            out.push(close);
        }
        Kind::Tagged { name, inner } => {
            out.push_str(name);
            if let Some(inner) = inner
                && !inline(inner, room, out)
            {
                return false;
            }
        }
    }
    out.len() <= room
}

fn brackets(keys: Keys) -> (char, char) {
    match keys {
        Keys::Names => ('(', ')'),
        Keys::Texts | Keys::Numbers => ('{', '}'),
    }
}

fn key_text(keys: Keys, name: &str) -> String {
    match keys {
        Keys::Names | Keys::Numbers => name.to_owned(),
        Keys::Texts => quoted(name),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
