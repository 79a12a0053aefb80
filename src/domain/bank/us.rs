//! Accounts in the United States: routing number, account number and kind of account.

use super::{Account, Choice, Field, Method, Problem, Typed, account, all, masked};

const ROUTING: Field = Field::digits(
    "routing_number",
    "Routing number",
    "9 digits, at the bottom left of a check. Ask for the one for ACH payments.",
    20,
);
const NUMBER: Field = Field::digits("account_number", "Account number", "4 to 17 digits, next to it on a check.", 40);
const KIND: Field = Field {
    choices: &[Choice { value: "checking", words: "Checking" }, Choice { value: "savings", words: "Savings" }],
    ..Field::typed("account_type", "Kind of account", "", 20)
};

pub const FIELDS: &[Field] = &[ROUTING, NUMBER, KIND];

pub fn check(typed: &Typed) -> Result<Account, Vec<Problem>> {
    let [routing, number, kind] = all([routing(typed), number(typed), KIND.chosen(typed)])?;
    let label = masked("US", &number);
    let members = [("routing_number", routing), ("account_number", number), ("account_type", kind)];
    Ok(account(Method::Us, "US", &members, &label))
}

/// The American Bankers Association's checksum, and the ranges of first digits that it gives out.
fn routing(typed: &Typed) -> Result<String, Problem> {
    let number = ROUTING.number(typed, 9, 9, "021000021")?;
    let digits: Vec<u32> = number.bytes().map(|byte| u32::from(byte - b'0')).collect();
    let sum: u32 = digits.iter().zip([3, 7, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    let first = digits[0] * 10 + digits[1];
    let given_out = matches!(first, 1..=12 | 21..=32 | 61..=72 | 80);
    if sum.is_multiple_of(10) && given_out {
        Ok(number)
    } else {
        Err(ROUTING.wrong("has a typing error: compare it with your check or your bank’s website digit by digit"))
    }
}

fn number(typed: &Typed) -> Result<String, Problem> {
    let number = NUMBER.number(typed, 4, 17, "000123456789")?;
    if number.bytes().all(|byte| byte == b'0') {
        return Err(NUMBER.wrong("must be the one on your check or statement"));
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::super::tests::made;
    use super::*;

    fn us(routing: &str, number: &str, kind: &str) -> Result<(String, String), Vec<String>> {
        made(Method::Us, &[("routing_number", routing), ("account_number", number), ("account_type", kind)])
    }

    #[test]
    fn routing_numbers_of_real_banks_pass() {
        for routing in ["021000021", "011401533", "091000019", "122105155", "322271627"] {
            let (identifiers, label) = us(routing, "0001-2345-6789", "Checking").unwrap();
            assert_eq!(
                identifiers,
                format!(
                    r#"{{"account_number":"000123456789","account_type":"checking","method":"us","routing_number":"{routing}"}}"#
                )
            );
            assert_eq!(label, "US account •• 6789");
        }
    }

    #[test]
    fn a_wrong_digit_or_two_swapped_ones_are_noticed() {
        for routing in ["021000022", "012000021", "121000021", "000000000", "990000003"] {
            assert!(us(routing, "123456789", "savings").unwrap_err()[0].contains("typing error"), "{routing}");
        }
        for routing in ["02100002", "0210000210", "02100002A"] {
            assert!(us(routing, "123456789", "savings").unwrap_err()[0].contains("must have 9 digits"), "{routing}");
        }
    }

    #[test]
    fn number_and_kind_are_checked() {
        for number in ["123", "123456789012345678", "12345x", "00000"] {
            assert!(us("021000021", number, "savings").unwrap_err()[0].starts_with("account_number must"), "{number}");
        }
        assert_eq!(us("021000021", "1234", "gold").unwrap_err(), ["account_type must be checking or savings"]);
        let short = us("021000021", "1234", "savings").unwrap().1;
        assert_eq!(short, "US account", "four digits would show the whole number");
    }
}
