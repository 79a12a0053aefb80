//! What random histories do with payout links.

use proptest::prelude::*;

use super::*;

/// What a random history does with links; numbers choose among those made so far.
#[derive(Debug, Clone)]
pub(in crate::domain::plan::tests) enum Move {
    Make(i64, Option<i64>),
    Cancel(usize),
    Decide(usize, bool),
    Claim(usize),
    Decline(usize),
    Expire(usize),
    Extend(usize, i64),
    Replace(usize),
    /// Time goes by.
    Wait(i64),
}

pub(in crate::domain::plan::tests) fn moves() -> impl Strategy<Value = Move> {
    let which = any::<usize>;
    prop_oneof![
        4 => (1..9_000_i64, proptest::option::of(1..5_i64)).prop_map(|(minor, hours)| Move::Make(minor, hours)),
        1 => which().prop_map(Move::Cancel),
        2 => (which(), any::<bool>()).prop_map(|(which, yes)| Move::Decide(which, yes)),
        5 => which().prop_map(Move::Claim),
        1 => which().prop_map(Move::Decline),
        2 => which().prop_map(Move::Expire),
        1 => (which(), 1..9_i64).prop_map(|(which, hours)| Move::Extend(which, hours)),
        1 => which().prop_map(Move::Replace),
        1 => (1..4_i64).prop_map(Move::Wait),
    ]
}

pub(in crate::domain::plan::tests) fn apply(world: &mut World, step: Move) -> Result<(), Refusal> {
    let pick = |which: usize| (!world.links.is_empty()).then(|| world.links[which % world.links.len()]);
    let (caller, command) = match step {
        Move::Wait(hours) => {
            world.now += hours * HOUR;
            return Ok(());
        }
        Move::Make(minor, hours) => {
            let amount = Money::new(minor, world.currency());
            let expire_by = hours.map(|hours| world.now + hours * HOUR);
            (maker(), make(NewLink { amount, expire_by, ..new() }))
        }
        Move::Cancel(which)
        | Move::Decide(which, _)
        | Move::Claim(which)
        | Move::Decline(which)
        | Move::Expire(which)
        | Move::Extend(which, _)
        | Move::Replace(which) => {
            let Some(id) = pick(which) else { return Ok(()) };
            match step {
                Move::Decide(_, yes) => (checker(), decide_link(id, yes)),
                Move::Claim(_) => (world.recipient(id), claim(id)),
                Move::Decline(_) => {
                    (world.recipient(id), Command::DeclineLink(DeclineLink { link_id: id, reason: None }))
                }
                Move::Expire(_) => (system(), expire(id)),
                Move::Extend(_, hours) => (maker(), extend(id, world.now + hours * HOUR)),
                Move::Replace(_) => (maker(), replace(id)),
                _ => (maker(), cancel_link(id)),
            }
        }
    };
    world.run(caller, command).map(|_| ())
}
