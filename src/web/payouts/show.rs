//! One payout: where its money is, what may be done, facts, ledger, reversals and history.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::record::Told;
use super::reverse::{ReversalRow, ReverseForm};
use super::{CancelStep, PayoutFacts, PayoutHead, acts, cancel, form_key, payout_id, reverse_plan};
use crate::domain::case::{Kind, State as CaseState};
use crate::service::Desk;
use crate::service::payouts::{self, Shown};
use crate::store::cases::CaseRef;
use crate::web::auth::Visitor;
use crate::web::display::{ActView, EventView, NoticeView, PathView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::ledger::LedgerEntry;
use crate::web::{approval_words, freezes, respond, words};

/// The record of one payout.
#[derive(Template)]
#[template(path = "payouts/show.html")]
pub struct PayoutPage {
    pub layout: Layout,
    pub head: PayoutHead,
    /// Cancellations under way, a return by the bank, and the like.
    pub notices: Vec<NoticeView>,
    pub path: PathView,
    pub acts: Vec<ActView>,
    pub facts: PayoutFacts,
    pub ledger: Vec<LedgerEntry>,
    pub reversals: Vec<ReversalRow>,
    /// For example `2 so far, EUR 1,750.00 left`.
    pub reversals_note: String,
    pub events: Vec<EventView>,
    /// The record as JSON, with the account masked.
    pub raw: String,
    /// The dialogs of this page, when the actions are offered.
    pub cancel: Option<CancelStep>,
    pub reverse: Option<ReverseForm>,
}

/// GET /payouts/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let shown = payouts::show(&desk, &visitor.caller, payout_id(&id)?).await?;
    let layout = visitor.layout(format!("Payout {}", shown.detail.record.payout.reference_id), Place::Payouts);
    respond::page(&page(layout, &visitor, &shown))
}

fn page(layout: Layout, visitor: &Visitor, shown: &Shown) -> PayoutPage {
    let detail = &shown.detail;
    let told = Told { detail, zone: visitor.zone, now: visitor.now };
    let acts = acts::list(shown);
    let offered = |dialog: &str| acts.iter().any(|act| act.dialog.as_deref() == Some(dialog));
    let cancel = cancel::offer(visitor, shown).ok().filter(|_| offered("cancel-dialog"));
    let reverse = offered("reverse-dialog").then(|| reverse_plan::form(&detail.record, &detail.wallet, form_key()));
    PayoutPage {
        layout,
        head: PayoutHead {
            on_record: true,
            act: acts.first().filter(|act| act.href.is_some()).cloned(),
            ..told.head("Payout")
        },
        notices: shown
            .frozen
            .iter()
            .map(freezes::notice)
            .chain(shown.requests.iter().map(approval_words::waiting))
            .chain(notices(&told, &shown.cases))
            .collect(),
        path: told.path(),
        facts: told.facts(),
        ledger: told.ledger(),
        reversals: reverse_plan::rows(&told),
        reversals_note: reverse_plan::note(&detail.record, detail.reversals.len()),
        events: told.events(),
        raw: raw(&told),
        cancel,
        reverse,
        acts,
    }
}

/// What stands over everything else: a loss, a question to the provider, a return by the bank.
fn notices(told: &Told, cases: &[CaseRef]) -> Vec<NoticeView> {
    let payout = &told.detail.record.payout;
    let provider = words::provider(&payout.rail);
    let asked = told.detail.cancellations.last().filter(|_| !payout.state.is_final()).map(|asked| {
        let when = told.zone.when(asked.id.created_at(), told.now);
        let held = format!("{} stays held until they answer.", payout.total());
        match &asked.answer {
            Some(answer) if !asked.state.is_open() => {
                NoticeView::new(Tone::Bad, format!("{provider} refused to cancel"))
                    .with_text(format!("“{answer}” The payout goes on as before."))
            }
            _ => NoticeView::new(Tone::Unsure, format!("{provider} was asked to cancel {when}")).with_text(held),
        }
    });
    let with_case = |notice: NoticeView, kind: Kind| match cases.iter().find(|case| case.kind == kind) {
        Some(case) => notice.with_link(format!("/cases/{}", case.id), "See the case"),
        None => notice,
    };
    let lost = told.detail.record.is_lost().then(|| {
        let notice = NoticeView::new(Tone::Bad, format!("{provider} paid it after its refund"));
        let text = "The payee has the money and the refund stays in the wallet: the desk has lost it.";
        with_case(notice.with_text(text), Kind::PaidAfterRefund)
    });
    let both = told.detail.record.is_in_contradiction().then(|| {
        let notice =
            NoticeView::new(Tone::Unsure, format!("{provider} says that it failed, after it said it was paid"));
        let text = "Nothing is booked before two people have found out which is true and settled the case.";
        with_case(notice.with_text(text), Kind::FailedAfterPaid)
    });
    let told_already = |kind| matches!(kind, Kind::PaidAfterRefund | Kind::FailedAfterPaid);
    let open = cases.iter().filter(|case| case.state != CaseState::Closed && !told_already(case.kind)).map(|case| {
        let text = "It stands on the unknown desk until its outcome is known.";
        let notice = NoticeView::new(Tone::Unsure, words::case_kind(case.kind)).with_text(text);
        notice.with_link(format!("/cases/{}", case.id), "See the case")
    });
    lost.into_iter().chain(both).chain(asked).chain(open).collect()
}

/// The record as data. Account numbers stay out of it: they are shown only masked.
fn raw(told: &Told) -> String {
    let record = &told.detail.record;
    let payee = &record.payee;
    let value = serde_json::json!({
        "payout": record.payout,
        "payee": {
            "id": payee.id,
            "name": payee.name(),
            "email": payee.email,
            "country": payee.country,
            "account": record.account_label(),
        },
        "wallet": { "number": record.wallet_number, "name": record.wallet_name },
        "events": record.events,
    });
    serde_json::to_string_pretty(&value).unwrap_or_default()
}
