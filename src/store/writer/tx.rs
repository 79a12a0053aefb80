//! The transaction that a rare change works in.

use sqlx::AnyConnection;

use crate::domain::audit::Entry;
use crate::domain::ids::Mint;
use crate::store::hold;
use crate::store::sql::{self, Engine, Script, Value};

/// The transaction a closure works in.
pub struct Tx<'c> {
    pub(super) connection: &'c mut AnyConnection,
    pub(super) engine: Engine,
    pub(super) mint: &'c mut Mint,
    pub(super) audit: &'c mut Vec<Entry>,
}

impl Tx<'_> {
    /// The time of this transaction, in Unix microseconds.
    pub fn now(&self) -> i64 {
        self.mint.now()
    }

    pub fn mint(&mut self) -> &mut Mint {
        self.mint
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Adds a row to the audit log, in the same unit.
    pub fn audit(&mut self, entry: Entry) {
        self.audit.push(entry);
    }

    pub async fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, sqlx::Error> {
        sql::execute(self.connection, sql.to_owned(), values).await
    }

    pub async fn int(&mut self, sql: &str, values: &[Value]) -> Result<Option<i64>, sqlx::Error> {
        sql::read_int(self.connection, sql.to_owned(), values).await
    }

    pub async fn text(&mut self, sql: &str, values: &[Value]) -> Result<Option<String>, sqlx::Error> {
        sql::read_text(self.connection, sql.to_owned(), values).await
    }

    pub async fn rows<T: serde::de::DeserializeOwned>(
        &mut self,
        columns: &[&str],
        inner: &str,
        values: &[Value],
    ) -> Result<Vec<T>, sqlx::Error> {
        sql::read(self.connection, self.engine, columns, inner, values).await
    }

    /// Waits until every unit that is under way in another process, and that a freeze may stop, has committed; those
    /// that begin after this wait for this unit. In one process there is nobody to wait for.
    pub async fn close_gate(&mut self) -> Result<(), sqlx::Error> {
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => hold::close_gate(self.connection).await,
        }
    }

    /// Lets the next automatic `number` of these tables follow the rows that were inserted with a number.
    pub async fn restart_numbers(&mut self, tables: &[&str]) -> Result<(), sqlx::Error> {
        if self.engine == Engine::Postgres {
            for table in tables {
                let sql = format!(
                    "SELECT setval(pg_get_serial_sequence('{table}', 'number'), (SELECT MAX(number) FROM {table}))"
                );
                sql::read_int(self.connection, sql, &[]).await?;
            }
        }
        Ok(())
    }

    /// Runs a script of set-based writes; an error when it does not touch exactly the rows it should.
    pub async fn script(&mut self, script: Script) -> Result<(), sqlx::Error> {
        match script.run(self.connection).await? {
            true => Ok(()),
            false => Err(sqlx::Error::RowNotFound),
        }
    }
}
