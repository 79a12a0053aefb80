//! Conditions of a query that grow as filters are set, and pages by number.

use super::Value;

/// Conditions of a query that grow as filters are set; values are always bound, never written into the text.
#[derive(Debug, Default, Clone)]
pub struct Conditions {
    parts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition; each `?` in it becomes the next `$n`.
    pub fn and(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        let mut text = String::with_capacity(condition.len() + 4);
        let mut values = values.into_iter();
        for piece in condition.chars() {
            if piece == '?' {
                self.values.push(values.next().expect("a value for each place"));
                text.push_str(&format!("${}", self.values.len()));
            } else {
                text.push(piece);
            }
        }
        self.parts.push(text);
    }

    /// Adds a condition that names its places itself, from [`Conditions::next_place`] on.
    pub fn and_numbered(&mut self, condition: &str, values: impl IntoIterator<Item = Value>) {
        self.values.extend(values);
        self.parts.push(condition.to_owned());
    }

    /// Binds a value outside the conditions and answers its place.
    pub fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }

    /// The place the next bound value will have.
    pub fn next_place(&self) -> usize {
        self.values.len() + 1
    }

    /// `WHERE …`, or nothing.
    pub fn where_clause(&self) -> String {
        if self.parts.is_empty() { String::new() } else { format!("WHERE {}", self.parts.join(" AND ")) }
    }

    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

/// The last row that a page by number may reach; deeper pages would read the whole table.
pub const DEEPEST: i64 = 100_000;

/// `LIMIT … OFFSET …`: only for the contracts' `page` and `skip`, and only down to [`DEEPEST`].
pub fn window(conditions: &mut Conditions, offset: i64, limit: i64) -> String {
    let offset = conditions.bind(Value::Int(offset.clamp(0, DEEPEST)));
    let limit = conditions.bind(Value::Int(limit));
    format!("LIMIT {limit} OFFSET {offset}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_number_their_places_in_order() {
        let mut conditions = Conditions::default();
        assert_eq!(conditions.where_clause(), "");
        conditions.and("a = ?", [Value::from("x")]);
        conditions.and("(b >= ? AND b < ?)", [Value::from(1), Value::from(2)]);
        assert_eq!(conditions.where_clause(), "WHERE a = $1 AND (b >= $2 AND b < $3)");
        assert_eq!(conditions.bind(Value::Null), "$4");
    }
}
