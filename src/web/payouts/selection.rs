//! Cancelling several payouts in one set: the preview and the result of each.

use askama::Template;

use crate::domain::command::PayoutRecord;
use crate::domain::money::Money;
use crate::domain::payout::{CancelPolicy, Refusal, Step};
use crate::web::display::{FieldView, MoneyText, NoticeView, OptionView, Problem, StatusView, Tone};
use crate::web::layout::Layout;
use crate::web::words;

/// How many payouts one selection may hold.
pub const LIMIT: usize = 100;

/// What would happen to each selected payout.
#[derive(Template)]
#[template(path = "payouts/selection.html")]
pub struct SelectionPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub changed: Option<NoticeView>,
    /// For example `Cancel 13 of 17 selected payouts?`.
    pub title: String,
    /// Cancelled now, asked for, left as they are; empty groups are left out.
    pub groups: Vec<SelectionGroup>,
    /// `None` when none of them can be cancelled.
    pub confirm: Option<SelectionForm>,
}

/// Payouts with the same fate.
#[derive(Clone, Debug)]
pub struct SelectionGroup {
    /// The `s-…` class.
    pub class: &'static str,
    pub heading: String,
    pub text: &'static str,
    pub sums: Vec<MoneyText>,
    /// Head of the third column.
    pub note_head: &'static str,
    pub rows: Vec<SelectionRow>,
}

/// One payout of the set, before or after.
#[derive(Clone, Debug)]
pub struct SelectionRow {
    pub href: String,
    pub payee: String,
    pub reference: String,
    pub status: StatusView,
    /// The wallet, the reason with what to do instead, or what happened.
    pub note: String,
    pub money: MoneyText,
}

/// What is asked before the set runs.
#[derive(Clone, Debug)]
pub struct SelectionForm {
    pub key: String,
    /// Payout id and version, joined by a colon.
    pub units: Vec<String>,
    pub reason: FieldView,
    pub reasons: Vec<OptionView>,
    pub note: FieldView,
    pub count: FieldView,
    pub count_hint: String,
    pub yes: String,
}

/// The durable result of a set.
#[derive(Template)]
#[template(path = "payouts/selection_result.html")]
pub struct SelectionResultPage {
    pub layout: Layout,
    pub tone: Tone,
    pub heading: String,
    pub outcome: String,
    pub tally: Vec<TallyCell>,
    /// What came back, per currency.
    pub sums: Vec<MoneyText>,
    pub rows: Vec<SelectionRow>,
}

#[derive(Clone, Debug)]
pub struct TallyCell {
    pub status: StatusView,
    pub count: usize,
}

/// What would happen to one payout of the selection.
pub enum Fate {
    /// Cancelled at once, with its money back in the wallet.
    Now,
    /// The provider has it and is asked.
    Asked,
    Refused(Refusal),
}

/// The same rules as for one payout.
pub fn fate(record: &PayoutRecord) -> Fate {
    match record.payout.check(Step::Cancel, CancelPolicy::DESK) {
        Ok(_) => Fate::Now,
        Err(refusal) => match record.payout.check(Step::AskToCancel, CancelPolicy::DESK) {
            Ok(_) => Fate::Asked,
            Err(_) => Fate::Refused(refusal),
        },
    }
}

/// The selection by fate: cancelled now, asked for, left as they are. Empty groups are left out.
pub fn groups(records: &[PayoutRecord]) -> Vec<SelectionGroup> {
    let (mut now, mut asked, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for record in records {
        match fate(record) {
            Fate::Now => now.push((record, record.wallet_name.clone())),
            Fate::Asked => asked.push((record, record.wallet_name.clone())),
            Fate::Refused(refusal) => refused.push((record, why(&refusal))),
        }
    }
    let group = |class, words: &str, text, note_head, of: Vec<(&PayoutRecord, String)>| {
        (!of.is_empty()).then(|| SelectionGroup {
            class,
            heading: format!("{} {words}", of.len()),
            text,
            sums: sums(of.iter().map(|(record, _)| record.payout.total())),
            note_head,
            rows: of
                .into_iter()
                .map(|(record, note)| row(record, words::payout_status(&record.payout), note))
                .collect(),
        })
    };
    [
        group(
            "s-cancelled",
            "will be cancelled now",
            "Not sent to a provider yet. The money is back in the wallet at once.",
            "Wallet",
            now,
        ),
        group(
            "s-asked",
            "will be asked for",
            "Already with the provider, who may say no. The money stays held until they answer.",
            "Wallet",
            asked,
        ),
        group("s-failed", "cannot be cancelled", "They are left as they are.", "Why not", refused),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One payout of the set.
pub fn row(record: &PayoutRecord, status: StatusView, note: String) -> SelectionRow {
    SelectionRow {
        href: format!("/payouts/{}", record.payout.id),
        payee: record.payee.name(),
        reference: record.payout.reference_id.clone(),
        status,
        note,
        money: record.payout.total().into(),
    }
}

/// Reason and way on in one text.
pub fn why(refusal: &Refusal) -> String {
    match &refusal.instead {
        Some(instead) => format!("{} {instead}", refusal.reason),
        None => refusal.reason.clone(),
    }
}

/// One sum per currency, in the order of their codes. Sums past what Paydesk handles cannot come from a hundred payouts.
pub fn sums(amounts: impl Iterator<Item = Money>) -> Vec<MoneyText> {
    let mut totals: Vec<Money> = Vec::new();
    for amount in amounts {
        match totals.iter_mut().find(|total| total.currency == amount.currency) {
            Some(total) => total.minor = total.minor.saturating_add(amount.minor),
            None => totals.push(amount),
        }
    }
    totals.sort_by_key(|total| total.currency.code());
    totals.into_iter().map(MoneyText::from).collect()
}
