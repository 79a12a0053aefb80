//! Transfers among the records that a set of units works on, and the lines they make on statements.

use super::{About, Books};
use crate::domain::caller::Caller;
use crate::domain::ids::{Mint, TransferId, WalletId};
use crate::domain::ledger::{Account, Kind, Posting};
use crate::domain::money::{MAX_MINOR, Money};
use crate::domain::payout::{Refusal, Rule};
use crate::domain::transfer::Transfer;

impl Books {
    /// The transfer, if it exists and the caller may see it.
    pub fn transfer(&self, id: TransferId, caller: &Caller) -> Result<&Transfer, Refusal> {
        self.transfers
            .get(&id)
            .filter(|transfer| caller.may_see(transfer.client_id))
            .ok_or_else(|| Refusal::new(Rule::NotFound, "There is no such transfer."))
    }

    /// Adds a transfer made by this set.
    pub fn add_transfer(&mut self, transfer: Transfer) {
        self.changes.new_transfers.push(transfer.id);
        let id = transfer.id;
        self.transfers.insert(id, transfer);
        self.announce_transfer(id, None);
    }

    /// The transfer to change; its version rises once per call.
    pub fn change_transfer(&mut self, id: TransferId, how: impl FnOnce(&mut Transfer)) {
        let transfer = self.transfers.get_mut(&id).expect("a plan changes only what was loaded");
        if !self.changes.new_transfers.contains(&id) {
            self.changes.changed_transfers.entry(id).or_insert(transfer.version);
        }
        let before = transfer.state;
        transfer.version += 1;
        how(transfer);
        self.announce_transfer(id, Some(before));
    }

    /// Moves available money between two wallets: one posting, and a line on each statement.
    ///
    /// Refused when the source has too little, or the target would have too much; nothing is changed then.
    pub fn post_between(
        &mut self,
        mint: &mut Mint,
        (source, target): (WalletId, WalletId),
        amount: Money,
        transfer_id: TransferId,
        reference: &str,
    ) -> Result<(), Refusal> {
        self.check_room(target, amount)?;
        let name = |id| self.wallets[&id].name.clone();
        let about = |remarks| About { transfer_id: Some(transfer_id), remarks, ..About::default() };
        let said = |what: String| if reference.is_empty() { what } else { format!("{what}: {reference}") };
        let (to, from) = (said(format!("To {}", name(target))), said(format!("From {}", name(source))));
        let posting = Posting::new(Account::Available(source), Account::Available(target), amount);
        self.post(mint, Kind::Transfer, source, [posting], about(to))?;
        self.line(mint, Kind::Transfer, target, (amount.minor, 0), about(from)).map(|_| ())
    }

    /// Refuses what would make a wallet hold more than Paydesk handles.
    pub fn check_room(&self, id: WalletId, amount: Money) -> Result<(), Refusal> {
        let wallet = &self.wallets[&id];
        if wallet.available_minor + wallet.held_minor + amount.minor > MAX_MINOR {
            return Err(Refusal::new(Rule::AmountOutOfRange, "The wallet would hold more than Paydesk handles."));
        }
        Ok(())
    }
}
