//! The document is OpenAPI 3.1, and says of each operation what a reader needs.

use std::collections::HashSet;

use jsonschema::draft202012;
use paydesk::api::openapi::document;
use reqwest::Client;
use serde_json::Value;

use crate::support::api::send;
use crate::support::app::spawn;
use crate::support::described::{Strictness, fits, openapi, operations, resolve};

#[test]
fn the_document_keeps_the_rules_of_openapi() {
    let document = openapi();
    assert_eq!(document["openapi"], "3.1.0");
    for member in ["title", "version", "description"] {
        assert!(document["info"][member].as_str().is_some_and(|text| !text.is_empty()), "{member}");
    }
    for (kind, components) in document["components"].as_object().unwrap() {
        for name in components.as_object().unwrap().keys() {
            let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            assert!(!name.is_empty() && name.chars().all(plain), "{kind}: {name}");
        }
    }
    let mut ids = HashSet::new();
    let tags: Vec<&str> = document["tags"].as_array().unwrap().iter().filter_map(|tag| tag["name"].as_str()).collect();
    for (method, path, operation) in operations() {
        let at = format!("{method} {path}");
        assert!(path.starts_with('/'), "{at}");
        assert!(ids.insert(operation["operationId"].as_str().expect(&at)), "{at}: its id is another one's too");
        for tag in operation["tags"].as_array().expect(&at) {
            assert!(!tag.as_str().unwrap().ends_with(": "), "{at} lacks its tag");
            assert!(tags.contains(&tag.as_str().unwrap()), "{at}: {tag}");
        }
        let mut parameters = HashSet::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let (name, place) = (parameter["name"].as_str().expect(&at), parameter["in"].as_str().expect(&at));
            assert!(["path", "query", "header"].contains(&place), "{at}: {name}");
            assert!(parameters.insert((name, place)), "{at}: {name} twice");
            assert!(parameter["schema"].is_object(), "{at}: {name}");
            assert_eq!(place == "path", path.contains(&format!("{{{name}}}")), "{at}: {name}");
            assert!(place != "path" || parameter["required"] == true, "{at}: {name}");
        }
        for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
            assert!(parameters.contains(&(name, "path")), "{at}: {name} is not described");
        }
        for (status, response) in operation["responses"].as_object().expect(&at) {
            let code: u16 = status.parse().expect(&at);
            assert!((100..600).contains(&code), "{at}: {status}");
            assert!(resolve(response)["description"].as_str().is_some_and(|text| !text.is_empty()), "{at} {status}");
        }
        assert!(operation["security"].is_array(), "{at} does not say who may ask");
        for requirement in operation["security"].as_array().into_iter().flatten() {
            for name in requirement.as_object().unwrap().keys() {
                assert!(document["components"]["securitySchemes"][name].is_object(), "{at}: {name}");
            }
        }
    }
    refer_to_something(document);
}

#[test]
fn every_schema_is_a_json_schema() {
    let mut schemas: Vec<(String, &Value)> = Vec::new();
    collect(openapi(), "", &mut schemas);
    assert!(schemas.len() > 50, "{}", schemas.len());
    for (place, schema) in schemas {
        let wrong = draft202012::meta::validate(schema).err().map(|error| error.to_string());
        assert_eq!(wrong, None, "{place}");
    }
}

#[test]
fn each_operation_says_what_a_reader_needs() {
    for (method, path, operation) in operations() {
        let at = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 5 && !text.ends_with('.')), "{at}");
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.keys().any(|status| status.starts_with('2')), "{at}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let described = |value: &Value| value["description"].as_str().is_some_and(|text| !text.is_empty());
            let schema = resolve_in(&parameter["schema"]);
            assert!(described(parameter) || described(schema), "{at}: {}", parameter["name"]);
        }
    }
}

#[test]
fn each_operation_refuses_as_its_dialect_says() {
    for described in &document().dialects {
        let api = &described.api;
        assert!(api.refuses_callers.contains(&401) && api.refuses_callers.contains(&429), "{}", api.title);
        for told in &described.operations {
            let callers = api.refuses_callers.iter().filter(|_| told.facts.is_secured);
            let bodies = api.refuses_bodies.iter().filter(|_| told.facts.has_body);
            for status in callers.chain(bodies) {
                let has = told.description.responses.responses.contains_key(&status.to_string());
                assert!(has, "{} {} lacks {status}", told.facts.method, told.facts.path);
            }
        }
    }
}

#[test]
fn every_body_has_an_example_that_fits_its_schema() {
    let mut seen = 0;
    for (method, path, operation) in operations() {
        let at = format!("{method} {path}");
        let request = &operation["requestBody"]["content"];
        seen += examples(&format!("{at} request"), request, Strictness::AsWritten);
        for (status, response) in operation["responses"].as_object().unwrap() {
            let content = &resolve(response)["content"];
            seen += examples(&format!("{at} {status}"), content, Strictness::Exact);
        }
    }
    assert!(seen > 200, "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_the_document_once() {
    let app = spawn().await;
    let url = format!("{}/api/openapi.json", app.base_url);
    let first = send(Client::new().get(&url)).await;
    assert_eq!((first.status, first.header("content-type")), (200, "application/json"));
    assert_eq!(&first.json(), openapi());
    let tag = first.header("etag").to_owned();
    let again = send(Client::new().get(&url).header("If-None-Match", &tag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let packed = Client::new().get(&url).header("Accept-Encoding", "gzip").send().await.unwrap();
    assert_eq!(packed.headers()["content-encoding"], "gzip");
    assert!(packed.bytes().await.unwrap().len() * 4 < first.text.len());
    assert_eq!(send(Client::new().post(&url)).await.status, 405);
}

/// How many examples a body has; each fits.
fn examples(at: &str, content: &'static Value, strictness: Strictness) -> usize {
    let mut seen = 0;
    for (kind, media) in content.as_object().into_iter().flatten() {
        let named = media["examples"].as_object().into_iter().flatten();
        let mut values: Vec<&Value> = named.map(|(_, example)| &resolve(example)["value"]).collect();
        values.extend(media.get("example"));
        assert!(!values.is_empty(), "{at} {kind} has no example");
        for value in values {
            let fit = fits(&format!("{at} {kind} {strictness:?}"), &media["schema"], strictness, value);
            assert_eq!(fit, Ok(()), "{at} {kind}: {value}");
            seen += 1;
        }
    }
    seen
}

fn resolve_in(schema: &'static Value) -> &'static Value {
    resolve(schema)
}

fn refer_to_something(value: &'static Value) {
    match value {
        Value::Object(members) => {
            if value["$ref"].is_string() {
                resolve(value);
            }
            members.values().for_each(refer_to_something);
        }
        Value::Array(items) => items.iter().for_each(refer_to_something),
        _ => {}
    }
}

/// Every schema of the document, with the place where it stands. Examples are none.
fn collect(value: &'static Value, place: &str, found: &mut Vec<(String, &'static Value)>) {
    let Some(members) = value.as_object() else {
        value.as_array().into_iter().flatten().for_each(|item| collect(item, place, found));
        return;
    };
    for (name, member) in members {
        let here = format!("{place}/{name}");
        match name.as_str() {
            "example" | "examples" => {}
            "schema" => found.push((here, member)),
            "schemas" if place == "/components" => {
                found.extend(member.as_object().into_iter().flatten().map(|(name, it)| (format!("{here}/{name}"), it)));
            }
            _ => collect(member, &here, found),
        }
    }
}
