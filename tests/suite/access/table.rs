//! What each route answers to whom. A route that is missing here fails a test.

/// A redirect to the sign-in page.
pub const DOOR: u16 = 1;

/// What pages answer to a visitor, a viewer, an operator, an approver and an admin.
///
/// Forms are filled in properly, so a 303 means that it was done.
pub const PAGES: &[(&str, &str, [u16; 5])] = &[
    ("GET", "/", [DOOR, 200, 200, 200, 200]),
    ("GET", "/approvals", [DOOR, 200, 200, 200, 200]),
    ("GET", "/audit", [DOOR, 200, 200, 200, 200]),
    ("GET", "/payees", [DOOR, 200, 200, 200, 200]),
    ("POST", "/payees", [DOOR, 403, 303, 303, 303]),
    ("GET", "/payees/new", [DOOR, 403, 200, 200, 200]),
    ("GET", "/payees/{id}", [DOOR, 200, 200, 200, 200]),
    // Reloading leads back: the details stand in the answer to the button and nowhere else.
    ("GET", "/payees/{id}/account", [DOOR, 303, 303, 303, 303]),
    ("POST", "/payees/{id}/account", [DOOR, 403, 403, 200, 200]),
    ("GET", "/payees/{id}/deletion", [DOOR, 403, 200, 200, 200]),
    ("POST", "/payees/{id}/deletion", [DOOR, 403, 303, 303, 303]),
    ("GET", "/payouts", [DOOR, 200, 200, 200, 200]),
    ("POST", "/payouts", [DOOR, 403, 303, 303, 303]),
    ("GET", "/payouts/export.csv", [DOOR, 200, 200, 200, 200]),
    ("GET", "/payouts/new", [DOOR, 403, 200, 200, 200]),
    ("POST", "/payouts/selection", [DOOR, 403, 200, 200, 200]),
    ("POST", "/payouts/selection/cancel", [DOOR, 403, 303, 303, 303]),
    ("GET", "/payouts/selection/result", [DOOR, 200, 200, 200, 200]),
    ("GET", "/payouts/{id}", [DOOR, 200, 200, 200, 200]),
    ("GET", "/payouts/{id}/approval", [DOOR, 200, 200, 200, 200]),
    ("POST", "/payouts/{id}/approval", [DOOR, 403, 403, 303, 303]),
    ("GET", "/payouts/{id}/cancel", [DOOR, 200, 200, 200, 200]),
    ("POST", "/payouts/{id}/cancel", [DOOR, 403, 303, 303, 303]),
    ("GET", "/payouts/{id}/cancellation", [DOOR, 200, 200, 200, 200]),
    ("GET", "/payouts/{id}/reversals/{reversal}", [DOOR, 200, 200, 200, 200]),
    ("GET", "/payouts/{id}/reverse", [DOOR, 200, 200, 200, 200]),
    ("POST", "/payouts/{id}/reverse", [DOOR, 403, 303, 303, 303]),
    ("GET", "/reversals", [DOOR, 200, 200, 200, 200]),
    ("GET", "/session", [DOOR, 200, 200, 200, 200]),
    ("GET", "/settings/credentials", [DOOR, 403, 403, 403, 200]),
    // The secret stands in this answer and nowhere else, so there is no redirect.
    ("POST", "/settings/credentials", [DOOR, 403, 403, 403, 200]),
    ("GET", "/settings/credentials/new", [DOOR, 403, 403, 403, 200]),
    ("GET", "/settings/credentials/{id}", [DOOR, 403, 403, 403, 200]),
    ("GET", "/settings/credentials/{id}/revocation", [DOOR, 403, 403, 403, 200]),
    ("POST", "/settings/credentials/{id}/revocation", [DOOR, 403, 403, 403, 303]),
    ("GET", "/settings/profile", [DOOR, 200, 200, 200, 200]),
    ("POST", "/settings/profile", [DOOR, 303, 303, 303, 303]),
    // Reloading the address of a refused form leads back to where it stood.
    ("GET", "/settings/profile/password", [DOOR, 303, 303, 303, 303]),
    // With a wrong password now in use, so that the walk can go on.
    ("POST", "/settings/profile/password", [DOOR, 422, 422, 422, 422]),
    ("POST", "/settings/sessions/others/end", [DOOR, 303, 303, 303, 303]),
    // The session of somebody else: unknown, but to an admin.
    ("POST", "/settings/sessions/{handle}/end", [DOOR, 404, 404, 404, 303]),
    ("GET", "/settings/staff", [DOOR, 403, 403, 403, 200]),
    ("POST", "/settings/staff", [DOOR, 403, 403, 403, 303]),
    ("GET", "/settings/staff/new", [DOOR, 403, 403, 403, 200]),
    ("GET", "/settings/staff/{id}", [DOOR, 403, 403, 403, 200]),
    ("GET", "/settings/staff/{id}/access", [DOOR, 303, 303, 303, 303]),
    ("POST", "/settings/staff/{id}/access", [DOOR, 403, 403, 403, 303]),
    // The new password stands in this answer and nowhere else, so there is no redirect.
    ("GET", "/settings/staff/{id}/password", [DOOR, 403, 403, 403, 200]),
    ("POST", "/settings/staff/{id}/password", [DOOR, 403, 403, 403, 200]),
    ("GET", "/settings/staff/{id}/role", [DOOR, 303, 303, 303, 303]),
    ("POST", "/settings/staff/{id}/role", [DOOR, 403, 403, 403, 303]),
    ("POST", "/settings/staff/{id}/sessions/{handle}/end", [DOOR, 403, 403, 403, 303]),
    // Once there is staff, nobody sets the desk up.
    ("GET", "/setup/{token}", [404, 404, 404, 404, 404]),
    ("POST", "/setup/{token}", [404, 404, 404, 404, 404]),
    ("GET", "/sign-in", [200, 303, 303, 303, 303]),
    // Sent empty.
    ("POST", "/sign-in", [422, 422, 422, 422, 422]),
    ("POST", "/sign-out", [DOOR, 303, 303, 303, 303]),
    ("GET", "/wallets", [DOOR, 200, 200, 200, 200]),
    ("GET", "/wallets/new", [DOOR, 403, 403, 403, 200]),
    ("POST", "/wallets/new", [DOOR, 403, 403, 403, 303]),
    ("GET", "/wallets/{number}", [DOOR, 200, 200, 200, 200]),
    ("GET", "/wallets/{number}/settings", [DOOR, 403, 403, 403, 200]),
    ("POST", "/wallets/{number}/settings", [DOOR, 403, 403, 403, 303]),
    ("GET", "/wallets/{number}/statement.csv", [DOOR, 200, 200, 200, 200]),
    ("GET", "/wallets/{number}/top-up", [DOOR, 403, 403, 403, 200]),
    ("POST", "/wallets/{number}/top-up", [DOOR, 403, 403, 403, 303]),
    ("GET", "/wallets/{number}/top-ups/{entry}", [DOOR, 200, 200, 200, 200]),
    ("GET", "/static/{hash}/{path}", [200, 200, 200, 200, 200]),
    ("GET", "/healthz", [200, 200, 200, 200, 200]),
    ("GET", "/readyz", [200, 200, 200, 200, 200]),
    ("GET", "/metrics", [200, 200, 200, 200, 200]),
    ("GET", "/no/such/page", [404, 404, 404, 404, 404]),
];

/// What the API answers without a token, to programs of an admin with READ, WRITE or PAY alone, and to one with all
/// three whose owner is a viewer.
pub const PROGRAMS: &[(&str, &str, [u16; 5])] = &[
    ("GET", "/api/v1/beneficiaries", [401, 200, 403, 403, 200]),
    ("POST", "/api/v1/beneficiaries", [401, 403, 201, 403, 403]),
    ("GET", "/api/v1/beneficiaries/{id}", [401, 200, 403, 403, 200]),
    ("DELETE", "/api/v1/beneficiaries/{id}", [401, 403, 204, 403, 403]),
    ("GET", "/api/v1/payout-links", [401, 200, 403, 403, 200]),
    ("POST", "/api/v1/payout-links", [401, 403, 403, 201, 403]),
    ("GET", "/api/v1/payout-links/{id}", [401, 200, 403, 403, 200]),
    ("POST", "/api/v1/payout-links/{id}/approval", [401, 403, 403, 200, 403]),
    ("POST", "/api/v1/payout-links/{id}/cancel", [401, 403, 403, 200, 403]),
    ("POST", "/api/v1/payout-links/{id}/extension", [401, 403, 403, 200, 403]),
    ("POST", "/api/v1/payout-links/{id}/messages", [401, 403, 403, 200, 403]),
    ("POST", "/api/v1/payout-links/{id}/replacement", [401, 403, 403, 201, 403]),
    // For READ_SENSITIVE with a list of addresses; see `accounts`.
    ("GET", "/api/v1/beneficiaries/{id}/account", [401, 403, 403, 403, 403]),
    ("GET", "/api/v1/payouts", [401, 200, 403, 403, 200]),
    ("POST", "/api/v1/payouts", [401, 403, 403, 201, 403]),
    ("GET", "/api/v1/payouts/{id}", [401, 200, 403, 403, 200]),
    ("POST", "/api/v1/payouts/{id}/approval", [401, 403, 403, 200, 403]),
    ("POST", "/api/v1/payouts/{id}/cancel", [401, 403, 403, 200, 403]),
    ("POST", "/api/v1/payouts/{id}/cancellations", [401, 403, 403, 202, 403]),
    ("GET", "/api/v1/payouts/{id}/reversals", [401, 200, 403, 403, 200]),
    ("POST", "/api/v1/payouts/{id}/reversals", [401, 403, 403, 201, 403]),
    ("GET", "/api/v1/transactions", [401, 200, 403, 403, 200]),
    ("GET", "/api/v1/transactions/{id}", [401, 200, 403, 403, 200]),
    ("GET", "/api/v1/wallets", [401, 200, 403, 403, 200]),
    ("GET", "/api/v1/wallets/{id}", [401, 200, 403, 403, 200]),
    ("GET", "/api/v1/wallets/{id}/transactions", [401, 200, 403, 403, 200]),
    ("GET", "/status", [200, 200, 200, 200, 200]),
    // Sent empty: these make tokens and take none.
    ("POST", "/auth/login", [400, 400, 400, 400, 400]),
    ("POST", "/auth/refresh", [400, 400, 400, 400, 400]),
    ("GET", "/api/v1/nothing", [404, 404, 404, 404, 404]),
    ("GET", "/auth/nothing", [404, 404, 404, 404, 404]),
];
