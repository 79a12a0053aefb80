//! Addresses of records, and addresses with a query.

/// A path with those of the parameters that are set.
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let set = pairs.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = set.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

/// The page of a record that everybody may open, by its id.
pub fn record(id: &str) -> Option<String> {
    let list = match id.split_once('_')?.0 {
        "pyt" => "payouts",
        "lnk" => "payout-links",
        "frz" => "freezes",
        "cas" => "cases",
        "bat" => "batches",
        _ => return None,
    };
    Some(format!("/{list}/{id}"))
}

/// Percent-encodes a query value.
pub fn encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_with_a_page_of_its_own_is_led_to() {
        assert_eq!(record("bat_1").as_deref(), Some("/batches/bat_1"));
        assert_eq!(record("lnk_1").as_deref(), Some("/payout-links/lnk_1"));
        for other in ["key_1", "pyt", "", "account_of"] {
            assert_eq!(record(other), None, "{other}");
        }
    }
}
