//! Accounts in India: IFSC and account number, or a UPI address.

use super::{Account, Field, Method, Problem, Typed, account, all, masked};

const IFSC: Field =
    Field::typed("ifsc", "IFSC", "11 characters, such as HDFC0000123. It stands in your passbook or on a cheque.", 20);
const NUMBER: Field = Field::digits("account_number", "Account number", "9 to 18 digits.", 40);
const UPI: Field = Field::typed("upi", "UPI address", "Such as priya@okhdfcbank. It is not an email address.", 255);

pub const FIELDS: &[Field] = &[IFSC, NUMBER];
pub const UPI_FIELDS: &[Field] = &[UPI];

pub fn check(typed: &Typed) -> Result<Account, Vec<Problem>> {
    let [ifsc, number] = all([ifsc(typed), number(typed)])?;
    let label = masked("IN", &number);
    Ok(account(Method::In, "IN", &[("ifsc", ifsc), ("account_number", number)], &label))
}

pub fn check_upi(typed: &Typed) -> Result<Account, Vec<Problem>> {
    let [address] = all([upi(typed)])?;
    let label = upi_label(&address);
    Ok(account(Method::Upi, "IN", &[("upi", address)], &label))
}

/// A UPI address in words that may be shown: its first letter and its bank.
pub fn upi_label(address: &str) -> String {
    let (name, bank) = address.split_once('@').unwrap_or((address, ""));
    let first: String = name.chars().take(1).collect();
    format!("UPI {first}•••@{bank}")
}

fn ifsc(typed: &Typed) -> Result<String, Problem> {
    let code = IFSC.read(typed)?;
    let bytes = code.as_bytes();
    let shape = bytes.len() == 11 && code.is_ascii();
    if !shape || !bytes[..4].iter().all(u8::is_ascii_uppercase) || !bytes[5..].iter().all(u8::is_ascii_alphanumeric) {
        return Err(IFSC.wrong("must have 4 letters, a zero, and then 6 letters or digits, such as HDFC0000123"));
    }
    match bytes[4] {
        b'0' => Ok(code),
        b'O' => Err(IFSC.wrong("must have the digit zero in fifth place, not the letter O")),
        _ => Err(IFSC.wrong("must have the digit zero in fifth place, such as HDFC0000123")),
    }
}

fn number(typed: &Typed) -> Result<String, Problem> {
    let number = NUMBER.number(typed, 9, 18, "50100123456789")?;
    if number.bytes().all(|byte| byte == b'0') {
        return Err(NUMBER.wrong("must be the one in your passbook"));
    }
    Ok(number)
}

/// `name@bank`. Addresses are the same in small letters and capitals, so they are kept small.
fn upi(typed: &Typed) -> Result<String, Problem> {
    let wrong = || UPI.wrong("must be a UPI address, such as priya@okhdfcbank");
    let text = typed.get(UPI.name).map_or("", |text| text.trim());
    if text.is_empty() {
        return Err(UPI.wrong("is required"));
    }
    if text.len() > UPI.max {
        return Err(UPI.wrong(format!("must have at most {} characters", UPI.max)));
    }
    let text = text.to_ascii_lowercase();
    let (name, bank) = text.split_once('@').ok_or_else(wrong)?;
    if bank.contains('.') && !bank.contains('@') {
        return Err(UPI.wrong("must be a UPI address, such as priya@okhdfcbank, not an email address"));
    }
    let named = name.len() >= 2 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    let banked = bank.len() >= 3
        && bank.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && bank.as_bytes()[0].is_ascii_alphabetic();
    if named && banked { Ok(text) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::made;
    use super::*;

    #[test]
    fn accounts_are_normalised_and_masked() {
        let (identifiers, label) =
            made(Method::In, &[("ifsc", "hdfc0 000123"), ("account_number", "5010 0123 4567 89")]).unwrap();
        assert_eq!(identifiers, r#"{"account_number":"50100123456789","ifsc":"HDFC0000123","method":"in"}"#);
        assert_eq!(label, "IN account •• 6789");
        assert!(made(Method::In, &[("ifsc", "SBIN0A1B2C3"), ("account_number", "123456789")]).is_ok());
    }

    #[test]
    fn a_letter_for_the_zero_is_the_usual_mistake() {
        let with = |ifsc: &str| made(Method::In, &[("ifsc", ifsc), ("account_number", "50100123456789")]);
        assert_eq!(
            with("HDFCO000123").unwrap_err(),
            ["ifsc must have the digit zero in fifth place, not the letter O"]
        );
        assert!(with("HDFC1000123").unwrap_err()[0].contains("fifth place"));
        for wrong in ["HDFC000012", "HDFC00001234", "HD1C0000123", "HDFC0000-?3", "HDFÇ0000123"] {
            assert!(with(wrong).unwrap_err()[0].contains("4 letters, a zero"), "{wrong}");
        }
        for number in ["12345678", "1234567890123456789", "123456789X", "000000000"] {
            let problems = made(Method::In, &[("ifsc", "HDFC0000123"), ("account_number", number)]).unwrap_err();
            assert!(problems[0].starts_with("account_number must"), "{number}");
        }
    }

    #[test]
    fn upi_addresses_are_no_email_addresses() {
        let with = |address: &str| made(Method::Upi, &[("upi", address)]);
        let (identifiers, label) = with(" Priya.Rao-2@okHDFCbank ").unwrap();
        assert_eq!(identifiers, r#"{"method":"upi","upi":"priya.rao-2@okhdfcbank"}"#);
        assert_eq!(label, "UPI p•••@okhdfcbank");
        assert!(with("9876543210@ybl").is_ok());
        assert!(with("priya@gmail.com").unwrap_err()[0].contains("not an email address"));
        for wrong in ["priya", "@ybl", "p@ybl", "priya@", "priya@1bank", "pri ya@ybl", "priya@yb", "a@b@c", "प्रिया@ybl"]
        {
            assert!(with(wrong).unwrap_err()[0].contains("must be a UPI address"), "{wrong}");
        }
    }
}
