//! Making a batch: what is to be done, and to which payouts.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::words;
use crate::domain::batch::Verb;
use crate::error::{Error, FieldError};
use crate::service::Desk;
use crate::service::batches::{self, NewBatch, Source};
use crate::web::auth::Visitor;
use crate::web::display::{FieldView, OptionView, Problem};
use crate::web::failure::Failure;
use crate::web::layout::{Layout, Place};
use crate::web::payouts::form_key;
use crate::web::payouts::query::ListQuery;
use crate::web::respond;
use crate::web::upload::{File, Upload};

/// The form.
#[derive(Template)]
#[template(path = "batches/new.html")]
pub struct NewBatchPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub key: String,
    pub verb: FieldView,
    /// Name, word and note of each act that the reader may do.
    pub verbs: Vec<VerbView>,
    /// The list whose payouts are all meant, as its query; empty when ids are given.
    pub list: String,
    /// That list's address, to look at it once more.
    pub list_href: String,
    pub all: bool,
    pub ids: FieldView,
    pub file: FieldView,
}

#[derive(Clone, Debug)]
pub struct VerbView {
    pub name: &'static str,
    pub word: &'static str,
    pub note: &'static str,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NewQuery {
    verb: String,
    /// The query of a list of payouts.
    list: Option<String>,
}

/// What was typed.
#[derive(Debug, Default)]
struct Typed {
    verb: String,
    list: Option<String>,
    ids: String,
    key: String,
}

/// GET /batches/new
pub async fn new(visitor: Visitor, query: web::Query<NewQuery>) -> Result<HttpResponse, Failure> {
    let query = query.into_inner();
    if !Verb::ACTS.iter().any(|verb| visitor.may(verb.operation())) {
        return Err(Error::Forbidden.into());
    }
    let typed = Typed { verb: query.verb, list: query.list, ids: String::new(), key: form_key() };
    respond::page(&page(&visitor, &typed, &[]))
}

/// POST /batches: a job sorts it, and nothing is done before the count is typed.
pub async fn create(visitor: Visitor, desk: web::Data<Desk>, upload: Upload) -> Result<HttpResponse, Failure> {
    let typed = Typed {
        verb: upload.text("verb").to_owned(),
        list: upload.fields.iter().find(|(name, _)| name == "list").map(|(_, value)| value.clone()),
        ids: upload.text("ids").to_owned(),
        key: upload.text("idempotency_key").to_owned(),
    };
    let made = match read(&visitor, &typed, upload.file.as_ref()) {
        Ok(new) => batches::create(&desk, &visitor.caller, new, Some(&typed.key)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => Ok(respond::see_other(&format!("/batches/{}", made.value.id))),
        Err(Error::Validation(errors)) => respond::unprocessable(&page(&visitor, &typed, &errors)),
        Err(error) => Err(error.into()),
    }
}

fn read(visitor: &Visitor, typed: &Typed, file: Option<&File>) -> Result<NewBatch, Error> {
    let verb = Verb::from_name(&typed.verb).filter(|verb| Verb::ACTS.contains(verb));
    let verb = verb.ok_or_else(|| Error::field("verb", "must be chosen"))?;
    let source = match (&typed.list, file) {
        (Some(list), _) => Source::Matching(Box::new(ListQuery::read(list).filter()), visitor.zone.0),
        (None, Some(_)) if !typed.ids.is_empty() => {
            return Err(Error::field("file", "must not come together with pasted ids: give one of them"));
        }
        (None, Some(file)) => {
            let names = names_of(&file.bytes)?;
            Source::Names(names, format!("The file {}", file.name))
        }
        (None, None) => {
            let apart = |c: char| c == ',' || c == ';' || c.is_ascii_control();
            let names: Vec<String> = typed.ids.split(apart).map(str::to_owned).collect();
            Source::Names(names, "Pasted ids and references".to_owned())
        }
    };
    Ok(NewBatch { verb, source, reason: None })
}

/// The ids and references of a file: of the column that is named so, otherwise of the first one.
fn names_of(bytes: &[u8]) -> Result<Vec<String>, Error> {
    const COLUMNS: [&str; 6] = ["id", "payout", "payout_id", "reference", "reference_id", "payout id"];
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut names = Vec::new();
    let mut column = 0;
    for (number, row) in reader.records().enumerate() {
        let row = row.map_err(|_| {
            let message = format!("cannot be read in row {}: save it as CSV in UTF-8", number + 1);
            Error::field("file", message)
        })?;
        if number == 0 {
            let named = |cell: &str| COLUMNS.contains(&cell.trim().to_lowercase().as_str());
            if let Some(found) = row.iter().position(named) {
                column = found;
                continue;
            }
        }
        // An export puts an apostrophe before what a spreadsheet would take for a formula.
        names.extend(row.get(column).map(|cell| cell.trim().trim_start_matches('\'').to_owned()));
        if names.len() > batches::MOST_NAMES {
            return Err(Error::field("file", "holds more than 100,000 rows: divide it"));
        }
    }
    if names.iter().all(|name| name.is_empty()) {
        return Err(Error::field(
            "file",
            "holds no id or reference in its first column, or in one named id or reference",
        ));
    }
    Ok(names)
}

fn page(visitor: &Visitor, typed: &Typed, errors: &[FieldError]) -> NewBatchPage {
    let mut layout = visitor.layout("New batch", Place::Batches);
    layout.failed = !errors.is_empty();
    let view = |verb: Verb| VerbView { name: verb.name(), word: words::order(verb), note: note(verb) };
    let list = typed.list.as_deref().map(ListQuery::read).map(|list| list.with(|_| {}));
    NewBatchPage {
        layout,
        problems: respond::problems(errors),
        key: typed.key.clone(),
        verb: respond::field("verb", &typed.verb, errors),
        verbs: Verb::ACTS.into_iter().filter(|verb| visitor.may(verb.operation())).map(view).collect(),
        all: list.is_some(),
        list: list.as_ref().map(ListQuery::query).unwrap_or_default(),
        list_href: list.as_ref().map_or_else(|| "/payouts".to_owned(), ListQuery::href),
        ids: respond::field("ids", &typed.ids, errors),
        file: respond::field("file", "", errors),
    }
}

fn note(verb: Verb) -> &'static str {
    match verb {
        Verb::Cancel => "Before hand-over at once; afterwards the provider is asked.",
        Verb::Approve => "Those that wait for approval and that others made.",
        Verb::Reverse => "All that is left of completed payouts.",
        Verb::CreatePayouts | Verb::CreateLinks => "",
    }
}

/// The address of the form for all payouts of a list.
pub fn of_list(list: &ListQuery) -> OptionView {
    let href = crate::web::address::with_query("/batches/new", &[("list", &list.with(|_| {}).query())]);
    // A list without any filter has no query, and means all payouts.
    let href = if href.contains("list=") { href } else { format!("{href}?list=") };
    OptionView::new(href, "Act on all that match")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_ids_stand_in_the_named_column_or_in_the_first() {
        let read = |text: &str| names_of(text.as_bytes()).map_err(|_| ());
        assert_eq!(read("a\nb\n"), Ok(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(read("amount,Reference\n5,x\n6,\"y, z\"\n"), Ok(vec!["x".to_owned(), "y, z".to_owned()]));
        assert_eq!(read("\u{feff}id\r\n'=x\r\n"), Ok(vec!["=x".to_owned()]));
        assert_eq!(read("id\n"), Err(()));
        assert_eq!(names_of(b"id\n\xff\xfe\n").map_err(|_| ()), Err(()));
    }
}
