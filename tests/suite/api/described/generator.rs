//! Makes requests from the document: right ones, and ones that are wrong in one place or two.

use serde_json::{Map, Value, json};

use crate::support::described::{Strictness, fits, resolve};

/// The same numbers for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// True so many times out of a hundred.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What answers have shown: ids to ask for again.
#[derive(Default)]
pub struct Seen(Vec<Value>);

impl Seen {
    /// Remembers the ids in an answer.
    pub fn learn(&mut self, answer: &Value) {
        match answer {
            Value::Object(members) => {
                for (name, value) in members {
                    let is_id = name == "id" || name.ends_with("_id") || name == "token" || name.ends_with("_token");
                    if is_id && (value.is_string() || value.is_i64()) && !self.0.contains(value) {
                        if self.0.len() >= 400 {
                            self.0.remove(0);
                        }
                        self.0.push(value.clone());
                    }
                    self.learn(value);
                }
            }
            Value::Array(items) => items.iter().take(20).for_each(|item| self.learn(item)),
            _ => {}
        }
    }

    /// An id that fits a schema, the younger the likelier.
    pub fn fitting(&self, dice: &mut Dice, schema: &Value) -> Option<Value> {
        let name = schema.to_string();
        let fitting: Vec<&Value> =
            self.0.iter().filter(|value| fits(&name, schema, Strictness::AsWritten, value).is_ok()).collect();
        let young = fitting.len().saturating_sub(12);
        let from = if dice.chance(70) { &fitting[young..] } else { &fitting[..] };
        (!from.is_empty()).then(|| (*dice.pick(from)).clone())
    }
}

/// A value that fits a schema.
pub fn right(dice: &mut Dice, seen: &Seen, schema: &'static Value, depth: usize) -> Value {
    let schema = resolve(schema);
    if schema["pattern"].is_string()
        && dice.chance(85)
        && let Some(value) = seen.fitting(dice, schema)
    {
        return value;
    }
    if let Some(words) = schema["enum"].as_array() {
        return dice.pick(words).clone();
    }
    if let Some(value) = schema.get("const") {
        return value.clone();
    }
    for way in ["oneOf", "anyOf"] {
        if let Some(ways) = schema[way].as_array() {
            let full: Vec<&'static Value> = ways.iter().filter(|way| way["type"] != "null").collect();
            let way = if dice.chance(10) || full.is_empty() { &ways[0] } else { *dice.pick(&full) };
            return right(dice, seen, way, depth);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(members) = right(dice, seen, part, depth) {
                whole.extend(members);
            }
        }
        return whole.into();
    }
    let examples: Vec<&Value> =
        schema["examples"].as_array().into_iter().flatten().chain(schema.get("example")).collect();
    if !examples.is_empty() && (schema["pattern"].is_string() || dice.chance(60)) {
        return (*dice.pick(&examples)).clone();
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => vec!["object"],
    };
    let usual: Vec<&str> = kinds.iter().copied().filter(|kind| *kind != "null").collect();
    let kind =
        if usual.is_empty() || (usual.len() < kinds.len() && dice.chance(10)) { "null" } else { dice.pick(&usual) };
    match kind {
        "null" => Value::Null,
        "boolean" => dice.chance(50).into(),
        "integer" => number(dice, schema).into(),
        "number" if dice.chance(50) => number(dice, schema).max(1).into(),
        "number" => json!((number(dice, schema).max(1) as f64) + 0.25),
        "array" => {
            let items = &schema["items"];
            let count = dice.below(3);
            (0..count).map(|_| right(dice, seen, items, depth + 1)).collect()
        }
        "object" => object(dice, seen, schema, depth),
        _ => text(dice, schema).into(),
    }
}

fn object(dice: &mut Dice, seen: &Seen, schema: &'static Value, depth: usize) -> Value {
    let mut members = Map::new();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        if required.contains(&name.as_str()) || (depth < 4 && dice.chance(45)) {
            members.insert(name.clone(), right(dice, seen, member, depth + 1));
        }
    }
    if schema["properties"].is_null() && dice.chance(70) {
        members.insert("order".into(), (*dice.pick(&["4711", "ä", ""])).into());
    }
    members.into()
}

fn number(dice: &mut Dice, schema: &Value) -> i64 {
    let least = schema["minimum"].as_i64().or(schema["exclusiveMinimum"].as_i64().map(|it| it + 1)).unwrap_or(0);
    let most = schema["maximum"].as_i64().unwrap_or(least.saturating_add(if dice.chance(80) { 5 } else { 100_000 }));
    least + dice.below((most - least + 1).max(1) as usize) as i64
}

fn text(dice: &mut Dice, schema: &Value) -> String {
    let short =
        ["a", "Ada Lovelace", "0", "12.50", "ORDER-4711", "ä ö 漢字 🙂", "'; DROP TABLE payouts; --", "<b>x</b>"];
    let text = match schema["format"].as_str() {
        Some("email") => format!("person{}@example.com", dice.below(50)),
        Some("date-time") => format!("20{}-0{}-11T10:00:00Z", 26 + dice.below(5), 1 + dice.below(9)),
        Some("uri") => "https://hooks.example.com/paydesk".to_owned(),
        Some("uuid") => "018f3a1c-7b2e-7c4d-8e5f-0123456789ab".to_owned(),
        _ if schema["pattern"].is_string() => format!("{}", 1 + dice.below(500)),
        _ => format!("{}{}", dice.pick(&short), dice.below(200)),
    };
    let (least, most) = (schema["minLength"].as_u64().unwrap_or(0), schema["maxLength"].as_u64().unwrap_or(200));
    let mut text: String = text.chars().take(most as usize).collect();
    while (text.chars().count() as u64) < least {
        text.push('x');
    }
    text
}

/// Something that probably does not fit where it is put.
pub fn wrong(dice: &mut Dice) -> Value {
    let wrongs = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1e300),
        json!(0.000_000_001),
        json!(9_007_199_254_740_993_i64),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(""),
        json!(" "),
        json!("x".repeat(300)),
        json!("x".repeat(5_000)),
        json!("a\u{0}b"),
        json!("\u{202e}\u{feff}\u{10ffff}"),
        json!("line\r\nX-Injected: 1"),
        json!("1e5"),
        json!("-1"),
        json!("NaN"),
        json!("99999999999999999999999999"),
        json!("2026-02-30T00:00:00Z"),
        json!("0000-00-00"),
        json!("../../etc/passwd"),
        json!([]),
        json!([1, "a", null]),
        json!({}),
        json!({"a": {"b": [1]}}),
        json!({"": ""}),
    ];
    dice.pick(&wrongs).clone()
}

/// Breaks a body in one place.
pub fn broken(dice: &mut Dice, mut body: Value) -> Value {
    let Some(members) = body.as_object_mut() else { return wrong(dice) };
    let names: Vec<String> = members.keys().cloned().collect();
    match dice.below(10) {
        0 => return wrong(dice),
        1 => {
            members.insert("no_such_member".into(), wrong(dice));
        }
        2 | 3 if !names.is_empty() => {
            members.remove(dice.pick(&names).as_str());
        }
        _ if !names.is_empty() => {
            let name = dice.pick(&names).clone();
            let inner = members[&name].clone();
            let value = if inner.is_object() && dice.chance(50) { broken(dice, inner) } else { wrong(dice) };
            members.insert(name, value);
        }
        _ => {
            members.insert("a".into(), wrong(dice));
        }
    }
    body
}

/// A part of a path, or of a query, that is odd; percent-encoded.
pub fn odd_part(dice: &mut Dice) -> String {
    let odd = [
        "",
        "0",
        "-1",
        "1.5",
        "x",
        "%20",
        "%00",
        "%FF",
        "%E2%82%AC",
        "%F0%9F%99%82",
        "%2F",
        "%2e%2e",
        "%25",
        "%",
        "%zz",
        "a%0Ab",
        "null",
        "9223372036854775807",
        "9223372036854775808",
        "pyt_",
        "pyt_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "lnk_00000000000000000000000000",
        "00000000-0000-0000-0000-000000000000",
        "ZZZZZZZZZZZZZZZZZZZZZZ",
        "'",
        "\"",
        "<x>",
        "&",
        "=",
        "+",
        ";",
        "~",
        "*",
        "(",
        "[]",
        "{}",
        "$ne",
        "%7B%22a%22%3A1%7D",
    ];
    if dice.chance(5) { "x".repeat(3_000) } else { (*dice.pick(&odd)).to_owned() }
}

/// A value of a header that is odd.
pub fn odd_header(dice: &mut Dice) -> String {
    let odd = [
        "",
        " ",
        "*",
        "\"",
        "\"1\"",
        "W/\"1\"",
        "\"1\", \"2\"",
        "x",
        "1",
        "-1",
        "0",
        "\"-1\"",
        "\"99999999999999999999\"",
    ];
    if dice.chance(20) { "k".repeat(1 + dice.below(400)) } else { (*dice.pick(&odd)).to_owned() }
}
