//! Who may do what: staff roles, credential scopes, and the one table that decides.

use serde::{Deserialize, Serialize};

use super::caller::{Caller, Via, Who};

/// A staff member's role; each includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Viewer,
    Operator,
    Approver,
    Admin,
}

/// What a credential may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Scope {
    Read,
    Write,
    Pay,
    ReadSensitive,
}

/// Everything that needs permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    ReadPayouts,
    ReadWallets,
    ReadPayees,
    ReadAudit,
    ExportPayouts,
    MakePayout,
    CancelPayout,
    ReversePayout,
    DecidePayout,
    /// Money between wallets of one client.
    MakeTransfer,
    /// Playing the provider, where it is the sandbox.
    Simulate,
    ReadLinks,
    ExportLinks,
    /// Also extending, replacing and sending again.
    MakeLink,
    CancelLink,
    DecideLink,
    /// Taking cases, notes on them, asking the rail again, and proposing how to settle them.
    WorkCases,
    /// Confirming what somebody else proposed.
    SettleCases,
    /// Taking payouts to the bank, with their bank details, and recording what became of them.
    PayByHand,
    /// Confirming what somebody else recorded.
    ConfirmByHand,
    ChangePayees,
    /// Bank details in full, which are masked everywhere else.
    RevealAccounts,
    OwnSessions,
    ManageStaff,
    ManageCredentials,
    ReadWebhooks,
    /// Also their secrets, and sending again.
    ManageWebhooks,
    /// Clients, wallets and their settings, and money that came in.
    ManageWallets,
    ReadFreezes,
    /// Also asking for a freeze to be lifted.
    Freeze,
    LiftFreeze,
    /// Requests for what a rule wants approved first.
    DecideRequests,
    /// Approval rules.
    ManageRules,
}

/// The table of DESIGN section 9: the least role for people, the scope for programs (none: not for programs).
const TABLE: &[(Operation, Role, Option<Scope>)] = &[
    (Operation::ReadPayouts, Role::Viewer, Some(Scope::Read)),
    (Operation::ReadWallets, Role::Viewer, Some(Scope::Read)),
    (Operation::ReadPayees, Role::Viewer, Some(Scope::Read)),
    (Operation::ReadAudit, Role::Viewer, None),
    (Operation::ExportPayouts, Role::Viewer, Some(Scope::Read)),
    (Operation::MakePayout, Role::Operator, Some(Scope::Pay)),
    (Operation::CancelPayout, Role::Operator, Some(Scope::Pay)),
    (Operation::ReversePayout, Role::Operator, Some(Scope::Pay)),
    (Operation::DecidePayout, Role::Approver, Some(Scope::Pay)),
    (Operation::MakeTransfer, Role::Operator, Some(Scope::Pay)),
    (Operation::Simulate, Role::Operator, Some(Scope::Write)),
    (Operation::ReadLinks, Role::Viewer, Some(Scope::Read)),
    (Operation::ExportLinks, Role::Viewer, Some(Scope::Read)),
    (Operation::MakeLink, Role::Operator, Some(Scope::Pay)),
    (Operation::CancelLink, Role::Operator, Some(Scope::Pay)),
    (Operation::DecideLink, Role::Approver, Some(Scope::Pay)),
    (Operation::WorkCases, Role::Operator, None),
    (Operation::SettleCases, Role::Approver, None),
    (Operation::PayByHand, Role::Operator, None),
    (Operation::ConfirmByHand, Role::Approver, None),
    (Operation::ChangePayees, Role::Operator, Some(Scope::Write)),
    // Whoever checks a payout has to compare the account; whoever typed it has no need to read it back.
    (Operation::RevealAccounts, Role::Approver, Some(Scope::ReadSensitive)),
    (Operation::OwnSessions, Role::Viewer, None),
    (Operation::ManageStaff, Role::Admin, None),
    (Operation::ManageCredentials, Role::Admin, None),
    // What a webhook was sent has the addresses of payout links in it.
    (Operation::ReadWebhooks, Role::Admin, Some(Scope::Read)),
    (Operation::ManageWebhooks, Role::Admin, Some(Scope::Write)),
    (Operation::ManageWallets, Role::Admin, None),
    (Operation::ReadFreezes, Role::Viewer, Some(Scope::Read)),
    (Operation::Freeze, Role::Operator, Some(Scope::Pay)),
    (Operation::LiftFreeze, Role::Approver, Some(Scope::Pay)),
    (Operation::DecideRequests, Role::Approver, Some(Scope::Pay)),
    (Operation::ManageRules, Role::Admin, None),
];

/// What the Revolut dialect asks for in place of the one scope of [`TABLE`]: all of these (contracts/revolut.md
/// section 2). Its cancel, for example, needs READ and WRITE, and no PAY.
const REVOLUT: &[(Operation, &[Scope])] = &[
    (Operation::MakePayout, &[Scope::Read, Scope::Pay]),
    (Operation::MakeLink, &[Scope::Pay, Scope::Write]),
    (Operation::CancelLink, &[Scope::Read, Scope::Write]),
    (Operation::MakeTransfer, &[Scope::Read, Scope::Pay]),
    (Operation::ChangePayees, &[Scope::Read, Scope::Write]),
];

/// Whether the caller's role or scopes allow the operation. Jobs and commands of the host may do all.
///
/// A program acts for its owner and can do no more than its owner: it needs the scopes, and its owner the role. Which
/// scopes is a matter of the dialect it speaks, [`Caller::via`]: a contract's own table wins over ours, also where it
/// asks for less. So a handler only hands its caller on to the service, which checks the operation as for everyone.
pub fn allows(caller: &Caller, operation: Operation) -> bool {
    let Some((_, role, scope)) = TABLE.iter().find(|(op, ..)| *op == operation) else {
        return false;
    };
    match &caller.who {
        Who::Staff { role: has, .. } => has >= role,
        Who::Credential { owner_role, .. } => {
            let own = match caller.via {
                Via::Revolut => REVOLUT.iter().find(|(op, _)| *op == operation).map(|(_, scopes)| *scopes),
                _ => None,
            };
            owner_role >= role && own.or(scope.as_ref().map(std::slice::from_ref)).is_some_and(|all| has(caller, all))
        }
        Who::Recipient { .. } => false,
        Who::System => true,
    }
}

/// Whether a program has all of these scopes; for routes of a dialect that are no operation of the desk, such as its
/// simulations. Others than programs have none.
pub fn has(caller: &Caller, needed: &[Scope]) -> bool {
    match &caller.who {
        Who::Credential { scopes, .. } => needed.iter().all(|scope| scopes.contains(scope)),
        _ => false,
    }
}

impl Operation {
    /// What somebody may or may not do, to be read after "may": `manage staff`.
    pub fn words(self) -> &'static str {
        match self {
            Operation::ReadPayouts => "see payouts",
            Operation::ReadWallets => "see wallets",
            Operation::ReadPayees => "see payees",
            Operation::ReadAudit => "see the audit log",
            Operation::ExportPayouts => "export payouts",
            Operation::MakePayout => "make payouts",
            Operation::CancelPayout => "cancel payouts",
            Operation::ReversePayout => "reverse payouts",
            Operation::DecidePayout => "approve payouts or send them back",
            Operation::MakeTransfer => "move money between wallets",
            Operation::Simulate => "play the sandbox provider",
            Operation::ReadLinks => "see payout links",
            Operation::ExportLinks => "export payout links",
            Operation::MakeLink => "make payout links",
            Operation::CancelLink => "cancel payout links",
            Operation::DecideLink => "approve payout links or send them back",
            Operation::WorkCases => "work on cases",
            Operation::SettleCases => "settle cases",
            Operation::PayByHand => "pay at the bank",
            Operation::ConfirmByHand => "confirm what was recorded at the bank",
            Operation::ChangePayees => "change payees",
            Operation::RevealAccounts => "see bank details in full",
            Operation::OwnSessions => "have sessions and a profile",
            Operation::ManageStaff => "manage staff",
            Operation::ManageCredentials => "manage credentials",
            Operation::ReadWebhooks => "see webhooks",
            Operation::ManageWebhooks => "manage webhooks",
            Operation::ManageWallets => "manage clients and wallets",
            Operation::ReadFreezes => "see freezes",
            Operation::Freeze => "freeze anything or ask for a lift",
            Operation::LiftFreeze => "lift freezes",
            Operation::DecideRequests => "approve requests or send them back",
            Operation::ManageRules => "manage approval rules",
        }
    }
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Operator, Role::Approver, Role::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Operator => "operator",
            Role::Approver => "approver",
            Role::Admin => "admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether a person of this role may do it.
    pub fn may(self, operation: Operation) -> bool {
        TABLE.iter().any(|(op, role, _)| *op == operation && self >= *role)
    }
}

impl Scope {
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Write, Scope::Pay, Scope::ReadSensitive];

    pub fn name(self) -> &'static str {
        match self {
            Scope::Read => "READ",
            Scope::Write => "WRITE",
            Scope::Pay => "PAY",
            Scope::ReadSensitive => "READ_SENSITIVE",
        }
    }

    pub fn from_name(name: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::ids::Id;

    fn program(via: Via, scopes: &[Scope], owner_role: Role) -> Caller {
        let who = Who::Credential {
            id: Id::first_at(1),
            name: "ERP".into(),
            owner: Id::first_at(1),
            owner_role,
            created_by: None,
            client_id: Id::first_at(1),
            scopes: scopes.to_vec(),
        };
        Caller { who, via, ip: None, request_id: String::new() }
    }

    /// Which of all sets of READ, WRITE and PAY are enough, as the letters R, W, P.
    fn enough(via: Via, operation: Operation) -> Vec<String> {
        let sets = (0..8).map(|bits| {
            let chosen = [Scope::Read, Scope::Write, Scope::Pay].into_iter().enumerate();
            chosen.filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, scope)| scope).collect::<Vec<_>>()
        });
        let enough = sets.filter(|scopes| allows(&program(via, scopes, Role::Admin), operation));
        enough.map(|scopes| scopes.iter().map(|scope| &scope.name()[..1]).collect()).collect()
    }

    #[test]
    fn revoluts_own_table_wins_on_its_routes_and_nowhere_else() {
        for (operation, revolut, others) in [
            (Operation::CancelLink, &["RW", "RWP"][..], &["P", "RP", "WP", "RWP"][..]),
            (Operation::MakeLink, &["WP", "RWP"], &["P", "RP", "WP", "RWP"]),
            (Operation::MakePayout, &["RP", "RWP"], &["P", "RP", "WP", "RWP"]),
            (Operation::ChangePayees, &["RW", "RWP"], &["W", "RW", "WP", "RWP"]),
            (Operation::ReadLinks, &["R", "RW", "RP", "RWP"], &["R", "RW", "RP", "RWP"]),
            (Operation::ManageStaff, &[], &[]),
        ] {
            assert_eq!(enough(Via::Revolut, operation), revolut, "{operation:?}");
            for via in [Via::ApiV1, Via::Razorpay, Via::MassPay] {
                assert_eq!(enough(via, operation), others, "{operation:?} {via:?}");
            }
        }
    }

    #[test]
    fn a_program_can_do_no_more_than_its_owner_in_any_dialect() {
        for via in [Via::ApiV1, Via::Revolut, Via::Razorpay, Via::MassPay] {
            let of = |role| program(via, &Scope::ALL, role);
            assert!(allows(&of(Role::Viewer), Operation::ReadLinks));
            assert!(!allows(&of(Role::Viewer), Operation::CancelLink));
            assert!(!allows(&of(Role::Operator), Operation::DecideLink));
            assert!(has(&of(Role::Viewer), &[Scope::Write]));
        }
        assert!(!has(&Caller::system(Via::Revolut, ""), &[Scope::Write]));
    }

    #[test]
    fn every_operation_stands_once_in_the_table_and_has_words_of_its_own() {
        let operations: HashSet<_> = TABLE.iter().map(|(operation, ..)| *operation).collect();
        assert_eq!(operations.len(), TABLE.len());
        let words: HashSet<_> = operations.iter().map(|operation| operation.words()).collect();
        assert_eq!(words.len(), TABLE.len(), "two operations that read alike cannot be told apart in the audit log");
        // Read after "may": a verb and its object.
        for words in words {
            assert!(words.contains(' ') && words.starts_with(char::is_lowercase) && !words.ends_with('.'), "{words}");
        }
    }
}
