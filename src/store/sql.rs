//! How one SQL text serves SQLite and PostgreSQL: rows travel as one JSON parameter in and one JSON row out.
//!
//! Each call to the driver costs thread wake-ups and each row returned costs one more, so a set of rows is written
//! with one call and a list is read as one row. Only this module and `mod.rs` know which engine runs.

mod conditions;
mod table;

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::any::AnyArguments;
use sqlx::{AnyConnection, Arguments, AssertSqlSafe, Row};

pub use self::conditions::{Conditions, DEEPEST, window};
pub use self::table::{Column, Table, int, text};
use crate::domain::bare;

/// The database engine behind `DATABASE_URL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Writes that go to the database in one call, and how many rows they must touch.
#[derive(Debug)]
pub struct Script {
    engine: Engine,
    statements: Vec<String>,
    parameters: Vec<String>,
    expected: u64,
}

/// A bound value.
#[derive(Debug, Clone)]
pub enum Value {
    Text(String),
    Int(i64),
    Null,
}

impl Engine {
    /// `rows` as a table with one column `value`, one row per element of the JSON array in `$place`.
    pub fn each(self, place: usize) -> String {
        match self {
            // The binary form: each row is taken apart where it lies, not written out and read again.
            Engine::Sqlite => format!("jsonb_each(${place})"),
            Engine::Postgres => format!("jsonb_array_elements(CAST(${place} AS jsonb)) AS rows(value)"),
        }
    }

    /// The texts of the JSON array of strings in `$place`, for `IN (…)`.
    pub fn texts(self, place: usize) -> String {
        format!("SELECT value FROM {}", self.each_text(place))
    }

    /// The texts of the JSON array of strings in `$place` as a table with one column `value`.
    pub fn each_text(self, place: usize) -> String {
        match self {
            Engine::Sqlite => format!("json_each(${place})"),
            Engine::Postgres => format!("jsonb_array_elements_text(CAST(${place} AS jsonb)) AS texts(value)"),
        }
    }

    /// One JSON object with these members.
    pub fn object(self, members: &[(&str, String)]) -> String {
        let name = match self {
            Engine::Sqlite => "json_object",
            Engine::Postgres => "json_build_object",
        };
        let members: Vec<String> = members.iter().map(|(member, value)| format!("'{member}', {value}")).collect();
        format!("{name}({})", members.join(", "))
    }

    /// The JSON array of `value` over all rows of `from`, in their order.
    pub fn collect(self, value: &str, from: &str) -> String {
        let name = match self {
            Engine::Sqlite => "json_group_array",
            Engine::Postgres => "json_agg",
        };
        format!("(SELECT {name}({value}) FROM {from})")
    }

    /// `value`, a text that holds JSON, as JSON inside an object or array.
    pub fn json(self, value: &str) -> String {
        match self {
            Engine::Sqlite => format!("json({value})"),
            Engine::Postgres => format!("CAST({value} AS json)"),
        }
    }

    /// The text of one member of `value`, a text that holds a JSON object.
    pub fn member(self, value: &str, name: &str) -> String {
        match self {
            Engine::Sqlite => format!("({value} ->> '{name}')"),
            Engine::Postgres => format!("(CAST({value} AS json) ->> '{name}')"),
        }
    }

    /// An expression for all rows of `inner` as one JSON array in text.
    pub fn array(self, columns: &[&str], inner: &str) -> String {
        let members: Vec<_> = columns.iter().map(|column| (*column, format!("r.{column}"))).collect();
        self.text_array(&self.object(&members), &format!("({inner}) AS r"))
    }

    /// The same with each row as an array, in the order of `columns`: much less text to write and to read.
    pub fn arrays(self, columns: &[&str], inner: &str) -> String {
        let members: Vec<_> = columns.iter().map(|column| format!("r.{column}")).collect();
        self.text_array(&self.list(&members.join(", ")), &format!("({inner}) AS r"))
    }

    /// One JSON array of these values.
    fn list(self, values: &str) -> String {
        match self {
            Engine::Sqlite => format!("json_array({values})"),
            Engine::Postgres => format!("json_build_array({values})"),
        }
    }

    /// [`Engine::collect`] as text, `[]` when there are no rows.
    pub fn text_array(self, value: &str, from: &str) -> String {
        format!("COALESCE(CAST({} AS TEXT), '[]')", self.collect(value, from))
    }
}

impl Script {
    pub fn new(engine: Engine) -> Script {
        Script { engine, statements: Vec::new(), parameters: Vec::new(), expected: 0 }
    }

    /// Inserts every row, in the order given. Rows whose members are the columns in their order travel without names,
    /// which is half of their text.
    pub fn insert<T: Serialize>(&mut self, table: &Table, rows: &[T]) {
        let Some(first) = rows.first() else { return };
        let sql = |values: String| {
            format!("INSERT INTO {} ({}) SELECT {values} FROM {{rows}}", table.name, table.columns().join(", "))
        };
        match table.fits(first) {
            true => self.add_bare(&sql(table.places()), rows),
            false => self.add(&sql(table.values()), rows, rows.len()),
        }
    }

    /// Adds a statement that touches one row for each of `rows`, which it reads from `{rows}` as arrays (column
    /// `value`).
    pub fn add_bare<T: Serialize>(&mut self, sql: &str, rows: &[T]) {
        if !rows.is_empty() {
            self.push(sql, bare::to_string(rows), rows.len());
        }
    }

    /// Adds a statement that reads its rows from `{rows}` (column `value`) and must touch `expected` rows.
    pub fn add<T: Serialize>(&mut self, sql: &str, rows: &[T], expected: usize) {
        if !rows.is_empty() {
            self.push(sql, serde_json::to_string(rows).expect("rows are texts and integers"), expected);
        }
    }

    fn push(&mut self, sql: &str, rows: String, expected: usize) {
        self.parameters.push(rows);
        let place = match self.engine {
            Engine::Sqlite => self.parameters.len(),
            Engine::Postgres => 1,
        };
        self.statements.push(sql.replace("{rows}", &self.engine.each(place)));
        self.expected += expected as u64;
    }

    /// Runs all statements: one call on SQLite, one after the other on PostgreSQL.
    ///
    /// Answers whether exactly the expected rows were touched; if not, the plan no longer holds and the caller rolls
    /// the transaction back.
    pub async fn run(self, connection: &mut AnyConnection) -> Result<bool, sqlx::Error> {
        if self.statements.is_empty() {
            return Ok(true);
        }
        let mut touched = 0;
        match self.engine {
            Engine::Sqlite => {
                let sql = self.statements.join(";\n");
                touched += run(connection, sql, bind(self.parameters.into_iter().map(Value::Text))).await?;
            }
            Engine::Postgres => {
                for (sql, parameter) in self.statements.into_iter().zip(self.parameters) {
                    touched += run(connection, sql, bind([Value::Text(parameter)])).await?;
                }
            }
        }
        Ok(touched == self.expected)
    }
}

impl Value {
    /// Rows or ids as one JSON parameter.
    pub fn json(value: &(impl Serialize + ?Sized)) -> Value {
        Value::Text(serde_json::to_string(value).expect("texts and integers"))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Int(number)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// A query whose rows are read as JSON objects of these columns.
#[derive(Debug, Clone)]
pub struct Select {
    pub columns: Vec<&'static str>,
    pub inner: String,
    pub values: Vec<Value>,
}

/// Reads several queries as one row, on one snapshot: each becomes a JSON array, in their order, whose rows are arrays
/// too. So the columns of each stand in the order of its row's struct.
pub async fn read_together(
    connection: &mut AnyConnection,
    engine: Engine,
    selects: &[Select],
) -> Result<Vec<String>, sqlx::Error> {
    let (mut parts, mut values) = (Vec::new(), Vec::new());
    for select in selects {
        parts.push(engine.arrays(&select.columns, &shift(&select.inner, values.len())));
        values.extend_from_slice(&select.values);
    }
    read_arrays(connection, format!("SELECT {}", parts.join(",\n")).into(), &values, selects.len()).await
}

/// The same text with every `$n` moved up by `by`.
fn shift(sql: &str, by: usize) -> String {
    let mut out = String::with_capacity(sql.len() + 8);
    let mut parts = sql.split('$');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let place: usize = part[..digits].parse().expect("a place after each $");
        out.push_str(&format!("${}{}", place + by, &part[digits..]));
    }
    out
}

/// Reads the rows of `inner` (which must yield `columns`) as one JSON row.
pub async fn read<T: DeserializeOwned>(
    connection: &mut AnyConnection,
    engine: Engine,
    columns: &[&str],
    inner: &str,
    values: &[Value],
) -> Result<Vec<T>, sqlx::Error> {
    read_list(connection, format!("SELECT {}", engine.array(columns, inner)), values).await
}

/// Reads the one JSON array that a query answers.
pub async fn read_list<T: DeserializeOwned>(
    connection: &mut AnyConnection,
    sql: String,
    values: &[Value],
) -> Result<Vec<T>, sqlx::Error> {
    let text = read_text(connection, sql, values).await?;
    decode(text.as_deref().unwrap_or("[]"))
}

/// Reads several JSON arrays as the columns of one row.
pub async fn read_arrays(
    connection: &mut AnyConnection,
    sql: Arc<str>,
    values: &[Value],
    width: usize,
) -> Result<Vec<String>, sqlx::Error> {
    let row = sqlx::query_with(AssertSqlSafe(sql), bind(values.iter().cloned())).fetch_one(connection).await?;
    (0..width).map(|column| row.try_get(column)).collect()
}

/// The one text that a query answers, if it answers a row.
pub async fn read_text(
    connection: &mut AnyConnection,
    sql: String,
    values: &[Value],
) -> Result<Option<String>, sqlx::Error> {
    let row = sqlx::query_with(AssertSqlSafe(sql), bind(values.iter().cloned())).fetch_optional(connection).await?;
    row.map(|row| row.try_get::<Option<String>, _>(0)).transpose().map(Option::flatten)
}

/// The one integer that a query answers, if it answers a row.
pub async fn read_int(
    connection: &mut AnyConnection,
    sql: String,
    values: &[Value],
) -> Result<Option<i64>, sqlx::Error> {
    let row = sqlx::query_with(AssertSqlSafe(sql), bind(values.iter().cloned())).fetch_optional(connection).await?;
    row.map(|row| row.try_get::<Option<i64>, _>(0)).transpose().map(Option::flatten)
}

/// How SQLite would run a query, one step a line.
#[cfg(test)]
pub async fn plan(connection: &mut AnyConnection, select: &Select) -> Result<String, sqlx::Error> {
    let sql = format!("EXPLAIN QUERY PLAN {}", select.inner);
    let rows = sqlx::query_with(AssertSqlSafe(sql), bind(select.values.iter().cloned())).fetch_all(connection).await?;
    let steps: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get("detail")).collect();
    Ok(steps?.join("\n"))
}

/// Runs one statement and answers how many rows it touched.
pub async fn execute(connection: &mut AnyConnection, sql: String, values: &[Value]) -> Result<u64, sqlx::Error> {
    run(connection, sql, bind(values.iter().cloned())).await
}

async fn run(connection: &mut AnyConnection, sql: String, values: AnyArguments) -> Result<u64, sqlx::Error> {
    Ok(sqlx::query_with(AssertSqlSafe(sql), values).execute(connection).await?.rows_affected())
}

/// Runs statements without parameters, such as pragmas and savepoints.
pub async fn batch(connection: &mut AnyConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(connection).await.map(|_| ())
}

/// Reads JSON text that the database made.
pub fn decode<T: DeserializeOwned>(text: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)))
}

fn bind(values: impl IntoIterator<Item = Value>) -> AnyArguments {
    let mut arguments = AnyArguments::default();
    for value in values {
        let added = match value {
            Value::Text(text) => arguments.add(text),
            Value::Int(number) => arguments.add(number),
            Value::Null => arguments.add(None::<String>),
        };
        added.expect("texts and integers always encode");
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_moved_up() {
        assert_eq!(shift("a = $1 AND b IN ($12, $2)", 3), "a = $4 AND b IN ($15, $5)");
    }
}
