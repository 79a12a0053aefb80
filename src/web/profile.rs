//! The reader's own settings: name, time zone, looks, password and sessions.

use actix_web::{HttpResponse, web};
use askama::Template;
use chrono_tz::TZ_VARIANTS;
use serde::Deserialize;

use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{FieldView, NoticeView, OptionView, Problem, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::sessions::{self, SessionRow};
use super::{respond, words};
use crate::error::{Error, FieldError};
use crate::service::staff::{self, Profile};
use crate::service::{Desk, sessions as own_sessions};

/// All of it on one page; the two forms post to addresses of their own.
#[derive(Template)]
#[template(path = "profile/show.html")]
pub struct ProfilePage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub email: String,
    pub role: &'static str,
    pub name: FieldView,
    pub zone: FieldView,
    pub zones: Vec<OptionView>,
    /// `system`, `light` or `dark`.
    pub theme: FieldView,
    pub shortcuts: bool,
    /// Rows of tables further apart.
    pub comfortable: bool,
    /// Typed passwords are never sent back.
    pub current_password: FieldView,
    pub new_password: FieldView,
    pub sessions: Vec<SessionRow>,
    /// There is more than this session.
    pub others: bool,
}

/// The first form, as it was sent; a box that is not ticked is not sent.
#[derive(Deserialize)]
pub struct ProfileForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    zone: String,
    #[serde(default)]
    theme: String,
    #[serde(default)]
    density: String,
    #[serde(default)]
    shortcuts: String,
}

#[derive(Deserialize)]
pub struct PasswordForm {
    #[serde(default)]
    current_password: String,
    #[serde(default)]
    new_password: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/settings/profile").route(web::get().to(show)).route(web::post().to(update)));
    config.service(
        web::resource("/settings/profile/password").route(web::get().to(back)).route(web::post().to(change_password)),
    );
}

/// GET /settings/profile
pub async fn show(visitor: Visitor, desk: web::Data<Desk>) -> Result<HttpResponse, Failure> {
    let profile = current(&visitor, &desk).await?;
    respond::page(&profile_page(&visitor, &desk, profile, &[]).await?)
}

/// POST /settings/profile
pub async fn update(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<ProfileForm>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    let profile = Profile {
        name: form.name,
        zone: form.zone,
        theme: form.theme,
        shortcuts: form.shortcuts == "on",
        comfortable: form.density == "comfortable",
    };
    match staff::save_profile(&desk, &visitor.caller, &profile).await {
        Ok(_) => {
            visitor.flash(NoticeView::new(Tone::Good, "Your profile is saved"));
            Ok(respond::see_other("/settings/profile"))
        }
        Err(Error::Validation(errors)) => {
            respond::unprocessable(&profile_page(&visitor, &desk, profile, &errors).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// GET /settings/profile/password: where a refused form stands in the address bar.
pub async fn back(_: Visitor) -> HttpResponse {
    respond::see_other("/settings/profile")
}

/// POST /settings/profile/password
pub async fn change_password(
    visitor: Visitor,
    desk: web::Data<Desk>,
    form: Posted<PasswordForm>,
) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    let (current_password, new_password) = (&form.current_password, &form.new_password);
    match staff::change_password(&desk, &visitor.caller, current_password, new_password, &visitor.handle).await {
        Ok(_) => {
            let notice = NoticeView::new(Tone::Good, "Your password is changed");
            visitor.flash(notice.with_text("Your other sessions are ended."));
            Ok(respond::see_other("/settings/profile"))
        }
        Err(Error::Validation(errors)) => {
            let profile = current(&visitor, &desk).await?;
            respond::unprocessable(&profile_page(&visitor, &desk, profile, &errors).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// The choices as they are kept.
async fn current(visitor: &Visitor, desk: &Desk) -> Result<Profile, Error> {
    let member = staff::own(desk, &visitor.caller).await?;
    Ok(Profile {
        name: member.name,
        zone: member.zone,
        theme: member.theme,
        shortcuts: member.shortcuts == 1,
        comfortable: member.comfortable == 1,
    })
}

async fn profile_page(
    visitor: &Visitor,
    desk: &Desk,
    profile: Profile,
    errors: &[FieldError],
) -> Result<ProfilePage, Error> {
    let sessions = own_sessions::list(desk, &visitor.caller).await?;
    let mut layout = visitor.layout("Your profile", Place::Elsewhere);
    layout.failed = !errors.is_empty();
    Ok(ProfilePage {
        layout,
        problems: respond::problems(errors),
        email: visitor.email.clone(),
        role: words::role(visitor.role()),
        name: respond::field("name", &profile.name, errors),
        zone: respond::field("zone", &profile.zone, errors),
        zones: TZ_VARIANTS.iter().map(|zone| OptionView::new(zone.name(), zone.name().replace('_', " "))).collect(),
        theme: respond::field("theme", &profile.theme, errors),
        shortcuts: profile.shortcuts,
        comfortable: profile.comfortable,
        current_password: respond::field("current_password", "", errors),
        new_password: respond::field("new_password", "", errors),
        others: sessions.len() > 1,
        sessions: sessions::rows(visitor, &sessions, "/settings/sessions"),
    })
}
