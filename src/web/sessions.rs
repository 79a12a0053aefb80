//! Sessions as people see them: in which browser, from where, since when; and ending them.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{NoticeView, TimeView, Tone};
use super::failure::Failure;
use super::numbers::many;
use super::respond;
use crate::service::Desk;
use crate::service::sessions::{self, Session};

/// Where a person sees their own sessions.
const OWN: &str = "/settings/profile#sessions";

/// One session: a browser in which a person is signed in.
#[derive(Clone, Debug)]
pub struct SessionRow {
    /// Browser and system in words, for example `Firefox on Windows`.
    pub device: String,
    pub ip: String,
    pub started: TimeView,
    pub seen: TimeView,
    /// The reader's own session, which ends by signing out.
    pub this_one: bool,
    /// Where ending it is posted.
    pub end_action: String,
}

/// A form without fields of its own.
#[derive(Deserialize)]
pub struct Confirmed {}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/settings/sessions/others/end").route(web::post().to(end_others)));
    config.service(web::resource("/settings/sessions/{handle}/end").route(web::post().to(end)));
}

/// POST /settings/sessions/{handle}/end
pub async fn end(
    visitor: Visitor,
    desk: web::Data<Desk>,
    handle: web::Path<String>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    sessions::end(&desk, &visitor.caller, &handle).await?;
    visitor.flash(NoticeView::new(Tone::Good, "The session is ended"));
    Ok(respond::see_other(OWN))
}

/// POST /settings/sessions/others/end
pub async fn end_others(
    visitor: Visitor,
    desk: web::Data<Desk>,
    _: Posted<Confirmed>,
) -> Result<HttpResponse, Failure> {
    let ended = sessions::end_others(&desk, &visitor.caller, &visitor.handle).await?;
    let words = many(ended as usize, "other session is ended", "other sessions are ended");
    visitor.flash(NoticeView::new(Tone::Good, words));
    Ok(respond::see_other(OWN))
}

/// The rows of a list of sessions. `end_under` is the address below which each is ended by its handle.
pub fn rows(visitor: &Visitor, sessions: &[Session], end_under: &str) -> Vec<SessionRow> {
    let row = |session: &Session| SessionRow {
        device: session.user_agent.as_deref().map_or_else(|| "Unknown browser".to_owned(), device),
        ip: session.ip.clone().unwrap_or_default(),
        started: visitor.zone.short(session.created_at, visitor.now),
        seen: visitor.zone.short(session.last_seen_at, visitor.now),
        this_one: session.handle == visitor.handle,
        end_action: format!("{end_under}/{}/end", session.handle),
    };
    sessions.iter().map(row).collect()
}

/// `Firefox on Windows`: enough to tell one's own browsers apart; user agents say no more that could be believed.
fn device(user_agent: &str) -> String {
    // Browsers name others for old servers' sake, so the order decides.
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, word)| *word)
    };
    match (find(&BROWSERS), find(&SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("Browser on {system}"),
        // A program: its first word says which.
        (None, None) => user_agent.split_whitespace().next().unwrap_or("Unknown browser").chars().take(40).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_as_people_know_them() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0";
        let phone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Safari/604.1";
        assert_eq!(device(edge), "Edge on Windows");
        assert_eq!(device(phone), "Safari on iPhone");
        assert_eq!(device("curl/8.5.0"), "curl/8.5.0");
        assert_eq!(device(""), "Unknown browser");
    }
}
