//! The payout links of the sample history.

use std::collections::HashMap;

use rand::RngExt;
use rand::rngs::StdRng;

use super::ground::{CONTACTS, DESCRIPTIONS, PEOPLE, account_of_contact, amount, contact, email, numbered, person};
use super::stories::LIMIT;
use super::{Act, DAY, HOUR, MINUTE, Moment, PAST, Player, SECOND, news, system};
use crate::domain::caller::{Caller, Via, Who};
use crate::domain::command::{
    Advance, CancelLink, ClaimLink, Command, CreateLink, DecideLink, DeclineLink, Done, ExpireLink, NewLink,
    PayeeDetails, ReplaceLink, Unit,
};
use crate::domain::ids::{PayoutId, PayoutLinkId};
use crate::domain::money::Money;
use crate::domain::payout_link::{Contact, LinkPolicy, Method, Methods, RAZORPAY_PREFIX, State};
use crate::domain::plan;
use crate::domain::staff::Role;
use crate::domain::wallet::Wallet;
use crate::keys::Keys;
use crate::service::accounts;
use crate::service::links::new_token;

/// What happens to a link of the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Issued,
    Pending,
    Rejected,
    Cancelled,
    Declined,
    Replaced,
    Expired,
    Processing,
    Processed,
    Reopened,
    Failed,
}

/// What somebody does with a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkAct {
    /// Open for so long, in microseconds.
    Make(i64),
    Approve,
    SendBack,
    Cancel,
    Replace,
    Claim,
    Decline,
    Expire,
    /// News of the payout that pays it.
    Payout(Moment),
}

/// A link of the history.
pub struct LinkStory {
    wallet: usize,
    person: usize,
    amount: i64,
    fate: Fate,
    /// The saved contact in India that it is for, in place of the person.
    contact: Option<usize>,
    /// The list in the credentials file that names it.
    listed: Option<&'static str>,
}

/// What the credentials file names: each list, what becomes of its links, how many there are, and their wallet.
const SAMPLES: &[(&str, Fate, usize, usize)] = &[
    ("issued", Fate::Issued, 46, RUPEES),
    ("active", Fate::Issued, 46, DOLLARS),
    ("pending", Fate::Pending, 8, DOLLARS),
    ("cancelled", Fate::Cancelled, 6, RUPEES),
    ("rejected", Fate::Rejected, 3, DOLLARS),
    ("expired", Fate::Expired, 6, RUPEES),
    ("processing", Fate::Processing, 3, DOLLARS),
    ("processed", Fate::Processed, 8, RUPEES),
    ("failed", Fate::Failed, 2, DOLLARS),
];

/// The places of two wallets of the first client; programs that speak Razorpay's dialect know rupees alone.
const DOLLARS: usize = 0;
const RUPEES: usize = 3;

/// The list whose ids are spelled as hyphenated UUIDs; the others are spelled as Razorpay spells them.
const HYPHENATED: &str = "active";

/// 240 ended ones over two months, some in each wallet, and the samples of each state.
pub fn stories(wallets: &[Wallet], dice: &mut StdRng) -> Vec<LinkStory> {
    let mut stories = Vec::new();
    for number in 0..240 {
        let wallet = number % wallets.len();
        let fate = match dice.random_range(0..20) {
            0 | 1 => Fate::Cancelled,
            2 => Fate::Declined,
            3 => Fate::Replaced,
            4 | 5 => Fate::Expired,
            6 => Fate::Failed,
            _ => Fate::Processed,
        };
        let amount = amount(&wallets[wallet], dice);
        let person = dice.random_range(0..PEOPLE.len());
        stories.push(LinkStory { wallet, person, amount, fate, contact: None, listed: None });
    }
    for fate in [Fate::Reopened, Fate::Reopened, Fate::Declined, Fate::Replaced] {
        stories.push(LinkStory {
            wallet: 0,
            person: dice.random_range(0..PEOPLE.len()),
            amount: 4_500,
            fate,
            contact: None,
            listed: None,
        });
    }
    for (list, fate, count, wallet) in SAMPLES {
        for number in 0..*count {
            let waits = matches!(fate, Fate::Pending | Fate::Rejected);
            let whole = if waits { dice.random_range(1_050..2_400) } else { dice.random_range(10..120) };
            let person = dice.random_range(0..PEOPLE.len());
            let amount = whole * 100 + dice.random_range(0..2) * 50;
            let contact = (*wallet == RUPEES).then_some(number % CONTACTS.len());
            stories.push(LinkStory { wallet: *wallet, person, amount, fate: *fate, contact, listed: Some(list) });
        }
    }
    stories
}

/// The acts of one link's story, in time.
pub fn schedule(
    acts: &mut Vec<(i64, usize, Act)>,
    number: usize,
    story: &LinkStory,
    wallets: &[Wallet],
    now: i64,
    dice: &mut StdRng,
) {
    // What stays open stays so until somebody acts.
    let (mut time, open_for) = match story.fate {
        Fate::Issued | Fate::Pending | Fate::Reopened | Fate::Replaced => {
            (now - dice.random_range(2 * HOUR..10 * HOUR), 365 * DAY)
        }
        _ if story.listed.is_some() => (now - dice.random_range(5 * HOUR..30 * HOUR), 3 * HOUR),
        _ => (now - dice.random_range(2 * DAY..PAST), 3 * HOUR),
    };
    let mut then = |pause: i64, act: LinkAct| {
        time += pause;
        acts.push((time, number, Act::Link(act)));
    };
    then(0, LinkAct::Make(open_for));
    let waits = wallets[story.wallet].needs_approval(story.amount);
    debug_assert!(story.wallet != 0 || waits == (story.amount > LIMIT));
    match story.fate {
        Fate::Pending => return,
        Fate::Rejected => return then(12 * MINUTE, LinkAct::SendBack),
        _ if waits => then(4 * MINUTE, LinkAct::Approve),
        _ => {}
    }
    match story.fate {
        Fate::Cancelled => then(40 * MINUTE, LinkAct::Cancel),
        Fate::Declined => then(25 * MINUTE, LinkAct::Decline),
        Fate::Replaced => then(15 * MINUTE, LinkAct::Replace),
        Fate::Expired => then(open_for, LinkAct::Expire),
        Fate::Processing => then(20 * MINUTE, LinkAct::Claim),
        Fate::Processed => {
            then(20 * MINUTE, LinkAct::Claim);
            for moment in [Moment::Submitted, Moment::Accepted, Moment::Completed] {
                then(MINUTE, LinkAct::Payout(moment));
            }
        }
        Fate::Reopened | Fate::Failed => {
            for _ in 0..if story.fate == Fate::Failed { 3 } else { 1 } {
                then(20 * MINUTE, LinkAct::Claim);
                then(20 * SECOND, LinkAct::Payout(Moment::Submitted));
                then(MINUTE, LinkAct::Payout(Moment::Failed));
            }
        }
        _ => {}
    }
}

impl Player<'_> {
    /// Plays one act of a link's story.
    pub fn link_act(&mut self, number: usize, story: &LinkStory, act: LinkAct) {
        let made = |player: &Player| player.links[&number];
        let operator = || self.staff(&self.cast.operator, Role::Operator);
        let (caller, command) = match act {
            LinkAct::Make(open_for) => {
                let wallet = &self.wallets[story.wallet];
                let mut new = new(wallet, story, number, self.mint.now() + open_for);
                if let Some(contact) = story.contact {
                    new.contact = Contact::of(&self.contacts[contact]);
                    new.payout_methods = Methods(vec![Method::BankAccount, Method::Upi]);
                }
                let token = new_token(self.keys);
                (operator(), Command::CreateLink(Box::new(CreateLink { new, token, open_for: None, may_fail: false })))
            }
            LinkAct::Approve | LinkAct::SendBack => {
                let approve = act == LinkAct::Approve;
                let note = if approve { "Matches the order." } else { "The amount does not match the invoice." };
                let decide = DecideLink { link_id: made(self), approve, note: Some(note.to_owned()), version: None };
                (self.staff(&self.cast.approver, Role::Approver), Command::DecideLink(decide))
            }
            LinkAct::Cancel => {
                let reason = Some("Ordered twice by mistake.".to_owned());
                let cancel = CancelLink { link_id: made(self), policy: LinkPolicy::DESK, reason, version: None };
                (operator(), Command::CancelLink(cancel))
            }
            LinkAct::Replace => {
                let reason = Some("Sent to the wrong address.".to_owned());
                let token = new_token(self.keys);
                (operator(), Command::ReplaceLink(ReplaceLink { link_id: made(self), reason, version: None, token }))
            }
            LinkAct::Claim => {
                let claim =
                    ClaimLink { link_id: made(self), details: details(story, self.keys), queue_delay: 15 * SECOND };
                (self.recipient(made(self)), Command::ClaimLink(Box::new(claim)))
            }
            LinkAct::Decline => {
                let reason = Some("I do not know this business.".to_owned());
                (self.recipient(made(self)), Command::DeclineLink(DeclineLink { link_id: made(self), reason }))
            }
            LinkAct::Expire => (system(), Command::ExpireLink(ExpireLink { link_id: made(self), version: None })),
            LinkAct::Payout(moment) => {
                let payout_id = self.payout_of(made(self));
                (system(), Command::Advance(Advance { payout_id, version: None, news: news(moment), due_at: None }))
            }
        };
        let outcome = plan::plan(&mut self.books, &Unit { caller, key: None, command, item: None }, &mut self.mint);
        match outcome.result {
            Ok(Done::Link(record)) => {
                if matches!(act, LinkAct::Make(_)) {
                    self.links.insert(number, record.link.id);
                }
                if let Some(payout_id) = record.link.payout_id {
                    // Nothing of the history moves by itself after it was written.
                    self.books.look_again(payout_id, None);
                }
            }
            Ok(_) => {}
            Err(refusal) => panic!("the sample history breaks a rule: {refusal:?} at {act:?} of {:?}", story.fate),
        }
    }

    /// The ids that the credentials file lists, each in its dialect's spelling.
    pub fn listed(&self, stories: &[LinkStory]) -> HashMap<&'static str, Vec<String>> {
        let mut lists: HashMap<&'static str, Vec<String>> = HashMap::new();
        for (number, story) in stories.iter().enumerate() {
            let Some(list) = story.listed else { continue };
            let id = self.links[&number];
            let spelled = match list {
                HYPHENATED => id.hyphenated(),
                _ => format!("{RAZORPAY_PREFIX}{}", id.base62()),
            };
            debug_assert!(list == HYPHENATED || State::from_name(list) == Some(self.books.links[&id].link.state));
            lists.entry(list).or_default().push(spelled);
        }
        lists
    }

    fn payout_of(&self, id: PayoutLinkId) -> PayoutId {
        self.books.links[&id].link.payout_id.expect("claimed before")
    }

    fn recipient(&self, id: PayoutLinkId) -> Caller {
        let link = &self.books.links[&id].link;
        let who = Who::Recipient { link_id: id, client_id: link.client_id, name: link.contact_name.clone() };
        Caller { who, via: Via::Page, ip: Some("127.0.0.1".into()), request_id: "sample".into() }
    }
}

fn new(wallet: &Wallet, story: &LinkStory, number: usize, expire_by: i64) -> NewLink {
    let (first, last, _) = PEOPLE[story.person];
    NewLink {
        wallet_number: wallet.number,
        amount: Money::new(story.amount, wallet.currency),
        contact: Contact {
            id: None,
            name: format!("{first} {last}"),
            kind: Some(if number.is_multiple_of(3) { "vendor" } else { "customer" }.to_owned()),
            phone: number.is_multiple_of(2).then(|| format!("+1 202 555 {:04}", 100 + story.person)),
            email: Some(email(first, last)),
        },
        purpose: Some(if number.is_multiple_of(3) { "vendor bill" } else { "refund" }.to_owned()),
        description: Some(DESCRIPTIONS[number % DESCRIPTIONS.len()].to_owned()),
        receipt: Some(format!("Receipt {}", 4_000 + number)),
        reference: Some(format!("LINK_2026_{:05}", number + 1)),
        notes: None,
        send_sms: false,
        send_email: false,
        expire_by: Some(expire_by),
        payout_methods: Methods(vec![Method::BankAccount]),
        transfer_reason: None,
        save_payee: false,
        request_id: None,
    }
}

/// What the recipient typed.
fn details(story: &LinkStory, keys: &Keys) -> PayeeDetails {
    if let Some(number) = story.contact {
        let account = accounts::account(keys, account_of_contact(number));
        return PayeeDetails { account: Some(account), ..contact(number, keys) };
    }
    let (_, _, country) = PEOPLE[story.person];
    let account = numbered(country, format!("{:010}", 7_700_001 + story.person * 3_571));
    PayeeDetails { account: Some(accounts::account(keys, account)), ..person(PEOPLE[story.person], keys) }
}
