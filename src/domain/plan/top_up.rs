//! Money coming into a wallet from outside.

use crate::domain::books::{About, Books};
use crate::domain::caller::Caller;
use crate::domain::command::{Done, TopUp};
use crate::domain::ids::Mint;
use crate::domain::ledger::{Account, Kind, Posting};
use crate::domain::payout::Refusal;

pub(super) fn plan(books: &mut Books, caller: &Caller, top_up: &TopUp, mint: &mut Mint) -> Result<Done, Refusal> {
    let (number, amount) = (top_up.wallet_number, top_up.amount);
    let wallet = books.open_wallet(number, amount.currency, caller)?.clone();
    books.check_room(wallet.id, amount)?;
    let posting = Posting::new(Account::Funding(amount.currency), Account::Available(wallet.id), amount);
    let about = About { remarks: top_up.remarks.clone(), booked_by: caller.person(), ..About::default() };
    books.post(mint, Kind::Funding, wallet.id, [posting], about)?;
    let booked = books.changes.transactions.last().expect("just posted");
    Ok(Done::TopUp(Box::new(booked.clone())))
}
