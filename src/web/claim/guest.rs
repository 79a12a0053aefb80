//! Somebody with the address of a payout link: what the link is, and what their browser may do with it.

use std::future::Future;
use std::pin::Pin;

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::ORIGIN;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use askama::Template;

use super::super::csrf;
use super::super::failure::Failure;
use super::super::respond;
use super::super::time::Zone;
use super::frame::Frame;
use crate::config::Config;
use crate::domain::caller::Via;
use crate::domain::payout_link::{PayoutLink, State};
use crate::error::Error;
use crate::http::request_id::Traced;
use crate::service::Desk;
use crate::service::links::Opened;
use crate::service::passes::Pass;
use crate::service::recipients::{self, Proof};
use crate::service::sign_in::Visit;

/// Whoever opened the link.
pub struct Guest {
    pub desk: web::Data<Desk>,
    /// The secret in the address.
    pub token: String,
    pub visit: Visit,
    pub opened: Opened,
    pub proof: Proof,
    pub pass: Pass,
    /// The time of this request, in Unix microseconds.
    pub now: i64,
    /// The browser has yet to be given the pass.
    is_new: bool,
}

/// A form of one of these pages, sent by the browser that it was shown to.
pub struct Form {
    pass: Pass,
    pairs: Vec<(String, String)>,
}

/// What can be done with the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Open,
    /// A freeze stands in the way; it can be claimed later.
    Held,
    /// Its payout is on its way or paid.
    Claimed,
    /// Ended, or not begun.
    Ended,
}

/// How long browsers keep the cookie; the pass in it may end earlier.
const COOKIE_LASTS: Duration = Duration::days(30);

impl Guest {
    /// The link behind the request's address, for whoever opened it.
    pub async fn of(request: &HttpRequest, desk: &web::Data<Desk>) -> Result<Guest, Failure> {
        let now = desk.clock.now();
        let pass = pass(request, desk);
        let is_new = pass.is_none();
        Guest::with(request, desk, pass.unwrap_or_else(|| Pass::new(now)), is_new).await
    }

    /// The same for whoever sent a form.
    pub async fn sent(request: &HttpRequest, desk: &web::Data<Desk>, form: &Form) -> Result<Guest, Failure> {
        Guest::with(request, desk, form.pass.clone(), false).await
    }

    async fn with(request: &HttpRequest, desk: &web::Data<Desk>, pass: Pass, is_new: bool) -> Result<Guest, Failure> {
        let (token, visit) = (token(request), Traced::visit(request, Via::Page));
        let opened = recipients::open(desk, visit.ip.as_deref(), &token).await?;
        let proof = recipients::proof(desk, &opened.record.link);
        Ok(Guest { desk: desk.clone(), token, visit, opened, proof, pass, now: desk.clock.now(), is_new })
    }

    /// The same guest after something was done.
    pub async fn again(self) -> Result<Guest, Failure> {
        let opened = crate::service::links::by_token(&self.desk, &self.token).await?;
        Ok(Guest { opened, now: self.desk.clock.now(), ..self })
    }

    pub fn link(&self) -> &PayoutLink {
        &self.opened.record.link
    }

    /// Who pays.
    pub fn sender(&self) -> &str {
        &self.opened.record.client_name
    }

    pub fn stage(&self) -> Stage {
        match self.link().state {
            State::Processing | State::Processed => Stage::Claimed,
            _ if self.opened.claim.is_ok() && self.opened.held => Stage::Held,
            _ if self.opened.claim.is_ok() => Stage::Open,
            _ => Stage::Ended,
        }
    }

    /// Whether bank details are not taken from this browser yet.
    pub fn must_prove(&self) -> bool {
        self.proof != Proof::Nothing && !self.pass.may_give(self.now)
    }

    /// The address of the link, or of a page below it.
    pub fn path(&self, below: &str) -> String {
        format!("/l/{}{below}", self.token)
    }

    pub fn frame(&self, title: impl Into<String>) -> Frame {
        Frame {
            title: title.into(),
            sender: Some(self.sender().to_owned()),
            home: self.path(""),
            csrf: self.pass.form().to_owned(),
            ..Frame::of(&self.desk)
        }
    }

    pub fn zone(&self) -> Zone {
        Zone::default()
    }

    /// A page, with the browser's pass where it has none yet.
    pub fn page(&self, status: StatusCode, page: &impl Template) -> Result<HttpResponse, Failure> {
        let mut response = respond::with_status(status, page)?;
        if self.is_new {
            give(&mut response, &self.desk, &self.token, &self.pass)?;
        }
        Ok(response)
    }

    /// On to the link's own page, with another pass.
    pub fn go_on(&self, pass: &Pass) -> Result<HttpResponse, Failure> {
        let mut response = respond::see_other(&self.path(""));
        give(&mut response, &self.desk, &self.token, pass)?;
        Ok(response)
    }
}

impl Form {
    /// The first value of this name, or nothing.
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// All of it but the token.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| *name != "csrf")
    }
}

impl FromRequest for Form {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Form, Failure>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let desk = request.app_data::<web::Data<Desk>>().cloned();
        let pass = desk.as_ref().and_then(|desk| pass(request, desk));
        let own = desk.as_ref().is_some_and(|desk| is_own(request, &desk.config));
        let read = csrf::read(request, payload);
        Box::pin(async move {
            if !own {
                return Err(Failure::ForeignForm);
            }
            let (_, pairs) = read.await?;
            let given = pairs.iter().find(|(name, _)| name == "csrf").map(|(_, value)| value.as_str());
            let pass = pass.filter(|pass| pass.is_form(given)).ok_or(Failure::StaleForm)?;
            Ok(Form { pass, pairs })
        })
    }
}

/// Browsers hide where a form comes from when its page asks for no referrer, as these do; newer ones still tell in
/// `Sec-Fetch-Site` whether it is ours.
fn is_own(request: &HttpRequest, config: &Config) -> bool {
    let headers = request.headers();
    let hidden = headers.get(ORIGIN).is_some_and(|origin| origin == "null") && !headers.contains_key("sec-fetch-site");
    hidden || csrf::is_own(headers, config)
}

/// The link's part of the cookie's path keeps it from every other page.
fn give(response: &mut HttpResponse, desk: &Desk, token: &str, pass: &Pass) -> Result<(), Failure> {
    let cookie = Cookie::build(cookie_name(&desk.config), pass.seal(&desk.keys, token))
        .path(format!("/l/{token}"))
        .secure(desk.config.is_https())
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(COOKIE_LASTS)
        .finish();
    response.add_cookie(&cookie).map_err(|_| Error::Internal.into())
}

/// `__Host-` is not for cookies of one path.
fn cookie_name(config: &Config) -> &'static str {
    if config.is_https() { "__Secure-paydesk-link" } else { "paydesk-link" }
}

fn pass(request: &HttpRequest, desk: &Desk) -> Option<Pass> {
    let cookie = request.cookie(cookie_name(&desk.config))?;
    Pass::read(&desk.keys, &token(request), cookie.value(), desk.clock.now())
}

fn token(request: &HttpRequest) -> String {
    request.match_info().get("token").unwrap_or_default().to_owned()
}
