//! Quotes: what a payout across currencies would cost, and the payout that takes a quote's id.

use super::Ran;
use super::create::{add_record, record};
use super::payee::{Paid, paid_to};
use crate::domain::books::{Books, insufficient};
use crate::domain::caller::Caller;
use crate::domain::command::{CommitQuote, Done, LowFunds, NewPayout, NewQuote, PayeeChoice, PayoutRecord, Terms};
use crate::domain::exchange::Side;
use crate::domain::freeze::Stop;
use crate::domain::ids::Mint;
use crate::domain::money::Money;
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
    let paid = paid_to(books, &wallet, &PayeeChoice::Saved(new.payee_id, new.account_id), mint)?;
    let (amount, destination) = sides(&wallet, new)?;
    let fees_minor = wallet.fee(amount.minor).ok_or_else(too_much)?;
    let quote = Quote {
        id: mint.next(),
        client_id: wallet.client_id,
        wallet_id: wallet.id,
        payee_id: paid.payee.id,
        account_id: paid.account.as_ref().map(|account| account.id),
        amount_minor: amount.minor,
        fees_minor,
        currency: amount.currency,
        destination_minor: destination.minor,
        destination_currency: destination.currency,
        rate: new.rate.map(|rate| rate.text()),
        client_transfer_id: new.client_transfer_id.clone(),
        metadata: new.metadata.clone(),
        extra: new.extra.clone(),
        notify: new.notify,
        expires_at: now + VALID,
        committed_at: None,
    };
    let refusal = if is_used(books, &quote, now) {
        let used = quote.client_transfer_id.as_deref().unwrap_or_default();
        let refusal = Refusal::new(Rule::TransferIdTaken, "Another payout has this client_transfer_id.");
        Some(refusal.detail(format!("client_transfer_id: {used} was used before")))
    } else if wallet.available_minor < quote.total().minor {
        Some(insufficient(&wallet, quote.total().minor, None))
    } else {
        None
    };
    if new.commit && refusal.is_none() {
        return make(books, caller, &quote, &wallet, paid, new.origin, mint);
    }
    if refusal.is_none() {
        books.changes.new_quotes.push(quote.id);
        books.quotes.insert(quote.id, quote.clone());
    }
    let account_kind = paid.account.map(|account| account.kind);
    let quoted = Quoted { quote, country: paid.payee.country, account_kind, rail: wallet.rail, refusal };
    Ok(Ran::New(Done::Quote(Box::new(quoted))))
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
    if wallet.id != quote.wallet_id {
        return Err(none());
    }
    let paid = paid_to(books, &wallet, &PayeeChoice::Saved(quote.payee_id, quote.account_id), mint)?;
    if quote
        .client_transfer_id
        .as_ref()
        .is_some_and(|used| books.request_ids.contains(&(quote.client_id, used.clone())))
    {
        return Err(Refusal::new(Rule::TransferIdTaken, "Another payout has this client_transfer_id."));
    }
    let ran = make(books, caller, &quote, &wallet, paid, commit.origin, mint)?;
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
    paid: Paid,
    origin: Origin,
    mint: &mut Mint,
) -> Result<Ran, Refusal> {
    books.freezes.check_caller(caller, Stop::Send)?;
    books.check_caps(caller, quote.amount(), mint.now())?;
    let new = NewPayout {
        wallet_number: wallet.number,
        amount: quote.amount(),
        payee: PayeeChoice::Saved(paid.payee.id, quote.account_id),
        reference_id: quote.client_transfer_id.clone().unwrap_or_default(),
        description: None,
        metadata: quote.metadata.clone(),
        terms: Terms {
            origin,
            request_id: quote.client_transfer_id.clone(),
            extra: quote.extra.clone(),
            notify: quote.notify,
            low_funds: LowFunds::Refuse,
            queue_delay: None,
        },
    };
    let plain = record(quote.id, wallet, &paid, &new, quote.fees_minor, caller);
    let payout = Payout {
        destination_minor: quote.destination_minor,
        destination_currency: quote.destination_currency,
        rate: quote.rate.clone(),
        ..plain.payout
    };
    let done = add_record(books, caller, PayoutRecord { payout, ..plain }, paid, &new.terms, mint)?;
    books.request_ids.extend(quote.client_transfer_id.clone().map(|used| (quote.client_id, used)));
    Ok(Ran::New(done))
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
