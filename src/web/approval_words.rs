//! What pages say of rules: what is needed, who can give it, and how far it has come.

use super::display::{NoticeView, OptionView, Tone};
use super::numbers::listed;
use super::time::Zone;
use crate::domain::approval::{Need, Request};
use crate::domain::payout::Refusal;
use crate::service::approval_requests::Standing;
use crate::service::approval_rules::Expected;
use crate::service::second_admin::Agreement;

/// The most people who are named.
const NAMED: usize = 5;

/// `Needs 2 approvers`, and who they can be; or that there are too few of them.
pub fn notice(expected: &Expected) -> NoticeView {
    match &expected.refusal {
        Some(refusal) => NoticeView::new(Tone::Bad, "Too few people can approve it").with_text(format!(
            "{} {}",
            refusal.reason,
            refusal.instead.clone().unwrap_or_default()
        )),
        None => NoticeView::new(Tone::Info, format!("Needs {}", expected.need.words()))
            .with_text(format!("A rule asks for it. {}", who(&expected.who))),
    }
}

/// The rules that ask for it, by their ids.
pub fn rules(need: &Need) -> String {
    let ids: Vec<String> = need.rules.iter().map(ToString::to_string).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let word = if ids.len() == 1 { "Rule" } else { "Rules" };
    format!("{word} {}", listed(&ids, NAMED))
}

/// `Grace, Linus and Ada can approve it.`
pub fn who(names: &[String]) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    match names.as_slice() {
        [] => "Nobody else can approve it.".to_owned(),
        some => format!("{} can approve it.", listed(some, NAMED)),
    }
}

/// Why it waits: the rules that ask for it.
pub fn why(need: &Need) -> Option<String> {
    let rules = if need.rules.len() == 1 { "A rule asks" } else { "Rules ask" };
    (!need.rules.is_empty()).then(|| format!("{rules} for {}", need.words()))
}

/// Label and text of how far it has come: who has approved it, and who still can. Nothing where one yes is enough.
pub fn progress(standing: &Standing, zone: Zone, now: i64) -> Vec<OptionView> {
    if standing.need.people == 1 && standing.given.is_empty() {
        return vec![OptionView::new("Who can approve it", can(standing))];
    }
    let mut facts =
        vec![OptionView::new("Approved so far", format!("{} of {}", standing.count(), standing.need.people))];
    for given in &standing.given {
        let approval = &given.approval;
        let at = zone.when(approval.given_at, now);
        let note = approval.note.as_ref().map_or_else(String::new, |note| format!(" “{note}”"));
        let word = match (given.counts, approval.shown == standing.shown) {
            (true, _) => "Approved by",
            (false, false) => "No longer counts: what was shown has changed",
            (false, true) => "No longer counts: they may not approve it any more",
        };
        facts.push(OptionView::new(word, format!("{}, {at}{note}", approval.name)));
    }
    facts.push(OptionView::new("Who can still approve it", can(standing)));
    facts
}

fn can(standing: &Standing) -> String {
    let names: Vec<&str> = standing.who.iter().map(String::as_str).collect();
    if names.is_empty() { "Nobody: an admin has to add people first".to_owned() } else { listed(&names, NAMED) }
}

/// Who can agree as the second admin.
pub fn who_agrees(agreement: &Agreement) -> String {
    let names: Vec<&str> = agreement.who.iter().map(String::as_str).collect();
    if names.is_empty() { "Nobody yet".to_owned() } else { listed(&names, NAMED) }
}

/// Why the reader may not.
pub fn may_not(refusal: &Refusal) -> NoticeView {
    NoticeView::new(Tone::Info, refusal.reason.clone()).with_text(refusal.instead.clone().unwrap_or_default())
}

/// What waits for approval before it is done to a record.
pub fn waiting(request: &Request) -> NoticeView {
    NoticeView::new(Tone::Info, format!("{} waits for approval", request.title))
        .with_text(format!("{} has asked for it. It stands under Approvals.", request.maker_name))
}
