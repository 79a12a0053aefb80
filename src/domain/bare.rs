//! JSON without names: structs as the arrays of their values, in order, which they are read from as well as from
//! objects.
//!
//! Names are half of the text of a row, and thousands of rows are written in a second.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

/// Writes objects as arrays of their values.
#[derive(Default)]
struct Bare {
    /// Whether a name is passed over at the moment.
    name: bool,
}

/// The value as JSON, each struct in it as the array of its values. Enums with fields would lose the name of their
/// variant: they have no place in it.
pub fn to_string(value: &(impl Serialize + ?Sized)) -> String {
    let mut text = Vec::with_capacity(256);
    value.serialize(&mut Serializer::with_formatter(&mut text, Bare::default())).expect("texts and integers");
    String::from_utf8(text).expect("JSON is UTF-8")
}

impl Formatter for Bare {
    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"[")
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b"]")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.name = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.name = false;
        Ok(())
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, _: &mut W) -> io::Result<()> {
        Ok(())
    }

    fn begin_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.name { Ok(()) } else { writer.write_all(b"\"") }
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin_string(writer)
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        if self.name { Ok(()) } else { writer.write_all(fragment.as_bytes()) }
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        if self.name { Ok(()) } else { serde_json::ser::CompactFormatter.write_char_escape(writer, escape) }
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Outer {
        text: String,
        none: Option<i64>,
        inner: Vec<Inner>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Inner {
        minor: i64,
    }

    #[test]
    fn values_stand_in_order_and_are_read_again() {
        let value = Outer {
            text: "say \"{name}:\",\n\u{1}é".into(),
            none: None,
            inner: vec![Inner { minor: -1 }, Inner { minor: 2 }],
        };
        let text = to_string(&value);
        assert_eq!(text, r#"["say \"{name}:\",\n\u0001é",null,[[-1],[2]]]"#);
        assert_eq!(serde_json::from_str::<Outer>(&text).unwrap(), value);
    }
}
