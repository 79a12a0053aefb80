//! Whoever opens a payout link: what is shown of a contact to somebody who has not proved to be it.

/// How long a one-time code is good, in microseconds.
pub const CODE_LASTS: i64 = 10 * MINUTE;
/// Between two codes for the same link, in microseconds: a click too many is no second message.
pub const CODE_PAUSE: i64 = MINUTE;
/// How often a code may be typed wrong before it is dead.
pub const CODE_TRIES: i64 = 5;
/// How many of a receipt's last digits prove that somebody has it.
pub const RECEIPT_TAIL: usize = 4;

const MINUTE: i64 = 60 * 1_000_000;

/// `j•••@example.com`: enough to know one's own address again.
pub fn masked_email(email: &str) -> String {
    let (name, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    let first: String = name.chars().take(1).collect();
    format!("{first}•••@{domain}")
}

/// `•••• 42`: the last two digits, kept on one line.
pub fn masked_phone(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let last: String = digits[digits.len().saturating_sub(2)..].iter().collect();
    format!("••••\u{a0}{last}")
}

/// The last digits of a receipt's number. None when it has too few to prove anything.
pub fn receipt_tail(receipt: &str) -> Option<String> {
    let digits: Vec<char> = receipt.chars().filter(char::is_ascii_digit).collect();
    let start = digits.len().checked_sub(RECEIPT_TAIL)?;
    Some(digits[start..].iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_known_again_but_not_given_away() {
        assert_eq!(masked_email("john.doe@example.com"), "j•••@example.com");
        assert_eq!(masked_email("ö@example.com"), "ö•••@example.com");
        assert_eq!(masked_phone("+1 202 555 0142"), "••••\u{a0}42");
        assert_eq!(masked_phone("7"), "••••\u{a0}7");
    }

    #[test]
    fn a_receipt_proves_by_its_end_when_it_is_long_enough() {
        assert_eq!(receipt_tail("RC-2024/00a17b").as_deref(), Some("0017"));
        assert_eq!(receipt_tail("No. 123"), None);
        assert_eq!(receipt_tail(""), None);
    }
}
