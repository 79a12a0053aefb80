//! One operation of an API: its handler, what the document says of it, and where it is mounted.

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Resource, Responder, Route, web};
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::path::{HttpMethod, Operation as Description};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{RefOr, path};

use super::about::Refusal;

/// Schemas by their names.
pub type Schemas = Vec<(String, RefOr<Schema>)>;

/// A row of a route table.
pub struct Operation {
    /// As the document says it: `/api/v1/payouts/{id}`.
    pub path: String,
    pub method: HttpMethod,
    /// Refusals of its own, besides those that operations like it have in common.
    pub refusals: Vec<Refusal>,
    /// What it is about: `Payouts`.
    pub group: String,
    /// The prefix that it stands below again: `/v0.1.4`.
    again: Option<&'static str>,
    describe: fn() -> Description,
    collect: fn(&mut Schemas),
    route: Route,
}

/// `operation!(payouts::cancel)`: the row of a handler that has `#[utoipa::path(…)]`.
macro_rules! operation {
    ($handler:ident) => {
        pastey::paste! { $crate::api::openapi::Operation::of::<[<__path_ $handler>], _, _>($handler) }
    };
    ($module:ident :: $handler:ident) => {
        pastey::paste! { $crate::api::openapi::Operation::of::<$module::[<__path_ $handler>], _, _>($module::$handler) }
    };
}
pub(crate) use operation;

impl Operation {
    /// The row of a handler and its description; written with [`operation!`], which cannot mix up two of them.
    pub fn of<D, H, A>(handler: H) -> Operation
    where
        D: utoipa::Path + SchemaReferences + for<'t> Tags<'t>,
        H: Handler<A>,
        A: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        let method = D::methods().into_iter().next().unwrap_or(HttpMethod::Get);
        Operation {
            path: D::path(),
            route: web::method(asked_with(&method)).to(handler),
            method,
            refusals: Vec::new(),
            group: D::tags().first().map(|tag| (*tag).to_owned()).unwrap_or_default(),
            again: None,
            describe: D::operation,
            collect: D::schemas,
        }
    }

    /// What only this operation refuses with.
    pub fn refuses(mut self, refusals: impl IntoIterator<Item = impl Into<Refusal>>) -> Operation {
        self.refusals.extend(refusals.into_iter().map(Into::into));
        self
    }

    /// The same handler below another prefix, for an API that answers below two. It is told in a group of its own.
    pub fn again(mut self, prefix: &str, other: &'static str) -> Operation {
        if let Some(rest) = self.path.strip_prefix(prefix) {
            self.path = format!("{other}{rest}");
            self.group = format!("{} below {other}", self.group);
            self.again = Some(other);
        }
        self
    }

    pub fn is_again(&self) -> bool {
        self.again.is_some()
    }

    /// What its handler says of it, under an id that no other has.
    pub fn description(&self) -> path::Operation {
        let mut description = (self.describe)();
        if let (Some(prefix), Some(id)) = (self.again, &mut description.operation_id) {
            id.extend(prefix.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }));
        }
        // What anybody may ask says so, rather than leaving it to what the whole document says.
        description.security.get_or_insert_default();
        description
    }

    /// The schemas that it names.
    pub fn schemas(&self) -> Schemas {
        let mut schemas = Schemas::new();
        (self.collect)(&mut schemas);
        schemas
    }
}

/// The resources below a prefix, ready to be mounted there: one for each path, in the order of the table.
///
/// `pattern` makes the path of the document into one for actix: `/payouts/{id}` into `/payouts/{id:[^/]*}`, for
/// example, where an id may be blank.
pub fn resources(prefix: &str, operations: Vec<Operation>, pattern: fn(&str) -> String) -> Vec<Resource> {
    let mut resources: Vec<(String, Resource)> = Vec::new();
    for operation in operations {
        let Some(path) = operation.path.strip_prefix(prefix) else { continue };
        let place = resources.iter().position(|(known, _)| known == path);
        let (_, resource) = match place {
            Some(place) => resources.remove(place),
            None => (String::new(), web::resource(pattern(path))),
        };
        let place = place.unwrap_or(resources.len());
        resources.insert(place, (path.to_owned(), resource.route(operation.route)));
    }
    resources.into_iter().map(|(_, resource)| resource).collect()
}

fn asked_with(method: &HttpMethod) -> Method {
    match method {
        // Whoever may GET may ask for the head alone: the server asks the routes for GET then.
        HttpMethod::Get | HttpMethod::Head => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Trace => Method::TRACE,
    }
}
