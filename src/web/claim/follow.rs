//! After the claim: the payout on its way to its end; and links at which nothing can be done any more, or not yet.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use askama::Template;

use super::super::display::{MoneyText, Problem, TimeView, Tone};
use super::super::failure::Failure;
use super::super::words;
use super::frame::{Frame, MessagePage};
use super::guest::{Guest, Stage};
use super::offer::{At, Fact, OfferView, StepView, steps};
use super::proof::{self, ProveView};
use super::respond;
use crate::domain::payout::{Payout, State as PayoutState};
use crate::domain::payout_link::{CloseReason, ClosedBy, State};
use crate::error::FieldError;
use crate::service::recipients::Proof;

/// How the payout stands.
#[derive(Template)]
#[template(path = "claim/status.html")]
pub struct StatusPage {
    pub frame: Frame,
    pub steps: Vec<StepView>,
    pub tone: Tone,
    pub heading: &'static str,
    pub text: String,
    pub amount: MoneyText,
    pub facts: Vec<Fact>,
    pub claimed_at: Option<TimeView>,
    pub paid_at: Option<TimeView>,
    /// When the page was made.
    pub as_of: TimeView,
    /// Nothing more will happen.
    pub is_final: bool,
    /// It loads itself again.
    pub follows: bool,
}

/// What a stranger sees of a link that was claimed: that it was, and how to prove to be the contact.
#[derive(Template)]
#[template(path = "claim/claimed.html")]
pub struct ClaimedPage {
    pub frame: Frame,
    pub offer: OfferView,
    pub claimed_at: Option<TimeView>,
    pub is_paid: bool,
    pub problems: Vec<Problem>,
    pub prove: Option<ProveView>,
}

/// Seconds after which a page that follows by itself is loaded again.
const AGAIN: &str = "15";

/// A link that was claimed: its payout for whoever claimed it, little for others.
pub async fn show(guest: &Guest, follows: bool) -> Result<HttpResponse, Failure> {
    if !guest.pass.may_follow(guest.link().payout_id) {
        return stranger(guest, None).await;
    }
    let Some(record) = &guest.opened.payout else { return Err(crate::error::Error::Internal.into()) };
    let (payout, zone) = (&record.payout, guest.zone());
    let story = story(payout, guest.sender(), guest.opened.held);
    let is_final = payout.state.is_final();
    let mut facts = vec![Fact::new("From", guest.sender())];
    let account = record.account_label().map_or_else(|| "Your account".to_owned(), words::masked_account);
    facts.push(Fact::new("Sent to", format!("{}, {account}", record.payee.name())));
    facts.extend(guest.link().reference.clone().map(|reference| Fact::new("Reference", reference)));
    let page = StatusPage {
        frame: guest.frame(story.heading),
        steps: steps(At::Follow, guest.proof != Proof::Nothing),
        tone: story.tone,
        heading: story.heading,
        text: story.text,
        amount: guest.link().amount().into(),
        facts,
        claimed_at: guest.link().claimed_at.map(|at| zone.full(at)),
        paid_at: payout.completed_at.map(|at| zone.full(at)),
        as_of: zone.full(guest.now),
        is_final,
        follows: follows && !is_final,
    };
    let mut response = guest.page(StatusCode::OK, &page)?;
    if page.follows {
        // As a header, because it was asked for and can be turned off again.
        let again = HeaderValue::from_static(AGAIN);
        response.headers_mut().insert(HeaderName::from_static("refresh"), again);
    }
    Ok(response)
}

/// The same for somebody who has not proved to be the contact.
pub async fn stranger(guest: &Guest, error: Option<(&FieldError, &str)>) -> Result<HttpResponse, Failure> {
    let mut frame = guest.frame("This payment was already claimed");
    frame.failed = error.is_some();
    let asks = matches!(guest.proof, Proof::Code(_) | Proof::Receipt);
    let page = ClaimedPage {
        frame,
        offer: OfferView::of(&guest.opened.record, guest.now, false),
        claimed_at: guest.link().claimed_at.map(|at| guest.zone().full(at)),
        is_paid: guest.link().state == State::Processed,
        problems: proof::problems(error),
        prove: if asks { Some(proof::view(guest, error).await?) } else { None },
    };
    guest.page(if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

/// Whoever sent a form is told why it was not used.
pub async fn closed(guest: &Guest) -> Result<HttpResponse, Failure> {
    match guest.stage() {
        Stage::Claimed if guest.pass.may_follow(guest.link().payout_id) => Ok(respond::see_other(&guest.path(""))),
        Stage::Claimed => {
            let mut response = stranger(guest, None).await?;
            *response.status_mut() = StatusCode::CONFLICT;
            Ok(response)
        }
        // Opened again meanwhile, for example because the payout of another claim failed.
        Stage::Open => Ok(respond::see_other(&guest.path(""))),
        Stage::Held => held(guest, true),
        Stage::Ended => ended(guest, true),
    }
}

/// A link that cannot be claimed for now; `sent` when a form came while that was so. Why is the sender's own affair.
pub fn held(guest: &Guest, sent: bool) -> Result<HttpResponse, Failure> {
    let (link, sender) = (guest.link(), guest.sender());
    let heading = "This payment cannot be claimed right now";
    let mut lines = vec![format!(
        "{sender} has paused payments for the moment. Nothing is lost: the money stays set aside for you."
    )];
    if sent {
        lines.insert(0, "What you sent was not used and not kept.".to_owned());
    }
    lines.push("Keep this address, and open it again later. There is nothing else to do.".to_owned());
    let until = link.expire_by.map(|at| guest.zone().full(at).shown);
    let offer = OfferView::of(&guest.opened.record, guest.now, false);
    let mut facts = vec![Fact::new("From", sender), Fact::new("Amount", offer.amount.prose())];
    facts.extend(offer.reference.map(|reference| Fact::new("Reference", reference)));
    facts.extend(until.map(|until| Fact::new("Can be claimed until", until)));
    let page = MessagePage {
        frame: guest.frame(heading),
        tone: Tone::Info,
        heading: heading.to_owned(),
        lines,
        facts,
        way: None,
        request_id: None,
    };
    guest.page(if sent { StatusCode::CONFLICT } else { StatusCode::OK }, &page)
}

/// A link at which nothing can be done; `sent` when a form came too late.
pub fn ended(guest: &Guest, sent: bool) -> Result<HttpResponse, Failure> {
    let (link, sender) = (guest.link(), guest.sender());
    let when = |at: Option<i64>| at.map(|at| guest.zone().full(at).shown);
    let closed = when(link.closed_at).map(|at| format!(" on {at}")).unwrap_or_default();
    let ask = format!("If you expected this payment, ask {sender}.");
    let (tone, heading, mut lines) = match (link.state, link.close_reason) {
        (State::Pending, _) => (
            Tone::Info,
            "This payment is not ready yet",
            vec![format!("{sender} has to approve it first. Keep this address, and open it again later.")],
        ),
        (State::Cancelled, Some(CloseReason::Replaced)) => (
            Tone::Info,
            "This address was replaced",
            vec![format!("{sender} made another one in its place. Use the newest one that you have from {sender}.")],
        ),
        (State::Cancelled, Some(CloseReason::Declined)) => (
            Tone::Info,
            "This payment was declined",
            vec![
                format!(
                    "Somebody who opened this address said{closed} that it was not for them. The money went back to {sender}."
                ),
                ask,
            ],
        ),
        (State::Cancelled, _) if link.closed_by == Some(ClosedBy::Rail) => (
            Tone::Info,
            "This payment was made before",
            vec![
                format!(
                    "The payment was made to the account that was given before, so this address was closed{closed}."
                ),
                format!("If it did not reach you, ask {sender}."),
            ],
        ),
        (State::Cancelled, _) => (
            Tone::Info,
            "This payment was cancelled",
            vec![format!("{sender} cancelled it{closed}. No money was sent."), ask],
        ),
        (State::Rejected, _) => {
            (Tone::Info, "This payment was withdrawn", vec![format!("{sender} withdrew it before it was issued."), ask])
        }
        (State::Failed, Some(CloseReason::InsufficientFunds)) => {
            (Tone::Info, "This payment was never issued", vec![format!("{sender} could not issue it{closed}."), ask])
        }
        (State::Failed, _) => (
            Tone::Warn,
            "Too many attempts did not work",
            vec![
                format!(
                    "The bank did not take the payment several times, so this address was closed{closed}. The money went back to {sender}."
                ),
                ask,
            ],
        ),
        _ => {
            let end = when(link.expire_by).map(|at| format!("It could be claimed until {at}."));
            let lines = end.into_iter().chain([format!("The money went back to {sender}."), ask]).collect();
            (Tone::Info, "The time for this payment is over", lines)
        }
    };
    if sent {
        lines.insert(
            0,
            "What you sent came too late. It was not used and not kept, and nothing was taken from you.".into(),
        );
    }
    let not_yet = link.state == State::Pending;
    let offer = OfferView::of(&guest.opened.record, guest.now, false);
    let mut facts = vec![Fact::new("From", sender)];
    if !not_yet {
        facts.push(Fact::new("Amount", offer.amount.prose()));
        facts.extend(offer.purpose.map(|purpose| Fact::new("For", purpose)));
        facts.extend(offer.reference.map(|reference| Fact::new("Reference", reference)));
    }
    let page = MessagePage {
        frame: guest.frame(heading),
        tone,
        heading: heading.to_owned(),
        lines,
        facts,
        way: None,
        request_id: None,
    };
    // One that waits is not there yet; the others are there no more.
    guest.page(if not_yet { StatusCode::NOT_FOUND } else { StatusCode::GONE }, &page)
}

/// What a page says of a payout.
struct Story {
    tone: Tone,
    heading: &'static str,
    text: String,
}

fn story(payout: &Payout, sender: &str, held: bool) -> Story {
    let say = |tone, heading, text: String| Story { tone, heading, text };
    match payout.state {
        PayoutState::Completed if payout.returned_at.is_some() => say(
            Tone::Warn,
            "Your bank sent the money back",
            format!("It is with {sender} again. Ask {sender} to pay you another way."),
        ),
        PayoutState::Completed => say(
            Tone::Good,
            "Paid",
            "The money has been sent. Your bank may need a little until it shows.".to_owned(),
        ),
        _ if payout.outcome_unknown_since.is_some() => say(
            Tone::Unsure,
            "Waiting for the bank",
            "The bank has not answered yet. The money is held: either it reaches you, or you can give your details again."
                .to_owned(),
        ),
        PayoutState::Created | PayoutState::Queued if held => say(
            Tone::Info,
            "We have your details",
            format!("{sender} has paused payments for the moment. Yours goes on by itself: there is nothing more to do."),
        ),
        PayoutState::Created | PayoutState::Queued => say(
            Tone::Info,
            "We have your details",
            "The payment is handed to the bank shortly. There is nothing more to do.".to_owned(),
        ),
        PayoutState::ActionRequired => say(
            Tone::Info,
            "The bank has a question",
            format!("It takes a little longer: {sender} has to answer it. Nothing is asked of you."),
        ),
        _ => say(Tone::Info, "On its way", "The bank has the payment and works on it. There is nothing more to do.".to_owned()),
    }
}
