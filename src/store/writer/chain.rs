//! The audit chain that this process writes to.

use sqlx::AnyConnection;

use super::{Failure, changed_meanwhile};
use crate::domain::audit::{Entry, Head, Link};
use crate::store::sql::{self, Engine, Script, Value};
use crate::store::tables::AUDIT;
use crate::store::{StoreError, load};

/// Writes these entries behind the last one of the chain, and answers the last of them.
pub(super) async fn append_audit(
    connection: &mut AnyConnection,
    engine: Engine,
    chain: &str,
    entries: Vec<Entry>,
) -> Result<Option<Link>, Failure> {
    if entries.is_empty() {
        return Ok(None);
    }
    let mut head: Head = load::head(connection, engine, chain).await?;
    let links: Vec<_> = entries.into_iter().map(|entry| head.append(entry)).collect();
    let mut script = Script::new(engine);
    script.insert(&AUDIT, &links);
    let written = script.run(connection).await?;
    if written { Ok(links.into_iter().next_back()) } else { Err(Failure::Conflict(changed_meanwhile())) }
}

/// On SQLite there is one writer and one chain. On PostgreSQL each process takes a chain that no other one holds.
pub(super) async fn choose_chain(connection: &mut AnyConnection, engine: Engine) -> Result<String, StoreError> {
    if engine == Engine::Sqlite {
        return Ok("main".into());
    }
    for number in 1..=64_i64 {
        let chain = format!("chain-{number}");
        if hold_chain(connection, engine, &chain).await? {
            return Ok(chain);
        }
    }
    Err(StoreError::Unavailable("64 desk processes write to this database already".into()))
}

/// Takes a chain unless another connection holds it; it is held until the connection ends. On SQLite there is nobody
/// else.
pub(in crate::store) async fn hold_chain(
    connection: &mut AnyConnection,
    engine: Engine,
    chain: &str,
) -> Result<bool, StoreError> {
    if engine == Engine::Sqlite {
        return Ok(true);
    }
    const NAMESPACE: i64 = 0x5061_7964;
    let number: i64 = chain.trim_start_matches("chain-").parse().unwrap_or(0);
    let sql = "SELECT CASE WHEN pg_try_advisory_lock($1) THEN 1 ELSE 0 END";
    Ok(sql::read_int(connection, sql.into(), &[Value::Int(NAMESPACE << 8 | number)]).await? == Some(1))
}
