"""Mock audits: what the auditors of a round did not see, as a range, and what one more would find."""
