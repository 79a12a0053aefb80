//! What the pages show, taken from the document.

use askama::Template;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::content::Content;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::SecurityScheme;

use super::words::{Piece, kind, limits, paragraphs, plain, prose};
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
    pub anchor: String,
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
    pub when: String,
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
            title: described.dialect.title,
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
            title: described.dialect.title,
            href: href(described),
            about: described.dialect.about.iter().map(|text| prose(text)).collect(),
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
            match sections.iter_mut().find(|section| section.name == told.group()) {
                Some(section) => section.operations.push(view),
                None => sections.push(Section {
                    name: told.group().to_owned(),
                    anchor: anchor(told.group()),
                    operations: vec![view],
                }),
            }
        }
        DialectPage {
            frame: Frame::of(document, described.dialect.title, Some(place)),
            title: described.dialect.title,
            about: described.dialect.about.iter().map(|text| prose(text)).collect(),
            security: security.collect(),
            groups: sections,
            schemas: described.schemas.iter().map(|(name, schema)| SchemaView::of(name, schema)).collect(),
        }
    }
}

impl OperationView {
    fn of(described: &Described, told: &Told, base: &str) -> OperationView {
        let description = &told.description;
        let parameters: Vec<&Parameter> = description.parameters.iter().flatten().filter_map(own).collect();
        let body = description.request_body.as_ref().and_then(own);
        let (mut answers, mut errors) = (Vec::new(), Vec::new());
        for (status, response) in &description.responses.responses {
            let Some(response) = described.response(response) else { continue };
            let content = response.content.values().find_map(own);
            if status.as_str() >= "400" {
                let shown = content.map(|content| described.shown(content)).unwrap_or_default();
                errors.extend(shown.iter().map(|shown| ErrorView {
                    status: status.clone(),
                    when: shown.summary.clone(),
                    text: shown.text.clone(),
                }));
                if shown.is_empty() {
                    let text = content.and_then(|content| example(described, content)).unwrap_or_default();
                    errors.push(ErrorView { status: status.clone(), when: response.description.clone(), text });
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
        }
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

/// A call that can be pasted into a shell.
fn curl(described: &Described, told: &Told, parameters: &[&Parameter], base: &str) -> String {
    let mut path = told.facts.path.clone();
    let mut query = Vec::new();
    for parameter in parameters {
        let schema = parameter.schema.as_ref().map(|schema| resolved(described, schema));
        let value = schema.and_then(example_of).unwrap_or_else(|| "1".into());
        match parameter.parameter_in {
            ParameterIn::Path => path = path.replace(&format!("{{{}}}", parameter.name), &value),
            ParameterIn::Query if parameter.required == utoipa::openapi::Required::True => {
                query.push(format!("{}={value}", parameter.name));
            }
            _ => {}
        }
    }
    let question = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let mut lines = vec![match told.facts.method {
        "GET" => format!("curl '{base}{path}{question}'"),
        method => format!("curl -X {method} '{base}{path}{question}'"),
    }];
    let wanted =
        told.description.security.iter().flatten().next().map(|it| serde_json::to_value(it).unwrap_or_default());
    let wanted = wanted.as_ref().and_then(Value::as_object).and_then(|names| names.keys().next());
    let way = described.security.iter().find(|(name, ..)| Some(*name) == wanted.map(String::as_str));
    lines.extend(way.map(|(_, _, argument)| (*argument).to_owned()));
    for parameter in parameters {
        if parameter.parameter_in == ParameterIn::Header && parameter.required == utoipa::openapi::Required::True {
            let schema = parameter.schema.as_ref().map(|schema| resolved(described, schema));
            let value = schema.and_then(example_of).unwrap_or_else(|| "order-4711-a".into());
            lines.push(format!("-H '{}: {value}'", parameter.name));
        }
    }
    let body = told.description.request_body.as_ref().and_then(own).and_then(|body| body.content.iter().next());
    if let Some((media_type, content)) = body
        && let Some(text) = own(content).and_then(|content| example(described, content))
        && text.trim() != "{}"
    {
        let text = if media_type == "application/x-www-form-urlencoded" { form(&text) } else { text };
        lines.push(format!("-H 'Content-Type: {media_type}'"));
        lines.push(format!("-d '{}'", text.replace('\'', "'\\''")));
    }
    lines.join(" \\\n  ")
}

/// Members of JSON as a form has them.
fn form(text: &str) -> String {
    let value: Value = serde_json::from_str(text).unwrap_or_default();
    let pairs = value.as_object().into_iter().flatten();
    pairs.map(|(name, value)| format!("{name}={}", plain(value).replace(':', "%3A"))).collect::<Vec<_>>().join("&")
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

fn example(described: &Described, content: &Content) -> Option<String> {
    let shown = described.shown(content).first().map(|shown| shown.text.clone());
    shown.or_else(|| content.example.as_ref().and_then(|value| serde_json::to_string_pretty(value).ok()))
}

fn example_of(schema: &RefOr<Schema>) -> Option<String> {
    let RefOr::T(Schema::Object(object)) = schema else { return None };
    object.examples.first().or(object.example.as_ref()).map(plain)
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
        match groups.iter_mut().find(|group| group.name == told.group()) {
            Some(group) => group.lines.push(line),
            None => {
                groups.push(Group { name: told.group().to_owned(), anchor: anchor(told.group()), lines: vec![line] })
            }
        }
    }
    groups
}

fn href(described: &Described) -> String {
    format!("/api/docs/{}", described.dialect.name)
}

/// `Payout links` and `cancel_payout` as parts of an address.
fn anchor(name: &str) -> String {
    name.to_lowercase().replace([' ', '_'], "-")
}

fn resolved<'a>(described: &'a Described, schema: &'a RefOr<Schema>) -> &'a RefOr<Schema> {
    let RefOr::Ref(reference) = schema else { return schema };
    let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
    described.schema(name).unwrap_or(schema)
}

fn own<T>(value: &RefOr<T>) -> Option<&T> {
    match value {
        RefOr::T(value) => Some(value),
        RefOr::Ref(_) => None,
    }
}
