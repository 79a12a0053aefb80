//! The document as JSON: members in the order of the tables and types, amounts in the digits in which they are sent.

use serde::ser::{SerializeMap, Serializer};
use serde::{Serialize, ser};
use serde_json::value::RawValue;
use utoipa::openapi::security::SecurityScheme;

use super::document::{Described, Document, Told, to_text};

/// A map whose members stay in order.
struct Pairs<T>(Vec<(String, T)>);

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<T> Default for Pairs<T> {
    fn default() -> Pairs<T> {
        Pairs(Vec::new())
    }
}

#[derive(Serialize)]
struct Root {
    openapi: &'static str,
    info: Info,
    servers: [Server; 1],
    tags: Vec<Tag>,
    paths: Pairs<Pairs<Box<RawValue>>>,
    components: Components,
}

#[derive(Serialize)]
struct Info {
    title: &'static str,
    version: &'static str,
    description: String,
}

#[derive(Serialize)]
struct Server {
    url: &'static str,
}

#[derive(Serialize)]
struct Tag {
    name: String,
}

#[derive(Serialize)]
struct Example {
    #[serde(skip_serializing_if = "String::is_empty")]
    summary: String,
    value: Box<RawValue>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
struct Components {
    schemas: Pairs<Box<RawValue>>,
    responses: Pairs<Box<RawValue>>,
    examples: Pairs<Example>,
    security_schemes: Pairs<SecurityScheme>,
}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tags: Vec<Tag> = Vec::new();
        let mut paths: Pairs<Pairs<Box<RawValue>>> = Pairs::default();
        let mut components = Components::default();
        for described in &self.dialects {
            for told in &described.operations {
                let mut description = told.description.clone();
                let tag = described.tag(told);
                if !tags.iter().any(|known| known.name == tag) {
                    tags.push(Tag { name: tag.clone() });
                }
                description.tags = Some(vec![tag]);
                description.operation_id = Some(described.global(told.id()).replace('.', "_"));
                let row = (told.facts.method.to_lowercase(), described.globally(&description));
                match paths.0.iter_mut().find(|(path, _)| *path == told.facts.path) {
                    Some((_, item)) => item.0.push(row),
                    None => paths.0.push((told.facts.path.clone(), Pairs(vec![row]))),
                }
            }
            let all = |name: &String| described.global(name);
            components.schemas.0.extend(described.schemas.iter().map(|(name, it)| (all(name), described.globally(it))));
            components
                .responses
                .0
                .extend(described.responses.iter().map(|(name, it)| (all(name), described.globally(it))));
            for (name, shown) in &described.examples {
                let value = RawValue::from_string(shown.text.clone()).map_err(ser::Error::custom)?;
                components.examples.0.push((all(name), Example { summary: shown.summary.clone(), value }));
            }
            let schemes = described.security.iter().map(|(name, scheme, _)| ((*name).to_owned(), scheme.clone()));
            components.security_schemes.0.extend(schemes);
        }
        let about: Vec<&str> = self.dialects.iter().flat_map(|described| described.api.about.iter().copied()).collect();
        let info = Info { title: "Paydesk", version: env!("CARGO_PKG_VERSION"), description: about.join("\n\n") };
        let root = Root { openapi: "3.1.0", info, servers: [Server { url: "/" }], tags, paths, components };
        root.serialize(serializer)
    }
}

impl Described {
    /// Where a group of operations stands in the whole document.
    fn tag(&self, told: &Told) -> String {
        format!("{}: {}", self.api.title, told.group)
    }

    /// JSON with the names of the whole document.
    fn globally(&self, value: &impl Serialize) -> Box<RawValue> {
        let mut text = to_text(value);
        if !self.api.prefix.is_empty() {
            for kind in ["schemas", "responses", "examples"] {
                let start = format!("\"#/components/{kind}/");
                text = text.replace(&start, &format!("{start}{}.", self.api.prefix));
            }
        }
        RawValue::from_string(text).expect("JSON")
    }
}
