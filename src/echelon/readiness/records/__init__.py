"""The records: a hash-chained trail, versions that are never overwritten, accounts, signatures, anchors."""
