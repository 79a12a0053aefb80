//! The routes as the source and the document of the APIs declare them, held against the table.

use std::collections::BTreeSet;

use paydesk::api::openapi::document;

use super::table::{PAGES, PROGRAMS};
use crate::support::described::UNDESCRIBED;
use crate::support::source::{Source, files};

/// Routes that stand in the table to show what is answered where nothing is.
const NOWHERE: &[&str] = &["/no/such/page", "/api/v1/nothing", "/auth/nothing"];

#[test]
fn every_route_stands_in_the_table() {
    let declared = declared();
    let table: BTreeSet<_> = PAGES
        .iter()
        .chain(PROGRAMS)
        .filter(|(_, path, _)| !NOWHERE.contains(path))
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    let missing: Vec<_> = declared.difference(&table).collect();
    assert!(missing.is_empty(), "say in the table who may use {missing:?}");
    let gone: Vec<_> = table.difference(&declared).collect();
    assert!(gone.is_empty(), "the table has routes that the program has not: {gone:?}");
}

/// Method and path of every route in the source.
fn declared() -> BTreeSet<(String, String)> {
    let folders = ["src/web", "src/api/openapi", "src/docs", "src/http"].into_iter().chain(UNDESCRIBED.iter().copied());
    let read = folders.flat_map(|folder| files(folder, ".rs")).flat_map(|file| routes(&file));
    // Those of the APIs stand in tables, which the document is made from.
    // What stands below another prefix again has the same handler.
    let told = document().dialects.iter().flat_map(|dialect| &dialect.operations).map(|told| &told.facts);
    let described = told.filter(|it| !it.is_again).map(|it| (it.method.to_owned(), it.path.clone()));
    read.chain(described).collect()
}

/// Reads `resource("…")`, `at("…")`, `scope("…")` and `route("…"`, with the methods that follow each.
fn routes(file: &Source) -> Vec<(String, String)> {
    let code = file.code().map(|(_, line)| line).collect::<Vec<_>>().join("\n");
    let mut scopes: Vec<(usize, String)> = Vec::new();
    let mut path = None;
    let mut depth = 0;
    let mut found = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let rest = &code[at..];
        let prefix = scopes.last().map_or("", |(_, prefix)| prefix.as_str());
        if let Some(text) = opens(&code, at, "scope") {
            let prefix = format!("{prefix}{text}");
            scopes.push((depth, prefix));
        } else if let Some(text) = ["resource", "at", "route"].iter().find_map(|name| opens(&code, at, name)) {
            path = Some(format!("{prefix}{}", plain(&text)));
        } else {
            for method in ["get", "post", "put", "patch", "delete"] {
                if rest.starts_with(&format!("{method}().to(")) && !is_word(&code, at) {
                    let path = path.clone().unwrap_or_else(|| panic!("{}: a method without a path", file.path));
                    found.push((method.to_uppercase(), path));
                }
            }
        }
        let letter = rest.chars().next().expect("more text");
        match letter {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                scopes.retain(|(opened, _)| *opened <= depth);
            }
            _ => {}
        }
        at += letter.len_utf8();
    }
    found
}

/// The text in `name("text"`, if it stands here.
fn opens(code: &str, at: usize, name: &str) -> Option<String> {
    let rest = code[at..].strip_prefix(name)?.strip_prefix("(\"")?;
    (!is_word(code, at)).then(|| rest.split('"').next().unwrap_or_default().to_owned())
}

/// Whether a longer word ends in what stands here.
fn is_word(code: &str, at: usize) -> bool {
    code[..at].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// `{id:[^/]*}` as `{id}`.
fn plain(path: &str) -> String {
    let mut out = String::new();
    let mut skipping = false;
    for letter in path.chars() {
        match letter {
            ':' if out.rfind('{') > out.rfind('}') => skipping = true,
            '}' => skipping = false,
            _ => {}
        }
        if !skipping {
            out.push(letter);
        }
    }
    out
}

#[test]
fn routes_are_read_from_the_source() {
    let text = r#"
        config
            .service(web::scope("/a").configure(x::routes).wrap(from_fn(y)))
            .service(at("/b/{id:[^/]*}").route(get().to(b)).route(post().to(c)))
            .service(web::scope("/c").service(web::resource("/d").route(web::delete().to(d))));
        config.route("/e", web::get().to(e));
    "#;
    let file = Source { path: "src/web/mod.rs".into(), text: text.into() };
    let expected = [("GET", "/b/{id}"), ("POST", "/b/{id}"), ("DELETE", "/c/d"), ("GET", "/e")];
    assert_eq!(routes(&file), expected.map(|(method, path)| (method.to_owned(), path.to_owned())));
}
