//! The sandbox: a provider inside the desk that keeps nothing, moves no money, and plays any outcome on demand.
//!
//! What happens to a payout follows from the last four digits of its amount in minor units, or else of its account
//! number, and from the time since it was handed over; so the sandbox answers the same after a restart.

use super::{Order, Rail, Status, rates};
use crate::domain::command::{Answer, Reversed};
use crate::domain::exchange::Rate;
use crate::domain::money::Currency;
use crate::domain::payout::{Payout, State};
use crate::domain::reversal::Reversal;

/// The sandbox provider. `step` is the time between two of its steps, in microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox {
    pub step: i64,
}

/// How many steps the sandbox may still change its mind about a payout that has ended.
const WATCH: i64 = 10;

/// What the sandbox plays for a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Play {
    Pay,
    /// Refuses the payout at hand-over.
    Refuse,
    /// Takes it, then fails.
    Fail,
    /// Never answers.
    Silent,
    /// Does not answer at first, then pays.
    Late,
    /// Wants verification before it takes the payout.
    AskFirst,
    /// Takes it, then wants verification.
    AskLater,
    /// Pays, then the bank sends the money back.
    Bounce,
    /// Pays, but refuses reversals.
    NoReversals,
    /// Pays, but does not answer reversals.
    SilentReversals,
    /// Pays, but brings back only half of a reversal.
    HalfReversals,
    /// Works on it for ever, and agrees to cancel.
    SlowAgrees,
    /// Works on it for ever, and refuses to cancel.
    SlowRefuses,
    /// Works on it for ever and agrees to cancel; pays all the same, and says so again and again.
    AgreesThenPays,
    /// Works on it for ever; does not answer at first when asked to cancel, then agrees.
    AgreesLate,
    /// Pays, and says so again and again.
    PaysAgain,
    /// Pays before it has accepted; then says that it accepted, then that it failed.
    OutOfOrder,
    /// Takes it, then fails; pays all the same.
    FailsThenPays,
}

impl Play {
    /// The table of the README.
    const TABLE: [(i64, Play); 17] = [
        (9041, Play::Refuse),
        (9042, Play::Fail),
        (9043, Play::Silent),
        (9044, Play::AskFirst),
        (9045, Play::AskLater),
        (9046, Play::Bounce),
        (9047, Play::Late),
        (9048, Play::NoReversals),
        (9049, Play::SilentReversals),
        (9050, Play::HalfReversals),
        (9051, Play::SlowAgrees),
        (9052, Play::SlowRefuses),
        (9053, Play::AgreesThenPays),
        (9054, Play::AgreesLate),
        (9055, Play::PaysAgain),
        (9056, Play::OutOfOrder),
        (9057, Play::FailsThenPays),
    ];

    fn of(order: &Order) -> Play {
        let account = order.account_identifiers.as_deref().and_then(last_digits);
        let by = |digits: i64| Play::TABLE.iter().find(|(ending, _)| *ending == digits).map(|(_, play)| *play);
        by(order.payout.amount_minor % 10_000).or_else(|| account.and_then(by)).unwrap_or(Play::Pay)
    }
}

impl Rail for Sandbox {
    async fn submit(&self, order: &Order, _now: i64) -> Status {
        match Play::of(order) {
            Play::Refuse => Status::Failed {
                code: "account_closed".into(),
                reason: "The sandbox provider refused it: the account is closed.".into(),
            },
            Play::AskFirst => {
                Status::NotTaken { reason: "The sandbox provider wants the payee verified first.".into() }
            }
            Play::Silent | Play::Late => Status::Unknown,
            // Taken, and worked on: it stays processing until the next look.
            _ => Status::Unchanged,
        }
    }

    async fn status(&self, order: &Order, now: i64) -> Status {
        let payout = &order.payout;
        let age = payout.submitted_at.map_or(0, |submitted| now - submitted);
        let step = self.step;
        let ended = ended(payout).map(|ended| now - ended);
        match Play::of(order) {
            _ if payout.submitted_at.is_none() => Status::Unheard,
            Play::Silent => Status::Unknown,
            Play::Late if age < 4 * step => Status::Unknown,
            Play::SlowAgrees | Play::SlowRefuses | Play::AgreesLate => Status::Unchanged,
            Play::AgreesThenPays | Play::FailsThenPays if payout.is_refunded() => match ended {
                Some(ended) if ended >= step => Status::Paid { reference: Some(reference(payout)) },
                _ => Status::Unchanged,
            },
            Play::AgreesThenPays => Status::Unchanged,
            Play::OutOfOrder if payout.state == State::Completed => match ended {
                Some(ended) if ended >= 2 * step => {
                    Status::Failed { code: "rejected_by_bank".into(), reason: "The payee's bank rejected it.".into() }
                }
                _ => Status::Accepted { reference: Some(reference(payout)) },
            },
            Play::OutOfOrder if age < 2 * step => Status::Unchanged,
            Play::Refuse | Play::AskFirst => self.submit(order, now).await,
            Play::Fail | Play::FailsThenPays if age >= 2 * step => {
                Status::Failed { code: "rejected_by_bank".into(), reason: "The payee's bank rejected it.".into() }
            }
            Play::AskLater if age >= 2 * step => {
                Status::ActionNeeded { reason: "The sandbox provider wants a document.".into() }
            }
            Play::Bounce if payout.state == State::Completed => match payout.completed_at {
                Some(completed) if now - completed >= step => {
                    Status::Returned { reason: "The bank sent it back: no such account.".into() }
                }
                _ => Status::Unchanged,
            },
            _ if age >= 2 * step => Status::Paid { reference: Some(reference(payout)) },
            _ if age >= step => Status::Accepted { reference: Some(reference(payout)) },
            _ => Status::Unchanged,
        }
    }

    async fn cancel(&self, order: &Order, now: i64) -> Answer {
        let age = order.payout.submitted_at.map_or(0, |submitted| now - submitted);
        match Play::of(order) {
            Play::AgreesLate if age < 10 * self.step => Answer::Unknown,
            Play::SlowAgrees | Play::AskLater | Play::AgreesThenPays | Play::AgreesLate => Answer::Yes,
            Play::Silent | Play::Late => Answer::Unknown,
            _ => Answer::No("The sandbox provider has sent it on already.".into()),
        }
    }

    async fn reverse(&self, order: &Order, reversal: &Reversal, _now: i64) -> Reversed {
        match Play::of(order) {
            Play::NoReversals => Reversed::No("The payee's bank does not give it back.".into()),
            Play::SilentReversals => Reversed::Unknown,
            Play::HalfReversals => Reversed::Part((reversal.amount_minor / 2).max(1)),
            _ => Reversed::All,
        }
    }

    fn watches(&self, order: &Order, now: i64) -> bool {
        let lately = || ended(&order.payout).is_none_or(|ended| now - ended < WATCH * self.step);
        match Play::of(order) {
            Play::Bounce => !order.payout.is_refunded(),
            Play::AgreesThenPays | Play::FailsThenPays | Play::PaysAgain | Play::OutOfOrder => lately(),
            _ => false,
        }
    }

    fn rate(&self, source: Currency, destination: Currency) -> Option<Rate> {
        rates::sandbox(source, destination)
    }
}

/// When it ended, if it has.
fn ended(payout: &Payout) -> Option<i64> {
    payout.completed_at.or(payout.cancelled_at).or(payout.failed_at)
}

fn reference(payout: &Payout) -> String {
    let id = payout.id.to_string();
    format!("SBX-{}", id[id.len() - 10..].to_uppercase())
}

fn last_digits(identifiers: &str) -> Option<i64> {
    let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(identifiers).ok()?;
    let number = ["account_number", "iban", "number"].iter().find_map(|name| members.get(*name)?.as_str())?;
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.get(digits.len().checked_sub(4)?..)?.parse().ok()
}
