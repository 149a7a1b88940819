//! Ids and parents.

use std::collections::BTreeMap;

use crate::check::PartView;
use crate::error::Diagnostic;
use crate::findings::Findings;
use crate::nearest::nearest;
use crate::shot::{MAX_ID_LEN, MAX_PARENT_DEPTH};

/// Ids are written by people, used in track targets and shown in file names.
fn is_well_formed(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    !id.is_empty() && id.len() <= MAX_ID_LEN && id.bytes().all(allowed)
}

pub(crate) fn check_ids(views: &[PartView<'_>], findings: &mut Findings) {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, view) in views.iter().enumerate() {
        let Some(id) = view.id else { continue };
        let span = view.span_of("id");
        let at = |diagnostic: Diagnostic| diagnostic.at(format!("parts[{index}].id")).place(span.line, span.column);
        if !is_well_formed(id) {
            let shown: String = id.chars().take(40).collect();
            let expected = format!("1 to {MAX_ID_LEN} of the characters A-Z a-z 0-9 _ . -");
            findings.add(at(Diagnostic::error(format!("{shown:?} is not an id")).expected(expected)));
        }
        match first.get(id) {
            Some(other) => {
                let place = views.get(*other).map(|view| view.span_of("id")).unwrap_or_default();
                let of = if place.line > 0 { format!(" at {place}") } else { String::new() };
                let message = format!("the id `{id}` already belongs to parts[{other}]{of}");
                findings.add(at(Diagnostic::error(message).help("give every part its own id")));
            }
            None => {
                first.insert(id, index);
            }
        }
    }
}

pub(crate) fn check_parents(views: &[PartView<'_>], findings: &mut Findings) {
    let by_id: BTreeMap<&str, usize> =
        views.iter().enumerate().rev().filter_map(|(index, view)| Some((view.id?, index))).collect();
    let mut parents: Vec<Option<usize>> = Vec::with_capacity(views.len());
    for (index, view) in views.iter().enumerate() {
        let id = view.parent.and_then(|parent| parent.text());
        let parent = id.and_then(|id| by_id.get(id)).copied();
        if let (Some(id), None) = (id, parent) {
            let others = by_id.keys().copied().filter(|other| Some(*other) != view.id);
            let near = nearest(id, others);
            let shown: String = id.chars().take(40).collect();
            let error = Diagnostic::error(format!("there is no part `{shown}`")).expected("the id of another part");
            findings.add(at_parent(index, view, error.did_you_mean(near)));
        }
        parents.push(parent);
    }
    check_chains(views, &parents, findings);
}

fn at_parent(index: usize, view: &PartView<'_>, diagnostic: Diagnostic) -> Diagnostic {
    let span = view.span_of("parent");
    diagnostic.at(format!("parts[{index}].parent")).place(span.line, span.column)
}

/// Reports each cycle once and each chain that is too long once, in time linear in the number of parts.
fn check_chains(views: &[PartView<'_>], parents: &[Option<usize>], findings: &mut Findings) {
    #[derive(Clone, Copy)]
    enum Seen {
        Never,
        /// On the current walk.
        OnWalk,
        /// Ends properly, this many levels below the world; cycles count as 0.
        Depth(usize),
    }
    let mut seen = vec![Seen::Never; parents.len()];
    let state = |seen: &[Seen], index: usize| seen.get(index).copied().unwrap_or(Seen::Depth(0));
    for start in 0..parents.len() {
        let mut walk = Vec::new();
        let mut next = Some(start);
        let mut depth = loop {
            let Some(index) = next else { break 0 };
            match state(&seen, index) {
                Seen::Depth(depth) => break depth,
                Seen::OnWalk => {
                    report_cycle(views, walk.get(position_of(&walk, index)..).unwrap_or(&[]), findings);
                    break 0;
                }
                Seen::Never => {
                    if let Some(slot) = seen.get_mut(index) {
                        *slot = Seen::OnWalk;
                    }
                    walk.push(index);
                    next = parents.get(index).copied().flatten();
                }
            }
        };
        for index in walk.iter().rev() {
            depth += 1;
            if depth == MAX_PARENT_DEPTH + 1
                && let Some(view) = views.get(*index)
            {
                let message = format!("parents nest more than {MAX_PARENT_DEPTH} deep");
                let error = Diagnostic::error(message).help("give the part a parent nearer to the world");
                findings.add(at_parent(*index, view, error));
            }
            if let Some(slot) = seen.get_mut(*index) {
                *slot = Seen::Depth(depth);
            }
        }
    }
}

fn position_of(walk: &[usize], index: usize) -> usize {
    walk.iter().position(|other| *other == index).unwrap_or(walk.len())
}

fn report_cycle(views: &[PartView<'_>], cycle: &[usize], findings: &mut Findings) {
    const MAX_SHOWN: usize = 8;
    let Some(first) = cycle.iter().min().copied() else { return };
    let start = position_of(cycle, first);
    let names: Vec<&str> = cycle
        .iter()
        .cycle()
        .skip(start)
        .take(cycle.len().min(MAX_SHOWN))
        .filter_map(|index| views.get(*index)?.id)
        .collect();
    let dots = if cycle.len() > MAX_SHOWN { "... -> " } else { "" };
    let first_name = names.first().copied().unwrap_or_default();
    let message = format!("the parents form a circle: {} -> {dots}{first_name}", names.join(" -> "));
    if let Some(view) = views.get(first) {
        let error = Diagnostic::error(message).help("remove `parent` from one of them");
        findings.add(at_parent(first, view, error));
    }
}
