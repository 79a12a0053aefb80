//! One payout that staff pay: what to type at the bank, what became of it, and what is asked about it.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::{href, reference, which};
use crate::domain::case::Verdict;
use crate::domain::ids::PayoutId;
use crate::domain::manual::{Kind, ManualAnswer, State};
use crate::domain::money::Money;
use crate::domain::payout::State as PayoutState;
use crate::domain::staff::Operation;
use crate::error::FieldError;
use crate::service::Desk;
use crate::service::manual::{self, Shown, Typed};
use crate::web::auth::Visitor;
use crate::web::display::{FieldView, MoneyText, NoticeView, OptionView, Problem, StatusView, TimeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::{respond, words};

/// One payout of the manual rail.
#[derive(Template)]
#[template(path = "manual/show.html")]
pub struct ManualPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub notice: Option<NoticeView>,
    pub href: String,
    pub id: String,
    pub reference: String,
    pub payee: String,
    pub wallet: String,
    pub status: StatusView,
    pub money: MoneyText,
    pub payout_href: String,
    /// The amount as the bank takes it: `1250.00`.
    pub plain: String,
    pub taken: Option<TimeView>,
    pub taker: String,
    /// It can be taken now, by this reader.
    pub takable: bool,
    /// Label and text of each part of the bank details; empty for who may not pay.
    pub account: Vec<(String, String)>,
    /// Why there are no bank details.
    pub no_account: &'static str,
    pub version: i64,
    /// The forms that can be filled in now.
    pub questions: Vec<QuestionView>,
    /// What waits for a second person.
    pub waiting: Vec<WaitingView>,
    /// What was said of it and is over.
    pub answers: Vec<AnswerView>,
    /// A second person confirms what is recorded.
    pub two: bool,
    pub limit: String,
    pub works: bool,
}

/// Something that is to be recorded.
#[derive(Clone, Debug)]
pub struct QuestionView {
    pub kind: &'static str,
    pub subject_id: String,
    pub title: String,
    pub text: String,
    /// Value, word and effect of each answer.
    pub choices: Vec<ChoiceView>,
    /// The bank's reference and day are asked for.
    pub paid: bool,
    /// What is said where the reason is asked for; empty where it is not.
    pub why: &'static str,
    /// Mostly there is nothing to say here, so that the form is folded away.
    pub folded: bool,
    pub outcome: FieldView,
    pub reference: FieldView,
    pub paid_on: FieldView,
    pub reason: FieldView,
    /// Before the ids of this form's fields, since a page may have several.
    pub prefix: String,
}

#[derive(Clone, Debug)]
pub struct ChoiceView {
    pub value: &'static str,
    pub word: &'static str,
    pub effect: &'static str,
    pub chosen: bool,
}

/// An answer that waits for a second person.
#[derive(Clone, Debug)]
pub struct WaitingView {
    pub id: String,
    pub version: i64,
    pub title: String,
    pub facts: Vec<OptionView>,
    /// Why the reader may not confirm it; none when they may.
    pub refusal: Option<NoticeView>,
}

/// An answer that is over.
#[derive(Clone, Debug)]
pub struct AnswerView {
    pub status: StatusView,
    pub what: String,
    pub at: TimeView,
    pub text: String,
}

/// What was typed into a refused form, and where.
#[derive(Debug, Default)]
pub struct Refused {
    pub typed: Typed,
    pub errors: Vec<FieldError>,
    pub notice: Option<NoticeView>,
}

/// GET /manual/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    respond::page(&page(&visitor, &desk, which(&id)?, Refused::default()).await?)
}

/// The page, with what was refused.
pub async fn page(visitor: &Visitor, desk: &Desk, id: PayoutId, refused: Refused) -> Result<ManualPage, Failure> {
    let shown = manual::get(desk, &visitor.caller, id).await?;
    let payout = &shown.record.payout;
    let works = visitor.may(Operation::PayByHand);
    let mut layout = visitor.layout(format!("Pay {} by hand", reference(&payout.reference_id, id)), Place::Manual);
    layout.failed = !refused.errors.is_empty() || refused.notice.is_some();
    let waiting = shown.answers.iter().filter(|answer| answer.state == State::Waiting);
    let limit = shown.wallet.approval_limit_minor;
    Ok(ManualPage {
        layout,
        problems: problems(&refused),
        href: href(id),
        id: id.to_string(),
        reference: reference(&payout.reference_id, id),
        payee: shown.record.payee.name(),
        wallet: shown.wallet.name.clone(),
        status: words::payout_status(payout),
        money: payout.destination().into(),
        payout_href: format!("/payouts/{id}"),
        plain: payout.destination().plain(),
        taken: shown.taker.as_ref().map(|taker| visitor.zone.full(taker.taken_at)),
        taker: shown.taker.as_ref().map(|taker| taker.name.clone()).unwrap_or_default(),
        takable: works && payout.state == PayoutState::Queued && !payout.waits_for_money(),
        account: manual::parts(&shown.identifiers),
        no_account: match () {
            () if !works => "Your role does not see bank details.",
            () if payout.submitted_at.is_none() => "Its bank details are shown to whoever takes it.",
            () if payout.state.is_final() => "It is over; nothing is to be paid any more.",
            () => "No bank account is known for this payee. Ask whoever made the payout.",
        },
        version: payout.version,
        questions: if works { questions(visitor, &shown, &refused) } else { Vec::new() },
        waiting: waiting.map(|answer| waits(visitor, &shown, answer)).collect(),
        answers: shown.answers.iter().filter_map(|answer| over(visitor, answer)).collect(),
        two: shown.two,
        limit: limit.map(|minor| Money::new(minor, shown.wallet.currency).to_string()).unwrap_or_default(),
        works,
        notice: refused.notice,
    })
}

fn problems(refused: &Refused) -> Vec<Problem> {
    let prefix = prefix(&refused.typed.kind, &refused.typed.subject_id);
    let mut problems = respond::problems(&refused.errors);
    problems.iter_mut().for_each(|problem| problem.field = format!("{prefix}{}", problem.field));
    problems
}

/// What stands before the ids of a form's fields.
fn prefix(kind: &str, subject_id: &str) -> String {
    if [Kind::Payout, Kind::Aftermath].iter().any(|of_payout| of_payout.name() == kind) {
        String::new()
    } else {
        format!("{subject_id}-")
    }
}

/// The forms for what has no answer yet, not even one that waits.
fn questions(visitor: &Visitor, shown: &Shown, refused: &Refused) -> Vec<QuestionView> {
    let payout = &shown.record.payout;
    let mut open: Vec<(Kind, String, String, String)> = Vec::new();
    if let Some(asked) = &shown.cancellation {
        let reason = asked.reason.clone().unwrap_or_default();
        let text = format!("{} asked {}. {reason}", asked.actor_name, visitor.zone.full(asked.id.created_at()).shown);
        open.push((Kind::Cancellation, asked.id.to_string(), "Was it stopped?".to_owned(), text));
    }
    if payout.is_with_rail() {
        let text = "Once the bank’s statement or its answer says so.".to_owned();
        open.push((Kind::Payout, payout.id.to_string(), "What became of it?".to_owned(), text));
    }
    if let Some(verdict) = shown.aftermath {
        let (title, text) = match verdict {
            Verdict::Done => (
                "The bank paid it all the same",
                "Its money is back in the wallet. If the bank’s statement \
                shows the payment after all, record it here: the desk has lost the amount, and a case says so.",
            ),
            Verdict::NotDone => (
                "The bank sent it back",
                "If the money came back without a reversal, record it here: \
                what is not reversed yet and the fees go to the wallet.",
            ),
        };
        open.push((Kind::Aftermath, payout.id.to_string(), title.to_owned(), text.to_owned()));
    }
    for reversal in &shown.reversals {
        let title = format!("Did {} come back?", reversal.amount());
        open.push((Kind::Reversal, reversal.id.to_string(), title, reversal.reason.clone()));
    }
    let waits = |subject: &str| {
        shown.answers.iter().any(|answer| answer.state == State::Waiting && answer.subject_id == subject)
    };
    open.retain(|(_, subject, ..)| !waits(subject));
    let view = |(kind, subject_id, title, text)| {
        let verdicts = match (kind, shown.aftermath) {
            (Kind::Aftermath, Some(verdict)) => vec![verdict],
            _ => vec![Verdict::Done, Verdict::NotDone],
        };
        question(kind, &verdicts, subject_id, title, text, refused)
    };
    open.into_iter().map(view).collect()
}

fn question(
    kind: Kind,
    verdicts: &[Verdict],
    subject_id: String,
    title: String,
    text: String,
    refused: &Refused,
) -> QuestionView {
    let here = refused.typed.subject_id == subject_id && refused.typed.kind == kind.name();
    let blank = Typed::default();
    let (typed, errors) = if here { (&refused.typed, refused.errors.as_slice()) } else { (&blank, &[][..]) };
    let choices = verdicts.iter().map(|verdict| {
        let (word, effect) = choice(kind, *verdict);
        ChoiceView { value: verdict.name(), word, effect, chosen: typed.outcome == verdict.name() }
    });
    let field = |name: &str, text: &str| respond::field(name, text, errors);
    QuestionView {
        kind: kind.name(),
        prefix: prefix(kind.name(), &subject_id),
        title,
        text,
        choices: choices.collect(),
        paid: verdicts.iter().any(|verdict| kind.names_payment(*verdict)),
        why: match kind {
            _ if !verdicts.contains(&Verdict::NotDone) => "",
            Kind::Payout => "Needed when it was not paid",
            Kind::Aftermath => "Who said so, and when",
            _ => "Needed for a no: who said so, and when",
        },
        folded: kind == Kind::Aftermath && !here,
        outcome: field("outcome", &typed.outcome),
        reference: field("reference", &typed.reference),
        paid_on: field("paid_on", &typed.paid_on),
        reason: field("reason", &typed.reason),
        subject_id,
    }
}

/// What may be said: the word, and what it does.
fn choice(kind: Kind, verdict: Verdict) -> (&'static str, &'static str) {
    match (kind, verdict) {
        (Kind::Payout, Verdict::Done) => ("It was paid", "With the bank’s reference and day. The payout is completed."),
        (Kind::Payout, Verdict::NotDone) => {
            ("It was not paid", "With a reason. Amount and fees go back to the wallet.")
        }
        (Kind::Cancellation, Verdict::Done) => {
            ("It was stopped", "The bank has not paid it. Amount and fees go back to the wallet.")
        }
        (Kind::Cancellation, Verdict::NotDone) => {
            ("It was too late", "With a reason. The payout goes on; record what became of it.")
        }
        (Kind::Aftermath, Verdict::Done) => ("The bank paid it all the same", "It is booked as a loss of the desk."),
        (Kind::Aftermath, Verdict::NotDone) => ("The bank sent it back", "It is booked as back in the wallet."),
        (Kind::Reversal, Verdict::Done) => ("The money came back", "It is booked as back in the wallet."),
        (Kind::Reversal, Verdict::NotDone) => {
            ("Nothing came back", "With a reason. The reversal fails; its amount can be asked for again.")
        }
    }
}

fn waits(visitor: &Visitor, shown: &Shown, answer: &ManualAnswer) -> WaitingView {
    let refusal = match answer.check_confirm(&visitor.caller, &shown.record.payout) {
        _ if !visitor.may(Operation::ConfirmByHand) => {
            Some(NoticeView::new(Tone::Info, "Another approver or admin confirms this"))
        }
        Err(refusal) => Some(respond_notice(&refusal)),
        Ok(()) => None,
    };
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let facts = [
        ("Recorded by", format!("{}, {}", answer.recorded_name, visitor.zone.on(answer.id.created_at()).shown)),
        ("Bank’s reference", text(&answer.reference)),
        ("Bank’s day", text(&answer.paid_on)),
        ("Reason", text(&answer.reason)),
    ];
    WaitingView {
        id: answer.id.to_string(),
        version: answer.version,
        title: format!("To confirm: {}", answer.kind.said(answer.verdict)),
        facts: facts
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(label, text)| OptionView::new(label, text))
            .collect(),
        refusal,
    }
}

/// A refusal as a notice.
pub fn respond_notice(refusal: &crate::domain::payout::Refusal) -> NoticeView {
    let notice = NoticeView::new(Tone::Warn, refusal.reason.clone());
    match &refusal.instead {
        Some(instead) => notice.with_text(instead.clone()),
        None => notice,
    }
}

fn over(visitor: &Visitor, answer: &ManualAnswer) -> Option<AnswerView> {
    let at = visitor.zone.on(answer.closed_at?);
    let by = match &answer.confirmed_name {
        Some(name) => format!("{} recorded it, {name} confirmed it", answer.recorded_name),
        None => format!("{} recorded it", answer.recorded_name),
    };
    let words = answer.words();
    Some(AnswerView {
        status: match answer.state {
            State::Booked => StatusView { class: "s-completed", word: "Booked" },
            _ => StatusView { class: "s-cancelled", word: "Not booked" },
        },
        what: answer.kind.said(answer.verdict).to_owned(),
        at,
        text: if words.is_empty() { format!("{by}.") } else { format!("{by}: {words}.") },
    })
}
