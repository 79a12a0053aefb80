//! Sorting a batch: chunk by chunk on a reader, by the domain's checks, with no query per item.

use std::collections::{HashMap, HashSet};

use super::row::{self, Asked};
use super::{Input, content_id};
use crate::domain::approval::{Approval, ApprovalRule, Need, Person, Verb as RuleVerb, needed};
use crate::domain::batch::{Ballot, Batch, Facts, Fate, Item, ItemState, Sorted, Summary, Tally, Verb, in_full, sort};
use crate::domain::caller::Caller;
use crate::domain::freeze::{Freezes, Stop};
use crate::domain::ids::{BatchId, PayoutId, WalletId};
use crate::domain::money::Money;
use crate::domain::wallet::Wallet;
use crate::error::Error;
use crate::service::Desk;
use crate::store::Reader;
use crate::store::batches::{self as rows, Chunk, Content};
use crate::store::payouts::{self, Sortable};
use crate::store::sealed::BATCH_ROW;
use crate::store::wallets::{self, MOST_WALLETS};
use crate::store::{approval_requests, approval_rules, freezes};

/// How many names or payouts one chunk takes.
const CHUNK: usize = 1_000;

/// Why a row of a file cannot be tried again.
const ROW_REMOVED: &str = "What it said is not kept any more. Give it in a new file.";

/// What a chunk comes to, before it is written.
struct Drawer<'a> {
    desk: &'a Desk,
    batch: &'a Batch,
    caller: &'a Caller,
    /// Those that stand now.
    freezes: Freezes,
    ballots: Ballots,
    summary: Summary,
    items: Vec<Item>,
    contents: Vec<Content>,
    seen: HashSet<PayoutId>,
}

/// What a batch is sorted from; none when nobody sorts it any more.
pub async fn input(desk: &Desk, id: BatchId) -> Result<Option<Input>, Error> {
    let mut reader = desk.store.read().await?;
    let text = rows::input(&mut reader, id).await?;
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(|error| {
        tracing::error!(%error, batch = %id, "what a batch is sorted from cannot be read");
        Error::Internal
    })
}

/// Sorts the next chunk. Answers whether there is more to sort.
pub async fn chunk(desk: &Desk, id: BatchId, input: &Input) -> Result<bool, Error> {
    let mut reader = desk.store.read().await?;
    let Some(unsorted) = rows::unsorted(&mut reader, id).await? else { return Ok(false) };
    let batch = &unsorted.batch;
    let caller = batch.caller().ok_or(Error::Internal)?;
    let mut drawer = Drawer {
        desk,
        batch,
        caller: &caller,
        freezes: Freezes(freezes::active(&mut reader).await?),
        ballots: Ballots::default(),
        summary: batch.summary(),
        items: Vec::new(),
        contents: Vec::new(),
        seen: HashSet::new(),
    };
    let (after, last) = match input {
        Input::Names(names) => drawer.names(&mut reader, names, &unsorted.position).await?,
        Input::Matching(filter) => {
            let before: PayoutId = unsorted.position.parse().map_err(|_| Error::Internal)?;
            let found = payouts::matching(&mut reader, filter, before, CHUNK as i64).await?;
            drawer.look_up(&mut reader, found.iter()).await?;
            found.iter().for_each(|one| drawer.sort(one, None));
            let after = found.last().map_or(before, |one| one.payout.id);
            (after.to_string(), found.len() < CHUNK)
        }
        Input::Undone(of) => drawer.undone(&mut reader, *of, &unsorted.position).await?,
    };
    drop(reader);
    let mut tally = Tally::default();
    for item in &drawer.items {
        match item.state {
            ItemState::Pending => tally.pending += 1,
            _ => tally.refused += 1,
        }
    }
    let chunk = Chunk {
        batch_id: id,
        before: unsorted.position.clone(),
        after,
        tally,
        items: drawer.items,
        contents: drawer.contents,
        summary: drawer.summary,
        last,
    };
    let chunk = std::sync::Arc::new(chunk);
    let written = desk.store.write(move |tx| {
        let chunk = std::sync::Arc::clone(&chunk);
        Box::pin(async move { rows::add_sorted(tx, &chunk).await })
    });
    let written = written.await?;
    // Should another process have been faster, the next look finds where it is.
    Ok(!(written && last))
}

/// How far the approval of the payouts of a chunk has come.
#[derive(Debug, Default)]
struct Ballots {
    rules: Vec<ApprovalRule>,
    people: Vec<Person>,
    needs: HashMap<String, Need>,
    given: HashMap<String, Vec<Approval>>,
}

impl Ballots {
    async fn read(reader: &mut Reader, subjects: &[String]) -> Result<Ballots, Error> {
        let mut ballots = Ballots {
            rules: approval_rules::standing(reader, RuleVerb::Create).await?,
            people: approval_rules::people(reader).await?,
            ..Ballots::default()
        };
        for fixed in approval_requests::needs_of(reader, subjects).await? {
            ballots.needs.insert(fixed.subject_id.clone(), fixed.need());
        }
        for approval in approval_requests::given_of(reader, subjects).await? {
            ballots.given.entry(approval.subject_id.clone()).or_default().push(approval);
        }
        Ok(ballots)
    }

    fn of(&self, one: &Sortable) -> Option<Ballot<'_>> {
        let payout = &one.payout;
        // Of anything else nothing was read.
        if self.people.is_empty() || !payout.waits_for_approval() {
            return None;
        }
        let id = payout.id.to_string();
        let fixed = self.needs.get(&id).cloned().unwrap_or_default();
        let now = needed(&self.rules, RuleVerb::Create, Some(payout.client_id), Some(payout.amount()));
        let need = now.into_iter().fold(fixed, Need::and);
        let given = self.given.get(&id).map_or(&[][..], Vec::as_slice);
        Some(Ballot { need, people: &self.people, given, shown: one.shown })
    }
}

impl Drawer<'_> {
    async fn names(&mut self, reader: &mut Reader, names: &[String], position: &str) -> Result<(String, bool), Error> {
        let from: usize = position.parse().map_err(|_| Error::Internal)?;
        let to = (from + CHUNK).min(names.len());
        let chunk = names.get(from..to).unwrap_or_default();
        self.find(reader, chunk).await?;
        Ok((to.to_string(), to >= names.len()))
    }

    /// Reads how far the approval of those that wait for it has come.
    async fn look_up(&mut self, reader: &mut Reader, found: impl Iterator<Item = &Sortable>) -> Result<(), Error> {
        if self.batch.verb != Verb::Approve {
            return Ok(());
        }
        let waiting = found.filter(|one| one.payout.waits_for_approval());
        let subjects: Vec<String> = waiting.map(|one| one.payout.id.to_string()).collect();
        if !subjects.is_empty() {
            self.ballots = Ballots::read(reader, &subjects).await?;
        }
        Ok(())
    }

    /// Sorts what these ids and references name.
    async fn find(&mut self, reader: &mut Reader, names: &[String]) -> Result<(), Error> {
        let found = payouts::named(reader, names, self.caller.client()).await?;
        let ids: Vec<PayoutId> = found.iter().map(|one| one.found.payout.id).collect();
        let here = payouts::already_in(reader, &self.batch.id.to_string(), &ids).await?;
        self.seen.extend(here);
        self.look_up(reader, found.iter().map(|one| &one.found)).await?;
        let mut by_name: HashMap<&str, Vec<&Sortable>> = HashMap::new();
        for one in &found {
            by_name.entry(one.named.as_str()).or_default().push(&one.found);
        }
        for name in names {
            match by_name.get(name.as_str()).map(Vec::as_slice) {
                Some([one]) => self.sort(one, Some(name)),
                None | Some([]) => self.cannot(name, "not_found", "There is no such payout.".to_owned()),
                Some(_) => {
                    let reason = "Several payouts have this reference. Name the one you mean by its id.";
                    self.cannot(name, "ambiguous_reference", reason.to_owned());
                }
            }
        }
        Ok(())
    }

    /// Sorts anew what an earlier batch left undone.
    async fn undone(&mut self, reader: &mut Reader, of: BatchId, position: &str) -> Result<(String, bool), Error> {
        let from: i64 = position.parse().map_err(|_| Error::Internal)?;
        let undone = rows::undone(reader, of, from, CHUNK as i64).await?;
        let after = undone.last().map_or(from, |item| item.seq);
        if matches!(self.batch.verb, Verb::CreatePayouts | Verb::CreateLinks) {
            let ids: Vec<String> = undone.iter().map(|item| content_id(of, item.seq)).collect();
            let contents = rows::contents(reader, &ids).await?;
            let contents: HashMap<String, String> = contents.into_iter().map(|one| (one.id, one.content)).collect();
            let known = wallets::list(reader, self.caller.client(), MOST_WALLETS).await?;
            let rules = approval_rules::standing(reader, RuleVerb::Create).await?;
            for item in &undone {
                match contents.get(&content_id(of, item.seq)) {
                    Some(content) => {
                        let effect = self.effect(content, &known, &rules).await;
                        self.again(item, content, effect);
                    }
                    None => {
                        self.cannot(item.named.as_deref().unwrap_or_default(), "row_removed", ROW_REMOVED.to_owned())
                    }
                }
            }
        } else {
            let name = |item: &Item| item.subject.map(|id| id.to_string()).or_else(|| item.named.clone());
            let names: Vec<String> = undone.iter().filter_map(name).collect();
            self.find(reader, &names).await?;
        }
        Ok((after.to_string(), undone.len() < CHUNK))
    }

    fn sort(&mut self, one: &Sortable, named: Option<&String>) {
        if !self.seen.insert(one.payout.id) {
            self.summary.repeats += 1;
            return;
        }
        let ballot = self.ballots.of(one);
        let facts = Facts { asked: one.asked > 0, freezes: &self.freezes, ballot };
        let sorted = sort(self.batch.verb, self.caller, &one.payout, &facts);
        self.summary.add(&sorted);
        let named = named.filter(|name| name.as_str() != one.payout.id.to_string()).cloned();
        let item = self.item(one, named, &sorted);
        self.items.push(item);
    }

    fn item(&self, one: &Sortable, named: Option<String>, sorted: &Sorted) -> Item {
        let refusal = sorted.refusal.as_ref();
        Item {
            subject: Some(one.payout.id),
            named: named.or_else(|| Some(one.payout.reference_id.clone()).filter(|text| !text.is_empty())),
            ask: sorted.fate == Fate::Ask,
            amount_minor: Some(sorted.money.minor),
            currency: Some(sorted.money.currency),
            version: sorted.version,
            shown: sorted.version.map(|_| one.shown),
            rule: refusal.map(|refusal| refusal.rule.code().to_owned()),
            reason: refusal.map(in_full).or_else(|| sorted.note.clone()),
            ..self.blank(sorted.fate)
        }
    }

    /// What a name leads to nothing for.
    fn cannot(&mut self, name: &str, rule: &str, reason: String) {
        self.summary.add_unknown(&reason);
        let item = Item {
            named: Some(name.to_owned()),
            rule: Some(rule.to_owned()),
            reason: Some(reason),
            ..self.blank(Fate::Cannot)
        };
        self.items.push(item);
    }

    /// What a row of a file would take from its wallet at once; none when that cannot be said.
    async fn effect(&self, content: &str, known: &[Wallet], rules: &[ApprovalRule]) -> Option<(WalletId, i64)> {
        let text = self.desk.keys.open(&BATCH_ROW.purpose(), content).ok()?;
        let asked: Asked = row::asked(self.desk, self.caller, &serde_json::from_str(&text).ok()?).await.ok()?;
        let wallet = known.iter().find(|wallet| wallet.number == asked.wallet())?;
        asked.holds(wallet, rules).map(|held| (wallet.id, -held.minor))
    }

    /// The same row of a file once more.
    fn again(&mut self, item: &Item, content: &str, effect: Option<(WalletId, i64)>) {
        let money = item.amount_minor.zip(item.currency).map(|(minor, currency)| Money::new(minor, currency));
        let refusal = self.freezes.check_caller(self.caller, Stop::Send).err();
        let fate = if refusal.is_some() { Fate::Cannot } else { Fate::Now };
        self.summary.group(fate, refusal.as_ref().map(in_full), money);
        if let Some((wallet, change)) = effect.filter(|_| refusal.is_none()) {
            self.summary.move_wallet(wallet, change);
        }
        let new = Item {
            named: item.named.clone(),
            amount_minor: item.amount_minor,
            currency: item.currency,
            rule: refusal.as_ref().map(|refusal| refusal.rule.code().to_owned()),
            reason: refusal.as_ref().map(in_full),
            ..self.blank(fate)
        };
        self.contents.push(Content { id: content_id(self.batch.id, new.seq), content: content.to_owned() });
        self.items.push(new);
    }

    /// The next item, which nothing is said of yet.
    fn blank(&self, fate: Fate) -> Item {
        let refused = fate == Fate::Cannot;
        Item {
            batch_id: self.batch.id,
            seq: self.batch.items + self.items.len() as i64 + 1,
            subject: None,
            named: None,
            state: if refused { ItemState::Refused } else { ItemState::Pending },
            ask: false,
            amount_minor: None,
            currency: None,
            version: None,
            shown: None,
            rule: None,
            reason: None,
            result_id: None,
            at: refused.then(|| self.batch.id.created_at()),
        }
    }
}
