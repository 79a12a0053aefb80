//! The small, already worded values that page structs carry and component templates draw.

/// An amount ready for the page: code, grouped whole part (with `−` when negative) and fraction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyText {
    /// ISO code, for example `USD`.
    pub code: String,
    /// Grouped whole part, for example `1,250`.
    pub whole: String,
    /// Point and decimals, for example `.00`; empty where the currency has none.
    pub frac: String,
}

impl MoneyText {
    /// The amount in a sentence: `USD 1,250.00`.
    pub fn prose(&self) -> String {
        format!("{} {}{}", self.code, self.whole, self.frac)
    }

    /// The amount without its code, where the currency is said nearby: `1,250.00`.
    pub fn number(&self) -> String {
        format!("{}{}", self.whole, self.frac)
    }
}

/// A status: the `s-…` class that gives its shape and colour, and its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusView {
    pub class: &'static str,
    pub word: &'static str,
}

/// A moment: RFC 3339 in UTC for programs, and the words shown in the reader's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeView {
    pub utc: String,
    pub shown: String,
}

/// A form field as it was typed, with what is wrong with it.
#[derive(Clone, Debug, Default)]
pub struct FieldView {
    pub value: String,
    pub error: Option<String>,
}

impl FieldView {
    /// A field that holds `value` and has nothing wrong with it.
    pub fn of(value: impl Into<String>) -> Self {
        Self { value: value.into(), error: None }
    }

    /// Whether `option` is what the field holds: marks the chosen option or radio button.
    pub fn is(&self, option: &str) -> bool {
        self.value == option
    }
}

/// One option of a select.
#[derive(Clone, Debug)]
pub struct OptionView {
    pub value: String,
    pub word: String,
}

impl OptionView {
    pub fn new(value: impl Into<String>, word: impl Into<String>) -> Self {
        Self { value: value.into(), word: word.into() }
    }
}

impl From<(&str, &str)> for OptionView {
    fn from((value, word): (&str, &str)) -> Self {
        Self::new(value, word)
    }
}

/// One line of the error summary: the id of the field and what is wrong.
#[derive(Clone, Debug)]
pub struct Problem {
    pub field: String,
    pub message: String,
}

/// A link in a tab row; the count is already capped and grouped (`10,000+`).
#[derive(Clone, Debug)]
pub struct TabView {
    pub href: String,
    pub word: String,
    pub count: Option<String>,
    pub current: bool,
}

/// A filter that is on, with the address of the same list without it.
#[derive(Clone, Debug)]
pub struct ChipView {
    pub word: String,
    pub remove_href: String,
}

/// Where a keyset page stands: what is shown, and the neighbours that exist.
#[derive(Clone, Debug, Default)]
pub struct PagerView {
    /// For example `50 of 10,000+, newest first`.
    pub shown: String,
    pub newer: Option<String>,
    pub older: Option<String>,
}

/// A piece of a sentence.
#[derive(Clone, Debug)]
pub enum Say {
    Text(String),
    Strong(String),
    Link { href: String, word: String },
}

/// A sentence built from pieces, so that wording may hold a bold amount or a link without raw HTML.
#[derive(Clone, Debug, Default)]
pub struct Sentence(pub Vec<Say>);

impl Sentence {
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Say::Text(text.into()));
        self
    }

    pub fn strong(mut self, text: impl Into<String>) -> Self {
        self.0.push(Say::Strong(text.into()));
        self
    }

    pub fn link(mut self, href: impl Into<String>, word: impl Into<String>) -> Self {
        self.0.push(Say::Link { href: href.into(), word: word.into() });
        self
    }
}

/// How far a stop on the money's path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopState {
    /// The money has been here and gone on.
    Done,
    /// The money is here.
    Here,
    /// The money may be here: the provider did not answer.
    Unsure,
    /// The money has not been here.
    Ahead,
}

/// One stop on the money's path.
#[derive(Clone, Debug)]
pub struct StopView {
    pub state: StopState,
    pub name: String,
    pub note: String,
}

impl StopView {
    pub fn new(state: StopState, name: impl Into<String>, note: impl Into<String>) -> Self {
        Self { state, name: name.into(), note: note.into() }
    }

    /// The class that draws the stop.
    pub fn class(&self) -> &'static str {
        match self.state {
            StopState::Done => "path-done",
            StopState::Here => "path-here",
            StopState::Unsure => "path-here path-unsure",
            StopState::Ahead => "",
        }
    }

    /// Whether the money is at this stop.
    pub fn is_here(&self) -> bool {
        matches!(self.state, StopState::Here | StopState::Unsure)
    }
}

/// "Where is the money now?": one true sentence and the stops of the way.
#[derive(Clone, Debug)]
pub struct PathView {
    pub say: Sentence,
    pub stops: Vec<StopView>,
}

/// One line of a signature sum.
#[derive(Clone, Debug)]
pub struct SumRow {
    pub label: String,
    pub money: MoneyText,
}

/// Parts with a single line above the total and a double line below it.
#[derive(Clone, Debug)]
pub struct SumView {
    pub caption: String,
    pub rows: Vec<SumRow>,
    pub total: SumRow,
}

/// A wallet before and after a change, computed by the plan that would make it.
#[derive(Clone, Debug)]
pub struct BalanceView {
    pub wallet: String,
    pub currency: String,
    /// Added after the wallet's name, for example `when the provider brings the money back`.
    pub note: Option<String>,
    pub before: SumRow,
    /// Whether the change is added (`true`) or taken away.
    pub adds: bool,
    pub change: SumRow,
    pub after: SumRow,
    /// The wallet does not hold enough; `after` then says what is missing.
    pub short: bool,
}

/// One entry of a timeline.
#[derive(Clone, Debug)]
pub struct EventView {
    /// The `s-…` class of the state that was reached.
    pub class: &'static str,
    pub what: Sentence,
    pub time: Option<TimeView>,
    pub text: Option<String>,
    /// Via and request id.
    pub sub: Option<String>,
    /// Not happened yet.
    pub next: bool,
}

/// The tone of a notice; it chooses colour and icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Info,
    Good,
    Warn,
    Bad,
    Unsure,
}

impl Tone {
    pub fn class(&self) -> &'static str {
        match self {
            Self::Info => "is-info",
            Self::Good => "is-good",
            Self::Warn => "is-warn",
            Self::Bad => "is-bad",
            Self::Unsure => "is-unsure",
        }
    }

    pub fn icon(&self) -> &'static str {
        match self {
            Self::Info => "i-info",
            Self::Good => "i-check",
            Self::Warn => "i-warn",
            Self::Bad => "i-bad",
            Self::Unsure => "i-question",
        }
    }
}

/// A notice about this page: what holds, then what it means.
#[derive(Clone, Debug)]
pub struct NoticeView {
    pub tone: Tone,
    pub title: String,
    pub text: Option<String>,
    /// Where more of it stands.
    pub link: Option<OptionView>,
}

impl NoticeView {
    pub fn new(tone: Tone, title: impl Into<String>) -> Self {
        Self { tone, title: title.into(), text: None, link: None }
    }

    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// `href` leads to what `word` names.
    pub fn with_link(mut self, href: impl Into<String>, word: impl Into<String>) -> Self {
        self.link = Some(OptionView::new(href, word));
        self
    }
}

/// One action on a record: offered with its effect, or refused with the reason and what to do instead.
#[derive(Clone, Debug)]
pub struct ActView {
    /// The button's word, for example `Cancel payout`.
    pub word: String,
    /// Where it leads; `None` when it is refused.
    pub href: Option<String>,
    /// Id of the dialog on this page that says the same as `href`.
    pub dialog: Option<String>,
    /// Leads to a confirm step that ends something.
    pub warning: bool,
    /// The effect, or the reason and what to do instead.
    pub note: String,
}
