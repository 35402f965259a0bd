"""The parts of resolving a company: one module per group of tables."""
