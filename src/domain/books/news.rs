//! What webhooks are told of a set of units.

use std::collections::BTreeSet;

use super::Books;
use crate::domain::ids::{ClientId, Mint, PayoutId, PayoutLinkId, ReversalId, TransferId};
use crate::domain::payout::State as PayoutState;
use crate::domain::payout_link::State as LinkState;
use crate::domain::reversal::State as ReversalState;
use crate::domain::transfer::State as TransferState;
use crate::domain::webhook::{Event, Kind, News, ReversalRecord, Snapshot};

impl Books {
    /// Notes a change of a payout, as the payout stands now, if a webhook of its client wants to know.
    pub(super) fn announce_payout(&mut self, id: PayoutId, kind: Kind, from: Option<PayoutState>, to: PayoutState) {
        let record = &self.payouts[&id];
        let client_id = record.payout.client_id;
        if self.wants(client_id, kind) {
            let snapshot = Snapshot::Payout(Box::new(record.clone()));
            self.note_news(client_id, kind, id.to_string(), (from.map(PayoutState::name), to.name()), snapshot);
        }
    }

    /// The same for a payout link.
    pub(super) fn announce_link(&mut self, id: PayoutLinkId, kind: Kind, from: Option<LinkState>, to: LinkState) {
        let record = &self.links[&id];
        let client_id = record.link.client_id;
        if self.wants(client_id, kind) {
            let snapshot = Snapshot::Link(Box::new(record.clone()));
            self.note_news(client_id, kind, id.to_string(), (from.map(LinkState::name), to.name()), snapshot);
        }
    }

    /// The same for a reversal that was made, has completed or has failed.
    pub fn announce_reversal(&mut self, id: ReversalId) {
        let reversal = &self.reversals[&id];
        let (client_id, state) = (reversal.client_id, reversal.state);
        let kind = Kind::of_reversal(state);
        if self.wants(client_id, kind) {
            let payout = self.payouts[&reversal.payout_id].clone();
            let record = ReversalRecord { reversal: reversal.clone(), payout };
            let from = (state != ReversalState::Pending).then_some(ReversalState::Pending.name());
            let snapshot = Snapshot::Reversal(Box::new(record));
            self.note_news(client_id, kind, id.to_string(), (from, state.name()), snapshot);
        }
    }

    /// A transfer was made, or one that waited has ended.
    pub(super) fn announce_transfer(&mut self, id: TransferId, from: Option<TransferState>) {
        let transfer = &self.transfers[&id];
        let kind = if from.is_none() { Kind::TransferMade } else { Kind::TransferEnded };
        if self.wants(transfer.client_id, kind) {
            let (client_id, to) = (transfer.client_id, transfer.state.name());
            let snapshot = Snapshot::Transfer(Box::new(transfer.clone()));
            self.note_news(client_id, kind, id.to_string(), (from.map(TransferState::name), to), snapshot);
        }
    }

    /// Turns what the unit noted into rows of the outbox, in the order it happened.
    pub fn write_news(&mut self, mint: &mut Mint) {
        for news in std::mem::take(&mut self.news) {
            self.changes.webhook_events.push(Event {
                id: mint.next(),
                client_id: news.client_id,
                kind: news.kind,
                about_id: news.about_id,
                from_state: news.from.map(str::to_owned),
                to_state: news.to.to_owned(),
                snapshot: news.snapshot.to_text(),
            });
        }
    }

    fn wants(&self, client_id: ClientId, kind: Kind) -> bool {
        self.listeners.get(&client_id).is_some_and(|wanted: &BTreeSet<Kind>| wanted.contains(&kind))
    }

    fn note_news(
        &mut self,
        client_id: ClientId,
        kind: Kind,
        about_id: String,
        (from, to): (Option<&'static str>, &'static str),
        snapshot: Snapshot,
    ) {
        let snapshot = snapshot.without_secrets();
        self.news.push(News { client_id, kind, about_id, from, to, snapshot });
    }
}
