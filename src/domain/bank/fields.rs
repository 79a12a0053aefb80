//! A field of bank details, and reading what was typed into it.

use super::{Problem, Typed};

/// One field of a method, as a form shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in forms, JSON and errors.
    pub name: &'static str,
    pub label: &'static str,
    /// What it looks like and where it is found.
    pub hint: &'static str,
    /// For the `inputmode` attribute: `numeric` or `text`.
    pub inputmode: &'static str,
    /// The most characters that may be typed, with blanks and dashes.
    pub max: usize,
    /// What may be chosen; empty for a field that is typed.
    pub choices: &'static [Choice],
    pub optional: bool,
}

/// One value of a field that is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    pub value: &'static str,
    pub words: &'static str,
}

impl Field {
    /// A field that must be typed.
    pub(super) const fn typed(name: &'static str, label: &'static str, hint: &'static str, max: usize) -> Field {
        Field { name, label, hint, inputmode: "text", max, choices: &[], optional: false }
    }

    /// The same for digits alone.
    pub(super) const fn digits(name: &'static str, label: &'static str, hint: &'static str, max: usize) -> Field {
        Field { inputmode: "numeric", ..Field::typed(name, label, hint, max) }
    }

    /// For the `autocomplete` attribute: browsers keep no bank details of their own, and must not begin with ours.
    pub fn autocomplete(&self) -> &'static str {
        "off"
    }

    pub(super) fn wrong(&self, message: impl Into<String>) -> Problem {
        Problem { field: self.name, message: message.into() }
    }

    /// What was typed, without blanks and dashes, in capitals. An optional field may be empty.
    pub(super) fn read(&self, typed: &Typed) -> Result<String, Problem> {
        let text = typed.get(self.name).map_or("", |text| text.trim());
        if text.is_empty() {
            return if self.optional { Ok(String::new()) } else { Err(self.wrong("is required")) };
        }
        if text.chars().count() > self.max {
            return Err(self.wrong(format!("must have at most {} characters", self.max)));
        }
        let dashes = ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'];
        let kept = text.chars().filter(|letter| !letter.is_whitespace() && !dashes.contains(letter));
        Ok(kept.map(|letter| letter.to_ascii_uppercase()).collect())
    }

    /// Digits alone, between `least` and `most` of them.
    pub(super) fn number(&self, typed: &Typed, least: usize, most: usize, example: &str) -> Result<String, Problem> {
        let number = self.read(typed)?;
        let right = number.bytes().all(|byte| byte.is_ascii_digit()) && (least..=most).contains(&number.len());
        if right {
            return Ok(number);
        }
        let digits = if least == most { format!("{least}") } else { format!("{least} to {most}") };
        Err(self.wrong(format!("must have {digits} digits and nothing else, such as {example}")))
    }

    /// One of the choices.
    pub(super) fn chosen(&self, typed: &Typed) -> Result<String, Problem> {
        let text = typed.get(self.name).map_or("", |text| text.trim()).to_ascii_lowercase();
        if text.is_empty() {
            return Err(self.wrong("is required"));
        }
        if self.choices.iter().any(|choice| choice.value == text) {
            return Ok(text);
        }
        let words: Vec<&str> = self.choices.iter().map(|choice| choice.value).collect();
        Err(self.wrong(format!("must be {}", words.join(" or "))))
    }
}
