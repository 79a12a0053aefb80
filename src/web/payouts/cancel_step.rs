//! What the confirm step of a cancellation says: the plan that the write carries out, before anyone clicks.

use super::record::account;
use super::{CancelStep, LIST};
use crate::domain::command::PayoutRecord;
use crate::domain::manual;
use crate::domain::money::Money;
use crate::domain::payout::{CancelPolicy, Refusal, Step};
use crate::domain::plan::cancel_effect;
use crate::domain::wallet::Wallet;
use crate::web::display::{BalanceView, FieldView, NoticeView, SumRow, SumView, Tone};
use crate::web::words;

/// The confirm step of cancelling now or of asking the provider, or why neither may be done.
///
/// `key` is the form's idempotency key; `when` says a moment in the reader's zone. Amounts come from the same plan that
/// the write carries out.
pub fn step(
    record: &PayoutRecord,
    wallet: &Wallet,
    key: String,
    when: impl Fn(i64) -> String,
) -> Result<CancelStep, Refusal> {
    let payout = &record.payout;
    match cancel_effect(payout, wallet, CancelPolicy::DESK) {
        Ok(effect) => Ok(CancelStep {
            title: "Cancel payout?",
            lead: format!("{} to {} is stopped and {} goes back to {}.", effect.amount, record.payee.name(), effect.refund, wallet.name),
            yes: "Yes, cancel payout",
            balance: balance(wallet, None, "Comes back", effect.refund, "Available after", effect.available_after),
            notice: NoticeView::new(Tone::Good, "It will be cancelled now").with_text(format!(
                "{} has not received it, so nothing has to be called back. This cannot be undone: to pay {} later, make a new payout.",
                words::provider(&payout.rail),
                record.payee.name(),
            )),
            help: vec![format!(
                "If {} takes the payout in the seconds before you confirm, it cannot simply be cancelled. You then see this page again with the new facts.",
                words::provider(&payout.rail),
            )],
            ..ground(record, wallet, key, "What comes back")
        }),
        Err(refusal) => {
            payout.check(Step::AskToCancel, CancelPolicy::DESK).map_err(|_| refusal)?;
            Ok(question(record, wallet, key, when))
        }
    }
}

/// The step for a payout that the provider has: a question, which moves no money by itself.
fn question(record: &PayoutRecord, wallet: &Wallet, key: String, when: impl Fn(i64) -> String) -> CancelStep {
    let payout = &record.payout;
    let provider = words::provider(&payout.rail);
    let total = payout.total();
    let after = Money::new(wallet.available_minor + total.minor, wallet.currency);
    let step = CancelStep {
        mode: "ask",
        title: "Ask the provider to cancel?",
        lead: format!(
            "{provider} has {} to {} already. They are asked to stop it and may say no.",
            payout.amount(),
            record.payee.name()
        ),
        keep: "No, let it go on",
        yes: "Yes, ask to cancel",
        balance: balance(
            wallet,
            Some(format!("if {provider} agrees")),
            "Would come back",
            total,
            "Available then",
            after,
        ),
        notice: NoticeView::new(Tone::Warn, "The provider may say no").with_text(format!(
            "{total} stays held until they answer. If the payout is completed by then, it can be reversed.",
        )),
        help: vec![
            format!(
                "{provider} answers yes, no, or nothing. Without an answer the money stays held and they are asked again."
            ),
            "Nothing is refunded on a guess.".to_owned(),
        ],
        ..ground(record, wallet, key, "What comes back if they agree")
    };
    if manual::pays(payout) { by_hand(step, record, when) } else { step }
}

/// The same where staff pay at the bank: nobody answers by itself, people look and record what they find.
fn by_hand(step: CancelStep, record: &PayoutRecord, when: impl Fn(i64) -> String) -> CancelStep {
    let payout = &record.payout;
    let total = payout.total();
    let taken = record.events.iter().rev().find(|event| event.message.starts_with("Taken by staff"));
    let by = taken.map_or("Staff", |event| event.actor_name.as_str());
    let at = taken.map_or_else(String::new, |event| format!(" {}", when(event.created_at)));
    CancelStep {
        title: "Ask staff to stop it?",
        lead: format!(
            "{by} took {} for {} to the bank{at}. They are asked to stop it; it may be too late.",
            payout.amount(),
            record.payee.name()
        ),
        balance: BalanceView { note: Some("if it can be stopped".to_owned()), ..step.balance },
        notice: NoticeView::new(Tone::Warn, "The bank may have sent it already").with_text(format!(
            "{total} stays held until it is recorded whether it was stopped. Talk to {by} too: it is quicker than any page.",
        )),
        help: vec![
            "The question stands under Pay by hand. Staff look whether the bank can still stop it, and record what they \
             find."
                .to_owned(),
            "Nothing is refunded on a guess.".to_owned(),
        ],
        ..step
    }
}

/// What both steps share.
fn ground(record: &PayoutRecord, wallet: &Wallet, key: String, caption: &str) -> CancelStep {
    let payout = &record.payout;
    let href = format!("/payouts/{}", payout.id);
    CancelStep {
        list: LIST.into(),
        crumb: "Cancel",
        action: format!("{href}/cancel"),
        mode: "cancel",
        title: "",
        lead: String::new(),
        keep_href: href,
        keep: "No, keep payout",
        yes: "",
        key,
        version: payout.version,
        who: "Payee",
        payee: record.payee.name(),
        account: account(record),
        reference: payout.reference_id.clone(),
        sum: SumView {
            caption: caption.to_owned(),
            rows: vec![
                SumRow { label: "Amount".into(), money: payout.amount().into() },
                SumRow { label: "Fees".into(), money: payout.fees().into() },
            ],
            total: SumRow { label: format!("Refund to {}", wallet.name), money: payout.total().into() },
        },
        balance: balance(wallet, None, "", payout.total(), "", wallet.available()),
        notice: NoticeView::new(Tone::Info, ""),
        earlier: None,
        reason: FieldView::default(),
        reasons: words::reasons(),
        note: FieldView::default(),
        help: Vec::new(),
    }
}

/// The wallet with an amount that comes back.
pub fn balance(
    wallet: &Wallet,
    note: Option<String>,
    change: &str,
    by: Money,
    then: &str,
    after: Money,
) -> BalanceView {
    BalanceView {
        wallet: wallet.name.clone(),
        currency: wallet.currency.code().to_owned(),
        note,
        before: SumRow { label: "Available now".into(), money: wallet.available().into() },
        adds: true,
        change: SumRow { label: change.to_owned(), money: by.into() },
        after: SumRow { label: then.to_owned(), money: after.into() },
        short: false,
    }
}
