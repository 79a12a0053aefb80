//! What the confirm steps of cancelling and of replacing a link say: the plans that the writes carry out.

use super::carriers::Carriers;
use super::{LIST, name};
use crate::domain::money::Money;
use crate::domain::payout::Refusal;
use crate::domain::payout_link::LinkPolicy;
use crate::domain::plan::{link_cancel_effect, link_replacement_effect};
use crate::store::payout_links::LinkDetail;
use crate::web::display::{BalanceView, FieldView, NoticeView, SumRow, SumView, Tone};
use crate::web::payouts::CancelStep;
use crate::web::payouts::cancel_step::balance;
use crate::web::words;

/// Reasons offered for replacing a link.
pub const REPLACED_BECAUSE: [&str; 3] =
    ["Address got into the wrong hands", "Recipient lost the address", words::OTHER];

/// The step of cancelling at `now`, or why it may not be done. `key` is the form's idempotency key.
pub fn step(detail: &LinkDetail, carriers: Carriers, key: String, now: i64) -> Result<CancelStep, Refusal> {
    let (link, wallet) = (&detail.record.link, &detail.wallet);
    let effect = link_cancel_effect(link, wallet, LinkPolicy::DESK, now)?;
    let recipient = &link.contact_name;
    let held = effect.release.minor > 0;
    let comes_back = if held { effect.release.to_string() } else { "Nothing".to_owned() };
    Ok(CancelStep {
        title: "Cancel payout link?",
        lead: match held {
            true => format!(
                "Its address dies now, and {comes_back} goes back to {}. {recipient} cannot claim it any more.",
                wallet.name
            ),
            false => "It ends before anyone approved it. Nothing was held for it, so nothing comes back.".to_owned(),
        },
        keep: "No, keep payout link",
        yes: "Yes, cancel payout link",
        sum: released(effect.release, &wallet.name, held.then_some((effect.amount, effect.fees))),
        balance: balance(wallet, None, "Comes back", effect.release, "Available after", effect.available_after),
        notice: NoticeView::new(Tone::Good, "It will be cancelled now").with_text(format!(
            "{} This cannot be undone: to pay {recipient} later, make a new payout link.",
            told(detail, carriers),
        )),
        help: vec![
            format!(
                "If {recipient} claims it in the seconds before you confirm, it cannot be cancelled. You then see that \
                 instead, and the payout that pays it can be cancelled."
            ),
            "Whoever opens the address afterwards reads that it was cancelled.".to_owned(),
        ],
        ..ground(detail, key)
    })
}

/// The step of replacing at `now`; `waits`: the new one has to be approved. This link ends and another one is issued, in one unit.
pub fn replacement(
    detail: &LinkDetail,
    carriers: Carriers,
    key: String,
    waits: bool,
    now: i64,
) -> Result<CancelStep, Refusal> {
    let (link, wallet) = (&detail.record.link, &detail.wallet);
    let effect = link_replacement_effect(link, wallet, waits, now)?;
    let href = format!("/payout-links/{}", link.id);
    let row = |label: &str, money: Money| SumRow { label: label.to_owned(), money: money.into() };
    let change = effect.available_after.minor - effect.available_before.minor;
    let by = Money::new(change.abs(), wallet.currency);
    Ok(CancelStep {
        crumb: "Replace",
        reasons: REPLACED_BECAUSE.map(|reason| (reason, reason).into()).to_vec(),
        action: format!("{href}/replacement"),
        title: "Replace payout link?",
        lead: format!(
            "The address of this one dies now, and a new payout link over {} with the same content and a new address \
             is made, in one step.",
            link.amount()
        ),
        keep: "No, keep payout link",
        yes: "Yes, replace payout link",
        sum: SumView {
            caption: "What changes in the wallet".to_owned(),
            rows: vec![row("Comes back from this one", effect.release), row("Held for the new one", effect.hold)],
            total: row(if change < 0 { "Leaves available money" } else { "Comes back in all" }, by),
        },
        balance: BalanceView {
            wallet: wallet.name.clone(),
            currency: wallet.currency.code().to_owned(),
            note: None,
            before: row("Available now", effect.available_before),
            adds: change >= 0,
            change: row(if change < 0 { "Leaves" } else { "Comes back" }, by),
            after: row("Available after", effect.available_after),
            short: false,
        },
        notice: match effect.waits {
            true => NoticeView::new(Tone::Warn, "The new one waits for approval").with_text(format!(
                "It is above the limit of {}. Nothing is held for it until somebody else approves it.",
                wallet.name
            )),
            false => NoticeView::new(Tone::Info, "The old address is dead at once").with_text(sends(detail, carriers)),
        },
        help: vec![
            "The recipient never holds two addresses that work: both changes are one, or none.".to_owned(),
            "If the old one has little time left, the new one gets as much time as the old one once had.".to_owned(),
        ],
        ..ground(detail, key)
    })
}

/// What both steps share.
fn ground(detail: &LinkDetail, key: String) -> CancelStep {
    let (link, wallet) = (&detail.record.link, &detail.wallet);
    let href = format!("/payout-links/{}", link.id);
    let nothing = Money::new(0, wallet.currency);
    CancelStep {
        list: LIST.into(),
        crumb: "Cancel",
        action: format!("{href}/cancel"),
        mode: "cancel",
        title: "",
        lead: String::new(),
        keep_href: href,
        keep: "",
        yes: "",
        key,
        version: link.version,
        who: "Recipient",
        payee: link.contact_name.clone(),
        account: link.contact_email.clone().or_else(|| link.contact_phone.clone()).unwrap_or_default(),
        reference: name(link),
        sum: released(nothing, &wallet.name, None),
        balance: balance(wallet, None, "", nothing, "", wallet.available()),
        notice: NoticeView::new(Tone::Info, ""),
        reason: FieldView::default(),
        earlier: None,
        reasons: words::reasons(),
        note: FieldView::default(),
        help: Vec::new(),
    }
}

fn released(release: Money, wallet: &str, parts: Option<(Money, Money)>) -> SumView {
    let row = |label: &str, money: Money| SumRow { label: label.to_owned(), money: money.into() };
    SumView {
        caption: "What comes back".to_owned(),
        rows: match parts {
            Some((amount, fees)) => vec![row("Amount", amount), row("Fees", fees)],
            None => vec![row("Held for it", release)],
        },
        total: row(&format!("Back to {wallet}"), release),
    }
}

/// Who learns of a cancellation.
fn told(detail: &LinkDetail, carriers: Carriers) -> String {
    let link = &detail.record.link;
    let issued = link.issued_at.is_some();
    let told = carriers
        .told(issued && link.send_email, issued && link.send_sms, |ways| format!("The recipient is told {ways}."));
    if told.is_empty() { "Nobody is written to: no message was asked for.".to_owned() } else { told }
}

/// How the new address reaches the recipient.
fn sends(detail: &LinkDetail, carriers: Carriers) -> String {
    let link = &detail.record.link;
    let told = carriers.told(link.send_email, link.send_sms, |ways| format!("The new one is sent {ways}."));
    match (told.is_empty(), carriers.ways(link.send_email, link.send_sms)) {
        (true, _) => "No message was asked for: hand the new address over yourself.".to_owned(),
        (false, None) => format!("{told} Hand the new address over yourself."),
        (false, Some(_)) => told,
    }
}
