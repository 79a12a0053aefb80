//! Counts and lists in words.

use crate::domain::money::group;

/// `1 wallet`, `1,204 wallets`.
pub fn many(count: usize, one: &str, more: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{} {more}", group(count as u64)),
    }
}

/// `A`, `A and B`, `A, B and C`; beyond `most` names the rest is counted: `A, B and 3 more`.
pub fn listed(names: &[&str], most: usize) -> String {
    let rest = names.len().saturating_sub(most);
    let mut parts: Vec<String> = names.iter().take(most).map(|name| (*name).to_owned()).collect();
    if rest > 0 {
        parts.push(format!("{rest} more"));
    }
    match parts.pop() {
        None => String::new(),
        Some(last) if parts.is_empty() => last,
        Some(last) => format!("{} and {last}", parts.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_lists_read_as_english() {
        assert_eq!(many(1, "entry", "entries"), "1 entry");
        assert_eq!(many(1_204, "entry", "entries"), "1,204 entries");
        assert_eq!(listed(&["A"], 3), "A");
        assert_eq!(listed(&["A", "B", "C"], 3), "A, B and C");
        assert_eq!(listed(&["A", "B", "C", "D"], 2), "A, B and 2 more");
        assert_eq!(listed(&[], 2), "");
    }
}
