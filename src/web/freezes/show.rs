//! The page of an incident: what is frozen and why, what happened, what stands in it, and what it stopped.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::standing::{self, StandingRow};
use super::{freeze_id, href, status, title};
use crate::domain::audit::Outcome;
use crate::domain::freeze::{Freeze, Scope, State};
use crate::domain::staff::Operation;
use crate::service::Desk;
use crate::service::freezes::{self, Incident};
use crate::store::audit::AuditLine;
use crate::web::address::{encode, record};
use crate::web::auth::Visitor;
use crate::web::display::{
    ActView, EventView, MoneyText, NoticeView, OptionView, Sentence, StatusView, TimeView, Tone,
};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::query::ListQuery;
use crate::web::time::lasted;
use crate::web::{audit, respond, words};

/// One freeze with what it came to.
#[derive(Template)]
#[template(path = "freezes/show.html")]
pub struct IncidentPage {
    pub layout: Layout,
    pub id: String,
    pub title: String,
    pub status: StatusView,
    pub drill: bool,
    /// For example `since 21 November 2026, 14:02 CET, for 3 h 20 min`.
    pub since: String,
    pub notices: Vec<NoticeView>,
    /// Label and text.
    pub facts: Vec<OptionView>,
    pub acts: Vec<ActView>,
    /// What it stops now, per currency.
    pub stopped: String,
    pub sums: Vec<MoneyText>,
    pub open: Vec<StandingRow>,
    /// How many have an unknown outcome, with the list of them; none when every outcome is known.
    pub unknown: Option<String>,
    pub ended: Vec<StandingRow>,
    /// Only the newest were counted.
    pub capped: bool,
    pub events: Vec<EventView>,
    pub refused: Vec<RefusedRow>,
    pub more_refused: bool,
}

/// Something that was refused because of it.
#[derive(Clone, Debug)]
pub struct RefusedRow {
    pub time: TimeView,
    pub who: String,
    pub what: String,
    pub href: Option<String>,
    pub subject: String,
}

/// GET /freezes/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let found = freezes::incident(&desk, &visitor.caller, freeze_id(&id)?).await?;
    respond::page(&page(&visitor, &found))
}

fn page(visitor: &Visitor, found: &Incident) -> IncidentPage {
    let freeze = &found.freeze;
    let (since, until) = (freeze.id.created_at(), freeze.lifted_at.unwrap_or(visitor.now));
    let (records, sums) = standing::stopped(&found.now);
    let unknown: i64 = found.now.iter().filter(|part| part.bucket == "unknown").map(|part| part.records).sum();
    IncidentPage {
        layout: visitor.layout(title(freeze), Place::Freezes),
        id: freeze.id.to_string(),
        title: title(freeze),
        status: status(freeze),
        drill: freeze.drill,
        since: format!("since {}, for {}", visitor.zone.full(since).shown, lasted(until - since)),
        notices: notices(freeze),
        facts: facts(visitor, freeze),
        acts: acts(visitor, found),
        stopped: crate::domain::money::group(records.unsigned_abs()),
        sums,
        open: standing::open(&found.now, &found.then),
        unknown: (unknown > 0).then(|| crate::domain::money::group(unknown.unsigned_abs())),
        ended: standing::ended(&found.now, &found.then),
        capped: found.capped,
        events: found.history.iter().map(|line| event(visitor, line)).collect(),
        refused: found.refused.iter().map(|line| refused(visitor, line)).collect(),
        more_refused: found.more_refused,
    }
}

fn notices(freeze: &Freeze) -> Vec<NoticeView> {
    let mut notices = Vec::new();
    if freeze.drill {
        let text = "Nothing is stopped, and no money is moved by it. Everything else on this page is real.";
        notices.push(NoticeView::new(Tone::Info, "This is a drill").with_text(text));
    }
    if let (true, Some(name)) = (freeze.is_asked(), &freeze.asker_name) {
        let reason = freeze.asked_reason.clone().unwrap_or_default();
        notices.push(NoticeView::new(Tone::Warn, format!("{name} asks for it to be lifted")).with_text(reason));
    }
    notices
}

fn facts(visitor: &Visitor, freeze: &Freeze) -> Vec<OptionView> {
    let at = |at: Option<i64>| at.map(|at| visitor.zone.full(at).shown).unwrap_or_default();
    let mut facts = vec![
        OptionView::new("What", freeze.what()),
        OptionView::new("Reason", freeze.reason.clone()),
        OptionView::new("Frozen by", freeze.maker_name.clone()),
        OptionView::new("Frozen at", at(Some(freeze.id.created_at()))),
    ];
    if let Some(name) = &freeze.asker_name {
        facts.push(OptionView::new("Lift asked for by", name.clone()));
        facts.push(OptionView::new("Why", freeze.asked_reason.clone().unwrap_or_default()));
    }
    if let Some(name) = &freeze.lifter_name {
        facts.push(OptionView::new("Lifted by", name.clone()));
        facts.push(OptionView::new("Lifted at", at(freeze.lifted_at)));
    }
    facts
}

fn acts(visitor: &Visitor, found: &Incident) -> Vec<ActView> {
    let freeze = &found.freeze;
    let act = |word: &str, href: Option<String>, note: String| ActView {
        word: word.to_owned(),
        href,
        dialog: None,
        warning: false,
        note,
    };
    let told = |refusal: crate::domain::payout::Refusal| {
        format!("{} {}", refusal.reason, refusal.instead.unwrap_or_default()).trim().to_owned()
    };
    let no_role = || "Your role does not allow it. Ask someone whose role does.".to_owned();
    let ask = match freeze.check_ask() {
        _ if !visitor.may(Operation::Freeze) => act("Ask for the lift", None, no_role()),
        Ok(()) => {
            let note = "Say why it can go on; another person, an approver, then lifts it.".to_owned();
            act("Ask for the lift", Some(format!("{}/request", href(freeze))), note)
        }
        Err(refusal) => act("Ask for the lift", None, told(refusal)),
    };
    let lift = match freeze.check_lift(&visitor.caller) {
        Ok(()) if !visitor.may(Operation::LiftFreeze) => act("Lift the freeze", None, no_role()),
        Ok(()) => {
            let note = "What it held back goes on at once, by itself.".to_owned();
            act("Lift the freeze", Some(format!("{}/lift", href(freeze))), note)
        }
        Err(refusal) => act("Lift the freeze", None, told(refusal)),
    };
    let keep = (freeze.check_keep().is_ok() && lift.href.is_none() && visitor.may(Operation::Freeze)).then(|| {
        let note = "The question is taken back, and the freeze stays.".to_owned();
        act("Keep the freeze", Some(format!("{}/lift", href(freeze))), note)
    });
    let mut acts: Vec<ActView> = match freeze.state {
        State::Active => [Some(lift), Some(ask), keep].into_iter().flatten().collect(),
        State::Lifted => Vec::new(),
    };
    let cancel = payouts(found).filter(|_| visitor.may(Operation::CancelPayout) && freeze.stops()).map(|list| {
        let note =
            "A batch: first you see what will be cancelled, what the provider is asked, and what cannot.".to_owned();
        let href = format!("/batches/new?verb=cancel&list={}", encode(&list.query()));
        act("Cancel what can be cancelled", Some(href), note)
    });
    acts.extend(cancel);
    acts.sort_by_key(|act| act.href.is_none());
    acts
}

/// The list of its payouts; none when what it is about is gone.
fn payouts(found: &Incident) -> Option<ListQuery> {
    let number = || found.number.map(|number| number.to_string());
    Some(match found.freeze.scope {
        Scope::Everything => ListQuery::default(),
        Scope::Client => ListQuery { client: number()?, ..ListQuery::default() },
        Scope::Wallet => ListQuery { wallet: number()?, ..ListQuery::default() },
        Scope::Payee => ListQuery { payee: found.freeze.subject.clone(), ..ListQuery::default() },
        Scope::Rail => ListQuery { provider: found.freeze.subject.clone(), ..ListQuery::default() },
        Scope::Credential => ListQuery { credential: found.freeze.subject.clone(), ..ListQuery::default() },
    })
}

fn event(visitor: &Visitor, line: &AuditLine) -> EventView {
    let entry = &line.link.entry;
    let (class, after) = match entry.outcome {
        Outcome::Done => ("s-active", ""),
        Outcome::Refused => ("s-failed", ", refused"),
        Outcome::Repeated => ("s-reopened", ", again"),
    };
    let did = match entry.action.as_str() {
        "freeze.make" => "froze it",
        "freeze.drill" => "began the drill",
        "freeze.ask_to_lift" => "asked for it to be lifted",
        "freeze.lift" => "lifted it",
        "freeze.keep" => "kept it",
        other => words::action(other),
    };
    EventView {
        class,
        what: Sentence::default().strong(entry.actor_name.clone()).text(format!(" {did}{after}")),
        time: Some(visitor.zone.exact(entry.at, visitor.now)),
        text: entry.reason.clone(),
        sub: Some(format!("{}, {}", words::via(&entry.via), entry.request_id)),
        next: false,
    }
}

fn refused(visitor: &Visitor, line: &AuditLine) -> RefusedRow {
    let entry = &line.link.entry;
    let subject = entry.subject_id.clone().unwrap_or_default();
    RefusedRow {
        time: visitor.zone.exact(entry.at, visitor.now),
        who: entry.actor_name.clone(),
        what: audit::did(entry),
        href: record(&subject),
        subject,
    }
}
