//! Making payouts, their references and their keys.

use super::*;

#[test]
fn making_a_payout_holds_amount_and_fees_and_cancelling_gives_both_back_once() {
    let mut world = World::new(Currency::USD);
    let id = world.make(1_000).unwrap();
    assert_eq!(world.payout(id).fees_minor, 15);
    assert_eq!(world.available(), 100_000 - 1_015);
    world.run(maker(), cancel(id)).unwrap();
    assert_eq!(world.available(), 100_000);
    assert_eq!(world.last_kind(), Kind::PayoutRefund);
    assert_eq!(world.payout(id).state, State::Cancelled);
    assert!(world.payout(id).cancelled_at.is_some());
    assert_eq!(rule(world.run(maker(), cancel(id))), Rule::NotCancellable);
    assert_eq!(world.available(), 100_000);
}

#[test]
fn the_same_reference_makes_one_payout_and_other_data_is_refused() {
    let mut world = World::new(Currency::USD);
    let first = world.create(maker(), "PAY_1", 100).unwrap();
    let again = world.create(maker(), "PAY_1", 100).unwrap();
    assert_eq!(payout_of(&first), payout_of(&again));
    assert_eq!(rule(world.create(maker(), "PAY_1", 101)), Rule::ReferenceTaken);
    assert_eq!(world.available(), 100_000 - 102);
}

#[test]
fn a_key_answers_its_first_outcome_again_also_a_refusal() {
    let mut world = World::new(Currency::USD);
    let key = |hash: &str| {
        Some(IdempotencyKey {
            caller: "me".into(),
            operation: "payout.create".into(),
            key: "k".into(),
            request_hash: hash.into(),
            terms: KeyTerms::default(),
        })
    };
    let too_much = create("big", 99_000, Currency::USD);
    let first = world.run_with(maker(), too_much.clone(), key("a"));
    assert_eq!(rule(first.result.clone()), Rule::InsufficientFunds);
    let again = world.run_with(maker(), too_much, key("a"));
    assert!(again.repeated);
    assert_eq!(again.result, first.result);
    let other = world.run_with(maker(), create("small", 1, Currency::USD), key("b"));
    assert_eq!(rule(other.result), Rule::KeyReused);
}

#[test]
fn too_much_the_wrong_currency_and_a_stale_form_are_refused() {
    let mut world = World::new(Currency::USD);
    assert_eq!(rule(world.make(98_600)), Rule::InsufficientFunds);
    let euros = create("eur", 100, Currency::EUR);
    assert_eq!(rule(world.run(maker(), euros)), Rule::CurrencyMismatch);
    let id = world.make(100).unwrap();
    let version = Some(world.payout(id).version);
    world.advance(id, News::Queued).unwrap();
    let stale = Command::Cancel(Cancel { payout_id: id, policy: CancelPolicy::DESK, reason: None, version });
    assert_eq!(rule(world.run(maker(), stale)), Rule::Stale);
}

#[test]
fn a_retry_by_reference_finds_its_payout_whatever_happened_to_wallet_and_payee() {
    let mut world = World::new(Currency::USD);
    let first = payout_of(&world.create(maker(), "PAY_1", 100).unwrap());
    let payee = world.payout(first).payee_id;
    world.books.payees.get_mut(&payee).unwrap().deleted_at = Some(world.now);
    world.books.wallets.values_mut().next().unwrap().closed_at = Some(world.now);
    assert_eq!(payout_of(&world.create(maker(), "PAY_1", 100).unwrap()), first);
    assert_eq!(rule(world.create(maker(), "PAY_2", 100)), Rule::WalletClosed);
    let other = |change: fn(&mut NewPayout)| {
        let Command::Create(mut new) = create("PAY_1", 100, Currency::USD) else { unreachable!() };
        change(&mut new);
        Command::Create(new)
    };
    let saved = other(|new| new.payee = PayeeChoice::Saved(Id::first_at(5), None));
    assert_eq!(rule(world.run(maker(), saved)), Rule::ReferenceTaken);
    let noted = other(|new| new.metadata = Some("{\"order\":1}".into()));
    assert_eq!(rule(world.run(maker(), noted)), Rule::ReferenceTaken);

    world.books.wallets.values_mut().next().unwrap().closed_at = None;
    let again = payout_of(&world.create(maker(), "PAY_2", 100).unwrap());
    assert_ne!(world.payout(again).payee_id, payee, "a deleted payee is not paid again");
}

#[test]
fn a_stored_outcome_that_no_longer_reads_is_a_refusal() {
    let mut world = World::new(Currency::USD);
    let key = IdempotencyKey {
        caller: "me".into(),
        operation: "payout.create".into(),
        key: "k".into(),
        request_hash: "a".into(),
        terms: KeyTerms::default(),
    };
    let stored = StoredKey { key: key.clone(), outcome: "{\"Ok\":{\"old\":1}}".into(), created_at: 1 };
    world.books.keys.insert(name(&key), stored);
    let outcome = world.run_with(maker(), create("x", 100, Currency::USD), Some(key));
    assert!(!outcome.replayed);
    assert_eq!(rule(outcome.result), Rule::OutcomeLost);
    assert!(world.payouts.is_empty());
}

#[test]
fn another_clients_payout_is_not_found() {
    let mut world = World::new(Currency::USD);
    let id = world.make(100).unwrap();
    let stranger = program(Id::first_at(3_000), Id::first_at(77));
    assert_eq!(rule(world.run(stranger.clone(), cancel(id))), Rule::NotFound);
    assert_eq!(rule(world.run(stranger, create("x", 100, Currency::USD))), Rule::WalletNotFound);
}

/// A payout to a payee with details of its own.
fn to(reference: &str, payee: PayeeChoice) -> Command {
    let Command::Create(new) = create(reference, 100, Currency::USD) else { unreachable!() };
    Command::Create(Box::new(NewPayout { payee, ..*new }))
}

fn inline(reference: &str, given: Option<&str>) -> Command {
    to(reference, PayeeChoice::Inline(Box::new(PayeeDetails { account: given.map(account), ..john("john") })))
}

fn record(done: Result<Done, Refusal>) -> PayoutRecord {
    match done {
        Ok(Done::Payout(record)) => *record,
        other => panic!("{other:?}"),
    }
}

#[test]
fn units_of_one_set_see_the_accounts_that_came_before_them() {
    let mut world = World::new(Currency::USD);
    let first = record(world.run(maker(), inline("PAY_1", Some("one"))));
    let again = record(world.run(maker(), inline("PAY_2", Some("one"))));
    let second = record(world.run(maker(), inline("PAY_3", Some("two"))));
    assert_eq!((first.payee.id, first.payout.account_id), (again.payee.id, again.payout.account_id));
    assert_eq!(second.payee.id, first.payee.id);
    assert_eq!((world.books.changes.new_payees.len(), world.books.changes.new_accounts.len()), (1, 2));
    let newest = record(world.run(maker(), to("PAY_4", PayeeChoice::Saved(first.payee.id, None))));
    assert_eq!((newest.account_label(), newest.payout.account_id), (Some("two"), second.payout.account_id));
    let named = record(world.run(maker(), to("PAY_5", PayeeChoice::Saved(first.payee.id, first.payout.account_id))));
    assert_eq!(named.account_label(), Some("one"));
    let none = record(world.run(maker(), inline("PAY_6", None)));
    assert_eq!((none.payee.id, none.payout.account_id), (first.payee.id, None));
    assert_eq!(rule(world.run(maker(), inline("PAY_1", Some("two")))), Rule::ReferenceTaken);
    let other = PayeeChoice::Saved(first.payee.id, second.payout.account_id);
    assert_eq!(rule(world.run(maker(), to("PAY_1", other))), Rule::ReferenceTaken, "paid on another account");
    let same = PayeeChoice::Saved(first.payee.id, None);
    assert_eq!(record(world.run(maker(), to("PAY_1", same))).payout.id, first.payout.id);
}

#[test]
fn what_is_switched_off_is_not_paid_and_a_refusal_makes_no_payee() {
    let mut world = World::new(Currency::USD);
    let first = record(world.run(maker(), inline("PAY_1", Some("one"))));
    let (payee, one) = (first.payee.id, first.payout.account_id.unwrap());
    world.books.accounts.get_mut(&one).unwrap().disabled_at = Some(world.now);
    assert_eq!(rule(world.run(maker(), inline("PAY_2", Some("one")))), Rule::AccountInactive);
    assert_eq!(rule(world.run(maker(), to("PAY_2", PayeeChoice::Saved(payee, Some(one))))), Rule::AccountInactive);
    assert_eq!(record(world.run(maker(), to("PAY_2", PayeeChoice::Saved(payee, None)))).payout.account_id, None);
    world.books.accounts.get_mut(&one).unwrap().deleted_at = Some(world.now);
    assert_eq!(rule(world.run(maker(), to("PAY_3", PayeeChoice::Saved(payee, Some(one))))), Rule::AccountNotFound);
    assert_ne!(record(world.run(maker(), inline("PAY_3", Some("one")))).payout.account_id, Some(one));
    world.books.payees.get_mut(&payee).unwrap().disabled_at = Some(world.now);
    assert_eq!(rule(world.run(maker(), inline("PAY_4", Some("two")))), Rule::PayeeInactive);
    assert_eq!(rule(world.run(maker(), to("PAY_4", PayeeChoice::Saved(payee, None)))), Rule::PayeeInactive);
    let (payees, accounts) = (world.books.changes.new_payees.len(), world.books.changes.new_accounts.len());
    let stranger = PayeeDetails { account: Some(account("theirs")), ..john("somebody else") };
    let Command::Create(mut new) = to("PAY_5", PayeeChoice::Inline(Box::new(stranger))) else { unreachable!() };
    new.amount.minor = 99_000;
    assert_eq!(rule(world.run(maker(), Command::Create(new))), Rule::InsufficientFunds);
    let changes = &world.books.changes;
    assert_eq!((changes.new_payees.len(), changes.new_accounts.len()), (payees, accounts));
}
