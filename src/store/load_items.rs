//! Which items of batches are still to be done; read only for units that are items.

use std::collections::BTreeSet;

use serde::Deserialize;
use sqlx::AnyConnection;

use super::sql::{self, Engine, Value};
use crate::domain::approval::Need;
use crate::domain::batch::ItemRef;
use crate::domain::books::Books;
use crate::domain::command::Unit;
use crate::domain::staff::Role;

/// The query, built once.
#[derive(Debug)]
pub struct ItemLoader {
    query: String,
}

/// An item that is pending, and what the start of its batch was approved by.
#[derive(Debug, Deserialize)]
struct Loaded {
    #[serde(flatten)]
    item: ItemRef,
    people: Option<i64>,
    role: Option<Role>,
}

/// The items that the units of a set are.
#[derive(Debug, Default)]
pub struct WantedItems(BTreeSet<ItemRef>);

impl ItemLoader {
    pub fn new(engine: Engine) -> ItemLoader {
        let from = format!(
            "{} JOIN batch_items i ON i.batch_id = (value ->> 0) AND i.seq = CAST(value ->> 1 AS BIGINT) JOIN batches b \
             ON b.id = i.batch_id WHERE i.state = 'pending' AND b.state = 'running'",
            engine.each(1)
        );
        let item = engine.object(&[
            ("batch_id", "i.batch_id".into()),
            ("seq", "i.seq".into()),
            ("people", "b.approved_people".into()),
            ("role", "b.approved_role".into()),
        ]);
        ItemLoader { query: format!("SELECT {}", engine.text_array(&item, &from)) }
    }

    /// Adds to the books the items that are pending in a batch that runs.
    pub async fn load(
        &self,
        connection: &mut AnyConnection,
        wanted: WantedItems,
        books: &mut Books,
    ) -> Result<(), sqlx::Error> {
        if wanted.0.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = wanted.0.iter().map(|item| (item.batch_id, item.seq)).collect();
        let found: Vec<Loaded> = sql::read_list(connection, self.query.clone(), &[Value::json(&names)]).await?;
        for one in found {
            books.items.insert(one.item);
            if let (Some(people), Some(role)) = (one.people, one.role) {
                let given = Need { people, role, rules: Vec::new() };
                books.approvals.batches.insert(one.item.batch_id, given);
            }
        }
        Ok(())
    }
}

impl WantedItems {
    pub fn add(&mut self, unit: &Unit) {
        self.0.extend(unit.item);
    }
}
