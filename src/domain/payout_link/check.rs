//! Whether something may be done to a payout link now, and if not, why, and what instead.

use super::{CloseReason, ClosedBy, LinkPolicy, PayoutLink, State, Step};
use crate::domain::caller::Caller;
use crate::domain::maker::Maker;
use crate::domain::payout::{Refusal, Rule};

/// How far ahead the end of a link must lie when it is set: 15 minutes, in microseconds.
pub const SOONEST: i64 = 15 * 60 * 1_000_000;
/// How long a request may have been on its way here before its 15 minutes count as too few, in microseconds.
const ON_ITS_WAY: i64 = 5 * 1_000_000;
impl PayoutLink {
    /// The state that `step` leads to at `now`, or why it may not be taken and what to do instead.
    ///
    /// Pages show the refusal, APIs answer its rule, and plans act on the state: one function for all three.
    pub fn check(&self, step: Step, now: i64) -> Result<State, Refusal> {
        let state = self.state;
        let to = match step {
            Step::Approve | Step::SendBack if state != State::Pending => {
                let reason = format!("It does not wait for approval: it {}.", state.words());
                return Err(self.refuse(Rule::NotWaitingForApproval, reason));
            }
            Step::SendBack => State::Rejected,
            Step::Cancel(policy) => return self.check_cancel(policy),
            Step::Claim | Step::Decline if state != State::Issued => return Err(self.not_claimable()),
            Step::Resend if state == State::Pending => {
                let reason = "It waits for approval: there is nothing to open yet.";
                return Err(self.refuse(Rule::WrongState, reason).instead("Approve it; it is sent then."));
            }
            Step::Extend | Step::Replace | Step::Resend if !state.is_open() => {
                let reason = format!("That cannot happen now: the payout link {}.", state.words());
                return Err(self.refuse(Rule::WrongState, reason).instead("Make a new payout link."));
            }
            Step::Remind if state != State::Issued || self.remind_at.is_none() => {
                return Err(self.refuse(Rule::WrongState, "There is nobody to remind of it."));
            }
            Step::Approve | Step::Claim | Step::Extend | Step::Replace | Step::Resend | Step::Remind
                if self.has_run_out(now) =>
            {
                return Err(self
                    .refuse(Rule::LinkExpired, "Its time is over: the payout link has expired.")
                    .instead("Make a new payout link."));
            }
            Step::Approve => State::Issued,
            Step::Claim => State::Processing,
            Step::Decline => State::Cancelled,
            // None of these changes the state of what it is done to; a replaced link is cancelled by its own step.
            Step::Extend | Step::Replace | Step::Resend | Step::Remind => return Ok(state),
            Step::Complete if state == State::Processing => State::Processed,
            Step::Reopen if state == State::Processing => State::Issued,
            Step::GiveUp if state == State::Processing => State::Failed,
            Step::Expire if self.has_run_out(now) => State::Expired,
            Step::Complete | Step::Reopen | Step::GiveUp | Step::Expire => {
                let reason = format!("That cannot happen now: the payout link {}.", state.words());
                return Err(self.refuse(Rule::WrongState, reason));
            }
        };
        debug_assert!(state.may_become(to));
        Ok(to)
    }

    fn check_cancel(&self, policy: LinkPolicy) -> Result<State, Refusal> {
        let refuse = |reason: &str| self.refuse(Rule::LinkNotCancellable, reason);
        match self.state {
            State::Processing => Err(refuse("It is claimed: the recipient's payout is on its way.")
                .instead("Cancel that payout; the link is then open again and can be cancelled.")),
            State::Processed => {
                Err(refuse("It is paid: the recipient has the money.").instead("Reverse its payout, fully or in part."))
            }
            State::Cancelled => Err(refuse("It is already cancelled; its money went back then.")),
            State::Rejected => Err(refuse("A checker sent it back; no money was held for it.")),
            State::Expired => Err(refuse("It has expired, and its money is back in the wallet.")),
            State::Failed if self.close_reason == Some(CloseReason::InsufficientFunds) => {
                Err(refuse("It was never issued: the wallet had too little money for it."))
            }
            State::Failed => Err(refuse("Too many attempts failed, and its money is back in the wallet.")),
            state if !policy.cancellable.contains(&state) => {
                Err(refuse(&format!("It cannot be cancelled while it {}.", state.words())))
            }
            _ => Ok(State::Cancelled),
        }
    }

    /// What a recipient is told who comes when it cannot be claimed.
    fn not_claimable(&self) -> Refusal {
        let reason = match self.state {
            State::Pending => "It is not ready yet: someone has to approve it first.",
            State::Issued => "It can be claimed.",
            State::Processing => "It is claimed already, and the payment is on its way.",
            State::Processed => "It is paid already.",
            State::Cancelled if self.close_reason == Some(CloseReason::Replaced) => {
                "It was cancelled, and another payout link was issued in its place."
            }
            State::Cancelled if self.close_reason == Some(CloseReason::Declined) => {
                "It was declined: somebody said that it was not for them."
            }
            State::Cancelled if self.closed_by == Some(ClosedBy::Rail) => "It is paid already.",
            State::Cancelled => "It was cancelled by whoever issued it.",
            State::Rejected => "It was withdrawn before it was issued.",
            State::Expired => "It has expired.",
            State::Failed if self.close_reason == Some(CloseReason::InsufficientFunds) => "It was never issued.",
            State::Failed => "It is closed: too many attempts failed.",
        };
        self.refuse(Rule::LinkNotClaimable, reason)
    }

    fn refuse(&self, rule: Rule, reason: impl Into<String>) -> Refusal {
        Refusal::new(rule, reason).found(self.state.name())
    }

    /// Refuses a checker who is behind the link; see [`Maker::check_checker`].
    pub fn check_checker(&self, caller: &Caller) -> Result<(), Refusal> {
        let maker = Maker {
            staff_id: self.maker_staff_id,
            credential_id: self.maker_credential_id,
            credential_creator_id: self.credential_creator_id,
        };
        maker.check_checker(caller)
    }
}

/// Whether an end that somebody sets is at least 15 minutes ahead.
pub fn check_end(end: i64, now: i64) -> Result<(), Refusal> {
    if end >= now + SOONEST - ON_ITS_WAY {
        return Ok(());
    }
    Err(Refusal::new(Rule::ExpiryTooSoon, "A payout link must be open for at least 15 minutes.")
        .instead("Choose a later end."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_at_least_a_quarter_of_an_hour_ahead() {
        assert!(check_end(SOONEST, 0).is_ok());
        assert!(check_end(SOONEST - 60_000_000, 0).is_err());
        assert!(check_end(0, 1).is_err());
    }
}
