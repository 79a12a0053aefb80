-- What lists of Razorpay's dialect are narrowed by besides.

CREATE INDEX payout_links_by_contact ON payout_links (contact_id, id) WHERE contact_id IS NOT NULL;
CREATE INDEX payout_links_by_account ON payout_links (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX payout_links_by_purpose ON payout_links (wallet_id, purpose, id) WHERE purpose IS NOT NULL;
CREATE INDEX payouts_by_account ON payouts (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX payouts_by_mode ON payouts (wallet_id, ((CAST(extra AS json) ->> 'mode')), id) WHERE extra IS NOT NULL;
CREATE INDEX payouts_sent_back ON payouts (wallet_id, id) WHERE closed_by = 'checker';
