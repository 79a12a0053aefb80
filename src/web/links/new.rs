//! Making a payout link: the form, and what is made of it.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::carriers::Carriers;
use super::form::{LinkForm, ours, read};
use super::review::review;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::payout_link::{PayoutLink, State};
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::links;
use crate::service::{Desk, quotes, wallets};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, OptionView, Problem, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::form_key;
use crate::web::payouts::new::wallet_option;
use crate::web::payouts::new_payee::offered;
use crate::web::respond;
use crate::web::start::{self, StartView};

/// How long a new link is open unless something else is typed: a week, in microseconds.
const USUAL: i64 = 7 * 24 * 3_600 * 1_000_000;

/// The form.
#[derive(Template)]
#[template(path = "links/new.html")]
pub struct NewLinkPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub wallets: Vec<OptionView>,
    /// Instead of the form while there is no wallet.
    pub start: StartView,
    /// Emails and names to pick from.
    pub payees: Vec<OptionView>,
    pub draft: LinkDraft,
}

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct LinkDraft {
    pub key: String,
    pub wallet: FieldView,
    pub amount: FieldView,
    /// `known` or `new`.
    pub to: &'static str,
    pub payee: FieldView,
    pub contact_name: FieldView,
    pub contact_email: FieldView,
    pub contact_phone: FieldView,
    pub contact_type: FieldView,
    pub purpose: FieldView,
    pub description: FieldView,
    pub reference: FieldView,
    pub receipt: FieldView,
    pub notes: FieldView,
    pub open_until: FieldView,
    pub payout_methods: FieldView,
    pub bank_account: bool,
    pub upi: bool,
    pub send_email: bool,
    pub send_sms: bool,
    pub save_payee: bool,
    /// Why an email or a text message would not go out; empty when it would.
    pub email_note: &'static str,
    pub sms_note: &'static str,
}

/// What links may fill in beforehand.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewQuery {
    wallet: String,
    payee: String,
}

/// GET /payout-links/new
pub async fn new(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<NewQuery>,
) -> Result<HttpResponse, Failure> {
    if !visitor.may(Operation::MakeLink) {
        return Err(Error::Forbidden.into());
    }
    let query = query.into_inner();
    let form = LinkForm {
        wallet: query.wallet,
        to: if query.payee.is_empty() { "new" } else { "known" }.to_owned(),
        payee: query.payee,
        send_email: "yes".to_owned(),
        open_until: visitor.zone.typed(visitor.now + USUAL),
        idempotency_key: form_key(),
        ..LinkForm::default()
    };
    respond::page(&form_page(&visitor, &desk, &form, &[]).await?)
}

/// POST /payout-links: first shows the plan, then makes the link that was agreed to.
pub async fn create(visitor: Visitor, desk: web::Data<Desk>, form: Posted<LinkForm>) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    if form.edit == "yes" {
        return respond::page(&form_page(&visitor, &desk, &form, &[]).await?);
    }
    let (input, wrong) = read(&visitor, &desk, &form).await?;
    if !wrong.is_empty() {
        // The other fields are checked too, so that all errors show at once.
        let others = match quotes::link_quote(&desk, &visitor.caller, &input).await {
            Err(Error::Validation(errors)) => errors,
            Err(Error::Forbidden) => return Err(Error::Forbidden.into()),
            _ => Vec::new(),
        };
        let errors = ours(wrong.into_iter().chain(others).collect());
        return respond::unprocessable(&form_page(&visitor, &desk, &form, &errors).await?);
    }
    let result = if form.confirmed == "yes" {
        let key = Some(form.idempotency_key.as_str());
        links::create(&desk, &visitor.caller, &input, key).await.map(|answered| {
            let link = answered.value.link;
            visitor.flash(if answered.repeated { made_before(&visitor, &link) } else { made(&desk, &link) });
            respond::see_other(&format!("/payout-links/{}", link.id))
        })
    } else {
        match quotes::link_quote(&desk, &visitor.caller, &input).await {
            Ok(quote) => return respond::page(&review(&visitor, Carriers::of(&desk), &form, &quote)),
            Err(error) => Err(error),
        }
    };
    match result {
        Ok(response) => Ok(response),
        Err(Error::Validation(errors)) => {
            respond::unprocessable(&form_page(&visitor, &desk, &form, &ours(errors)).await?)
        }
        Err(Error::NotFound("Beneficiary")) => {
            let message = "must be the email or id of a saved payee of the wallet’s client".to_owned();
            let errors = [FieldError { field: "payee", message }];
            respond::unprocessable(&form_page(&visitor, &desk, &form, &errors).await?)
        }
        Err(Error::Refused(refusal)) => {
            // The refusal is kept under the key that was sent; what is changed now is a new request.
            let form = LinkForm { idempotency_key: form_key(), ..form };
            let page = form_page(&visitor, &desk, &form, &[told(&refusal)]).await?;
            if refusal.rule == Rule::ExpiryTooSoon { respond::unprocessable(&page) } else { respond::conflict(&page) }
        }
        Err(error) => Err(error.into()),
    }
}

async fn form_page(
    visitor: &Visitor,
    desk: &Desk,
    form: &LinkForm,
    errors: &[FieldError],
) -> Result<NewLinkPage, Error> {
    let wallets = wallets::list(desk, &visitor.caller).await?;
    let mut layout = visitor.layout("New payout link", Place::Links);
    layout.failed = !errors.is_empty();
    let field = |name: &'static str, typed: &str| respond::field(name, typed, errors);
    let on = |value: &str| value == "yes";
    let carriers = Carriers::of(desk);
    Ok(NewLinkPage {
        layout,
        problems: respond::problems(errors),
        start: start::next_link(visitor, wallets.iter().map(|(wallet, _)| wallet)),
        wallets: wallets.iter().filter(|(wallet, _)| wallet.closed_at.is_none()).map(wallet_option).collect(),
        payees: offered(visitor, desk).await?,
        draft: LinkDraft {
            key: if form.idempotency_key.is_empty() { form_key() } else { form.idempotency_key.clone() },
            wallet: field("wallet", &form.wallet),
            amount: field("amount", &form.amount),
            to: if form.to == "known" { "known" } else { "new" },
            payee: field("payee", &form.payee),
            contact_name: field("contact_name", &form.contact_name),
            contact_email: field("contact_email", &form.contact_email),
            contact_phone: field("contact_phone", &form.contact_phone),
            contact_type: field("contact_type", &form.contact_type),
            purpose: field("purpose", &form.purpose),
            description: field("description", &form.description),
            reference: field("reference", &form.reference),
            receipt: field("receipt", &form.receipt),
            notes: field("notes", &form.notes),
            open_until: field("open_until", &form.open_until),
            payout_methods: field("payout_methods", ""),
            bank_account: on(&form.bank_account),
            upi: on(&form.upi),
            send_email: on(&form.send_email),
            send_sms: on(&form.send_sms),
            save_payee: on(&form.save_payee),
            email_note: carriers.missing(true, false).unwrap_or_default(),
            sms_note: carriers.missing(false, true).unwrap_or_default(),
        },
    })
}

/// A rule's refusal at the field that can be changed.
fn told(refusal: &Refusal) -> FieldError {
    let field = match refusal.rule {
        Rule::WalletNotFound | Rule::WalletClosed => "wallet",
        Rule::PayeeNotFound | Rule::PayeeInactive => "payee",
        Rule::ExpiryTooSoon => "open_until",
        _ => "amount",
    };
    let instead = refusal.instead.as_ref().map_or_else(String::new, |instead| format!(" {instead}"));
    FieldError { field, message: format!("cannot be used: {}{instead}", refusal.reason) }
}

/// Said when the same form came again.
fn made_before(visitor: &Visitor, link: &PayoutLink) -> NoticeView {
    let when = visitor.zone.when(link.id.created_at(), visitor.now);
    NoticeView::new(Tone::Info, format!("This payout link over {} had been made already", link.amount()))
        .with_text(format!("It was made {when}. No second one was made; nothing was held or sent again."))
}

fn made(desk: &Desk, link: &PayoutLink) -> NoticeView {
    let carriers = Carriers::of(desk);
    let told =
        carriers.told(link.send_email, link.send_sms, |ways| format!("Its address is sent to the recipient {ways}."));
    let by_hand = carriers.ways(link.send_email, link.send_sms).is_none();
    let text = match link.state {
        State::Pending => "It waits for a second person to approve it; nothing is held before.".to_owned(),
        _ if by_hand => format!("{told} Hand its address over to the recipient.").trim_start().to_owned(),
        _ => told,
    };
    NoticeView::new(Tone::Good, format!("Payout link over {} made", link.amount())).with_text(text)
}
