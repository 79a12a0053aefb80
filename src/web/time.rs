//! Times as readers see them: in their zone, in words, with the UTC value beside them.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::Tz;

use super::display::TimeView;

const SECOND: i64 = 1_000_000;

/// The reader's time zone. All times go in as Unix microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(pub Tz);

impl Default for Zone {
    fn default() -> Self {
        Zone(Tz::UTC)
    }
}

impl Zone {
    /// Reads an IANA name such as `Europe/Berlin`.
    pub fn named(name: &str) -> Option<Zone> {
        name.parse().ok().map(Zone)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The zone as pages name it: `Europe/Berlin (CET)`.
    pub fn label(self, now: i64) -> String {
        let short = self.local(now).format("%Z").to_string();
        if short == self.name() { short } else { format!("{} ({short})", self.name()) }
    }

    /// `21 November 2026, 14:02 CET`: for sentences and printed records.
    pub fn full(self, micros: i64) -> TimeView {
        self.view(micros, "%-d %B %Y, %H:%M %Z")
    }

    /// `21 Nov 2026, 14:02`: on a record.
    pub fn on(self, micros: i64) -> TimeView {
        self.view(micros, "%-d %b %Y, %H:%M")
    }

    /// `21 Nov, 14:02`, with the year when it is not this one: in lists.
    pub fn short(self, micros: i64, now: i64) -> TimeView {
        let same_year = self.date(micros).year() == self.date(now).year();
        self.view(micros, if same_year { "%-d %b, %H:%M" } else { "%-d %b %Y, %H:%M" })
    }

    /// `21 Nov, 14:02:09`, with the year when it is not this one: in the audit log.
    pub fn exact(self, micros: i64, now: i64) -> TimeView {
        let minutes = self.short(micros, now);
        TimeView { shown: format!("{}{}", minutes.shown, self.local(micros).format(":%S")), ..minutes }
    }

    /// `14:02` today, `21 Nov, 14:02` on other days: inside a sentence.
    pub fn at(self, micros: i64, now: i64) -> String {
        if self.date(micros) == self.date(now) { self.clock(micros) } else { self.short(micros, now).shown }
    }

    /// The same with its preposition: `at 14:02`, `on 21 Nov, 14:02`.
    pub fn when(self, micros: i64, now: i64) -> String {
        let today = self.date(micros) == self.date(now);
        format!("{} {}", if today { "at" } else { "on" }, self.at(micros, now))
    }

    /// `14:02`.
    pub fn clock(self, micros: i64) -> String {
        self.local(micros).format("%H:%M").to_string()
    }

    /// The calendar day in this zone.
    pub fn date(self, micros: i64) -> NaiveDate {
        self.local(micros).date_naive()
    }

    /// The first moment of a day in this zone. A day whose midnight the clock skips begins when the clock goes on.
    pub fn day_start(self, day: NaiveDate) -> i64 {
        let midnight = day.and_time(NaiveTime::MIN);
        (0..8)
            .find_map(|quarters| {
                let time = midnight + chrono::TimeDelta::minutes(30 * quarters);
                self.0.from_local_datetime(&time).earliest()
            })
            .map_or_else(|| midnight.and_utc().timestamp_micros(), |time| time.timestamp_micros())
    }

    /// The first moment after a day in this zone.
    pub fn day_end(self, day: NaiveDate) -> i64 {
        self.day_start(day.checked_add_days(Days::new(1)).unwrap_or(day))
    }

    /// `2026-11-21T14:02`: what a field for date and time holds.
    pub fn typed(self, micros: i64) -> String {
        self.local(micros).format("%Y-%m-%dT%H:%M").to_string()
    }

    /// Reads date and time of this zone as such a field sends them. A time that the clock skips is read as when the
    /// clock goes on, and one that comes twice as the first.
    pub fn read(self, text: &str) -> Option<i64> {
        let text = text.trim();
        let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"];
        let time = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())?;
        (0..8).find_map(|halves| {
            let time = time.checked_add_signed(chrono::TimeDelta::minutes(30 * halves))?;
            self.0.from_local_datetime(&time).earliest().map(|time| time.timestamp_micros())
        })
    }

    fn view(self, micros: i64, format: &str) -> TimeView {
        TimeView { utc: rfc3339(micros), shown: self.local(micros).format(format).to_string() }
    }

    fn local(self, micros: i64) -> DateTime<Tz> {
        utc(micros).with_timezone(&self.0)
    }
}

/// RFC 3339 in UTC with whole seconds: `2026-11-21T13:02:00Z`.
pub fn rfc3339(micros: i64) -> String {
    utc(micros).to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A length of time in its two largest units: `2 h 32 min`, `1 d 2 h`, `40 s`.
pub fn lasted(micros: i64) -> String {
    let seconds = (micros / SECOND).max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

fn utc(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Zone {
        Zone::named("Europe/Berlin").unwrap()
    }

    fn micros(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp_micros()
    }

    #[test]
    fn times_are_shown_in_the_zone_and_told_in_utc() {
        let at = micros("2024-01-15T10:30:00Z");
        assert_eq!(
            berlin().on(at),
            TimeView { utc: "2024-01-15T10:30:00Z".into(), shown: "15 Jan 2024, 11:30".into() }
        );
        assert_eq!(berlin().full(at).shown, "15 January 2024, 11:30 CET");
        assert_eq!(berlin().short(at, micros("2024-06-01T00:00:00Z")).shown, "15 Jan, 11:30");
        assert_eq!(berlin().label(at), "Europe/Berlin (CET)");
        assert_eq!(Zone::default().label(at), "UTC");
    }

    #[test]
    fn a_day_lasts_23_or_25_hours_when_the_clocks_change() {
        let hours = |day: &str| {
            let day = day.parse().unwrap();
            (berlin().day_end(day) - berlin().day_start(day)) / (3_600 * SECOND)
        };
        assert_eq!(hours("2026-03-29"), 23);
        assert_eq!(hours("2026-10-25"), 25);
        assert_eq!(hours("2026-11-21"), 24);
    }

    #[test]
    fn a_day_without_midnight_begins_when_the_clock_goes_on() {
        let zone = Zone::named("America/Santiago").unwrap();
        let day: NaiveDate = "2026-09-06".parse().unwrap();
        assert_eq!(zone.clock(zone.day_start(day)), "01:00");
    }

    #[test]
    fn a_typed_time_is_of_the_readers_zone() {
        let at = micros("2026-03-28T23:15:00Z");
        assert_eq!(berlin().typed(at), "2026-03-29T00:15");
        assert_eq!(berlin().read(" 2026-03-29T00:15 "), Some(at));
        // Skipped, and coming twice.
        assert_eq!(berlin().read("2026-03-29T02:30"), Some(micros("2026-03-29T01:00:00Z")));
        assert_eq!(berlin().read("2026-10-25 02:30"), Some(micros("2026-10-25T00:30:00Z")));
        for text in ["", "tomorrow", "2026-02-30T10:00", "2026-03-29T25:00"] {
            assert_eq!(berlin().read(text), None, "{text}");
        }
    }

    #[test]
    fn lengths_name_their_two_largest_units() {
        assert_eq!(lasted(40 * SECOND), "40 s");
        assert_eq!(lasted(9_120 * SECOND), "2 h 32 min");
        assert_eq!(lasted(93_600 * SECOND), "1 d 2 h");
        assert_eq!(lasted(-1), "0 s");
    }
}
