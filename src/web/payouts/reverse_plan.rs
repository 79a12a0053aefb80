//! What the reverse form and its review say: how much is left, and the wallet before and after.

use super::record::{Told, account};
use super::reverse::{ReversalRow, ReverseForm, ReverseReview, ReversedMeter};
use crate::domain::command::PayoutRecord;
use crate::domain::message::phone;
use crate::domain::money::{Money, exponent};
use crate::domain::reversal::source_part;
use crate::domain::wallet::Wallet;
use crate::web::display::{BalanceView, FieldView, NoticeView, SumRow, SumView, Tone};
use crate::web::numbers::listed;
use crate::web::words;

/// The empty form. `key` is its idempotency key.
pub fn form(record: &PayoutRecord, wallet: &Wallet, key: String) -> ReverseForm {
    let payout = &record.payout;
    let left = payout.reversible();
    let href = format!("/payouts/{}", payout.id);
    let provider = words::provider(&payout.rail);
    let decimals = match exponent(left.currency) {
        0 => "in whole units".to_owned(),
        1 => "with at most 1 decimal".to_owned(),
        digits => format!("with at most {digits} decimals"),
    };
    ReverseForm {
        action: format!("{href}/reverse"),
        title: "Reverse a payout",
        lead: format!("Ask {provider} to bring back money that {} has already received.", record.payee.name()),
        keep_href: href,
        keep: "No, keep payout",
        yes: "Review reversal",
        key,
        version: payout.version,
        how: "part",
        left: left.into(),
        amount: FieldView::default(),
        amount_id: "amount",
        amount_hint: format!("up to {}, {decimals}", left.figures()),
        reason: FieldView::default(),
        reasons: words::reasons(),
        statement: FieldView::default(),
        reach: reach(record),
        notify: false,
        balance: balance(record, wallet, left, "if all that is left comes back"),
        notice: may_fail(&provider),
    }
}

/// The exact plan of reversing `amount`, in the payout's destination currency.
pub fn review(record: &PayoutRecord, wallet: &Wallet, amount: Money, ask: ReverseForm) -> ReverseReview {
    let payout = &record.payout;
    let provider = words::provider(&payout.rail);
    let back = source(record, amount);
    let label = match &payout.rate {
        Some(rate) => format!("{amount} from {}, at the payout’s rate {rate}", record.payee.name()),
        None => format!("From {}", record.payee.name()),
    };
    let mut rows = vec![SumRow { label, money: back.into() }];
    if payout.fees_minor > 0 {
        let none = Money::new(0, payout.currency);
        rows.push(SumRow { label: format!("Fees ({} stay paid)", payout.fees()), money: none.into() });
    }
    let left = Money::new(payout.reversible().minor - amount.minor, amount.currency);
    ReverseReview {
        title: format!("Reverse {amount}?"),
        lead: format!("{provider} is asked to bring {amount} back from {}.", record.payee.name()),
        yes: format!("Yes, reverse {amount}"),
        action: ask.action,
        keep_href: ask.keep_href,
        keep: ask.keep,
        key: ask.key,
        version: payout.version,
        how: ask.how,
        amount: ask.amount.value,
        reason: ask.reason.value,
        statement: ask.statement.value,
        told: if ask.notify { ask.reach } else { String::new() },
        payee: record.payee.name(),
        account: account(record),
        sum: SumView {
            caption: "What would come back".to_owned(),
            rows,
            total: SumRow { label: format!("To {}", wallet.name), money: back.into() },
        },
        balance: balance(record, wallet, amount, &format!("when {provider} brings the money back")),
        notice: may_fail(&provider),
        help: vec![
            format!(
                "Until {provider} answers, {amount} counts as asked for. If they refuse, it can be asked for again."
            ),
            match left.minor {
                0 => "After this, nothing more of this payout can be reversed.".to_owned(),
                _ => format!("After this, {left} of this payout can still be reversed."),
            },
        ],
    }
}

/// How much of the payout is back, asked for and left.
pub fn meter(record: &PayoutRecord) -> ReversedMeter {
    const WIDTH: i128 = 598;
    let payout = &record.payout;
    let waiting = payout.reversed_minor - payout.reversed_done_minor;
    let part = |minor: i64| (i128::from(minor) * WIDTH / i128::from(payout.destination_minor.max(1))) as i64;
    let figures = |minor| Money::new(minor, payout.destination_currency).figures();
    ReversedMeter {
        whole: payout.destination().figures(),
        done: figures(payout.reversed_done_minor),
        waiting: figures(waiting),
        done_width: part(payout.reversed_done_minor),
        waiting_x: 1 + part(payout.reversed_done_minor),
        waiting_width: part(waiting),
    }
}

/// The reversals of a payout as rows, newest first.
pub fn rows(told: &Told) -> Vec<ReversalRow> {
    let makers = told.reversal_makers();
    let mut rows: Vec<ReversalRow> = told
        .detail
        .reversals
        .iter()
        .enumerate()
        .map(|(place, reversal)| ReversalRow {
            href: format!("/payouts/{}/reversals/{}", reversal.payout_id, reversal.id),
            short_id: reversal.id.short(),
            reason: reversal.reason.clone(),
            asked: told.zone.short(reversal.id.created_at(), told.now),
            status: words::reversal_status(reversal.state, reversal.outcome_unknown_since.is_some()),
            by: makers.get(place).cloned().unwrap_or_default(),
            money: reversal.amount().into(),
        })
        .collect();
    rows.reverse();
    rows
}

/// What stands beside the heading of the list of reversals.
pub fn note(record: &PayoutRecord, count: usize) -> String {
    let left = record.payout.reversible();
    match (count, left.minor) {
        (0, 0) => String::new(),
        (0, _) => format!("{left} can be reversed"),
        (1, _) => format!("1 so far, {left} left"),
        (count, _) => format!("{count} so far, {left} left"),
    }
}

/// The wallet's part of reversing `amount` next.
fn source(record: &PayoutRecord, amount: Money) -> Money {
    let payout = &record.payout;
    Money::new(source_part(payout, payout.reversed_done_minor + amount.minor), payout.currency)
}

fn balance(record: &PayoutRecord, wallet: &Wallet, amount: Money, note: &str) -> BalanceView {
    let back = source(record, amount);
    let after = Money::new(wallet.available_minor + back.minor, wallet.currency);
    BalanceView {
        wallet: wallet.name.clone(),
        currency: wallet.currency.code().to_owned(),
        note: Some(note.to_owned()),
        before: SumRow { label: "Available now".into(), money: wallet.available().into() },
        adds: true,
        change: SumRow { label: "Would come back".into(), money: back.into() },
        after: SumRow { label: "Available then".into(), money: after.into() },
        short: false,
    }
}

/// The payee's email address and phone number, as far as a message can reach them.
fn reach(record: &PayoutRecord) -> String {
    let payee = &record.payee;
    let ways: Vec<String> = payee.email.clone().into_iter().chain(payee.phone.as_deref().and_then(phone)).collect();
    listed(&ways.iter().map(String::as_str).collect::<Vec<_>>(), 2)
}

fn may_fail(provider: &str) -> NoticeView {
    NoticeView::new(Tone::Warn, "The money may not come back").with_text(format!(
        "{provider} and the payee’s bank decide. Until they answer, the amount counts as asked for, not as yours. A reversal cannot be taken back.",
    ))
}
