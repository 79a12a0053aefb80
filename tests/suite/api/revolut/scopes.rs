//! Each operation needs exactly the scopes of `contracts/revolut.md` section 2.
