//! A body as an HTML form, which the PHP client sends: `contact_id=cont_x&bank_account[ifsc]=HDFC0000053`.

use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::Query;
use serde_json::{Map, Value};

/// How deep objects may stand in each other.
const DEEPEST: usize = 5;

/// Whether the body is a form. JSON is JSON whatever `Content-Type` says, and it begins with a brace.
pub fn is_form(headers: &HeaderMap, bytes: &[u8]) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.to_ascii_lowercase().starts_with("application/x-www-form-urlencoded")
        && !matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The members of a form; all its values are texts. A name that comes again wins over what it was before. None when it
/// is no UTF-8.
pub fn members(bytes: &[u8]) -> Option<Map<String, Value>> {
    let pairs = Query::<Vec<(String, String)>>::from_query(std::str::from_utf8(bytes).ok()?).ok()?;
    let mut members = Map::new();
    for (name, value) in pairs.into_inner() {
        let (first, rest) = name.split_once('[').unwrap_or((&name, ""));
        let inner: Vec<&str> = rest.split('[').map(|part| part.trim_end_matches(']')).collect();
        let path = std::iter::once(first).chain(inner.into_iter().filter(|part| !part.is_empty()));
        let path: Vec<&str> = path.take(DEEPEST).collect();
        enter(&mut members, &path, value);
    }
    Some(members)
}

fn enter(members: &mut Map<String, Value>, path: &[&str], text: String) {
    let [name, inner @ ..] = path else { return };
    if inner.is_empty() {
        members.insert((*name).to_owned(), Value::String(text));
        return;
    }
    let member = members.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new()));
    if !member.is_object() {
        *member = Value::Object(Map::new());
    }
    if let Value::Object(object) = member {
        enter(object, inner, text);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn brackets_make_objects() {
        let form = b"name=Gaurav+Kumar&notes%5Bone%5D=a%26b&bank_account[ifsc]=HDFC0000053&bank_account[name]=G&x[";
        let wanted = json!({
            "name": "Gaurav Kumar",
            "notes": {"one": "a&b"},
            "bank_account": {"ifsc": "HDFC0000053", "name": "G"},
            "x": "",
        });
        let read = |form: &[u8]| members(form).map(Value::Object);
        assert_eq!(read(form), Some(wanted));
        assert_eq!(read(b"a=1&a[b]=2&a[c]=3"), Some(json!({"a": {"b": "2", "c": "3"}})));
        assert_eq!(read(b"a[b]=2&a=1"), Some(json!({"a": "1"})));
        assert_eq!(read(b"a=\xff"), None);
    }
}
