//! The states, counts and sums of batches.

use super::*;
use crate::domain::caller::{Via, Who};
use crate::domain::ids::{Id, WalletId};
use crate::domain::money::{Currency, Money};
use crate::domain::staff::Role;

fn operator(number: i64) -> Caller {
    let who = Who::Staff { id: Id::first_at(number), name: format!("Person {number}"), role: Role::Operator };
    Caller { who, via: Via::Page, ip: None, request_id: String::new() }
}

fn sorted(fate: Fate, minor: i64, currency: Currency, reason: Option<&str>) -> Sorted {
    Sorted {
        fate,
        refusal: reason.map(|reason| Refusal::new(Rule::NotCancellable, reason)),
        money: Money::new(minor, currency),
        wallet_id: WalletId::first_at(1),
        change_minor: minor,
        version: None,
        note: None,
        client_id: Id::first_at(1),
        counts: vec![Money::new(minor, currency)],
    }
}

#[test]
fn each_step_is_allowed_only_where_it_leads_on() {
    let steps = [Step::Start, Step::Pause, Step::Resume, Step::Stop, Step::Finish];
    let ways: Vec<(State, Vec<Step>)> = State::ALL
        .into_iter()
        .map(|state| (state, steps.into_iter().filter(|step| state.check(*step).is_ok()).collect()))
        .collect();
    assert_eq!(
        ways,
        [
            (State::Sorting, vec![Step::Stop]),
            (State::Ready, vec![Step::Start, Step::Stop]),
            (State::Running, vec![Step::Pause, Step::Stop, Step::Finish]),
            (State::Paused, vec![Step::Resume, Step::Stop]),
            (State::Stopped, vec![]),
            (State::Done, vec![]),
        ]
    );
    let refusal = State::Done.check(Step::Pause).unwrap_err();
    assert_eq!(
        (refusal.rule, refusal.reason.as_str()),
        (Rule::WrongState, "That cannot happen now: the batch is done.")
    );
}

#[test]
fn a_summary_adds_up_by_fate_reason_and_currency() {
    let mut summary = Summary::default();
    summary.add(&sorted(Fate::Now, 100, Currency::USD, None));
    summary.add(&sorted(Fate::Now, 50, Currency::USD, None));
    summary.add(&sorted(Fate::Now, 7, Currency::JPY, None));
    summary.add(&sorted(Fate::Cannot, 9, Currency::USD, Some("It is paid.")));
    summary.add_unknown("There is no such payout.");
    assert_eq!(summary.groups.len(), 3);
    assert_eq!(summary.groups[0].items, 3);
    assert_eq!(summary.groups[0].sums, [Money::new(150, Currency::USD), Money::new(7, Currency::JPY)]);
    assert_eq!(summary.groups[1].reason.as_deref(), Some("It is paid."));
    assert_eq!((summary.groups[2].items, summary.groups[2].sums.len()), (1, 0));
    // What cannot be done moves no money.
    assert_eq!(summary.wallets, [WalletSum { wallet_id: WalletId::first_at(1), items: 3, change_minor: 157 }]);
}

#[test]
fn a_summary_stays_short_however_many_reasons_there_are() {
    let mut summary = Summary::default();
    for number in 0..1_000 {
        summary.add(&sorted(Fate::Cannot, 1, Currency::USD, Some(&format!("Reason {number}."))));
    }
    summary.add(&sorted(Fate::Now, i64::MAX, Currency::USD, None));
    summary.add(&sorted(Fate::Now, i64::MAX, Currency::USD, None));
    assert!(summary.groups.len() <= 26, "{}", summary.groups.len());
    assert_eq!(summary.groups.iter().map(|group| group.items).sum::<i64>(), 1_002);
}

#[test]
fn only_whoever_made_a_batch_may_start_it() {
    let mine = operator(1);
    let batch = Batch {
        id: Id::first_at(1),
        client_id: None,
        verb: Verb::Cancel,
        state: State::Ready,
        made_from: String::new(),
        file_hash: None,
        reason: None,
        actor: serde_json::to_string(&mine).unwrap(),
        actor_id: mine.id(),
        actor_name: mine.name().to_owned(),
        freeze_id: None,
        drill: false,
        items: 3,
        acting: 2,
        pending: 2,
        done: 0,
        asked: 0,
        refused: 1,
        failed: 0,
        summary: String::new(),
        note: None,
        sorted_at: None,
        started_at: None,
        finished_at: None,
        version: 1,
    };
    assert_eq!(batch.check_starter(&mine), Ok(()));
    assert_eq!(batch.check_starter(&operator(2)).unwrap_err().rule, Rule::Forbidden);
    assert_eq!(batch.caller(), Some(mine));
    assert_eq!(batch.handled(), 1);
}

#[test]
fn an_item_leaves_pending_once() {
    let mut tally = Tally::default();
    for state in ItemState::ALL {
        tally.count(state);
        assert_eq!(ItemState::from_name(state.name()), Some(state));
    }
    assert_eq!((tally.pending, tally.done, tally.asked, tally.refused, tally.failed), (-4, 1, 1, 1, 1));
}
