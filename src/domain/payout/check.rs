//! Whether something may be done to a payout now, and if not, why, and what instead.

use super::{Action, CancelPolicy, Payout, Refusal, Rule, State, Step};
use crate::domain::caller::Caller;
use crate::domain::maker::Maker;

impl Payout {
    /// The state that `step` leads to, or why it may not be taken and what to do instead.
    ///
    /// Pages show the refusal, APIs answer its rule, and plans act on the state: one function for all three.
    pub fn check(&self, step: Step, policy: CancelPolicy) -> Result<State, Refusal> {
        let state = self.state;
        let to = match step {
            Step::Queue if state == State::Created => State::Queued,
            Step::Approve if self.waits_for_approval() => State::Queued,
            Step::SendBack if self.waits_for_approval() => State::Cancelled,
            Step::Approve | Step::SendBack => {
                return Err(Refusal::new(
                    Rule::NotWaitingForApproval,
                    format!("It does not wait for approval: it {}.", state.words()),
                ));
            }
            Step::Submit if state == State::Queued && self.hold_id.is_some() => State::Processing,
            Step::Accept if state == State::Processing || self.waits_for_rail() => State::Settling,
            Step::AskAction if matches!(state, State::Created | State::Processing | State::Settling) => {
                State::ActionRequired
            }
            Step::Complete if state == State::Settling => State::Completed,
            Step::Fail if !state.is_final() => State::Failed,
            Step::Expire
                if matches!(state, State::Created | State::Queued)
                    || (state == State::ActionRequired && self.submitted_at.is_none()) =>
            {
                State::Expired
            }
            Step::Cancel => return self.check_cancel(policy),
            Step::Reverse => return self.check_reverse(),
            Step::AskToCancel => return self.check_ask_to_cancel(),
            _ => {
                return Err(Refusal::new(
                    Rule::WrongState,
                    format!("That cannot happen now: the payout {}.", state.words()),
                ));
            }
        };
        debug_assert!(state.may_become(to));
        Ok(to)
    }

    fn waits_for_rail(&self) -> bool {
        self.state == State::ActionRequired && self.action != Some(Action::Approval)
    }

    fn check_cancel(&self, policy: CancelPolicy) -> Result<State, Refusal> {
        let refuse = |reason: &str| Refusal::new(Rule::NotCancellable, reason);
        match self.state {
            State::Completed => Err(Refusal::new(Rule::AlreadyCompleted, "It is completed: the payee has the money.")
                .instead("Reverse it, fully or in part.")),
            State::Cancelled if self.hold_id.is_none() => {
                Err(refuse("It is already cancelled; nothing was held for it."))
            }
            State::Cancelled => Err(refuse("It is already cancelled; its refund was booked then.")),
            State::Failed if self.hold_id.is_none() => Err(refuse("It failed before any money was held for it.")),
            State::Failed => Err(refuse("It failed, and its money went back to the wallet.")),
            State::Expired if self.hold_id.is_none() => Err(refuse("It expired before any money was held for it.")),
            State::Expired => Err(refuse("It expired, and its money went back to the wallet.")),
            State::Settling => Err(refuse("The money is on its way to the payee.")
                .instead("Wait for the outcome; a completed payout can be reversed.")),
            _ if self.submitted_at.is_some() => Err(refuse("The provider has it already.")
                .instead("Ask the provider to cancel it; the money stays held until they answer.")),
            state if !policy.allowed.contains(&state) => {
                Err(refuse(&format!("It cannot be cancelled while it {}.", state.words())))
            }
            _ => Ok(State::Cancelled),
        }
    }

    fn check_reverse(&self) -> Result<State, Refusal> {
        if self.returned_at.is_some() {
            return Err(Refusal::new(
                Rule::NotReversible,
                "The bank returned it; what was left is back in the wallet.",
            ));
        }
        if self.state != State::Completed {
            let refusal = Refusal::new(
                Rule::NotReversible,
                format!("Only a completed payout can be reversed; this one {}.", self.state.words()),
            );
            return Err(match self.check_cancel(CancelPolicy::DESK) {
                Ok(_) => refusal.instead("To stop it now, cancel it."),
                Err(_) => refusal,
            });
        }
        if self.reversible().minor == 0 {
            return Err(if self.reversed_done_minor < self.destination_minor {
                Refusal::new(Rule::FullyReversed, "Nothing is left to ask for: the provider has not answered yet.")
                    .instead("Should they refuse, the amount can be asked for again.")
            } else {
                Refusal::new(Rule::FullyReversed, "Nothing is left: all of it is reversed.")
            });
        }
        Ok(State::Completed)
    }

    fn check_ask_to_cancel(&self) -> Result<State, Refusal> {
        match self.check_cancel(CancelPolicy::DESK) {
            Ok(_) => Err(Refusal::new(Rule::WrongState, "No provider has it yet.")
                .instead("Cancel it; the money is back at once.")),
            Err(_) if self.submitted_at.is_some() && self.state.may_become(State::Cancelled) => Ok(self.state),
            Err(refusal) => Err(refusal),
        }
    }

    /// Refuses a checker who is behind the payout; see [`Maker::check_checker`].
    pub fn check_checker(&self, caller: &Caller) -> Result<(), Refusal> {
        self.maker().check_checker(caller)
    }

    /// Everybody behind it.
    pub fn maker(&self) -> Maker {
        Maker {
            staff_id: self.maker_staff_id,
            credential_id: self.maker_credential_id,
            credential_creator_id: self.credential_creator_id,
        }
    }
}
