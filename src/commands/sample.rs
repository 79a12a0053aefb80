//! Sample data: a history that the desk's own rules made, step by step, in the past.

pub mod approvals;
pub mod batches;
pub mod freezes;
mod ground;
mod links;
pub mod manual;
mod revolut;
mod stories;
pub mod webhooks;

use std::collections::HashMap;

use rand::SeedableRng;
use rand::rngs::StdRng;

use self::ground::{DESCRIPTIONS, FUNDS, MASSPAY_USER, MASSPAY_WALLET, contacts, fund, payees, wallets};
use self::stories::Story;
use crate::domain::approval::Person;
use crate::domain::books::Books;
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::command::{
    Advance, Cancel, Command, Decide, Done, NewPayout, NewReversal, News, PayeeChoice, ReversalNews, Reversed, Terms,
    Unit,
};
use crate::domain::ids::{ClientId, CredentialId, Mint, PayeeId, PayoutId, PayoutLinkId, ReversalId, StaffId};
use crate::domain::money::Money;
use crate::domain::payee::Payee;
use crate::domain::payout::{CancelPolicy, Origin};
use crate::domain::plan;
use crate::domain::staff::{Role, Scope};
use crate::domain::wallet::Wallet;
use crate::keys::Keys;

/// The people and the program that the sample history names.
#[derive(Debug, Clone)]
pub struct Cast {
    pub operator: (StaffId, String),
    pub approver: (StaffId, String),
    pub program: (CredentialId, String),
    pub program_owner: StaffId,
}

/// The finished history, ready to be written.
#[derive(Debug)]
pub struct Sample {
    pub books: Books,
    pub clients: Vec<(ClientId, i64, &'static str)>,
    pub wallets: Vec<Wallet>,
    /// Ids of payouts in the sample wallet that stay in their state, by state.
    pub samples: HashMap<&'static str, Vec<PayoutId>>,
    /// The user of MassPay's API with 12 completed payouts, and one of these.
    pub masspay: (PayeeId, PayoutId),
    /// Ids of links in the sample wallet, by list, each in the spelling of the dialect that asks for it.
    pub link_samples: HashMap<&'static str, Vec<String>>,
    /// What programs that speak Revolut's dialect start from.
    pub revolut: serde_json::Value,
}

/// The sample wallet's number.
pub const SAMPLE_WALLET: i64 = 1;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How far the history goes back.
const PAST: i64 = 60 * DAY;

#[derive(Debug, Clone, Copy)]
enum Act {
    Make,
    Approve,
    SendBack,
    Cancel,
    Advance(Moment),
    Reverse(i64),
    Answer,
    Link(links::LinkAct),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Queued,
    Submitted,
    Accepted,
    Completed,
    Failed,
    NotTaken,
    Unknown,
    Expired,
    Returned,
}

/// Plays the history up to `now` (Unix microseconds). The same every time, apart from the random part of ids.
pub fn play(now: i64, cast: &Cast, keys: &Keys) -> Sample {
    let mut dice = StdRng::seed_from_u64(20_240_115);
    let mut mint = Mint::new(rand::random::<u64>);
    mint.turn_to(now - PAST - DAY);
    let clients: Vec<(ClientId, i64, &'static str)> = ["Larkfield Studios", "Brightwater Logistics", "Sæther & Co"]
        .into_iter()
        .zip(1..)
        .map(|(name, number)| (mint.next(), number, name))
        .collect();
    let wallets = wallets(&clients, &mut mint);
    let mut books = Books::default();
    books.wallets = wallets.iter().map(|wallet| (wallet.id, wallet.clone())).collect();
    books.clients = clients.iter().map(|(id, _, name)| (*id, (*name).to_owned())).collect();
    // Somebody has to be there to approve what staff make above a limit.
    let (id, name) = cast.approver.clone();
    books.approvals.people = vec![Person { id, name, role: Role::Approver }];
    let payees = payees(&clients, keys, &mut books, &mut mint);
    let contacts = contacts(clients[0].0, keys, &mut books, &mut mint);
    for (wallet, minor) in wallets.iter().zip(FUNDS) {
        fund(&mut books, wallet, minor, &mut mint);
    }
    // Not among the wallets that the stories choose from: it stays as it is.
    let quiet = revolut::wallet(&mut books, clients[0].0, wallets.len() as i64 + 1, &mut mint);
    let revolut = revolut::samples(&books, &quiet, &payees[0]);
    let stories = stories::stories(&wallets, &mut dice);
    let mut acts = Vec::new();
    for (number, story) in stories.iter().enumerate() {
        stories::schedule(&mut acts, number, story, now, &mut dice);
    }
    let link_stories = links::stories(&wallets[..MASSPAY_WALLET], &mut dice);
    for (number, story) in link_stories.iter().enumerate() {
        links::schedule(&mut acts, number, story, &wallets, now, &mut dice);
    }
    acts.sort_by_key(|(time, number, _)| (*time, *number));
    let (made, links) = (HashMap::new(), HashMap::new());
    let mut player =
        Player { books, mint, cast, keys, wallets: &wallets, payees: &payees, contacts: &contacts, made, links };
    for (time, number, act) in acts {
        player.mint.turn_to(time);
        match act {
            Act::Link(act) => player.link_act(number, &link_stories[number], act),
            act => player.act(number, &stories[number], act),
        }
    }
    let link_samples = player.listed(&link_stories);
    let mut sample = player.finish(clients, &stories, link_samples);
    sample.wallets.push(quiet);
    Sample { revolut, ..sample }
}

struct Player<'a> {
    books: Books,
    mint: Mint,
    cast: &'a Cast,
    keys: &'a Keys,
    wallets: &'a [Wallet],
    payees: &'a [Vec<Payee>],
    /// In India, of the first client.
    contacts: &'a [Payee],
    made: HashMap<usize, (PayoutId, Option<ReversalId>)>,
    links: HashMap<usize, PayoutLinkId>,
}

impl Player<'_> {
    fn act(&mut self, number: usize, story: &Story, act: Act) {
        let wallet = &self.wallets[story.wallet];
        let (caller, command) = match act {
            Act::Make => {
                let payee = &self.payees[client_index(wallet, self.payees)][story.payee];
                let new = NewPayout {
                    wallet_number: wallet.number,
                    amount: Money::new(story.amount, wallet.currency),
                    payee: PayeeChoice::Saved(payee.id, None),
                    reference_id: format!("PAY_2026_{:05}", number + 1),
                    description: Some(DESCRIPTIONS[number % DESCRIPTIONS.len()].to_owned()),
                    metadata: None,
                    terms: self.terms(story, number),
                };
                (self.maker(story), Command::Create(Box::new(new)))
            }
            Act::Approve | Act::SendBack => {
                let approve = matches!(act, Act::Approve);
                let note = if approve { "Matches the order." } else { "The amount does not match the invoice." };
                let decide = Decide {
                    payout_id: self.payout(number),
                    approve,
                    note: Some(note.to_owned()),
                    version: None,
                    shown: None,
                    queue_delay: 15 * SECOND,
                };
                (self.staff(&self.cast.approver, Role::Approver), Command::Decide(decide))
            }
            Act::Cancel => {
                let reason = Some("Ordered twice by mistake.".to_owned());
                let policy = CancelPolicy::DESK;
                let cancel = Cancel { payout_id: self.payout(number), policy, reason, version: None };
                (self.staff(&self.cast.operator, Role::Operator), Command::Cancel(cancel))
            }
            Act::Reverse(minor) => {
                let new = NewReversal {
                    payout_id: self.payout(number),
                    amount_minor: (minor > 0).then_some(minor),
                    reason: "Paid more than agreed.".into(),
                    client_transfer_id: None,
                    statement_description: None,
                    metadata: None,
                    notify: false,
                    version: None,
                };
                (self.staff(&self.cast.operator, Role::Operator), Command::Reverse(Box::new(new)))
            }
            Act::Answer => {
                let (payout_id, reversal) = self.made[&number];
                let reversal_id = reversal.expect("asked before it is answered");
                let news = ReversalNews { reversal_id, payout_id, version: None, answer: Reversed::All, due_at: None };
                (system(), Command::ReversalNews(news))
            }
            Act::Link(_) => unreachable!("links are played by link_act"),
            Act::Advance(moment) => {
                let payout_id = self.payout(number);
                (system(), Command::Advance(Advance { payout_id, version: None, news: news(moment), due_at: None }))
            }
        };
        let unit = Unit { caller, key: None, command, item: None };
        let outcome = plan::plan(&mut self.books, &unit, &mut self.mint);
        match outcome.result {
            Ok(Done::Payout(record)) if matches!(act, Act::Make) => {
                self.made.insert(number, (record.payout.id, None));
                // Nothing of the history moves by itself after it was written.
                self.books.change(record.payout.id, |payout| payout.due_at = None);
            }
            Ok(Done::Reversal(reversal)) => {
                self.made.insert(number, (reversal.payout_id, Some(reversal.id)));
                self.books.reversals.get_mut(&reversal.id).expect("just made").due_at = None;
            }
            Ok(_) => {}
            Err(refusal) => panic!("the sample history breaks a rule: {refusal:?} at {act:?} of {:?}", story.fate),
        }
    }

    fn finish(
        self,
        clients: Vec<(ClientId, i64, &'static str)>,
        stories: &[Story],
        link_samples: HashMap<&'static str, Vec<String>>,
    ) -> Sample {
        let mut samples: HashMap<&'static str, Vec<PayoutId>> = HashMap::new();
        for (number, _) in stories.iter().enumerate().filter(|(_, story)| story.sample) {
            let id = self.made[&number].0;
            let state = self.books.payouts[&id].payout.state;
            samples.entry(state.name()).or_default().push(id);
        }
        let marketplace = stories.iter().position(|story| story.wallet == MASSPAY_WALLET).expect("it has stories");
        let masspay = (self.payees[0][MASSPAY_USER].id, self.made[&marketplace].0);
        Sample {
            books: self.books,
            clients,
            wallets: self.wallets.to_vec(),
            samples,
            link_samples,
            revolut: Default::default(),
            masspay,
        }
    }

    /// Payouts of the marketplace come from its own program, all others from the desk.
    fn terms(&self, story: &Story, number: usize) -> Terms {
        if story.wallet != MASSPAY_WALLET {
            return Terms::default();
        }
        let request_id = Some(format!("PAY_2026_{:05}", number + 1));
        Terms { origin: Origin::MassPay, request_id, ..Terms::default() }
    }

    fn payout(&self, number: usize) -> PayoutId {
        self.made[&number].0
    }

    fn maker(&self, story: &Story) -> Caller {
        if !story.by_program {
            return self.staff(&self.cast.operator, Role::Operator);
        }
        let (id, name) = self.cast.program.clone();
        let who = Who::Credential {
            id,
            name,
            owner: self.cast.program_owner,
            owner_role: Role::Admin,
            created_by: None,
            client_id: self.wallets[story.wallet].client_id,
            scopes: Scope::ALL.to_vec(),
        };
        Caller { who, via: Via::ApiV1, ip: Some("127.0.0.1".into()), request_id: "sample".into() }
    }

    fn staff(&self, (id, name): &(StaffId, String), role: Role) -> Caller {
        let who = Who::Staff { id: *id, name: name.clone(), role };
        Caller { who, via: Via::Page, ip: Some("127.0.0.1".into()), request_id: "sample".into() }
    }
}

fn system() -> Caller {
    Caller::system(Via::Job, "sample")
}

fn news(moment: Moment) -> News {
    match moment {
        Moment::Queued => News::Queued,
        Moment::Submitted => News::Submitted,
        Moment::Accepted => News::Accepted { reference: Some("SBX-SAMPLE".into()) },
        Moment::Completed => News::Completed { reference: None },
        Moment::Failed => News::Failed {
            code: "account_closed".into(),
            reason: "The payee's bank refused it: the account is closed.".into(),
        },
        Moment::NotTaken => News::NotTaken { reason: "The provider wants the payee verified first.".into() },
        Moment::Unknown => News::Unknown,
        Moment::Expired => News::Expired,
        Moment::Returned => News::Returned { reason: "The bank sent it back: no such account.".into() },
    }
}

fn client_index(wallet: &Wallet, payees: &[Vec<Payee>]) -> usize {
    payees.iter().position(|list| list[0].client_id == wallet.client_id).expect("each wallet has a client")
}
