//! The document: what the tables and types of all dialects say, put together once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::openapi::content::{Content, ContentBuilder};
use utoipa::openapi::path::Operation as Description;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{AnyOfBuilder, ArrayItems, Schema};
use utoipa::openapi::security::SecurityScheme;
use utoipa::openapi::{Ref, RefOr, Required};

use super::about::{Api, Facts, Named, Refusal, Sample};
use super::operation::Operation;
use super::schema::{object, require_nullable};
use crate::api;

/// Everything that is told about the APIs.
pub struct Document {
    pub dialects: Vec<Described>,
}

/// A dialect, put together. Names in it are without the dialect's prefix.
pub struct Described {
    pub api: Api,
    pub operations: Vec<Told>,
    pub schemas: Vec<Named>,
    /// Answers that several operations have.
    pub responses: Vec<(String, Response)>,
    pub examples: Vec<(String, Shown)>,
    pub security: Vec<(&'static str, SecurityScheme, &'static str)>,
}

/// An operation with everything that is told of it.
pub struct Told {
    pub facts: Facts,
    /// What it is about: `Payouts`.
    pub group: String,
    pub description: Description,
}

/// A body under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub summary: String,
    /// JSON exactly as it is sent.
    pub text: String,
}

/// The document of this program.
pub fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| Document { dialects: api::described().into_iter().map(Described::of).collect() })
}

impl Document {
    /// The document as JSON.
    ///
    /// # Panics
    /// If a sample is no JSON, which a test would have found.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("samples are JSON")
    }
}

impl Described {
    pub(super) fn of(api: Api) -> Described {
        let operations = (api.operations)();
        let mut described = Described {
            operations: Vec::new(),
            schemas: schemas(&api, &operations),
            responses: Vec::new(),
            examples: Vec::new(),
            security: (api.security)(),
            api,
        };
        let samples = (described.api.samples)();
        for operation in operations {
            let told = described.tell(&operation, &samples);
            described.operations.push(told);
        }
        described.share_responses();
        described.require_answered();
        described
    }

    /// What an answer of an operation says: its own, or one that several share.
    pub fn response<'a>(&'a self, response: &'a RefOr<Response>) -> Option<&'a Response> {
        match response {
            RefOr::T(response) => Some(response),
            RefOr::Ref(reference) => {
                let name = name_in(&reference.ref_location)?;
                self.responses.iter().find(|(known, _)| known == name).map(|(_, response)| response)
            }
        }
    }

    /// The schema under a name.
    pub fn schema(&self, name: &str) -> Option<&RefOr<Schema>> {
        self.schemas.iter().find(|(known, _)| known == name).map(|(_, schema)| schema)
    }

    /// The examples that a body shows, by their names.
    pub fn shown(&self, content: &Content) -> Vec<&Shown> {
        let names = content.examples.values().filter_map(|example| match example {
            RefOr::Ref(reference) => name_in(&reference.ref_location),
            RefOr::T(_) => None,
        });
        names.filter_map(|name| self.examples.iter().find(|(known, _)| known == name).map(|(_, shown)| shown)).collect()
    }

    fn tell(&mut self, operation: &Operation, samples: &[Sample]) -> Told {
        let mut description = operation.description();
        let facts = Facts::of(operation, &description);
        if let Some(RefOr::T(body)) = &mut description.request_body {
            let needed = body.content.values().any(|content| self.needs_members(content));
            body.required = Some(if needed { Required::True } else { Required::False });
            for content in body.content.values_mut() {
                self.exemplify(content, samples);
            }
        }
        for response in description.responses.responses.values_mut() {
            if let RefOr::T(response) = response {
                for content in response.content.values_mut() {
                    self.exemplify(content, samples);
                }
            }
        }
        let mut refusals: BTreeMap<u16, Vec<Refusal>> = BTreeMap::new();
        for refusal in (self.api.common)(&facts).into_iter().chain(operation.refusals.iter().cloned()) {
            let same = refusals.entry(refusal.status).or_default();
            if !same.iter().any(|known| known.name == refusal.name) {
                same.push(refusal);
            }
        }
        for (status, refusals) in refusals {
            let response = RefOr::T(self.refused(status, &refusals, samples));
            description.responses.responses.entry(status.to_string()).or_insert(response);
        }
        for (status, response) in &mut description.responses.responses {
            let (RefOr::T(response), Ok(status)) = (response, status.parse()) else { continue };
            for (name, header) in (self.api.headers)(&facts, status) {
                response.headers.entry(name.to_owned()).or_insert(RefOr::T(header));
            }
        }
        Told { facts, group: operation.group.clone(), description }
    }

    /// Whether a body has members that must be there; one that has none may be left out.
    fn needs_members(&self, content: &RefOr<Content>) -> bool {
        let RefOr::T(content) = content else { return true };
        let named = content.schema.as_ref().and_then(named).and_then(|(name, _)| self.schema(&name));
        named.and_then(object).is_none_or(|object| !object.required.is_empty())
    }

    /// Gives a body without an example the samples of its schema.
    fn exemplify(&mut self, content: &mut RefOr<Content>, samples: &[Sample]) {
        let RefOr::T(content) = content else { return };
        if content.example.is_some() || !content.examples.is_empty() {
            return;
        }
        let Some((name, is_list)) = content.schema.as_ref().and_then(named) else { return };
        for sample in samples.iter().filter(|sample| sample.schema == name) {
            let (key, text) = if is_list {
                (format!("{name}List"), list_of(&sample.text))
            } else {
                (name.clone(), sample.text.clone())
            };
            let key = self.keep(key, Shown { summary: String::new(), text });
            content.examples.insert(key.clone(), reference("examples", &key));
        }
    }

    /// The answer that these refusals with the same status are.
    fn refused(&mut self, status: u16, refusals: &[Refusal], samples: &[Sample]) -> Response {
        let reason = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let mut response = ResponseBuilder::new().description(reason.unwrap_or("Error"));
        let Some(((media_type, usual), others)) = self.api.errors.split_first() else { return response.build() };
        let mut content = ContentBuilder::new().schema(Some(schema_of(refusals))).build();
        for refusal in refusals {
            let shown = Shown { summary: refusal.summary.clone(), text: refusal.text.clone() };
            let key = self.keep(format!("{status}_{}", refusal.name), shown);
            content.examples.insert(key.clone(), reference("examples", &key));
        }
        response = response.content(*media_type, content);
        let others = others.iter().filter(|_| refusals.iter().any(|refusal| refusal.schema == *usual));
        for (media_type, schema) in others {
            let schema = Ref::from_schema_name(*schema);
            let mut content = RefOr::T(ContentBuilder::new().schema(Some(schema)).build());
            self.exemplify(&mut content, samples);
            if let RefOr::T(content) = content {
                response = response.content(*media_type, content);
            }
        }
        response.build()
    }

    /// Keeps an example under this name, or under the next one that is free if another has it.
    fn keep(&mut self, name: String, shown: Shown) -> String {
        let mut key = name.clone();
        for number in 2.. {
            match self.examples.iter().find(|(known, _)| *known == key) {
                None => {
                    self.examples.push((key.clone(), shown));
                    break;
                }
                Some((_, known)) if *known == shown => break,
                Some(_) => key = format!("{name}_{number}"),
            }
        }
        key
    }

    /// Answers that several operations have in common are told once.
    fn share_responses(&mut self) {
        let every = |operations: &[Told]| -> Vec<Response> {
            let responses = operations.iter().flat_map(|told| told.description.responses.responses.values());
            responses
                .filter_map(|response| if let RefOr::T(own) = response { Some(own.clone()) } else { None })
                .collect()
        };
        let every = every(&self.operations);
        for told in &mut self.operations {
            for response in told.description.responses.responses.values_mut() {
                let RefOr::T(own) = &*response else { continue };
                if every.iter().filter(|other| *other == own).count() < 2 {
                    continue;
                }
                let known = self.responses.iter().find(|(_, known)| known == own).map(|(name, _)| name.clone());
                let name = known.unwrap_or_else(|| {
                    let name = free_name(&self.responses, own);
                    self.responses.push((name.clone(), own.clone()));
                    name
                });
                *response = reference("responses", &name);
            }
        }
    }

    /// Members that can be null are always answered; in request bodies they may be left out.
    fn require_answered(&mut self) {
        let own = self.operations.iter().flat_map(|told| told.description.responses.responses.values());
        let shared = self.responses.iter().map(|(_, response)| to_text(response));
        let mut open: Vec<String> = own.map(to_text).chain(shared).flat_map(|text| schema_names(&text)).collect();
        let mut answered = BTreeSet::new();
        while let Some(name) = open.pop() {
            if let Some(schema) = self.schema(&name)
                && answered.insert(name)
            {
                open.extend(schema_names(&to_text(schema)));
            }
        }
        for (_, schema) in self.schemas.iter_mut().filter(|(name, _)| answered.contains(name)) {
            require_nullable(schema);
        }
    }

    /// The name in the whole document.
    pub fn global(&self, name: &str) -> String {
        if self.api.prefix.is_empty() { name.to_owned() } else { format!("{}.{name}", self.api.prefix) }
    }
}

impl Told {
    /// Names it within its dialect.
    pub fn id(&self) -> &str {
        self.description.operation_id.as_deref().unwrap_or_default()
    }
}

/// The schemas of a dialect, each once, in the order in which they come up.
///
/// # Panics
/// If two different ones have the same name.
fn schemas(api: &Api, operations: &[Operation]) -> Vec<Named> {
    let mut schemas: Vec<Named> = Vec::new();
    for (name, schema) in operations.iter().flat_map(Operation::schemas).chain((api.schemas)()) {
        match schemas.iter().find(|(known, _)| *known == name) {
            Some((_, known)) => assert!(*known == schema, "two schemas of {} are called {name}", api.title),
            None => schemas.push((name, schema)),
        }
    }
    schemas
}

/// The schema of these bodies, or any of theirs if they have several.
fn schema_of(refusals: &[Refusal]) -> RefOr<Schema> {
    let mut names: Vec<&str> = refusals.iter().map(|refusal| refusal.schema.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [name] => RefOr::Ref(Ref::from_schema_name(*name)),
        names => {
            let any = names.iter().fold(AnyOfBuilder::new(), |any, name| any.item(Ref::from_schema_name(*name)));
            RefOr::T(Schema::AnyOf(any.build()))
        }
    }
}

/// The schema that a body is, or is a list of.
fn named(schema: &RefOr<Schema>) -> Option<(String, bool)> {
    match schema {
        RefOr::Ref(reference) => Some((name_in(&reference.ref_location)?.to_owned(), false)),
        RefOr::T(Schema::Array(array)) => match &array.items {
            ArrayItems::RefOrSchema(items) => named(items).map(|(name, _)| (name, true)),
            ArrayItems::False => None,
        },
        RefOr::T(_) => None,
    }
}

/// The last part of `#/components/schemas/Payout`.
fn name_in(location: &str) -> Option<&str> {
    location.rsplit('/').next().filter(|name| !name.is_empty())
}

fn list_of(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {line}")).collect();
    format!("[\n{}\n]", lines.join("\n"))
}

fn reference<T>(kind: &str, name: &str) -> RefOr<T> {
    RefOr::Ref(Ref::new(format!("#/components/{kind}/{name}")))
}

fn free_name(taken: &[(String, Response)], response: &Response) -> String {
    let words = response.description.split(|c: char| !c.is_ascii_alphanumeric());
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let name: String = words.filter(|word| !word.is_empty()).take(5).map(capital).collect();
    let free = |name: &String| !taken.iter().any(|(known, _)| known == name);
    let numbered = (2..).map(|number| format!("{name}{number}"));
    std::iter::once(name.clone()).chain(numbered).find(free).unwrap_or(name)
}

/// The schemas that a text of JSON refers to.
fn schema_names(text: &str) -> Vec<String> {
    let after = text.split("\"#/components/schemas/").skip(1);
    after.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

/// A description as JSON.
pub(super) fn to_text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a description is JSON")
}
