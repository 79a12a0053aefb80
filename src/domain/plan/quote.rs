//! Quotes: what a payout across currencies would cost, and the payout that takes a quote's id.

use super::Ran;
use super::create::{add_record, record};
use crate::domain::books::{Books, insufficient};
use crate::domain::caller::Caller;
use crate::domain::command::{CommitQuote, Done, LowFunds, NewPayout, NewQuote, PayeeChoice, PayoutRecord, Terms};
use crate::domain::exchange::Side;
use crate::domain::ids::Mint;
use crate::domain::money::Money;
use crate::domain::payee::Payee;
use crate::domain::payout::{Origin, Payout, Refusal, Rule};
use crate::domain::quote::{Quote, Quoted, VALID};
use crate::domain::wallet::Wallet;

/// Promises the rate, or makes the payout at once.
///
/// Too little money, and a transfer id that was used, are told with the figures: no quote is kept then.
pub(super) fn plan(books: &mut Books, caller: &Caller, new: &NewQuote, mint: &mut Mint) -> Result<Ran, Refusal> {
    let now = mint.now();
    let paying = if let Side::Source(money) = new.side { money.currency } else { new.other };
    let wallet = books.open_wallet(new.wallet_number, paying, caller)?.clone();
    let payee = payee(books, &wallet, new.payee_id)?.clone();
    let (amount, destination) = sides(&wallet, new)?;
    let fees_minor = wallet.fee(amount.minor).ok_or_else(too_much)?;
    let quote = Quote {
        id: mint.next(),
        client_id: wallet.client_id,
        wallet_id: wallet.id,
        payee_id: payee.id,
        account_id: new.account_id.or(payee.account_id),
        amount_minor: amount.minor,
        fees_minor,
        currency: amount.currency,
        destination_minor: destination.minor,
        destination_currency: destination.currency,
        rate: new.rate.map(|rate| rate.text()),
        client_transfer_id: new.client_transfer_id.clone(),
        metadata: new.metadata.clone(),
        extra: new.extra.clone(),
        expires_at: now + VALID,
        committed_at: None,
    };
    let refusal = if is_used(books, &quote, now) {
        let used = quote.client_transfer_id.as_deref().unwrap_or_default();
        let refusal = Refusal::new(Rule::TransferIdTaken, "Another payout has this client_transfer_id.");
        Some(refusal.detail(format!("client_transfer_id: {used} was used before")))
    } else if wallet.available_minor < quote.total().minor {
        Some(insufficient(&wallet, quote.total().minor))
    } else {
        None
    };
    if new.commit && refusal.is_none() {
        return make(books, caller, &quote, &wallet, payee, new.origin, mint);
    }
    if refusal.is_none() {
        books.changes.new_quotes.push(quote.id);
        books.quotes.insert(quote.id, quote.clone());
    }
    Ok(Ran::New(Done::Quote(Box::new(Quoted { quote, country: payee.country, rail: wallet.rail, refusal }))))
}

/// Makes the payout of a quote, once, however often it is asked for.
pub(super) fn plan_commit(
    books: &mut Books,
    caller: &Caller,
    commit: &CommitQuote,
    mint: &mut Mint,
) -> Result<Ran, Refusal> {
    let none = || Refusal::new(Rule::NotFound, "There is no such payout.");
    let id = commit.quote_id;
    if let Some(made) = books.payouts.get(&id) {
        let own = caller.may_see(made.payout.client_id) && made.payout.payee_id == commit.payee_id;
        return own.then(|| Ran::Earlier(Done::Payout(Box::new(made.clone())))).ok_or_else(none);
    }
    let quote = books.quotes.get(&id).filter(|quote| caller.may_see(quote.client_id)).ok_or_else(none)?.clone();
    if quote.payee_id != commit.payee_id {
        return Err(none());
    }
    quote.check(mint.now())?;
    let wallet = books.open_wallet(commit.wallet_number, quote.currency, caller)?.clone();
    let payee = payee(books, &wallet, quote.payee_id)?.clone();
    if quote
        .client_transfer_id
        .as_ref()
        .is_some_and(|used| books.request_ids.contains(&(quote.client_id, used.clone())))
    {
        return Err(Refusal::new(Rule::TransferIdTaken, "Another payout has this client_transfer_id."));
    }
    let ran = make(books, caller, &quote, &wallet, payee, commit.origin, mint)?;
    books.changes.committed_quotes.push(id);
    books.quotes.entry(id).and_modify(|quote| quote.committed_at = Some(mint.now()));
    Ok(ran)
}

/// Source and destination, lowered to the limit where there is one.
fn sides(wallet: &Wallet, new: &NewQuote) -> Result<(Money, Money), Refusal> {
    let (amount, destination) = new.side.both(new.other, new.rate).ok_or_else(too_much)?;
    let most = new.limit_minor.map_or(amount.minor, |limit| wallet.most_within(limit));
    if amount.minor <= most {
        return Ok((amount, destination));
    }
    let lowered = Side::Source(Money::new(most, amount.currency)).both(destination.currency, new.rate);
    lowered.filter(|(amount, _)| amount.minor > 0).ok_or_else(|| {
        let limit = Money::new(new.limit_minor.unwrap_or_default(), amount.currency);
        Refusal::new(Rule::AmountOutOfRange, format!("{limit} leaves nothing to pay out after fees."))
            .detail(format!("limit: {} leaves nothing to pay out after fees", limit.plain()))
    })
}

fn make(
    books: &mut Books,
    caller: &Caller,
    quote: &Quote,
    wallet: &Wallet,
    payee: Payee,
    origin: Origin,
    mint: &mut Mint,
) -> Result<Ran, Refusal> {
    let new = NewPayout {
        wallet_number: wallet.number,
        amount: quote.amount(),
        payee: PayeeChoice::Saved(payee.id),
        reference_id: quote.client_transfer_id.clone().unwrap_or_default(),
        description: None,
        metadata: quote.metadata.clone(),
        terms: Terms {
            origin,
            request_id: quote.client_transfer_id.clone(),
            extra: quote.extra.clone(),
            low_funds: LowFunds::Refuse,
        },
    };
    let plain = record(quote.id, wallet, &payee, &new, quote.fees_minor, caller);
    let payout = Payout {
        account_id: quote.account_id,
        destination_minor: quote.destination_minor,
        destination_currency: quote.destination_currency,
        rate: quote.rate.clone(),
        ..plain.payout
    };
    let done = add_record(books, caller, PayoutRecord { payout, ..plain }, payee, LowFunds::Refuse, mint)?;
    books.request_ids.extend(quote.client_transfer_id.clone().map(|used| (quote.client_id, used)));
    Ok(Ran::New(done))
}

/// The payee, who may have been only paid before; not one who was deleted.
fn payee<'a>(books: &'a Books, wallet: &Wallet, id: crate::domain::ids::PayeeId) -> Result<&'a Payee, Refusal> {
    let known = books.payees.get(&id);
    known
        .filter(|payee| payee.client_id == wallet.client_id && payee.deleted_at.is_none())
        .ok_or_else(|| Refusal::new(Rule::PayeeNotFound, "There is no such payee."))
}

/// Whether a payout, or a quote that can still become one, has its transfer id.
fn is_used(books: &Books, quote: &Quote, now: i64) -> bool {
    let Some(used) = &quote.client_transfer_id else { return false };
    let same = |other: &Quote| other.client_id == quote.client_id && other.client_transfer_id.as_ref() == Some(used);
    books.request_ids.contains(&(quote.client_id, used.clone()))
        || books.quotes.values().any(|other| same(other) && other.is_open(now))
}

fn too_much() -> Refusal {
    Refusal::new(Rule::AmountOutOfRange, "Amount and fees are nothing, or more than Paydesk handles.")
        .detail("amount: is nothing after the exchange, or more than Paydesk handles")
}
