//! Freezing: choose what, say why, see what it stops, confirm.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::standing::{self, StandingRow, Told};
use super::{href, title};
use crate::domain::freeze::Scope;
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::freezes::{self, NewFreeze, Preview, Subject};
use crate::service::{Desk, permit};
use crate::web::address::with_query;
use crate::web::auth::Visitor;
use crate::web::csrf::Posted;
use crate::web::display::{FieldView, MoneyText, NoticeView, OptionView, Problem, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::payouts::form_key;
use crate::web::{respond, words};

/// The form; without a scope the choice of one.
#[derive(Template)]
#[template(path = "freezes/new.html")]
pub struct NewPage {
    pub layout: Layout,
    /// None until it is chosen what sort of thing is frozen.
    pub form: Option<FormView>,
    /// Where each sort leads: address and word.
    pub scopes: Vec<ScopeChoice>,
    pub problems: Vec<Problem>,
}

/// A sort of thing that can be frozen.
#[derive(Clone, Debug)]
pub struct ScopeChoice {
    pub href: String,
    pub word: &'static str,
    pub note: &'static str,
}

/// The form for one scope.
#[derive(Clone, Debug)]
pub struct FormView {
    pub scope: &'static str,
    pub word: &'static str,
    pub subject: FieldView,
    /// What can be chosen, or what was found; none asks to type.
    pub subjects: Option<Vec<OptionView>>,
    /// Nothing has to be chosen.
    pub is_all: bool,
    pub hint: &'static str,
    /// The form without what was found, to look for something else.
    pub again_href: Option<String>,
    pub reason: FieldView,
    pub drill: bool,
    /// Where something else is chosen.
    pub other_href: String,
}

/// What it would stop, and the button that does.
#[derive(Template)]
#[template(path = "freezes/review.html")]
pub struct ReviewPage {
    pub layout: Layout,
    pub title: String,
    pub drill: bool,
    pub what: String,
    pub reason: String,
    /// For example `12 payouts and payout links are stopped`.
    pub lead: String,
    pub sums: Vec<MoneyText>,
    pub rows: Vec<StandingRow>,
    /// Only the newest were counted.
    pub capped: bool,
    /// It stands already.
    pub stands: Option<NoticeView>,
    /// To be sent again: name and value.
    pub fields: Vec<OptionView>,
    pub edit_href: String,
    pub yes: &'static str,
    pub key: String,
}

/// What the address of the form says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewQuery {
    scope: String,
    subject: String,
    drill: String,
}

/// What the forms send.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FreezeForm {
    scope: String,
    subject: String,
    reason: String,
    drill: String,
    idempotency_key: String,
}

/// GET /freezes/new
pub async fn form(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<NewQuery>,
) -> Result<HttpResponse, Failure> {
    permit(&desk, &visitor.caller, Operation::Freeze).await?;
    let query = query.into_inner();
    let new =
        NewFreeze { scope: query.scope, subject: query.subject, reason: String::new(), drill: query.drill == "yes" };
    respond::page(&page(&visitor, &desk, &new, &[]).await?)
}

/// GET /freezes/review: reloading leads back to where it was filled in.
pub async fn back(_: Visitor) -> HttpResponse {
    respond::see_other("/freezes/new")
}

/// POST /freezes/review: what it would do; nothing is done.
pub async fn review(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<FreezeForm>,
) -> Result<HttpResponse, Failure> {
    let new = form.into_inner().into_freeze();
    match freezes::preview(&desk, &visitor.caller, &new).await {
        Ok(preview) => respond::page(&review_page(&visitor, &preview)),
        Err(Error::Validation(errors)) => {
            respond::unprocessable(&page(&visitor, &desk, &new, &respond::in_order(errors, FIELDS)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// POST /freezes
pub async fn create(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<FreezeForm>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    let key = form.idempotency_key.clone();
    let new = form.into_freeze();
    match freezes::create(&desk, &visitor.caller, &new, Some(&key)).await {
        Ok(made) => {
            let (freeze, what) = (&made.value, title(&made.value));
            visitor.flash(match made.repeated && !made.replayed {
                true if freeze.drill => NoticeView::new(Tone::Info, "This drill had begun before")
                    .with_text(format!("By {}; it was not begun twice.", freeze.maker_name)),
                true => NoticeView::new(Tone::Info, format!("{what} was frozen before"))
                    .with_text(format!("By {}; nothing was frozen twice.", freeze.maker_name)),
                false if freeze.drill => {
                    NoticeView::new(Tone::Good, "The drill has begun").with_text("Nothing is stopped.")
                }
                false => NoticeView::new(Tone::Good, format!("{what} is frozen")),
            });
            Ok(respond::see_other(&href(freeze)))
        }
        Err(Error::Validation(errors)) => {
            respond::unprocessable(&page(&visitor, &desk, &new, &respond::in_order(errors, FIELDS)).await?)
        }
        Err(error) => Err(error.into()),
    }
}

const FIELDS: &[&str] = &["scope", "subject", "reason"];

impl FreezeForm {
    fn into_freeze(self) -> NewFreeze {
        NewFreeze { scope: self.scope, subject: self.subject, reason: self.reason, drill: self.drill == "yes" }
    }
}

async fn page(visitor: &Visitor, desk: &Desk, new: &NewFreeze, errors: &[FieldError]) -> Result<NewPage, Failure> {
    let mut layout = visitor.layout("Freeze", Place::Freezes);
    layout.failed = !errors.is_empty();
    let form = match Scope::from_name(&new.scope) {
        Some(scope) => Some(form_view(visitor, desk, scope, new, errors).await?),
        None => None,
    };
    // The field is called like what is chosen in it.
    let problems = match Scope::from_name(&new.scope) {
        Some(scope) => errors.iter().map(|error| problem(scope, error)).collect(),
        None => respond::problems(errors),
    };
    let choice = |scope: Scope| ScopeChoice {
        href: form_href(scope.name(), "", new.drill),
        word: scope.words(),
        note: note(scope),
    };
    Ok(NewPage { layout, form, scopes: Scope::ALL.map(choice).to_vec(), problems })
}

fn problem(scope: Scope, error: &FieldError) -> Problem {
    match error.field {
        "subject" => Problem { field: "subject".to_owned(), message: format!("{} {}", scope.words(), error.message) },
        _ => respond::problems(std::slice::from_ref(error)).remove(0),
    }
}

async fn form_view(
    visitor: &Visitor,
    desk: &Desk,
    scope: Scope,
    new: &NewFreeze,
    errors: &[FieldError],
) -> Result<FormView, Failure> {
    let wrong = errors.iter().find(|error| error.field == "subject");
    let found = match (scope, wrong) {
        (Scope::Payee, Some(_)) => freezes::found(desk, &visitor.caller, &new.subject).await?,
        _ => Vec::new(),
    };
    let searched = !found.is_empty();
    let subjects = if searched { Some(found) } else { freezes::choices(desk, &visitor.caller, scope).await? };
    Ok(FormView {
        again_href: searched.then(|| form_href(scope.name(), "", new.drill)),
        scope: scope.name(),
        word: scope.words(),
        subject: FieldView { value: new.subject.clone(), error: wrong.map(|error| problem(scope, error).message) },
        subjects: subjects
            .map(|choices| choices.into_iter().map(|choice| OptionView::new(choice.id, choice.name)).collect()),
        is_all: scope == Scope::Everything,
        hint: match scope {
            Scope::Payee => "The start of a name or email, or its id",
            _ => "",
        },
        reason: respond::field("reason", &new.reason, errors),
        drill: new.drill,
        other_href: form_href("", "", new.drill),
    })
}

/// The form with this filled in.
fn form_href(scope: &str, subject: &str, drill: bool) -> String {
    let drill = if drill { "yes" } else { "" };
    with_query("/freezes/new", &[("scope", scope), ("subject", subject), ("drill", drill)])
}

/// What freezing a sort of thing means.
fn note(scope: Scope) -> &'static str {
    match scope {
        Scope::Everything => "All clients, wallets and providers.",
        Scope::Client => "All wallets of one client, and transfers out of them.",
        Scope::Wallet => "What is paid from one wallet, and transfers out of it.",
        Scope::Payee => "Whatever is to be paid to one payee.",
        Scope::Rail => "Whatever one provider would carry.",
        Scope::Credential => "What one program has made and would make.",
    }
}

fn review_page(visitor: &Visitor, preview: &Preview) -> ReviewPage {
    let Subject { scope, id, name, .. } = &preview.subject;
    let what = match scope {
        Scope::Rail => scope.what(&words::provider(name)),
        scope => scope.what(name),
    };
    let (records, sums) = standing::stopped(&preview.standing);
    let more = if preview.capped { "at least " } else { "" };
    let count = many(usize::try_from(records).unwrap_or(0), "payout or payout link", "payouts and payout links");
    let lead = match (preview.drill, records) {
        (true, _) => format!("A drill stops nothing. In earnest it would stop {more}{count}."),
        (false, 0) => "Nothing waits in it now; whatever comes from now on is stopped.".to_owned(),
        (false, _) => format!("It stops {more}{count}, and whatever comes from now on."),
    };
    let stands = preview.stands.iter().find(|freeze| freeze.drill == preview.drill).map(|freeze| {
        let (told, twice) = match freeze.drill {
            true => ("This drill goes on already", "It is not begun twice."),
            false => ("It is frozen already", "Nothing is frozen twice."),
        };
        let text = format!("By {}: {}. {twice}", freeze.maker_name, freeze.reason.trim_end_matches('.'));
        NoticeView::new(Tone::Warn, told).with_text(text)
    });
    let (drill, yes) = if preview.drill { ("yes", "Yes, begin the drill") } else { ("", "Yes, freeze now") };
    let title =
        if preview.drill { format!("Drill: freeze {}?", inside(&what)) } else { format!("Freeze {}?", inside(&what)) };
    ReviewPage {
        layout: visitor.layout(title.clone(), Place::Freezes),
        title,
        drill: preview.drill,
        reason: preview.reason.clone(),
        lead,
        sums,
        rows: standing::open(&preview.standing, &[], Told::Frozen),
        capped: preview.capped,
        stands,
        fields: vec![
            OptionView::new("scope", scope.name()),
            OptionView::new("subject", id.clone()),
            OptionView::new("reason", preview.reason.clone()),
            OptionView::new("drill", drill),
        ],
        edit_href: form_href(scope.name(), id, preview.drill),
        yes,
        key: form_key(),
        what,
    }
}

/// `wallet Operating USD`, inside a sentence.
fn inside(what: &str) -> String {
    let mut letters = what.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
