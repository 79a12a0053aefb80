mod accounts;
mod links;
mod scopes;
mod simulations;
mod transfers;
