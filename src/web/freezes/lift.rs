//! Lifting: the question with its reason, and the answer of another person.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::{freeze_id, href, notice, title};
use crate::domain::freeze::Freeze;
use crate::domain::payout::Refusal;
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::{Desk, freezes, permit_on};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, NoticeView, Problem, TimeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::form_key;
use crate::web::respond;

/// Asking for it.
#[derive(Template)]
#[template(path = "freezes/request.html")]
pub struct RequestPage {
    pub layout: Layout,
    pub step: LiftStep,
    pub problems: Vec<Problem>,
    pub reason: FieldView,
    /// Why it is refused.
    pub refused: Option<NoticeView>,
    /// It can be asked for.
    pub open: bool,
}

/// Answering it.
#[derive(Template)]
#[template(path = "freezes/lift.html")]
pub struct LiftPage {
    pub layout: Layout,
    pub step: LiftStep,
    /// Why the last try, or this reader, is refused.
    pub refused: Option<NoticeView>,
    pub asked_by: String,
    pub asked: Option<TimeView>,
    pub asked_reason: String,
    pub may_lift: bool,
    pub may_keep: bool,
}

/// What both steps say of the freeze.
#[derive(Clone, Debug)]
pub struct LiftStep {
    pub href: String,
    pub what: String,
    pub drill: bool,
    pub reason: String,
    pub by: String,
    pub since: TimeView,
    pub version: i64,
    pub key: String,
}

/// What the forms send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LiftForm {
    reason: String,
    /// `lift` or `keep`: the button that was pressed.
    decision: String,
    version: String,
    idempotency_key: String,
}

/// GET /freezes/{id}/request
pub async fn request(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let id = freeze_id(&id)?;
    permit_on(&desk, &visitor.caller, Operation::Freeze, id).await?;
    let freeze = freezes::get(&desk, &visitor.caller, id).await?;
    respond::page(&request_page(&visitor, &freeze, "", None, &[]))
}

/// POST /freezes/{id}/request
pub async fn ask(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<LiftForm>,
) -> Result<HttpResponse, Failure> {
    let (id, form) = (freeze_id(&id)?, form.into_inner());
    let (version, key) = (form.version.parse().ok(), form.idempotency_key.as_str());
    match freezes::ask(&desk, &visitor.caller, id, Some(&form.reason), version, Some(key)).await {
        Ok(asked) => {
            let text = "An approver who did not ask lifts it, or keeps it.";
            visitor.flash(NoticeView::new(Tone::Good, "The lift is asked for").with_text(text));
            Ok(respond::see_other(&href(&asked.value)))
        }
        Err(Error::Validation(errors)) => {
            let freeze = freezes::get(&desk, &visitor.caller, id).await?;
            respond::unprocessable(&request_page(&visitor, &freeze, &form.reason, None, &errors))
        }
        Err(Error::Refused(refusal)) => {
            let freeze = freezes::get(&desk, &visitor.caller, id).await?;
            respond::conflict(&request_page(&visitor, &freeze, &form.reason, Some(&refusal), &[]))
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /freezes/{id}/lift
pub async fn step(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let freeze = freezes::get(&desk, &visitor.caller, freeze_id(&id)?).await?;
    respond::page(&lift_page(&visitor, &freeze, None))
}

/// POST /freezes/{id}/lift
pub async fn decide(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<LiftForm>,
) -> Result<HttpResponse, Failure> {
    let (id, form) = (freeze_id(&id)?, form.into_inner());
    let (version, key) = (form.version.parse().ok(), Some(form.idempotency_key.as_str()));
    let (result, told) = match form.decision.as_str() {
        "lift" => (freezes::lift(&desk, &visitor.caller, id, version, key).await, "The freeze is lifted"),
        "keep" => (freezes::keep(&desk, &visitor.caller, id, version, key).await, "The freeze stays"),
        _ => return Err(Failure::BadForm),
    };
    match result {
        Ok(changed) => {
            visitor.flash(NoticeView::new(Tone::Good, told));
            Ok(respond::see_other(&href(&changed.value)))
        }
        Err(Error::Refused(refusal)) => {
            let freeze = freezes::get(&desk, &visitor.caller, id).await?;
            respond::conflict(&lift_page(&visitor, &freeze, Some(&refusal)))
        }
        Err(error) => Err(error.into()),
    }
}

fn request_page(
    visitor: &Visitor,
    freeze: &Freeze,
    reason: &str,
    refusal: Option<&Refusal>,
    errors: &[FieldError],
) -> RequestPage {
    let cannot = freeze.check_ask().err();
    let mut layout = visitor.layout(format!("Lift {}?", title(freeze)), Place::Freezes);
    layout.failed = refusal.is_some() || !errors.is_empty();
    RequestPage {
        layout,
        step: lift_step(visitor, freeze),
        problems: respond::problems(errors),
        reason: respond::field("reason", reason, errors),
        refused: refusal.or(cannot.as_ref()).map(notice),
        open: cannot.is_none(),
    }
}

fn lift_page(visitor: &Visitor, freeze: &Freeze, refusal: Option<&Refusal>) -> LiftPage {
    let check = freeze.check_lift(&visitor.caller);
    let role = visitor.may(Operation::LiftFreeze);
    let mut layout = visitor.layout(format!("Lift {}?", title(freeze)), Place::Freezes);
    layout.failed = refusal.is_some();
    let may_not = match &check {
        Err(refusal) => Some(notice(refusal)),
        Ok(()) if !role => Some(
            NoticeView::new(Tone::Info, "An approver lifts it")
                .with_text("Your role does not allow you to lift freezes."),
        ),
        Ok(()) => None,
    };
    LiftPage {
        layout,
        step: lift_step(visitor, freeze),
        refused: refusal.map(notice).or(may_not),
        asked_by: freeze.asker_name.clone().unwrap_or_default(),
        asked: freeze.asked_at.map(|at| visitor.zone.full(at)),
        asked_reason: freeze.asked_reason.clone().unwrap_or_default(),
        may_lift: check.is_ok() && role,
        may_keep: freeze.check_keep().is_ok() && visitor.may(Operation::Freeze),
    }
}

fn lift_step(visitor: &Visitor, freeze: &Freeze) -> LiftStep {
    LiftStep {
        href: href(freeze),
        what: title(freeze),
        drill: freeze.drill,
        reason: freeze.reason.clone(),
        by: freeze.maker_name.clone(),
        since: visitor.zone.full(freeze.id.created_at()),
        version: freeze.version,
        key: form_key(),
    }
}
