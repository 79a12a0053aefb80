//! What the pages show, taken from the document.

use askama::Template;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::SecurityScheme;

use super::call::{curl, example, own, resolved};
use super::words::{Piece, kind, limits, paragraphs, prose};
use crate::api::openapi::{Described, Document, Told};
use crate::web::assets;

/// What stands around every page.
pub struct Frame {
    pub title: String,
    pub dialects: Vec<Entry>,
}

/// A dialect in the navigation; its groups while its page is shown.
pub struct Entry {
    pub title: &'static str,
    pub href: String,
    pub is_current: bool,
    pub groups: Vec<Group>,
}

/// Operations about one thing.
pub struct Group {
    pub name: String,
    pub lines: Vec<Line>,
}

/// An operation in a list.
pub struct Line {
    pub href: String,
    pub method: &'static str,
    pub path: String,
    pub summary: String,
}

#[derive(Template)]
#[template(path = "docs/index.html")]
pub struct IndexPage {
    pub frame: Frame,
    pub base: String,
    pub dialects: Vec<Overview>,
}

/// A dialect on the overview.
pub struct Overview {
    pub title: &'static str,
    pub href: String,
    pub about: Vec<Vec<Piece>>,
    pub groups: Vec<Group>,
}

#[derive(Template)]
#[template(path = "docs/dialect.html")]
pub struct DialectPage {
    pub frame: Frame,
    pub title: &'static str,
    pub about: Vec<Vec<Piece>>,
    pub security: Vec<Security>,
    pub groups: Vec<Section>,
    pub shared: Vec<Shared>,
    pub schemas: Vec<SchemaView>,
}

/// A way to say who you are.
pub struct Security {
    pub name: &'static str,
    pub about: Vec<Vec<Piece>>,
    pub curl: &'static str,
}

pub struct Section {
    pub name: String,
    pub anchor: String,
    pub operations: Vec<OperationView>,
}

pub struct OperationView {
    pub anchor: String,
    pub method: &'static str,
    pub path: String,
    pub summary: String,
    pub about: Vec<Vec<Piece>>,
    /// Who may: `wallet_token with PAY`.
    pub needs: Vec<String>,
    pub parameters: Vec<Row>,
    pub body: Option<BodyView>,
    pub curl: String,
    pub answers: Vec<AnswerView>,
    /// Refusals of its own.
    pub errors: Vec<ErrorView>,
    /// Those that others have too: status, and where they are told.
    pub shared: Vec<(String, String)>,
}

/// Refusals that several operations have.
pub struct Shared {
    pub name: String,
    pub errors: Vec<ErrorView>,
}

/// A parameter or a member.
pub struct Row {
    pub name: String,
    /// `path`, `query`, `header`; empty for members.
    pub place: &'static str,
    pub is_required: bool,
    pub kind: Vec<Piece>,
    pub about: Vec<Piece>,
}

pub struct BodyView {
    pub media_type: String,
    pub is_required: bool,
    pub kind: Vec<Piece>,
    pub rows: Vec<Row>,
}

pub struct AnswerView {
    pub status: String,
    pub about: Vec<Piece>,
    pub kind: Vec<Piece>,
    pub headers: Vec<(String, Vec<Piece>)>,
    pub example: Option<String>,
}

/// A way to be refused.
pub struct ErrorView {
    pub status: String,
    /// The body that says so.
    pub text: String,
}

/// A schema under its name.
pub struct SchemaView {
    pub name: String,
    pub about: Vec<Piece>,
    pub kind: Vec<Piece>,
    pub limits: Vec<Piece>,
    pub rows: Vec<Row>,
}

impl Frame {
    fn of(document: &Document, title: &str, current: Option<usize>) -> Frame {
        let dialects = document.dialects.iter().enumerate().map(|(place, described)| Entry {
            title: described.api.title,
            href: href(described),
            is_current: current == Some(place),
            groups: if current == Some(place) { groups(described, "") } else { Vec::new() },
        });
        Frame { title: title.to_owned(), dialects: dialects.collect() }
    }

    /// The address of a static file, with its content hash.
    pub fn asset(&self, path: &str) -> String {
        assets::url(path)
    }
}

impl IndexPage {
    pub fn of(document: &Document, base: &str) -> IndexPage {
        let overview = |described: &Described| Overview {
            title: described.api.title,
            href: href(described),
            about: described.api.about.iter().map(|text| prose(text)).collect(),
            groups: groups(described, &href(described)),
        };
        IndexPage {
            frame: Frame::of(document, "APIs", None),
            base: base.to_owned(),
            dialects: document.dialects.iter().map(overview).collect(),
        }
    }
}

impl DialectPage {
    /// The page of the dialect at this place of the document.
    pub fn of(document: &Document, place: usize, base: &str) -> DialectPage {
        let described = &document.dialects[place];
        let security = described.security.iter().map(|(name, scheme, curl)| Security {
            name,
            about: paragraphs(&said_of(scheme)),
            curl,
        });
        let mut sections: Vec<Section> = Vec::new();
        for told in &described.operations {
            let view = OperationView::of(described, told, base);
            match sections.iter_mut().find(|section| section.name == told.group) {
                Some(section) => section.operations.push(view),
                None => sections.push(Section {
                    name: told.group.clone(),
                    anchor: format!("about-{}", anchor(&told.group)),
                    operations: vec![view],
                }),
            }
        }
        DialectPage {
            frame: Frame::of(document, described.api.title, Some(place)),
            title: described.api.title,
            about: described.api.about.iter().map(|text| prose(text)).collect(),
            security: security.collect(),
            groups: sections,
            shared: shared(described),
            schemas: described.schemas.iter().map(|(name, schema)| SchemaView::of(name, schema)).collect(),
        }
    }
}

impl OperationView {
    fn of(described: &Described, told: &Told, base: &str) -> OperationView {
        let description = &told.description;
        let parameters: Vec<&Parameter> = description.parameters.iter().flatten().filter_map(own).collect();
        let body = description.request_body.as_ref().and_then(own);
        let (mut answers, mut errors, mut shared) = (Vec::new(), Vec::new(), Vec::new());
        for (status, reference) in &description.responses.responses {
            let Some(response) = described.response(reference) else { continue };
            let content = response.content.values().find_map(own);
            if status.as_str() >= "400" {
                match reference {
                    RefOr::Ref(place) => shared.push((status.clone(), anchor_of(&place.ref_location))),
                    RefOr::T(own) => errors.extend(ErrorView::all(described, status, own)),
                }
                continue;
            }
            let headers = response.headers.iter().filter_map(|(name, header)| {
                Some((name.clone(), prose(own(header)?.description.as_deref().unwrap_or_default())))
            });
            answers.push(AnswerView {
                status: status.clone(),
                about: prose(&response.description),
                kind: content.and_then(|content| content.schema.as_ref()).map(kind).unwrap_or_default(),
                headers: headers.collect(),
                example: content.and_then(|content| example(described, content)),
            });
        }
        let body_content = body.and_then(|body| body.content.iter().next());
        OperationView {
            anchor: anchor(told.id()),
            method: told.facts.method,
            path: told.facts.path.clone(),
            summary: description.summary.clone().unwrap_or_default(),
            about: paragraphs(description.description.as_deref().unwrap_or_default()),
            needs: needs(told),
            curl: curl(described, told, &parameters, base),
            parameters: parameters.into_iter().map(|parameter| Row::of_parameter(described, parameter)).collect(),
            body: body_content.and_then(|(media_type, content)| {
                let schema = own(content)?.schema.as_ref()?;
                let needed = body.and_then(|body| body.required.clone()) == Some(utoipa::openapi::Required::True);
                Some(BodyView {
                    media_type: media_type.clone(),
                    is_required: needed,
                    kind: kind(schema),
                    rows: rows(resolved(described, schema)),
                })
            }),
            answers,
            errors,
            shared,
        }
    }
}

impl ErrorView {
    /// Every body that an answer of this status may have.
    fn all(described: &Described, status: &str, response: &Response) -> Vec<ErrorView> {
        let content = response.content.values().find_map(own);
        let shown = content.map(|content| described.shown(content)).unwrap_or_default();
        let mut texts: Vec<String> = shown.iter().map(|shown| shown.text.clone()).collect();
        if texts.is_empty() {
            texts.extend(content.and_then(|content| example(described, content)));
        }
        texts.into_iter().map(|text| ErrorView { status: status.to_owned(), text }).collect()
    }
}

impl Row {
    fn of_parameter(described: &Described, parameter: &Parameter) -> Row {
        let schema = parameter.schema.as_ref();
        let mut about = prose(parameter.description.as_deref().unwrap_or_default());
        if let Some(schema) = schema.map(|schema| resolved(described, schema)) {
            if about.is_empty() {
                about = prose(&description_of(schema));
            }
            about.push(Piece::Text(" ".into()));
            about.extend(limits(schema));
        }
        Row {
            name: parameter.name.clone(),
            place: match parameter.parameter_in {
                ParameterIn::Path => "path",
                ParameterIn::Query => "query",
                ParameterIn::Header => "header",
                _ => "cookie",
            },
            is_required: parameter.required == utoipa::openapi::Required::True,
            kind: schema.map(kind).unwrap_or_default(),
            about,
        }
    }
}

impl SchemaView {
    fn of(name: &str, schema: &RefOr<Schema>) -> SchemaView {
        SchemaView {
            name: name.to_owned(),
            about: prose(&description_of(schema).replace('\n', " ")),
            kind: kind(schema),
            limits: limits(schema),
            rows: rows(schema),
        }
    }
}

fn needs(told: &Told) -> Vec<String> {
    let mut needs = Vec::new();
    for requirement in told.description.security.iter().flatten() {
        let value = serde_json::to_value(requirement).unwrap_or_default();
        for (name, scopes) in value.as_object().into_iter().flatten() {
            let scopes: Vec<&str> = scopes.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            needs.push(if scopes.is_empty() { name.clone() } else { scopes.join(" or ") });
        }
    }
    needs
}

fn rows(schema: &RefOr<Schema>) -> Vec<Row> {
    let RefOr::T(Schema::Object(object)) = schema else { return Vec::new() };
    let row = |(name, member): (&String, &RefOr<Schema>)| {
        let mut about = prose(&description_of(member).replace('\n', " "));
        about.push(Piece::Text(" ".into()));
        about.extend(limits(member));
        Row { name: name.clone(), place: "", is_required: object.required.contains(name), kind: kind(member), about }
    };
    object.properties.iter().map(row).collect()
}

fn description_of(schema: &RefOr<Schema>) -> String {
    let text = match schema {
        RefOr::Ref(reference) => return reference.description.clone(),
        RefOr::T(Schema::Object(object)) => &object.description,
        RefOr::T(Schema::Array(array)) => &array.description,
        RefOr::T(Schema::OneOf(one)) => &one.description,
        RefOr::T(Schema::AllOf(all)) => &all.description,
        RefOr::T(Schema::AnyOf(any)) => &any.description,
        RefOr::T(_) => return String::new(),
    };
    text.clone().unwrap_or_default()
}

fn said_of(scheme: &SecurityScheme) -> String {
    let value = serde_json::to_value(scheme).unwrap_or_default();
    value["description"].as_str().unwrap_or_default().to_owned()
}

fn groups(described: &Described, page: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for told in &described.operations {
        let line = Line {
            href: format!("{page}#{}", anchor(told.id())),
            method: told.facts.method,
            path: told.facts.path.clone(),
            summary: told.description.summary.clone().unwrap_or_default(),
        };
        match groups.iter_mut().find(|group| group.name == told.group) {
            Some(group) => group.lines.push(line),
            None => groups.push(Group { name: told.group.clone(), lines: vec![line] }),
        }
    }
    groups
}

/// What several operations are refused with, once.
fn shared(described: &Described) -> Vec<Shared> {
    let status = |name: &str| {
        let all = described.operations.iter().flat_map(|told| &told.description.responses.responses);
        let named = |reference: &RefOr<Response>| matches!(reference, RefOr::Ref(place) if place.ref_location.rsplit('/').next() == Some(name));
        all.filter(|(_, reference)| named(reference)).map(|(status, _)| status.clone()).next()
    };
    let refused = described.responses.iter().filter_map(|(name, response)| {
        let status = status(name).filter(|status| status.as_str() >= "400")?;
        Some(Shared { name: name.clone(), errors: ErrorView::all(described, &status, response) })
    });
    let mut refused: Vec<Shared> = refused.collect();
    refused.sort_by(|a, b| a.errors.first().map(|it| &it.status).cmp(&b.errors.first().map(|it| &it.status)));
    refused
}

/// Where a shared answer is told on the page.
fn anchor_of(location: &str) -> String {
    format!("refusal-{}", location.rsplit('/').next().unwrap_or_default())
}

fn href(described: &Described) -> String {
    format!("/api/docs/{}", described.api.name)
}

/// `Payout links` and `cancel_payout` as parts of an address.
fn anchor(name: &str) -> String {
    name.to_lowercase().replace([' ', '_'], "-")
}
