//! What is read of requests is described, and the other way round.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::described::{operations, resolve};
use crate::support::source::files;

/// The names that stand after these words where the dialect reads requests.
fn read(after: &[&str]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let own = |path: &str| !path.contains("/wire/");
    for file in files("src/api/razorpay", ".rs").iter().filter(|file| own(&file.path)) {
        let code: String = file.code().map(|(_, line)| line).collect::<Vec<_>>().join(" ");
        for reading in after {
            names.extend(code.split(reading).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
    }
    names
}

/// What is said of the operations of the dialect.
fn described() -> impl Iterator<Item = &'static Value> {
    operations().into_iter().filter(|(_, path, _)| path.starts_with("/v1/")).map(|(_, _, operation)| operation)
}

/// The members of a body, and of the objects in it.
fn members(schema: &'static Value, found: &mut BTreeSet<String>) {
    let schema = resolve(schema);
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        found.insert(name.clone());
        members(member, found);
    }
    for way in schema["oneOf"].as_array().into_iter().flatten() {
        members(way, found);
    }
}

#[test]
fn members_of_bodies() {
    let mut after = ["part(body, \"", "body()?.required(\""].map(str::to_owned).to_vec();
    for whose in ["body", "contact", "account", "self"] {
        for kind in ["required", "optional", "text", "integer", "flag", "object", "value"] {
            after.push(format!("{whose}.{kind}(\""));
        }
    }
    let after: Vec<&str> = after.iter().map(String::as_str).collect();
    let mut found = BTreeSet::new();
    for operation in described() {
        members(&operation["requestBody"]["content"]["application/json"]["schema"], &mut found);
    }
    assert_eq!(found, read(&after));
}

#[test]
fn parameters_of_addresses() {
    let after = ["parameters.text(\"", "self.text(\"", "parameters.id(\"", "lists(\"", "between(\"", ": text(\""];
    let named = described().flat_map(|operation| operation["parameters"].as_array().into_iter().flatten());
    let asked = named.filter(|parameter| parameter["in"] == "query").filter_map(|parameter| parameter["name"].as_str());
    let found: BTreeSet<String> = asked.map(|name| name.trim_end_matches("[]").to_owned()).collect();
    assert_eq!(found, read(&after));
}
