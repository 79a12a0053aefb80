//! How a dialect puts an event into its own words. Each dialect implements [`Renderer`] in its folder under `api`, and
//! `app.rs` registers it; jobs know only this trait.
//!
//! # Writing one
//!
//! 1. List every event name of the contract in [`Renderer::names`], each with the [`Kind`]s of ours that it may come
//!    of, and whether a webhook gets it when it names none.
//! 2. In [`Renderer::render`] match on `scene.event.kind` (and on `scene.event.from_state`, which is none when the
//!    record has just been made) and on the snapshot, and answer one [`Rendered`] for each name that it means: none
//!    when your dialect does not see a change (two of our states may be one of yours), two when the contract sends
//!    two. What a webhook did not ask for is dropped by the caller, so there is no need to look at its list.
//! 3. The body is sent byte by byte as it is, at every try: `serde_json::to_string` of the same wire structs that the
//!    API answers with. The record is the one of the moment of the change, not of now.
//!
//! Signatures, headers, schedules, limits and secrets are in `domain::webhook`; nothing of them is the renderer's.
//! `api::v1::webhooks` is an example.

use std::fmt::Debug;
use std::sync::Arc;

use crate::domain::dialect::Dialect;
use crate::domain::ids::EventId;
use crate::domain::webhook::{Event, Kind, Snapshot};
use crate::error::Error;
use crate::service::Desk;

/// A dialect's words for events.
pub trait Renderer: Debug + Send + Sync {
    fn dialect(&self) -> Dialect;

    /// Every event that a webhook can ask for.
    fn names(&self) -> &'static [Name];

    /// The event in the dialect's words; empty when it has none for it.
    ///
    /// Must not wait and must not read anything: all there is to tell is in the scene. Errors: something sealed cannot
    /// be opened; the event is tried again later.
    fn render(&self, scene: &Scene<'_>) -> Result<Vec<Rendered>, Error>;

    /// What a webhook is sent to see that it works, made at `at` (Unix microseconds). Receivers ignore names that they
    /// do not know.
    fn test(&self, id: EventId, at: i64) -> String {
        serde_json::json!({ "id": id, "event": TEST, "created_at": at / 1_000_000 }).to_string()
    }
}

/// The name of a test in logs, and in bodies where the dialect does not say otherwise.
pub const TEST: &str = "webhook.test";

/// An event's name in a dialect's words.
#[derive(Debug, Clone, Copy)]
pub struct Name {
    pub name: &'static str,
    /// The kinds it may come of: the plan of a change writes no event that nobody asked for.
    pub kinds: &'static [Kind],
    /// Whether a webhook that names no events gets it.
    pub default: bool,
}

/// What there is to tell.
#[derive(Debug)]
pub struct Scene<'a> {
    /// Keys and settings: for the address of a payout link (`service::links::address`), and the desk's own.
    pub desk: &'a Desk,
    /// Its id is the one that the receiver knows it by; `id.created_at()` is when it happened.
    pub event: &'a Event,
    /// The record right after the change. A payout link has its sealed token again.
    pub snapshot: &'a Snapshot,
    /// The integer of the client, as `/api/v1` spells it.
    pub client_number: i64,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub name: &'static str,
    /// Compact JSON.
    pub body: String,
}

/// The renderers of this desk, one for each dialect that it speaks.
#[derive(Debug, Clone)]
pub struct Renderers {
    all: Vec<Arc<dyn Renderer>>,
}

impl Renderers {
    pub fn new(all: Vec<Arc<dyn Renderer>>) -> Renderers {
        Renderers { all }
    }

    pub fn of(&self, dialect: Dialect) -> Option<&dyn Renderer> {
        self.all.iter().find(|renderer| renderer.dialect() == dialect).map(AsRef::as_ref)
    }

    pub fn dialects(&self) -> impl Iterator<Item = Dialect> {
        self.all.iter().map(|renderer| renderer.dialect())
    }
}
