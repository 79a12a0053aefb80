//! The description of the APIs, OpenAPI 3.1, made from the code: `/api/openapi.json`, and the page that shows it.
//!
//! # How a dialect is described
//!
//! A handler is mounted by describing it: the route table is a list of [`Operation`]s, and what is not in it does not
//! answer. `src/api/v1` is the pattern to copy.
//!
//! 1. **Wire types** derive [`utoipa::ToSchema`]; their doc comments are what readers see. Write the type as it is
//!    answered: `#[schema(value_type = PayoutId)]` (or `Option<PayoutId>`) names a text with a pattern declared with
//!    `texts!`, a word list declared with `words!` from the domain's own list, or `Number` for money.
//!    A member that can be null is always answered, and so required. One that serde skips is never null: beside its
//!    `skip_serializing_if` stands `#[schema(nullable = false)]`, or `value_type = PayoutId, required = false`.
//!    Types of request bodies derive `Serialize` too, for their examples: what must be there is no `Option`, the rest
//!    is one with `skip_serializing_if`. A body without members that must be there may be left out.
//!    What parameters name is not collected: write `#[param(inline, value_type = …)]`.
//!    Names need no prefix: those of each dialect are kept apart.
//! 2. **Examples** stand beside the wire types: one `example()` for each type that is a body, built as the real
//!    struct. The dialect lists them with [`Sample::of`]; every body of that schema then shows it, lists too. Where a body
//!    has several forms, each may have one; the first is the one on the page.
//! 3. **Handlers** get `#[utoipa::path(…)]`: method, whole path, `tag`, `params`, `request_body`, the answers that are
//!    no error with their own headers, and `security`. The first line of the doc comment is the summary, the rest the
//!    description; both are for the reader of the page.
//! 4. **The table** is `pub fn operations() -> Vec<Operation>` in the dialect's `mod.rs`, where its `routes` stand: one
//!    `operation!(payouts::cancel)` for each handler, followed by `.refuses(…)` with what only it says no with.
//!    `routes` mounts it with [`resources`], scope by scope, and keeps its middleware. What else may be made there says
//!    that nothing is there, on one line: `resource.default_service(web::to(error::nowhere))`. An API that answers
//!    below two prefixes adds its rows once more with [`Operation::again`].
//! 5. **The dialect** is an [`Api`] in its `described.rs`, listed in `api::described`: what `common` answers is added
//!    to every operation, `headers` to every answer. Names of security schemes begin with the dialect's:
//!    `razorpay_key`. The suite's list `UNDESCRIBED` loses its folder.
//!
//! # How a dialect refuses
//!
//! Nothing is assumed: no status, no shape and no header is added that the dialect does not name itself. Where 403 is
//! 401, or 404 is 400, its `common` says so; where nothing answers 413, it does not say 413.
//!
//! - A [`Refusal`] is made by the dialect's real error type with [`Refusal::of`], so that its example is what is sent
//!   and its schema is that of the body: `impl From<RazorpayError> for Refusal`. Refusals with the same status are one
//!   answer, and if their bodies have different schemas, any of these: an operation that answers in a shape of its own,
//!   as OAuth's does, passes it to `.refuses(…)`. [`Api::errors`] names the usual shape first, and others that callers
//!   can ask for by media type; `schemas` has all of them.
//! - `Api::refuses_callers` are the statuses that everything with `security` has, `Api::refuses_bodies` those that
//!   everything with a body has besides: a test holds what `common` says against them.
//! - A status that the handler's own `responses(…)` declare is told by them alone: a refusal with it is left out. So
//!   they declare none above 399, unless all of that status is theirs, as 503 of `/status` is.
//!
//! The suite holds it together: every answer that a test gets under these paths must have a declared status and fit
//! its schema (`tests/suite/support/described.rs`), no route is made elsewhere, every described one is mounted, and a
//! seeded generator sends right and wrong requests to all of them (`tests/suite/api/described/`).

mod about;
mod document;
mod operation;
pub mod schema;
mod serve;
#[cfg(test)]
mod tests;
mod written;

pub use self::about::{Api, Facts, Named, Refusal, Sample, header, usual_headers};
pub use self::document::{Described, Document, Told, document};
pub(crate) use self::operation::operation;
pub use self::operation::{Operation, resources};
pub use self::serve::{Prepared, routes};
