//! The signed-in person behind a page, and the frame that page gets.

use std::future::{Ready, ready};

use actix_session::{Session, SessionExt};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};

use super::csrf;
use super::display::{NoticeView, TimeView, Tone};
use super::failure::Failure;
use super::layout::{FreezeStrip, FreezesSaid, Layout, Looks, Person, Place, SessionEnd};
use super::numbers::many;
use super::session::{self, Found};
use super::time::Zone;
use super::words;
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::money::group;
use crate::domain::staff::{Operation, Role};
use crate::error::Error;
use crate::http::request_id::Traced;
use crate::service::Desk;
use crate::service::sessions::{FreezeMark, LOOKED_AT, OpenSession};

/// A signed-in person opening a page. As an extractor it sends everyone else to the door.
pub struct Visitor {
    pub caller: Caller,
    pub zone: Zone,
    /// The time of this request, in Unix microseconds.
    pub now: i64,
    /// Names this session in the list of sessions.
    pub handle: String,
    pub email: String,
    reader: Box<OpenSession>,
    session: Session,
    desk: web::Data<Desk>,
}

/// How long before the last end the page begins to say so, in microseconds.
const SOON: i64 = 10 * 60 * 1_000_000;

impl Visitor {
    /// The person whose session the request carries.
    pub fn of(request: &HttpRequest) -> Result<Visitor, Failure> {
        let desk = request.app_data::<web::Data<Desk>>().ok_or(Error::Internal)?.clone();
        let session = request.get_session();
        let reader = match session::reader(&session) {
            Found::Reader(reader) => reader,
            Found::Unavailable => return Err(Error::Unavailable.into()),
            Found::Nobody => return Err(to_the_door(request, &desk)),
        };
        let traced = Traced::of(request);
        let who = Who::Staff { id: reader.staff_id, name: reader.name.clone(), role: reader.role };
        Ok(Visitor {
            caller: Caller { who, via: Via::Page, ip: traced.ip_text(), request_id: traced.id },
            zone: Zone::named(&reader.zone).unwrap_or_default(),
            now: desk.clock.now(),
            handle: reader.handle.clone(),
            email: reader.email.clone(),
            reader,
            session,
            desk,
        })
    }

    pub fn role(&self) -> Role {
        self.reader.role
    }

    /// Whether to offer something; the service decides again when it is done.
    pub fn may(&self, operation: Operation) -> bool {
        self.role().may(operation)
    }

    /// The frame of a page. It takes the notice that the last request left, so it is called once, for the page shown.
    pub fn layout(&self, title: impl Into<String>, place: Place) -> Layout {
        let reader = &self.reader;
        let freezes = self.freezes();
        Layout {
            title: title.into(),
            place,
            failed: false,
            organisation: organisation(&self.desk, reader.organisation.clone()),
            person: Some(Person {
                name: reader.name.clone(),
                initials: initials(&reader.name),
                role: words::role(reader.role).to_owned(),
                admin: reader.role == Role::Admin,
            }),
            csrf: csrf::token(&self.session),
            looks: Looks {
                theme: ["light", "dark"].into_iter().find(|theme| *theme == reader.theme),
                comfortable: reader.comfortable == 1,
                shortcuts: reader.shortcuts == 1,
            },
            approvals_due: if self.may(Operation::DecidePayout) { due(reader) } else { String::new() },
            flash: take_flash(&self.session),
            session: Some(self.session_end()),
            freezes_said: self.freezes_said(&freezes),
            freezes,
            zone: self.zone.label(self.now),
            now: Some(self.zone.full(self.now)),
            as_of: self.zone.clock(self.now),
        }
    }

    /// Leaves a notice for the next page.
    pub fn flash(&self, notice: NoticeView) {
        leave_flash(&self.session, &notice);
    }

    /// Forgets the browser's session; the service has ended it.
    pub fn leave(&self) {
        self.session.purge();
    }

    fn freezes(&self) -> Vec<FreezeStrip> {
        let marks: Vec<FreezeMark> = serde_json::from_str(&self.reader.freezes).unwrap_or_default();
        let strip = |mark: FreezeMark| {
            let what = mark.scope.what(&mark.subject_name);
            let drill = mark.drill == 1;
            let since = self.zone.at(mark.id.created_at(), self.now);
            let asked = if mark.asked_at.is_some() { "; somebody asks for the lift" } else { "" };
            FreezeStrip {
                href: format!("/freezes/{}", mark.id),
                what: if drill { format!("Drill: {what} would be frozen") } else { format!("{what} is frozen") },
                note: match drill {
                    true => format!("since {since}. Nothing is stopped{asked}."),
                    false => format!(
                        "since {since}. Nothing of it is handed over, approved or claimed; cancelling goes on{asked}."
                    ),
                },
                drill,
            }
        };
        marks.into_iter().map(strip).collect()
    }

    /// More than one in a single line, so that they do not fill a small screen.
    fn freezes_said(&self, strips: &[FreezeStrip]) -> Option<FreezesSaid> {
        if strips.len() < 2 {
            return None;
        }
        let real = self.frozen() as usize;
        let drills = strips.iter().filter(|strip| strip.drill).count();
        let stand = if real == 1 { "stands" } else { "stand" };
        let words = match (real, drills) {
            (0, _) => format!("{} go on", many(drills, "drill", "drills")),
            (_, 0) => format!("{} {stand}", many(real, "freeze", "freezes")),
            _ => format!("{} {stand}, and {}", many(real, "freeze", "freezes"), many(drills, "drill", "drills")),
        };
        Some(FreezesSaid { words, bad: real > 0 })
    }

    /// How many freezes stand that are no drill, also beyond those that every page names.
    pub fn frozen(&self) -> u64 {
        self.reader.frozen.unsigned_abs()
    }

    fn session_end(&self) -> SessionEnd {
        let latest = self.reader.expires_at;
        let idle = (self.reader.last_seen_at + self.desk.config.session_idle).min(latest);
        let view = |at| TimeView { shown: self.zone.at(at, self.now), ..self.zone.full(at) };
        let left = (idle - self.now).max(0) / 1_000_000;
        SessionEnd { idle: view(idle), left, latest: view(latest), soon: latest - self.now < SOON }
    }
}

impl FromRequest for Visitor {
    type Error = Failure;
    type Future = Ready<Result<Visitor, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Visitor::of(request))
    }
}

/// The frame of a page for visitors.
pub fn door(desk: &Desk, session: &Session, organisation_name: Option<String>, title: &str) -> Layout {
    Layout {
        title: title.to_owned(),
        organisation: organisation(desk, organisation_name),
        csrf: csrf::token(session),
        ..Layout::default()
    }
}

/// How many payouts the reader may decide, as text; beyond those that were looked at there may be more.
fn due(reader: &OpenSession) -> String {
    let more = if reader.waiting > LOOKED_AT { "+" } else { "" };
    match reader.to_approve {
        0 => String::new(),
        due => format!("{}{more}", group(due.unsigned_abs())),
    }
}

/// Whose desk it is, or else where it is.
fn organisation(desk: &Desk, name: Option<String>) -> String {
    let host = || desk.config.public_url.split("://").last().unwrap_or_default().to_owned();
    name.filter(|name| !name.is_empty()).unwrap_or_else(host)
}

/// After signing in a page goes on where it was asked for; a form does not.
fn to_the_door(request: &HttpRequest, desk: &Desk) -> Failure {
    let asked = request.uri().path_and_query().map(|path| path.as_str().to_owned());
    Failure::SignIn {
        next: asked.filter(|_| request.method() == Method::GET),
        ended: request.cookie(session::cookie_name(&desk.config)).is_some(),
    }
}

fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

fn leave_flash(session: &Session, notice: &NoticeView) {
    let left = session.insert(session::FLASH, (notice.tone.class(), &notice.title, &notice.text));
    if let Err(error) = left {
        tracing::warn!(%error, "a notice could not be left");
    }
}

fn take_flash(session: &Session) -> Option<NoticeView> {
    let (tone, title, text) = session.remove_as::<(String, String, Option<String>)>(session::FLASH)?.ok()?;
    let tone = [Tone::Good, Tone::Warn, Tone::Bad, Tone::Unsure].into_iter().find(|known| known.class() == tone);
    Some(NoticeView { tone: tone.unwrap_or(Tone::Info), title, text, link: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_one_or_two_letters() {
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("Ana María de la Cruz"), "AC");
        assert_eq!(initials("  "), "");
    }
}
