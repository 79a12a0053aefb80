//! The audit log: who did what, when, from where, and what was refused.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::address::{encode, record};
use super::auth::Visitor;
use super::display::{ChipView, FieldView, OptionView, PagerView, StatusView, TimeView};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::numbers::many;
use super::{respond, words};
use crate::domain::audit::{Entry, Outcome};
use crate::domain::money::group;
use crate::domain::staff::Operation;
use crate::service::{Desk, audit};
use crate::store::audit::{AuditFilter, AuditLine};

/// Entries on one page.
const ROWS: usize = 50;

/// One page of the log, newest first.
#[derive(Template)]
#[template(path = "audit/index.html")]
pub struct AuditPage {
    pub layout: Layout,
    pub filters: AuditFilters,
    pub chips: Vec<ChipView>,
    /// The newest entry of each chain.
    pub heads: Vec<ChainHead>,
    /// What the table shows, for screen readers.
    pub caption: String,
    pub rows: Vec<AuditRow>,
    pub pager: PagerView,
    /// Said when filters leave nothing; `None` when the log is empty.
    pub nothing_matches: Option<String>,
}

/// The filter form as it stands in the URL.
#[derive(Clone, Debug, Default)]
pub struct AuditFilters {
    /// Id of a person or a credential.
    pub who: FieldView,
    /// Id of the record it was about.
    pub about: FieldView,
    pub outcome: FieldView,
    pub outcomes: Vec<OptionView>,
}

/// Where a chain stands: a copy of this hash proves every entry up to it.
#[derive(Clone, Debug)]
pub struct ChainHead {
    pub chain: String,
    /// Grouped.
    pub entries: String,
    pub hash: String,
}

/// One entry.
#[derive(Clone, Debug)]
pub struct AuditRow {
    pub time: TimeView,
    pub who: String,
    /// All of this actor's entries.
    pub who_href: Option<String>,
    /// For example `Browser`.
    pub via: &'static str,
    /// For example `Cancel payout`.
    pub action: String,
    /// The record it was about, or all entries about it where it has no page.
    pub href: Option<String>,
    /// Shortened id; empty when it was about nothing.
    pub subject: String,
    pub outcome: StatusView,
    pub why: String,
    pub ip: String,
    pub request_id: String,
    /// Grouped.
    pub number: String,
    /// The first eight characters.
    pub hash: String,
}

/// What the log's address says.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    /// Id of who acted.
    who: String,
    /// Id of the record it was about.
    about: String,
    /// `refused`.
    outcome: String,
    /// A row's number: what is older than it.
    before: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/audit").route(web::get().to(index)));
}

/// GET /audit
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<IndexQuery>,
) -> Result<HttpResponse, Failure> {
    let query = query.into_inner();
    let text = |value: &str| Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    let filter =
        AuditFilter { subject: text(&query.about), actor: text(&query.who), refused: query.outcome == "refused" };
    let before = query.before.parse().ok();
    let (lines, older) = audit::list(&desk, &visitor.caller, &filter, before, ROWS).await?;
    let heads = audit::heads(&desk, &visitor.caller).await?;
    let first = query.first();
    let joint = if first == "/audit" { '?' } else { '&' };
    let layout = visitor.layout("Audit log", Place::Audit);
    respond::page(&AuditPage {
        caption: format!("Newest first, times in {}", layout.zone),
        layout,
        filters: AuditFilters {
            who: FieldView::of(query.who.trim()),
            about: FieldView::of(query.about.trim()),
            outcome: FieldView::of(&query.outcome),
            outcomes: vec![OptionView::new("refused", "Refused")],
        },
        chips: chips(&query, &filter, &lines),
        heads: heads
            .into_iter()
            .map(|head| ChainHead { chain: head.chain, entries: group(head.seq.unsigned_abs()), hash: head.hash })
            .collect(),
        pager: PagerView {
            shown: format!("{}, newest first", many(lines.len(), "entry", "entries")),
            newer: before.map(|_| first.clone()),
            older: older.map(|older| format!("{first}{joint}before={older}")),
        },
        nothing_matches: (first != "/audit").then(|| "No entry matches".to_owned()),
        rows: lines.iter().map(|line| row(&visitor, line)).collect(),
    })
}

impl IndexQuery {
    /// The first page of the log with the same filters.
    fn first(&self) -> String {
        let parts = [("who", &self.who), ("about", &self.about), ("outcome", &self.outcome)];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(name, value)| format!("{name}={}", encode(value.trim())))
            .collect();
        if parts.is_empty() { "/audit".to_owned() } else { format!("/audit?{}", parts.join("&")) }
    }
}

/// The filters that are on, each with the log without it. Whoever acted is named if the page knows the name.
fn chips(query: &IndexQuery, filter: &AuditFilter, lines: &[AuditLine]) -> Vec<ChipView> {
    let without = |change: fn(&mut IndexQuery)| {
        let mut query = query.clone();
        change(&mut query);
        query.first()
    };
    let who = filter.actor.as_ref().map(|id| ChipView {
        word: format!("By {}", lines.first().map_or(id, |line| &line.link.entry.actor_name)),
        remove_href: without(|query| query.who.clear()),
    });
    let about = filter
        .subject
        .as_ref()
        .map(|id| ChipView { word: format!("About {id}"), remove_href: without(|query| query.about.clear()) });
    let refused = filter
        .refused
        .then(|| ChipView { word: "Refused".to_owned(), remove_href: without(|query| query.outcome.clear()) });
    [who, about, refused].into_iter().flatten().collect()
}

fn row(visitor: &Visitor, line: &AuditLine) -> AuditRow {
    let entry = &line.link.entry;
    let subject = entry.subject_id.as_deref().unwrap_or_default();
    AuditRow {
        time: visitor.zone.exact(entry.at, visitor.now),
        who: entry.actor_name.clone(),
        who_href: Some(format!("/audit?who={}", encode(&entry.actor_id))),
        via: words::via(&entry.via),
        action: did(entry),
        href: (!subject.is_empty()).then(|| address(visitor, &entry.action, subject)),
        subject: short(subject),
        outcome: match entry.outcome {
            Outcome::Done => StatusView { class: "s-completed", word: "Done" },
            Outcome::Refused => StatusView { class: "s-failed", word: "Refused" },
            Outcome::Repeated => StatusView { class: "s-reopened", word: "Repeated" },
        },
        why: entry.reason.clone().unwrap_or_default(),
        ip: entry.ip.clone().unwrap_or_default(),
        request_id: entry.request_id.clone(),
        number: group(line.number.unsigned_abs()),
        hash: line.link.hash.chars().take(8).collect(),
    }
}

/// A record's own page if it has one that the reader may open, or else all entries about it.
fn address(visitor: &Visitor, action: &str, subject: &str) -> String {
    if let Some(page) = record(subject) {
        return page;
    }
    match subject.split_once('_').map(|(kind, _)| kind) {
        Some("whk") if visitor.may(Operation::ReadWebhooks) && action != "webhook.delete" => {
            format!("/settings/webhooks/{subject}")
        }
        Some("stf") if visitor.may(Operation::ManageStaff) => format!("/settings/staff/{subject}"),
        Some("key") if visitor.may(Operation::ManageCredentials) => format!("/settings/credentials/{subject}"),
        _ => format!("/audit?about={}", encode(subject)),
    }
}

/// `pyt_…xyz789`; what is no id of ours stays whole.
fn short(id: &str) -> String {
    match id.split_once('_') {
        Some((kind, rest)) if rest.len() == 26 && rest.is_ascii() => format!("{kind}_…{}", &rest[20..]),
        _ => id.to_owned(),
    }
}

/// What was tried, in words that fit every outcome.
pub fn did(entry: &Entry) -> String {
    let words = match entry.action.as_str() {
        "payout.create" => "Make payout",
        "payout.cancel" => "Cancel payout",
        "payout.approve" => "Approve payout",
        "payout.send_back" => "Send payout back",
        "payout.reverse" => "Reverse payout",
        "payout.ask_to_cancel" => "Ask provider to cancel",
        "payout.advance" => "Move payout on",
        "batch.create" => "Make batch",
        "batch.start" => "Start batch",
        "batch.pause" => "Pause batch",
        "batch.resume" => "Go on with batch",
        "batch.stop" => "Stop batch",
        "batch.finish" => "Finish batch",
        "batch.export" => "Export results of a batch",
        "reversal.answer" => "Provider’s answer on a reversal",
        "cancellation.answer" => "Provider’s answer on a cancellation",
        "case.settle" => "Confirm how a case is settled",
        "case.take" => "Take a case",
        "case.release" => "Give a case back",
        "case.file" => "Put a file on a case",
        "case.read_file" => "Download a file of a case",
        "case.withdraw_file" => "Withdraw a file of a case",
        "case.note" => "Write a note on a case",
        "case.ask" => "Ask the provider again about a case",
        "case.propose" => "Propose how to settle a case",
        "case.withdraw" => "Take back a proposal on a case",
        "payout_link.create" => "Make payout link",
        "payout_link.cancel" => "Cancel payout link",
        "payout_link.replace" => "Replace payout link",
        "payout_link.extend" => "Extend payout link",
        "payout_link.resend" => "Send payout link again",
        "payout_link.approve" => "Approve payout link",
        "payout_link.send_back" => "Send payout link back",
        "payout_link.send_code" => "Ask for a code to open payout link",
        "payout_link.prove" => "Prove to be the contact of payout link",
        "payout_link.claim" => "Claim payout link",
        "payout_link.decline" => "Decline payout link",
        "payout_link.expire" => "Let payout link expire",
        "payout_links.export" => "Export payout links",
        "key.rotate" => "Rotate secret key",
        "payee.create" => "Save payee",
        "payee.update" => "Change payee",
        "payee.switch_off" => "Switch payee off",
        "payee.switch_on" => "Switch payee on",
        "payee.reveal" => "Show bank details",
        "payee.delete" => "Delete payee",
        "payee_account.create" => "Add account",
        "payee_account.switch_off" => "Switch account off",
        "payee_account.switch_on" => "Switch account on",
        "payee_account.delete" => "Delete account",
        "staff.add" => "Add person",
        "staff.set_up" => "Set up the first admin",
        "staff.change_role" => "Change role",
        "staff.disable" => "Disable person",
        "staff.enable" => "Enable person",
        "staff.save_profile" => "Save own profile",
        "staff.change_password" => "Change own password",
        "staff.reset_password" => "Make new password",
        "freeze.make" => "Freeze",
        "freeze.drill" => "Freeze as a drill",
        "freeze.ask_to_lift" => "Ask for a freeze to be lifted",
        "freeze.lift" => "Lift freeze",
        "freeze.keep" => "Keep freeze",
        "client.create" => "Make client",
        "wallet.create" => "Make wallet",
        "wallet.change" => "Change wallet settings",
        "wallet.ask_to_loosen" => "Ask for a looser approval limit",
        "wallet.loosen" => "Loosen approval limit",
        "wallet.keep_limit" => "Keep approval limit",
        "wallet.top_up" => "Top up wallet",
        "wallet.transfer" => "Move money between wallets",
        "wallet.export" => "Export statement",
        "payouts.export" => "Export payouts",
        "session.start" => "Sign in",
        "session.end" => "End session",
        "session.end_others" => "End other sessions",
        "credential.create" => "Make credential",
        "credential.let_in" => "Let credential in",
        "credential.drop_secret" => "Drop new secret of a credential",
        "credential.revoke" => "Revoke credential",
        "credential.rotate" => "Make new secret of a credential",
        "credential.certify" => "Upload certificate of a credential",
        "credential.code" => "Make one-time code of a credential",
        "approval_rule.make" => "Make approval rule",
        "approval_rule.ask_to_end" => "Ask for the end of an approval rule",
        "approval_rule.end" => "End approval rule",
        "approval_rule.keep" => "Keep approval rule",
        "webhook.create" => "Make webhook",
        "webhook.change" => "Change webhook",
        "webhook.switch_on" => "Switch webhook on",
        "webhook.switch_off" => "Switch webhook off",
        "webhook.rotate_secret" => "Make new secret of a webhook",
        "webhook.delete" => "Delete webhook",
        "webhook.replay" => "Send again to webhook",
        "webhook.test" => "Test webhook",
        "webhook.read" => "Look at webhook",
        "token.issue" => "Sign in a program",
        "token.refresh" => "Renew a program’s token",
        "permission.refused" => "Do what the role does not allow",
        other => return other.replace(['.', '_'], " "),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_ids_are_shortened() {
        assert_eq!(short("pyt_01h455vb4pex5vsknk084sn02q"), "pyt_…4sn02q");
        assert_eq!(short("account_of"), "account_of");
        assert_eq!(short(""), "");
    }

    #[test]
    fn the_first_page_keeps_the_filters_and_nothing_else() {
        let query = IndexQuery { who: " stf_1 ".into(), before: "7".into(), ..IndexQuery::default() };
        assert_eq!(query.first(), "/audit?who=stf_1");
        assert_eq!(IndexQuery::default().first(), "/audit");
    }
}
