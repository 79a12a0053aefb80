//! What is mounted is described, and what is described is mounted.

use std::collections::{BTreeMap, BTreeSet};

use paydesk::api::openapi::document;

use crate::support::api::{Api, exchange};
use crate::support::app::spawn;
use crate::support::described::{UNDESCRIBED, operations, resolve};
use crate::support::source::files;

/// Ways to mount something in actix.
const MOUNTING: &[&str] = &[
    ".route(",
    "resource(",
    "Resource::new(",
    "web::get(",
    "web::post(",
    "web::put(",
    "web::patch(",
    "web::delete(",
    "web::head(",
    "web::trace(",
    "web::method(",
    "web::route(",
    "Route::new(",
    "().to(",
    "web::to(",
    "default_service(",
    "#[get(",
    "#[post(",
    "#[put(",
    "#[patch(",
    "#[delete(",
    "#[route(",
];

#[test]
fn api_routes_are_made_by_the_table_alone() {
    let mut wrong = Vec::new();
    for file in files("src/api", ".rs").iter().filter(|file| !file.path.starts_with("src/api/openapi/")) {
        if UNDESCRIBED.iter().any(|folder| file.path.starts_with(folder)) {
            assert!(!file.text.contains("#[utoipa::path("), "{} is described: take it off UNDESCRIBED", file.path);
            continue;
        }
        for (line, code) in file.code() {
            // Where nothing is, a dialect says so in its own words.
            let says = ["default_service(web::to(", ").to("].iter().any(|way| code.contains(way));
            let elsewhere = says && code.contains("error::nowhere");
            if !elsewhere && MOUNTING.iter().any(|way| code.contains(way)) {
                wrong.push(format!("{}:{line} mounts what nobody describes: {}", file.path, code.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_described_handler_stands_in_a_table() {
    let mut described = BTreeMap::new();
    for file in files("src/api", ".rs") {
        for name in file.text.split("operation_id = \"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(!name.is_empty(), "{}", file.path);
            described.insert((file.path.clone(), name.to_owned()), ());
        }
    }
    described.retain(|(path, _), ()| !path.starts_with("src/api/openapi/"));
    let told = document().dialects.iter().flat_map(|dialect| &dialect.operations);
    let told = told.filter(|told| !told.facts.is_again).count();
    assert_eq!(told, described.len(), "a handler with #[utoipa::path] is in no route table");
}

/// Bodies of `/api/v1` are read member by member, and described by structs of their own.
#[test]
fn members_that_are_read_are_described_and_the_other_way_round() {
    let mut read = BTreeSet::new();
    for file in files("src/api/v1", ".rs") {
        let code: String = file.code().map(|(_, line)| line).collect::<Vec<_>>().join(" ");
        for reading in
            ["members.text(\"", "members.number(\"", "members.flag(\"", "members.object(\"", "members.texts(\""]
        {
            read.extend(code.split(reading).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
        }
        // Signing in has a way of its own.
        let given = code.split("given(&mut ").skip(1).filter_map(|rest| rest.split('"').nth(1));
        read.extend(given.map(str::to_owned));
    }
    let mut described = BTreeSet::new();
    for (_, path, operation) in operations() {
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        if ["/api/v1/", "/auth/"].iter().any(|start| path.starts_with(start)) && schema.is_object() {
            let members = resolve(schema)["properties"].as_object();
            described.extend(members.into_iter().flatten().map(|(name, _)| name.clone()));
        }
    }
    assert_eq!(described, read);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_described_is_mounted() {
    let app = spawn().await;
    let api = Api::at_root(&app.base_url, None);
    for (method, path, operation) in operations() {
        let path: String =
            path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect::<Vec<_>>().join("/");
        let (answer, _) = exchange(api.request(&method, &path)).await.expect("an answer");
        let at = format!("{method} {path} answers {} {}", answer.status, answer.text);
        // Who asks is looked at first, and nobody needs to be known to be told that nothing is there.
        if operation["security"].as_array().is_some_and(|ways| !ways.is_empty()) {
            assert_eq!(answer.status, 401, "{at}");
        } else {
            assert!(!operation["responses"][answer.status.to_string()].is_null(), "{at}");
        }
    }
}
