//! The pages of freezes: what is frozen, stopping more, lifting by two, and what an incident came to.

mod cancel;
mod index;
mod lift;
mod new;
mod show;
mod standing;
mod timeline;

use actix_web::web;

use super::display::{NoticeView, StatusView, Tone};
use super::words;
use crate::domain::freeze::{Freeze, State};
use crate::domain::ids::FreezeId;
use crate::domain::payout::Refusal;
use crate::error::Error;

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/freezes").route(web::get().to(index::index)).route(web::post().to(new::create)));
    config.service(web::resource("/freezes/new").route(web::get().to(new::form)));
    config.service(web::resource("/freezes/review").route(web::get().to(new::back)).route(web::post().to(new::review)));
    config.service(web::resource("/freezes/{id}").route(web::get().to(show::show)));
    config.service(web::resource("/freezes/{id}/cancel").route(web::post().to(cancel::cancel)));
    config.service(
        web::resource("/freezes/{id}/request").route(web::get().to(lift::request)).route(web::post().to(lift::ask)),
    );
    config.service(
        web::resource("/freezes/{id}/lift").route(web::get().to(lift::step)).route(web::post().to(lift::decide)),
    );
}

fn freeze_id(id: &str) -> Result<FreezeId, Error> {
    id.parse().map_err(|_| Error::NotFound("Freeze"))
}

fn href(freeze: &Freeze) -> String {
    format!("/freezes/{}", freeze.id)
}

/// What a freeze stops of a record, on top of its page.
pub fn notice(refusal: &Refusal) -> NoticeView {
    NoticeView { text: refusal.instead.clone(), ..NoticeView::new(Tone::Warn, words::why_not(refusal)) }
}

/// The status of a freeze as lists and heads show it.
fn status(freeze: &Freeze) -> StatusView {
    match (freeze.state, freeze.drill) {
        (State::Lifted, true) => StatusView { class: "s-completed", word: "Drill over" },
        (State::Active, true) if freeze.is_asked() => StatusView { class: "s-asked", word: "End asked for" },
        (State::Lifted, false) => StatusView { class: "s-completed", word: "Lifted" },
        (State::Active, _) if freeze.is_asked() => StatusView { class: "s-asked", word: "Lift asked for" },
        (State::Active, true) => StatusView { class: "s-active", word: "Drill" },
        (State::Active, false) => StatusView { class: "s-failed", word: "Frozen" },
    }
}

/// What is frozen, with the word that a drill carries everywhere.
fn title(freeze: &Freeze) -> String {
    if freeze.drill { format!("Drill: {}", freeze.what()) } else { freeze.what() }
}
