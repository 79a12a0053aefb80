//! What a payee is told of a payment, where the client wishes that: that it was paid, and that it was taken back.

use crate::domain::books::Books;
use crate::domain::ids::{Mint, PayoutId};
use crate::domain::message::{About, Channel, Facts, Kind, NewMessage, Secret, phone};
use crate::domain::money::Money;
use crate::domain::reversal::Reversal;

/// The payout has reached the payee.
pub(super) fn tell_of_payout(books: &mut Books, id: PayoutId, mint: &mut Mint) {
    let payout = &books.payouts[&id].payout;
    let (amount, reference) = (payout.destination(), Some(payout.reference_id.clone()));
    let about = (About::Payout, id.to_string());
    tell(books, id, about, Kind::PayoutNotice, (amount, reference.filter(|reference| !reference.is_empty())), mint);
}

/// The money is back. Why it was reversed is for colleagues.
pub(super) fn tell_of_reversal(books: &mut Books, reversal: &Reversal, mint: &mut Mint) {
    let what = (reversal.amount(), reversal.statement_description.clone());
    let about = (About::Reversal, reversal.id.to_string());
    tell(books, reversal.payout_id, about, Kind::ReversalNotice, what, mint);
}

/// Queues a message to each address of the payee.
fn tell(
    books: &mut Books,
    id: PayoutId,
    (about, about_id): (About, String),
    kind: Kind,
    (amount, reference): (Money, Option<String>),
    mint: &mut Mint,
) {
    let record = &books.payouts[&id];
    let (payee, client_id) = (&record.payee, record.payout.client_id);
    let client = books.clients.get(&client_id).cloned().unwrap_or_default();
    let facts = Facts {
        purpose: record.payout.description.clone(),
        reference,
        account: record.account_label().map(str::to_owned),
        ..Facts::of(client, payee.name(), amount)
    };
    let email = payee.email.clone().map(|email| (Channel::Email, email));
    let sms = payee.phone.as_deref().and_then(phone).map(|number| (Channel::Sms, number));
    for (channel, recipient) in email.into_iter().chain(sms) {
        let (about_id, facts) = (about_id.clone(), facts.clone());
        let message = NewMessage { about, about_id, client_id, kind, channel, recipient, facts, secret: Secret::None };
        books.tell(mint, message);
    }
}
