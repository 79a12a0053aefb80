//! What every page needs around its content: place, person, looks, notices and session.

use super::assets;
use super::display::{NoticeView, TimeView};

/// Where a page stands in the main navigation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    Today,
    Approvals,
    Cases,
    Manual,
    Payouts,
    Links,
    Reversals,
    Batches,
    Payees,
    Wallets,
    Freezes,
    Audit,
    Staff,
    Credentials,
    Webhooks,
    Rules,
    /// A page that no navigation entry stands for.
    #[default]
    Elsewhere,
}

/// The signed-in person as the frame shows them.
#[derive(Clone, Debug)]
pub struct Person {
    pub name: String,
    /// One or two letters.
    pub initials: String,
    /// The role's word, for example `Operator`.
    pub role: String,
    /// Opens staff and credentials in the navigation.
    pub admin: bool,
}

/// The reader's own choices; `None` or `false` follow the system and the defaults.
#[derive(Clone, Debug, Default)]
pub struct Looks {
    /// `light` or `dark`.
    pub theme: Option<&'static str>,
    /// Rows of tables further apart.
    pub comfortable: bool,
    pub shortcuts: bool,
}

/// When the session ends, told on every page so that no script is needed to know it.
#[derive(Clone, Debug)]
pub struct SessionEnd {
    /// When it ends if nothing more is opened.
    pub idle: TimeView,
    /// Whole seconds until then. A script counts them down, so the browser's clock need not be right.
    pub left: i64,
    /// When it ends in any case.
    pub latest: TimeView,
    /// Less than ten minutes are left before `latest`: the page says so on top.
    pub soon: bool,
}

/// A freeze that stands, said on top of every page.
#[derive(Clone, Debug)]
pub struct FreezeStrip {
    pub href: String,
    /// For example `Wallet Operating USD is frozen`.
    pub what: String,
    /// Since when, and what is asked.
    pub note: String,
    pub drill: bool,
}

/// Several freezes in one line.
#[derive(Clone, Debug)]
pub struct FreezesSaid {
    /// For example `3 freezes stand, and a drill`.
    pub words: String,
    /// One of them is no drill.
    pub bad: bool,
}

/// What every page needs. Handlers of signed-in pages build it in one place and set `title` and `place`.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// The page's title without the product's name; `Error: ` is put before it when `failed`.
    pub title: String,
    pub place: Place,
    /// The form on this page was refused.
    pub failed: bool,
    pub organisation: String,
    pub person: Option<Person>,
    /// Token for every form on the page that changes something.
    pub csrf: String,
    pub looks: Looks,
    /// How many payouts this person may decide, as text; empty when none.
    pub approvals_due: String,
    /// What the previous request did, shown once.
    pub flash: Option<NoticeView>,
    pub session: Option<SessionEnd>,
    pub freezes: Vec<FreezeStrip>,
    /// One line for several of them, which unfolds.
    pub freezes_said: Option<FreezesSaid>,
    /// Zone of all times on the page, for example `Europe/Berlin (CET)`.
    pub zone: String,
    /// When the page was made, in full; printed records carry it.
    pub now: Option<TimeView>,
    /// The same as a time of day, for "as of".
    pub as_of: String,
}

impl Layout {
    /// The address of a static file, with its content hash.
    pub fn asset(&self, path: &str) -> String {
        assets::url(path)
    }

    /// Whether the navigation entry is where this page stands.
    pub fn at(&self, place: Place) -> bool {
        self.place == place
    }
}
