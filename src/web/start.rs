//! The first steps on a fresh desk: a wallet, money in it, a payout.

use super::auth::Visitor;
use super::display::OptionView;
use crate::domain::staff::Operation;
use crate::domain::wallet::Wallet;

/// What comes next until the first payout is made.
#[derive(Clone, Debug)]
pub struct StartView {
    pub title: &'static str,
    pub text: String,
    /// Address and word of the step, for those who may take it.
    pub step: Option<OptionView>,
}

/// The next step with these wallets, on a desk without payouts.
pub fn next<'a>(visitor: &Visitor, wallets: impl IntoIterator<Item = &'a Wallet>) -> StartView {
    before(visitor, wallets).unwrap_or_else(|| StartView {
        title: "No payouts yet",
        text: "A payout sends money from a wallet to one payee.".to_owned(),
        step: visitor.may(Operation::MakePayout).then(|| OptionView::new("/payouts/new", "Make the first payout")),
    })
}

/// The same on a desk without payout links.
pub fn next_link<'a>(visitor: &Visitor, wallets: impl IntoIterator<Item = &'a Wallet>) -> StartView {
    before(visitor, wallets).unwrap_or_else(|| StartView {
        title: "No payout links yet",
        text: "A payout link pays someone whose bank details you do not have: they open its address and give them."
            .to_owned(),
        step: visitor
            .may(Operation::MakeLink)
            .then(|| OptionView::new("/payout-links/new", "Make the first payout link")),
    })
}

/// What has to be there before money can be paid: a wallet, and money in it.
fn before<'a>(visitor: &Visitor, wallets: impl IntoIterator<Item = &'a Wallet>) -> Option<StartView> {
    let wallets: Vec<&Wallet> = wallets.into_iter().filter(|wallet| wallet.closed_at.is_none()).collect();
    let admin = visitor.may(Operation::ManageWallets);
    let Some(first) = wallets.first() else {
        let what = "A wallet holds a client’s money in one currency.";
        return Some(StartView {
            title: "No wallet yet",
            text: match admin {
                true => format!("{what} Make one, top it up, then make the first payout."),
                false => format!("{what} An admin makes the first one."),
            },
            step: admin.then(|| OptionView::new("/wallets/new", "Make the first wallet")),
        });
    };
    if wallets.iter().all(|wallet| wallet.available_minor == 0 && wallet.held_minor == 0) {
        let name = &first.name;
        return Some(StartView {
            title: "No money yet",
            text: match admin {
                true => {
                    format!("{name} holds nothing. Book the money that came in for it, then make the first payout.")
                }
                false => format!("{name} holds nothing. An admin books the money that came in for it."),
            },
            step: admin.then(|| OptionView::new(format!("/wallets/{}/top-up", first.number), format!("Top up {name}"))),
        });
    }
    None
}
