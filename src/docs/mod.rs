//! `/api/docs`: the description of the APIs as pages, drawn from the same document as `/api/openapi.json`.
//!
//! Public: they hold no secret. They need no script, and are drawn once, when somebody asks for them first.

mod call;
mod view;
mod words;

use std::sync::OnceLock;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use self::view::{DialectPage, IndexPage};
use crate::api::openapi::{Prepared, document};
use crate::error::Error;
use crate::service::Desk;
use crate::web::failure::Failure;

/// The pages of a server, once drawn: the overview, then one for each dialect.
#[derive(Default)]
struct Pages {
    index: OnceLock<Prepared>,
    dialects: OnceLock<Vec<(&'static str, Prepared)>>,
}

pub fn routes(config: &mut ServiceConfig) {
    config
        .app_data(web::Data::new(Pages::default()))
        .service(web::resource("/api/docs").route(web::get().to(index)))
        .service(web::resource("/api/docs/{dialect}").route(web::get().to(dialect)));
}

/// GET /api/docs
async fn index(request: HttpRequest, desk: web::Data<Desk>, pages: web::Data<Pages>) -> HttpResponse {
    let base = &desk.config.public_url;
    pages.index.get_or_init(|| prepared(&IndexPage::of(document(), base))).answer(&request)
}

/// GET /api/docs/{dialect}
async fn dialect(
    request: HttpRequest,
    desk: web::Data<Desk>,
    pages: web::Data<Pages>,
    name: web::Path<String>,
) -> Result<HttpResponse, Failure> {
    let base = &desk.config.public_url;
    let dialects = pages.dialects.get_or_init(|| {
        let page = |place: usize| prepared(&DialectPage::of(document(), place, base));
        document().dialects.iter().enumerate().map(|(place, it)| (it.api.name, page(place))).collect()
    });
    let page = dialects.iter().find(|(known, _)| *known == name.as_str());
    let (_, page) = page.ok_or(Error::NotFound("Page"))?;
    Ok(page.answer(&request))
}

fn prepared(page: &impl Template) -> Prepared {
    Prepared::new(page.render().expect("a page without input"), "text/html; charset=utf-8")
}
