"""The question bank: practice questions over the clauses, ranked, versioned, read and written."""
