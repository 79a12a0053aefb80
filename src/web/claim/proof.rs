//! Proving to be the contact: a one-time code, or the last digits of the receipt.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::display::{FieldView, Problem, TimeView};
use super::super::failure::Failure;
use super::frame::Frame;
use super::guest::{Form, Guest, Stage};
use super::offer::{At, OfferView, StepView, steps};
use super::{follow, respond};
use crate::domain::message::Channel;
use crate::domain::recipient::CODE_LASTS;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::recipients::{self, Proof};

/// The first page of a link that asks who is there.
#[derive(Template)]
#[template(path = "claim/prove.html")]
pub struct ProvePage {
    pub frame: Frame,
    pub offer: OfferView,
    pub steps: Vec<StepView>,
    pub problems: Vec<Problem>,
    pub prove: ProveView,
}

/// What is asked for; drawn by `claim/_prove.html`.
pub struct ProveView {
    /// Where a code can be sent.
    pub ways: Vec<WayView>,
    pub sent: Option<SentView>,
    /// The last digits of the receipt are asked for.
    pub receipt: bool,
    /// What was typed, with what is wrong with it.
    pub field: FieldView,
}

pub struct WayView {
    /// `email` or `sms`.
    pub channel: &'static str,
    /// `j•••@example.com`, `the phone number •••• 42`.
    pub shown: String,
}

/// A code that is still good.
pub struct SentView {
    pub shown: String,
    pub until: TimeView,
    /// The server did not take the message.
    pub failed: bool,
}

/// The page, as it was opened or with what is wrong.
pub async fn show(guest: &Guest, error: Option<(&FieldError, &str)>) -> Result<HttpResponse, Failure> {
    let title = format!("{} wants to pay you {}", guest.sender(), guest.link().amount());
    let mut frame = guest.frame(title);
    frame.failed = error.is_some();
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = ProvePage {
        frame,
        offer: OfferView::of(&guest.opened.record, guest.now, guest.proof != Proof::Receipt),
        steps: steps(At::Proof, true),
        problems: problems(error),
        prove: view(guest, error).await?,
    };
    guest.page(status, &page)
}

/// What is asked for, for this page and for that of a link that was claimed.
pub async fn view(guest: &Guest, error: Option<(&FieldError, &str)>) -> Result<ProveView, Failure> {
    let Proof::Code(ways) = &guest.proof else {
        let receipt = guest.proof == Proof::Receipt;
        return Ok(ProveView { ways: Vec::new(), sent: None, receipt, field: field(error) });
    };
    let sent = recipients::sent_code(&guest.desk, guest.link().id).await?;
    let ways: Vec<_> = ways
        .iter()
        .map(|way| WayView {
            channel: recipients::name(way.channel),
            shown: match way.channel {
                Channel::Email => way.shown.clone(),
                Channel::Sms => format!("the phone number {}", way.shown),
            },
        })
        .collect();
    let sent = sent.and_then(|sent| {
        let way = ways.iter().find(|way| way.channel == recipients::name(sent.channel))?;
        let until = clock(guest, sent.sent_at + CODE_LASTS);
        Some(SentView { shown: way.shown.clone(), until, failed: sent.failed })
    });
    Ok(ProveView { ways, sent, receipt: false, field: field(error) })
}

/// POST /l/{token}/code: the only thing that sends one.
pub async fn send(request: HttpRequest, desk: web::Data<Desk>, form: Form) -> Result<HttpResponse, Failure> {
    let guest = Guest::sent(&request, &desk, &form).await?;
    match recipients::send_code(&desk, &guest.visit, &guest.token, form.get("channel")).await {
        Ok(()) => Ok(respond::see_other(&guest.path("#code"))),
        Err(Error::Validation(_)) => Ok(respond::see_other(&guest.path(""))),
        Err(Error::Refused(_)) => follow::ended(&guest.again().await?, true),
        Err(error) => Err(error.into()),
    }
}

/// POST /l/{token}/proof
pub async fn prove(request: HttpRequest, desk: web::Data<Desk>, form: Form) -> Result<HttpResponse, Failure> {
    let guest = Guest::sent(&request, &desk, &form).await?;
    if matches!(guest.proof, Proof::Nothing | Proof::Impossible) {
        return Ok(respond::see_other(&guest.path("")));
    }
    let field = if guest.proof == Proof::Receipt { "receipt" } else { "code" };
    let typed = form.get(field);
    match recipients::prove(&desk, &guest.visit, &guest.token, &guest.pass, typed).await {
        Ok(pass) => guest.go_on(&pass),
        Err(Error::Validation(errors)) => {
            let guest = guest.again().await?;
            let error = errors.first().map(|error| (error, typed));
            match guest.stage() {
                Stage::Claimed => follow::stranger(&guest, error).await,
                Stage::Open => show(&guest, error).await,
                Stage::Held => follow::held(&guest, true),
                Stage::Ended => follow::ended(&guest, true),
            }
        }
        Err(Error::Refused(_)) => follow::ended(&guest.again().await?, true),
        Err(error) => Err(error.into()),
    }
}

pub fn problems(error: Option<(&FieldError, &str)>) -> Vec<Problem> {
    let problem = |(error, _): (&FieldError, &str)| Problem { field: "code".into(), message: sentence(error) };
    error.map(problem).into_iter().collect()
}

fn field(error: Option<(&FieldError, &str)>) -> FieldView {
    match error {
        Some((error, typed)) => FieldView { value: typed.to_owned(), error: Some(sentence(error)) },
        None => FieldView::default(),
    }
}

fn sentence(error: &FieldError) -> String {
    let what = match (error.field, error.message.as_str()) {
        // Nothing was typed.
        ("receipt", "is required") => "A number",
        ("receipt", _) => "What you typed",
        _ => "The code",
    };
    format!("{what} {}", error.message)
}

/// `10:40 UTC`.
fn clock(guest: &Guest, at: i64) -> TimeView {
    let zone = guest.zone();
    TimeView { shown: format!("{} {}", zone.clock(at), zone.label(at)), ..zone.full(at) }
}
