//! Tells webhooks what happened: makes out the deliveries of new events, and sends those that are due.
//!
//! Each webhook has a flight of its own, so one whose receiver is slow keeps nobody else waiting. A try is written down
//! before it is made: a crash in between costs a pause, and at worst the receiver hears twice, with the same id.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt, stream};

use crate::domain::ids::WebhookId;
use crate::error::Error;
use crate::service::Desk;
use crate::service::webhooks::outbox;
use crate::store::deliveries::Load;

/// How many webhooks are called at once, and how many requests to one of them are on their way at once.
const FLIGHTS: usize = 32;
const AT_ONCE: usize = 5;

type Flight<'a> = Pin<Box<dyn Future<Output = WebhookId> + Send + 'a>>;

/// Carries deliveries until there are none that are due.
pub struct Courier<'a> {
    desk: &'a Desk,
    busy: HashSet<WebhookId>,
    flights: FuturesUnordered<Flight<'a>>,
}

impl<'a> Courier<'a> {
    pub fn new(desk: &'a Desk) -> Courier<'a> {
        Courier { desk, busy: HashSet::new(), flights: FuturesUnordered::new() }
    }

    /// Makes out what is new, and starts a flight to each webhook that something is due for and that has none.
    pub async fn take_off(&mut self) -> Result<(), Error> {
        while outbox::make_out(self.desk).await? {}
        let room = FLIGHTS.saturating_sub(self.busy.len());
        if room == 0 {
            return Ok(());
        }
        let busy: Vec<WebhookId> = self.busy.iter().copied().collect();
        for load in outbox::take(self.desk, &busy, room as i64).await? {
            self.busy.insert(load.id);
            self.flights.push(Box::pin(flight(self.desk, load)));
        }
        Ok(())
    }

    /// Waits until a flight has ended, if there is any.
    pub async fn land(&mut self) {
        if let Some(id) = self.flights.next().await {
            self.busy.remove(&id);
        }
    }

    pub fn is_idle(&self) -> bool {
        self.flights.is_empty()
    }
}

/// Works through everything that is due now.
pub async fn deliver(desk: &Desk) -> Result<(), Error> {
    let mut courier = Courier::new(desk);
    loop {
        courier.take_off().await?;
        if courier.is_idle() {
            return Ok(());
        }
        courier.land().await;
    }
}

/// Sends what goes to one webhook, and writes down what came of it.
async fn flight(desk: &Desk, load: Load) -> WebhookId {
    let id = load.id;
    match AssertUnwindSafe(send(desk, load)).catch_unwind().await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, webhook = %id, "what a webhook answered could not be written"),
        Err(_) => tracing::error!(webhook = %id, "a panic on the way to a webhook"),
    }
    id
}

async fn send(desk: &Desk, mut load: Load) -> Result<(), Error> {
    let deliveries = load.deliveries.take().unwrap_or_default();
    let load = &load;
    let tries = stream::iter(deliveries).map(|delivery| async move {
        let reply = match outbox::request(desk, load, &delivery) {
            Ok((headers, body)) => Ok(desk.messenger.hooks().post(&load.url, &headers, body).await),
            Err(error) => Err(error),
        };
        outbox::judge(desk, load, &delivery, reply)
    });
    let tries: Vec<_> = tries.buffer_unordered(AT_ONCE).collect().await;
    let off = tries.iter().find_map(|(_, off)| *off);
    let ended = tries.into_iter().map(|(ended, _)| ended).collect();
    outbox::conclude(desk, load.id, ended, off).await
}
