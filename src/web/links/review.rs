//! The plan of a link before it is made: fees, total, the wallet before and after, and what it may repeat.

use super::LIST;
use super::carriers::Carriers;
use super::form::LinkForm;
use crate::domain::money::Money;
use crate::service::quotes::LinkQuote;
use crate::web::alike::AlikeView;
use crate::web::auth::Visitor;
use crate::web::display::{BalanceView, NoticeView, OptionView, SumRow, SumView, Tone};
use crate::web::layout::Place;
use crate::web::payouts::new::{NewPayoutReviewPage, approvers, possible};
use crate::web::words;

/// The page that asks whether to make it.
pub fn review(visitor: &Visitor, carriers: Carriers, form: &LinkForm, quote: &LinkQuote) -> NewPayoutReviewPage {
    let (amount, wallet) = (quote.new.amount, &quote.wallet);
    let title = format!("Make a payout link over {amount}?");
    let short = quote.after.minor < 0;
    let missing = Money::new(quote.after.minor.abs(), quote.after.currency);
    let row = |label: &str, money: Money| SumRow { label: label.to_owned(), money: money.into() };
    let held = if quote.needs.is_some() { Money::new(0, wallet.currency) } else { quote.total };
    NewPayoutReviewPage {
        layout: visitor.layout(title.clone(), Place::Links),
        list: LIST.into(),
        crumb: "New payout link",
        action: "/payout-links",
        alike: quote.alike.iter().map(|alike| AlikeView::of(alike, visitor)).collect(),
        title,
        fields: form.fields(),
        facts: facts(visitor, carriers, quote),
        sum: SumView {
            caption: if quote.needs.is_some() { "What is held once it is approved" } else { "What is held" }.to_owned(),
            rows: vec![row("Amount", amount), row("Fees", quote.fees)],
            total: row(&format!("From {}", wallet.name), quote.total),
        },
        balance: BalanceView {
            wallet: wallet.name.clone(),
            currency: wallet.currency.code().to_owned(),
            note: None,
            before: row("Available now", wallet.available()),
            adds: false,
            change: row("Held now", held),
            after: if short { row("Short by", missing) } else { row("Available after", quote.after) },
            short,
        },
        note: note(quote, short.then_some(missing)),
        yes: (!short && possible(quote.needs.as_ref())).then(|| format!("Make payout link over {amount}")),
    }
}

fn note(quote: &LinkQuote, missing: Option<Money>) -> NoticeView {
    let wallet = &quote.wallet;
    if let Some(missing) = missing {
        return NoticeView::new(Tone::Bad, format!("{} does not hold enough", wallet.name))
            .with_text(format!("{missing} is missing. Top up the wallet, or pay less."));
    }
    if let Some(needs) = &quote.needs {
        let limit = wallet.approval_limit_minor.map(|limit| Money::new(limit, wallet.currency));
        let limit = limit.map(|limit| format!("It is above the limit of {limit} in {}.", wallet.name));
        let held = "Nothing is held and nothing is sent until it is approved.";
        return approvers(needs, &limit.unwrap_or_default(), held);
    }
    NoticeView::new(Tone::Info, "It can be claimed at once")
        .with_text("Until somebody claims it, it can be cancelled, and amount and fees come back.")
}

fn facts(visitor: &Visitor, carriers: Carriers, quote: &LinkQuote) -> Vec<OptionView> {
    let new = &quote.new;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let reach: Vec<String> = [&new.contact.email, &new.contact.phone].into_iter().flatten().cloned().collect();
    let messages = match (new.send_email, new.send_sms) {
        (true, true) => "By email and text message",
        (true, false) => "By email",
        (false, true) => "By text message",
        (false, false) => "None: you hand the address over",
    };
    let unsent = carriers.missing(new.send_email, new.send_sms).map(|why| format!(". {why}")).unwrap_or_default();
    let mut facts = vec![
        OptionView::new("Recipient", new.contact.name.clone()),
        OptionView::new("Email and phone", reach.join(", ")),
        OptionView::new(
            "Open until",
            new.expire_by.map_or_else(|| "It is claimed or cancelled".to_owned(), |end| visitor.zone.full(end).shown),
        ),
        OptionView::new("Messages", format!("{messages}{unsent}")),
        OptionView::new("Can be paid to", words::methods(&new.payout_methods)),
    ];
    let others = [
        ("Purpose", &new.purpose),
        ("Description", &new.description),
        ("Reference", &new.reference),
        ("Receipt", &new.receipt),
    ];
    facts.extend(
        others.into_iter().filter(|(_, value)| value.is_some()).map(|(name, value)| OptionView::new(name, text(value))),
    );
    if new.save_payee {
        facts.push(OptionView::new("Save as payee", "Yes, once paid"));
    }
    facts
}
