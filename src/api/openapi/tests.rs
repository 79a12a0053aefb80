//! A small dialect of its own, told as it says.

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{PartialSchema, ToSchema};

use super::{Api, Described, Document, Facts, Operation, Refusal, operation};

/// The usual error.
#[derive(Serialize, ToSchema)]
struct Wrong {
    code: u16,
}

/// An error of one operation alone.
#[derive(Serialize, ToSchema)]
struct Odd {
    error: &'static str,
}

/// Pay
#[utoipa::path(
    post,
    path = "/v2/pay",
    tag = "Payments",
    operation_id = "pay",
    responses((status = 204, description = "Paid."), (status = 504, description = "Not now.")),
    security(("small_key" = [])),
)]
async fn pay() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Sign in
#[utoipa::path(
    post,
    path = "/v2/token",
    tag = "Sign-in",
    operation_id = "token",
    responses((status = 204, description = "Known.")),
)]
async fn token() -> HttpResponse {
    HttpResponse::NoContent().finish()
}

fn operations() -> Vec<Operation> {
    let odd = || Refusal::of(400, "odd", "Odd", &Odd { error: "odd" });
    vec![operation!(pay), operation!(token).refuses([odd()]), operation!(pay).again("/v2", "/v1.9")]
}

fn common(facts: &Facts) -> Vec<Refusal> {
    let wrong = |status: u16| Refusal::of(status, "wrong", "Wrong", &Wrong { code: status });
    let statuses: &[u16] = if facts.is_secured { &[400, 401, 504] } else { &[400] };
    statuses.iter().map(|status| wrong(*status)).collect()
}

fn small() -> Described {
    Described::of(Api {
        name: "small",
        title: "Small",
        about: &["A small one."],
        prefix: "Small",
        errors: &[("application/json", "Wrong")],
        refuses_callers: &[401],
        refuses_bodies: &[],
        security: || {
            let key = HttpBuilder::new().scheme(HttpAuthScheme::Basic).build();
            vec![("small_key", SecurityScheme::Http(key), "-u key:secret")]
        },
        operations,
        schemas: || vec![("Wrong".into(), Wrong::schema()), ("Odd".into(), Odd::schema())],
        samples: Vec::new,
        common,
        headers: |_, _| Vec::new(),
    })
}

fn written() -> Value {
    let document = Document { dialects: vec![small()] };
    serde_json::from_str(&document.to_json()).unwrap()
}

#[test]
fn an_operation_refuses_with_what_its_dialect_says_and_nothing_else() {
    let document = written();
    let statuses = |path: &str| -> Vec<String> {
        document["paths"][path]["post"]["responses"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(statuses("/v2/pay"), ["204", "400", "401", "504"]);
    assert_eq!(statuses("/v2/token"), ["204", "400"]);
}

#[test]
fn refusals_of_two_shapes_are_any_of_both() {
    let answer = &written()["paths"]["/v2/token"]["post"]["responses"]["400"]["content"]["application/json"];
    let names = ["Odd", "Wrong"].map(|name| json!({"$ref": format!("#/components/schemas/Small.{name}")}));
    assert_eq!(answer["schema"], json!({ "anyOf": names }));
    let examples: Vec<&String> = answer["examples"].as_object().unwrap().keys().collect();
    assert_eq!(examples, ["400_odd", "400_wrong"]);
}

#[test]
fn what_a_handler_declares_itself_stands_alone() {
    let described = small();
    let declared = &described.operations[0].description.responses.responses["504"];
    let declared = described.response(declared).unwrap();
    assert_eq!((declared.description.as_str(), declared.content.len()), ("Not now.", 0));
}

#[test]
fn an_operation_below_another_prefix_has_its_own_id_and_group() {
    let document = written();
    let again = &document["paths"]["/v1.9/pay"]["post"];
    assert_eq!(again["operationId"], "Small_pay_v1_9");
    assert_eq!(again["tags"], json!(["Small: Payments below /v1.9"]));
    assert_eq!(again["security"], document["paths"]["/v2/pay"]["post"]["security"]);
    let told = small().operations.iter().map(|told| told.facts.is_again).collect::<Vec<_>>();
    assert_eq!(told, [false, false, true]);
}
