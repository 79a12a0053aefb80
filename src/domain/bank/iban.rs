//! IBAN, and the BIC that some banks ask for beside it.

use iban::{Iban, IbanLike, ParseBaseIbanError, ParseIbanError};

use super::{Account, Field, Method, Problem, Typed, account, all, masked};

/// The countries of the registry that the crate knows.
#[rustfmt::skip]
pub const COUNTRIES: &[&str] = &[
    "AD", "AE", "AL", "AT", "AZ", "BA", "BE", "BG", "BH", "BI", "BR", "BY", "CH", "CR", "CY", "CZ", "DE", "DJ", "DK",
    "DO", "EE", "EG", "ES", "FI", "FK", "FO", "FR", "GB", "GE", "GI", "GL", "GR", "GT", "HR", "HU", "IE", "IL", "IQ",
    "IS", "IT", "JO", "KW", "KZ", "LB", "LC", "LI", "LT", "LU", "LV", "LY", "MC", "MD", "ME", "MK", "MN", "MR", "MT",
    "MU", "NI", "NL", "NO", "OM", "PL", "PS", "PT", "QA", "RO", "RS", "RU", "SA", "SC", "SD", "SE", "SI", "SK", "SM",
    "SO", "ST", "SV", "TL", "TN", "TR", "UA", "VA", "VG", "XK", "YE",
];

const IBAN: Field =
    Field::typed("iban", "IBAN", "Begins with two letters, such as DE89 3704 0044 0532 0130 00. Spaces are fine.", 60);
const BIC: Field = Field {
    optional: true,
    ..Field::typed(
        "bic",
        "BIC or SWIFT code",
        "8 or 11 characters, such as DEUTDEFF. Only if your bank asks for it.",
        20,
    )
};

pub const FIELDS: &[Field] = &[IBAN, BIC];

pub fn check(typed: &Typed) -> Result<Account, Vec<Problem>> {
    let parsed = iban(typed);
    let country = parsed.as_ref().map(|iban| iban[..2].to_owned()).ok();
    let [iban, bic] = all([parsed, bic(typed, country.as_deref())])?;
    let label = masked(&iban[..2], &iban);
    Ok(account(Method::Iban, &iban[..2], &[("iban", iban.clone()), ("bic", bic)], &label))
}

fn iban(typed: &Typed) -> Result<String, Problem> {
    let text = IBAN.read(typed)?;
    match text.parse::<Iban>() {
        Ok(iban) => Ok(iban.electronic_str().to_owned()),
        Err(ParseIbanError::InvalidBaseIban { source: ParseBaseIbanError::InvalidChecksum }) => {
            Err(IBAN.wrong("has a typing error: compare it with your bank’s letter digit by digit"))
        }
        Err(ParseIbanError::InvalidBaseIban { .. }) => Err(IBAN.wrong(
            "must have two letters, two digits and then up to 30 letters and digits, such as \
             DE89 3704 0044 0532 0130 00",
        )),
        Err(ParseIbanError::InvalidBban(base)) => Err(IBAN.wrong(format!(
            "does not have the length or form of an IBAN of {}: check that nothing is missing",
            base.country_code()
        ))),
        Err(ParseIbanError::UnknownCountry(base)) => {
            let wrong =
                format!("begins with {}, where there are no IBANs: check the first letters", base.country_code());
            Err(IBAN.wrong(wrong))
        }
    }
}

/// Empty, or a BIC of the account's country.
fn bic(typed: &Typed, country: Option<&str>) -> Result<String, Problem> {
    let bic = BIC.read(typed)?;
    if bic.is_empty() {
        return Ok(bic);
    }
    let letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_uppercase());
    let formed =
        matches!(bic.len(), 8 | 11) && bic.bytes().all(|byte| byte.is_ascii_alphanumeric()) && letters(&bic[..6]);
    if !formed {
        return Err(BIC.wrong("must have 8 or 11 letters and digits, such as DEUTDEFF; or leave it empty"));
    }
    match country {
        // Crown dependencies and overseas regions use the codes of the country whose IBANs they have.
        Some(country) if bic[4..6] != *country && !shares(country, &bic[4..6]) => {
            Err(BIC
                .wrong(format!("belongs to another country than the IBAN ({country}): check both, or leave it empty")))
        }
        _ => Ok(bic),
    }
}

fn shares(country: &str, other: &str) -> bool {
    match country {
        "GB" => ["GG", "JE", "IM"].contains(&other),
        "FR" => ["GF", "GP", "MQ", "RE", "YT", "PM", "BL", "MF", "PF", "NC", "WF", "TF", "MC"].contains(&other),
        "FI" => other == "AX",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::made;
    use super::*;

    fn iban(text: &str) -> Result<(String, String), Vec<String>> {
        made(Method::Iban, &[("iban", text)])
    }

    #[test]
    fn ibans_are_normalised_and_masked() {
        for (typed, kept, label) in [
            ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "DE account •• 3000"),
            ("gb33bukb20201555555555", "GB33BUKB20201555555555", "GB account •• 5555"),
            ("FR14-2004-1010-0505-0001-3M02-606", "FR1420041010050500013M02606", "FR account •• 2606"),
            ("NO93 8601 1117 947", "NO9386011117947", "NO account •• 7947"),
            ("MT84 MALT 0110 0001 2345 MTLC AST0 01S", "MT84MALT011000012345MTLCAST001S", "MT account •• 001S"),
            ("BR18 0036 0305 0000 1000 9795 493C 1", "BR1800360305000010009795493C1", "BR account •• 93C1"),
        ] {
            let (identifiers, shown) = iban(typed).unwrap();
            assert_eq!(identifiers, format!(r#"{{"iban":"{kept}","method":"iban"}}"#));
            assert_eq!(shown, label);
            assert!(COUNTRIES.contains(&&kept[..2]));
        }
    }

    #[test]
    fn each_mistake_is_told_with_its_fix() {
        for (typed, says) in [
            ("DE89 3704 0044 0532 0130 01", "iban has a typing error"),
            ("DE98 3704 0044 0532 0130 00", "iban has a typing error"),
            // One digit too few breaks the checksum as well.
            ("DE89 3704 0044 0532 0130 0", "iban has a typing error"),
            ("37040044", "iban must have two letters"),
            ("DE", "iban must have two letters"),
            ("US64 SVBK US6S 3300 9586 71", "iban has a typing error"),
            ("DE89_370400440532013000", "iban must have two letters"),
        ] {
            let problems = iban(typed).unwrap_err();
            assert!(problems.len() == 1 && problems[0].starts_with(says), "{typed}: {problems:?}");
        }
        // Right by its checksum, but no German IBAN has this length; and no country of this name has any.
        assert!(iban(&with_checksum("DE", "37040044053201300")).unwrap_err()[0].contains("IBAN of DE"));
        assert!(iban(&with_checksum("US", "370400440532013000")).unwrap_err()[0].contains("begins with US"));
    }

    #[test]
    fn every_country_of_the_list_is_known_to_the_crate_and_no_other() {
        for first in b'A'..=b'Z' {
            for second in b'A'..=b'Z' {
                let country = String::from_utf8(vec![first, second]).unwrap();
                let unknown =
                    matches!(with_checksum(&country, "1").parse::<Iban>(), Err(ParseIbanError::UnknownCountry(_)));
                assert_eq!(unknown, !COUNTRIES.contains(&country.as_str()), "{country}");
            }
        }
    }

    #[test]
    fn a_bic_is_optional_but_right_and_of_the_same_country() {
        let with = |bic: &str| made(Method::Iban, &[("iban", "DE89370400440532013000"), ("bic", bic)]);
        assert!(with("deut de ff").unwrap().0.contains(r#""bic":"DEUTDEFF""#));
        assert!(with("COBADEFFXXX").is_ok() && with(" ").is_ok());
        for wrong in ["DEUTDEF", "DEUTDEFFXX", "DEUT1EFF", "DEUTDEFF!!!"] {
            assert!(with(wrong).unwrap_err()[0].starts_with("bic must have 8 or 11"), "{wrong}");
        }
        assert!(with("BARCGB22").unwrap_err()[0].contains("another country"));
        let jersey = [("iban", "GB33BUKB20201555555555"), ("bic", "MIDLJESH")];
        assert!(made(Method::Iban, &jersey).is_ok());
    }

    /// An IBAN with the check digits that ISO 7064 asks for.
    fn with_checksum(country: &str, rest: &str) -> String {
        let moved = format!("{rest}{country}00");
        let remainder = moved.chars().fold(0_u32, |sum, letter| {
            let value = letter.to_digit(36).unwrap();
            (if value > 9 { sum * 100 } else { sum * 10 } + value) % 97
        });
        format!("{country}{:02}{rest}", 98 - remainder)
    }
}
