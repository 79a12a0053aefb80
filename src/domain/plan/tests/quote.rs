//! Quotes, and payouts across currencies whose minor units differ.

use proptest::prelude::*;

use super::*;
use crate::domain::exchange::{Rate, Side};
use crate::domain::ids::PayeeId;
use crate::domain::ledger::Account;
use crate::domain::payout::Origin;
use crate::domain::quote::{Quoted, VALID};

/// What a wallet of this currency would pay into another one at a rate.
fn quote(world: &World, minor: i64, destination: Currency, rate: &str) -> NewQuote {
    NewQuote {
        wallet_number: 1,
        payee_id: payee(world),
        account_id: None,
        side: Side::Source(Money::new(minor, world.currency())),
        other: destination,
        rate: Rate::parse(rate),
        limit_minor: None,
        client_transfer_id: None,
        metadata: None,
        extra: None,
        notify: false,
        origin: Origin::MassPay,
        commit: false,
    }
}

/// Somebody who was paid before.
fn payee(world: &World) -> PayeeId {
    *world.books.payees.keys().next().expect("a payee")
}

fn ground(currency: Currency) -> World {
    let mut world = World::new(currency);
    let first = world.make(1).unwrap();
    world.run(maker(), cancel(first)).unwrap();
    world
}

fn quoted(world: &mut World, new: NewQuote) -> Quoted {
    match world.run(maker(), Command::Quote(Box::new(new))).unwrap() {
        Done::Quote(quoted) => *quoted,
        other => panic!("{other:?}"),
    }
}

fn commit(world: &World, id: PayoutId) -> Command {
    Command::CommitQuote(CommitQuote {
        quote_id: id,
        payee_id: payee(world),
        account_id: None,
        wallet_number: 1,
        origin: Origin::MassPay,
    })
}

/// What stands on an outside account.
fn standing(world: &World, account: Account) -> i64 {
    let name = account.to_string();
    let postings = world.books.changes.postings.iter();
    postings
        .map(|posting| {
            i64::from(posting.to_account == name) * posting.amount_minor
                - i64::from(posting.from_account == name) * posting.amount_minor
        })
        .sum()
}

fn pay(world: &mut World, id: PayoutId) {
    if world.payout(id).waits_for_approval() {
        world.run(checker(), decide(id, true)).unwrap();
    } else {
        world.advance(id, News::Queued).unwrap();
    }
    world.advance(id, News::Submitted).unwrap();
    world.advance(id, News::Completed { reference: None }).unwrap();
}

#[test]
fn a_quote_sets_nothing_aside_and_its_payout_takes_its_id_once() {
    let mut world = ground(Currency::USD);
    let before = world.available();
    let new = quote(&world, 1_000, Currency::MXN, "17.05");
    let offer = quoted(&mut world, new);
    assert_eq!((offer.quote.destination_minor, offer.quote.fees_minor, offer.refusal), (17_050, 15, None));
    assert_eq!(world.available(), before);
    let made = payout_of(&world.run(maker(), commit(&world, offer.quote.id)).unwrap());
    assert_eq!(made, offer.quote.id);
    assert_eq!(world.available(), before - 1_015);
    let again = world.run_with(maker(), commit(&world, made), None);
    assert!(again.repeated && again.result.is_ok());
    assert_eq!(world.available(), before - 1_015);
    assert_eq!(world.books.changes.committed_quotes, [made]);
    assert_eq!(world.payout(made).rate.as_deref(), Some("17.05"));
}

#[test]
fn two_minutes_to_the_microsecond() {
    let mut world = ground(Currency::USD);
    let new = quote(&world, 1_000, Currency::MXN, "17.05");
    let (in_time, late) = (quoted(&mut world, new.clone()).quote, quoted(&mut world, new).quote);
    assert_eq!(in_time.expires_at, in_time.id.created_at() + VALID);
    world.now = in_time.expires_at - 1_001;
    assert!(world.run(maker(), commit(&world, in_time.id)).is_ok());
    world.now = late.expires_at - 1_000;
    assert_eq!(rule(world.run(maker(), commit(&world, late.id))), Rule::QuoteExpired);
}

#[test]
fn a_transfer_id_belongs_to_one_open_quote_or_payout_of_a_client() {
    let mut world = ground(Currency::USD);
    let new = quote(&world, 1_000, Currency::MXN, "17.05");
    let named = NewQuote { client_transfer_id: Some("t".into()), ..new };
    let first = quoted(&mut world, named.clone());
    let refused = |world: &mut World| quoted(world, named.clone()).refusal.map(|refusal| refusal.rule);
    assert_eq!(refused(&mut world), Some(Rule::TransferIdTaken));
    world.now += VALID;
    assert_eq!(refused(&mut world), None, "the first one ran out");
    assert_eq!(refused(&mut world), Some(Rule::TransferIdTaken));
    let open = world.books.quotes.values().find(|quote| quote.is_open(world.now)).unwrap().id;
    assert_ne!(open, first.quote.id);
    world.run(maker(), commit(&world, open)).unwrap();
    world.now += VALID;
    assert_eq!(refused(&mut world), Some(Rule::TransferIdTaken), "its payout has it for good");
}

#[test]
fn what_cannot_be_paid_is_told_with_its_figures_and_kept_nowhere() {
    let mut world = ground(Currency::USD);
    let poor = quote(&world, 99_000, Currency::MXN, "17.05");
    let offer = quoted(&mut world, poor);
    assert_eq!((offer.refusal.unwrap().rule, offer.quote.fees_minor), (Rule::InsufficientFunds, 1_485));
    assert!(world.books.quotes.is_empty() && world.books.changes.new_quotes.is_empty());
    let audited = world.books.changes.audit.last().unwrap();
    assert_eq!(
        (audited.outcome, audited.rule.as_deref()),
        (crate::domain::audit::Outcome::Refused, Some("insufficient_funds"))
    );
    let new = quote(&world, 60_000, Currency::MXN, "17.05");
    let (one, other) = (quoted(&mut world, new.clone()).quote.id, quoted(&mut world, new).quote.id);
    world.run(maker(), commit(&world, one)).unwrap();
    assert_eq!(rule(world.run(maker(), commit(&world, other))), Rule::InsufficientFunds);
    let id = payee(&world);
    world.books.payees.get_mut(&id).unwrap().deleted_at = Some(1);
    assert_eq!(rule(world.run(maker(), commit(&world, other))), Rule::PayeeNotFound);
}

#[test]
fn another_clients_program_or_payee_finds_no_quote() {
    let mut world = ground(Currency::USD);
    let new = quote(&world, 1_000, Currency::MXN, "17.05");
    let id = quoted(&mut world, new).quote.id;
    let stranger = program(Id::first_at(7), Id::first_at(77));
    assert_eq!(rule(world.run(stranger, commit(&world, id))), Rule::NotFound);
    let elsewhere = CommitQuote {
        quote_id: id,
        payee_id: Id::first_at(5),
        account_id: None,
        wallet_number: 1,
        origin: Origin::MassPay,
    };
    assert_eq!(rule(world.run(maker(), Command::CommitQuote(elsewhere))), Rule::NotFound);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    /// JPY, USD, KWD and CLF have 0, 2, 3 and 4 decimals.
    #[test]
    fn an_exchanged_payout_settles_and_comes_back_to_the_last_minor_unit(
        from in 0..4_usize,
        to in 0..4_usize,
        minor in 1..90_000_i64,
        units in 1..10_000_000_i64,
        scale in 0..7_u32,
        parts in proptest::collection::vec((1..400_000_i64, 0..4_u8), 0..12),
    ) {
        let currencies = [Currency::JPY, Currency::USD, Currency::KWD, Currency::CLF];
        let (source, destination) = (currencies[from], currencies[to]);
        prop_assume!(source != destination);
        let mut world = ground(source);
        let untouched = world.available();
        let rate = rust_decimal::Decimal::new(units, scale).normalize().to_string();
        let new = quote(&world, minor, destination, &rate);
        let Ok(Done::Quote(offer)) = world.run(maker(), Command::Quote(Box::new(new))) else { return Ok(()) };
        let id = offer.quote.id;
        world.run(maker(), commit(&world, id)).unwrap();
        pay(&mut world, id);
        let (amount, total) = (world.payout(id).amount(), world.payout(id).destination());
        // Each currency is balanced on its own: what the exchange takes of one, it gives of the other.
        prop_assert_eq!(standing(&world, Account::Exchange(source)), amount.minor);
        prop_assert_eq!(standing(&world, Account::Exchange(destination)), -total.minor);
        prop_assert_eq!(standing(&world, Account::PaidOut(destination)), total.minor);
        let after = world.available();
        for (part, answer) in parts {
            let Ok(reversal) = world.reverse(id, Some(part)) else { continue };
            let answer = match answer {
                0 => Reversed::No("no".into()),
                1 => Reversed::Part(part / 2),
                _ => Reversed::All,
            };
            world.answer(id, reversal, answer).unwrap();
            let payout = world.payout(id);
            let due = i128::from(amount.minor) * i128::from(payout.reversed_done_minor) / i128::from(total.minor);
            prop_assert_eq!(i128::from(world.available() - after), due);
            prop_assert_eq!(standing(&world, Account::PaidOut(destination)), total.minor - payout.reversed_done_minor);
        }
        if let Ok(reversal) = world.reverse(id, None) {
            world.answer(id, reversal, Reversed::All).unwrap();
        }
        prop_assert_eq!(world.available(), after + amount.minor);
        prop_assert_eq!(untouched - world.available(), world.payout(id).fees_minor);
        for account in [Account::Exchange(source), Account::Exchange(destination), Account::PaidOut(destination)] {
            prop_assert_eq!(standing(&world, account), 0);
        }
    }
}
