//! How the program is built: arrows only point down, the rules are pure, and money is never a float.

use crate::support::source::{Source, files};

/// Each part of `src`, and the parts that it may use besides itself.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("clock", &[]),
    ("keys", &["domain"]),
    ("store", &["domain", "clock"]),
    ("outgoing", &[]),
    ("rails", &["domain", "outgoing"]),
    ("messenger", &["domain", "config", "outgoing"]),
    ("error", &["domain", "store"]),
    ("config", &["domain", "store"]),
    ("service", &["domain", "store", "rails", "messenger", "config", "keys", "clock", "error"]),
    ("http", &["domain", "service", "config"]),
    ("jobs", &["domain", "store", "rails", "messenger", "service", "config", "error"]),
    ("api", &["domain", "store", "service", "config", "error", "http", "keys"]),
    ("web", &["domain", "store", "service", "config", "error", "http", "keys"]),
    ("docs", &["api", "web", "service", "error"]),
    ("app", EVERYTHING),
    ("commands", EVERYTHING),
    ("main", EVERYTHING),
    ("lib", &[]),
];
const EVERYTHING: &[&str] = &[
    "api",
    "app",
    "clock",
    "commands",
    "config",
    "docs",
    "domain",
    "error",
    "http",
    "jobs",
    "keys",
    "messenger",
    "outgoing",
    "rails",
    "service",
    "store",
    "web",
];

/// The files that may know which database it is.
const ENGINES: &[&str] = &[
    "src/store/load.rs",
    "src/store/migrate.rs",
    "src/store/mod.rs",
    "src/store/sql.rs",
    "src/store/verify.rs",
    "src/store/writer.rs",
    "src/store/writer/chain.rs",
    "src/store/writer/tx.rs",
];

#[test]
fn arrows_only_point_down() {
    let mut wrong = Vec::new();
    for file in files("src", ".rs") {
        let part = part(&file);
        let (_, may_use) = ARROWS.iter().find(|(name, _)| *name == part).unwrap_or_else(|| {
            panic!("{}: say in ARROWS what this part may use", file.path);
        });
        let code: Vec<&str> = file.code().map(|(_, line)| line).collect();
        for used in used(&code.join("\n")) {
            if used != part && !may_use.contains(&used.as_str()) {
                wrong.push(format!("{} uses {used}", file.path));
            }
        }
        if code.iter().any(|line| climbs_out(&file, line)) {
            wrong.push(format!("{} climbs out of its part: write crate::", file.path));
        }
    }
    none(&wrong);
}

#[test]
fn the_rules_have_no_clock_no_input_and_do_not_wait() {
    let banned = [
        "async ",
        ".await",
        "Utc::now",
        "Local::now",
        "SystemTime",
        "Instant::",
        "std::fs",
        "std::io",
        "std::net",
        "std::env",
        "std::process",
        "rand::",
        "tokio",
        "sqlx",
        "actix",
        "askama",
        "reqwest",
        "tracing::",
        "println!",
    ];
    // It writes to memory alone, by the trait that the writer of JSON asks for.
    none(&lines_with("src/domain", &banned, &["src/domain/bare.rs"]));
}

#[test]
fn only_the_clock_knows_the_time() {
    let banned = ["Utc::now", "Local::now", "SystemTime::now", "CURRENT_TIMESTAMP", "strftime(", "now()::"];
    none(&lines_with("src", &banned, &["src/clock.rs"]));
}

#[test]
fn few_files_know_which_database_it_is() {
    none(&lines_with("src", &["Engine::Sqlite", "Engine::Postgres"], ENGINES));
}

#[test]
fn sql_is_literal_but_where_the_store_builds_it() {
    none(&lines_with("src", &["AssertSqlSafe"], &["src/store/sql.rs", "src/store/migrate.rs"]));
    let faces = ["src/web", "src/api", "src/jobs", "src/rails", "src/domain"];
    none(&faces.iter().flat_map(|folder| lines_with(folder, &["sqlx"], &[])).collect::<Vec<_>>());
}

#[test]
fn money_is_never_a_float() {
    // Durations and counts may be, on their way to the figures of /metrics.
    for folder in ["src/domain", "src/service", "src/store", "src/rails", "src/jobs", "src/api", "src/web"] {
        let floats = lines_with(folder, &["f32", "f64"], &[]);
        none(&floats.into_iter().filter(|line| !line.contains("metrics::")).collect::<Vec<_>>());
    }
    for line in files("migrations", ".sql").iter().flat_map(Source::code) {
        let line = line.1.to_uppercase();
        assert!(!["REAL", "FLOAT", "DOUBLE", "NUMERIC"].iter().any(|kind| has_word(&line, kind)), "{line}");
    }
    for file in files("static/js", ".js") {
        assert!(!file.text.contains("parseFloat") && !file.text.contains("toFixed"), "{}", file.path);
    }
}

#[test]
fn pages_have_no_inline_script_or_style() {
    let mut wrong = Vec::new();
    // Mail cannot load a style sheet; its styles stand in the message.
    for file in files("templates", ".html").iter().filter(|file| !file.path.starts_with("templates/mail/")) {
        for (line, text) in file.code() {
            let lower = text.to_lowercase();
            let handler = lower.split(" on").skip(1).any(|rest| {
                let name: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
                !name.is_empty() && rest[name.len()..].starts_with("=\"")
            });
            if handler || ["<script>", "<style", " style=\"", "javascript:"].iter().any(|bad| lower.contains(bad)) {
                wrong.push(format!("{}:{line} {text}", file.path));
            }
        }
    }
    none(&wrong);
}

#[test]
fn each_file_says_what_it_is() {
    let silent = |file: &Source| !file.text.starts_with("//! ");
    let files = files("src", ".rs").into_iter().chain(files("tests", ".rs"));
    none(&files.filter(silent).map(|file| file.path).collect::<Vec<_>>());
}

/// The folder or file just below `src`.
fn part(file: &Source) -> String {
    let rest = file.path.strip_prefix("src/").expect("a file of src");
    rest.split(['/', '.']).next().expect("a name").to_owned()
}

/// The parts that a line names: `crate::store::…`, `use crate::{app, http::health}`.
fn used(code: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let Some(group) = rest.strip_prefix('{') else {
            found.push(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut name = String::new();
        for letter in group.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => found.push(word(std::mem::take(&mut name).trim())),
                _ if depth == 0 => name.push(letter),
                _ => {}
            }
        }
        found.push(word(name.trim()));
    }
    // `pub(crate)` and macros such as `$crate::` name no part; neither does a lone item.
    found.retain(|name| !name.is_empty());
    found
}

/// Whether `super::` leads to the top, past the part's own folder.
fn climbs_out(file: &Source, code: &str) -> bool {
    let depth = file.path.trim_end_matches(".rs").trim_end_matches("/mod").split('/').count() - 1;
    let ups = code.split("super::").count() - 1;
    let chained = code.contains(&"super::".repeat(ups.max(1)));
    ups > 0 && chained && ups >= depth && depth > 0
}

/// An icon that no stylesheet draws shows as a black square.
#[test]
fn every_icon_that_a_page_names_is_drawn() {
    let styles: String = files("static/css", ".css").into_iter().map(|file| file.text).collect();
    let mut wrong = Vec::new();
    let mut names = 0;
    for file in files("templates", ".html").iter().chain(&files("src/web", ".rs")) {
        for part in file.text.split('"').flat_map(|text| text.split([' ', '{', '}'])) {
            let is_icon = part.strip_prefix("i-").is_some_and(|name| name.bytes().all(|b| b.is_ascii_lowercase()));
            names += usize::from(is_icon);
            if is_icon && !styles.contains(&format!(".{part} ")) {
                wrong.push(format!("{} names {part}", file.path));
            }
        }
    }
    assert!(names > 50, "{names} icons are too few: they are looked for in the wrong way");
    none(&wrong);
}

/// The lines under a folder, outside the files that may, that have one of the words.
fn lines_with(folder: &str, words: &[&str], but: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files(folder, ".rs").iter().filter(|file| !but.contains(&file.path.as_str())) {
        for (line, code) in file.code() {
            for word in words.iter().filter(|word| has_word(code, word)) {
                found.push(format!("{}:{line} has {word}: {}", file.path, code.trim()));
            }
        }
    }
    found
}

/// Whether the word stands in the text, not as a part of a longer word.
fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        let open = word.ends_with(|c: char| !c.is_ascii_alphanumeric());
        !(is_letter(before) && word.starts_with(|c: char| c.is_ascii_alphanumeric())) && (open || !is_letter(after))
    })
}

fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn names_of_parts_are_found_in_every_spelling() {
    assert_eq!(used("use crate::store::Tx;"), ["store"]);
    assert_eq!(used("use crate::{app, http::{health, headers}, jobs};"), ["app", "http", "jobs"]);
    assert_eq!(used("let x = crate::web::y(crate::api::z);"), ["web", "api"]);
    assert!(used("pub(crate) fn x() {}").is_empty());
    let file = |path: &str| Source { path: path.into(), text: String::new() };
    assert!(climbs_out(&file("src/web/mod.rs"), "use super::api;"));
    assert!(climbs_out(&file("src/web/payouts/mod.rs"), "use super::super::api;"));
    assert!(!climbs_out(&file("src/web/payouts/show.rs"), "use super::super::layout;"));
    assert!(!climbs_out(&file("src/web/today.rs"), "use super::layout;"));
    assert!(has_word("let x: f64 = 1.0;", "f64") && !has_word("buf64", "f64") && !has_word("f640", "f64"));
}
