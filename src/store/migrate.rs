//! Migrations: embedded, forward only, each whole or not at all.

use rust_embed::RustEmbed;
use sqlx::AnyConnection;
use sqlx::migrate::{Migration, MigrationSource, MigrationType, Migrator};
use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::{Engine, StoreError};

#[derive(RustEmbed)]
#[folder = "migrations/"]
struct Files;

/// Brings the database to this program's version; refuses one that a newer program has written.
pub async fn run(connection: &mut AnyConnection, engine: Engine) -> Result<(), StoreError> {
    let migrator = Migrator::new(Embedded(engine)).await.map_err(explain)?;
    migrator.run(connection).await.map_err(explain)
}

/// The SQL files of one engine, in order: `(version, description, text)`.
pub fn files(engine: Engine) -> Vec<(i64, String, String)> {
    let folder = match engine {
        Engine::Sqlite => "sqlite/",
        Engine::Postgres => "postgres/",
    };
    let mut files: Vec<_> = Files::iter()
        .filter_map(|path| {
            let name = path.strip_prefix(folder)?.strip_suffix(".sql")?.to_owned();
            let (version, description) = name.split_once('_')?;
            let file = Files::get(&path)?;
            let text = String::from_utf8(file.data.into_owned()).ok()?;
            Some((version.parse().ok()?, description.to_owned(), text))
        })
        .collect();
    files.sort();
    files
}

#[derive(Debug)]
struct Embedded(Engine);

impl MigrationSource<'static> for Embedded {
    fn resolve(
        self,
    ) -> std::pin::Pin<
        Box<dyn Future<Output = Result<Vec<Migration>, Box<dyn std::error::Error + Send + Sync>>> + Send + 'static>,
    > {
        let migrations = files(self.0)
            .into_iter()
            .map(|(version, description, text)| {
                let text = AssertSqlSafe(text).into_sql_str();
                Migration::new(version, description.into(), MigrationType::Simple, text, false)
            })
            .collect();
        Box::pin(async move { Ok(migrations) })
    }
}

/// Refuses to read what a newer program has written: `applied` is the last migration of the database.
pub fn refuse_newer(engine: Engine, applied: i64) -> Result<(), StoreError> {
    match files(engine).last() {
        Some((newest, ..)) if applied > *newest => Err(newer(applied)),
        _ => Ok(()),
    }
}

fn newer(version: i64) -> StoreError {
    StoreError::Unavailable(format!(
        "this database was written by a newer paydesk (migration {version}); use that program or a newer one"
    ))
}

fn explain(error: sqlx::migrate::MigrateError) -> StoreError {
    use sqlx::migrate::MigrateError;
    match error {
        MigrateError::VersionMissing(version) => newer(version),
        other => StoreError::Unavailable(format!("migrating failed and changed nothing: {other}")),
    }
}
