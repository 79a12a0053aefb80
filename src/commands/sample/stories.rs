//! What happens to the payouts of the sample history, and when.

use rand::RngExt;
use rand::rngs::StdRng;

use super::ground::{MASSPAY_AMOUNT, MASSPAY_PAYOUTS, MASSPAY_USER, MASSPAY_WALLET, PEOPLE, amount};
use super::{Act, HOUR, MINUTE, Moment, PAST, SECOND};
use crate::domain::payout::State;
use crate::domain::wallet::Wallet;

/// What happens to a payout of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Completed,
    Failed,
    Cancelled,
    SentBack,
    Expired,
    ReversedPartly,
    ReversedFully,
    Returned,
    /// Stays in this state.
    Stays(State),
    StaysForApproval,
    StaysUnknown,
}

/// A payout of the history.
pub struct Story {
    pub wallet: usize,
    pub payee: usize,
    pub amount: i64,
    pub fate: Fate,
    pub by_program: bool,
    pub sample: bool,
}

/// The acts of one payout's story, in time.
pub fn schedule(acts: &mut Vec<(i64, usize, Act)>, number: usize, story: &Story, now: i64, dice: &mut StdRng) {
    let stays = matches!(story.fate, Fate::Stays(_) | Fate::StaysForApproval | Fate::StaysUnknown);
    let made = if stays || story.sample {
        now - dice.random_range(40 * MINUTE..10 * HOUR)
    } else {
        now - dice.random_range(12 * HOUR..PAST)
    };
    let mut time = made;
    let mut then = |pause: i64, act: Act| {
        time += pause;
        acts.push((time, number, act));
    };
    then(0, Act::Make);
    let above = story.wallet == 0 && story.amount > LIMIT;
    match story.fate {
        Fate::StaysForApproval => return,
        Fate::SentBack => return then(25 * MINUTE, Act::SendBack),
        _ if above => then(8 * MINUTE, Act::Approve),
        Fate::Stays(State::Created) => return,
        Fate::Expired if number.is_multiple_of(2) => return then(30 * MINUTE, Act::Advance(Moment::Expired)),
        _ => then(SECOND, Act::Advance(Moment::Queued)),
    }
    match story.fate {
        Fate::Stays(State::Queued) => return,
        Fate::Cancelled => return then(7 * MINUTE, Act::Cancel),
        Fate::Expired => return then(30 * MINUTE, Act::Advance(Moment::Expired)),
        _ => then(15 * SECOND, Act::Advance(Moment::Submitted)),
    }
    match story.fate {
        Fate::Stays(State::Processing) => return,
        Fate::Stays(State::ActionRequired) => return then(SECOND, Act::Advance(Moment::NotTaken)),
        Fate::StaysUnknown => return then(30 * SECOND, Act::Advance(Moment::Unknown)),
        Fate::Failed => return then(3 * MINUTE, Act::Advance(Moment::Failed)),
        _ => then(2 * MINUTE, Act::Advance(Moment::Accepted)),
    }
    if story.fate == Fate::Stays(State::Settling) {
        return;
    }
    then(9 * MINUTE, Act::Advance(Moment::Completed));
    match story.fate {
        Fate::ReversedPartly => {
            then(2 * HOUR, Act::Reverse((story.amount / 4).max(1)));
            then(3 * SECOND, Act::Answer);
        }
        Fate::ReversedFully => {
            then(2 * HOUR, Act::Reverse(0));
            then(3 * SECOND, Act::Answer);
        }
        Fate::Returned => then(4 * HOUR, Act::Advance(Moment::Returned)),
        _ => {}
    }
}

/// Payouts above this wait for a checker in the sample wallet, in minor units.
pub const LIMIT: i64 = 100_000;

/// 2,400 ended ones over two months, a few on their way elsewhere, and the samples of each state.
pub fn stories(wallets: &[Wallet], dice: &mut StdRng) -> Vec<Story> {
    let mut stories = Vec::new();
    for _ in 0..2_400 {
        let wallet = [0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7][dice.random_range(0..11)];
        let fate = match dice.random_range(0..100) {
            0..=4 => Fate::Failed,
            5..=10 => Fate::Cancelled,
            11 => Fate::Expired,
            12..=13 => Fate::ReversedPartly,
            14 => Fate::ReversedFully,
            15 => Fate::Returned,
            _ => Fate::Completed,
        };
        let amount = amount(&wallets[wallet], dice);
        stories.push(story(wallet, amount, fate, dice));
    }
    for (place, wallet) in wallets.iter().enumerate().take(MASSPAY_WALLET).skip(1) {
        for fate in [Fate::Stays(State::Queued), Fate::Stays(State::Processing), Fate::Stays(State::Settling)] {
            let amount = amount(wallet, dice);
            stories.push(story(place, amount, fate, dice));
        }
    }
    for _ in 0..MASSPAY_PAYOUTS {
        let (wallet, payee, fate) = (MASSPAY_WALLET, MASSPAY_USER, Fate::Completed);
        stories.push(Story { wallet, payee, amount: MASSPAY_AMOUNT, fate, by_program: true, sample: false });
    }
    for (fate, count) in SAMPLES {
        for _ in 0..count {
            let approval = matches!(fate, Fate::StaysForApproval | Fate::SentBack);
            let whole = if approval { dice.random_range(1_050..2_400) } else { dice.random_range(20..400) };
            let amount = whole * 100 + dice.random_range(0..2) * 50;
            stories.push(Story { sample: true, by_program: false, ..story(0, amount, fate, dice) });
        }
    }
    stories
}

const SAMPLES: [(Fate, usize); 12] = [
    (Fate::Completed, 45),
    (Fate::Failed, 12),
    (Fate::Cancelled, 12),
    (Fate::SentBack, 4),
    (Fate::Expired, 12),
    (Fate::Stays(State::Settling), 12),
    (Fate::Stays(State::Processing), 44),
    (Fate::StaysUnknown, 3),
    (Fate::Stays(State::ActionRequired), 6),
    (Fate::StaysForApproval, 46),
    (Fate::Stays(State::Queued), 48),
    (Fate::Stays(State::Created), 48),
];

fn story(wallet: usize, amount: i64, fate: Fate, dice: &mut StdRng) -> Story {
    Story {
        wallet,
        payee: dice.random_range(0..PEOPLE.len()),
        amount,
        fate,
        by_program: dice.random_range(0..3) == 0,
        sample: false,
    }
}
