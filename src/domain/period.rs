//! Lengths of time as ISO 8601 writes them.

const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 3_600 * SECOND;

/// Reads a period such as `P7D`, `P1W` or `P1DT12H`, in microseconds. Years and months have no fixed length, and no
/// part has a fraction.
pub fn period(text: &str) -> Option<i64> {
    let (date, clock) = match text.strip_prefix('P')?.split_once('T') {
        Some((_, "")) => return None,
        Some((date, clock)) => (date, clock),
        None => (text.strip_prefix('P')?, ""),
    };
    if date.is_empty() && clock.is_empty() {
        return None;
    }
    let days = sum(date, &[('W', 7 * DAY), ('D', DAY)])?;
    let rest = sum(clock, &[('H', 3_600 * SECOND), ('M', 60 * SECOND), ('S', SECOND)])?;
    days.checked_add(rest)
}

/// Adds parts such as `1D`, each unit at most once and in this order.
fn sum(text: &str, units: &[(char, i64)]) -> Option<i64> {
    let (mut total, mut rest) = (0_i64, text);
    for (unit, length) in units {
        let Some((number, after)) = rest.split_once(*unit) else { continue };
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        total = number.parse::<i64>().ok()?.checked_mul(*length)?.checked_add(total)?;
        rest = after;
    }
    rest.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_in_their_parts() {
        for (text, expected) in [
            ("P7D", 7 * DAY),
            ("P1W", 7 * DAY),
            ("P0D", 0),
            ("P1DT12H", DAY + DAY / 2),
            ("PT24H", DAY),
            ("PT1M30S", 90 * SECOND),
        ] {
            assert_eq!(period(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "P",
            "PT",
            "P1",
            "7D",
            "P1DT",
            "P1M",
            "P1Y",
            "P-1D",
            "P1.5D",
            "PD",
            "P1D1D",
            "PT1S1M",
            "P99999999999999999999D",
        ] {
            assert_eq!(period(text), None, "{text}");
        }
    }
}
