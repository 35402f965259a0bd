"""Inspection readiness: clauses, questions, drills, audits, gaps, translation, live room, audit trail."""
