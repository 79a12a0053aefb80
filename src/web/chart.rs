//! Bar charts drawn on the server: integer geometry, one currency, zero-based.

/// One day's amount in minor units.
#[derive(Clone, Debug)]
pub struct DayAmount {
    /// Short day, for example `14`.
    pub short: String,
    pub minor: i64,
}

/// A chart with its words, drawn for wide and for narrow screens.
#[derive(Clone, Debug)]
pub struct ChartView {
    pub title: String,
    pub desc: String,
    pub wide: ChartFrame,
    pub narrow: ChartFrame,
}

/// One drawing. Coordinates are texts with one decimal.
#[derive(Clone, Debug)]
pub struct ChartFrame {
    pub width: i64,
    pub height: i64,
    pub left: i64,
    pub right: i64,
    pub label_x: i64,
    pub day_y: i64,
    /// The axis first, then the grid upwards.
    pub lines: Vec<ChartLine>,
    pub bars: Vec<ChartBar>,
}

#[derive(Clone, Debug)]
pub struct ChartLine {
    pub y: String,
    pub text_y: String,
    pub word: String,
}

#[derive(Clone, Debug)]
pub struct ChartBar {
    pub x: String,
    pub width: String,
    pub middle: String,
    pub span: Option<ChartSpan>,
    pub day: Option<String>,
    pub today: bool,
    /// The amount above the highest bar and above today's.
    pub top: Option<String>,
    pub top_y: String,
}

#[derive(Clone, Debug)]
pub struct ChartSpan {
    pub y: String,
    pub height: String,
}

/// Where a drawing puts things, in tenths of a unit.
struct Plan {
    width: i64,
    height: i64,
    left: i64,
    right: i64,
    top: i64,
    bottom: i64,
    /// Part of a day's room that its bar fills, in percent.
    fill: i64,
    /// Every how many days the day is written.
    every: usize,
}

const WIDE: Plan =
    Plan { width: 7200, height: 2360, left: 500, right: 7160, top: 220, bottom: 2120, fill: 62, every: 1 };
const NARROW: Plan =
    Plan { width: 3400, height: 2000, left: 420, right: 3360, top: 220, bottom: 1760, fill: 62, every: 3 };

impl ChartView {
    /// Draws `days`, the last of which is today. `decimals` is the currency's number of decimals.
    pub fn days(title: String, desc: String, days: &[DayAmount], decimals: u32) -> Self {
        Self { title, desc, wide: draw(&WIDE, days, decimals), narrow: draw(&NARROW, days, decimals) }
    }
}

fn draw(plan: &Plan, days: &[DayAmount], decimals: u32) -> ChartFrame {
    let highest = days.iter().map(|day| day.minor).max().unwrap_or(0);
    let step = grid_step(i128::from(highest), decimals);
    let ceiling = step * 4;
    let y_of = |minor: i128| plan.bottom - to_i64(minor * i128::from(plan.bottom - plan.top) / ceiling.max(1));
    let lines = (0..=4)
        .map(|n| {
            let y = y_of(step * n);
            ChartLine { y: tenths(y), text_y: tenths(y + 40), word: short_amount(step * n, decimals) }
        })
        .collect();

    let room = (plan.right - plan.left) / i64::try_from(days.len().max(1)).unwrap_or(1);
    let width = room * plan.fill / 100;
    let top_day = days.iter().position(|day| day.minor == highest && highest > 0);
    let bars = days
        .iter()
        .enumerate()
        .map(|(n, day)| {
            let today = n + 1 == days.len();
            let x = plan.left + room * i64::try_from(n).unwrap_or(0) + (room - width) / 2;
            let y = y_of(i128::from(day.minor));
            let written = (days.len() - 1 - n).is_multiple_of(plan.every);
            let word = if today && plan.every == 1 { "Today".to_owned() } else { day.short.clone() };
            let labelled = day.minor > 0 && (today || Some(n) == top_day);
            ChartBar {
                x: tenths(x),
                width: tenths(width),
                middle: tenths(x + width / 2),
                span: (day.minor > 0).then(|| span(y, plan.bottom)),
                day: written.then_some(word),
                today,
                top: labelled.then(|| short_amount(i128::from(day.minor), decimals)),
                top_y: tenths(y - 60),
            }
        })
        .collect();

    ChartFrame {
        width: plan.width / 10,
        height: plan.height / 10,
        left: plan.left / 10,
        right: plan.right / 10,
        label_x: plan.left / 10 - 8,
        day_y: plan.bottom / 10 + 18,
        lines,
        bars,
    }
}

/// A bar's part between two heights; never thinner than half a unit, so that a small amount still shows.
fn span(from: i64, to: i64) -> ChartSpan {
    let height = (to - from).max(5);
    ChartSpan { y: tenths(to - height), height: tenths(height) }
}

/// A quarter of the chart's height in minor units: 1, 2, 2.5 or 5 times a power of ten, and at least one whole unit.
fn grid_step(highest: i128, decimals: u32) -> i128 {
    let mut power = 10_i128.pow(decimals);
    loop {
        for tenths in [10, 20, 25, 50] {
            let step = power * tenths / 10;
            if step * 4 >= highest && step > 0 {
                return step;
            }
        }
        power *= 10;
    }
}

/// `72.3k` for 72,340.00: for labels of a drawing only, the table beside it has the exact amounts.
fn short_amount(minor: i128, decimals: u32) -> String {
    let whole = minor / 10_i128.pow(decimals);
    let (unit, letter) = match whole {
        0..1_000 => return whole.to_string(),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "m"),
        _ => (1_000_000_000, "bn"),
    };
    let parts = (whole * 10 / unit) % 10;
    match parts {
        0 => format!("{}{letter}", whole / unit),
        parts => format!("{}.{parts}{letter}", whole / unit),
    }
}

fn tenths(value: i64) -> String {
    match value % 10 {
        0 => (value / 10).to_string(),
        rest => format!("{}.{}", value / 10, rest.abs()),
    }
}

fn to_i64(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(minor: i64) -> DayAmount {
        DayAmount { short: "1".to_owned(), minor }
    }

    #[test]
    fn the_highest_bar_stays_under_the_top_line_and_the_axis_is_zero() {
        let frame = draw(&WIDE, &[day(7_234_000), day(2_144_000)], 2);
        assert_eq!(frame.lines[0].word, "0");
        assert_eq!(frame.lines[4].word, "80k");
        assert_eq!(frame.bars[0].top.as_deref(), Some("72.3k"));
        assert_eq!(frame.bars[1].day.as_deref(), Some("Today"));
    }

    #[test]
    fn days_without_money_draw_only_the_axis_and_grid() {
        let frame = draw(&NARROW, &[day(0), day(0)], 0);
        assert!(frame.bars.iter().all(|bar| bar.span.is_none() && bar.top.is_none()));
    }
}
