//! The list's filters as they stand in the URL, and the addresses of the same list with one thing changed.

use actix_web::web;
use serde::Deserialize;

use crate::service::payout_list;
use crate::web::address::with_query;

/// What the URL says; empty means "not set". Unknown parameters are ignored.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct ListQuery {
    /// A tab: a state's name, `to_approve` or `unknown`.
    pub status: String,
    /// Ids, references, a payee's name or email; several when separated by spaces, commas or lines.
    pub q: String,
    /// Many ids or references, one per line or with commas.
    pub ids: String,
    /// First day, in the reader's zone.
    pub from: String,
    /// Last day, in the reader's zone.
    pub to: String,
    /// A client's number.
    pub client: String,
    /// A wallet's number.
    pub wallet: String,
    pub currency: String,
    /// A payee's id.
    pub payee: String,
    /// A rail's name.
    pub provider: String,
    /// A credential's id.
    pub credential: String,
    /// `yes`: only payouts with a reversal.
    pub reversed: String,
    /// Show what is older than this id.
    pub after: String,
    /// Show what is newer than this id.
    pub before: String,
}

impl ListQuery {
    /// The list's address as it stands.
    pub fn href(&self) -> String {
        self.at("/payouts")
    }

    /// The query alone, for a form that leads back to the list.
    pub fn query(&self) -> String {
        self.href().split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
    }

    /// What [`query`](ListQuery::query) wrote; what cannot be read is the whole list.
    pub fn read(query: &str) -> ListQuery {
        web::Query::from_query(query).map(web::Query::into_inner).unwrap_or_default()
    }

    /// The same filter at another address, for example the export's.
    pub fn at(&self, path: &str) -> String {
        with_query(path, &self.pairs())
    }

    /// The first page of the list with something changed.
    pub fn with(&self, change: impl FnOnce(&mut ListQuery)) -> ListQuery {
        let mut changed = ListQuery { after: String::new(), before: String::new(), ..self.clone() };
        change(&mut changed);
        changed
    }

    /// What the service looks for: pasted ids and the search box are one search.
    pub fn filter(&self) -> payout_list::ListQuery {
        let q =
            [self.q.trim(), self.ids.trim()].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
        payout_list::ListQuery {
            status: self.status.clone(),
            q,
            from: self.from.clone(),
            to: self.to.clone(),
            client: self.client.clone(),
            wallet: self.wallet.clone(),
            currency: self.currency.clone(),
            payee: self.payee.clone(),
            provider: self.provider.clone(),
            credential: self.credential.clone(),
            reversed: self.reversed.clone(),
            after: self.after.clone(),
            before: self.before.clone(),
        }
    }

    /// Whether anything but the tab narrows the list.
    pub fn is_narrowed(&self) -> bool {
        let tab_only = ListQuery { status: self.status.clone(), ..ListQuery::default() };
        self.with(|_| {}) != tab_only
    }

    /// Whether the address asks for another page than the first.
    pub fn has_cursor(&self) -> bool {
        !self.after.is_empty() || !self.before.is_empty()
    }

    fn pairs(&self) -> [(&'static str, &str); 14] {
        [
            ("status", &self.status),
            ("q", &self.q),
            ("ids", &self.ids),
            ("from", &self.from),
            ("to", &self.to),
            ("client", &self.client),
            ("wallet", &self.wallet),
            ("currency", &self.currency),
            ("payee", &self.payee),
            ("provider", &self.provider),
            ("credential", &self.credential),
            ("reversed", &self.reversed),
            ("after", &self.after),
            ("before", &self.before),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_filter_starts_at_the_first_page_and_keeps_the_rest() {
        let query = ListQuery { q: "Elif Yıldırım".into(), after: "pyt_1".into(), ..ListQuery::default() };
        assert_eq!(
            query.with(|q| q.status = "queued".into()).href(),
            "/payouts?status=queued&q=Elif%20Y%C4%B1ld%C4%B1r%C4%B1m"
        );
        assert_eq!(query.at("/payouts/export.csv"), "/payouts/export.csv?q=Elif%20Y%C4%B1ld%C4%B1r%C4%B1m&after=pyt_1");
        assert_eq!(ListQuery::read(&query.query()), query);
        assert!(query.is_narrowed());
        assert!(!ListQuery { status: "queued".into(), ..ListQuery::default() }.is_narrowed());
    }
}
