//! The fields of bank details by country, as the recipient's page and the forms of staff show them.

use super::display::{FieldView, OptionView, Problem};
use crate::domain::bank::{self, Account, Field, Method, Typed};
use crate::error::FieldError;

/// A way to be paid, with its fields.
#[derive(Clone, Debug)]
pub struct MethodView {
    pub name: &'static str,
    pub words: &'static str,
    pub chosen: bool,
    pub fields: Vec<BankField>,
}

/// One field of a method, as it was typed.
#[derive(Clone, Debug)]
pub struct BankField {
    /// Its name and id, which no other method's field has.
    pub id: String,
    pub label: &'static str,
    pub hint: &'static str,
    pub inputmode: &'static str,
    pub autocomplete: &'static str,
    pub max: usize,
    pub optional: bool,
    /// What may be chosen; empty for a field that is typed.
    pub choices: Vec<OptionView>,
    pub view: FieldView,
}

/// An account as it was typed.
#[derive(Clone, Debug, Default)]
pub struct GivenAccount {
    /// The name of a method; empty when none was chosen.
    pub method: String,
    /// Fields of that method.
    pub typed: Typed,
}

impl GivenAccount {
    /// Picks the account out of the fields of a form.
    pub fn of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> GivenAccount {
        let method = pairs.clone().find(|(name, _)| *name == "method").map_or("", |(_, value)| value).trim().to_owned();
        let prefix = format!("{method}-");
        let typed = pairs
            .filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?.to_owned(), value.to_owned())))
            .collect();
        GivenAccount { method, typed }
    }

    pub fn method(&self) -> Option<Method> {
        Method::from_name(&self.method)
    }

    /// What was typed, checked; none when no method was chosen. Errors carry the names of the method's fields.
    pub fn check(&self) -> Result<Option<Account>, Vec<FieldError>> {
        match (self.method.as_str(), self.method()) {
            ("", _) => Ok(None),
            (_, None) => Err(vec![FieldError { field: "method", message: "must be one of these".into() }]),
            (_, Some(method)) => bank::check(method, &self.typed).map(Some).map_err(|problems| {
                let error = |problem: bank::Problem| FieldError { field: problem.field, message: problem.message };
                problems.into_iter().map(error).collect()
            }),
        }
    }
}

/// The methods that a form offers, each with its fields. Only what was typed for the chosen one is known, and only
/// that was checked.
pub fn methods(
    offered: &[Method],
    chosen: Option<Method>,
    given: &GivenAccount,
    errors: &[FieldError],
) -> Vec<MethodView> {
    let view = |method: &Method| {
        let is_chosen = chosen == Some(*method);
        let field = |field: &Field| bank_field(*method, field, given, if is_chosen { errors } else { &[] });
        let fields = method.fields().iter().map(field).collect();
        MethodView { name: method.name(), words: method.words(), chosen: is_chosen, fields }
    };
    offered.iter().map(view).collect()
}

fn bank_field(method: Method, field: &Field, given: &GivenAccount, errors: &[FieldError]) -> BankField {
    let typed = if method.name() == given.method { given.typed.get(field.name) } else { None };
    BankField {
        id: id_of(method, field.name),
        label: field.label,
        hint: field.hint,
        inputmode: field.inputmode,
        autocomplete: field.autocomplete(),
        max: field.max,
        optional: field.optional,
        choices: field.choices.iter().map(|choice| OptionView::new(choice.value, choice.words)).collect(),
        view: FieldView { value: typed.cloned().unwrap_or_default(), error: error(errors, field.name) },
    }
}

/// A line of the list on top, which leads to the method's field.
pub fn problem(error: &FieldError, method: Option<Method>) -> Problem {
    let of_method = method.filter(|method| method.fields().iter().any(|field| field.name == error.field));
    let field = of_method.map_or_else(|| error.field.to_owned(), |method| id_of(method, error.field));
    Problem { field, message: sentence(error) }
}

/// What is wrong with a field.
pub fn error(errors: &[FieldError], field: &str) -> Option<String> {
    errors.iter().find(|error| error.field == field).map(sentence)
}

/// The field's label, then the message: `IBAN has a typing error: …`.
fn sentence(error: &FieldError) -> String {
    let label = match error.field {
        "method" => "The way to be paid".to_owned(),
        field => bank::member_label(field),
    };
    format!("{label} {}", error.message)
}

fn id_of(method: Method, field: &str) -> String {
    format!("{}-{field}", method.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_fields_of_the_chosen_method_are_taken() {
        let pairs =
            [("method", "uk"), ("uk-sort_code", "601613"), ("us-account_number", "1"), ("uk-account_number", "2")];
        let given = GivenAccount::of(pairs.into_iter());
        assert_eq!(given.method(), Some(Method::Uk));
        assert_eq!(given.typed.into_values().collect::<Vec<_>>(), ["2", "601613"]);
    }

    #[test]
    fn what_is_wrong_leads_to_its_field() {
        let given = GivenAccount::of([("method", "iban"), ("iban-iban", "DE00")].into_iter());
        let errors = given.check().unwrap_err();
        assert_eq!(problem(&errors[0], given.method()).field, "iban-iban");
        assert!(problem(&errors[0], given.method()).message.starts_with("IBAN "));
        assert_eq!(GivenAccount::default().check(), Ok(None));
        let unknown = GivenAccount::of([("method", "gold")].into_iter()).check().unwrap_err();
        assert_eq!(unknown[0].field, "method");
    }
}
