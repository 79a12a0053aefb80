//! Accounts in the United Kingdom: sort code and account number.

use super::{Account, Field, Method, Problem, Typed, account, all, masked};

const SORT_CODE: Field = Field::digits("sort_code", "Sort code", "6 digits, such as 20-20-15.", 20);
const NUMBER: Field =
    Field::digits("account_number", "Account number", "8 digits. Put zeros in front of a shorter number.", 20);

pub const FIELDS: &[Field] = &[SORT_CODE, NUMBER];

pub fn check(typed: &Typed) -> Result<Account, Vec<Problem>> {
    let [sort_code, number] = all([sort_code(typed), number(typed)])?;
    let label = masked("GB", &number);
    Ok(account(Method::Uk, "GB", &[("sort_code", sort_code), ("account_number", number)], &label))
}

fn sort_code(typed: &Typed) -> Result<String, Problem> {
    let code = SORT_CODE.number(typed, 6, 6, "20-20-15")?;
    if code == "000000" { Err(SORT_CODE.wrong("must be the one on your card or statement")) } else { Ok(code) }
}

fn number(typed: &Typed) -> Result<String, Problem> {
    let text = NUMBER.read(typed)?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.len() {
        6 | 7 if digits => Err(NUMBER.wrong(format!("must have 8 digits: put zeros in front, such as {text:0>8}"))),
        8 if digits && text != "00000000" => Ok(text),
        _ => Err(NUMBER.wrong("must have 8 digits and nothing else, such as 31926819")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::made;
    use super::*;

    fn uk(sort_code: &str, number: &str) -> Result<(String, String), Vec<String>> {
        made(Method::Uk, &[("sort_code", sort_code), ("account_number", number)])
    }

    #[test]
    fn dashes_and_blanks_do_not_matter() {
        let expected = r#"{"account_number":"31926819","method":"uk","sort_code":"601613"}"#;
        for code in ["60-16-13", "601613", " 60 16 13 ", "60–16–13"] {
            assert_eq!(uk(code, "3192 6819").unwrap(), (expected.to_owned(), "GB account •• 6819".to_owned()));
        }
    }

    #[test]
    fn both_fields_are_told_at_once() {
        let problems = uk("60161", "3192681").unwrap_err();
        assert_eq!(
            problems,
            [
                "sort_code must have 6 digits and nothing else, such as 20-20-15",
                "account_number must have 8 digits: put zeros in front, such as 03192681"
            ]
        );
        for number in ["319268190", "31926", "3192681A", "00000000"] {
            assert!(uk("601613", number).unwrap_err()[0].starts_with("account_number must have 8 digits"), "{number}");
        }
        for code in ["6016133", "AB-16-13", "000000"] {
            assert!(uk(code, "31926819").unwrap_err()[0].starts_with("sort_code must"), "{code}");
        }
    }
}
