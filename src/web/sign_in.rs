//! Sign-in, sign-out, setting the desk up, and staying signed in.

use actix_session::Session;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::auth::{Visitor, door};
use super::csrf::Posted;
use super::display::{FieldView, NoticeView, Problem, Tone};
use super::failure::{Failure, minutes};
use super::layout::{Layout, Place};
use super::{respond, session};
use crate::domain::caller::Via;
use crate::error::{Error, FieldError};
use crate::http::request_id::Traced;
use crate::service::sign_in as service;
use crate::service::staff::NewMember;
use crate::service::{Desk, sessions};

/// The sign-in form, empty or as it was refused. The typed password is never sent back.
#[derive(Template)]
#[template(path = "sign_in/new.html")]
pub struct SignInPage {
    pub layout: Layout,
    /// Why the form is shown, for example that the session ended.
    pub notice: Option<NoticeView>,
    pub problems: Vec<Problem>,
    pub email: FieldView,
    pub password: FieldView,
    /// Where to go afterwards; a path of this site.
    pub next: String,
    /// How long an account waits after too many tries, for example `15 minutes`.
    pub wait: &'static str,
}

/// The form for the first admin of a new desk. The typed password is never sent back.
#[derive(Template)]
#[template(path = "sign_in/setup.html")]
pub struct SetUpPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    /// This page's own address.
    pub action: String,
    pub name: FieldView,
    pub email: FieldView,
    pub password: FieldView,
}

/// Says how long the session lasts; opening it keeps the session.
#[derive(Template)]
#[template(path = "sign_in/session.html")]
pub struct SessionPage {
    pub layout: Layout,
}

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    next: String,
    #[serde(default)]
    ended: String,
}

#[derive(Deserialize)]
pub struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
pub struct SetUpForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
}

/// A form that only has its token.
#[derive(Deserialize)]
pub struct Nothing {}

const WAIT: &str = "15 minutes";

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/sign-in").route(web::get().to(new)).route(web::post().to(create)))
        .service(web::resource("/sign-out").route(web::post().to(leave)))
        .service(web::resource("/session").route(web::get().to(stay)))
        .service(web::resource("/setup/{token}").route(web::get().to(set_up)).route(web::post().to(first_admin)));
}

/// GET /sign-in
async fn new(
    request: HttpRequest,
    desk: web::Data<Desk>,
    session: Session,
    asked: web::Query<Asked>,
) -> Result<HttpResponse, Failure> {
    let next = safe_next(&asked.next);
    match Visitor::of(&request) {
        Ok(_) => return Ok(respond::see_other(&next)),
        Err(Failure::SignIn { .. }) => {}
        Err(failure) => return Err(failure),
    }
    let notice = match asked.ended.as_str() {
        "session" => Some(NoticeView::new(Tone::Info, "Your session ended. Sign in to go on.")),
        "sign-out" => Some(NoticeView::new(Tone::Good, "You are signed out.")),
        _ => None,
    };
    respond::page(&sign_in_page(&desk, &session, &next, "", notice).await?)
}

/// POST /sign-in
async fn create(
    request: HttpRequest,
    desk: web::Data<Desk>,
    session: Session,
    form: Result<Posted<SignInForm>, Failure>,
) -> Result<HttpResponse, Failure> {
    let form = match form {
        Ok(form) => form.into_inner(),
        Err(Failure::StaleForm) => {
            let notice = NoticeView::new(Tone::Warn, "The page was open for too long. Please sign in now.");
            let page = sign_in_page(&desk, &session, "/", "", Some(notice)).await?;
            return respond::with_status(StatusCode::FORBIDDEN, &page);
        }
        Err(failure) => return Err(failure),
    };
    let next = safe_next(&form.next);
    let blank = blank_fields(&form);
    if !blank.is_empty() {
        let mut page = sign_in_page(&desk, &session, &next, &form.email, None).await?;
        page.layout.failed = true;
        page.problems = respond::problems(&blank);
        page.email = respond::field("email", &form.email, &blank);
        page.password = respond::field("password", "", &blank);
        return respond::unprocessable(&page);
    }
    let (status, message, wait) =
        match service::sign_in(&desk, &Traced::visit(&request, Via::Page), &form.email, &form.password).await {
            Ok(id) => {
                session::begin(&session, &id)?;
                return Ok(respond::see_other(&next));
            }
            Err(Error::InvalidCredentials) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "Check your email and password".to_owned(), None)
            }
            Err(Error::TooManyAttempts { retry_after }) => {
                let message = format!("Too many tries did not match. Wait {}, then try again", minutes(retry_after));
                (StatusCode::TOO_MANY_REQUESTS, message, Some(retry_after))
            }
            Err(error) => return Err(error.into()),
        };
    let mut page = sign_in_page(&desk, &session, &next, &form.email, None).await?;
    page.layout.failed = true;
    page.problems = vec![Problem { field: "email".into(), message }];
    let mut response = respond::with_status(status, &page)?;
    if let Some(seconds) = wait {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    Ok(response)
}

/// POST /sign-out
async fn leave(visitor: Visitor, desk: web::Data<Desk>, _: Posted<Nothing>) -> Result<HttpResponse, Failure> {
    match sessions::end(&desk, &visitor.caller, &visitor.handle).await {
        Ok(()) | Err(Error::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    visitor.leave();
    Ok(respond::see_other("/sign-in?ended=sign-out"))
}

/// GET /session
async fn stay(visitor: Visitor) -> Result<HttpResponse, Failure> {
    respond::page(&SessionPage { layout: visitor.layout("You stay signed in", Place::Elsewhere) })
}

/// GET /setup/{token}
async fn set_up(
    request: HttpRequest,
    desk: web::Data<Desk>,
    session: Session,
    token: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    service::set_up_is_open(&desk, &token).await?;
    respond::page(&set_up_page(&desk, &session, request.path(), None, &[]))
}

/// POST /setup/{token}
async fn first_admin(
    request: HttpRequest,
    desk: web::Data<Desk>,
    session: Session,
    token: web::Path<String>,
    form: Posted<SetUpForm>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    let member = NewMember {
        name: form.name.clone(),
        email: form.email.clone(),
        password: form.password.clone(),
        ..NewMember::default()
    };
    match service::set_up(&desk, &Traced::visit(&request, Via::Page), &token, &member).await {
        Ok(id) => {
            session::begin(&session, &id)?;
            Ok(respond::see_other("/"))
        }
        Err(Error::Validation(errors)) => {
            respond::unprocessable(&set_up_page(&desk, &session, request.path(), Some(&form), &errors))
        }
        Err(error) => Err(error.into()),
    }
}

async fn sign_in_page(
    desk: &Desk,
    session: &Session,
    next: &str,
    email: &str,
    notice: Option<NoticeView>,
) -> Result<SignInPage, Failure> {
    let organisation = service::organisation(desk).await?;
    Ok(SignInPage {
        layout: door(desk, session, organisation, "Sign in"),
        notice,
        problems: Vec::new(),
        email: FieldView::of(email),
        password: FieldView::default(),
        next: next.to_owned(),
        wait: WAIT,
    })
}

fn set_up_page(
    desk: &Desk,
    session: &Session,
    action: &str,
    form: Option<&SetUpForm>,
    errors: &[FieldError],
) -> SetUpPage {
    let mut layout = door(desk, session, None, "Set up this desk");
    layout.failed = !errors.is_empty();
    SetUpPage {
        layout,
        problems: respond::problems(errors),
        action: action.to_owned(),
        name: respond::field("name", form.map_or("", |form| &form.name), errors),
        email: respond::field("email", form.map_or("", |form| &form.email), errors),
        password: respond::field("password", "", errors),
    }
}

fn blank_fields(form: &SignInForm) -> Vec<FieldError> {
    let blank = |field, text: &str| text.trim().is_empty().then(|| FieldError { field, message: "is required".into() });
    [blank("email", &form.email), blank("password", &form.password)].into_iter().flatten().collect()
}

/// The path if it is one of this site, else the first page. Browsers read `//` and `/\` as another site.
fn safe_next(next: &str) -> String {
    let local = next.starts_with('/')
        && !next.starts_with("//")
        && next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !["/sign-in", "/sign-out", "/setup"].iter().any(|door| next.starts_with(door));
    if local { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_nobody_leaves_the_site() {
        for path in ["/payouts?q=a%20b", "/payouts/pyt_1#top", "/"] {
            assert_eq!(safe_next(path), path);
        }
        for other in [
            "",
            "payouts",
            "//example.com",
            "/\\example.com",
            "https://example.com",
            "/\t/example.com",
            "/a\r\nSet-Cookie: x",
            "/sign-out",
            "javascript:alert(1)",
            "/é",
        ] {
            assert_eq!(safe_next(other), "/", "{other:?}");
        }
    }
}
