//! A rule on payees' accounts, where an account is given with a payout or a claim.

use super::*;
use crate::domain::books::approvals::shown;

fn paid_inline(world: &mut World, given: &str) -> Result<PayoutRecord, Refusal> {
    let reference = format!("inline-{}", world.payouts.len());
    let Command::Create(new) = create(&reference, 100, world.currency()) else { unreachable!() };
    let details = PayeeDetails { account: Some(account(given)), ..john("john") };
    let payee = PayeeChoice::Inline(Box::new(details));
    world.run(maker(), Command::Create(Box::new(NewPayout { payee, ..*new }))).map(|done| match done {
        Done::Payout(record) => *record,
        other => panic!("{other:?}"),
    })
}

fn save(world: &mut World, record: &PayoutRecord) {
    world.books.payees.get_mut(&record.payee.id).unwrap().saved_at = Some(1);
}

#[test]
fn a_saved_payee_gets_no_account_by_a_payout() {
    let mut world = World::new(Currency::USD);
    let first = paid_inline(&mut world, "one").unwrap();
    save(&mut world, &first);
    world.books.approvals.rules.push(in_force(1, Verb::BankDetails, 2, Role::Approver));
    // What was there before the rule is paid as before.
    assert_eq!(paid_inline(&mut world, "one").unwrap().payout.account_id, first.payout.account_id);
    let accounts = world.books.changes.new_accounts.len();
    let refusal = paid_inline(&mut world, "two").unwrap_err();
    assert_eq!(refusal.rule, Rule::NeedsApproval);
    assert_eq!(refusal.reason, "A rule of the desk says that 2 approvers have to approve it first.");
    assert_eq!(world.books.changes.new_accounts.len(), accounts);
    // One that waits, or was sent back, is no way around it; nor is one that was deleted.
    let client = first.payout.client_id;
    let mut waits = account("two").into_account(&first.payee, &mut world.mint);
    waits.wait();
    let id = waits.id;
    world.books.accounts.insert(id, waits);
    assert_eq!(rule(paid_inline(&mut world, "two")), Rule::NeedsApproval);
    world.books.accounts.get_mut(&id).unwrap().deleted_at = Some(world.now);
    assert_eq!(rule(paid_inline(&mut world, "two")), Rule::NeedsApproval);
    // One that somebody switched off is refused as ever, with the rule and without.
    let one = first.payout.account_id.unwrap();
    world.books.accounts.get_mut(&one).unwrap().disabled_at = Some(world.now);
    assert_eq!(rule(paid_inline(&mut world, "one")), Rule::AccountInactive);
    // A rule on another client asks for nothing.
    world.books.approvals.rules[0].client_id = Some(Id::first_at(99));
    assert_ne!(client, Id::first_at(99));
    assert!(paid_inline(&mut world, "three").unwrap().account.unwrap().is_active());
}

#[test]
fn who_is_only_paid_is_paid_on_an_account_that_saves_nothing() {
    let mut world = ruled(Verb::BankDetails, 1, Role::Approver);
    let first = paid_inline(&mut world, "one").unwrap();
    let own = first.account.clone().unwrap();
    assert!(own.has_waited() && !own.is_active());
    assert_eq!(shown(&first) % 2, 1, "a checker is bound to that");
    assert_eq!(paid_inline(&mut world, "one").unwrap().payout.account_id, Some(own.id), "once more, the same one");
    // Once the payee is saved, it is nobody's account before it is approved.
    save(&mut world, &first);
    assert_eq!(rule(paid_inline(&mut world, "one")), Rule::NeedsApproval);
    let saved = PayeeChoice::Saved(first.payee.id, None);
    let Command::Create(new) = create("saved", 100, world.currency()) else { unreachable!() };
    let done = world.run(maker(), Command::Create(Box::new(NewPayout { payee: saved, ..*new }))).unwrap();
    assert_eq!(world.payout(payout_of(&done)).account_id, None);
    // The rule is gone, and the account is as it was left.
    world.books.approvals.rules.clear();
    assert_eq!(rule(paid_inline(&mut world, "one")), Rule::AccountInactive);
    world.books.accounts.get_mut(&own.id).unwrap().disabled_at = None;
    assert_eq!(paid_inline(&mut world, "one").unwrap().payout.account_id, Some(own.id));
}
