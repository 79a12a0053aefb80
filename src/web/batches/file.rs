//! Making payouts or payout links from a CSV file: what is wrong is told cell by cell, and nothing is made before
//! everything is right and agreed to.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::domain::batch::Verb;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::batches::file::{self, Checked, Wrong};
use crate::service::batches::row::{self, Column};
use crate::web::auth::Visitor;
use crate::web::display::{FieldView, NoticeView, Problem, Tone};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::numbers::many;
use crate::web::respond;
use crate::web::upload::Upload;

/// The form, and what is wrong with the file that was sent.
#[derive(Template)]
#[template(path = "batches/file.html")]
pub struct FilePage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub title: &'static str,
    pub verb: &'static str,
    /// The other form.
    pub other: Option<(String, &'static str)>,
    pub file: FieldView,
    pub text: FieldView,
    pub columns: &'static [Column],
    /// The head of such a file, to be copied.
    pub head: String,
    pub wrong: Vec<Wrong>,
    pub wrong_title: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FileQuery {
    /// `create_payouts` or `create_links`.
    verb: String,
}

/// GET /batches/file
pub async fn new(visitor: Visitor, query: web::Query<FileQuery>) -> Result<HttpResponse, Failure> {
    let verb = verb(&visitor, &query.verb)?;
    respond::page(&page(&visitor, verb, "", Vec::new(), &[]))
}

/// POST /batches/file: a batch that is ready to be started, or what is wrong with the file.
pub async fn create(visitor: Visitor, desk: web::Data<Desk>, upload: Upload) -> Result<HttpResponse, Failure> {
    let verb = verb(&visitor, upload.text("verb"))?;
    let text = upload.text("text").to_owned();
    let (name, bytes) = match &upload.file {
        Some(file) if text.is_empty() => (file.name.clone(), file.bytes.clone()),
        None if !text.is_empty() => ("pasted rows".to_owned(), text.clone().into_bytes()),
        given => {
            let message = if given.is_some() { "must not come together with pasted rows" } else { "must be chosen" };
            let errors = [FieldError { field: "file", message: message.into() }];
            return respond::unprocessable(&page(&visitor, verb, &text, Vec::new(), &errors));
        }
    };
    match file::create(&desk, &visitor.caller, verb, &name, &bytes).await? {
        Checked::Wrong(wrong) => respond::unprocessable(&page(&visitor, verb, &text, wrong, &[])),
        Checked::Ready(made) => {
            if made.repeated {
                let notice = NoticeView::new(Tone::Info, "This file was given before");
                visitor
                    .flash(notice.with_text("This is the batch that was made from it then; no second one was made."));
            }
            Ok(respond::see_other(&format!("/batches/{}", made.value.id)))
        }
    }
}

/// What the file makes: payouts, unless it says links.
fn verb(visitor: &Visitor, name: &str) -> Result<Verb, Error> {
    let verb = if name == Verb::CreateLinks.name() { Verb::CreateLinks } else { Verb::CreatePayouts };
    if visitor.may(verb.operation()) { Ok(verb) } else { Err(Error::Forbidden) }
}

fn page(visitor: &Visitor, verb: Verb, text: &str, wrong: Vec<Wrong>, errors: &[FieldError]) -> FilePage {
    let links = verb == Verb::CreateLinks;
    let title = if links { "Payout links from a file" } else { "Payouts from a file" };
    let mut layout = visitor.layout(title, Place::Batches);
    layout.failed = !errors.is_empty() || !wrong.is_empty();
    let columns = row::columns(verb);
    let other = if links { Verb::CreatePayouts } else { Verb::CreateLinks };
    let word = if links { "Make payouts instead" } else { "Make payout links instead" };
    FilePage {
        layout,
        problems: respond::problems(errors),
        title,
        verb: verb.name(),
        other: visitor.may(other.operation()).then(|| (format!("/batches/file?verb={}", other.name()), word)),
        file: respond::field("file", "", errors),
        text: FieldView::of(text),
        head: columns.iter().map(|column| column.name).collect::<Vec<_>>().join(","),
        columns,
        wrong_title: format!(
            "Nothing was made: {}",
            many(wrong.len(), "cell needs another look", "cells need another look")
        ),
        wrong,
    }
}
