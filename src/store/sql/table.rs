//! A table whose rows travel as JSON, and the texts that read and write its columns.

use std::fmt::{self, Display};

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Engine;

/// A table and its columns; the members of its row struct have the same names, in the same order.
#[derive(Debug, Clone, Copy)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [Column],
}

/// A column: text or a 64-bit integer, there is nothing else.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub name: &'static str,
    is_int: bool,
}

pub const fn text(name: &'static str) -> Column {
    Column { name, is_int: false }
}

pub const fn int(name: &'static str) -> Column {
    Column { name, is_int: true }
}

impl Table {
    pub fn columns(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    /// Columns for a SELECT, each with its table's alias.
    pub fn select(&self, alias: &str) -> String {
        self.each(|column| format!("{alias}.{}", column.name))
    }

    /// One row as a JSON object.
    pub fn object(&self, engine: Engine, alias: &str) -> String {
        let members: Vec<_> =
            self.columns.iter().map(|column| (column.name, format!("{alias}.{}", column.name))).collect();
        engine.object(&members)
    }

    /// One row as a JSON array, in the order of the row's struct, which reads it as well as an object.
    pub fn array(&self, engine: Engine, alias: &str) -> String {
        engine.list(&self.select(alias))
    }

    /// `column = its value in the row`, for the SET of an UPDATE from `{rows}`.
    pub fn assignments(&self, columns: &[&str]) -> String {
        let set = self.columns.iter().filter(|column| columns.contains(&column.name));
        set.map(|column| format!("{} = {}", column.name, column.value())).collect::<Vec<_>>().join(", ")
    }

    /// The same from a row that is an array with these columns in this order, the first of them at `first`.
    pub fn assignments_from(&self, columns: &[&str], first: usize) -> String {
        let found =
            |name: &&str| self.columns.iter().find(|column| column.name == *name).expect("a column of the table");
        let set = columns.iter().map(found).zip(first..);
        set.map(|(column, place)| format!("{} = {}", column.name, column.at(place))).collect::<Vec<_>>().join(", ")
    }

    /// The columns read from a row named `value` that is a JSON object.
    pub fn values(&self) -> String {
        self.each(Column::value)
    }

    /// The columns read from a row named `value` that is a JSON array.
    pub fn places(&self) -> String {
        let columns = self.columns.iter().enumerate();
        columns.map(|(place, column)| column.at(place)).collect::<Vec<_>>().join(", ")
    }

    /// Whether the members of a row are these columns, in their order.
    pub fn fits(&self, row: &impl Serialize) -> bool {
        let text = serde_json::to_string(row).expect("texts and integers");
        serde_json::from_str::<Names>(&text).is_ok_and(|names| names.0 == self.columns())
    }

    fn each(&self, how: impl Fn(&Column) -> String) -> String {
        self.columns.iter().map(how).collect::<Vec<_>>().join(", ")
    }
}

/// The names of an object's members, in order.
struct Names(Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Names, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Names;

            fn expecting(&self, words: &mut fmt::Formatter) -> fmt::Result {
                words.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Names, A::Error> {
                let mut names = Vec::new();
                while let Some((name, IgnoredAny)) = map.next_entry()? {
                    names.push(name);
                }
                Ok(Names(names))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Column {
    /// The column read from a JSON row named `value`.
    fn value(&self) -> String {
        self.at(format_args!("'{}'", self.name))
    }

    /// What stands at this place of a JSON row named `value`.
    fn at(&self, place: impl Display) -> String {
        if self.is_int { format!("CAST(value ->> {place} AS BIGINT)") } else { format!("value ->> {place}") }
    }
}
