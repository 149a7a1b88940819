//! "Did you mean": the valid name nearest to a wrong one.

/// The candidate most like `name` by Jaro-Winkler similarity, if any is like it at all. Ties go to the first.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    /// Below this, suggestions look random to a reader.
    const ALIKE: f64 = 0.72;
    // Very long names are never typing mistakes, and the comparison is quadratic in their length.
    const LONGEST: usize = 128;
    if name.len() > LONGEST {
        return None;
    }
    let wanted = name.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST) {
        let score = strsim::jaro_winkler(&wanted, &candidate.to_lowercase());
        if score >= ALIKE && best.is_none_or(|(top, _)| score > top) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, candidate)| candidate.to_owned())
}

/// ` (did you mean `name`?)`, or nothing.
pub(crate) fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_typing_mistakes_and_nothing_else() {
        let names = ["position", "rotation_deg", "scale", "visible"];
        let find = |name| nearest(name, names);
        assert_eq!(find("postion").as_deref(), Some("position"));
        assert_eq!(find("Scale").as_deref(), Some("scale"));
        assert_eq!(find("rotation").as_deref(), Some("rotation_deg"));
        assert_eq!(find("qqq"), None);
        assert_eq!(find(""), None);
        assert_eq!(nearest(&"scale".repeat(100), names), None);
    }
}
