//! Why a page did not happen, and the page that says so.

use actix_session::SessionExt;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use actix_web::middleware::Next;
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};

use super::auth::{Visitor, door};
use super::display::{OptionView, Tone};
use super::error::{ErrorPage, ErrorView, VisitorErrorPage};
use super::layout::Place;
use super::respond;
use super::time::Zone;
use super::words;
use crate::domain::payout::Rule;
use crate::error::Error;
use crate::http::request_id::Traced;
use crate::service::Desk;

/// The error of page handlers and their extractors.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Desk(#[from] Error),
    /// Nobody is signed in. `next` is the page that was asked for; `ended` says there was a session before.
    #[error("sign in first")]
    SignIn { next: Option<String>, ended: bool },
    /// The form's token is missing or belongs to another session.
    #[error("the form was open for too long")]
    StaleForm,
    /// The browser says that another site sent the form.
    #[error("the form came from another site")]
    ForeignForm,
    #[error("the form cannot be read")]
    BadForm,
    #[error("the form is too large")]
    TooLarge,
    #[error("this is not a form")]
    WrongType,
    #[error("this address does not take that method")]
    WrongMethod,
}

/// What the page says. The first way on is the primary button.
struct Words {
    tone: Tone,
    heading: &'static str,
    what: String,
    instead: Option<String>,
    ways: Vec<OptionView>,
}

/// Draws the error page for everything that failed or was not there.
pub async fn draw(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    // No id, name or text holds U+0000, and PostgreSQL cannot even be asked for it.
    let response = if request.uri().to_string().contains("%00") {
        request.error_response(Failure::BadForm)
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let Some(failure) = failure_of(&response) else { return Ok(response) };
    let allow = response.headers().get(ALLOW).cloned();
    let mut drawn = answer(response.request(), &failure).await;
    if let Some(allow) = allow {
        drawn.headers_mut().insert(ALLOW, allow);
    }
    Ok(response.into_response(drawn))
}

/// What addresses that no page stands at answer.
pub async fn nowhere() -> Result<HttpResponse, Failure> {
    Err(Error::NotFound("Page").into())
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Failure::Desk(error) => StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            Failure::SignIn { .. } => StatusCode::SEE_OTHER,
            Failure::StaleForm | Failure::ForeignForm => StatusCode::FORBIDDEN,
            Failure::BadForm => StatusCode::BAD_REQUEST,
            Failure::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Failure::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Failure::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The bare answer, which [`draw`] turns into a page.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in self.headers() {
            response.insert_header((name, value));
        }
        response.finish()
    }
}

impl Failure {
    pub(super) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        match self {
            Failure::SignIn { next, ended } => {
                let mut query = Vec::new();
                if let Some(next) = next.as_deref().filter(|next| *next != "/") {
                    query.push(format!("next={}", encode(next)));
                }
                if *ended {
                    query.push("ended=session".to_owned());
                }
                let mark = if query.is_empty() { "" } else { "?" };
                let location = format!("/sign-in{mark}{}", query.join("&"));
                HeaderValue::from_str(&location).map(|value| (LOCATION, value)).into_iter().collect()
            }
            Failure::Desk(Error::TooManyAttempts { retry_after }) => vec![(RETRY_AFTER, (*retry_after).into())],
            Failure::Desk(Error::Unavailable | Error::InDoubt) => vec![(RETRY_AFTER, HeaderValue::from_static("5"))],
            _ => Vec::new(),
        }
    }

    fn words(&self) -> Words {
        let today = || OptionView::new("/", "Go to Today");
        let say = |tone, heading, what: &str| Words {
            tone,
            heading,
            what: what.to_owned(),
            instead: None,
            ways: vec![today()],
        };
        match self {
            Failure::Desk(Error::NotFound(kind)) => Words {
                ways: vec![OptionView::new("/payouts", "Find a payout"), today()],
                ..say(
                    Tone::Info,
                    "Nothing is here",
                    &format!(
                        "{kind} not found. The address may be mistyped, or what stood here is gone. No money moved."
                    ),
                )
            },
            Failure::Desk(Error::Validation(errors)) => say(
                Tone::Warn,
                "This cannot be done as asked",
                &respond::problems(errors).into_iter().map(|problem| problem.message).collect::<Vec<_>>().join(". "),
            ),
            Failure::Desk(Error::Refused(refusal)) if refusal.rule == Rule::KeyReused => Words {
                instead: Some(
                    "Look at the record for what came of it. To do something else, open the form again.".into(),
                ),
                ..say(Tone::Warn, "You sent this form already", "What you changed since then was not used.")
            },
            Failure::Desk(Error::Refused(refusal)) => Words {
                instead: refusal.instead.clone(),
                ..say(Tone::Warn, "This was not done", &words::why_not(refusal))
            },
            Failure::Desk(Error::Forbidden) => Words {
                instead: Some("An admin can give you another role.".into()),
                ..say(Tone::Warn, "Your role does not allow this", "Nothing was done, and no money moved.")
            },
            Failure::Desk(Error::TooManyAttempts { retry_after }) => {
                say(Tone::Warn, "Too many tries", &format!("Wait {}, then try again.", minutes(*retry_after)))
            }
            Failure::Desk(Error::Unavailable) => Words {
                instead: Some("What was answered before is kept. Try again in a few seconds.".into()),
                ..say(
                    Tone::Bad,
                    "Paydesk cannot use its database right now",
                    "Nothing was done halfway: either a change was confirmed to you, or it did not happen.",
                )
            },
            Failure::Desk(Error::InDoubt) => Words {
                instead: Some("Look at the record first. If it was not done, do it again.".into()),
                ..say(
                    Tone::Unsure,
                    "Nobody knows yet whether this was done",
                    "Paydesk lost its database while it waited for the answer. It was done whole, or not at all.",
                )
            },
            Failure::StaleForm => Words {
                instead: Some("Open the page again and send the form once more.".into()),
                ..say(Tone::Warn, "This form was open for too long", "It was not used. Nothing was done.")
            },
            Failure::ForeignForm => say(
                Tone::Bad,
                "This form came from another site",
                "It was not used. Nothing was done. If you did not expect this, close the site you came from.",
            ),
            Failure::BadForm => {
                say(Tone::Warn, "This form cannot be read", "Something in it is missing or garbled. Nothing was done.")
            }
            Failure::TooLarge => {
                say(Tone::Warn, "This is too much at once", "The form is too large. Nothing was done.")
            }
            Failure::WrongType => say(Tone::Warn, "This is not a form", "Nothing was done."),
            Failure::WrongMethod => {
                say(Tone::Info, "This page cannot be used that way", "Nothing was done, and no money moved.")
            }
            Failure::Desk(_) | Failure::SignIn { .. } => say(
                Tone::Bad,
                "Something went wrong inside Paydesk",
                "What you asked for may not have happened. Look at the record before you try again.",
            ),
        }
    }
}

/// Seconds as people say them, rounded up.
pub fn minutes(seconds: u64) -> String {
    match seconds.div_ceil(60) {
        0 | 1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

/// What failed: an error of ours, or an empty refusal by the framework.
pub(super) fn failure_of(response: &ServiceResponse) -> Option<Failure> {
    if let Some(error) = response.response().error() {
        if let Some(failure) = error.as_error::<Failure>() {
            return Some(failure.clone()).filter(|failure| !matches!(failure, Failure::SignIn { .. }));
        }
        tracing::debug!(%error, "a request could not be read");
    } else if response.response().body().size() != BodySize::Sized(0) {
        return None;
    }
    match response.status() {
        StatusCode::NOT_FOUND => Some(Error::NotFound("Page").into()),
        StatusCode::METHOD_NOT_ALLOWED => Some(Failure::WrongMethod),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Failure::TooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Some(Failure::WrongType),
        status if status.is_client_error() => Some(Failure::BadForm),
        status if status.is_server_error() => Some(Error::Internal.into()),
        _ => None,
    }
}

/// The error page, inside the frame for staff and at the door for visitors.
async fn answer(request: &HttpRequest, failure: &Failure) -> HttpResponse {
    let Some(desk) = request.app_data::<web::Data<Desk>>() else { return failure.error_response() };
    let visitor = Visitor::of(request).ok();
    let (zone, now) = visitor.as_ref().map_or((Zone::default(), desk.clock.now()), |v| (v.zone, v.now));
    let words = failure.words();
    let error = ErrorView {
        tone: words.tone,
        heading: words.heading.to_owned(),
        what: words.what,
        instead: words.instead,
        ways: if visitor.is_some() { words.ways } else { vec![OptionView::new("/sign-in", "Sign in")] },
        request_id: Traced::of(request).id,
        time: zone.full(now),
        status: failure.status_code().as_u16(),
    };
    let status = failure.status_code();
    let page = match visitor {
        Some(visitor) => {
            let layout = visitor.layout(words.heading, Place::Elsewhere);
            respond::with_status(status, &ErrorPage { layout, error })
        }
        None => {
            let layout = door(desk, &request.get_session(), None, words.heading);
            respond::with_status(status, &VisitorErrorPage { layout, error })
        }
    };
    let Ok(mut response) = page else { return failure.error_response() };
    for (name, value) in failure.headers() {
        response.headers_mut().insert(name, value);
    }
    response
}

/// A path as the value of a query.
fn encode(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { (byte as char).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_the_door_keeps_where_one_wanted_to_go() {
        let location = |next: Option<&str>, ended| {
            let failure = Failure::SignIn { next: next.map(str::to_owned), ended };
            failure.error_response().headers().get(LOCATION).unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(location(None, false), "/sign-in");
        assert_eq!(location(Some("/"), true), "/sign-in?ended=session");
        assert_eq!(location(Some("/payouts?q=a&b=é"), false), "/sign-in?next=/payouts%3Fq%3Da%26b%3D%C3%A9");
    }
}
