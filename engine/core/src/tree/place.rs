//! From a path inside a document to its place.

use super::Node;

/// The node that a path such as `part.Rigid.joints[2].other` leads to, as far as it leads.
pub(crate) fn locate<'n>(root: &'n Node, path: &str) -> &'n Node {
    let mut node = root;
    for segment in path.split(['.', '[']).filter(|segment| !segment.is_empty()) {
        let content = node.some_content();
        let next = match segment.strip_suffix(']').map(str::parse::<usize>) {
            Some(Ok(index)) => content.items().and_then(|items| items.get(index)),
            _ => match content.tag() {
                Some((name, _, Some(inner))) if name == segment => Some(inner.unwrapped()),
                _ => content.field(segment),
            },
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    node
}
