//! `key rotate` and `key drop-old`: a new secret comes, old ones go.

use std::io::ErrorKind;

use super::{quiet_config, words};
use crate::clock::Clock;
use crate::config::DataArgs;
use crate::keys::{Keys, Ring};
use crate::service::rotation;
use crate::store::{Location, Store};

/// Makes a new secret the current one and seals everything under it.
///
/// Each step leaves data and file in a state that the next start, or the same command, goes on from: first the file
/// holds the new secret and the old ones, then the data moves over, and only at last old secrets may go.
pub async fn rotate(data: &DataArgs, location: &Location, drop_old: bool) -> Result<(), String> {
    let (store, ring) = open(data, location).await?;
    let ring = ring.with_new();
    ring.write(&data.data).map_err(|error| error.to_string())?;
    let keys = Keys::of(&ring);
    rotation::settle(&store, &keys).await.map_err(|error| error.to_string())?;
    println!("Everything is sealed under the new key {}.", keys.current());
    if drop_old {
        drop_all(data, &store, &ring, &keys).await?;
    } else {
        println!("Older secrets still keep sessions and tokens made before; `paydesk key drop-old` ends those.");
    }
    store.close().await;
    Ok(())
}

/// Drops every secret but the current one.
pub async fn drop_old(data: &DataArgs, location: &Location) -> Result<(), String> {
    let (store, ring) = open(data, location).await?;
    if ring.old() == 0 {
        println!("There is no older secret.");
    } else {
        drop_all(data, &store, &ring, &Keys::of(&ring)).await?;
    }
    store.close().await;
    Ok(())
}

async fn drop_all(data: &DataArgs, store: &Store, ring: &Ring, keys: &Keys) -> Result<(), String> {
    rotation::left(store, keys).await.map_err(|error| error.to_string())?;
    ring.without_old().write(&data.data).map_err(|error| error.to_string())?;
    println!("Dropped {} older secrets: sessions and tokens made under them have ended.", ring.old());
    println!("Backups made before the rotation can only be opened with them: keep those backups with their secret.");
    Ok(())
}

/// The data alone with its secrets, everything sealed under the first of them.
async fn open(data: &DataArgs, location: &Location) -> Result<(Store, Ring), String> {
    if std::env::var_os("PAYDESK_KEY").is_some() {
        return Err(
            "the secret stands in PAYDESK_KEY, which only you can change: put a new one in front (base64 of 32 \
                    random bytes, then a comma), stop every paydesk on this data and start one again; it seals \
                    everything anew before it serves"
                .into(),
        );
    }
    let ring = Ring::read(&data.data).map_err(|error| error.to_string())?.ok_or_else(|| {
        format!("{}: {}", data.data.join("secret.key").display(), std::io::Error::from(ErrorKind::NotFound))
    })?;
    let group = quiet_config()?.write_group;
    let store = Store::open(location, Clock::Real, group).await.map_err(words)?;
    rotation::settle(&store, &Keys::of(&ring)).await.map_err(|error| error.to_string())?;
    if !store.is_alone().await.map_err(words)? {
        return Err("another paydesk works on this data: stop it first".into());
    }
    Ok((store, ring))
}
