//! Lifting: the question with its reason, and the answer of another person.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::standing::{self, StandingRow, Told};
use super::{freeze_id, href, notice, title};
use crate::domain::freeze::{Freeze, State};
use crate::domain::payout::Refusal;
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::approval_requests::Standing;
use crate::service::{Desk, freezes, permit_on};
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, MoneyText, NoticeView, OptionView, Problem, TimeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::form_key;
use crate::web::{approval_words, respond};

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
    /// What the answer does.
    pub lead: &'static str,
    pub asked_word: &'static str,
    pub asked_by: String,
    /// None when there is nothing to answer: nobody asks, or it is over.
    pub asked: Option<TimeView>,
    pub asked_reason: String,
    /// Label and text of how far it has come, where a rule asks for several people.
    pub progress: Vec<OptionView>,
    /// What goes on once it is lifted.
    pub rows: Vec<StandingRow>,
    pub sums: Vec<MoneyText>,
    /// Only the newest were counted.
    pub capped: bool,
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
    pub by_word: &'static str,
    pub by: String,
    /// What is asked of whoever asks for the end.
    pub ask_word: &'static str,
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
            let (told, text) = match asked.value.drill {
                true => ("The end of the drill is asked for", "An approver who did not ask ends it, or lets it go on."),
                false => ("The lift is asked for", "An approver who did not ask lifts it, or keeps it."),
            };
            visitor.flash(NoticeView::new(Tone::Good, told).with_text(text));
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
    respond::page(&lift_page(&visitor, &desk, &freeze, None).await?)
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
    let lifts = form.decision == "lift";
    let result = match form.decision.as_str() {
        "lift" => freezes::lift(&desk, &visitor.caller, id, version, key).await,
        "keep" => freezes::keep(&desk, &visitor.caller, id, version, key).await,
        _ => return Err(Failure::BadForm),
    };
    match result {
        Ok(changed) => {
            let waits = lifts && changed.value.state == State::Active;
            let told = match (lifts, changed.value.drill) {
                (true, true) => "The drill is over",
                (true, false) => "The freeze is lifted",
                (false, true) => "The drill goes on",
                (false, false) => "The freeze stays",
            };
            visitor.flash(match waits {
                true => NoticeView::new(Tone::Good, "Your yes is counted")
                    .with_text("A rule asks for more people: the freeze stands until the last one."),
                false => NoticeView::new(Tone::Good, told),
            });
            Ok(respond::see_other(&href(&changed.value)))
        }
        Err(Error::Refused(refusal)) => {
            let freeze = freezes::get(&desk, &visitor.caller, id).await?;
            respond::conflict(&lift_page(&visitor, &desk, &freeze, Some(&refusal)).await?)
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

async fn lift_page(
    visitor: &Visitor,
    desk: &Desk,
    freeze: &Freeze,
    refusal: Option<&Refusal>,
) -> Result<LiftPage, Failure> {
    let standing = freezes::standing(desk, &visitor.caller, freeze).await?;
    let said = |standing: &Standing| freeze.asker().map_or(Ok(()), |asker| standing.check(&visitor.caller, &asker));
    let check = freeze.check_lift(&visitor.caller).and_then(|()| standing.as_ref().map_or(Ok(()), said));
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
    let progress = standing.map(|standing| approval_words::progress(&standing, visitor.zone, visitor.now));
    let open = freeze.is_asked();
    let (stopped, capped) = match open && !freeze.drill {
        true => freezes::held_back(desk, &visitor.caller, freeze).await?,
        false => Default::default(),
    };
    let others = layout.freezes.iter().filter(|strip| !strip.drill).count() > 1;
    Ok(LiftPage {
        lead: match (freeze.drill, others) {
            (true, _) => "Nothing was held back.",
            (false, false) => "What it held back goes on at once, by itself.",
            (false, true) => "What it held back goes on at once, by itself, unless another freeze holds it back too.",
        },
        asked_word: if freeze.drill { "End asked for by" } else { "Lift asked for by" },
        rows: standing::open(&stopped, &[], Told::Lift),
        sums: standing::stopped(&stopped).1,
        capped,
        layout,
        progress: progress.unwrap_or_default(),
        step: lift_step(visitor, freeze),
        refused: refusal.map(notice).or(may_not),
        asked_by: freeze.asker_name.clone().unwrap_or_default(),
        asked: freeze.asked_at.filter(|_| open).map(|at| visitor.zone.full(at)),
        asked_reason: freeze.asked_reason.clone().unwrap_or_default(),
        may_lift: check.is_ok() && role,
        may_keep: freeze.check_keep().is_ok() && visitor.may(Operation::Freeze),
    })
}

fn lift_step(visitor: &Visitor, freeze: &Freeze) -> LiftStep {
    LiftStep {
        href: href(freeze),
        what: title(freeze),
        drill: freeze.drill,
        reason: freeze.reason.clone(),
        by_word: if freeze.drill { "Begun by" } else { "Frozen by" },
        by: freeze.maker_name.clone(),
        ask_word: if freeze.drill { "What came of it?" } else { "Why can it go on?" },
        since: visitor.zone.full(freeze.id.created_at()),
        version: freeze.version,
        key: form_key(),
    }
}
