//! Cases that a set opens and closes: a doubt that begins opens one, and the unit that ends the doubt closes it.

use super::Books;
use crate::domain::case::{Case, Doubt, EndedDoubt, Ending, Kind, State};
use crate::domain::ids::Mint;
use crate::domain::payout::Payout;

impl Books {
    /// Notes that a doubt began or ended, when it did.
    pub fn note_doubt(&mut self, before: Option<i64>, doubt: Doubt) {
        if before.is_some() != doubt.since.is_some() {
            self.doubts.push(doubt);
        }
    }

    /// What a payout's doubt is about.
    pub(super) fn payout_doubt(payout: &Payout) -> Doubt {
        Doubt {
            kind: Kind::UnknownPayout,
            subject_id: payout.id.to_string(),
            payout_id: payout.id,
            client_id: payout.client_id,
            amount: payout.amount(),
            since: payout.outcome_unknown_since,
        }
    }

    /// Turns what the unit noted into cases, in the order it happened.
    pub fn write_cases(&mut self, mint: &mut Mint) {
        for doubt in std::mem::take(&mut self.doubts) {
            match doubt.since {
                Some(since) => self.changes.new_cases.push(doubt.open(mint.next(), since)),
                None => self.end_doubt(&doubt, mint.now()),
            }
        }
    }

    fn end_doubt(&mut self, doubt: &Doubt, now: i64) {
        let about = |case: &&mut Case| case.kind == doubt.kind && case.subject_id == doubt.subject_id;
        if let Some(case) = self.changes.new_cases.iter_mut().filter(|case| case.state != State::Closed).find(about) {
            case.state = State::Closed;
            case.ending = Some(Ending::Answered);
            case.closed_at = Some(now);
            return;
        }
        // Settled by staff: the doubt ends because of that, and the case says so itself.
        let mut settled = self.changes.settled_cases.iter().filter_map(|id| self.cases.get(id));
        if settled.any(|case| case.kind == doubt.kind && case.subject_id == doubt.subject_id) {
            return;
        }
        let ended = EndedDoubt { kind: doubt.kind, subject_id: doubt.subject_id.clone(), closed_at: now };
        self.changes.ended_doubts.push(ended);
    }
}
