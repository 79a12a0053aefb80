//! The list's filters as they stand in the URL, and the addresses of the same list with one thing changed.

use crate::service::link_list::LinkQuery;
use crate::web::address::with_query;

/// The list's address as it stands.
pub fn href(query: &LinkQuery) -> String {
    at(query, "/payout-links")
}

/// The same filter at another address, for example the export's.
pub fn at(query: &LinkQuery, path: &str) -> String {
    let pairs = [
        ("status", query.status.as_str()),
        ("q", &query.q),
        ("from", &query.from),
        ("to", &query.to),
        ("client", &query.client),
        ("wallet", &query.wallet),
        ("currency", &query.currency),
        ("amount", &query.amount),
        ("contact", &query.contact),
        ("provider", &query.provider),
        ("credential", &query.credential),
        ("after", &query.after),
        ("before", &query.before),
    ];
    with_query(path, &pairs)
}

/// The first page of the list with something changed.
pub fn with(query: &LinkQuery, change: impl FnOnce(&mut LinkQuery)) -> LinkQuery {
    let mut changed = LinkQuery { after: String::new(), before: String::new(), ..query.clone() };
    change(&mut changed);
    changed
}

/// Whether anything but the tab narrows the list.
pub fn is_narrowed(query: &LinkQuery) -> bool {
    let tab_only = LinkQuery { status: query.status.clone(), ..LinkQuery::default() };
    with(query, |_| {}) != tab_only
}

/// Whether the address asks for another page than the first.
pub fn has_cursor(query: &LinkQuery) -> bool {
    !query.after.is_empty() || !query.before.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_filter_starts_at_the_first_page_and_keeps_the_rest() {
        let query = LinkQuery { q: "Elif Y.".into(), after: "lnk_1".into(), ..LinkQuery::default() };
        let changed = with(&query, |query| query.status = "issued".into());
        assert_eq!(href(&changed), "/payout-links?status=issued&q=Elif%20Y.");
        assert_eq!(at(&query, "/x"), "/x?q=Elif%20Y.&after=lnk_1");
        assert!(is_narrowed(&query));
        assert!(!is_narrowed(&LinkQuery { status: "issued".into(), ..LinkQuery::default() }));
    }
}
