//! Where a payout's money is now: one true sentence and the stops of its way.

use crate::domain::money::Money;
use crate::domain::payout::{ClosedBy, Payout, State};
use crate::web::display::{PathView, Sentence, StopState, StopView};
use crate::web::time::Zone;
use crate::web::words;

/// What the sentence is told from.
pub struct Story<'a> {
    pub payout: &'a Payout,
    pub payee: &'a str,
    pub wallet: &'a str,
    pub wallet_href: String,
    /// When a rail wants something first: what it is.
    pub wanted: Option<&'a str>,
    /// The provider was asked to cancel and has not answered.
    pub asked: bool,
    /// The provider paid it after its refund.
    pub lost: bool,
    /// The provider said that it was paid and that it failed, and nobody knows yet which is true.
    pub contradicted: bool,
    pub zone: Zone,
    /// Unix microseconds.
    pub now: i64,
}

/// The four stops: wallet, queue, provider, payee; each with how far it is and what to say.
type Stops = [(StopState, String); 4];

use StopState::{Ahead, Done, Here, Unsure};

impl Story<'_> {
    pub fn path(&self) -> PathView {
        let (say, stops) = match self.payout.state {
            State::Created | State::Queued => self.waits(),
            State::ActionRequired if self.payout.submitted_at.is_none() => self.waits(),
            State::Processing | State::ActionRequired | State::Settling => self.with_provider(),
            _ if self.lost => self.lost(),
            State::Completed if self.contradicted => self.contradicted(),
            State::Completed => self.paid(),
            State::Failed | State::Cancelled | State::Expired => self.back(),
        };
        let names = [
            self.wallet.to_owned(),
            "Paydesk queue".to_owned(),
            words::provider(&self.payout.rail),
            self.payee.to_owned(),
        ];
        let stops =
            names.into_iter().zip(stops).map(|(name, (state, note))| StopView::new(state, name, note)).collect();
        PathView { say, stops }
    }

    /// Held in the wallet; nothing has been sent.
    fn waits(&self) -> (Sentence, Stops) {
        let payout = self.payout;
        if payout.hold_id.is_none() {
            return self.waits_for_money();
        }
        let provider = self.provider();
        let start = Sentence::default()
            .strong(payout.total().to_string())
            .text(" is still yours. It is held in the wallet ")
            .link(self.wallet_href.clone(), self.wallet);
        let (say, queue) = if payout.waits_for_approval() {
            (
                start.text(" until someone approves this payout or sends it back."),
                "Not before it is approved".to_owned(),
            )
        } else if payout.state == State::ActionRequired {
            let wanted = self.wanted.map_or_else(String::new, |wanted| format!(" {wanted}"));
            (start.text(format!(". {provider} wants something before taking it.{wanted}")), "Taken out".to_owned())
        } else if let Some(queued) = payout.queued_at {
            (start.text(format!(" and leaves when {provider} takes it.")), format!("Queued since {}", self.at(queued)))
        } else {
            (start.text(" and joins the queue next."), "Next".to_owned())
        };
        let held = format!("Held since {}", self.at(payout.id.created_at()));
        (say, [(Here, held), (Ahead, queue), (Ahead, "Not sent".into()), (Ahead, "Not paid".into())])
    }

    /// The wallet has too little: nothing is held, and nobody has anything.
    fn waits_for_money(&self) -> (Sentence, Stops) {
        let payout = self.payout;
        let (first, queue) = match payout.queued_at {
            Some(queued) => ("It is paid once ", format!("Waits for money since {}", self.at(queued))),
            None => ("It waits for approval, and is then paid once ", "Not before it is approved".to_owned()),
        };
        let say = Sentence::default()
            .text("No money is held yet. ")
            .text(first)
            .link(self.wallet_href.clone(), self.wallet)
            .text(" has ")
            .strong(payout.total().to_string())
            .text(" available.");
        (say, [(Here, "Nothing held".into()), (Ahead, queue), (Ahead, "Not sent".into()), (Ahead, "Not paid".into())])
    }

    /// Handed over; the same amount stays held until the provider's answer is known.
    fn with_provider(&self) -> (Sentence, Stops) {
        let payout = self.payout;
        let provider = self.provider();
        let total = payout.total().to_string();
        let sent = payout.submitted_at.map_or_else(String::new, |at| format!("Sent {}", self.at(at)));
        let held = (Done, "Held until the outcome is known".to_owned());
        if let Some(since) = payout.outcome_unknown_since {
            let say = Sentence::default()
                .text("We do not know yet whether ")
                .strong(total)
                .text(format!(" has left. {provider} has not answered since "))
                .strong(self.at(since))
                .text(". The money stays held, so it cannot be paid twice.");
            return (say, [held, (Done, sent), (Unsure, "No answer".into()), (Ahead, "Not known".into())]);
        }
        let amount = Sentence::default().strong(payout.amount().to_string());
        match payout.state {
            State::Settling => {
                let say = amount.text(format!(
                    " is on its way to {}. {provider} has accepted it; it can no longer be stopped.",
                    self.payee
                ));
                let since = payout.settling_at.map_or_else(String::new, |at| format!("Accepted {}", self.at(at)));
                (say, [held, (Done, sent), (Here, since), (Ahead, "On its way".into())])
            }
            State::ActionRequired => {
                let wanted = self.wanted.map_or_else(String::new, |wanted| format!(" {wanted}"));
                let say = amount.text(format!(" is with {provider}, who wants something before going on.{wanted}"));
                (say, [held, (Done, sent), (Here, "Waits for an action".into()), (Ahead, "Not paid yet".into())])
            }
            _ => {
                let then = if self.asked {
                    "They were asked to cancel and have not answered yet; the money stays held."
                } else {
                    "You can ask them to cancel; they may say no."
                };
                let say = amount.text(format!(" is with {provider}. {then}"));
                (say, [held, (Done, sent), (Here, "Working on it".into()), (Ahead, "Not paid yet".into())])
            }
        }
    }

    /// Completed; perhaps reversed in part or whole, or returned by the bank.
    fn paid(&self) -> (Sentence, Stops) {
        let payout = self.payout;
        let completed = payout.completed_at.map_or_else(String::new, |at| self.at(at));
        let sent = payout.submitted_at.map_or_else(String::new, |at| format!("Sent {}", self.at(at)));
        let paid = |state, note: String| {
            [
                (Done, "Left the wallet".to_owned()),
                (Done, sent.clone()),
                (Done, format!("Paid {completed}")),
                (state, note),
            ]
        };
        let wallet = || (self.wallet_href.clone(), self.wallet.to_owned());
        if let Some(returned) = payout.returned_at {
            let (href, name) = wallet();
            let say = Sentence::default()
                .text(format!(
                    "{}’s bank sent the money back {}. What had not been reversed, and the fees, are in ",
                    self.payee,
                    self.zone.when(returned, self.now)
                ))
                .link(href, name)
                .text(" again.");
            let mut stops = paid(Done, format!("Sent back {}", self.at(returned)));
            stops[0] = (Here, "Back in the wallet".into());
            return (say, stops);
        }
        let back = Money::new(payout.reversed_done_minor, payout.destination_currency);
        let asked = Money::new(payout.reversed_minor - payout.reversed_done_minor, payout.destination_currency);
        let kept = Money::new(payout.destination_minor - payout.reversed_done_minor, payout.destination_currency);
        if kept.minor == 0 {
            let (href, name) = wallet();
            let say = Sentence::default()
                .strong(back.to_string())
                .text(" came back and went to ")
                .link(href, name)
                .text(". All of it is reversed; the fees stay paid.");
            let mut stops = paid(Done, "Returned all of it".into());
            stops[0] = (Here, "Back in the wallet".into());
            return (say, stops);
        }
        let mut say = Sentence::default().strong(kept.to_string()).text(format!(" is with {}", self.payee));
        say = if back.minor > 0 {
            let (href, name) = wallet();
            say.text(". ").strong(back.to_string()).text(" came back and went to ").link(href, name)
        } else {
            say.text(format!(
                ", paid {}",
                payout.completed_at.map_or_else(String::new, |at| self.zone.when(at, self.now))
            ))
        };
        say = if asked.minor > 0 {
            say.text(". ")
                .strong(asked.to_string())
                .text(format!(" was asked back; {} has not answered yet.", self.provider()))
        } else {
            say.text(".")
        };
        (say, paid(Here, "Has the money".into()))
    }

    /// Paid after its refund: the payee has the money, and so has the wallet.
    fn lost(&self) -> (Sentence, Stops) {
        let payout = self.payout;
        let provider = self.provider();
        let said = match (payout.state, payout.closed_by) {
            _ if payout.submitted_at.is_none() => format!("{provider} said that it had not taken it, then paid it"),
            (_, Some(ClosedBy::Staff)) => format!("Staff settled that it was not paid, but {provider} paid it"),
            (State::Cancelled, _) => format!("{provider} said that it was stopped, then paid it"),
            (State::Expired, _) => format!("It had expired, then {provider} paid it"),
            _ => format!("{provider} said that it had failed, then paid it"),
        };
        let say = Sentence::default()
            .text(format!("{said}. {} has ", self.payee))
            .strong(payout.destination().to_string())
            .text(". The refund of ")
            .strong(payout.total().to_string())
            .text(" stays in ")
            .link(self.wallet_href.clone(), self.wallet)
            .text(": the desk has lost it.");
        let ended = payout.failed_at.or(payout.cancelled_at).or(payout.expired_at).unwrap_or(self.now);
        let stops = [
            (Done, format!("Refunded {}", self.at(ended))),
            (Done, payout.submitted_at.map_or_else(|| "Sent".into(), |at| format!("Sent {}", self.at(at)))),
            (Done, "Paid it after its refund".into()),
            (Here, "Has the money".into()),
        ];
        (say, stops)
    }

    /// The provider contradicts itself: it stays booked as paid until two people have settled it.
    fn contradicted(&self) -> (Sentence, Stops) {
        let payout = self.payout;
        let say = Sentence::default()
            .text(format!("{} said that it was paid, and then that it failed. Nobody knows whether ", self.provider()))
            .text(format!("{} has ", self.payee))
            .strong(payout.destination().to_string())
            .text(". It stays booked as paid until two people have settled it.");
        let stops = [
            (Done, "Left the wallet".into()),
            (Done, payout.submitted_at.map_or_else(|| "Sent".into(), |at| format!("Sent {}", self.at(at)))),
            (Unsure, "Says both".into()),
            (Ahead, "Not known".into()),
        ];
        (say, stops)
    }

    /// Ended without being paid.
    fn back(&self) -> (Sentence, Stops) {
        let payout = self.payout;
        let ended = payout.failed_at.or(payout.cancelled_at).or(payout.expired_at).unwrap_or(self.now);
        let total = payout.total().to_string();
        let provider = self.provider();
        let say = if payout.hold_id.is_some() {
            Sentence::default()
                .strong(total)
                .text(" went back to ")
                .link(self.wallet_href.clone(), self.wallet)
                .text(format!(" {}.", self.zone.when(ended, self.now)))
        } else {
            Sentence::default().text("No money moved: it was refused before anything was held.")
        };
        let sent = payout.submitted_at.is_some();
        let say = match (payout.state, payout.closed_by) {
            (State::Cancelled, Some(ClosedBy::Checker)) => say.text(" A checker sent the payout back."),
            (State::Cancelled, _) if sent => say.text(format!(" {provider} stopped it before it was paid.")),
            (State::Cancelled, _) => say.text(format!(" Nothing was sent to {provider} or to {}.", self.payee)),
            (State::Expired, _) => say.text(" It was not done in time."),
            _ => say.text(format!(" {} was not paid.", self.payee)),
        };
        let queue =
            if payout.queued_at.is_some() { format!("Taken out {}", self.at(ended)) } else { "Never queued".into() };
        let provider_note = match (sent, payout.state) {
            (false, _) => "Never received it",
            (true, State::Cancelled) => "Stopped it",
            (true, _) => "Did not pay it",
        };
        let wallet = if payout.hold_id.is_some() { "Available again" } else { "Never left" };
        (say, [(Here, wallet.into()), (Ahead, queue), (Ahead, provider_note.into()), (Ahead, "Not paid".into())])
    }

    fn provider(&self) -> String {
        words::provider(&self.payout.rail)
    }

    fn at(&self, micros: i64) -> String {
        self.zone.at(micros, self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Id;
    use crate::domain::money::Currency;
    use crate::domain::payout::{Action, Origin};
    use crate::web::display::Say;

    const NOON: i64 = 1_795_262_400_000_000;

    fn payout(state: State) -> Payout {
        Payout {
            id: Id::first_at(NOON),
            client_id: Id::first_at(1),
            wallet_id: Id::first_at(1),
            payee_id: Id::first_at(1),
            account_id: None,
            link_id: None,
            reference_id: "PAY_1".into(),
            origin: Origin::Desk,
            request_id: None,
            extra: None,
            notify: false,
            state,
            action: None,
            closed_by: None,
            amount_minor: 10_000,
            fees_minor: 150,
            currency: Currency::USD,
            destination_minor: 10_000,
            destination_currency: Currency::USD,
            rate: None,
            reversed_minor: 0,
            reversed_source_minor: 0,
            reversed_done_minor: 0,
            hold_id: Some(Id::first_at(1)),
            rail: "sandbox".into(),
            maker_staff_id: Id::first_at(1),
            maker_credential_id: None,
            credential_creator_id: None,
            checker_staff_id: None,
            description: None,
            metadata: None,
            failure_code: None,
            failure_reason: None,
            rail_reference: None,
            queued_at: None,
            submitted_at: None,
            settling_at: None,
            completed_at: None,
            failed_at: None,
            cancelled_at: None,
            expired_at: None,
            returned_at: None,
            outcome_unknown_since: None,
            due_at: None,
            version: 1,
        }
    }

    /// The sentence, and the name of the stop where the money is.
    fn told(payout: &Payout) -> (String, String) {
        told_as(payout, false, false)
    }

    fn told_as(payout: &Payout, lost: bool, contradicted: bool) -> (String, String) {
        let story = Story {
            payout,
            payee: "John Doe",
            wallet: "Main USD",
            wallet_href: "/wallets/1".into(),
            wanted: None,
            asked: false,
            lost,
            contradicted,
            zone: Zone::default(),
            now: NOON,
        };
        let path = story.path();
        let pieces = path.say.0.into_iter().map(|piece| match piece {
            Say::Text(text) | Say::Strong(text) => text,
            Say::Link { word, .. } => word,
        });
        let here = path.stops.iter().find(|stop| stop.is_here()).map(|stop| stop.name.clone());
        (pieces.collect(), here.unwrap_or_default())
    }

    #[test]
    fn before_hand_over_the_money_is_in_the_wallet_with_its_fees() {
        let waiting = Payout { action: Some(Action::Approval), ..payout(State::ActionRequired) };
        for payout in [payout(State::Created), payout(State::Queued), waiting] {
            let (say, here) = told(&payout);
            assert!(say.starts_with("USD 101.50 is still yours. It is held in the wallet Main USD"), "{say}");
            assert_eq!(here, "Main USD");
        }
    }

    #[test]
    fn without_an_answer_nobody_claims_to_know() {
        let silent =
            Payout { submitted_at: Some(NOON), outcome_unknown_since: Some(NOON), ..payout(State::Processing) };
        let (say, here) = told(&silent);
        assert!(say.starts_with("We do not know yet whether USD 101.50 has left."), "{say}");
        assert_eq!(here, "Sandbox");
    }

    #[test]
    fn a_completed_payout_is_with_the_payee_until_all_of_it_came_back() {
        let paid = Payout { submitted_at: Some(NOON), completed_at: Some(NOON), ..payout(State::Completed) };
        assert_eq!(told(&paid), ("USD 100.00 is with John Doe, paid at 12:00.".into(), "John Doe".into()));
        let part = Payout { reversed_minor: 4_000, reversed_done_minor: 3_000, ..paid.clone() };
        let (say, here) = told(&part);
        assert!(say.starts_with("USD 70.00 is with John Doe. USD 30.00 came back and went to Main USD."), "{say}");
        assert!(say.contains("USD 10.00 was asked back"), "{say}");
        assert_eq!(here, "John Doe");
        let whole = Payout { reversed_minor: 10_000, reversed_done_minor: 10_000, ..paid };
        let (say, here) = told(&whole);
        assert!(say.starts_with("USD 100.00 came back and went to Main USD."), "{say}");
        assert_eq!(here, "Main USD");
    }

    #[test]
    fn what_was_paid_after_its_refund_is_with_the_payee() {
        let stopped = Payout { submitted_at: Some(NOON), cancelled_at: Some(NOON), ..payout(State::Cancelled) };
        let (say, here) = told_as(&stopped, true, false);
        assert!(say.starts_with("Sandbox said that it was stopped, then paid it. John Doe has USD 100.00."), "{say}");
        assert!(say.contains("The refund of USD 101.50 stays in Main USD: the desk has lost it."), "{say}");
        assert_eq!(here, "John Doe");
        for (closed_by, submitted_at, start) in [
            (ClosedBy::Staff, Some(NOON), "Staff settled that it was not paid"),
            (ClosedBy::Rail, Some(NOON), "Sandbox said that it had failed"),
            (ClosedBy::Staff, None, "Sandbox said that it had not taken it"),
        ] {
            let failed = Payout { submitted_at, closed_by: Some(closed_by), ..payout(State::Failed) };
            assert!(told_as(&failed, true, false).0.starts_with(start));
        }
    }

    #[test]
    fn a_provider_that_contradicts_itself_is_not_believed() {
        let paid = Payout { submitted_at: Some(NOON), completed_at: Some(NOON), ..payout(State::Completed) };
        let (say, here) = told_as(&paid, false, true);
        assert!(say.contains("Nobody knows whether John Doe has USD 100.00"), "{say}");
        assert_eq!(here, "Sandbox");
    }

    #[test]
    fn an_ended_payout_without_a_hold_moved_no_money() {
        let refunded = Payout { cancelled_at: Some(NOON), ..payout(State::Cancelled) };
        let (say, here) = told(&refunded);
        assert!(say.starts_with("USD 101.50 went back to Main USD at 12:00."), "{say}");
        assert_eq!(here, "Main USD");
        let refused = Payout { failed_at: Some(NOON), hold_id: None, ..payout(State::Failed) };
        assert!(told(&refused).0.starts_with("No money moved"));
    }
}
