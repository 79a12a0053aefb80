//! Approval rules: what stands, a new one, the end of one by two admins, and trying them out.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::approval_words::{may_not, notice, who, who_agrees};
use super::auth::Visitor;
use super::csrf::Posted;
use super::display::{FieldView, NoticeView, OptionView, Problem, TimeView, Tone};
use super::failure::Failure;
use super::layout::{Layout, Place};
use super::payouts::changed;
use super::{respond, words};
use crate::domain::approval::{ApprovalRule, MOST_PEOPLE, Need, Person, Verb};
use crate::domain::ids::ApprovalRuleId;
use crate::domain::money::Money;
use crate::domain::payout::{Refusal, Rule};
use crate::domain::staff::Role;
use crate::error::{Error, FieldError};
use crate::service::approval_rules::{self, Ending, RuleInput, TestInput, Tested};
use crate::service::{Desk, second_admin, wallets};
use crate::store::approval_rules::RuleLine;

/// All rules, the form for a new one, and the tester.
#[derive(Template)]
#[template(path = "approval_rules/index.html")]
pub struct RulesPage {
    pub layout: Layout,
    pub problems: Vec<Problem>,
    pub rows: Vec<RuleRow>,
    pub ended: Vec<RuleRow>,
    pub choices: Choices,
    pub draft: RuleDraft,
    pub tester: Tester,
}

/// One rule in the list.
#[derive(Clone, Debug)]
pub struct RuleRow {
    /// Where its end is asked for or agreed to.
    pub href: String,
    pub verb: &'static str,
    pub client: String,
    pub amount: String,
    /// For example `2 approvers`.
    pub needs: String,
    /// How many people there are for it, or that there are too few.
    pub people: String,
    pub by: String,
    pub since: TimeView,
    /// Its end is asked for, or it has ended.
    pub end: String,
    /// The link's word.
    pub open: &'static str,
}

/// What can be chosen in both forms.
#[derive(Clone, Debug)]
pub struct Choices {
    pub verbs: Vec<OptionView>,
    pub clients: Vec<OptionView>,
    pub people: Vec<OptionView>,
    pub roles: Vec<OptionView>,
    pub staff: Vec<OptionView>,
}

/// What was typed for a new rule.
#[derive(Clone, Debug, Default)]
pub struct RuleDraft {
    pub verb: FieldView,
    pub client: FieldView,
    pub currency: FieldView,
    pub from: FieldView,
    pub people: FieldView,
    pub role: FieldView,
}

/// What was asked of the tester, and what it says.
#[derive(Clone, Debug, Default)]
pub struct Tester {
    pub verb: FieldView,
    pub client: FieldView,
    pub currency: FieldView,
    pub amount: FieldView,
    pub asker: FieldView,
    pub problems: Vec<Problem>,
    pub answer: Option<Answer>,
}

/// What applies to the question.
#[derive(Clone, Debug)]
pub struct Answer {
    pub notice: NoticeView,
    /// The rules that apply.
    pub rules: Vec<String>,
}

/// The end of one rule: asked for, agreed to, or not.
#[derive(Template)]
#[template(path = "approval_rules/end.html")]
pub struct EndPage {
    pub layout: Layout,
    pub refused: Option<NoticeView>,
    pub row: RuleRow,
    pub version: i64,
    /// Who asked for the end, and when.
    pub asked: Option<String>,
    /// The reader may ask for it.
    pub may_ask: bool,
    pub may_confirm: bool,
    /// Who can agree, as a sentence.
    pub who: String,
    pub ended: Option<String>,
}

/// The form of a new rule, as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    verb: String,
    client: String,
    currency: String,
    from: String,
    people: String,
    role: String,
}

/// What the tester is asked: it stands in the address, so that a question can be kept.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct TestQuery {
    test_verb: String,
    test_client: String,
    test_currency: String,
    test_amount: String,
    test_asker: String,
}

/// What the page of the end sends.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct EndForm {
    /// `ask`, `confirm` or `keep`.
    decision: String,
    version: String,
}

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/settings/approval-rules").route(web::get().to(index)).route(web::post().to(create)))
        .service(
            web::resource("/settings/approval-rules/{id}/end").route(web::get().to(show)).route(web::post().to(end)),
        );
}

/// GET /settings/approval-rules
pub async fn index(
    visitor: Visitor,
    desk: web::Data<Desk>,
    query: web::Query<TestQuery>,
) -> Result<HttpResponse, Failure> {
    let tester = test(&visitor, &desk, &query).await?;
    respond::page(&page(&visitor, &desk, &RuleForm::default(), &[], tester).await?)
}

/// POST /settings/approval-rules
pub async fn create(visitor: Visitor, desk: web::Data<Desk>, form: Posted<RuleForm>) -> Result<HttpResponse, Failure> {
    let form = form.into_inner();
    let errors = match approval_rules::make(&desk, &visitor.caller, &form.input()).await {
        Ok(_) => {
            visitor.flash(
                NoticeView::new(Tone::Good, "The rule stands from now on")
                    .with_text("What waits already needs what it needed, or what the rule asks if that is more."),
            );
            return Ok(respond::see_other("/settings/approval-rules"));
        }
        Err(Error::Validation(errors)) => errors,
        Err(Error::Refused(refusal)) => vec![FieldError { field: "", message: refusal.reason }],
        Err(error) => return Err(error.into()),
    };
    let errors = respond::in_order(errors, &["verb", "client", "currency", "from", "people", "role"]);
    respond::unprocessable(&page(&visitor, &desk, &form, &errors, Tester::default()).await?)
}

/// GET /settings/approval-rules/{id}/end
pub async fn show(visitor: Visitor, desk: web::Data<Desk>, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    respond::page(&end_page(&visitor, &desk, which(&id)?, None).await?)
}

/// POST /settings/approval-rules/{id}/end
pub async fn end(
    visitor: Visitor,
    desk: web::Data<Desk>,
    id: web::Path<String>,
    form: Posted<EndForm>,
) -> Result<HttpResponse, Failure> {
    let id = which(&id)?;
    let form = form.into_inner();
    let ending = match form.decision.as_str() {
        "ask" => Ending::Ask,
        "confirm" => Ending::Confirm,
        "keep" => Ending::Keep,
        _ => return Err(Failure::BadForm),
    };
    match approval_rules::end(&desk, &visitor.caller, id, ending, form.version.parse().ok()).await {
        Ok(line) => {
            let (title, text) = match (ending, line.rule.ended_at) {
                (Ending::Keep, _) => ("The rule stays", "Nobody asks for its end any more."),
                (_, Some(_)) => {
                    ("The rule has ended", "What waits already still needs what it needed when it was asked for.")
                }
                (_, None) => ("Its end is asked for", "The rule stands until another admin agrees."),
            };
            visitor.flash(NoticeView::new(Tone::Good, title).with_text(text));
            Ok(respond::see_other("/settings/approval-rules"))
        }
        Err(Error::Refused(refusal)) => respond::conflict(&end_page(&visitor, &desk, id, Some(&refusal)).await?),
        Err(error) => Err(error.into()),
    }
}

fn which(id: &str) -> Result<ApprovalRuleId, Error> {
    id.parse().map_err(|_| Error::NotFound("Approval rule"))
}

impl RuleForm {
    fn input(&self) -> RuleInput {
        RuleInput {
            verb: self.verb.clone(),
            client: self.client.clone(),
            // Codes are typed in small letters too, and mean the same.
            currency: self.currency.trim().to_ascii_uppercase(),
            from: self.from.clone(),
            people: self.people.clone(),
            role: self.role.clone(),
        }
    }

    fn draft(&self, errors: &[FieldError]) -> RuleDraft {
        let field = |name: &str, typed: &str| respond::field(name, typed, errors);
        let or = |typed: &str, usual: &str| if typed.is_empty() { usual.to_owned() } else { typed.to_owned() };
        RuleDraft {
            verb: field("verb", &self.verb),
            client: field("client", &self.client),
            currency: field("currency", &self.currency),
            from: field("from", &self.from),
            people: field("people", &or(&self.people, "2")),
            role: field("role", &or(&self.role, Role::Approver.name())),
        }
    }
}

/// The names of the tester's fields in the page, beside those of the form.
fn renamed(errors: Vec<FieldError>) -> Vec<FieldError> {
    let name = |field: &'static str| match field {
        "verb" => "test_verb",
        "client" => "test_client",
        "currency" => "test_currency",
        "amount" => "test_amount",
        "asker" => "test_asker",
        other => other,
    };
    errors.into_iter().map(|error| FieldError { field: name(error.field), ..error }).collect()
}

async fn test(visitor: &Visitor, desk: &Desk, query: &TestQuery) -> Result<Tester, Failure> {
    let field = |typed: &str| FieldView::of(typed);
    let tester = Tester {
        verb: field(&query.test_verb),
        client: field(&query.test_client),
        currency: field(&query.test_currency),
        amount: field(&query.test_amount),
        asker: field(&query.test_asker),
        ..Tester::default()
    };
    if query.test_verb.is_empty() {
        return Ok(tester);
    }
    let input = TestInput {
        verb: query.test_verb.clone(),
        client: query.test_client.clone(),
        currency: query.test_currency.trim().to_ascii_uppercase(),
        amount: query.test_amount.clone(),
        asker: query.test_asker.clone(),
    };
    match approval_rules::test(desk, &visitor.caller, &input).await {
        Ok(tested) => Ok(Tester { answer: Some(answer(&tested)), ..tester }),
        Err(Error::Validation(errors)) => {
            let errors = renamed(errors);
            let field = |name: &str, typed: &str| respond::field(name, typed, &errors);
            Ok(Tester {
                verb: field("test_verb", &query.test_verb),
                client: field("test_client", &query.test_client),
                currency: field("test_currency", &query.test_currency),
                amount: field("test_amount", &query.test_amount),
                asker: field("test_asker", &query.test_asker),
                problems: respond::problems(&errors),
                answer: None,
            })
        }
        Err(error) => Err(error.into()),
    }
}

fn answer(tested: &Tested) -> Answer {
    let said = match &tested.expected {
        None => NoticeView::new(Tone::Info, "No rule applies: it is done at once")
            .with_text("A new payout above its wallet’s approval limit still needs one approver."),
        Some(expected) if expected.refusal.is_some() => notice(expected),
        Some(expected) => {
            NoticeView::new(Tone::Good, format!("Needs {}", expected.need.words())).with_text(who(&expected.who))
        }
    };
    let rule = |line: &RuleLine| {
        let client = line.client_name.as_deref().unwrap_or("any client");
        format!("{}, {client}, {}: {}", line.rule.verb.words(), amount(&line.rule), needs(&line.rule))
    };
    Answer { notice: said, rules: tested.rules.iter().map(rule).collect() }
}

async fn page(
    visitor: &Visitor,
    desk: &Desk,
    form: &RuleForm,
    errors: &[FieldError],
    tester: Tester,
) -> Result<RulesPage, Failure> {
    let lines = approval_rules::list(desk, &visitor.caller).await?;
    let people = approval_rules::people(desk, &visitor.caller).await?;
    let clients = wallets::clients(desk, &visitor.caller).await?;
    let mut layout = visitor.layout("Approval rules", Place::Rules);
    layout.failed = !errors.is_empty() || !tester.problems.is_empty();
    let (standing, ended): (Vec<&RuleLine>, Vec<&RuleLine>) =
        lines.iter().partition(|line| line.rule.ended_at.is_none());
    Ok(RulesPage {
        layout,
        problems: respond::problems(errors).into_iter().chain(tester.problems.iter().cloned()).collect(),
        rows: standing.into_iter().map(|line| row(visitor, line, &people)).collect(),
        ended: ended.into_iter().map(|line| row(visitor, line, &people)).collect(),
        choices: Choices {
            verbs: Verb::ALL.map(|verb| OptionView::new(verb.name(), verb.words())).to_vec(),
            clients: clients.iter().map(|one| OptionView::new(one.number.to_string(), &one.name)).collect(),
            people: (1..=MOST_PEOPLE).map(|count| OptionView::new(count.to_string(), count.to_string())).collect(),
            roles: vec![
                OptionView::new(Role::Approver.name(), "Approvers and admins"),
                OptionView::new(Role::Admin.name(), "Admins only"),
            ],
            staff: people
                .iter()
                .map(|one| OptionView::new(one.id.to_string(), format!("{}, {}", one.name, words::role(one.role))))
                .collect(),
        },
        draft: form.draft(errors),
        tester,
    })
}

async fn end_page(
    visitor: &Visitor,
    desk: &Desk,
    id: ApprovalRuleId,
    refusal: Option<&Refusal>,
) -> Result<EndPage, Failure> {
    let line = approval_rules::get(desk, &visitor.caller, id).await?;
    let people = approval_rules::people(desk, &visitor.caller).await?;
    let mut layout = visitor.layout("End of an approval rule", Place::Rules);
    layout.failed = refusal.is_some();
    let open = line.rule.ended_at.is_none();
    let agreement = match line.rule.end_asked_by.filter(|_| open) {
        Some(asker) => Some(second_admin::agreement(desk, &visitor.caller, asker).await?),
        None if open => second_admin::before(desk, &visitor.caller).await?,
        None => None,
    };
    let may = agreement.as_ref().is_none_or(|agreement| agreement.may.is_ok());
    let told = refusal.map(changed).or_else(|| agreement.as_ref().and_then(|one| one.may.as_ref().err()).map(may_not));
    let at = |at: Option<i64>| at.map(|at| visitor.zone.full(at).shown).unwrap_or_default();
    Ok(EndPage {
        layout,
        refused: told.filter(|_| refusal.is_none_or(|refusal| refusal.rule != Rule::NotFound)),
        version: line.rule.version,
        asked: line.asker_name.as_ref().map(|name| format!("{name}, {}", at(line.rule.end_asked_at))),
        may_ask: open && may && line.rule.end_asked_by.is_none(),
        may_confirm: open && may && line.rule.end_asked_by.is_some(),
        who: agreement.as_ref().map_or_else(String::new, who_agrees),
        ended: line.ender_name.as_ref().map(|name| format!("{name}, {}", at(line.rule.ended_at))),
        row: row(visitor, &line, &people),
    })
}

fn row(visitor: &Visitor, line: &RuleLine, people: &[Person]) -> RuleRow {
    let rule = &line.rule;
    let can = people.iter().filter(|person| person.role >= rule.role).count() as i64;
    RuleRow {
        href: format!("/settings/approval-rules/{}/end", rule.id),
        verb: rule.verb.words(),
        client: line.client_name.clone().unwrap_or_else(|| "Any client".to_owned()),
        amount: amount(rule),
        needs: needs(rule),
        people: match can - rule.people {
            ..0 => format!("Nobody can: there are only {can}"),
            0 => format!("{can} can, if none of them asks"),
            _ => format!("{can} can"),
        },
        by: line.maker_name.clone(),
        since: visitor.zone.on(rule.id.created_at()),
        end: match (&line.ender_name, &line.asker_name) {
            (Some(name), _) => {
                let at = rule.ended_at.map(|at| visitor.zone.when(at, visitor.now)).unwrap_or_default();
                format!("Ended by {name}, {at}")
            }
            (None, Some(name)) => format!("{name} asks for its end"),
            (None, None) => String::new(),
        },
        open: if rule.end_asked_by.is_some() { "Decide" } else { "End" },
    }
}

fn amount(rule: &ApprovalRule) -> String {
    let from: Option<Money> = rule.from();
    match (from, rule.currency) {
        (Some(from), _) => format!("From {from}"),
        (None, Some(currency)) => format!("Any amount in {}", currency.code()),
        (None, None) if rule.verb.has_amount() => "Any amount".to_owned(),
        (None, None) => "All of them".to_owned(),
    }
}

fn needs(rule: &ApprovalRule) -> String {
    Need { people: rule.people, role: rule.role, rules: Vec::new() }.words()
}
