//! The words of statuses, providers and reasons, the same on every page.

use super::display::{MoneyText, OptionView, StatusView};
use super::numbers::listed;
use crate::domain::cancellation;
use crate::domain::case::Kind as CaseKind;
use crate::domain::message;
use crate::domain::money::{Money, group};
use crate::domain::payout::{Action, Payout, Refusal, State};
use crate::domain::payout_link::{CloseReason, Method, Methods, State as LinkState};
use crate::domain::reversal;
use crate::domain::staff::Role;
use crate::store::payouts::PayoutLine;

/// Reasons offered for cancelling and reversing; they are kept with the record as they stand.
pub const REASONS: [&str; 6] =
    ["Duplicate payout", "Wrong amount", "Wrong payee or account", "No longer owed", "Suspected fraud", OTHER];

/// The reason that says nothing by itself.
pub const OTHER: &str = "Other";

impl From<Money> for MoneyText {
    fn from(money: Money) -> MoneyText {
        let (sign, whole, frac) = money.parts();
        MoneyText { code: money.currency.code().to_owned(), whole: format!("{sign}{}", group(whole)), frac }
    }
}

/// The reasons as options.
pub fn reasons() -> Vec<OptionView> {
    REASONS.iter().map(|reason| OptionView::new(*reason, *reason)).collect()
}

/// The reasons as options, with one that came from elsewhere, so that a form shown again keeps it.
pub fn reasons_and(typed: &str) -> Vec<OptionView> {
    let other = Some(typed.trim()).filter(|typed| !typed.is_empty() && !REASONS.contains(typed));
    reasons().into_iter().chain(other.map(|other| OptionView::new(other, other))).collect()
}

/// The reason and the note as one text for the record.
pub fn reason_text(reason: &str, note: &str) -> String {
    let note = note.trim();
    if note.is_empty() { reason.to_owned() } else { format!("{reason}: {note}") }
}

/// What a case is about.
pub fn case_kind(kind: CaseKind) -> &'static str {
    match kind {
        CaseKind::UnknownPayout => "Payout without an answer",
        CaseKind::UnknownReversal => "Reversal without an answer",
        CaseKind::UnansweredCancellation => "Cancellation without an answer",
        CaseKind::PaidAfterRefund => "Paid after its refund",
        CaseKind::FailedAfterPaid => "Failed after it was paid",
    }
}

/// The status of a payout as lists and heads show it.
pub fn payout_status(payout: &Payout) -> StatusView {
    status_of(payout.state, payout.action, payout.outcome_unknown_since.is_some(), payout.returned_at.is_some())
}

/// The same for a row of the list.
pub fn line_status(line: &PayoutLine) -> StatusView {
    status_of(line.state, line.action, line.outcome_unknown_since.is_some(), line.returned_at.is_some())
}

/// What stands under a final status in the list: how it came to it, or nothing.
pub fn line_note(line: &PayoutLine) -> &'static str {
    match line.state {
        State::Completed if line.returned_at.is_some() => "by the bank",
        State::Completed if line.reversed_done_minor >= line.destination_minor => "fully reversed",
        State::Completed if line.reversed_done_minor > 0 => "partly reversed",
        State::Completed if line.reversed_minor > 0 => "reversal asked for",
        _ => "",
    }
}

/// The same where no more is known than this.
pub fn status_of(state: State, action: Option<Action>, unknown: bool, returned: bool) -> StatusView {
    match state {
        State::ActionRequired if action == Some(Action::Approval) => view("s-approve", "To approve"),
        State::Processing | State::Settling | State::ActionRequired if unknown => {
            view("s-unknown", "Waiting for provider")
        }
        State::Completed if returned => view("s-reversed", "Returned"),
        state => state_status(state),
    }
}

/// The status of a bare state.
pub fn state_status(state: State) -> StatusView {
    match state {
        State::Created => view("s-created", "Created"),
        State::Queued => view("s-queued", "Queued"),
        State::Processing => view("s-processing", "Processing"),
        State::Settling => view("s-settling", "Settling"),
        State::ActionRequired => view("s-action", "Action required"),
        State::Completed => view("s-completed", "Completed"),
        State::Failed => view("s-failed", "Failed"),
        State::Cancelled => view("s-cancelled", "Cancelled"),
        State::Expired => view("s-expired", "Expired"),
    }
}

/// The status of a payout link. `reopened`: it is open again after an attempt.
pub fn link_status(state: LinkState, reopened: bool, reason: Option<CloseReason>) -> StatusView {
    match (state, reason) {
        (LinkState::Pending, _) => view("s-approve", "To approve"),
        (LinkState::Issued, _) if reopened => view("s-reopened", "Reopened"),
        (LinkState::Issued, _) => view("s-active", "Issued"),
        (LinkState::Processing, _) => view("s-processing", "Claimed"),
        (LinkState::Processed, _) => view("s-completed", "Paid"),
        (LinkState::Cancelled, Some(CloseReason::Declined)) => view("s-cancelled", "Declined"),
        (LinkState::Cancelled, Some(CloseReason::Replaced)) => view("s-cancelled", "Replaced"),
        (LinkState::Cancelled, _) => view("s-cancelled", "Cancelled"),
        (LinkState::Rejected, _) => view("s-cancelled", "Sent back"),
        (LinkState::Expired, _) => view("s-expired", "Expired"),
        (LinkState::Failed, Some(CloseReason::InsufficientFunds)) => view("s-failed", "Not issued"),
        (LinkState::Failed, _) => view("s-failed", "Closed after attempts"),
    }
}

/// What became of a message to a recipient.
pub fn message_status(state: message::State) -> StatusView {
    match state {
        message::State::Waiting => view("s-queued", "Waiting"),
        message::State::Sent => view("s-completed", "Sent"),
        message::State::Failed => view("s-failed", "Failed"),
        message::State::NotSent => view("s-expired", "Not sent"),
    }
}

pub fn channel(channel: message::Channel) -> &'static str {
    match channel {
        message::Channel::Email => "Email",
        message::Channel::Sms => "Text message",
    }
}

/// The ways to be paid: `Bank account and UPI`.
pub fn methods(methods: &Methods) -> String {
    let words = methods.0.iter().enumerate().map(|(place, method)| match (method, place) {
        (Method::BankAccount, 0) => "Bank account",
        (Method::BankAccount, _) => "bank account",
        (Method::Upi, _) => "UPI",
        (Method::Revolut, _) => "Revolut",
        (Method::Card, 0) => "Card",
        (Method::Card, _) => "card",
    });
    listed(&words.collect::<Vec<_>>(), Method::ALL.len())
}

/// A masked account, whose last digits stay beside their dots.
pub fn masked_account(label: &str) -> String {
    label.replace("•• ", "••\u{a0}")
}

pub fn reversal_status(state: reversal::State, unknown: bool) -> StatusView {
    match state {
        reversal::State::Pending if unknown => view("s-unknown", "Waiting for provider"),
        reversal::State::Pending => view("s-processing", "Asked for"),
        reversal::State::Completed => view("s-completed", "Money is back"),
        reversal::State::Failed => view("s-failed", "Refused"),
    }
}

pub fn cancellation_status(state: cancellation::State) -> StatusView {
    match state {
        cancellation::State::Requested => view("s-asked", "Provider asked"),
        cancellation::State::Confirmed => view("s-cancelled", "Cancelled"),
        cancellation::State::Refused => view("s-failed", "Refused"),
        cancellation::State::Unanswered => view("s-unknown", "Waiting for provider"),
    }
}

/// Why not, for people: a freeze is named without its id, by which the audit log finds it.
pub fn why_not(refusal: &Refusal) -> String {
    let without = || {
        let (what, rest) = refusal.reason.split_once(" (frz_")?;
        let (_, rest) = rest.split_once(')')?;
        Some(format!("{what}{rest}"))
    };
    without().unwrap_or_else(|| refusal.reason.clone())
}

/// The provider's name for a rail: `Sandbox` for `sandbox`.
pub fn provider(rail: &str) -> String {
    let mut letters = rail.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Operator => "Operator",
        Role::Approver => "Approver",
        Role::Admin => "Admin",
    }
}

/// An action of the audit log inside a sentence: `cancelled`.
pub fn action(name: &str) -> &str {
    match name {
        "payout.create" => "made",
        "payout.cancel" => "cancelled",
        "payout.approve" => "approved",
        "payout.send_back" => "sent back",
        "payout.reverse" => "asked to reverse",
        "payout.ask_to_cancel" => "asked the provider to cancel",
        "payout.advance" => "noted news of",
        "batch.create" => "made a batch",
        "batch.start" => "started a batch",
        "batch.pause" => "paused a batch",
        "batch.resume" => "went on with a batch",
        "batch.stop" => "stopped a batch",
        "batch.finish" => "finished a batch",
        "batch.export" => "exported the results of a batch",
        "payout_link.create" => "issued",
        "payout_link.cancel" => "cancelled",
        "payout_link.replace" => "replaced",
        "payout_link.extend" => "extended",
        "payout_link.resend" => "sent again",
        "payout_link.approve" => "approved",
        "payout_link.send_back" => "sent back",
        "payout_link.claim" => "claimed",
        "payout_link.decline" => "declined",
        "payout_link.expire" => "let expire",
        "payout_links.export" => "exported payout links",
        "reversal.answer" => "booked the answer about a reversal of",
        "cancellation.answer" => "booked the answer about cancelling",
        "case.settle" => "confirmed how a case is settled, of",
        "case.take" => "took a case",
        "case.note" => "wrote a note on a case",
        "manual.take" => "took to the bank",
        "manual.record" => "recorded at the bank, of",
        "manual.confirm" => "confirmed what was recorded of",
        "manual.take_back" => "took back what was recorded of",
        "manual.list" => "listed what they took, with bank details",
        "case.file" => "put a file on a case",
        "case.read_file" => "took a file of a case away",
        "case.withdraw_file" => "withdrew a file of a case",
        "case.ask" => "had the provider asked again about a case",
        "case.propose" => "proposed how to settle a case",
        "case.withdraw" => "took back a proposal on a case",
        "session.start" => "signed in",
        "session.end" => "signed out",
        "session.refuse" => "was refused at sign-in",
        "permission.refused" => "was refused: not in their role",
        "payout_link.send_code" => "asked for a code to open",
        "payout_link.prove" => "proved to be the contact of",
        "payee.create" => "saved a payee",
        "payee.update" => "changed the details of a payee",
        "payee.switch_off" => "switched a payee off",
        "payee.switch_on" => "switched a payee on again",
        "payee.reveal" => "looked at bank details",
        "payee.delete" => "deleted a payee",
        "payee_account.create" => "added an account of a payee",
        "payee_account.switch_off" => "switched an account off",
        "payee_account.switch_on" => "switched an account on again",
        "payee_account.delete" => "deleted an account of a payee",
        "staff.add" => "added a staff member",
        "staff.set_up" => "set up the desk",
        "staff.reset_password" => "made a new password for a staff member",
        "freeze.make" => "froze",
        "freeze.drill" => "froze as a drill",
        "freeze.ask_to_lift" => "asked to lift a freeze",
        "freeze.lift" => "lifted a freeze",
        "freeze.keep" => "kept a freeze",
        "client.create" => "made a client",
        "wallet.create" => "made a wallet",
        "wallet.change" => "changed the settings of a wallet",
        "wallet.ask_to_loosen" => "asked for a looser approval limit",
        "wallet.loosen" => "loosened an approval limit",
        "wallet.keep_limit" => "kept an approval limit",
        "wallet.top_up" => "topped up a wallet",
        "wallet.transfer" => "moved money between wallets",
        "key.rotate" => "sealed everything under a new key",
        "wallet.export" => "exported the statement of a wallet",
        "payouts.export" => "exported payouts",
        "credential.create" => "made a credential",
        "credential.let_in" => "let a credential in",
        "credential.drop_secret" => "dropped a new secret of a credential",
        "credential.revoke" => "revoked a credential",
        "credential.rotate" => "gave a credential a new secret",
        "credential.certify" => "uploaded the certificate of a credential",
        "credential.code" => "made a one-time code for a credential",
        "approval_rule.make" => "made an approval rule",
        "approval_rule.ask_to_end" => "asked for the end of an approval rule",
        "approval_rule.end" => "ended an approval rule",
        "approval_rule.keep" => "kept an approval rule",
        "webhook.create" => "made a webhook",
        "webhook.change" => "changed a webhook",
        "webhook.switch_on" => "switched a webhook on",
        "webhook.switch_off" => "switched a webhook off",
        "webhook.rotate_secret" => "made a new secret for a webhook",
        "webhook.delete" => "deleted a webhook",
        "webhook.replay" => "sent again to a webhook",
        "webhook.test" => "tested a webhook",
        "webhook.read" => "looked at a webhook",
        other => other,
    }
}

/// The way a request came in, as timelines say it.
pub fn via(name: &str) -> &'static str {
    match name {
        "page" => "Browser",
        "api_v1" => "API",
        "revolut" => "Revolut API",
        "razorpay" => "Razorpay API",
        "masspay" => "MassPay API",
        "command" => "Command",
        _ => "System",
    }
}

/// The same inside a sentence: `browser`, `API`.
pub fn via_inside(name: &str) -> String {
    match via(name) {
        "API" => "API".to_owned(),
        word => word.to_lowercase(),
    }
}

fn view(class: &'static str, word: &'static str) -> StatusView {
    StatusView { class, word }
}
