//! Right and wrong requests to everything that is described, as each kind of caller: the desk never fails, and never
//! answers what the document does not say.

use std::collections::BTreeMap;
use std::time::Duration;

use paydesk::config::RateLimits;
use paydesk::domain::dialect::Dialect;
use paydesk::domain::staff::Scope;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::generator::{Dice, Seen, broken, odd_header, odd_part, right, wrong};
use crate::support::api::{Api, exchange};
use crate::support::app::{TestApp, spawn_with};
use crate::support::described::{openapi, operations, resolve};
use crate::support::programs;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Full,
    /// With all scopes too, but somebody else's, who may check what the first one made.
    Checker,
    ReadOnly,
    Nobody,
}

/// How many requests: `PAYDESK_FUZZ`, 1,500 unless set.
fn count() -> usize {
    std::env::var("PAYDESK_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(1_500)
}

/// Which requests: `PAYDESK_FUZZ_SEED`.
fn seed() -> u64 {
    std::env::var("PAYDESK_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_260_115)
}

/// Below which path: `PAYDESK_FUZZ_BELOW`, everything unless set.
fn below() -> String {
    std::env::var("PAYDESK_FUZZ_BELOW").unwrap_or_default()
}

/// What callers send in `Authorization`, by security scheme and role. The name of a scheme begins with its dialect's.
async fn keys(app: &TestApp) -> BTreeMap<(String, Role), String> {
    let all = [Scope::Read, Scope::Write, Scope::Pay];
    let mut keys = BTreeMap::new();
    for scheme in openapi()["components"]["securitySchemes"].as_object().expect("schemes").keys() {
        let dialect = scheme.split('_').next().and_then(Dialect::from_name);
        let dialect = dialect.unwrap_or_else(|| panic!("{scheme} should begin with the name of its dialect"));
        for (role, owner, scopes) in [
            (Role::Full, "anna@example.com", &all[..]),
            (Role::Checker, "axel@example.com", &all[..]),
            (Role::ReadOnly, "anna@example.com", &all[..1]),
        ] {
            keys.insert((scheme.clone(), role), programs::authorization(&app.test, dialect, owner, scopes).await);
        }
    }
    keys
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_breaks_the_desk_or_the_document() {
    let often = RateLimits { v1: 1_000_000, revolut: 1_000_000, razorpay: 1_000_000, masspay: 1_000_000 };
    let app = spawn_with(|config| config.rate_limits = often).await;
    // So that a transfer has two accounts with one currency.
    app.empty_account().await;
    let (wallet, account) = app.test.rupees().await;
    app.test.top_up(wallet, "1000000").await;
    let jobs = async {
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            app.test.run_jobs(1).await;
        }
    };
    let wrong = tokio::select! {
        wrong = attack(&app, &account) => wrong,
        () = jobs => unreachable!("jobs run for ever"),
    };
    let shown: Vec<String> = wrong.into_values().take(25).collect();
    assert!(shown.is_empty(), "seed {}:\n\n{}", seed(), shown.join("\n\n"));
    app.test.verify().await;
}

/// What describes an account number: nothing that Razorpay's dialect answers at first has one.
fn rupee_account() -> &'static Value {
    &openapi()["components"]["schemas"]["Razorpay.NewPayoutLink"]
}

/// What went wrong, once for each operation and status.
async fn attack(app: &TestApp, account: &str) -> BTreeMap<String, String> {
    let (mut dice, mut seen, mut found) = (Dice::new(seed()), Seen::default(), BTreeMap::new());
    seen.learn(&json!({ "account_number": account }), rupee_account());
    let (api, keys) = (Api::at_root(&app.base_url, None), keys(app).await);
    let operations: Vec<_> = operations().into_iter().filter(|(_, path, _)| path.starts_with(&below())).collect();
    let changing: Vec<usize> = (0..operations.len()).filter(|turn| operations[*turn].0 != "GET").collect();
    let mut answered: BTreeMap<&str, usize> = BTreeMap::new();
    let mut statuses: BTreeMap<u16, usize> = BTreeMap::new();
    for number in 0..count() {
        // First of all everything once, so that there are records to ask for.
        let turn = match number {
            first if first < operations.len() => first,
            _ if dice.chance(50) => *dice.pick(&changing),
            _ => dice.below(operations.len()),
        };
        let (method, path, operation) = &operations[turn];
        let role = if number < operations.len() {
            Role::Full
        } else {
            *dice.pick(&[Role::Full, Role::Full, Role::Checker, Role::ReadOnly, Role::Nobody])
        };
        let is_right = number < operations.len() || dice.chance(50);
        let (request, told) = request(&mut dice, &seen, &api, (method, path, operation), is_right);
        let schemes = operation["security"].as_array().into_iter().flatten().filter_map(Value::as_object);
        let scheme = schemes.flat_map(|scheme| scheme.keys()).next();
        let key = scheme.and_then(|scheme| keys.get(&(scheme.clone(), role)));
        let request = if let Some(key) = key { request.header("Authorization", key) } else { request };
        let (answer, sent) = match exchange(request).await {
            Ok(exchanged) => exchanged,
            Err(error) if error.is_builder() => continue,
            Err(error) => {
                found.insert(format!("{method} {path} none"), format!("{number} {told}: {error}"));
                continue;
            }
        };
        *statuses.entry(answer.status).or_default() += 1;
        if answer.status < 300 {
            let response = resolve(&operation["responses"][answer.status.to_string()]);
            let media = response["content"].as_object().and_then(|content| content.values().next());
            let schema = media.map_or(&Value::Null, |media| &media["schema"]);
            seen.learn(&serde_json::from_str(&answer.text).unwrap_or_default(), schema);
            *answered.entry(operation["operationId"].as_str().unwrap_or_default()).or_default() += 1;
        }
        let failed = (answer.status >= 500).then(|| "it failed".to_owned());
        if let Some(wrong) = failed.or(sent.of(&answer).checked().err()) {
            let text: String = answer.text.chars().take(400).collect();
            let shown = format!("request {number} as {role:?}: {told}\n  {} {text}\n  {wrong}", answer.status);
            found.entry(format!("{method} {path} {}", answer.status)).or_insert(shown);
        }
    }
    println!("answers by status: {statuses:?}\ndone by operation: {answered:?}");
    // A generator that is only ever refused finds nothing.
    let reached = answered.len() * 100 / operations.len();
    if count() >= 1_500 && reached < 50 {
        let missed: Vec<&str> = operations
            .iter()
            .filter_map(|(_, _, it)| it["operationId"].as_str())
            .filter(|id| !answered.contains_key(id))
            .collect();
        found.insert("reach".into(), format!("only {reached} % of the operations ever did something; not {missed:?}"));
    }
    found
}

/// A request, and how to tell it.
fn request(
    dice: &mut Dice,
    seen: &Seen,
    api: &Api,
    (method, path, operation): (&str, &str, &'static Value),
    is_right: bool,
) -> (RequestBuilder, String) {
    // Where a wrong request is wrong.
    let place = if is_right { 0 } else { 1 + dice.below(6) };
    let (mut path, mut query, mut headers) = (path.to_owned(), Vec::new(), Vec::new());
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().expect("a name");
        let mut values = match right(dice, seen, &parameter["schema"], 0) {
            // What may be given again and again.
            Value::Array(items) => items.iter().map(plain).collect(),
            value => vec![plain(&value)],
        };
        let value = values.pop().unwrap_or_default();
        let needed = parameter["required"] == true;
        match parameter["in"].as_str() {
            Some("path") => {
                let part = if place == 1 { odd_part(dice) } else { encoded(&value) };
                path = path.replace(&format!("{{{name}}}"), &part);
            }
            Some("query") if needed || dice.chance(25) => {
                values.push(value);
                query.extend(values.iter().map(|value| format!("{name}={}", encoded(value))));
            }
            Some("query") if place == 2 && dice.chance(50) => query.push(format!("{name}={}", odd_part(dice))),
            // Keys are the callers' own.
            Some("header") if needed && name.ends_with("Idempotency") && place != 3 => {
                headers.push((name.to_owned(), format!("key-{}", dice.below(2_000))));
            }
            Some("header") if place == 3 => headers.push((name.to_owned(), odd_header(dice))),
            // Keys that come again and versions that are gone are right requests, but few want them.
            Some("header") if needed || dice.chance(15) => headers.push((name.to_owned(), value)),
            _ => {}
        }
    }
    if place == 2 && dice.chance(50) {
        query.push(format!("{}={}", odd_part(dice), odd_part(dice)));
    }
    if dice.chance(10) {
        headers.push(("Accept".into(), "application/problem+json".into()));
    }
    let question = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let address = format!("{path}{question}");
    let mut request = api.request(method, &address);
    let mut told = format!("{method} {address} {headers:?}");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let Some((kind, media)) = operation["requestBody"]["content"].as_object().and_then(|content| content.iter().next())
    else {
        return (request, told);
    };
    let fit = match (dice.chance(65), example(dice, media)) {
        (true, Some(example)) => freshened(dice, seen, resolve(&media["schema"]), example),
        _ => right(dice, seen, &media["schema"], 0),
    };
    let (kind, body) = match place {
        4 | 5 => (kind.as_str(), written(kind, &practised(&path, broken(dice, fit)))),
        6 => odd_body(dice, kind, &fit),
        _ => (kind.as_str(), written(kind, &practised(&path, fit))),
    };
    told.push_str(&format!(" {kind}: {}", body.chars().take(600).collect::<String>()));
    (request.header("Content-Type", kind).body(body), told)
}

/// A freeze as a drill: what is frozen in earnest stays frozen, and few requests after it would do anything.
fn practised(path: &str, mut body: Value) -> Value {
    if let Some(members) = body.as_object_mut().filter(|_| path.ends_with("/freezes")) {
        members.insert("drill".into(), true.into());
    }
    body
}

/// An example of a body.
fn example(dice: &mut Dice, media: &'static Value) -> Option<&'static Value> {
    let named: Vec<&Value> = media["examples"].as_object().into_iter().flatten().map(|(_, example)| example).collect();
    let picked = (!named.is_empty()).then(|| *dice.pick(&named));
    picked.map(|example| &resolve(example)["value"]).or_else(|| media.get("example"))
}

/// What is said of a member, whichever form of the body has it.
fn member(schema: &'static Value, name: &str) -> Option<&'static Value> {
    let forms = schema["oneOf"].as_array().into_iter().flatten().map(resolve);
    let found = std::iter::once(schema).chain(forms).find_map(|form| form["properties"].get(name));
    found.map(resolve)
}

/// The example with ids of the caller's own that nobody has used, and ids of records that are there, in their currency.
fn freshened(dice: &mut Dice, seen: &Seen, schema: &'static Value, example: &Value) -> Value {
    let (mut body, mut currency) = (example.clone(), None);
    freshen(dice, seen, schema, &mut body, &mut currency);
    if let Some(currency) = currency.filter(|_| body["currency"].is_string() && dice.chance(80)) {
        body["currency"] = currency.into();
    }
    body
}

fn freshen(dice: &mut Dice, seen: &Seen, schema: &'static Value, body: &mut Value, currency: &mut Option<String>) {
    let Some(members) = body.as_object_mut() else { return };
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|it| it == name));
    members.retain(|name, _| required(name) || !dice.chance(15));
    for (name, value) in members {
        let Some(described) = member(schema, name) else { continue };
        let known = if described["pattern"].is_string() { seen.fitting(dice, described) } else { None };
        if let Some(known) = known.filter(|known| known.is_string() && dice.chance(80)) {
            *currency = currency.take().or_else(|| seen.currency_of(&known).map(str::to_owned));
            *value = known;
        } else if value.is_boolean() {
            // What examples switch off is needed later.
            *value = dice.chance(70).into();
        } else if value.is_string() && (name.contains("reference") || name.ends_with("_id")) {
            *value = format!("{}_{}", value.as_str().unwrap_or_default(), dice.below(1_000_000)).into();
        } else if described["properties"].is_object() {
            freshen(dice, seen, described, value, currency);
        }
    }
}

/// A body as its media type writes it.
fn written(kind: &str, body: &Value) -> String {
    let Some(members) = body.as_object().filter(|_| kind == "application/x-www-form-urlencoded") else {
        return body.to_string();
    };
    let pairs: Vec<String> =
        members.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(&plain(value)))).collect();
    pairs.join("&")
}

/// A value as it stands in an address or a form.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A body that cannot be read, and what it says it is.
fn odd_body<'a>(dice: &mut Dice, kind: &'a str, fit: &Value) -> (&'a str, String) {
    let text = written(kind, fit);
    match dice.below(8) {
        0 => ("text/plain", text),
        1 => ("application/xml", "<a/>".into()),
        2 => (kind, String::new()),
        3 => (kind, text[..text.floor_char_boundary(text.len() / 2)].to_owned()),
        4 => (kind, format!("{text}{text}")),
        5 => (kind, format!("{{\"a\":{}1{}}}", "[".repeat(2_000), "]".repeat(2_000))),
        6 => (kind, format!("{{\"a\":\"{}\"}}", "x".repeat(if dice.chance(10) { 2_000_000 } else { 70_000 }))),
        _ => (kind, wrong(dice).to_string()),
    }
}

/// A text in a path or a query.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
