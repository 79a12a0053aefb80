//! Where a payout link's money is now: one true sentence and the stops of its way.

use crate::domain::message::State as MessageState;
use crate::domain::payout::State as PayoutState;
use crate::domain::payout_link::{CloseReason, PayoutLink, State};
use crate::store::payout_links::Attempt;
use crate::web::display::{PathView, Sentence, StopState, StopView};
use crate::web::time::{Zone, lasted};
use crate::web::words;

/// What the sentence is told from.
pub struct Story<'a> {
    pub link: &'a PayoutLink,
    /// Its payouts, oldest first.
    pub attempts: &'a [Attempt],
    pub wallet: &'a str,
    pub wallet_href: String,
    /// The wallet's rail.
    pub rail: &'a str,
    /// What became of the newest message, if there is one.
    pub told: Option<MessageState>,
    pub zone: Zone,
    /// Unix microseconds.
    pub now: i64,
}

/// The four stops: wallet, link, provider, recipient; each with how far it is and what to say.
type Stops = [(StopState, String); 4];

use StopState::{Ahead, Done, Here};

impl Story<'_> {
    pub fn path(&self) -> PathView {
        let (say, stops) = match self.link.state {
            State::Pending => self.waits(),
            State::Issued => self.held(),
            State::Processing => self.claimed(),
            State::Processed => self.paid(),
            State::Cancelled | State::Rejected | State::Expired | State::Failed => self.ended(),
        };
        let names = [
            self.wallet.to_owned(),
            "Payout link".to_owned(),
            words::provider(self.rail),
            self.link.contact_name.clone(),
        ];
        let stops =
            names.into_iter().zip(stops).map(|(name, (state, note))| StopView::new(state, name, note)).collect();
        PathView { say, stops }
    }

    /// Above the wallet's limit: nothing is held.
    fn waits(&self) -> (Sentence, Stops) {
        let say = Sentence::default()
            .text("Nothing is held yet: ")
            .strong(self.link.total().to_string())
            .text(" stays available in ")
            .link(self.wallet_href.clone(), self.wallet);
        let say = match self.link.has_run_out(self.now) {
            true => say.text(". The time to approve this payout link is over; it expires within moments."),
            false => say.text(" until someone approves this payout link."),
        };
        (say, self.stops(Here, "Nothing held yet", Ahead, "Not before it is approved".into()))
    }

    /// Held in the wallet for whoever claims it.
    fn held(&self) -> (Sentence, Stops) {
        let link = self.link;
        let again = if link.is_reopened() { " again" } else { "" };
        let say = Sentence::default()
            .strong(link.total().to_string())
            .text(format!(" (amount and fees) is held{again} in "))
            .link(self.wallet_href.clone(), self.wallet)
            .text(format!(" for {}. ", link.contact_name));
        let say = match link.expire_by {
            _ if link.has_run_out(self.now) => {
                say.text("Its time is over: it cannot be claimed any more, and the money goes back within moments.")
            }
            Some(end) => say
                .text(if again.is_empty() { "If nobody claims it by " } else { "If it is not claimed once more by " })
                .strong(self.zone.at(end, self.now))
                .text(", it goes back by itself."),
            None => say.text("It stays there until someone claims it or the link is cancelled."),
        };
        let note = match (link.is_reopened(), self.told) {
            (true, _) => "Open again, not claimed",
            (false, Some(MessageState::Sent)) => "Sent, not claimed",
            (false, _) => "Not claimed",
        };
        let since = link.reopened_at.or(link.issued_at).unwrap_or_else(|| link.id.created_at());
        (say, self.stops(Here, &format!("Held since {}", self.zone.at(since, self.now)), Ahead, note.into()))
    }

    /// Its payout has the money.
    fn claimed(&self) -> (Sentence, Stops) {
        let link = self.link;
        let claimed = link.claimed_at.map_or_else(String::new, |at| self.zone.when(at, self.now));
        let say = Sentence::default()
            .text(format!("{} claimed it {claimed}. ", link.contact_name))
            .strong(link.total().to_string())
            .text(" is held by the payout ");
        let (say, reached) = match self.standing() {
            Some(attempt) => (
                say.link(format!("/payouts/{}", attempt.id), attempt.reference_id.clone())
                    .text(", whose record says where it is."),
                !matches!(attempt.state, PayoutState::Created | PayoutState::Queued),
            ),
            None => (say.text("of this link."), false),
        };
        let provider = if reached { (Here, "Has the payout".to_owned()) } else { (Ahead, "Not sent yet".to_owned()) };
        let wallet = if reached { Done } else { Here };
        let stops = [
            (wallet, "Held until the outcome is known".to_owned()),
            (Done, format!("Claimed {claimed}")),
            provider,
            (Ahead, "Not paid yet".to_owned()),
        ];
        (say, stops)
    }

    /// The recipient has the money, unless the bank sent it back.
    fn paid(&self) -> (Sentence, Stops) {
        let link = self.link;
        let attempt = self.standing();
        let at = attempt.and_then(|attempt| attempt.completed_at).or(link.closed_at).unwrap_or(self.now);
        let when = self.zone.when(at, self.now);
        let paid = |say: Sentence| match attempt {
            Some(attempt) => say
                .text(" by payout ")
                .link(format!("/payouts/{}", attempt.id), attempt.reference_id.clone())
                .text(", which also tells what was reversed since."),
            None => say.text("."),
        };
        let stops = |state, note: &str| {
            let claimed = link.claimed_at.map_or_else(String::new, |at| self.zone.when(at, self.now));
            [
                (Done, "Left the wallet".to_owned()),
                (Done, format!("Claimed {claimed}")),
                (Done, format!("Paid {when}")),
                (state, note.to_owned()),
            ]
        };
        if let Some(returned) = attempt.and_then(|attempt| attempt.returned_at) {
            let say = Sentence::default()
                .text(format!(
                    "{}’s bank sent the money back {}. What had not been reversed, and the fees, are in ",
                    link.contact_name,
                    self.zone.when(returned, self.now)
                ))
                .link(self.wallet_href.clone(), self.wallet)
                .text(" again.");
            let mut stops = stops(Done, "Sent it back");
            stops[0] = (Here, "Back in the wallet".to_owned());
            return (say, stops);
        }
        let say = Sentence::default()
            .strong(link.amount().to_string())
            .text(format!(" was paid to {} {when}", link.contact_name));
        (paid(say), stops(Here, "Was paid"))
    }

    /// Ended without being paid.
    fn ended(&self) -> (Sentence, Stops) {
        let link = self.link;
        let at = link.closed_at.unwrap_or(self.now);
        let when = self.zone.when(at, self.now);
        let say = match link.hold_id {
            Some(_) => Sentence::default()
                .strong(link.total().to_string())
                .text(" went back to ")
                .link(self.wallet_href.clone(), self.wallet)
                .text(format!(" {when}.")),
            None => Sentence::default().text("No money moved: nothing had been held yet."),
        };
        let (say, note) = match (link.state, link.close_reason) {
            (State::Cancelled, Some(CloseReason::Declined)) => {
                (say.text(" Whoever opened it said that it was not for them."), "Declined")
            }
            (State::Cancelled, Some(CloseReason::Replaced)) => {
                (say.text(" Another payout link was issued in its place, with a hold of its own."), "Replaced")
            }
            (State::Rejected, _) => (say.text(" A checker sent the payout link back."), "Sent back"),
            (State::Expired, _) => (say.text(" Nobody claimed it in time."), "Expired"),
            (State::Failed, Some(CloseReason::InsufficientFunds)) => {
                (say.text(format!(" {} had too little money to issue it.", self.wallet)), "Failed")
            }
            (State::Failed, _) => (say.text(" Too many attempts to pay it failed."), "Closed"),
            _ => (say.text(" The address of the link does not work any more."), "Cancelled"),
        };
        let wallet = if link.hold_id.is_some() { "Available again" } else { "Never left" };
        let lived = lasted(at - link.id.created_at());
        (say, self.stops(Here, wallet, Ahead, format!("{note} after {lived}")))
    }

    /// The stops of what no provider has.
    fn stops(&self, wallet: StopState, held: &str, link: StopState, note: String) -> Stops {
        let tried = self.attempts.iter().filter(|attempt| attempt.state == PayoutState::Failed).count();
        let provider = match tried {
            0 if self.link.state.is_final() => "Never received it".to_owned(),
            0 => "Starts when claimed".to_owned(),
            1 => "Refused one attempt".to_owned(),
            more => format!("Refused {more} attempts"),
        };
        [(wallet, held.to_owned()), (link, note), (Ahead, provider), (Ahead, "Not paid".to_owned())]
    }

    /// The payout of the claim that stands.
    fn standing(&self) -> Option<&Attempt> {
        let id = self.link.payout_id?;
        self.attempts.iter().find(|attempt| attempt.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::Id;
    use crate::domain::money::Currency;
    use crate::domain::payout_link::{Method, Methods};
    use crate::web::display::Say;

    const NOON: i64 = 1_795_262_400_000_000;
    const HOUR: i64 = 3_600_000_000;

    fn link(state: State) -> PayoutLink {
        PayoutLink {
            id: Id::first_at(NOON),
            client_id: Id::first_at(1),
            wallet_id: Id::first_at(1),
            state,
            closed_by: None,
            close_reason: None,
            contact_id: None,
            contact_name: "John Doe".into(),
            contact_type: None,
            contact_phone: None,
            contact_email: None,
            purpose: None,
            amount_minor: 10_000,
            fees_minor: 150,
            currency: Currency::USD,
            description: None,
            receipt: None,
            reference: None,
            notes: None,
            send_sms: false,
            send_email: false,
            expire_by: Some(NOON + HOUR),
            payout_methods: Methods(vec![Method::BankAccount]),
            transfer_reason: None,
            save_payee: false,
            request_id: None,
            attempt_count: 0,
            failure_count: 0,
            payee_id: None,
            account_id: None,
            payout_id: None,
            hold_id: Some(Id::first_at(1)),
            maker_staff_id: Id::first_at(1),
            maker_credential_id: None,
            credential_creator_id: None,
            checker_staff_id: None,
            cancel_reason: None,
            replaces_id: None,
            replaced_by_id: None,
            remind_at: None,
            reminded_at: None,
            issued_at: Some(NOON),
            claimed_at: None,
            reopened_at: None,
            closed_at: None,
            due_at: None,
            token_hash: String::new(),
            token_sealed: String::new(),
            version: 1,
        }
    }

    fn attempt(state: PayoutState) -> Attempt {
        Attempt {
            id: Id::first_at(NOON),
            reference_id: "PAY_9".into(),
            state,
            failure_code: None,
            failure_reason: None,
            payee_first_name: "John".into(),
            payee_last_name: "Doe".into(),
            account_label: None,
            completed_at: None,
            returned_at: None,
        }
    }

    /// The sentence, and the name of the stop where the money is.
    fn told(link: &PayoutLink, attempts: &[Attempt], now: i64) -> (String, String) {
        let story = Story {
            link,
            attempts,
            wallet: "Main USD",
            wallet_href: "/wallets/1".into(),
            rail: "sandbox",
            told: None,
            zone: Zone::default(),
            now,
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
    fn what_waits_for_approval_holds_nothing() {
        let pending = PayoutLink { hold_id: None, issued_at: None, ..link(State::Pending) };
        let (say, here) = told(&pending, &[], NOON);
        assert!(say.starts_with("Nothing is held yet: USD 101.50 stays available in Main USD until someone"), "{say}");
        assert_eq!(here, "Main USD");
        let (say, _) = told(&PayoutLink { closed_at: Some(NOON), ..pending.clone() }, &[], NOON + HOUR);
        assert!(say.contains("is over"), "{say}");
        let rejected = PayoutLink { state: State::Rejected, closed_at: Some(NOON), ..pending };
        let (say, _) = told(&rejected, &[], NOON);
        assert_eq!(say, "No money moved: nothing had been held yet. A checker sent the payout link back.");
    }

    #[test]
    fn an_issued_link_tells_until_when_and_an_old_one_that_it_is_over() {
        let (say, here) = told(&link(State::Issued), &[], NOON);
        let expected = "USD 101.50 (amount and fees) is held in Main USD for John Doe. If nobody claims it by 13:00, \
                        it goes back by itself.";
        assert_eq!((say.as_str(), here.as_str()), (expected, "Main USD"));
        let (say, _) = told(&link(State::Issued), &[], NOON + HOUR);
        assert!(say.contains("cannot be claimed any more"), "{say}");
        let (say, _) = told(&PayoutLink { expire_by: None, ..link(State::Issued) }, &[], NOON);
        assert!(say.ends_with("until someone claims it or the link is cancelled."), "{say}");
    }

    #[test]
    fn a_claimed_links_money_is_its_payouts() {
        let id = Some(attempt(PayoutState::Queued).id);
        let claimed = PayoutLink { payout_id: id, claimed_at: Some(NOON), ..link(State::Processing) };
        let (say, here) = told(&claimed, &[attempt(PayoutState::Queued)], NOON);
        assert!(say.starts_with("John Doe claimed it at 12:00. USD 101.50 is held by the payout PAY_9"), "{say}");
        assert_eq!(here, "Main USD");
        assert_eq!(told(&claimed, &[attempt(PayoutState::Processing)], NOON).1, "Sandbox");
        let paid = PayoutLink { state: State::Processed, closed_at: Some(NOON), ..claimed };
        let (say, here) = told(&paid, &[attempt(PayoutState::Completed)], NOON);
        assert!(say.starts_with("USD 100.00 was paid to John Doe at 12:00 by payout PAY_9"), "{say}");
        assert_eq!(here, "John Doe");
        let returned = Attempt { returned_at: Some(NOON), ..attempt(PayoutState::Completed) };
        assert_eq!(told(&paid, &[returned], NOON).1, "Main USD");
    }

    #[test]
    fn what_ended_says_how_and_where_the_money_went() {
        for (state, reason, words) in [
            (State::Cancelled, None, "does not work any more"),
            (State::Cancelled, Some(CloseReason::Declined), "not for them"),
            (State::Cancelled, Some(CloseReason::Replaced), "in its place"),
            (State::Expired, None, "in time"),
            (State::Failed, Some(CloseReason::TooManyAttempts), "Too many attempts"),
        ] {
            let ended = PayoutLink { close_reason: reason, closed_at: Some(NOON), ..link(state) };
            let (say, here) = told(&ended, &[], NOON);
            assert!(say.starts_with("USD 101.50 went back to Main USD at 12:00.") && say.contains(words), "{say}");
            assert_eq!(here, "Main USD");
        }
    }
}
