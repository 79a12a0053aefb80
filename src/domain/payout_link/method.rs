//! The ways to be paid that a link offers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A way to be paid that a link offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    BankAccount,
    Upi,
    /// Only ever asked for by programs of another provider; kept so that they are told what they asked for.
    Revolut,
    Card,
}

/// The ways to be paid that a link offers, in the order given; kept as their names, separated by blanks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods(pub Vec<Method>);

impl Method {
    pub const ALL: [Method; 4] = [Method::BankAccount, Method::Upi, Method::Revolut, Method::Card];

    pub fn name(self) -> &'static str {
        match self {
            Method::BankAccount => "bank_account",
            Method::Upi => "upi",
            Method::Revolut => "revolut",
            Method::Card => "card",
        }
    }

    pub fn from_name(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }
}

impl Methods {
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|method| method.name()).collect()
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" "))
    }
}

impl FromStr for Methods {
    type Err = &'static str;

    /// Names separated by blanks, each known and named once, at least one.
    fn from_str(text: &str) -> Result<Methods, &'static str> {
        let mut methods = Vec::new();
        for name in text.split_whitespace() {
            let method = Method::from_name(name).ok_or("not a payout method")?;
            if methods.contains(&method) {
                return Err("a payout method named twice");
            }
            methods.push(method);
        }
        if methods.is_empty() { Err("no payout method") } else { Ok(Methods(methods)) }
    }
}

impl Serialize for Methods {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Methods {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Methods, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_known_and_named_once() {
        let methods: Methods = "upi  bank_account".parse().unwrap();
        assert_eq!(methods.to_string(), "upi bank_account");
        for text in ["", " ", "cash", "upi upi"] {
            assert!(text.parse::<Methods>().is_err(), "{text}");
        }
    }
}
