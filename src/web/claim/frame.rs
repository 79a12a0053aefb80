//! The frame of a recipient's pages, and the pages that say why something did not happen.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue, REFERRER_POLICY};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;

use super::super::assets;
use super::super::display::Tone;
use super::super::failure::{Failure, failure_of, minutes};
use super::super::respond;
use super::offer::Fact;
use crate::error::Error;
use crate::http::request_id::Traced;
use crate::service::Desk;

/// What stands around a recipient's page.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    pub title: String,
    /// The form on this page was refused.
    pub failed: bool,
    /// Who pays, where the link is known.
    pub sender: Option<String>,
    /// Where this desk is.
    pub host: String,
    /// The link's own page.
    pub home: String,
    /// Token for every form on the page.
    pub csrf: String,
}

/// A page that says how things are, and asks nothing.
#[derive(Template)]
#[template(path = "claim/message.html")]
pub struct MessagePage {
    pub frame: Frame,
    pub tone: Tone,
    pub heading: String,
    /// Sentences, each a paragraph.
    pub lines: Vec<String>,
    pub facts: Vec<Fact>,
    /// Where to go on, and the word for it.
    pub way: Option<(String, &'static str)>,
    /// Shown where the desk's log may be needed.
    pub request_id: Option<String>,
}

impl Frame {
    pub fn of(desk: &Desk) -> Frame {
        let host = desk.config.public_url.split("://").last().unwrap_or_default().to_owned();
        Frame { host, ..Frame::default() }
    }

    /// The address of a static file, with its content hash.
    pub fn asset(&self, path: &str) -> String {
        assets::url(path)
    }

    /// The first letter of who pays.
    pub fn mark(&self) -> String {
        let first = self.sender.as_deref().and_then(|name| name.chars().next());
        first.map_or_else(|| "P".to_owned(), |letter| letter.to_uppercase().to_string())
    }
}

/// Keeps search engines and referrers away, and draws a page for everything that failed or was not there.
pub async fn draw(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut response = next.call(request).await?.map_into_boxed_body();
    if let Some(failure) = failure_of(&response) {
        let allow = response.headers().get(ALLOW).cloned();
        let mut drawn = refused(response.request(), &failure);
        if let Some(allow) = allow {
            drawn.headers_mut().insert(ALLOW, allow);
        }
        response = response.into_response(drawn);
    }
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex, nofollow, noarchive"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

fn refused(request: &HttpRequest, failure: &Failure) -> HttpResponse {
    let Some(desk) = request.app_data::<web::Data<Desk>>() else { return failure.error_response() };
    let (tone, heading, lines) = words(failure);
    let token = request.match_info().get("token");
    let way = token.filter(|_| failure.status_code() != StatusCode::NOT_FOUND);
    let status = failure.status_code();
    let page = MessagePage {
        frame: Frame { title: heading.to_owned(), ..Frame::of(desk) },
        tone,
        heading: heading.to_owned(),
        lines,
        facts: Vec::new(),
        way: way.map(|token| (format!("/l/{token}"), "Open the page again")),
        request_id: status.is_server_error().then(|| Traced::of(request).id),
    };
    let Ok(mut response) = respond::with_status(status, &page) else { return failure.error_response() };
    for (name, value) in failure.headers() {
        response.headers_mut().insert(name, value);
    }
    response
}

fn words(failure: &Failure) -> (Tone, &'static str, Vec<String>) {
    let say = |tone, heading, lines: &[&str]| (tone, heading, lines.iter().map(|line| (*line).to_owned()).collect());
    match failure {
        Failure::Desk(Error::NotFound(_)) => say(
            Tone::Info,
            "Nothing is here",
            &[
                "No payment is known under this address. It may be mistyped or cut off.",
                "Copy it whole from the message that you were sent, or ask whoever sent it.",
            ],
        ),
        Failure::Desk(Error::TooManyAttempts { retry_after }) => (
            Tone::Warn,
            "Too many attempts",
            vec![
                format!("Wait {}, then try again.", minutes(*retry_after)),
                "The money is where it was: nothing was lost.".to_owned(),
            ],
        ),
        Failure::Desk(Error::Unavailable) => say(
            Tone::Bad,
            "This page cannot be used right now",
            &["Nothing was done halfway. Try again in a few seconds."],
        ),
        Failure::StaleForm => say(
            Tone::Warn,
            "This form was open for too long",
            &[
                "It was not used. Open the page again and send the form once more.",
                "If that does not help, allow cookies for this page.",
            ],
        ),
        Failure::ForeignForm => {
            say(Tone::Bad, "This form came from another site", &["It was not used. Nothing was done."])
        }
        Failure::WrongMethod => say(Tone::Info, "This page cannot be used that way", &["Nothing was done."]),
        Failure::BadForm | Failure::TooLarge | Failure::WrongType => {
            say(Tone::Warn, "This form cannot be read", &["Nothing was done. Open the page and try again."])
        }
        _ => say(
            Tone::Bad,
            "Something went wrong",
            &[
                "Open the page again: it shows whether your details were taken. If it happens again, tell whoever sent it.",
            ],
        ),
    }
}
