//! The ids that examples of the description have in common.

pub const ACCOUNT: &str = "85f515e4-588f-4496-a6a5-a7615a193e6b";
pub const OTHER_ACCOUNT: &str = "4a7d0f13-92c6-4d8b-b5e1-6f0c3a8e2d97";
pub const COUNTERPARTY: &str = "b6a1e0c5-3f5d-4c8e-9d0a-6f1f5c2a7e41";
pub const COUNTERPARTY_ACCOUNT: &str = "f1c2b9d4-8f7e-4b0a-a3d6-2e9c5b7a1d08";
pub const LINK: &str = "12dcd8c2-6408-458f-98a9-3f4abc180898";
pub const TRANSACTION: &str = "630f9a62-e488-49ce-a2d3-a30aaaaa03f0";
pub const LEG: &str = "630f9a62-e488-49ce-a2d3-a30aaaaa03f2";
pub const WEBHOOK: &str = "c6db947e-dec0-4a7e-9e1d-3c5d0b8f2a64";
pub const EVENT: &str = "e0b7b6b4-7c4f-4f7f-8a5b-2c4d1f0e9a3c";
