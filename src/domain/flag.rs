//! Yes and no as the database keeps them: 1 and 0. For `#[serde(with = …)]`.

use serde::{Deserialize, Deserializer, Serializer};

pub fn serialize<S: Serializer>(yes: &bool, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64(i64::from(*yes))
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(i64::deserialize(deserializer)? != 0)
}
