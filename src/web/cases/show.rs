//! One case: what is not known, what was written down about it, and how to settle it.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::{answer, asks, href, kind, never_asked, reference, status, verdict, which};
use crate::domain::case::{Case, Ending, State, Verdict};
use crate::domain::evidence::Evidence;
use crate::domain::ids::{CaseId, EvidenceId};
use crate::domain::manual;
use crate::domain::money::group;
use crate::domain::payout::Refusal;
use crate::domain::staff::Operation;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::cases;
use crate::store::cases::{CaseLine, CaseNote};
use crate::web::auth::Visitor;
use crate::web::display::{FieldView, MoneyText, NoticeView, OptionView, Problem, StatusView, TimeView, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::{respond, words};

/// One case.
#[derive(Template)]
#[template(path = "cases/show.html")]
pub struct CasePage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// Why what was sent was not done.
    pub refused: Option<NoticeView>,
    /// What was typed, where there is no field any more that could show it.
    pub unsaved: String,
    pub href: String,
    pub id: String,
    pub kind: &'static str,
    pub status: StatusView,
    pub reference: String,
    pub payout_href: String,
    pub payee: String,
    pub client: String,
    pub money: MoneyText,
    pub since: TimeView,
    pub provider: String,
    pub provider_reference: String,
    pub wallet: OptionView,
    /// Who asked for the cancellation or reversal, and why.
    pub asked_for: Option<String>,
    /// What the provider itself said last; empty when it never has.
    pub answer: String,
    pub answered: Option<TimeView>,
    /// How often the provider was asked; none where nobody asks it.
    pub questions: Option<String>,
    pub next: Option<TimeView>,
    /// Why the provider is not asked again by itself.
    pub never: &'static str,
    pub owner: String,
    /// The owner's id, empty for nobody.
    pub owner_id: String,
    /// The reader looks after it.
    pub mine: bool,
    pub audit_href: String,
    /// How it ended; none while it is open.
    pub ended: Option<NoticeView>,
    /// The reader may take it, note on it, ask and propose.
    pub works: bool,
    /// The provider can be asked again.
    pub askable: bool,
    /// Where staff record what became of it, when they are its provider.
    pub record_href: Option<String>,
    pub version: i64,
    pub subject_version: i64,
    /// What may be proposed; empty when something is proposed, and when it is closed.
    pub verdicts: Vec<VerdictView>,
    pub proposal: Option<ProposalView>,
    pub reason: FieldView,
    pub outcome: FieldView,
    pub note: FieldView,
    /// Text that is pasted to be kept as a file.
    pub pasted: FieldView,
    pub file: FieldView,
    /// Notes and files, newest first.
    pub notes: Vec<NoteView>,
}

/// Something that staff may say of it.
#[derive(Clone, Debug)]
pub struct VerdictView {
    pub value: &'static str,
    pub word: &'static str,
    pub effect: &'static str,
    pub chosen: bool,
}

/// What somebody proposed.
#[derive(Clone, Debug)]
pub struct ProposalView {
    pub word: &'static str,
    pub effect: &'static str,
    pub reason: String,
    pub by: String,
    pub at: TimeView,
    /// Why the reader may not confirm it; none when they may.
    pub refusal: Option<NoticeView>,
}

/// A note, or a file.
#[derive(Clone, Debug)]
pub struct NoteView {
    /// Of the note; empty for a file.
    pub text: String,
    pub by: String,
    pub at: TimeView,
    pub file: Option<FileView>,
    /// When it came, where that matters: since the proposal, or after the end.
    pub mark: Option<&'static str>,
}

/// A file that stands on the case.
#[derive(Clone, Debug)]
pub struct FileView {
    pub href: String,
    pub name: String,
    /// For example `PDF, 48 KB`.
    pub sort: String,
    pub sha256: String,
    /// Who withdrew it, when and why; none while it counts.
    pub withdrawn: Option<String>,
    /// As the mark of a note, of the withdrawal.
    pub withdrawn_mark: Option<&'static str>,
    /// The reader may withdraw it.
    pub may_withdraw: bool,
    /// The field of its reason: its id, and what was typed into it.
    pub field: String,
    pub reason: FieldView,
}

/// What was typed into a refused form.
#[derive(Debug, Default)]
pub struct Typed {
    pub outcome: String,
    pub reason: String,
    pub note: String,
    pub pasted: String,
    /// The file whose withdrawal was refused, and the reason given.
    pub withdrawn: Option<EvidenceId>,
    pub file_reason: String,
    pub errors: Vec<FieldError>,
    pub refusal: Option<Refusal>,
}

/// GET /cases/{id}
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    respond::page(&page(&visitor, &desk, which(&id)?, Typed::default()).await?)
}

/// The page, with what was typed and is wrong.
pub async fn page(visitor: &Visitor, desk: &Desk, id: CaseId, typed: Typed) -> Result<CasePage, Error> {
    let (line, notes, files) = cases::get(desk, &visitor.caller, id).await?;
    let case = &line.case;
    let works = visitor.may(Operation::WorkCases);
    let mut layout = visitor.layout(format!("{}, {}", kind(case.kind), reference(&line)), Place::Cases);
    layout.failed = !typed.errors.is_empty() || typed.refusal.is_some();
    let open = case.state != State::Closed;
    let verdicts = [Verdict::Done, Verdict::NotDone].into_iter().filter(|verdict| case.kind.may_be(*verdict));
    let offered = verdicts.map(|said| {
        let (word, effect) = verdict(case.kind, said);
        VerdictView { value: said.name(), word, effect, chosen: typed.outcome == said.name() }
    });
    let verdicts = if works && case.state == State::Open { offered.collect() } else { Vec::new() };
    let asked = open && case.kind.is_asked() && line.rail != manual::NAME;
    Ok(CasePage {
        refused: typed.refusal.as_ref().map(notice),
        unsaved: if verdicts.is_empty() { typed.reason.trim().to_owned() } else { String::new() },
        problems: respond::problems(&typed.errors),
        href: href(case.id),
        id: case.id.to_string(),
        kind: kind(case.kind),
        status: status(&line),
        reference: reference(&line),
        payout_href: format!("/payouts/{}", case.payout_id),
        payee: line.payee_name(),
        client: line.client_name.clone(),
        money: case.amount().into(),
        since: visitor.zone.full(case.since),
        provider: words::provider(&line.rail),
        provider_reference: line.rail_reference.clone().unwrap_or_default(),
        wallet: OptionView::new(format!("/wallets/{}", line.wallet_number), line.wallet_name.clone()),
        asked_for: asked_for(&line),
        answer: answer(&line),
        answered: line.last_answer_at.map(|at| visitor.zone.on(at)),
        questions: (case.kind.is_asked() && line.rail != manual::NAME).then(|| {
            let times = many(usize::try_from(case.questions).unwrap_or_default(), "time", "times");
            format!("{times}, last {}", visitor.zone.on(case.asked_at).shown)
        }),
        next: asks(&line).map(|at| visitor.zone.on(at)),
        never: never_asked(&line),
        owner: line.owner_name.clone().unwrap_or_default(),
        owner_id: case.owner_staff_id.map(|id| id.to_string()).unwrap_or_default(),
        mine: case.owner_staff_id.is_some() && case.owner_staff_id == visitor.caller.person(),
        audit_href: format!("/audit?about={}", case.id),
        ended: ended(visitor, &line),
        works,
        askable: works && asked,
        record_href: (works && open && line.rail == manual::NAME).then(|| format!("/manual/{}", case.payout_id)),
        version: case.version,
        subject_version: line.version_now.unwrap_or_default(),
        verdicts,
        proposal: proposal(visitor, &line),
        reason: respond::field("reason", &typed.reason, &typed.errors),
        outcome: respond::field("outcome", &typed.outcome, &typed.errors),
        note: respond::field("note", &typed.note, &typed.errors),
        pasted: respond::field("file_text", &typed.pasted, &typed.errors),
        file: respond::field("file", "", &typed.errors),
        notes: told(visitor, case, &notes, &files, &typed),
        layout,
    })
}

/// Notes and files in one line of time, newest first.
fn told(visitor: &Visitor, case: &Case, notes: &[CaseNote], files: &[Evidence], typed: &Typed) -> Vec<NoteView> {
    let notes = notes.iter().map(|note| (note.id.created_at(), note_view(visitor, case, note)));
    let files = files.iter().map(|file| (file.id.created_at(), file_view(visitor, case, file, typed)));
    let mut all: Vec<_> = notes.chain(files).collect();
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all.into_iter().map(|(_, view)| view).collect()
}

/// What the second person has not been shown when it was proposed, and what nobody weighed who settled it.
fn mark(case: &Case, at: i64) -> Option<&'static str> {
    match (case.closed_at, case.ending, case.proposed_at) {
        (Some(closed), Some(Ending::Settled), _) if at > closed => Some("Added after it was settled"),
        (Some(closed), ..) if at > closed => Some("Added after it was closed"),
        (None, _, Some(proposed)) if at > proposed => Some("New since it was proposed"),
        _ => None,
    }
}

/// Why the cancellation or reversal was asked for that this is about.
fn asked_for(line: &CaseLine) -> Option<String> {
    let by = line.asked_by.as_ref()?;
    Some(match &line.asked_because {
        Some(reason) => format!("{by}: {reason}"),
        None => format!("{by}, without a reason"),
    })
}

fn notice(refusal: &Refusal) -> NoticeView {
    let notice = NoticeView::new(Tone::Warn, format!("Not done: {}", refusal.reason));
    match &refusal.instead {
        Some(instead) => notice.with_text(instead.clone()),
        None => notice,
    }
}

fn note_view(visitor: &Visitor, case: &Case, note: &CaseNote) -> NoteView {
    let at = visitor.zone.on(note.id.created_at());
    let mark = mark(case, note.id.created_at());
    NoteView { text: note.note.clone(), by: note.staff_name.clone(), at, file: None, mark }
}

fn file_view(visitor: &Visitor, case: &Case, file: &Evidence, typed: &Typed) -> NoteView {
    let refused = typed.withdrawn == Some(file.id);
    let withdrawn = file.withdrawn_at.map(|at| {
        let (by, reason) = (file.withdrawer_name.as_deref().unwrap_or_default(), &file.withdrawn_reason);
        format!("Withdrawn by {by}, {}: {}", visitor.zone.on(at).shown, reason.as_deref().unwrap_or_default())
    });
    let view = FileView {
        href: format!("{}/evidence/{}", href(file.case_id), file.id),
        name: file.name.clone(),
        sort: format!("{}, {}", file.kind.words(), size(file.size)),
        sha256: file.sha256.clone(),
        may_withdraw: withdrawn.is_none() && visitor.may(Operation::WorkCases),
        withdrawn,
        withdrawn_mark: file.withdrawn_at.and_then(|at| mark(case, at)),
        field: if refused { "file_reason".to_owned() } else { format!("why-{}", file.id) },
        reason: if refused {
            respond::field("file_reason", &typed.file_reason, &typed.errors)
        } else {
            FieldView::default()
        },
    };
    let (by, at) = (file.staff_name.clone(), visitor.zone.on(file.id.created_at()));
    NoteView { text: String::new(), by, at, file: Some(view), mark: mark(case, file.id.created_at()) }
}

/// `812 bytes`, `48 KB`.
fn size(bytes: i64) -> String {
    match bytes {
        ..1_024 => format!("{bytes} bytes"),
        _ => format!("{} KB", group(bytes.unsigned_abs().div_ceil(1_024))),
    }
}

fn proposal(visitor: &Visitor, line: &CaseLine) -> Option<ProposalView> {
    let case = &line.case;
    let said = case.verdict.filter(|_| case.state == State::Settling)?;
    let (word, effect) = verdict(case.kind, said);
    let refusal = match case.check_confirm(&visitor.caller, line.version_now.unwrap_or_default()) {
        _ if !visitor.may(Operation::SettleCases) => {
            Some(NoticeView::new(Tone::Info, "Another approver or admin confirms this"))
        }
        Err(refusal) => {
            let notice = NoticeView::new(Tone::Warn, refusal.reason);
            Some(match refusal.instead {
                Some(instead) => notice.with_text(instead),
                None => notice,
            })
        }
        Ok(_) => None,
    };
    Some(ProposalView {
        word,
        effect,
        reason: case.verdict_reason.clone().unwrap_or_default(),
        by: line.proposer_name.clone().unwrap_or_default(),
        at: visitor.zone.on(case.proposed_at.unwrap_or(case.since)),
        refusal,
    })
}

fn ended(visitor: &Visitor, line: &CaseLine) -> Option<NoticeView> {
    let case = &line.case;
    let at = visitor.zone.on(case.closed_at?).shown;
    let name = |name: &Option<String>| name.clone().unwrap_or_default();
    Some(match (case.ending, case.verdict) {
        (Some(Ending::Settled), Some(said)) => {
            let reason = case.verdict_reason.clone().unwrap_or_default();
            let (proposer, confirmer) = (name(&line.proposer_name), name(&line.confirmer_name));
            NoticeView::new(Tone::Good, format!("Settled: {}", verdict(case.kind, said).0.to_lowercase()))
                .with_text(format!("{proposer} proposed it, {confirmer} confirmed it, {at}. {reason}"))
        }
        _ => NoticeView::new(Tone::Good, "The doubt has ended by itself")
            .with_text(format!("Closed {at}, in the same moment. The payout’s timeline tells how.")),
    })
}
