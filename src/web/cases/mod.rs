//! The unknown desk: everything whose outcome nobody knows, and each of them as a case.

mod acts;
mod files;
mod index;
mod show;

use actix_web::web;

use super::display::StatusView;
use super::words::case_kind as kind;
use crate::domain::case::{Ending, Kind, State, Verdict};
use crate::domain::ids::CaseId;
use crate::domain::manual;
use crate::error::Error;
use crate::store::cases::CaseLine;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/cases").route(web::get().to(index::index)))
        .service(web::resource("/cases/{id}").route(web::get().to(show::show)))
        .service(web::resource("/cases/{id}/owner").route(web::get().to(acts::back)).route(web::post().to(acts::take)))
        .service(
            web::resource("/cases/{id}/release").route(web::get().to(acts::back)).route(web::post().to(acts::release)),
        )
        .service(web::resource("/cases/{id}/notes").route(web::get().to(acts::back)).route(web::post().to(acts::note)))
        .service(
            web::resource("/cases/{id}/evidence").route(web::get().to(acts::back)).route(web::post().to(files::add)),
        )
        .service(web::resource("/cases/{id}/evidence/{evidence}").route(web::get().to(files::download)))
        .service(
            web::resource("/cases/{id}/evidence/{evidence}/withdrawal")
                .route(web::get().to(files::back))
                .route(web::post().to(files::withdraw)),
        )
        .service(
            web::resource("/cases/{id}/questions").route(web::get().to(acts::back)).route(web::post().to(acts::ask)),
        )
        .service(
            web::resource("/cases/{id}/proposal").route(web::get().to(acts::back)).route(web::post().to(acts::propose)),
        )
        .service(
            web::resource("/cases/{id}/withdrawal")
                .route(web::get().to(acts::back))
                .route(web::post().to(acts::withdraw)),
        )
        .service(
            web::resource("/cases/{id}/settlement")
                .route(web::get().to(acts::back))
                .route(web::post().to(acts::settle)),
        );
}

/// When the provider is asked next about a doubt.
fn asks(line: &CaseLine) -> Option<i64> {
    let doubt = line.case.state != State::Closed && line.case.kind.is_asked();
    line.next_question_at.filter(|_| doubt)
}

/// Why the provider is not asked again by itself.
fn never_asked(line: &CaseLine) -> &'static str {
    match line.case.kind {
        _ if line.case.state == State::Closed => "None: the case is closed",
        _ if line.rail == manual::NAME => "None: staff pay it, and say what became of it",
        Kind::PaidAfterRefund => "None: it has paid",
        Kind::FailedAfterPaid => "None: it has said both",
        _ => "None: ask it yourself",
    }
}

/// What the provider said, in one line.
fn answer(line: &CaseLine) -> String {
    match (&line.last_answer, &line.last_answer_note) {
        (Some(said), Some(note)) => format!("{said}: {note}"),
        (Some(said), None) => said.clone(),
        (None, _) => String::new(),
    }
}

/// The payout's reference, or its id where a dialect gave none.
fn reference(line: &CaseLine) -> String {
    if line.reference_id.is_empty() { line.case.payout_id.to_string() } else { line.reference_id.clone() }
}

fn href(id: CaseId) -> String {
    format!("/cases/{id}")
}

/// The case in the address.
fn which(id: &str) -> Result<CaseId, Error> {
    id.parse().map_err(|_| Error::NotFound("Case"))
}

/// What staff may say of it: the word, and what it does.
fn verdict(kind: Kind, verdict: Verdict) -> (&'static str, &'static str) {
    match (kind, verdict) {
        (Kind::UnknownPayout, Verdict::Done) => {
            ("It was paid", "The payout is completed: what is held for it is booked as paid out.")
        }
        (Kind::UnknownPayout, Verdict::NotDone) => (
            "It was not paid",
            "The payout fails: amount and fees go back to the wallet. Should the provider have paid it after all, that is \
             a loss.",
        ),
        (Kind::UnknownReversal, Verdict::Done) => ("The money is back", "It is booked as back in the wallet."),
        (Kind::UnknownReversal, Verdict::NotDone) => {
            ("Nothing came back", "The reversal fails; its amount can be asked for again.")
        }
        (Kind::UnansweredCancellation, Verdict::Done) => (
            "It was stopped",
            "The payout ends unpaid: amount and fees go back to the wallet. Should the provider have paid it after all, \
             that is a loss.",
        ),
        (Kind::UnansweredCancellation, Verdict::NotDone) => {
            ("It was not stopped", "The cancellation counts as refused; the payout goes on, its money stays held.")
        }
        (Kind::FailedAfterPaid, Verdict::Done) => {
            ("It was paid", "The payout stays completed: it is booked as paid out already. No money moves.")
        }
        (Kind::FailedAfterPaid, Verdict::NotDone) => (
            "It was not paid",
            "The money counts as returned: what has not been reversed, and the fees, go back to the wallet.",
        ),
        (Kind::PaidAfterRefund, _) => ("It is dealt with", "The case is closed. No money moves."),
    }
}

fn status(line: &CaseLine) -> StatusView {
    match (line.case.state, line.case.ending) {
        (State::Open, _) if line.case.kind == Kind::PaidAfterRefund => StatusView { class: "s-failed", word: "Loss" },
        (State::Open, _) => StatusView { class: "s-unknown", word: "Unknown" },
        (State::Settling, _) => StatusView { class: "s-approve", word: "To confirm" },
        (State::Closed, Some(Ending::Settled)) => StatusView { class: "s-completed", word: "Settled" },
        (State::Closed, _) => StatusView { class: "s-completed", word: "Answered" },
    }
}
