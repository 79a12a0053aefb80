//! The page of an incident: what is frozen and why, what happened, what stands in it, and what it stopped.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::standing::{self, Figures, StandingRow, Told};
use super::{freeze_id, href, status, timeline, title};
use crate::domain::batch::{Batch, Fate};
use crate::domain::freeze::{Freeze, Kind, Scope, Standing, State};
use crate::domain::money::{Money, group};
use crate::domain::staff::Operation;
use crate::service::Desk;
use crate::service::freezes::{self, Incident};
use crate::service::link_list::LinkQuery;
use crate::store::audit::AuditLine;
use crate::store::freezes::LOOKED_AT;
use crate::store::payouts::Bucket;
use crate::web::address::record;
use crate::web::auth::Visitor;
use crate::web::display::{ActView, EventView, MoneyText, NoticeView, OptionView, StatusView, TimeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::form_key;
use crate::web::payouts::query::ListQuery;
use crate::web::time::lasted;
use crate::web::{audit, batches, links, respond};

/// One freeze with what it came to.
#[derive(Template)]
#[template(path = "freezes/show.html")]
pub struct IncidentPage {
    pub layout: Layout,
    pub id: String,
    pub href: String,
    pub title: String,
    pub status: StatusView,
    pub drill: bool,
    pub lifted: bool,
    /// For example `since 21 November 2026, 14:02 CET, for 3 h 20 min`.
    pub since: String,
    pub notices: Vec<NoticeView>,
    /// Label and text.
    pub facts: Vec<OptionView>,
    pub acts: Vec<ActView>,
    /// The key of the button that makes a batch of it.
    pub cancel: Option<String>,
    /// What it stops now, or stopped when it was lifted, per currency.
    pub stopped: String,
    pub sums: Vec<MoneyText>,
    pub open: Vec<StandingRow>,
    /// Head of its figures.
    pub standing_head: &'static str,
    /// Payouts whose outcome nobody knows now, and those whose provider has not answered whether it stops them.
    pub unknown: Option<DoubtView>,
    pub asked: Option<DoubtView>,
    /// Payout links that hold money while it stands, in words; no batch cancels them.
    pub links: Option<DoubtView>,
    pub batches: Vec<BatchRow>,
    pub ended: Vec<StandingRow>,
    /// Only the newest were counted.
    pub capped: bool,
    pub events: Vec<EventView>,
    pub refused: Vec<RefusedRow>,
    pub more_refused: bool,
}

/// Payouts that somebody waits for.
#[derive(Clone, Debug)]
pub struct DoubtView {
    /// For example `12`, or `At least 10,000`.
    pub count: String,
    pub sums: Vec<MoneyText>,
    /// The list of them, if there is one.
    pub href: Option<String>,
}

/// A batch that was made of it.
#[derive(Clone, Debug)]
pub struct BatchRow {
    pub href: String,
    pub what: String,
    pub by: String,
    pub made: TimeView,
    pub status: StatusView,
    /// What was found that can be cancelled at once, and what the provider has to be asked for.
    pub now: Figures,
    pub ask: Figures,
    /// What came of it.
    pub results: String,
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
    let lifted = freeze.state == State::Lifted;
    let (records, sums) = standing::stopped(&found.now);
    let told = if lifted { Told::Lifted } else { Told::Frozen };
    let mut open = standing::open(&found.now, &found.then, told);
    if !lifted {
        open.iter_mut().for_each(|row| row.href = list(found, row.kind, &row.bucket));
    }
    let may_cancel = visitor.may(Operation::CancelPayout) && !lifted;
    IncidentPage {
        layout: visitor.layout(title(freeze), Place::Freezes),
        id: freeze.id.to_string(),
        href: href(freeze),
        title: title(freeze),
        status: status(freeze),
        drill: freeze.drill,
        lifted,
        since: since(visitor, freeze),
        notices: notices(freeze),
        facts: facts(visitor, freeze),
        acts: acts(visitor, freeze),
        cancel: may_cancel.then(form_key),
        stopped: group(records.unsigned_abs()),
        sums,
        open,
        standing_head: if lifted { "At the lift" } else { "Now" },
        unknown: doubt(found, "unknown"),
        asked: doubt(found, "asked"),
        links: held_links(found).filter(|_| !lifted),
        batches: found.batches.iter().map(|batch| batch_row(visitor, batch)).collect(),
        ended: standing::ended(&found.now, &found.then),
        capped: found.capped,
        events: timeline::events(visitor, found),
        refused: found.refused.iter().map(|line| refused(visitor, line)).collect(),
        more_refused: found.more_refused,
    }
}

/// How long it stands, or stood.
fn since(visitor: &Visitor, freeze: &Freeze) -> String {
    let (zone, since) = (visitor.zone, freeze.id.created_at());
    let Some(until) = freeze.lifted_at else {
        return format!("since {}, for {}", zone.full(since).shown, lasted(visitor.now - since));
    };
    let end = if zone.date(since) == zone.date(until) { zone.clock(until) } else { zone.at(until, visitor.now) };
    let word = if freeze.drill { "Drill" } else { "Frozen" };
    format!("{word} {} to {end}, {}", zone.at(since, visitor.now), lasted(until - since))
}

fn doubt(found: &Incident, bucket: &str) -> Option<DoubtView> {
    let (records, sums) = standing::total(found.doubts.iter().filter(|part| part.bucket == bucket));
    let more = if records >= LOOKED_AT { "At least " } else { "" };
    (records > 0).then(|| DoubtView {
        count: format!("{more}{}", group(records.unsigned_abs())),
        sums,
        href: Bucket::from_name(bucket).and_then(|_| list(found, Kind::Payout, bucket)),
    })
}

/// Links that are open, with the list of the more usual ones among them.
fn held_links(found: &Incident) -> Option<DoubtView> {
    let holds = |part: &&Standing| part.kind == Kind::Link && ["issued", "reopened"].contains(&part.bucket.as_str());
    let (records, sums) = standing::total(found.now.iter().filter(holds));
    let bucket = found.now.iter().find(holds).map_or("issued", |part| part.bucket.as_str());
    let count = match records {
        1 => "1 payout link holds".to_owned(),
        more => format!("{} payout links hold", group(more.unsigned_abs())),
    };
    (records > 0).then(|| DoubtView { count, sums, href: list(found, Kind::Link, bucket) })
}

fn batch_row(visitor: &Visitor, batch: &Batch) -> BatchRow {
    let groups = batch.summary().groups;
    let figures = |fate: Fate| {
        let of = || groups.iter().filter(|group| group.fate == fate);
        let items: i64 = of().map(|group| group.items).sum();
        let mut sums: Vec<Money> = of().flat_map(|group| group.sums.clone()).collect();
        sums.sort_by_key(|sum| sum.currency.code());
        Figures { count: group(items.unsigned_abs()), sums: sums.into_iter().map(MoneyText::from).collect() }
    };
    BatchRow {
        href: format!("/batches/{}", batch.id),
        what: batches::show::what(batch),
        by: batch.actor_name.clone(),
        made: visitor.zone.short(batch.id.created_at(), visitor.now),
        status: batches::words::status(batch.state),
        now: figures(Fate::Now),
        ask: figures(Fate::Ask),
        results: batches::words::results(batch),
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
        let what = if freeze.drill { "for the drill to end" } else { "for it to be lifted" };
        notices.push(NoticeView::new(Tone::Warn, format!("{name} asks {what}")).with_text(reason));
    }
    notices
}

fn facts(visitor: &Visitor, freeze: &Freeze) -> Vec<OptionView> {
    let at = |at: Option<i64>| at.map(|at| visitor.zone.full(at).shown).unwrap_or_default();
    let [by, since, asked, lifted_by, lifted] = match freeze.drill {
        true => ["Begun by", "Begun at", "End asked for by", "Ended by", "Ended at"],
        false => ["Frozen by", "Frozen at", "Lift asked for by", "Lifted by", "Lifted at"],
    };
    let mut facts = vec![
        OptionView::new("What", freeze.what()),
        OptionView::new("Reason", freeze.reason.clone()),
        OptionView::new(by, freeze.maker_name.clone()),
        OptionView::new(since, at(Some(freeze.id.created_at()))),
    ];
    if let Some(name) = &freeze.asker_name {
        facts.push(OptionView::new(asked, name.clone()));
        facts.push(OptionView::new("Why", freeze.asked_reason.clone().unwrap_or_default()));
    }
    if let Some(name) = &freeze.lifter_name {
        facts.push(OptionView::new(lifted_by, name.clone()));
        facts.push(OptionView::new(lifted, at(freeze.lifted_at)));
    }
    facts
}

fn acts(visitor: &Visitor, freeze: &Freeze) -> Vec<ActView> {
    if freeze.state == State::Lifted {
        return Vec::new();
    }
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
    let [ask_word, lift_word, keep_word] = match freeze.drill {
        true => ["Ask for the end", "End the drill", "Go on with the drill"],
        false => ["Ask for the lift", "Lift the freeze", "Keep the freeze"],
    };
    let ask = match freeze.check_ask() {
        _ if !visitor.may(Operation::Freeze) => act(ask_word, None, no_role()),
        Ok(()) => {
            let note = match freeze.drill {
                true => "Say what came of it; another person, an approver, then ends it.",
                false => "Say why it can go on; another person, an approver, then lifts it.",
            };
            act(ask_word, Some(format!("{}/request", href(freeze))), note.to_owned())
        }
        Err(refusal) => act(ask_word, None, told(refusal)),
    };
    let lift = match freeze.check_lift(&visitor.caller) {
        Ok(()) if !visitor.may(Operation::LiftFreeze) => act(lift_word, None, no_role()),
        Ok(()) => {
            let note = match freeze.drill {
                true => "Nothing was held back.",
                false => "What it held back goes on at once, by itself.",
            };
            act(lift_word, Some(format!("{}/lift", href(freeze))), note.to_owned())
        }
        Err(refusal) => act(lift_word, None, told(refusal)),
    };
    let keep = (freeze.check_keep().is_ok() && lift.href.is_none() && visitor.may(Operation::Freeze)).then(|| {
        let note = if freeze.drill {
            "The question is taken back."
        } else {
            "The question is taken back, and the freeze stays."
        };
        act(keep_word, Some(format!("{}/lift", href(freeze))), note.to_owned())
    });
    let mut acts: Vec<ActView> = [Some(lift), Some(ask), keep].into_iter().flatten().collect();
    acts.sort_by_key(|act| act.href.is_none());
    acts
}

/// The list of what stands in it under one tab; none when no list shows just that.
fn list(found: &Incident, kind: Kind, bucket: &str) -> Option<String> {
    let number = || found.number.map(|number| number.to_string());
    let (scope, subject) = (found.freeze.scope, found.freeze.subject.clone());
    let status = bucket.to_owned();
    match kind {
        Kind::Payout => {
            let all = ListQuery { status, ..ListQuery::default() };
            let list = match scope {
                Scope::Everything => all,
                Scope::Client => ListQuery { client: number()?, ..all },
                Scope::Wallet => ListQuery { wallet: number()?, ..all },
                Scope::Payee => ListQuery { payee: subject, ..all },
                Scope::Rail => ListQuery { provider: subject, ..all },
                Scope::Credential => ListQuery { credential: subject, ..all },
            };
            Some(list.href())
        }
        Kind::Link => {
            let all = LinkQuery { status, ..LinkQuery::default() };
            let list = match scope {
                Scope::Everything => all,
                Scope::Client => LinkQuery { client: number()?, ..all },
                Scope::Wallet => LinkQuery { wallet: number()?, ..all },
                Scope::Payee => LinkQuery { contact: subject, ..all },
                Scope::Rail => LinkQuery { provider: subject, ..all },
                Scope::Credential => LinkQuery { credential: subject, ..all },
            };
            Some(links::query::href(&list))
        }
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
