//! Money between own wallets, and what the sandbox plays as money from outside.

use super::*;
use crate::domain::transfer::{State as TransferState, Transfer};
use crate::domain::wallet::Wallet;

/// The world with a second wallet, number 2, which can pay as much.
fn world_of_two(currency: Currency) -> World {
    let mut world = World::new(Currency::USD);
    let second = Wallet { id: Id::first_at(2), number: 2, available_minor: 100_000, ..wallet(currency) };
    world.books.wallets.insert(second.id, second);
    world
}

fn transfer(source_number: i64, target_number: i64, minor: i64) -> Command {
    Command::Transfer(Box::new(NewTransfer {
        source_number,
        target_number,
        amount: Money::new(minor, Currency::USD),
        reference: Some("Reserve".into()),
        request_id: "move-1".into(),
    }))
}

fn made(result: Result<Done, Refusal>) -> Transfer {
    match result {
        Ok(Done::Transfer(transfer)) => *transfer,
        other => panic!("{other:?}"),
    }
}

fn available(world: &World, number: i64) -> i64 {
    world.books.wallets.values().find(|wallet| wallet.number == number).unwrap().available_minor
}

#[test]
fn a_transfer_is_one_posting_and_a_line_on_each_statement() {
    let mut world = world_of_two(Currency::USD);
    let transfer = made(world.run(maker(), transfer(1, 2, 30_000)));
    assert_eq!((transfer.state, transfer.completed_at), (TransferState::Completed, Some(world.now)));
    assert_eq!((available(&world, 1), available(&world, 2)), (70_000, 130_000));
    let lines = &world.books.changes.transactions;
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line.kind, line.available_delta_minor, line.available_after_minor, line.remarks.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Kind::Transfer, -30_000, 70_000, "To Main USD: Reserve"),
            (Kind::Transfer, 30_000, 130_000, "From Main USD: Reserve"),
        ]
    );
    assert!(lines.iter().all(|line| line.transfer_id == Some(transfer.id)));
    assert_eq!(world.books.changes.postings.len(), 1);
}

#[test]
fn too_little_money_makes_a_transfer_that_moves_nothing() {
    let mut world = world_of_two(Currency::USD);
    let transfer = made(world.run(maker(), transfer(1, 2, 100_001)));
    assert_eq!((transfer.state, transfer.completed_at), (TransferState::Declined, None));
    assert_eq!(transfer.failure_code.as_deref(), Some(INSUFFICIENT_FUNDS));
    assert_eq!((available(&world, 1), available(&world, 2)), (100_000, 100_000));
    assert!(world.books.changes.transactions.is_empty());
}

#[test]
fn what_cannot_be_moved_is_refused_and_nothing_is_written() {
    let mut world = world_of_two(Currency::EUR);
    assert_eq!(rule(world.run(maker(), transfer(1, 2, 100))), Rule::CurrencyMismatch);
    assert_eq!(rule(world.run(maker(), transfer(1, 1, 100))), Rule::SameWallet);
    assert_eq!(rule(world.run(maker(), transfer(1, 3, 100))), Rule::WalletNotFound);
    let mut world = world_of_two(Currency::USD);
    for wallet in world.books.wallets.values_mut().filter(|wallet| wallet.number == 2) {
        wallet.client_id = Id::first_at(9);
    }
    assert_eq!(rule(world.run(system(), transfer(1, 2, 100))), Rule::WalletNotFound, "never between two clients");
    for wallet in world.books.wallets.values_mut().filter(|wallet| wallet.number == 2) {
        wallet.client_id = Id::first_at(1);
        wallet.closed_at = Some(1);
    }
    assert_eq!(rule(world.run(maker(), transfer(1, 2, 100))), Rule::WalletClosed);
    assert!(world.books.changes.new_transfers.is_empty());
}

#[test]
fn a_top_up_that_waits_brings_money_once_and_only_when_it_is_completed() {
    for (end, brings) in [
        (TransferState::Completed, 500),
        (TransferState::Reverted, 0),
        (TransferState::Failed, 0),
        (TransferState::Declined, 0),
    ] {
        let mut world = World::new(Currency::USD);
        let top_up = SimulateTopUp {
            wallet_number: 1,
            amount: Money::new(500, Currency::USD),
            reference: "Test Top-up".into(),
            state: TransferState::Pending,
        };
        let id = made(world.run(maker(), Command::SimulateTopUp(Box::new(top_up)))).id;
        assert_eq!(available(&world, 1), 100_000);
        let command = |state| Command::EndTransfer(EndTransfer { transfer_id: id, wallet_number: 1, state });
        assert_eq!(made(world.run(maker(), command(end))).state, end);
        assert_eq!(available(&world, 1), 100_000 + brings);
        for again in TransferState::ALL {
            assert_eq!(rule(world.run(maker(), command(again))), Rule::WrongState);
        }
        assert_eq!(available(&world, 1), 100_000 + brings);
    }
}
