//! When a delivery that was not taken is tried again, as each dialect says.

use super::super::dialect::Dialect;

/// What follows a try that the receiver did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Another try at this time, in Unix microseconds.
    At(i64),
    /// The delivery has failed.
    GiveUp,
    /// The delivery has failed, and nothing more is sent to that webhook, for this reason.
    SwitchOff(&'static str),
}

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// The pauses between tries by Standard Webhooks: a little more than three days in all.
const STANDARD: [i64; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
/// Three more tries, ten minutes apart (contracts/revolut.md section 8).
const REVOLUT: [i64; 3] = [10 * MINUTE; 3];
/// For so long Razorpay tries (contracts/razorpay.md section 6).
const RAZORPAY_PATIENCE: i64 = 24 * HOUR;
const RAZORPAY_LONGEST: i64 = 4 * HOUR;
/// "Gone": the receiver wants nothing more.
const GONE: i64 = 410;

/// What follows try number `tries` (from 1) of a round that began at `began_at`, answered by `status` if at all.
///
/// `chance` spreads the tries of many deliveries over a tenth of the pause, where the dialect leaves that open.
pub fn next(dialect: Dialect, tries: i64, began_at: i64, now: i64, status: Option<i64>, chance: u64) -> Next {
    let tried = usize::try_from(tries.max(1)).unwrap_or(usize::MAX) - 1;
    let spread = |pause: i64| pause + (chance % (pause / 10 + 1).unsigned_abs()).cast_signed();
    let listed = |pauses: &[i64]| pauses.get(tried).copied();
    match dialect {
        Dialect::Wallet if status == Some(GONE) => Next::SwitchOff("its receiver answered 410 Gone"),
        Dialect::Wallet | Dialect::MassPay => {
            listed(&STANDARD).map_or(Next::GiveUp, |pause| Next::At(now + spread(pause)))
        }
        Dialect::Revolut => listed(&REVOLUT).map_or(Next::GiveUp, |pause| Next::At(now + pause)),
        Dialect::Razorpay => {
            let pause = spread((MINUTE << tried.min(16)).min(RAZORPAY_LONGEST));
            if now + pause - began_at <= RAZORPAY_PATIENCE {
                Next::At(now + pause)
            } else {
                Next::SwitchOff("its receiver took nothing for 24 hours")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every try of a round, in microseconds since its first, and what ended it.
    fn round(dialect: Dialect, chance: u64) -> (Vec<i64>, Next) {
        let (mut now, mut times) = (0, vec![0]);
        for tries in 1.. {
            match next(dialect, tries, 0, now, Some(500), chance) {
                Next::At(at) => {
                    assert!(at > now);
                    now = at;
                    times.push(at);
                }
                end => return (times, end),
            }
        }
        unreachable!("every schedule ends");
    }

    #[test]
    fn standard_webhooks_are_tried_ten_times_over_three_days() {
        for dialect in [Dialect::Wallet, Dialect::MassPay] {
            let (times, end) = round(dialect, 0);
            assert_eq!((times.len(), end), (10, Next::GiveUp));
            assert_eq!(times[..3], [0, 5 * SECOND, 5 * SECOND + 5 * MINUTE]);
            let last = times[9] / HOUR;
            assert!((72..80).contains(&last), "{last}");
        }
        let (spread, _) = round(Dialect::Wallet, u64::MAX / 3);
        assert!(spread[9] <= round(Dialect::Wallet, 0).0[9] * 11 / 10);
        assert_ne!(spread, round(Dialect::Wallet, 0).0);
    }

    #[test]
    fn revolut_is_tried_three_more_times_ten_minutes_apart() {
        let expected = [0, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE].to_vec();
        assert_eq!(round(Dialect::Revolut, 12_345), (expected, Next::GiveUp));
    }

    #[test]
    fn razorpay_is_tried_for_a_day_and_then_switched_off() {
        let (times, end) = round(Dialect::Razorpay, 0);
        assert_eq!(times[..5], [0, MINUTE, 3 * MINUTE, 7 * MINUTE, 15 * MINUTE]);
        assert!(times.last().is_some_and(|last| (20 * HOUR..=24 * HOUR).contains(last)), "{times:?}");
        assert!(matches!(end, Next::SwitchOff(_)));
    }

    #[test]
    fn gone_ends_it_at_once_where_standard_webhooks_say_so() {
        let gone = |dialect| next(dialect, 1, 0, 0, Some(410), 0);
        assert!(matches!(gone(Dialect::Wallet), Next::SwitchOff(_)));
        for dialect in [Dialect::Revolut, Dialect::Razorpay, Dialect::MassPay] {
            assert!(matches!(gone(dialect), Next::At(_)), "{dialect:?}");
        }
        assert!(matches!(next(Dialect::Wallet, 1, 0, 0, None, 0), Next::At(_)));
    }
}
